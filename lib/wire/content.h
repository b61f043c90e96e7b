/* content.h: CHUNKS, what a batch holds, and FRAME, its bytes. */
#ifndef WIRE_CONTENT_H
#define WIRE_CONTENT_H

#include "base/attr.h"
#include "base/err.h"
#include "wire/limits.h"
#include "wire/page.h"
#include "wire/wire.h"

/* Pieces are encoded elsewhere first (items), or follow by the cursor. */
struct wire_chunks {
	uint64_t batch;			/* from 1 */
	uint32_t n;
	const uint8_t *items;		/* the encoded pieces */
	size_t	 items_len;
	uint32_t left;			/* private to the cursor */
};

enum wire_piece_kind {
	WIRE_PIECE_FILE = 1,
	WIRE_PIECE_DATA = 2,
	WIRE_PIECE_HOLE = 3,
	WIRE_PIECE_END = 4
};

struct wire_piece {
	enum wire_piece_kind kind;
	uint64_t dir;			/* FILE */
	uint32_t page, entry;		/* FILE */
	uint64_t len;			/* DATA: 1 to the frame's; HOLE: >= 1 */
	uint8_t	 sha256[32];		/* DATA */
	int	 status;		/* END: 0 or an ERR_ code */
	unsigned int flags;		/* END: WIRE_RACY */
	struct attr attr;		/* END */
};

/* The needed chunks of a batch, in order, as one piece. */
struct wire_frame {
	uint64_t batch;
	uint8_t	 kind;			/* 0 plain, 1 zstd */
	uint32_t raw;			/* bytes before compression */
	const uint8_t *bitmap;		/* the chunks in it, as in NEED */
	size_t	 bitmap_len;
	const uint8_t *data;
	size_t	 data_len;
};

/* n pieces stand in items. */
int	 wire_chunks_encode(const struct wire_chunks *m, struct buf *b)
	    ERR_MUST_USE;

/* Consumes the head; items is what is left of b, for wire_chunks_next. */
int	 wire_chunks_decode(struct buf *b, struct wire_chunks *mp)
	    ERR_MUST_USE;

/* After _decode, from the same b: 1 and the next piece, 0 at the end. */
int	 wire_chunks_next(struct buf *b, struct wire_chunks *m,
	    struct wire_piece *pp) ERR_MUST_USE;

/* Append p to the items of a CHUNKS body. */
int	 wire_piece_encode(const struct wire_piece *p, struct buf *b)
	    ERR_MUST_USE;

/* Append a FRAME body. */
int	 wire_frame_encode(const struct wire_frame *m, struct buf *b)
	    ERR_MUST_USE;

/* A plain frame holds raw bytes exactly, else ERR_FORMAT. */
int	 wire_frame_decode(struct buf *b, struct wire_frame *mp) ERR_MUST_USE;

#endif /* WIRE_CONTENT_H */
