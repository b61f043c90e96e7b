/* chunks.h: the CHUNKS of a batch. */
#ifndef AGENTS_CHUNKS_H
#define AGENTS_CHUNKS_H

#include "agents/batch.h"
#include "base/err.h"

/* These may run in the pool. */
struct buf;
struct compressor;

/* Hash the chunks and fill the hashes into the pieces. */
int	 chunks_hash(struct batch *b) ERR_MUST_USE;

/* Append the body of CHUNKS. */
int	 chunks_encode(const struct batch *b, struct buf *out) ERR_MUST_USE;

/*
 * The body of the PACKED that holds CHUNKS; *packedp is NULL if it is not
 * worth it.  Caller owns *packedp.
 */
int	 chunks_pack(const struct batch *b, struct compressor *c,
	    struct buf **packedp) ERR_MUST_USE;

#endif /* AGENTS_CHUNKS_H */
