/* align.c: a window of old content beside the new. */
#include "backupd/align.h"

#include <stdlib.h>
#include <string.h>

/* Powers of two.  At 256 KiB a chunk the window is 256 MiB wide. */
#define WINDOW 1024
#define AHEAD (WINDOW - WINDOW / 4)	/* the rest is kept behind */
#define HEADS 1024
#define NONE UINT64_MAX

/* An item of the old content; those in the window are numbered from 0 on. */
struct old_item {
	struct content_item item;
	uint64_t off;			/* where it stands */
	uint64_t earlier;		/* number of one with the same hash */
};

/*
 * Offsets are counted modulo 2^64: shift is added to a new one to get the
 * old one, and what lies before the old content is very far behind it.
 */
struct aligner {
	struct content_item inl[ENTRY_INLINE_MAX];
	size_t	 ninline, taken;
	struct list_cursor *c;		/* owns; NULL: the content is inline */
	bool	 ended;			/* no more old items */
	uint64_t old_off;		/* where the next old item stands */
	uint64_t n;			/* old items read */
	uint64_t at;			/* the first one not before the place */
	uint64_t pos, shift;
	bool	 loose;			/* none was like the last item */
	uint64_t heads[HEADS];		/* the latest of that hash, or NONE */
	struct old_item items[WINDOW];	/* number i at i % WINDOW */
};

int
aligner_new(struct reader *rd, const struct entry *old, struct aligner **ap)
{
	struct aligner *a;
	int r;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		return ERR_NOMEM;
	memset(a->heads, 0xff, sizeof(a->heads));
	a->ninline = old->ninline;
	memcpy(a->inl, old->inl, sizeof(a->inl));
	if (old->content.present && (r = list_cursor_new(rd, LIST_CONTENT,
	    &old->content, &a->c)) != 0) {
		free(a);
		return r;
	}
	*ap = a;
	return 0;
}

void
aligner_free(struct aligner *a)
{
	if (a == NULL)
		return;
	list_cursor_free(a->c);
	free(a);
}

static struct old_item *
old_at(struct aligner *a, uint64_t i)
{
	return &a->items[i % WINDOW];
}

/* The number of the first item in the window. */
static uint64_t
window_first(const struct aligner *a)
{
	return a->n > WINDOW ? a->n - WINDOW : 0;
}

static uint64_t *
head_of(struct aligner *a, const uint8_t id[32])
{
	return &a->heads[((size_t)id[0] << 8 | id[1]) % HEADS];
}

/* Read an old item into the window; the one furthest behind leaves it. */
static int
window_read(struct aligner *a)
{
	struct old_item *o = old_at(a, a->n);
	uint64_t *head;
	int r = 0;

	if (a->c != NULL)
		r = list_next_content(a->c, &o->item);
	else if (a->taken < a->ninline) {
		o->item = a->inl[a->taken++];
		r = 1;
	}
	if (r < 0)
		return r;
	if (r == 0) {
		a->ended = true;
		return 0;
	}
	o->off = a->old_off;
	a->old_off += o->item.len;
	if (!o->item.hole) {
		head = head_of(a, o->item.id);
		o->earlier = *head;
		*head = a->n;
	}
	a->n++;
	return 0;
}

/* Is the place before all old content?  No file has 2^63 bytes. */
static bool
before(uint64_t place)
{
	return place > INT64_MAX;
}

/* Move so that the window lies about place, and at is the first item there
 * that is not wholly before it. */
static int
window_move(struct aligner *a, uint64_t place)
{
	uint64_t first = window_first(a);
	struct old_item *o;
	int r;

	while (a->at > first && (before(place) ||
	    old_at(a, a->at - 1)->off >= place ||
	    old_at(a, a->at - 1)->item.len >
	    place - old_at(a, a->at - 1)->off))
		a->at--;
	for (;;) {
		while (!a->ended && a->n - a->at < AHEAD)
			if ((r = window_read(a)) != 0)
				return r;
		if (a->at == a->n || before(place))
			return 0;
		o = old_at(a, a->at);
		if (o->off >= place || o->item.len > place - o->off)
			return 0;
		a->at++;
	}
}

static bool
same(const struct old_item *o, const struct content_item *item)
{
	return !o->item.hole && o->item.len == item->len &&
	    memcmp(o->item.id, item->id, sizeof(item->id)) == 0;
}

static uint64_t
distance(uint64_t a, uint64_t b)
{
	uint64_t d = a - b;

	return before(d) ? 0 - d : d;
}

/* The number of the item's like in the window nearest to place, or NONE. */
static uint64_t
match_find(struct aligner *a, const struct content_item *item, uint64_t place)
{
	uint64_t i, first = window_first(a), found = NONE;
	struct old_item *o;

	/* Mostly it stands where it should: a run of equal chunks needs no
	 * search. */
	if (a->at < a->n && (o = old_at(a, a->at))->off == place &&
	    same(o, item))
		return a->at;
	for (i = *head_of(a, item->id); i != NONE && i >= first;
	    i = o->earlier) {
		o = old_at(a, i);
		if (same(o, item) && (found == NONE ||
		    distance(o->off, place) <
		    distance(old_at(a, found)->off, place)))
			found = i;
	}
	return found;
}

/* How many bytes from lo to hi the old item has. */
static uint64_t
overlap(const struct old_item *o, uint64_t lo, uint64_t hi)
{
	uint64_t end = o->off + o->item.len;

	if (o->off > lo)
		lo = o->off;
	if (end < hi)
		hi = end;
	return hi > lo ? hi - lo : 0;
}

/*
 * The old chunk that has most of the len bytes at place, of those from number
 * i on.  *basep stays as it is if there is none.
 */
static void
base_find(struct aligner *a, uint64_t i, uint64_t place, uint64_t len,
    struct content_item *basep)
{
	uint64_t n, most = 0, lo = place, hi = place + len;
	struct old_item *o;

	if (before(place)) {
		lo = 0;
		hi = before(hi) ? 0 : hi;
	}
	for (; i < a->n; i++) {
		o = old_at(a, i);
		if (o->off >= hi)
			break;
		if (!o->item.hole && (n = overlap(o, lo, hi)) > most) {
			most = n;
			*basep = o->item;
		}
	}
}

/*
 * The n items before the present place belong to the old content before
 * number i, shifted as what stands there: the tie came too late for them.
 */
static void
bases_again(struct aligner *a, uint64_t i, const struct content_item *items,
    size_t n, struct content_item *bases)
{
	uint64_t first = window_first(a), place = a->pos + a->shift;

	while (n-- > 0 && i > first) {
		place -= items[n].len;
		while (i > first && (before(place) ||
		    old_at(a, i - 1)->off >= place ||
		    old_at(a, i - 1)->item.len >
		    place - old_at(a, i - 1)->off))
			i--;
		if (!items[n].hole)
			base_find(a, i, place, items[n].len, &bases[n]);
	}
}

/* Take one item; *tiep is the number of the old one that it equals. */
static int
item_take(struct aligner *a, const struct content_item *item, uint64_t *tiep,
    struct content_item *basep)
{
	uint64_t place = a->pos + a->shift;
	int r;

	memset(basep, 0, sizeof(*basep));
	if ((r = window_move(a, place)) != 0)
		return r;
	*tiep = NONE;
	if (item->hole)
		return 0;
	if ((*tiep = match_find(a, item, place)) == NONE)
		base_find(a, a->at, place, item->len, basep);
	return 0;
}

int
aligner_next(struct aligner *a, const struct content_item *items, size_t n,
    struct content_item *bases)
{
	/* The first one after a tie belongs to that one. */
	size_t i, from = a->loose ? 0 : 1;
	uint64_t tie, shift;
	bool again;
	int r;

	for (i = 0; i < n; i++) {
		if ((r = item_take(a, &items[i], &tie, &bases[i])) != 0)
			return r;
		a->loose = tie == NONE;
		if (tie != NONE) {
			shift = old_at(a, tie)->off - a->pos;
			again = shift != a->shift && from < i;
			a->shift = shift;
			if (again)
				bases_again(a, tie, items + from, i - from,
				    bases + from);
			from = i + 2;
		}
		a->pos += items[i].len;
	}
	return 0;
}
