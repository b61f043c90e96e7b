/* frame.h: the FRAME of a batch. */
#ifndef AGENTS_FRAME_H
#define AGENTS_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "agents/batch.h"
#include "base/err.h"

/* All of it runs in the pool. */
struct compressor;

/*
 * Make the FRAME message of the chunks in the bitmap, some.  Unless keep, the
 * raw bytes of b are lost.  Caller owns *msgp.
 */
int	 frame_make(const struct batch *b, const uint8_t *bitmap, bool keep,
	    struct compressor *c, struct buf **msgp) ERR_MUST_USE;

#endif /* AGENTS_FRAME_H */
