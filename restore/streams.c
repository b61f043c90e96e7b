/* streams.c: the small frames of deltas, read from many packs at once. */
#include "restore/streams.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/spool.h"
#include "repo/repo.h"
#include "store/store.h"

#define STREAM_READ (256u << 10)	/* bytes of a pack read in one go */
#define STREAM_GAP (32u << 10)		/* bytes not needed, read along */
#define STREAM_KEPT (8u << 20)		/* bytes kept of all packs */
#define STREAM_PIECES 128

/* A frame that will be asked for; big-endian, to be sorted as bytes. */
struct stream_need {
	uint32_t pack, frame, frame_len;
};

#define STREAM_KEY (2 * sizeof(uint32_t))

/* A piece of a pack. */
struct stream_piece {
	uint32_t pack;
	uint64_t start, end;		/* in the pack; end 0: empty */
	uint64_t used;			/* when */
	struct buf *buf;		/* owns */
};

struct streams {
	struct repo *repo;		/* borrowed */
	const struct plan *plan;	/* borrowed */
	struct spool needs;
	struct stream_piece pieces[STREAM_PIECES];
	uint64_t kept, now;
};

/* Note the frames of one item's deltas. */
static int
stream_need(struct streams *s, const struct plan_link *l)
{
	struct stream_need need;
	int r;

	while (l->more > 0) {
		l++;
		need = (struct stream_need){ htobe32(l->pack),
		    htobe32(l->frame), htobe32(l->frame_len) };
		if ((r = spool_add(&s->needs, &need)) != 0)
			return r;
	}
	return 0;
}

int
streams_new(struct repo *r, const struct plan *plan, struct streams **sp)
{
	const struct plan_item *items;
	struct streams *s;
	uint64_t i, n;
	int e = 0;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return ERR_NOMEM;
	s->repo = r;
	s->plan = plan;
	spool_init(&s->needs, sizeof(struct stream_need));
	items = plan_items(plan, &n);
	for (i = 0; i < n; i++)
		if (items[i].links != 0 &&
		    (e = stream_need(s, plan_links(plan, &items[i]))) != 0)
			goto out;
	spool_sort(&s->needs, STREAM_KEY);
	*sp = s;
	s = NULL;
 out:
	streams_free(s);
	return e;
}

static void
stream_drop(struct streams *s, struct stream_piece *p)
{

	s->kept -= p->end - p->start;
	p->start = p->end = p->used = 0;
	buf_free(p->buf);
	p->buf = NULL;
}

void
streams_free(struct streams *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < STREAM_PIECES; i++)
		stream_drop(s, &s->pieces[i]);
	spool_clear(&s->needs);
	free(s);
}

/* How far a read that begins with the frame of l goes. */
static uint64_t
stream_extent(const struct streams *s, const struct plan_link *l)
{
	struct stream_need key = { htobe32(l->pack), htobe32(l->frame), 0 };
	const struct stream_need *need;
	uint64_t end = (uint64_t)l->frame + l->frame_len, next;
	size_t i;

	for (i = spool_search(&s->needs, &key, STREAM_KEY); i < s->needs.n;
	    i++) {
		need = spool_at(&s->needs, i);
		next = (uint64_t)be32toh(need->frame) +
		    be32toh(need->frame_len);
		if (need->pack != key.pack ||
		    be32toh(need->frame) > end + STREAM_GAP ||
		    next - l->frame > STREAM_READ)
			break;
		if (next > end)
			end = next;
	}
	return end;
}

/* The piece that was used the longest ago; one that holds nothing comes
 * first where such may be. */
static struct stream_piece *
stream_oldest(struct streams *s, bool empty)
{
	struct stream_piece *p, *best = NULL;

	for (p = s->pieces; p < s->pieces + STREAM_PIECES; p++)
		if ((empty || p->end != 0) &&
		    (best == NULL || p->used < best->used))
			best = p;
	return best;
}

/* Read the pack of l from its frame to end, in place of what is oldest. */
static int
stream_read(struct streams *s, const struct plan_link *l, uint64_t end,
    struct stream_piece **pp)
{
	size_t len = (size_t)(end - l->frame);
	char name[STORE_NAME_MAX];
	struct stream_piece *p;
	int r;

	while (s->kept > 0 && s->kept + len > STREAM_KEPT)
		stream_drop(s, stream_oldest(s, false));
	p = stream_oldest(s, true);
	stream_drop(s, p);
	if ((r = buf_new(len, &p->buf)) != 0)
		return r;
	pack_name(plan_pack(s->plan, l->pack), name, sizeof(name));
	if ((r = store_get(repo_store(s->repo), name, l->frame, len,
	    p->buf)) != 0) {
		stream_drop(s, p);
		return r;
	}
	p->pack = l->pack;
	p->start = l->frame;
	p->end = end;
	s->kept += len;
	*pp = p;
	return 0;
}

/* The piece that holds the frame of l; NULL if none does. */
static struct stream_piece *
stream_find(struct streams *s, const struct plan_link *l, uint64_t end)
{
	struct stream_piece *p;

	for (p = s->pieces; p < s->pieces + STREAM_PIECES; p++)
		if (p->end >= end && p->pack == l->pack &&
		    p->start <= l->frame)
			return p;
	return NULL;
}

int
streams_get(struct streams *s, const struct plan_link *l,
    const uint8_t **datap)
{
	uint64_t end = (uint64_t)l->frame + l->frame_len, far;
	struct stream_piece *p;
	int r;

	if ((p = stream_find(s, l, end)) == NULL) {
		far = stream_extent(s, l);
		r = stream_read(s, l, far, &p);
		/* What ends too soon may yet have the first frame. */
		if (r != 0 && r != ERR_NOENT && r != ERR_NOMEM && far > end)
			r = stream_read(s, l, end, &p);
		if (r != 0)
			return r;
	}
	p->used = ++s->now;
	*datap = buf_ptr(p->buf) + (l->frame - p->start);
	return 0;
}
