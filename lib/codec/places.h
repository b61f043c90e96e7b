/* places.h: deltas of a chunk whose bytes changed in their places. */
#ifndef CODEC_PLACES_H
#define CODEC_PLACES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Databases and disk images write pages where they stand.  A chunk that is as
 * long as the one that it replaces is compared block by block at the same
 * offsets, by XXH3-64 of Y. Collet's xxHash: at memory's speed, where
 * searching for moved blocks takes twenty times as long.  What comes out is a
 * delta in librsync's format, applied by delta_apply (delta.h).  A collision
 * gives a wrong chunk, which SHA-256 shows; everything said in delta.h of
 * hostile input holds here.  Pure.
 *
 *	magic 4b 48 4f 58, block u32, length u32, then the low half of the
 *	XXH3-64 of each block of the basis as u32, the last one perhaps short
 */
#define PLACES_BLOCK 512u

struct buf;

/* Tell whether sig begins like a signature of this kind. */
int	 places_is(const void *sig, size_t len);

/* Append the signature of the basis.  ERR_TOOBIG over DELTA_RAW_MAX. */
int	 places_sign(const void *basis, size_t len, struct buf *out)
	    ERR_MUST_USE;

/* Check that sig is one.  ERR_FORMAT. */
int	 places_check(const void *sig, size_t len) ERR_MUST_USE;

/*
 * Append the delta that makes data from the basis that was signed, as
 * delta_make does.  ERR_FORMAT for a bad signature; ERR_TOOBIG, and nothing
 * appended, if the delta would have more than max bytes.
 */
int	 places_make(const void *sig, size_t sig_len, const void *data,
	    size_t len, size_t max, struct buf *out) ERR_MUST_USE;

#endif /* CODEC_PLACES_H */
