/* pack.h: the body of a PAGE or a CHUNKS, packed where it is worth it. */
#ifndef AGENTS_PACK_H
#define AGENTS_PACK_H

#include <stdbool.h>

#include "base/err.h"
#include "wire/wire.h"

#define PACK_LEVEL 3		/* of the walker's compressor */
#define PACK_MIN 512u		/* bytes of a body that may be worth it */

struct buf;
struct compressor;

/*
 * Append to out the body of a PACKED that holds body, of a message of the
 * type.  If that would save less than 3 %, *packedp is false and nothing is
 * appended.
 */
int	 pack_body(struct compressor *c, enum wire_type type,
	    const struct buf *body, struct buf *out, bool *packedp)
	    ERR_MUST_USE;

#endif /* AGENTS_PACK_H */
