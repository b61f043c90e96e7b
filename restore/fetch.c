/* fetch.c: read the packs that a plan needs, in order, and hand out chunks. */
#include "restore/fetch.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/pool.h"
#include "codec/compress.h"
#include "hash/sha256.h"
#include "repo/frame.h"
#include "store/store.h"

#define FETCH_RANGE (4u << 20)		/* bytes of a pack read in one go */
#define FETCH_GAP (128u << 10)		/* bytes not needed, read along */
#define FETCH_RANGES 2
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

/* One frame on its way. */
struct fetch_slot {
	struct pool_job job;
	const struct repo *repo;
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
	struct {
		bool	 ok;
		uint8_t	 hash[32];
	} chunks[FETCH_CHUNKS];
};

struct fetch {
	struct repo *repo;
	const struct plan *plan;
	const struct fetch_sink *sink;
	struct pool *pool;
	struct fetch_range ranges[FETCH_RANGES];
	struct fetch_slot *slots[FETCH_SLOTS_MAX];
	size_t	 nslots, head, used;	/* a ring, oldest at head */
};

/* Check one chunk of an opened frame.  Pure. */
static bool
fetch_chunk_ok(const struct fetch_slot *s, const struct plan_item *item,
    uint8_t hash[32])
{
	uint8_t id[32];

	if (item->offset > s->raw_len ||
	    item->len > s->raw_len - item->offset)
		return false;
	if (sha256_of(s->raw + item->offset, item->len, hash) != 0)
		return false;
	repo_chunk_id(s->repo, hash, id);
	return memcmp(id, item->id, sizeof(id)) == 0;
}

/* Open the frame and check its chunks.  Runs in the pool. */
static void
fetch_job(void *arg)
{
	struct fetch_slot *s = arg;
	const struct plan_item *a, *b;
	size_t i;

	s->r = frame_open(s->epoch, s->stored, s->stored_len, s->d, s->raw);
	if (s->r != 0)
		return;
	for (i = 0; i < s->n; i++) {
		a = &s->items[i];
		b = i > 0 ? a - 1 : NULL;
		/* Many files may hold the same chunk: it is hashed once. */
		if (b != NULL && a->offset == b->offset && a->len == b->len &&
		    memcmp(a->id, b->id, sizeof(a->id)) == 0)
			s->chunks[i] = s->chunks[i - 1];
		else
			s->chunks[i].ok = fetch_chunk_ok(s, a,
			    s->chunks[i].hash);
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
		fetch_lost(f, s->items, s->n, s->r == ERR_VERSION ?
		    "its content needs a newer version of this program" :
		    "a part of its content is damaged in the repository");
		return;
	}
	for (i = 0; i < s->n && *rp == 0; i++)
		if (s->chunks[i].ok)
			*rp = f->sink->item(&s->items[i],
			    s->raw + s->items[i].offset, s->chunks[i].hash,
			    f->sink->arg);
		else
			fetch_lost(f, &s->items[i], 1,
			    "a part of its content is damaged in the "
			    "repository");
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

/* Start a job for n items of one frame. */
static int
fetch_start(struct fetch *f, const struct plan_item *items, size_t n,
    struct fetch_range *range)
{
	struct fetch_slot *s;
	int r = 0;

	if (f->used == f->nslots) {
		range->users++;		/* keep it while others are drained */
		fetch_drain(f, &r);
		range->users--;
		if (r != 0)
			return r;
	}
	if (range->r != 0) {
		fetch_lost(f, items, n, fetch_why(range->r));
		return 0;
	}
	s = f->slots[(f->head + f->used) % f->nslots];
	s->items = items;
	s->n = n;
	s->range = range;
	if ((r = fetch_prepare(f, s)) == ERR_NOMEM)
		return r;
	if (r != 0) {
		fetch_lost(f, items, n,
		    "a part of its content is damaged in the repository");
		return 0;
	}
	range->users++;
	f->used++;
	pool_submit(f->pool, &s->job);
	return 0;
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
			r = fetch_start(f, items + at, group, range);
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
	for (i = 0; i < FETCH_RANGES; i++)
		buf_free(f->ranges[i].buf);
	for (i = 0; i < f->nslots; i++) {
		if (f->slots[i] == NULL)
			continue;
		decompressor_free(f->slots[i]->d);
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
		s->job.run = fetch_job;
		s->job.arg = s;
		if ((r = decompressor_new(&s->d)) != 0)
			return r;
	}
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
