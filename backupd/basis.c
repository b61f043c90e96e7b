/* basis.c: older versions of chunks, opened in the pool. */
#include "backupd/basis.h"

#include <stdlib.h>
#include <string.h>

#include "backupd/tools.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/pool.h"
#include "hash/sha256.h"
#include "repo/frame.h"
#include "repo/repo.h"
#include "repo/writer.h"
#include "store/store.h"

#define OPENED_MAX 8			/* frames: neighbours share them */
#define LARGE (64u << 10)		/* chunks of files that are read on */
#define STORED_MAX (FRAME_RAW_MAX + FRAME_RAW_MAX / 128 + FRAME_OVERHEAD)

/* A frame that holds whole chunks; free while raw is NULL. */
struct opened {
	struct pool_job job;
	struct bases *bs;
	uint8_t	 pack[32];
	uint32_t offset, raw_len;
	uint32_t have;			/* bytes of raw that are opened */
	struct buf *stored;		/* owned, while it is being opened */
	const struct frame_epoch *epoch;
	uint8_t	*raw;			/* owned */
	bool	 running;
	int	 result;
	unsigned int refs;		/* bases that are made from it */
	uint64_t used;			/* when, for the least recently used */
};

struct basis_job {
	struct pool_job job;
	struct basis *b;
	int	 result;
};

struct bases {
	struct bases_params p;
	struct opened opened[OPENED_MAX];
	TAILQ_HEAD(, basis) queue;	/* those not done */
	unsigned int running, limit;	/* jobs in the pool */
	unsigned int making;		/* of them, those that make a basis */
	size_t	 held;
	uint64_t clock;
	bool	 warned;
};

int
bases_new(const struct bases_params *p, struct bases **bsp)
{
	struct bases *bs;

	if ((bs = calloc(1, sizeof(*bs))) == NULL)
		return ERR_NOMEM;
	bs->p = *p;
	bs->limit = 2 * p->threads + 2;
	TAILQ_INIT(&bs->queue);
	*bsp = bs;
	return 0;
}

size_t
bases_held(const struct bases *bs)
{
	return bs->held;
}

bool
basis_done(const struct basis *b)
{
	return b->state == BASIS_THERE || b->state == BASIS_LOST;
}

static void
opened_clear(struct opened *o)
{
	buf_free(o->stored);
	free(o->raw);
	memset(o, 0, sizeof(*o));
}

static void
basis_free(struct basis *b)
{
	unsigned int i;

	for (i = 0; i < b->n; i++)
		buf_free(b->links[i].sealed);
	b->bs->held -= b->held;
	free(b->job);
	free(b->root_data);
	free(b->data);
	free(b);
}

void
bases_free(struct bases *bs)
{
	size_t i;

	for (i = 0; bs != NULL && i < OPENED_MAX; i++)
		opened_clear(&bs->opened[i]);
	free(bs);
}

struct basis *
basis_hold(struct basis *b)
{
	b->refs++;
	return b;
}

void
basis_drop(struct basis *b)
{
	if (b != NULL && --b->refs == 0)
		basis_free(b);
}

/* Check the sizes that the index tells before anything is allocated. */
static bool
place_ok(const struct index_place *at)
{
	return at->frame_stored <= STORED_MAX &&
	    at->frame_raw <= FRAME_RAW_MAX && at->len <= at->frame_raw &&
	    at->offset <= at->frame_raw - at->len &&
	    (at->depth == 0 || at->len == at->frame_raw);
}

/* Make a basis of a chain that is to be opened. */
static int
basis_new(struct bases *bs, const struct chain *c, struct basis **bp)
{
	const struct index_place *at;
	struct basis *b;
	unsigned int i;

	for (i = 0; i < c->n; i++)
		if (!place_ok(&c->links[i].at))
			return ERR_NOENT;
	b = calloc(1, sizeof(*b) + c->n * sizeof(b->links[0]));
	if (b == NULL)
		return ERR_NOMEM;
	b->refs = 1;
	b->bs = bs;
	b->n = c->n;
	b->len = c->links[0].at.len;
	b->held = sizeof(*b) + b->len;
	for (i = 0; i < c->n; i++) {
		b->links[i].l = c->links[i];
		at = &c->links[i].at;
		if (i > 0 || at->depth > 0)
			b->held += at->depth > 0 ? at->frame_stored : at->len;
	}
	bs->held += b->held;
	*bp = b;
	return 0;
}

int
bases_open(struct bases *bs, const uint8_t id[32], struct basis **bp)
{
	struct chain *c;
	struct basis *b;
	int r;

	if ((c = malloc(sizeof(*c))) == NULL)
		return ERR_NOMEM;
	if ((r = writer_base(bs->p.w, id, c)) == 0 &&
	    (r = basis_new(bs, c, &b)) == 0) {
		TAILQ_INSERT_TAIL(&bs->queue, b, queue);
		*bp = b;
	}
	free(c);
	return r;
}

/* Read the stored frame at at, which the caller owns then. */
static int
frame_fetch(struct bases *bs, const struct index_place *at,
    struct buf **storedp, const struct frame_epoch **epochp)
{
	struct frame_info info;
	struct buf *b = NULL;
	char name[STORE_NAME_MAX];
	uint8_t epoch[16];
	int r;

	pack_name(at->pack, name, sizeof(name));
	if ((r = buf_new(at->frame_stored, &b)) != 0 ||
	    (r = store_get(repo_store(bs->p.repo), name, at->frame_offset,
	    at->frame_stored, b)) != 0 ||
	    (r = frame_peek(buf_ptr(b), buf_len(b), &info, epoch)) != 0)
		goto out;
	if (info.raw_len != at->frame_raw || info.kind != at->kind ||
	    info.class != FRAME_DATA) {
		r = ERR_CORRUPT;
		goto out;
	}
	if ((r = frame_epoch_find(bs->p.repo, epoch, epochp)) != 0)
		goto out;
	*storedp = b;
	b = NULL;	/* the caller's now */
 out:
	buf_free(b);
	return r;
}

/* In the pool: open a frame. */
static void
opened_run(void *arg)
{
	struct opened *o = arg;
	struct tool *t = tools_take(o->bs->p.tools);

	o->result = frame_open_begin(o->epoch, buf_ptr(o->stored),
	    buf_len(o->stored), t->d, o->have, o->raw);
	tools_give(o->bs->p.tools, t);
}

static struct opened *
opened_find(struct bases *bs, const struct index_place *at)
{
	struct opened *o;
	size_t i;

	for (i = 0; i < OPENED_MAX; i++) {
		o = &bs->opened[i];
		if (o->raw != NULL && o->offset == at->frame_offset &&
		    o->raw_len == at->frame_raw &&
		    o->have >= at->offset + at->len &&
		    memcmp(o->pack, at->pack, sizeof(o->pack)) == 0)
			return o;
	}
	return NULL;
}

/* A free place, or that of the frame that was used longest ago; NULL if all
 * are in use. */
static struct opened *
opened_place(struct bases *bs)
{
	struct opened *o, *best = NULL;
	size_t i;

	for (i = 0; i < OPENED_MAX; i++) {
		o = &bs->opened[i];
		if (o->refs == 0 && !o->running &&
		    (best == NULL || o->used < best->used))
			best = o;
	}
	if (best != NULL)
		opened_clear(best);
	return best;
}

/*
 * How much of the frame at at is to be opened: all where the chunks are large,
 * as those beside it will be wanted next; else as far as they are wanted now.
 */
static uint32_t
opened_have(const struct bases *bs, const struct index_place *at)
{
	uint32_t have = at->offset + at->len;
	const struct index_place *other;
	const struct basis *b;

	if (at->len >= LARGE)
		return at->frame_raw;
	TAILQ_FOREACH(b, &bs->queue, queue) {
		other = &b->links[b->n - 1].l.at;
		if (b->state == BASIS_QUEUED &&
		    other->frame_offset == at->frame_offset &&
		    memcmp(other->pack, at->pack, sizeof(at->pack)) == 0 &&
		    other->offset + other->len > have)
			have = other->offset + other->len;
	}
	return have;
}

/* Begin to open the frame at at in the place o. */
static int
opened_start(struct bases *bs, struct opened *o, const struct index_place *at)
{
	int r;

	if ((r = frame_fetch(bs, at, &o->stored, &o->epoch)) != 0)
		return r;
	if ((o->raw = malloc(at->frame_raw > 0 ? at->frame_raw : 1)) ==
	    NULL) {
		opened_clear(o);
		return ERR_NOMEM;
	}
	o->bs = bs;
	memcpy(o->pack, at->pack, sizeof(o->pack));
	o->offset = at->frame_offset;
	o->raw_len = at->frame_raw;
	o->have = opened_have(bs, at);
	o->running = true;
	o->job.run = opened_run;
	o->job.arg = o;
	bs->running++;
	pool_submit(bs->p.pool, &o->job);
	return 0;
}

/* ERR_CORRUPT unless data is the chunk of that link. */
static int
link_check(const struct basis *b, unsigned int link, const uint8_t *data)
{
	const struct chain_link *l = &b->links[link].l;
	uint8_t hash[SHA256_LEN], id[32];
	int r;

	if ((r = sha256_of(data, l->at.len, hash)) != 0)
		return r;
	repo_chunk_id(b->bs->p.repo, hash, id);
	return memcmp(id, l->id, sizeof(id)) == 0 ? 0 : ERR_CORRUPT;
}

/* Open the deltas from the root up to link, into t's spare memory. */
static int
links_climb(const struct basis *b, unsigned int link, struct tool *t,
    const uint8_t **datap)
{
	struct frame_base base = { .data = b->root_data };
	const struct basis_link *l;
	unsigned int i;
	int r;

	base.len = b->links[b->n - 1].l.at.len;
	for (i = b->n - 1; i-- > link;) {
		l = &b->links[i];
		if ((r = frame_open_delta(l->epoch, buf_ptr(l->sealed),
		    buf_len(l->sealed), t->d, &base, t->spare[i & 1])) != 0)
			return r;
		base.data = t->spare[i & 1];
		base.len = l->l.at.len;
	}
	*datap = base.data;
	return link_check(b, link, base.data);
}

int
basis_link_open(const struct basis *b, unsigned int link, struct tool *t,
    const uint8_t **datap)
{
	if (link == 0) {
		*datap = b->data;
		return 0;
	}
	return links_climb(b, link, t, datap);
}

/* The root's bytes out of its frame, and what is built on them. */
static int
basis_make(struct basis *b, struct tool *t)
{
	const struct index_place *at = &b->links[b->n - 1].l.at;
	const uint8_t *from = b->frame->raw + at->offset, *data;
	int r;

	if ((b->data = malloc(b->len > 0 ? b->len : 1)) == NULL)
		return ERR_NOMEM;
	if (b->n == 1) {
		memcpy(b->data, from, at->len);
		return link_check(b, 0, b->data);
	}
	if ((b->root_data = malloc(at->len > 0 ? at->len : 1)) == NULL)
		return ERR_NOMEM;
	memcpy(b->root_data, from, at->len);
	if ((r = links_climb(b, 0, t, &data)) != 0)
		return r;
	memcpy(b->data, data, b->len);
	return 0;
}

/* In the pool: make a basis from its frame. */
static void
basis_run(void *arg)
{
	struct basis_job *j = arg;
	struct tools *tools = j->b->bs->p.tools;
	struct tool *t = tools_take(tools);

	j->result = basis_make(j->b, t);
	tools_give(tools, t);
}

/* Read the deltas of b and have it made. */
static int
basis_start(struct bases *bs, struct basis *b)
{
	struct basis_link *l;
	unsigned int i;
	int r;

	for (i = 0; i + 1 < b->n; i++) {
		l = &b->links[i];
		if ((r = frame_fetch(bs, &l->l.at, &l->sealed,
		    &l->epoch)) != 0)
			return r;
	}
	if ((b->job = calloc(1, sizeof(*b->job))) == NULL)
		return ERR_NOMEM;
	b->job->b = b;
	b->job->job.run = basis_run;
	b->job->job.arg = b->job;
	b->state = BASIS_RUNNING;
	bs->running++;
	bs->making++;
	pool_submit(bs->p.pool, &b->job->job);
	return 0;
}

/* What is kept of its packs elsewhere than on the target may be damaged. */
static void
basis_distrust(const struct basis *b)
{
	char name[STORE_NAME_MAX];
	unsigned int i;

	for (i = 0; i < b->n; i++) {
		pack_name(b->links[i].l.at.pack, name, sizeof(name));
		(void)store_distrust(repo_store(b->bs->p.repo), name);
	}
}

/* b has been opened, or is lost: it is not waited for any more. */
static void
basis_end(struct basis *b, int result)
{
	struct bases *bs = b->bs;

	if (b->frame != NULL)
		b->frame->refs--;
	b->frame = NULL;
	free(b->job);
	b->job = NULL;
	b->state = result == 0 ? BASIS_THERE : BASIS_LOST;
	TAILQ_REMOVE(&bs->queue, b, queue);
	if (result != 0)
		basis_distrust(b);
	if (result != 0 && !bs->warned) {
		bs->warned = true;
		log_warn("older versions of some chunks cannot be read (%s):"
		    " what changed is stored whole; see restore verify",
		    err_text(result));
	}
}

/* Find or begin the frame of b.  Without room it stays in the queue. */
static int
basis_frame(struct bases *bs, struct basis *b)
{
	const struct index_place *at = &b->links[b->n - 1].l.at;
	struct opened *o;
	int r;

	if ((o = opened_find(bs, at)) == NULL) {
		if ((o = opened_place(bs)) == NULL)
			return 0;
		if ((r = opened_start(bs, o, at)) != 0)
			return r;
	}
	o->refs++;
	o->used = ++bs->clock;
	b->frame = o;
	b->state = BASIS_FRAME;
	return 0;
}

/* What can be done for b now?  A failure is that of b alone. */
static int
basis_step(struct bases *bs, struct basis *b)
{
	int r;

	if (b->state == BASIS_RUNNING) {
		if (!pool_done(bs->p.pool, &b->job->job))
			return 0;
		bs->running--;
		bs->making--;
		basis_end(b, b->job->result);
		return 0;
	}
	if (bs->running >= bs->limit)
		return 0;
	if (b->state == BASIS_QUEUED && (r = basis_frame(bs, b)) != 0)
		return r;
	if (b->state == BASIS_QUEUED || b->frame->running)
		return 0;
	return b->frame->result != 0 ? b->frame->result :
	    basis_start(bs, b);
}

/* Note which frames have been opened. */
static void
opened_collect(struct bases *bs)
{
	struct opened *o;
	size_t i;

	for (i = 0; i < OPENED_MAX; i++) {
		o = &bs->opened[i];
		if (!o->running || !pool_done(bs->p.pool, &o->job))
			continue;
		o->running = false;
		bs->running--;
		buf_free(o->stored);
		o->stored = NULL;
	}
}

/* Go through the queue once; *movedp tells whether anything changed. */
static int
queue_walk(struct bases *bs, bool *movedp)
{
	struct basis *b, *next;
	enum basis_state before;
	unsigned int made = 0;
	int r;

	*movedp = false;
	for (b = TAILQ_FIRST(&bs->queue); b != NULL; b = next) {
		next = TAILQ_NEXT(b, queue);
		/* All that run have been seen, and no more may start. */
		if (bs->running >= bs->limit && made >= bs->making)
			break;
		before = b->state;
		if ((r = basis_step(bs, b)) == ERR_NOMEM)
			return r;
		if (r != 0)
			basis_end(b, r);
		made += b->state == BASIS_RUNNING;
		if (b->state != before)
			*movedp = true;
	}
	return 0;
}

int
bases_pump(struct bases *bs)
{
	bool moved;
	int r;

	do {
		opened_collect(bs);
		r = queue_walk(bs, &moved);
	} while (r == 0 && moved);
	return r;
}

void
bases_stop(struct bases *bs)
{
	struct basis *b;
	size_t i;

	if (bs == NULL)
		return;
	for (i = 0; i < OPENED_MAX; i++)
		if (bs->opened[i].running)
			pool_wait(bs->p.pool, &bs->opened[i].job);
	bs->warned = true;
	while ((b = TAILQ_FIRST(&bs->queue)) != NULL) {
		if (b->state == BASIS_RUNNING)
			pool_wait(bs->p.pool, &b->job->job);
		basis_end(b, ERR_CANCELLED);
	}
}
