/* batch.c: batches of chunks: filled, hashed, announced, compressed, sent. */
#include "config.h"

#include "agents/batch.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "agents/chunks.h"
#include "agents/diff.h"
#include "agents/frame.h"
#include "base/buf.h"
#include "base/pool.h"
#include "codec/compress.h"
#include "hash/sha256.h"
#include "wire/content.h"
#include "wire/delta.h"
#include "wire/limits.h"
#include "wire/request.h"

#define BATCHES_MAX 16u			/* under way */
#define BATCHES_RAW (16u << 20)		/* bytes in all of them */
#define SIGNATURES_MAX (4u << 20)	/* bytes kept for all of them */
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
	BATCH_SENT,		/* its DELTA and FRAME are queued */
	BATCH_ASKING		/* they are written; AGAIN must come */
};

struct batch_job {
	struct pool_job job;
	struct batch b;
	struct batches *bs;	/* borrows */
	_Atomic enum batch_state state;	/* to and from FREE: locked */
	uint8_t	 bitmap[WIRE_BITMAP_MAX];	/* to be sent */
	bool	 any;		/* of it */
	struct diff diff;	/* owns */
	bool	 asking;	/* AGAIN has not come yet */
	struct buf *chunks;	/* owns; a body of PACKED; NULL: not packed */
	struct buf *delta, *frame;	/* own; messages, or NULL */
	unsigned int queued;	/* of these messages */
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
	size_t	 signed_bytes;		/* of the signatures kept */
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
batches_make(struct hub *h, struct outq *q, struct pool *pool,
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
		batches_end(bs);
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
	buf_free(j->chunks);
	buf_free(j->delta);
	buf_free(j->frame);
	diff_drop(&j->diff);
}

void
batches_end(struct batches *bs)
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
	if (r == 0 && (j = batches_idle(bs)) == NULL)
		hub_wake(bs->hub);
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
	b->number = ++bs->filled;
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

/* A compressor for this thread. */
static struct compressor *
compressor_take(struct batches *bs)
{
	struct compressor *c;

	pthread_mutex_lock(&bs->idle_lock);
	c = bs->idle[--bs->nidle];
	pthread_mutex_unlock(&bs->idle_lock);
	return c;
}

static void
compressor_put(struct batches *bs, struct compressor *c)
{
	pthread_mutex_lock(&bs->idle_lock);
	bs->idle[bs->nidle++] = c;
	pthread_mutex_unlock(&bs->idle_lock);
}

/* In the pool: make ready what CHUNKS will say. */
static void
batch_hash(void *arg)
{
	struct batch_job *j = arg;
	struct compressor *c;
	int r;

	if ((r = chunks_hash(&j->b)) == 0 && j->bs->params.pack) {
		c = compressor_take(j->bs);
		r = chunks_pack(&j->b, c, &j->chunks);
		compressor_put(j->bs, c);
	}
	j->result = r;
}

/* Make the DELTA, and take what went with it out of the bitmap. */
static int
batch_delta(struct batch_job *j, struct compressor *c)
{
	size_t i, len = (j->b.nchunks + 7) / 8;
	int r;

	if ((r = diff_make(&j->diff, &j->b, c, &j->delta)) != 0)
		return r;
	j->asking = j->diff.nsent > 0;
	j->any = false;
	for (i = 0; i < len; i++) {
		j->bitmap[i] &= (uint8_t)~j->diff.sent[i];
		j->any = j->any || j->bitmap[i] != 0;
	}
	return 0;
}

/* In the pool: make the messages that NEED or AGAIN asked for. */
static void
batch_compress(void *arg)
{
	struct batch_job *j = arg;
	struct compressor *c = compressor_take(j->bs);
	int r = 0;

	if (diff_any(&j->diff))
		r = batch_delta(j, c);
	if (r == 0 && j->any)
		r = frame_make(&j->b, j->bitmap, j->asking, c, &j->frame);
	compressor_put(j->bs, c);
	j->result = r;
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

/* A batch is over: the walker may have it again. */
static void
batch_over(struct batches *bs, struct batch_job *j)
{
	hub_lock(bs->hub);
	j->state = BATCH_FREE;
	hub_tell(bs->hub);
	hub_unlock(bs->hub);
}

/* Queue a message of j, if it has been made; the queue takes it. */
static int
batch_queue(struct batches *bs, struct batch_job *j, struct buf **msg)
{
	struct buf *b = *msg;

	if (b == NULL)
		return 0;
	*msg = NULL;
	j->queued++;
	return outq_take(bs->outq, b);
}

/* Note that j's job has run; queue what it made. */
static int
batch_ended(struct batches *bs, struct batch_job *j)
{
	int r;

	bs->running--;
	if (j->result != 0)
		return j->result;
	if (j->state == BATCH_HASHING) {
		j->state = BATCH_HASHED;
		return 0;
	}
	bs->signed_bytes -= j->diff.bytes;
	diff_drop(&j->diff);
	j->any = false;
	j->state = BATCH_SENT;
	if ((r = batch_queue(bs, j, &j->delta)) != 0)
		return r;
	return batch_queue(bs, j, &j->frame);
}

/* Send CHUNKS of j. */
static int
batch_announce(struct batches *bs, struct batch_job *j)
{
	const enum wire_type type = j->chunks == NULL ? WIRE_CHUNKS :
	    WIRE_PACKED;
	struct buf *out;
	int r;

	if ((r = outq_begin(bs->outq, type, false, &out)) != 0)
		return r;
	r = outq_end(bs->outq, j->chunks == NULL ? chunks_encode(&j->b, out) :
	    buf_put(out, buf_ptr(j->chunks), buf_len(j->chunks)));
	buf_free(j->chunks);
	j->chunks = NULL;
	j->state = BATCH_ANNOUNCED;
	bs->announced = j->b.number;
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
		if (j->state == state && j->b.number == number)
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
			    (first == NULL || j->b.number < first->b.number))
				first = j;
		}
		if (first != NULL)
			batch_start(bs, first);
	} while (first != NULL && bs->running < bs->params.queued);
	hub_unlock(bs->hub);
}

int
batches_go(struct batches *bs)
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

/* Copy a bitmap that came, and note whether it names any chunk. */
static int
batch_bitmap(struct batch_job *j, const uint8_t *bitmap, size_t bitmap_len)
{
	size_t i, len = (j->b.nchunks + 7) / 8;

	if (bitmap_len != len)
		return ERR_FORMAT;
	if (j->b.nchunks % 8 != 0 &&
	    bitmap[len - 1] >> (j->b.nchunks % 8) != 0)
		return ERR_FORMAT;
	j->any = false;
	for (i = 0; i < len; i++) {
		j->bitmap[i] = bitmap[i];
		j->any = j->any || bitmap[i] != 0;
	}
	return 0;
}

int
batches_signature(struct batches *bs, const struct wire_signature *m)
{
	struct batch_job *j;
	size_t before;
	int r;

	j = batches_find(bs, m->batch, BATCH_ANNOUNCED);
	if (j == NULL)
		return ERR_FORMAT;
	before = j->diff.bytes;
	r = diff_add(&j->diff, &j->b, m, SIGNATURES_MAX - bs->signed_bytes);
	bs->signed_bytes += j->diff.bytes - before;
	return r;
}

int
batches_need(struct batches *bs, const struct wire_need *need)
{
	struct batch_job *j;
	int r;

	j = batches_find(bs, need->batch, BATCH_ANNOUNCED);
	if (j == NULL)
		return ERR_FORMAT;
	if ((r = batch_bitmap(j, need->bitmap, need->bitmap_len)) != 0 ||
	    (r = diff_check(&j->diff, j->bitmap)) != 0)
		return r;
	if (j->any)
		j->state = BATCH_NEEDED;
	else
		batch_over(bs, j);
	return 0;
}

/* All that was asked for so far is written: what comes now? */
static void
batch_written(struct batches *bs, struct batch_job *j)
{
	if (j->asking)
		j->state = BATCH_ASKING;
	else if (j->any) {
		j->state = BATCH_NEEDED;
		hub_lock(bs->hub);
		hub_wake(bs->hub);	/* so that it is started */
		hub_unlock(bs->hub);
	} else
		batch_over(bs, j);
}

int
batches_again(struct batches *bs, const struct wire_again *again)
{
	struct batch_job *j;
	size_t i;
	int r;

	/* It may come while the FRAME behind the DELTA is still queued. */
	j = batches_find(bs, again->batch, BATCH_ASKING);
	if (j == NULL)
		j = batches_find(bs, again->batch, BATCH_SENT);
	if (j == NULL || !j->asking)
		return ERR_FORMAT;
	if ((r = batch_bitmap(j, again->bitmap, again->bitmap_len)) != 0)
		return r;
	for (i = 0; i < again->bitmap_len; i++)
		if ((j->bitmap[i] & ~j->diff.sent[i]) != 0)
			return ERR_FORMAT;
	j->asking = false;
	if (j->state == BATCH_ASKING)
		batch_written(bs, j);
	return 0;
}

void
batches_written(struct batches *bs, unsigned int n)
{
	struct batch_job *j;
	unsigned int i;

	/* Not always those that went out, but as many. */
	for (i = 0; i < bs->n && n > 0; i++) {
		j = &bs->jobs[i];
		while (j->state == BATCH_SENT && j->queued > 0 && n > 0) {
			n--;
			if (--j->queued == 0)
				batch_written(bs, j);
		}
	}
}
