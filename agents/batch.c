/* batch.c: batches of chunks: filled, hashed, announced, compressed, sent. */
#include "config.h"

#include "agents/batch.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/pool.h"
#include "codec/compress.h"
#include "hash/sha256.h"
#include "wire/content.h"
#include "wire/limits.h"
#include "wire/request.h"

#define BATCHES_MAX 16u			/* under way */
#define BATCHES_RAW (16u << 20)		/* bytes in all of them */
#define ITEM_MAX 192			/* bytes of the longest piece */
#define ITEMS_CAP (WIRE_PIECES_MAX * ITEM_MAX)

enum batch_state {
	BATCH_FREE,
	BATCH_FILLING,		/* the walker's */
	BATCH_FILLED,		/* to be hashed */
	BATCH_HASHING,
	BATCH_HASHED,		/* to be announced in turn */
	BATCH_ANNOUNCED,	/* NEED must come */
	BATCH_NEEDED,		/* to be compressed */
	BATCH_COMPRESSING,
	BATCH_SENT		/* its FRAME is queued */
};

struct batch_job {
	struct pool_job job;
	struct batch b;
	struct batches *bs;	/* borrows */
	_Atomic enum batch_state state;	/* to and from FREE: locked */
	uint64_t number;
	uint8_t	 bitmap[WIRE_BITMAP_MAX];
	struct buf *frame;	/* owns; made by the compressing job */
	int	 result;	/* of the last job */
};

struct batches {
	struct hub *hub;	/* borrows, as the next two */
	struct outq *outq;
	struct pool *pool;
	struct batches_params params;
	unsigned int n;			/* of jobs */
	unsigned int running;		/* in the pool */
	uint64_t filled;		/* the last number given */
	uint64_t announced;		/* the last number announced */
	pthread_mutex_t idle_lock;	/* over the next two */
	unsigned int nidle;
	struct compressor **idle;	/* owns; one for each thread */
	struct batch_job jobs[BATCHES_MAX];
};

/* Make a compressor for each thread. */
static int
batches_compressors(struct batches *bs)
{
	unsigned int i;
	int r = 0;

	bs->idle = calloc(bs->params.threads, sizeof(bs->idle[0]));
	if (bs->idle == NULL)
		return ERR_NOMEM;
	for (i = 0; i < bs->params.threads && r == 0; i++)
		if ((r = compressor_new(bs->params.level,
		    &bs->idle[i])) == 0)
			bs->nidle++;
	return r;
}

int
batches_new(struct hub *h, struct outq *q, struct pool *pool,
    const struct batches_params *params, struct batches **bsp)
{
	struct batches *bs;
	unsigned int i;
	int r;

	if ((bs = calloc(1, sizeof(*bs))) == NULL)
		return ERR_NOMEM;
	bs->hub = h;
	bs->outq = q;
	bs->pool = pool;
	bs->params = *params;
	bs->n = BATCHES_RAW / params->frame_max;
	if (bs->n > BATCHES_MAX)
		bs->n = BATCHES_MAX;
	pthread_mutex_init(&bs->idle_lock, NULL);
	for (i = 0; i < bs->n; i++) {
		bs->jobs[i].bs = bs;
		bs->jobs[i].job.arg = &bs->jobs[i];
		bs->jobs[i].b.job = &bs->jobs[i];
	}
	if ((r = batches_compressors(bs)) != 0) {
		batches_free(bs);
		return r;
	}
	*bsp = bs;
	return 0;
}

static void
batch_clear(struct batch_job *j)
{
	free(j->b.raw);
	free(j->b.chunks);
	buf_free(j->b.items);
	buf_free(j->frame);
}

void
batches_free(struct batches *bs)
{
	unsigned int i;

	if (bs == NULL)
		return;
	for (i = 0; i < bs->n; i++) {
		if (bs->jobs[i].state == BATCH_HASHING ||
		    bs->jobs[i].state == BATCH_COMPRESSING)
			pool_wait(bs->pool, &bs->jobs[i].job);
		batch_clear(&bs->jobs[i]);
	}
	for (i = 0; i < bs->nidle; i++)
		compressor_free(bs->idle[i]);
	free(bs->idle);
	pthread_mutex_destroy(&bs->idle_lock);
	free(bs);
}

/* Give j its memory the first time it is used. */
static int
batch_prepare(struct batch_job *j)
{
	struct batch *b = &j->b;
	int r;

	if (b->raw == NULL &&
	    (b->raw = malloc(j->bs->params.frame_max)) == NULL)
		return ERR_NOMEM;
	if (b->chunks == NULL && (b->chunks = calloc(WIRE_PIECES_MAX,
	    sizeof(b->chunks[0]))) == NULL)
		return ERR_NOMEM;
	if (b->items == NULL && (r = buf_new(ITEMS_CAP, &b->items)) != 0)
		return r;
	buf_reset(b->items);
	b->used = 0;
	b->nchunks = b->npieces = 0;
	return 0;
}

/* Locked: a free one, or NULL. */
static struct batch_job *
batches_idle(struct batches *bs)
{
	unsigned int i;

	for (i = 0; i < bs->n; i++)
		if (bs->jobs[i].state == BATCH_FREE)
			return &bs->jobs[i];
	return NULL;
}

int
batches_take(struct batches *bs, struct batch **bp)
{
	struct batch_job *j = NULL;
	int r;

	hub_lock(bs->hub);
	r = bs->hub->ended ? ERR_CANCELLED : 0;
	while (r == 0 && (j = batches_idle(bs)) == NULL)
		r = hub_wait(bs->hub);
	if (r == 0)
		j->state = BATCH_FILLING;
	hub_unlock(bs->hub);
	if (r != 0 || (r = batch_prepare(j)) != 0)
		return r;
	*bp = &j->b;
	return 0;
}

void
batches_put(struct batches *bs, struct batch *b)
{
	hub_lock(bs->hub);
	b->job->number = ++bs->filled;
	b->job->state = BATCH_FILLED;
	hub_wake(bs->hub);
	hub_unlock(bs->hub);
}

int
batch_piece(struct batch *b, const struct wire_piece *p)
{
	int r;

	if ((r = wire_piece_encode(p, b->items)) == 0)
		b->npieces++;
	return r;
}

int
batch_data(struct batch *b, uint32_t len)
{
	struct batch_chunk *c = &b->chunks[b->nchunks];
	const struct wire_piece p = {
		.kind = WIRE_PIECE_DATA, .len = len
	};
	int r;

	if ((r = batch_piece(b, &p)) != 0)
		return r;
	c->off = (uint32_t)b->used;
	c->len = len;
	c->sum = (uint32_t)(buf_len(b->items) - SHA256_LEN);
	b->nchunks++;
	b->used += len;
	return 0;
}

/* In the pool: hash the chunks and fill the hashes into the pieces. */
static void
batch_hash(void *arg)
{
	struct batch_job *j = arg;
	struct batch *b = &j->b;
	uint8_t *items;
	uint32_t i;
	int r;

	/* Reserving nothing gives the end; the pieces stand before it. */
	if ((r = buf_reserve(b->items, 0, &items)) == 0)
		items -= buf_len(b->items);
	for (i = 0; i < b->nchunks && r == 0; i++)
		r = sha256_of(b->raw + b->chunks[i].off, b->chunks[i].len,
		    items + b->chunks[i].sum);
	j->result = r;
}

/* Tell whether chunk i is needed. */
static bool
needed(const struct batch_job *j, uint32_t i)
{
	return (j->bitmap[i / 8] >> (i % 8) & 1) != 0;
}

/* Move the needed chunks together, over what is not needed. */
static size_t
batch_gather(struct batch_job *j)
{
	struct batch *b = &j->b;
	size_t len = 0;
	uint32_t i;

	for (i = 0; i < b->nchunks; i++) {
		if (!needed(j, i))
			continue;
		if (len != b->chunks[i].off)
			memmove(b->raw + len, b->raw + b->chunks[i].off,
			    b->chunks[i].len);
		len += b->chunks[i].len;
	}
	return len;
}

/* Make the FRAME message of len raw bytes. */
static int
batch_frame(struct batch_job *j, struct compressor *c, size_t len)
{
	struct wire_frame m = {
		.batch = j->number, .raw = (uint32_t)len,
		.bitmap = j->bitmap, .bitmap_len = (j->b.nchunks + 7) / 8
	};
	enum frame_kind kind;
	struct buf *packed = NULL;
	size_t mark;
	int r;

	if ((r = buf_new(len + len / 256 + 64, &packed)) != 0 ||
	    (r = compress_frame(c, j->b.raw, len, packed, &kind)) != 0)
		goto out;
	m.kind = (uint8_t)kind;
	m.data = kind == FRAME_PLAIN ? j->b.raw : buf_ptr(packed);
	m.data_len = kind == FRAME_PLAIN ? len : buf_len(packed);
	/* As large as it must be: it waits in the queue. */
	if ((r = buf_new(m.data_len + m.bitmap_len + 64, &j->frame)) != 0 ||
	    (r = wire_begin(j->frame, WIRE_FRAME, &mark)) != 0 ||
	    (r = wire_frame_encode(&m, j->frame)) != 0)
		goto out;
	r = wire_end(j->frame, mark);
 out:
	buf_free(packed);
	return r;
}

/* In the pool: compress what is needed. */
static void
batch_compress(void *arg)
{
	struct batch_job *j = arg;
	struct batches *bs = j->bs;
	struct compressor *c;

	pthread_mutex_lock(&bs->idle_lock);
	c = bs->idle[--bs->nidle];
	pthread_mutex_unlock(&bs->idle_lock);
	j->result = batch_frame(j, c, batch_gather(j));
	pthread_mutex_lock(&bs->idle_lock);
	bs->idle[bs->nidle++] = c;
	pthread_mutex_unlock(&bs->idle_lock);
}

/* Locked: let a thread run the next step of j. */
static void
batch_start(struct batches *bs, struct batch_job *j)
{
	if (j->state == BATCH_FILLED) {
		j->state = BATCH_HASHING;
		j->job.run = batch_hash;
	} else {
		j->state = BATCH_COMPRESSING;
		j->job.run = batch_compress;
	}
	bs->running++;
	pool_submit(bs->pool, &j->job);
}

/* Note that j's job has run; queue the FRAME. */
static int
batch_ended(struct batches *bs, struct batch_job *j)
{
	struct buf *frame = j->frame;

	bs->running--;
	if (j->result != 0)
		return j->result;
	if (j->state == BATCH_HASHING) {
		j->state = BATCH_HASHED;
		return 0;
	}
	j->state = BATCH_SENT;
	j->frame = NULL;	/* the queue takes it */
	return outq_take(bs->outq, frame);
}

/* Send CHUNKS of j. */
static int
batch_announce(struct batches *bs, struct batch_job *j)
{
	struct wire_chunks m = {
		.batch = j->number, .n = j->b.npieces,
		.items = buf_ptr(j->b.items), .items_len = buf_len(j->b.items)
	};
	struct buf *out;
	int r;

	if ((r = outq_begin(bs->outq, WIRE_CHUNKS, false, &out)) != 0)
		return r;
	r = outq_end(bs->outq, wire_chunks_encode(&m, out));
	j->state = BATCH_ANNOUNCED;
	bs->announced = j->number;
	return r;
}

/* The batch with this number in this state, or NULL. */
static struct batch_job *
batches_find(struct batches *bs, uint64_t number, enum batch_state state)
{
	struct batch_job *j;
	unsigned int i;

	for (i = 0; i < bs->n; i++) {
		j = &bs->jobs[i];
		if (j->state == state && j->number == number)
			return j;
	}
	return NULL;
}

/* Start what waits for a thread: the oldest first, so that it goes. */
static void
batches_start(struct batches *bs)
{
	struct batch_job *j, *first;
	unsigned int i;

	if (bs->running >= bs->params.queued)
		return;
	hub_lock(bs->hub);
	do {
		first = NULL;
		for (i = 0; i < bs->n; i++) {
			j = &bs->jobs[i];
			if ((j->state == BATCH_FILLED ||
			    j->state == BATCH_NEEDED) &&
			    (first == NULL || j->number < first->number))
				first = j;
		}
		if (first != NULL)
			batch_start(bs, first);
	} while (first != NULL && bs->running < bs->params.queued);
	hub_unlock(bs->hub);
}

int
batches_pump(struct batches *bs)
{
	struct batch_job *j;
	unsigned int i;
	int r = 0;

	for (i = 0; i < bs->n && r == 0; i++) {
		j = &bs->jobs[i];
		if ((j->state == BATCH_HASHING ||
		    j->state == BATCH_COMPRESSING) &&
		    pool_done(bs->pool, &j->job))
			r = batch_ended(bs, j);
	}
	while (r == 0 && (j = batches_find(bs, bs->announced + 1,
	    BATCH_HASHED)) != NULL)
		r = batch_announce(bs, j);
	if (r == 0)
		batches_start(bs);
	return r;
}

/* Copy the bitmap; *anyp tells whether it names any chunk. */
static int
batch_bitmap(struct batch_job *j, const struct wire_need *need, bool *anyp)
{
	size_t i, len = (j->b.nchunks + 7) / 8;
	uint8_t any = 0;

	if (need->bitmap_len != len)
		return ERR_FORMAT;
	if (j->b.nchunks % 8 != 0 &&
	    need->bitmap[len - 1] >> (j->b.nchunks % 8) != 0)
		return ERR_FORMAT;
	for (i = 0; i < len; i++)
		any |= j->bitmap[i] = need->bitmap[i];
	*anyp = any != 0;
	return 0;
}

/* A batch is over: the walker may have it again. */
static void
batch_over(struct batches *bs, struct batch_job *j)
{
	hub_lock(bs->hub);
	j->state = BATCH_FREE;
	hub_tell(bs->hub);
	hub_unlock(bs->hub);
}

int
batches_need(struct batches *bs, const struct wire_need *need)
{
	struct batch_job *j;
	bool any;
	int r;

	j = batches_find(bs, need->batch, BATCH_ANNOUNCED);
	if (j == NULL)
		return ERR_FORMAT;
	if ((r = batch_bitmap(j, need, &any)) != 0)
		return r;
	if (any)
		j->state = BATCH_NEEDED;
	else
		batch_over(bs, j);
	return 0;
}

void
batches_written(struct batches *bs, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < bs->n && n > 0; i++)
		if (bs->jobs[i].state == BATCH_SENT) {
			batch_over(bs, &bs->jobs[i]);
			n--;
		}
}
