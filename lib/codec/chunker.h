/* chunker.h: content-defined cuts, which survive insertions and deletions. */
#ifndef CODEC_CHUNKER_H
#define CODEC_CHUNKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * FastCDC with normalised chunking, level 2 (Wen Xia et al., "FastCDC: a Fast
 * and Efficient Content-Defined Chunking Approach for Data Deduplication",
 * USENIX ATC 2016).  After min bytes a gear hash, h = 2h + gear[byte] modulo
 * 2^64 and 0 at first, is looked at after each byte.  Up to avg bytes a cut
 * comes where the first log2(avg) + 2 bits of h are zero, later where the
 * first log2(avg) - 2 are, and in any case at max.
 *
 * gear[4j..4j+3] are the four big-endian numbers of SHA-256(seed || u32 j).
 * The seed is the repository's: the same data has other cuts elsewhere.
 *
 * A chunker does not change once made: any number of threads may use it.
 */
#define CHUNKER_MIN_DEFAULT (UINT32_C(64) << 10)
#define CHUNKER_AVG_DEFAULT (UINT32_C(256) << 10)
#define CHUNKER_MAX_DEFAULT (UINT32_C(1) << 20)
#define CHUNKER_MIN_MIN UINT32_C(64)
#define CHUNKER_MAX_MAX (UINT32_C(1) << 20)
#define CHUNKER_SEED_LEN 32

/* What decides the cuts. */
struct chunker_params {
	uint32_t	 min;	/* at least CHUNKER_MIN_MIN */
	uint32_t	 avg;	/* a power of two; min < avg < max */
	uint32_t	 max;	/* at most CHUNKER_MAX_MAX */
	uint8_t		 seed[CHUNKER_SEED_LEN];
};

/* In the caller's memory (2 KiB); the fields are private. */
struct chunker {
	uint64_t	 gear[256];
	uint64_t	 mask_hard;	/* before avg */
	uint64_t	 mask_easy;	/* after avg */
	size_t		 min;
	size_t		 avg;
	size_t		 max;
};

/*
 * Make c ready; it needs no clearing.  ERR_CONFIG if the parameters are not
 * as said above.
 */
int	 chunker_init(struct chunker *c, const struct chunker_params *p)
	    ERR_MUST_USE;

/*
 * The length of the chunk at the start of data, where a chunk or the stream
 * begins.  With last, data ends where the stream does, and the rest is a
 * chunk, however short.  0 if that cannot be told yet: fewer than max bytes
 * and not last; or if nothing is left.
 */
size_t	 chunker_cut(const struct chunker *c, const uint8_t *data, size_t len,
	    bool last);

#endif /* CODEC_CHUNKER_H */
