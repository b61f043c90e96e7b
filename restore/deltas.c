/* deltas.c: chunks that are stored as deltas, made from an opened frame. */
#include "restore/deltas.h"

#include <stdlib.h>
#include <string.h>

#include "codec/compress.h"
#include "repo/frame.h"
#include "restore/streams.h"

#define DELTAS_STEPS 2048

/* One delta to apply. */
struct delta_step {
	const struct frame_epoch *epoch;	/* borrowed */
	size_t	 stored;		/* where its frame is kept */
	uint32_t stored_len, len;
};

/* One item: its steps, the whole chunk's length and its place in raw. */
struct delta_item {
	uint32_t first, n, base_len;
	size_t	 raw;
};

/* Memory that grows and can be given back. */
struct delta_area {
	uint8_t	*p;
	size_t	 len, cap;
};

struct deltas {
	struct repo *repo;		/* borrowed */
	const struct plan *plan;	/* borrowed */
	struct delta_step steps[DELTAS_STEPS];
	struct delta_item items[DELTAS_STEPS];
	size_t	 nsteps, nitems;
	struct delta_area stored, raw, work[2];
};

/* What an item needs. */
struct delta_sum {
	size_t	 steps, stored, raw;
};

int
deltas_new(struct repo *r, const struct plan *plan, struct deltas **dp)
{
	struct deltas *d;

	if ((d = calloc(1, sizeof(*d))) == NULL)
		return ERR_NOMEM;
	d->repo = r;
	d->plan = plan;
	*dp = d;
	return 0;
}

void
deltas_free(struct deltas *d)
{

	if (d == NULL)
		return;
	free(d->stored.p);
	free(d->raw.p);
	free(d->work[0].p);
	free(d->work[1].p);
	free(d);
}

void
deltas_reset(struct deltas *d)
{

	d->nsteps = d->nitems = 0;
	d->stored.len = d->raw.len = 0;
	if (d->stored.cap > DELTAS_STORED) {
		free(d->stored.p);
		d->stored.p = NULL;
		d->stored.cap = 0;
	}
}

static struct delta_sum
deltas_sum(const struct plan *plan, const struct plan_item *item)
{
	const struct plan_link *l = plan_links(plan, item);
	struct delta_sum s = { .raw = item->len };

	while (l->more > 0) {
		l++;
		s.steps++;
		s.stored += l->frame_len;
	}
	return s;
}

bool
deltas_is_big(const struct plan *plan, const struct plan_item *item)
{

	return deltas_sum(plan, item).stored > DELTAS_STORED;
}

bool
deltas_room(const struct deltas *d, const struct plan_item *item)
{
	struct delta_sum s = deltas_sum(d->plan, item);

	return s.steps <= DELTAS_STEPS - d->nsteps &&
	    s.stored + d->stored.len <= DELTAS_STORED &&
	    s.raw + d->raw.len <= DELTAS_RAW;
}

/* Have room for len bytes behind those that a has, at least min in all. */
static int
area_room(struct delta_area *a, size_t len, size_t min)
{
	size_t cap = a->len + len < min ? min : a->len + len;
	uint8_t *p;

	if (a->len + len <= a->cap)
		return 0;
	if ((p = realloc(a->p, cap)) == NULL)
		return ERR_NOMEM;
	a->p = p;
	a->cap = cap;
	return 0;
}

/* Keep the frame of one delta. */
static int
deltas_step(struct deltas *d, struct streams *s, const struct plan_link *l)
{
	struct delta_step *step = &d->steps[d->nsteps];
	struct frame_info info;
	const uint8_t *data;
	uint8_t epoch[16];
	int r;

	if ((r = streams_get(s, l, &data)) != 0)
		return r;
	if ((r = frame_peek(data, l->frame_len, &info, epoch)) != 0)
		return r;
	if (info.raw_len != l->len)
		return ERR_FORMAT;
	if ((r = frame_epoch_find(d->repo, epoch, &step->epoch)) != 0)
		return r == ERR_NOENT ? ERR_FORMAT : r;
	memcpy(d->stored.p + d->stored.len, data, l->frame_len);
	step->stored = d->stored.len;
	step->stored_len = l->frame_len;
	step->len = l->len;
	d->stored.len += l->frame_len;
	d->nsteps++;
	return 0;
}

int
deltas_take(struct deltas *d, struct streams *s,
    const struct plan_item *item, size_t *np)
{
	const struct plan_link *l = plan_links(d->plan, item);
	struct delta_sum sum = deltas_sum(d->plan, item);
	struct delta_item *i = &d->items[d->nitems];
	size_t steps = d->nsteps, stored = d->stored.len;
	int r;

	*i = (struct delta_item){ .first = (uint32_t)steps,
	    .n = (uint32_t)sum.steps, .base_len = l->len,
	    .raw = d->raw.len };
	if ((r = area_room(&d->stored, sum.stored, DELTAS_STORED)) != 0 ||
	    (r = area_room(&d->raw, sum.raw, DELTAS_RAW)) != 0)
		return r;
	while (l->more > 0) {
		l++;
		if ((r = deltas_step(d, s, l)) != 0 ||
		    (l->more > 0 && (r = area_room(&d->work[l->more & 1],
		    l->len, 0)) != 0)) {
			d->nsteps = steps;
			d->stored.len = stored;
			return r;
		}
	}
	d->raw.len += sum.raw;
	*np = d->nitems++;
	return 0;
}

int
deltas_apply(struct deltas *d, size_t n, const uint8_t *base,
    struct decompressor *z, const uint8_t **datap)
{
	const struct delta_item *i = &d->items[n];
	const struct delta_step *step = &d->steps[i->first];
	struct frame_base b = { .data = base, .len = i->base_len };
	uint8_t *raw;
	uint32_t left;
	int r;

	for (left = i->n; left > 0; left--, step++) {
		raw = left == 1 ? d->raw.p + i->raw :
		    d->work[(left - 1) & 1].p;
		r = frame_open_delta(step->epoch, d->stored.p + step->stored,
		    step->stored_len, z, &b, raw);
		if (r != 0)
			return r;
		b.data = raw;
		b.len = step->len;
	}
	*datap = b.data;
	return 0;
}
