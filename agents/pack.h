/* pack.h: the body of a PAGE or a CHUNKS, packed where it is worth it. */
#ifndef AGENTS_PACK_H
#define AGENTS_PACK_H

#include <stdbool.h>

#include "base/err.h"
#include "wire/wire.h"

#define PACK_LEVEL 5		/* of the walker's compressor */
#define PACK_MIN 128u		/* bytes of a body that may be worth it */

struct buf;
struct compressor;

/*
 * Measured with the listing of 1,077 changed directories of the Linux source
 * (46,059 entries, 2.63 MB), in KB and ms of one core:
 *
 *	level	1	3	5	6	9	12
 *	size	1,020	995	970	965	964	898
 *	time	16	18	31	39	83	194
 *
 * Of that 650 KB are names, sizes, nanoseconds of ctime, and digests.
 *
 * Append to out the body of a PACKED that holds body, of a message of the
 * type.  If that would save less than 3 %, *packedp is false and nothing is
 * appended.
 */
int	 pack_body(struct compressor *c, enum wire_type type,
	    const struct buf *body, struct buf *out, bool *packedp)
	    ERR_MUST_USE;

#endif /* AGENTS_PACK_H */
