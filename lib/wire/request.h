/* request.h: what the keeper asks for: DIGEST, LIST, WANT, NEXT, NEED. */
#ifndef WIRE_REQUEST_H
#define WIRE_REQUEST_H

#include "base/err.h"
#include "wire/limits.h"
#include "wire/wire.h"

struct wire_digest {
	uint32_t root;			/* its number in START, from 0 */
};

enum {
	WIRE_RECURSE = 1
};

struct wire_list {
	uint64_t dir;			/* below WIRE_DIR_AGENT */
	uint32_t root;
	unsigned int flags;		/* WIRE_RECURSE */
	const uint8_t *path;		/* below the root; "" is the root */
	size_t	 path_len;
};

/* _encode takes the numbers, ascending, from the array; _decode sets NULL. */
struct wire_want {
	uint64_t dir;
	uint32_t page;			/* from 0 */
	uint32_t n;
	const uint32_t *numbers;
	uint32_t left, last;		/* private to the cursor */
};

struct wire_next {
	uint64_t dir;
};

/*
 * Bit i of byte i/8, low first: chunk i (counting DATA pieces) of the batch is
 * needed.  The bitmap is as long as the batch's chunks need, no longer.
 */
struct wire_need {
	uint64_t batch;
	const uint8_t *bitmap;
	size_t	 bitmap_len;
};

/* Ask for the digest of a whole root. */
int	 wire_digest_encode(const struct wire_digest *m, struct buf *b)
	    ERR_MUST_USE;
int	 wire_digest_decode(struct buf *b, struct wire_digest *mp)
	    ERR_MUST_USE;

/* path is checked for its length only; ERR_FORMAT if dir is the agent's. */
int	 wire_list_encode(const struct wire_list *m, struct buf *b)
	    ERR_MUST_USE;
int	 wire_list_decode(struct buf *b, struct wire_list *mp) ERR_MUST_USE;

/* Ask for the content of files of one page. */
int	 wire_want_encode(const struct wire_want *m, struct buf *b)
	    ERR_MUST_USE;
int	 wire_want_decode(struct buf *b, struct wire_want *mp) ERR_MUST_USE;

/* After _decode, from the same b: 1 and the next number, 0 at the end. */
int	 wire_want_next(struct buf *b, struct wire_want *m, uint32_t *np)
	    ERR_MUST_USE;

/* Allow one more page of a directory. */
int	 wire_next_encode(const struct wire_next *m, struct buf *b)
	    ERR_MUST_USE;
int	 wire_next_decode(struct buf *b, struct wire_next *mp) ERR_MUST_USE;

/* Tell which chunks of a batch are to be sent. */
int	 wire_need_encode(const struct wire_need *m, struct buf *b)
	    ERR_MUST_USE;
int	 wire_need_decode(struct buf *b, struct wire_need *mp) ERR_MUST_USE;

#endif /* WIRE_REQUEST_H */
