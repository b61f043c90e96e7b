/* delta.h: SIGNATURE, DELTA, AGAIN and PACKED, and what keeper and puller
 * tell each other of them. */
#ifndef WIRE_DELTA_H
#define WIRE_DELTA_H

#include <stdbool.h>

#include "base/err.h"
#include "wire/limits.h"
#include "wire/wire.h"

/* doc/protocol.md sections 6 and 7. */
#define WIRE_FEATURE_DELTAS 1u
#define WIRE_FEATURE_PACKED 2u

struct wire_signature {
	uint64_t batch;
	uint32_t chunk;
	const uint8_t *data;		/* codec/delta.h checks it */
	size_t	 len;
};

/* The chunks of a batch that must come whole after all. */
struct wire_again {
	uint64_t batch;
	const uint8_t *bitmap;
	size_t	 bitmap_len;
};

/* A chunk of DELTA or PATCHED. */
struct wire_delta_part {
	uint32_t chunk;			/* ascending */
	uint32_t len;			/* of its delta; not in PATCHED */
	bool	 good;			/* in PATCHED */
};

/* The parts follow by the cursor, and only then data is set. */
struct wire_delta {
	uint64_t batch;
	uint8_t	 kind;			/* as in FRAME; 0 if n is 0 */
	uint32_t raw;			/* sum of the parts' len */
	uint32_t n;
	const struct wire_delta_part *parts;	/* to encode */
	const uint8_t *data;
	size_t	 data_len;
	uint32_t left, last;		/* private to the cursor, as sum */
	uint64_t sum;
};

struct wire_packed {
	uint8_t	 type;			/* WIRE_PAGE or WIRE_CHUNKS */
	uint32_t raw;
	const uint8_t *data;
	size_t	 data_len;
};

struct wire_basis {
	uint64_t batch;
	uint32_t chunk;
	uint32_t len;			/* of the new chunk */
	uint32_t block;
	const uint8_t *data;
	size_t	 data_len;
};

struct wire_patched {
	uint64_t batch;
	uint32_t n;
	const struct wire_delta_part *parts;	/* to encode */
	const uint8_t *data;
	size_t	 data_len;
	uint32_t left, last;		/* private to the cursor, as any */
	bool	 any;
};

struct wire_pace {
	uint64_t rate;			/* bytes a second */
	uint64_t sign_ns;		/* for 1 MiB */
};

/*
 * Encoding checks lengths and order as decoding does: ERR_TOOBIG, ERR_FORMAT.
 */

/* The signature itself is checked for its length only. */
int	 wire_signature_encode(const struct wire_signature *m, struct buf *b)
	    ERR_MUST_USE;
int	 wire_signature_decode(struct buf *b, struct wire_signature *mp)
	    ERR_MUST_USE;

/* The bitmap is checked for its length only. */
int	 wire_again_encode(const struct wire_again *m, struct buf *b)
	    ERR_MUST_USE;
int	 wire_again_decode(struct buf *b, struct wire_again *mp)
	    ERR_MUST_USE;

/*
 * _decode consumes the head.  _next, from the same b: 1 and the next part; 0
 * at the end, with data set, once the parts agree with raw.  A plain one
 * holds raw bytes exactly; without parts there is no data.
 */
int	 wire_delta_encode(const struct wire_delta *m, struct buf *b)
	    ERR_MUST_USE;
int	 wire_delta_decode(struct buf *b, struct wire_delta *mp) ERR_MUST_USE;
int	 wire_delta_next(struct buf *b, struct wire_delta *m,
	    struct wire_delta_part *pp) ERR_MUST_USE;

/* data is some bytes, of which raw ones, at least 1, should come. */
int	 wire_packed_encode(const struct wire_packed *m, struct buf *b)
	    ERR_MUST_USE;
int	 wire_packed_decode(struct buf *b, struct wire_packed *mp)
	    ERR_MUST_USE;

/* Neither the basis nor the new chunk is empty. */
int	 wire_basis_encode(const struct wire_basis *m, struct buf *b)
	    ERR_MUST_USE;
int	 wire_basis_decode(struct buf *b, struct wire_basis *mp)
	    ERR_MUST_USE;

/* As with DELTA; data is there if, and only if, a part is good. */
int	 wire_patched_encode(const struct wire_patched *m, struct buf *b)
	    ERR_MUST_USE;
int	 wire_patched_decode(struct buf *b, struct wire_patched *mp)
	    ERR_MUST_USE;
int	 wire_patched_next(struct buf *b, struct wire_patched *m,
	    struct wire_delta_part *pp) ERR_MUST_USE;

/* Any numbers. */
int	 wire_pace_encode(const struct wire_pace *m, struct buf *b)
	    ERR_MUST_USE;
int	 wire_pace_decode(struct buf *b, struct wire_pace *mp) ERR_MUST_USE;

#endif /* WIRE_DELTA_H */
