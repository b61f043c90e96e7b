/* index_format.h: sizes of an index object, for its two directions. */
#ifndef REPO_INDEX_FORMAT_H
#define REPO_INDEX_FORMAT_H

#include "repo/internal.h"

#define INDEX_FRONT_LEN (OBJECT_HEAD_LEN + 4)	/* before the head box */
#define INDEX_HEAD_MAX (256u << 20)
#define INDEX_BLOCK_HEAD_MAX (4 + 10)		/* number, records */

/* The longest and the shortest record of a block. */
#define INDEX_RECORD_MAX (32 + 3 * 5 + 1 + 32)
#define INDEX_RECORD_MIN (32 + 3 + 1)

/* The shortest that the head box says of a frame, and of a block. */
#define INDEX_FRAME_MIN 6
#define INDEX_LISTED_MIN 9

#endif /* REPO_INDEX_FORMAT_H */
