/* delta.h: rsync deltas of one chunk against an older one. */
#ifndef CODEC_DELTA_H
#define CODEC_DELTA_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The algorithm is that of A. Tridgell and P. Mackerras, "The rsync
 * algorithm" (1996), as librsync 2 has it: RabinKarp as rolling sum, BLAKE2
 * cut to DELTA_STRONG bytes as strong sum.  Signature and delta may come from
 * anywhere; what applies a delta bounds what it gives.  A delta that was made
 * from colliding sums gives other bytes than it should, so whoever applies
 * one checks the result by SHA-256.
 *
 * Everything works on memory and keeps nothing between calls.  librsync has
 * no state that jobs share but its log level, which is set once: any number
 * of threads may call at a time.  It takes less than 1 MiB a call, and aborts
 * the process where it gets none.
 */
#define DELTA_STRONG 8
#define DELTA_BLOCK_MIN 256u
#define DELTA_BLOCK_MAX (8u << 10)
#define DELTA_RAW_MAX (2u << 20)	/* of a basis, of a chunk */

struct buf;

/* The block length that suits a basis of len bytes. */
uint32_t delta_block(size_t len);

/* The most bytes that a signature of len bytes can have. */
size_t	 delta_signature_max(size_t len, uint32_t block);

/* Append the signature of the basis.  ERR_CONFIG for a block out of bounds,
 * ERR_TOOBIG for a basis that is too long.  out needs the room (ERR_NOMEM). */
int	 delta_sign(const void *basis, size_t len, uint32_t block,
	    struct buf *out) ERR_MUST_USE;

/*
 * Check that sig is one, or one of places.h: magic, block and strong length,
 * and a whole number of blocks of no more than DELTA_RAW_MAX bytes in all.
 * ERR_FORMAT.
 */
int	 delta_signature_check(const void *sig, size_t len) ERR_MUST_USE;

/*
 * Append the delta that makes the len bytes at data from the basis that was
 * signed, in either way.  Checks sig first (ERR_FORMAT).  ERR_TOOBIG, and
 * nothing appended, if it would have more than max bytes, if data is too long,
 * or if the search takes more CPU time than half a microsecond a byte, as it
 * does where data and signature were made to.  out needs room for max bytes,
 * or for len + len / 1024 + 64 if that is less (ERR_NOMEM).
 */
int	 delta_make(const void *sig, size_t sig_len, const void *data,
	    size_t len, size_t max, struct buf *out) ERR_MUST_USE;

/* A delta and what it is of; all borrowed. */
struct delta_input {
	const void *basis;
	size_t	 basis_len;
	const void *delta;
	size_t	 delta_len;
};

/*
 * Apply the delta: exactly len bytes at outp.  ERR_FORMAT if it is none,
 * copies from outside the basis, gives more or fewer bytes, or goes on after
 * its end; no byte past outp + len is ever written.  ERR_TOOBIG if basis or
 * len are over DELTA_RAW_MAX.
 */
int	 delta_apply(const struct delta_input *in, uint8_t *outp, size_t len)
	    ERR_MUST_USE;

#endif /* CODEC_DELTA_H */
