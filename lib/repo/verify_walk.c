/* verify_walk.c: the content of deltas, tree by tree. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/pool.h"
#include "codec/compress.h"
#include "hash/sha256.h"
#include "repo/internal.h"
#include "repo/pack_format.h"
#include "repo/verify_lineage.h"
#include "store/store.h"

/*
 * Trees are visited in the order of the packs of their tops, each depth
 * first, so that every frame is opened once, with its base in hand, and a
 * walk has no more contents in memory than a chain has.  A few walks go on
 * at a time: here their frames are read, one after the other, and in the pool
 * they are opened and checked.
 */
#define WALKS_MAX 4
#define LEVELS (PACK_DEPTH_MAX + 1)
#define FRAME_STORED_MAX (FRAME_RAW_MAX + FRAME_OVERHEAD)

/* An instance whose children are visited. */
struct level {
	uint8_t	*own;			/* owns; NULL at the top */
	struct frame_base content;	/* borrowed; data NULL: lost */
	size_t	 next, end;		/* children not visited yet */
};

enum step {
	STEP_FRAME,			/* open the frame of some tops */
	STEP_TOP,			/* check one of them */
	STEP_DELTA			/* open and check a delta */
};

struct walk {
	struct pool_job job;
	bool	 running;
	enum step step;
	int	 result;
	const struct repo *r;		/* borrowed */
	const struct verify_instance *in;	/* borrowed */
	const struct frame_epoch *epoch;	/* borrowed */
	struct decompressor *d;		/* owns */
	struct buf *stored;		/* owns; the frame of in */
	uint8_t	*raw;			/* owns; that of the tops */
	bool	 good;			/* it could be opened */
	size_t	 next, end;		/* trees below it not visited yet */
	struct level *at;		/* NULL: between trees */
	struct level levels[LEVELS];
};

struct walks {
	struct verify *v;		/* borrowed */
	const struct spool *all;	/* borrowed; struct lineage */
	size_t	 next;			/* that no walk has taken yet */
	struct pool *pool;		/* owns */
	struct walk w[WALKS_MAX];
	size_t	 n;
};

/* Check that content is the chunk of in.  Pure. */
static int
content_check(const struct repo *r, const struct verify_instance *in,
    const struct frame_base *content)
{
	uint8_t hash[SHA256_LEN], id[32];
	int res;

	if ((res = sha256_of(content->data, content->len, hash)) != 0)
		return res;
	repo_chunk_id(r, hash, id);
	return memcmp(id, in->id, sizeof(id)) == 0 ? 0 : ERR_CORRUPT;
}

/* Do the step that was prepared.  Runs in the pool. */
static void
walk_run(void *arg)
{
	struct walk *w = arg;
	const uint8_t *stored = buf_ptr(w->stored);
	size_t len = buf_len(w->stored);

	switch (w->step) {
	case STEP_FRAME:
		w->result = frame_open(w->epoch, stored, len, w->d, w->raw);
		break;
	case STEP_TOP:
		w->result = content_check(w->r, w->in, &w->at->content);
		break;
	case STEP_DELTA:
		w->result = frame_open_delta(w->epoch, stored, len, w->d,
		    &w->at[-1].content, w->at->own);
		if (w->result == 0)
			w->result = content_check(w->r, w->in,
			    &w->at->content);
		break;
	}
}

/* Read the frame of w->in into w->stored. */
static int
frame_read(struct verify *v, struct walk *w)
{
	const struct verify_instance *in = w->in;
	struct frame_info info;
	char name[OBJECT_NAME_MAX];
	uint8_t epoch[16];
	int r;

	if (in->frame_stored > FRAME_STORED_MAX)
		return ERR_FORMAT;
	pack_name(verify_pack_at(v, in->pack)->hash, name, sizeof(name));
	buf_reset(w->stored);
	if ((r = store_get(repo_store(v->r), name, in->frame_offset,
	    in->frame_stored, w->stored)) != 0)
		return r;
	v->t.bytes += buf_len(w->stored);
	if ((r = frame_peek(buf_ptr(w->stored), buf_len(w->stored), &info,
	    epoch)) != 0)
		return r;
	if (info.raw_len != in->frame_raw || info.kind != in->kind ||
	    info.class != in->class)
		return ERR_CORRUPT;
	return frame_epoch_find(v->r, epoch, &w->epoch);
}

/* Report what is wrong with the delta w->in, but not what was reported when
 * its pack was read. */
static int
delta_damage(struct verify *v, struct walk *w)
{
	char name[OBJECT_NAME_MAX], what[64];

	verify_delta_lost(v, w->in);
	if (frame_read(v, w) != 0 || frame_check(w->epoch,
	    buf_ptr(w->stored), buf_len(w->stored)) != 0)
		return 0;
	pack_name(verify_pack_at(v, w->in->pack)->hash, name, sizeof(name));
	snprintf(what, sizeof(what), "frame at %u", w->in->frame_offset);
	return verify_damage(v, w->result, name, what);
}

/* Free the content of a level. */
static void
level_clear(struct level *l)
{
	free(l->own);
	l->own = NULL;
	l->content.data = NULL;
}

/* Take in what the step has come to. */
static int
walk_finish(struct verify *v, struct walk *w)
{
	struct level *l = w->at;
	int r = 0;

	if (w->result == ERR_NOMEM)
		return ERR_NOMEM;
	switch (w->step) {
	case STEP_FRAME:
		w->good = w->result == 0;
		break;
	case STEP_TOP:
		/* It was reported when its pack was read. */
		if (w->result != 0)
			l->content.data = NULL;
		break;
	case STEP_DELTA:
		if (w->result != 0) {
			level_clear(l);
			r = delta_damage(v, w);
		}
		/* Who has no more children needs no content. */
		if (l[-1].next == l[-1].end)
			level_clear(&l[-1]);
		break;
	}
	return r;
}

/* Find the children of instance number n in the tree of key. */
static void
children_find(const struct spool *all, const struct lineage *tree,
    const uint8_t n[4], struct level *l)
{
	struct lineage key = *tree;

	memset(l, 0, sizeof(*l));
	memcpy(key.parent, n, sizeof(key.parent));
	l->next = spool_search(all, &key, LINEAGE_PARENT_KEY);
	for (l->end = l->next; l->end < all->n && memcmp(&key,
	    spool_at(all, l->end), LINEAGE_PARENT_KEY) == 0; l->end++)
		;
}

/* The first lineage from n on whose key is another. */
static size_t
lineage_skip(const struct spool *all, size_t n, size_t key)
{
	const void *first = spool_at(all, n);

	while (n < all->n && memcmp(first, spool_at(all, n), key) == 0)
		n++;
	return n;
}

/* Prepare the next child of w->at, which is where w is then; false if there
 * is nothing to open. */
static bool
child_prepare(struct walks *ws, struct walk *w)
{
	const struct lineage *child = spool_at(ws->all, w->at->next++);
	struct level *l = w->at + 1;	/* depths rise, up to the last */

	w->in = verify_instance_at(ws->v, bytes_get32(child->self));
	children_find(ws->all, child, child->self, l);
	w->at = l;
	if (l[-1].content.data == NULL) {
		verify_delta_lost(ws->v, w->in);
		return false;
	}
	w->step = STEP_DELTA;
	w->result = ERR_NOMEM;
	if ((l->own = malloc((size_t)w->in->frame_raw + 1)) != NULL) {
		l->content.data = l->own;
		l->content.len = w->in->len;
		w->result = frame_read(ws->v, w);
	}
	return true;
}

/* Prepare the next tree below the open frame; the same. */
static bool
tree_prepare(struct walks *ws, struct walk *w)
{
	const struct lineage *l = spool_at(ws->all, w->next);

	w->in = verify_instance_at(ws->v, bytes_get32(l->top));
	w->at = w->levels;
	children_find(ws->all, l, l->top, w->at);
	w->next = lineage_skip(ws->all, w->next, LINEAGE_TOP_KEY);
	if (!w->good)
		return false;
	w->at->content.data = w->raw + w->in->offset;
	w->at->content.len = w->in->len;
	w->step = STEP_TOP;
	w->result = 0;
	return true;
}

/* Prepare the next frame of tops that no walk has taken. */
static void
frame_prepare(struct walks *ws, struct walk *w)
{
	const struct lineage *l = spool_at(ws->all, ws->next);

	w->next = ws->next;
	w->end = lineage_skip(ws->all, ws->next, LINEAGE_FRAME_KEY);
	ws->next = w->end;
	w->in = verify_instance_at(ws->v, bytes_get32(l->top));
	w->step = STEP_FRAME;
	w->result = frame_read(ws->v, w);
}

/* Find the next step of w and prepare it: true, or false at the end. */
static bool
walk_prepare(struct walks *ws, struct walk *w)
{
	for (;;) {
		if (w->at != NULL && w->at->next < w->at->end) {
			if (child_prepare(ws, w))
				return true;
		} else if (w->at != NULL) {
			level_clear(w->at);
			w->at = w->at == w->levels ? NULL : w->at - 1;
		} else if (w->next < w->end) {
			if (tree_prepare(ws, w))
				return true;
		} else if (ws->next < ws->all->n) {
			frame_prepare(ws, w);
			return true;
		} else
			return false;
	}
}

/* Finish the step of w, if it is at one, and start the next. */
static int
walk_on(struct walks *ws, struct walk *w)
{
	int r;

	if (w->running) {
		pool_wait(ws->pool, &w->job);
		w->running = false;
		if ((r = walk_finish(ws->v, w)) != 0)
			return r;
	}
	while (walk_prepare(ws, w)) {
		if (w->result == 0) {
			pool_submit(ws->pool, &w->job);
			w->running = true;
			return 0;
		}
		if ((r = walk_finish(ws->v, w)) != 0)
			return r;
	}
	return 0;
}

/* Let all walks go on until there is nothing left. */
static int
walks_go(struct walks *ws)
{
	bool running = true;
	size_t i;
	int r;

	while (running) {
		running = false;
		for (i = 0; i < ws->n; i++) {
			if ((r = walk_on(ws, &ws->w[i])) != 0)
				return r;
			running |= ws->w[i].running;
		}
	}
	return 0;
}

static int
walks_init(struct walks *ws)
{
	unsigned int threads = ws->v->p->threads;
	struct walk *w;
	int r;

	if (threads == 0)
		threads = pool_cpus();
	/* One more than threads: while it is read for, they are at work. */
	while (ws->n < WALKS_MAX && ws->n < threads + 1) {
		w = &ws->w[ws->n++];
		w->r = ws->v->r;
		w->job.run = walk_run;
		w->job.arg = w;
		if ((r = decompressor_new(&w->d)) != 0 ||
		    (r = buf_new(FRAME_STORED_MAX, &w->stored)) != 0)
			return r;
		if ((w->raw = malloc(FRAME_RAW_MAX)) == NULL)
			return ERR_NOMEM;
	}
	return pool_new(threads, 0, &ws->pool);
}

static void
walks_free(struct walks *ws)
{
	struct walk *w;
	size_t i, k;

	pool_free(ws->pool);		/* waits */
	for (i = 0; i < ws->n; i++) {
		w = &ws->w[i];
		for (k = 0; k < LEVELS; k++)
			free(w->levels[k].own);
		decompressor_free(w->d);
		buf_free(w->stored);
		free(w->raw);
	}
	free(ws);
}

int
verify_lineages(struct verify *v, const struct spool *all)
{
	struct walks *ws;
	int r;

	if ((ws = calloc(1, sizeof(*ws))) == NULL)
		return ERR_NOMEM;
	ws->v = v;
	ws->all = all;
	if ((r = walks_init(ws)) == 0)
		r = walks_go(ws);
	walks_free(ws);
	return r;
}
