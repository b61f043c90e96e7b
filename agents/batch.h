/* batch.h: batches of chunks: filled, hashed, announced, compressed, sent. */
#ifndef AGENTS_BATCH_H
#define AGENTS_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agents/hub.h"
#include "agents/outq.h"
#include "base/err.h"

/*
 * The walker takes an empty batch, fills it with content and pieces, and puts
 * it back.  The main thread has its chunks hashed, sends CHUNKS in order of
 * the numbers, and at NEED has what is needed compressed and sends FRAME; of
 * chunks with a signature, DELTA first.  A batch is under way until its FRAME
 * is written and AGAIN has come for its DELTA; their number is bounded, and
 * so is memory.
 */
struct buf;
struct pool;
struct batches;
struct wire_again;
struct wire_need;
struct wire_piece;
struct wire_signature;

struct batches_params {
	uint32_t frame_max;	/* raw bytes in a batch */
	int	 level;		/* of compression */
	unsigned int threads;	/* of the pool that may be at work */
	unsigned int queued;	/* jobs in the pool, at least threads */
	bool	 pack;		/* CHUNKS may go as PACKED */
};

/* A chunk of a batch. */
struct batch_chunk {
	uint32_t off, len;	/* in raw */
	uint32_t sum;		/* where its hash stands in items */
};

/* One that the walker fills. */
struct batch {
	uint8_t	*raw;		/* owns; frame_max bytes */
	size_t	 used;		/* of raw */
	struct buf *items;	/* owns; encoded pieces, hashes still zero */
	struct batch_chunk *chunks;	/* owns */
	uint32_t nchunks, npieces;
	uint64_t number;	/* once it is put */
	struct batch_job *job;	/* private */
};

/* h, q and pool are borrowed.  Caller owns *bsp. */
int	 batches_make(struct hub *h, struct outq *q, struct pool *pool,
	    const struct batches_params *params, struct batches **bsp)
	    ERR_MUST_USE;

/* Wait for the jobs under way; free bs, which may be NULL. */
void	 batches_end(struct batches *bs);

/* The walker: an empty batch, waiting until one is free. */
int	 batches_take(struct batches *bs, struct batch **bp) ERR_MUST_USE;

/* The walker: b is filled.  It is not the caller's any more. */
void	 batches_put(struct batches *bs, struct batch *b);

/* The walker: append a piece that is not DATA. */
int	 batch_piece(struct batch *b, const struct wire_piece *p)
	    ERR_MUST_USE;

/* The walker: the next len bytes of raw are a chunk. */
int	 batch_data(struct batch *b, uint32_t len) ERR_MUST_USE;

/* The main thread: start jobs, send what is ready. */
int	 batches_go(struct batches *bs) ERR_MUST_USE;

/*
 * The main thread: a chunk's signature, before NEED.  ERR_FORMAT if it fits
 * no batch, or is none.
 */
int	 batches_signature(struct batches *bs,
	    const struct wire_signature *m) ERR_MUST_USE;

/* The main thread: the keeper's answer.  ERR_FORMAT if it fits no batch. */
int	 batches_need(struct batches *bs, const struct wire_need *need)
	    ERR_MUST_USE;

/*
 * The main thread: what the keeper could not make from a DELTA.  ERR_FORMAT
 * if it fits no batch, or more is asked for than went so.
 */
int	 batches_again(struct batches *bs, const struct wire_again *again)
	    ERR_MUST_USE;

/* The main thread: n DELTAs and FRAMEs were written. */
void	 batches_written(struct batches *bs, unsigned int n);

#endif /* AGENTS_BATCH_H */
