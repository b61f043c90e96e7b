/* fetch.c: read the packs that a plan needs, in order, and hand out chunks. */
#include "restore/fetch.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/pool.h"
#include "codec/compress.h"
#include "hash/sha256.h"
#include "repo/frame.h"
#include "restore/deltas.h"
#include "restore/streams.h"
#include "store/store.h"

#define FETCH_RANGE (4u << 20)		/* bytes of a pack read in one go */
#define FETCH_GAP (128u << 10)		/* bytes not needed, read along */
#define FETCH_RANGES 2
#define FETCH_AHEAD 3			/* ranges that a far store may begin */
#define FETCH_SLOTS_MAX 8
#define FETCH_CHUNKS 2048		/* pieces handled by one job */

/* A piece of a pack in memory, held while jobs read from it. */
struct fetch_range {
	struct buf *buf;
	uint32_t pack;
	uint64_t start, end;		/* in the pack; end 0: empty */
	unsigned int users;
	int	 r;			/* how reading it went */
};

/* What became of a piece. */
struct fetch_chunk {
	const char *why;		/* it cannot be had; NULL: it can */
	const uint8_t *data;
	size_t	 delta;			/* its number in the slot's deltas */
	uint8_t	 hash[32];
};

/* One frame on its way. */
struct fetch_slot {
	struct pool_job job;
	const struct repo *repo;
	const struct plan *plan;
	const struct frame_epoch *epoch;
	struct decompressor *d;
	struct fetch_range *range;
	const struct plan_item *items;
	size_t	 n;
	const uint8_t *stored;
	size_t	 stored_len;
	uint8_t	*raw;
	size_t	 raw_cap;
	uint32_t raw_len;
	int	 r;			/* how opening it went */
	struct deltas *deltas;
	struct fetch_chunk chunks[FETCH_CHUNKS];
};

struct fetch {
	struct repo *repo;
	const struct plan *plan;
	const struct fetch_sink *sink;
	struct pool *pool;
	struct streams *streams;
	struct fetch_range ranges[FETCH_RANGES];
	struct fetch_slot *slots[FETCH_SLOTS_MAX];
	size_t	 nslots, head, used;	/* a ring, oldest at head */
};

static const char fetch_is_damaged[] =
    "a part of its content is damaged in the repository";

/* Tell whether item i is the same chunk as the one before: many files may
 * hold it, and it is made and hashed once. */
static bool
fetch_same(const struct plan_item *items, size_t i)
{
	const struct plan_item *a = items + i, *b = a - 1;

	return i > 0 && a->offset == b->offset && a->len == b->len &&
	    memcmp(a->id, b->id, sizeof(a->id)) == 0;
}

/* Find or make one piece from an opened frame, and check it.  Pure. */
static int
fetch_chunk(struct fetch_slot *s, const struct plan_item *item,
    struct fetch_chunk *c)
{
	uint32_t len = item->len;
	uint8_t id[32];
	int r;

	if (item->links != 0)
		len = plan_links(s->plan, item)->len;
	if (item->offset > s->raw_len || len > s->raw_len - item->offset)
		return ERR_FORMAT;
	c->data = s->raw + item->offset;
	if (item->links != 0 && (r = deltas_apply(s->deltas, c->delta,
	    c->data, s->d, &c->data)) != 0)
		return r;
	if ((r = sha256_of(c->data, item->len, c->hash)) != 0)
		return r;
	repo_chunk_id(s->repo, c->hash, id);
	return memcmp(id, item->id, sizeof(id)) == 0 ? 0 : ERR_CORRUPT;
}

/* Open the frame and check its chunks.  Runs in the pool. */
static void
fetch_job(void *arg)
{
	struct fetch_slot *s = arg;
	struct fetch_chunk *c;
	size_t i;

	s->r = frame_open(s->epoch, s->stored, s->stored_len, s->d, s->raw);
	if (s->r != 0)
		return;
	for (i = 0, c = s->chunks; i < s->n; i++, c++) {
		if (fetch_same(s->items, i))
			*c = c[-1];
		else if (c->why == NULL &&
		    fetch_chunk(s, &s->items[i], c) != 0)
			c->why = fetch_is_damaged;
	}
}

static void
fetch_lost(const struct fetch *f, const struct plan_item *items, size_t n,
    const char *why)
{
	size_t i;

	for (i = 0; i < n; i++)
		f->sink->damaged(&items[i], why, f->sink->arg);
}

/* Wait for the oldest slot and hand its chunks out, unless *rp says that
 * it is all over. */
static void
fetch_drain(struct fetch *f, int *rp)
{
	struct fetch_slot *s = f->slots[f->head];
	size_t i;

	pool_wait(f->pool, &s->job);
	f->head = (f->head + 1) % f->nslots;
	f->used--;
	s->range->users--;
	if (*rp != 0)
		return;
	if (s->r != 0) {
		fetch_lost(f, s->items, s->n, fetch_is_damaged);
		return;
	}
	for (i = 0; i < s->n && *rp == 0; i++)
		if (s->chunks[i].why == NULL)
			*rp = f->sink->item(&s->items[i], s->chunks[i].data,
			    s->chunks[i].hash, f->sink->arg);
		else
			fetch_lost(f, &s->items[i], 1, s->chunks[i].why);
}

/* How far a read that begins with the first of n items goes. */
static uint64_t
fetch_extent(const struct plan_item *items, uint64_t n)
{
	uint64_t end = (uint64_t)items[0].frame + items[0].frame_len, next, i;

	for (i = 1; i < n && items[i].pack == items[0].pack; i++) {
		next = (uint64_t)items[i].frame + items[i].frame_len;
		if (items[i].frame > end + FETCH_GAP ||
		    next - items[0].frame > FETCH_RANGE)
			break;
		if (next > end)
			end = next;
	}
	return end;
}

static const char *
fetch_why(int r)
{

	if (r == ERR_NOENT)
		return "a pack that holds a part of it is missing";
	if (r == ERR_CORRUPT)
		return "a pack that holds a part of it is cut short";
	return "a pack that holds a part of it cannot be read";
}

/* Read the pack of the first item from its frame to end. */
static void
fetch_read(struct fetch *f, struct fetch_range *g,
    const struct plan_item *items, uint64_t end)
{
	char name[STORE_NAME_MAX];

	g->pack = items[0].pack;
	g->start = items[0].frame;
	g->end = end;
	buf_reset(g->buf);
	pack_name(plan_pack(f->plan, g->pack), name, sizeof(name));
	g->r = store_get(repo_store(f->repo), name, g->start,
	    (size_t)(g->end - g->start), g->buf);
}

/* Name the ranges that come after the one that ends at end, of n items. */
static void
fetch_ahead(struct fetch *f, const struct plan_item *items, uint64_t n,
    uint64_t end)
{
	char name[STORE_NAME_MAX];
	uint32_t pack = items[0].pack;
	uint64_t i = 0;
	int k;

	for (k = 0; k < FETCH_AHEAD; k++) {
		while (i < n && items[i].pack == pack && (uint64_t)
		    items[i].frame + items[i].frame_len <= end)
			i++;
		if (i == n)
			return;
		pack = items[i].pack;
		end = fetch_extent(items + i, n - i);
		pack_name(plan_pack(f->plan, pack), name, sizeof(name));
		store_ahead(repo_store(f->repo), name, items[i].frame,
		    (size_t)(end - items[i].frame));
	}
}

/* Find or read the range that holds the frame of the first item. */
static int
fetch_range(struct fetch *f, const struct plan_item *items, uint64_t n,
    struct fetch_range **rangep)
{
	uint64_t end = (uint64_t)items[0].frame + items[0].frame_len;
	struct fetch_range *g;
	int r = 0;
	size_t i;

	for (i = 0; i < FETCH_RANGES; i++) {
		g = &f->ranges[i];
		if (g->end != 0 && g->pack == items[0].pack &&
		    items[0].frame >= g->start && end <= g->end) {
			*rangep = g;
			return 0;
		}
	}
	for (;;) {
		for (i = 0; i < FETCH_RANGES; i++)
			if (f->ranges[i].users == 0)
				break;
		if (i < FETCH_RANGES)
			break;
		fetch_drain(f, &r);
		if (r != 0)
			return r;
	}
	g = &f->ranges[i];
	fetch_read(f, g, items, fetch_extent(items, n));
	fetch_ahead(f, items, n, g->end);
	/* What ends too soon may yet have the first frame. */
	if (g->r != 0 && g->r != ERR_NOENT && g->end > end)
		fetch_read(f, g, items, end);
	*rangep = g;
	return 0;
}

/* Make s ready to open the frame of its items. */
static int
fetch_prepare(struct fetch *f, struct fetch_slot *s)
{
	struct frame_info info;
	uint8_t epoch[16], *raw;
	int r;

	s->stored = buf_ptr(s->range->buf) +
	    (s->items[0].frame - s->range->start);
	s->stored_len = s->items[0].frame_len;
	if ((r = frame_peek(s->stored, s->stored_len, &info, epoch)) != 0)
		return r;
	if (info.raw_len > FRAME_RAW_MAX || info.stored_len != s->stored_len)
		return ERR_FORMAT;
	if ((r = frame_epoch_find(f->repo, epoch, &s->epoch)) != 0)
		return r;
	if (info.raw_len > s->raw_cap) {
		if ((raw = realloc(s->raw, info.raw_len)) == NULL)
			return ERR_NOMEM;
		s->raw = raw;
		s->raw_cap = info.raw_len;
	}
	s->raw_len = info.raw_len;
	return 0;
}

/* Have the deltas of n items ready, or of as many as there is room for. */
static int
fetch_deltas(struct fetch *f, struct fetch_slot *s,
    const struct plan_item *items, size_t *np)
{
	struct fetch_chunk *c = s->chunks;
	size_t i, n = *np;
	int r;

	deltas_reset(s->deltas);
	for (i = 0; i < n; i++, c++) {
		c->why = NULL;
		if (items[i].links == 0 || fetch_same(items, i))
			continue;
		if (i > 0 && !deltas_room(s->deltas, &items[i]))
			break;
		r = deltas_take(s->deltas, f->streams, &items[i], &c->delta);
		if (r == ERR_NOMEM)
			return r;
		if (r != 0)
			c->why = r == ERR_FORMAT ? fetch_is_damaged :
			    fetch_why(r);
	}
	*np = i;
	return 0;
}

/* Wait until a slot is free, or all are if the items need much memory. */
static int
fetch_wait(struct fetch *f, const struct plan_item *items)
{
	bool all = items->links != 0 && deltas_is_big(f->plan, items);
	int r = 0;

	while (r == 0 && f->used > 0 && (all || f->used == f->nslots))
		fetch_drain(f, &r);
	return r;
}

/* Start a job for *np items of one frame, or for the first of them. */
static int
fetch_start(struct fetch *f, const struct plan_item *items, size_t *np,
    struct fetch_range *range)
{
	struct fetch_slot *s;
	int r;

	range->users++;		/* keep it while others are drained */
	if ((r = fetch_wait(f, items)) != 0)
		goto out;
	if (range->r != 0) {
		fetch_lost(f, items, *np, fetch_why(range->r));
		goto out;
	}
	s = f->slots[(f->head + f->used) % f->nslots];
	s->items = items;
	s->range = range;
	if ((r = fetch_prepare(f, s)) == 0)
		r = fetch_deltas(f, s, items, np);
	if (r == ERR_NOMEM)
		goto out;
	if (r != 0) {
		fetch_lost(f, items, *np, fetch_is_damaged);
		r = 0;
		goto out;
	}
	s->n = *np;
	f->used++;
	pool_submit(f->pool, &s->job);
	return 0;
 out:
	range->users--;
	return r;
}

/* How many of n items belong to the first one's frame, for one job. */
static size_t
fetch_group(const struct plan_item *items, uint64_t n)
{
	size_t i;

	for (i = 1; i < n && i < FETCH_CHUNKS; i++)
		if (items[i].pack != items[0].pack ||
		    items[i].frame != items[0].frame ||
		    items[i].frame_len != items[0].frame_len)
			break;
	return i;
}

static int
fetch_items(struct fetch *f)
{
	const struct plan_item *items;
	struct fetch_range *range;
	uint64_t at, n;
	size_t group;
	int r = 0;

	items = plan_items(f->plan, &n);
	for (at = 0; at < n && r == 0; at += group) {
		if (f->sink->cancelled(f->sink->arg)) {
			r = ERR_CANCELLED;
			break;
		}
		group = fetch_group(items + at, n - at);
		if ((r = fetch_range(f, items + at, n - at, &range)) == 0)
			r = fetch_start(f, items + at, &group, range);
	}
	while (f->used > 0)
		fetch_drain(f, &r);
	return r;
}

static void
fetch_clear(struct fetch *f)
{
	size_t i;

	pool_free(f->pool);
	streams_free(f->streams);
	for (i = 0; i < FETCH_RANGES; i++)
		buf_free(f->ranges[i].buf);
	for (i = 0; i < f->nslots; i++) {
		if (f->slots[i] == NULL)
			continue;
		decompressor_free(f->slots[i]->d);
		deltas_free(f->slots[i]->deltas);
		free(f->slots[i]->raw);
		free(f->slots[i]);
	}
}

/* Buffers, slots and threads. */
static int
fetch_init(struct fetch *f, unsigned int threads)
{
	struct fetch_slot *s;
	size_t i, cap = FETCH_RANGE + FRAME_RAW_MAX + FRAME_OVERHEAD;
	int r;

	f->nslots = threads + 2;
	if (f->nslots > FETCH_SLOTS_MAX)
		f->nslots = FETCH_SLOTS_MAX;
	for (i = 0; i < FETCH_RANGES; i++)
		if ((r = buf_new(cap, &f->ranges[i].buf)) != 0)
			return r;
	for (i = 0; i < f->nslots; i++) {
		if ((s = calloc(1, sizeof(*s))) == NULL)
			return ERR_NOMEM;
		f->slots[i] = s;
		s->repo = f->repo;
		s->plan = f->plan;
		s->job.run = fetch_job;
		s->job.arg = s;
		if ((r = decompressor_new(&s->d)) != 0 ||
		    (r = deltas_new(f->repo, f->plan, &s->deltas)) != 0)
			return r;
	}
	if ((r = streams_new(f->repo, f->plan, &f->streams)) != 0)
		return r;
	return pool_new(threads, 0, &f->pool);
}

int
fetch_run(struct repo *r, const struct plan *plan, unsigned int threads,
    const struct fetch_sink *sink)
{
	struct fetch f = { .repo = r, .plan = plan, .sink = sink };
	int e;

	if ((e = fetch_init(&f, threads)) == 0)
		e = fetch_items(&f);
	fetch_clear(&f);
	return e;
}
