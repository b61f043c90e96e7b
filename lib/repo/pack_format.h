/* pack_format.h: the end of a pack, for those who write and read it. */
#ifndef REPO_PACK_FORMAT_H
#define REPO_PACK_FORMAT_H

#include "base/err.h"

#define PACK_MAGIC "KHOF"
#define PACK_MAGIC_LEN 4
#define PACK_TAIL_LEN (4 + PACK_MAGIC_LEN)	/* footer's length, magic */
#define PACK_DEPTH_MAX 32

struct frame_info;
struct pack_chunk;

/*
 * Check what is said of a chunk in a frame: a delta fills its frame and has a
 * depth of 1 to 32 and another chunk as base, all others have depth 0.
 * ERR_FORMAT.  Pure.
 */
int	 pack_chunk_check(const struct frame_info *f,
	    const struct pack_chunk *c) ERR_MUST_USE;

#endif /* REPO_PACK_FORMAT_H */
