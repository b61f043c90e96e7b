/* diff.h: the signatures that came for a batch, and the DELTA they give. */
#ifndef AGENTS_DIFF_H
#define AGENTS_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agents/batch.h"
#include "base/err.h"
#include "wire/delta.h"
#include "wire/limits.h"

/*
 * Signatures come while a batch is announced, at most one for each chunk.
 * One for which there is no memory to spare is noted, not kept: its chunk
 * goes whole, as does one whose delta would not be worth it.
 */
struct compressor;
struct diff_signature;

struct diff {
	struct diff_signature *of;	/* owns; one a chunk; NULL: none yet */
	uint32_t n;			/* of them */
	size_t	 bytes;			/* of the signatures kept */
	uint8_t	 sent[WIRE_BITMAP_MAX];	/* chunks that went as deltas */
	uint32_t nsent;
};

/* Tell whether a signature came for any chunk. */
bool	 diff_any(const struct diff *d);

/*
 * Copy the signature of a chunk of b, if it has at most room bytes.
 * ERR_FORMAT if there is no such chunk, if it has one already, or if it is
 * no signature.
 */
int	 diff_add(struct diff *d, const struct batch *b,
	    const struct wire_signature *m, size_t room) ERR_MUST_USE;

/* ERR_FORMAT unless each chunk with a signature has its bit in the bitmap. */
int	 diff_check(const struct diff *d, const uint8_t *bitmap)
	    ERR_MUST_USE;

/*
 * In the pool: make the DELTA message of all chunks whose delta is worth it,
 * maybe none, and note them in sent.  Caller owns *msgp.
 */
int	 diff_make(struct diff *d, const struct batch *b,
	    struct compressor *c, struct buf **msgp) ERR_MUST_USE;

/* Free the signatures; what was sent stays known. */
void	 diff_drop(struct diff *d);

#endif /* AGENTS_DIFF_H */
