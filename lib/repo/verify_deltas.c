/* verify_deltas.c: chunks stored as deltas, each with what it builds on. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "codec/compress.h"
#include "hash/sha256.h"
#include "repo/internal.h"
#include "repo/pack_format.h"
#include "repo/verify_impl.h"
#include "store/store.h"

/*
 * Every delta belongs to one tree: above it stands the shallowest instance of
 * its base, the one that a reader takes; at the top a chunk that is stored
 * whole.  Trees are visited in the order of the packs of their tops, each
 * depth first, so that every frame is opened once, with its base in hand, and
 * no more contents are in memory than a chain has.
 */
#define LEVELS (PACK_DEPTH_MAX + 1)
#define FRAME_STORED_MAX (FRAME_RAW_MAX + FRAME_OVERHEAD)

/* A delta in its tree; all numbers big-endian, in the order of all. */
struct lineage {
	uint8_t	 pack[4], frame[4];	/* of the top: pack, frame's offset */
	uint8_t	 top[4];		/* numbers of instances */
	uint8_t	 parent[4];
	uint8_t	 self[4];
};
#define LINEAGE_FRAME_KEY 8
#define LINEAGE_TOP_KEY 12
#define LINEAGE_PARENT_KEY 16

/* An instance whose children are visited. */
struct level {
	uint8_t	*own;			/* owns; NULL at the top */
	struct frame_base content;	/* borrowed; data NULL: lost */
	size_t	 next, end;		/* children not visited yet */
};

struct walk {
	struct verify *v;		/* borrowed */
	struct spool all;		/* struct lineage, sorted */
	struct decompressor *d;		/* owns */
	struct buf *stored;		/* owns; a frame */
	struct level levels[LEVELS];
};

static const struct verify_instance *
instance_at(const struct verify *v, size_t n)
{
	return spool_at(&v->instances, n);
}

/* Find the instance that a delta builds on.  ERR_NOENT. */
static int
parent_find(const struct verify *v, const struct verify_instance *in,
    uint32_t *numberp)
{
	const uint8_t *base = spool_at(&v->bases, in->base);
	size_t n = spool_search(&v->instances, base, 32);

	if (n == v->instances.n ||
	    memcmp(instance_at(v, n)->id, base, 32) != 0 ||
	    instance_at(v, n)->depth >= in->depth)
		return ERR_NOENT;
	*numberp = (uint32_t)n;
	return 0;
}

/* Find parent and top of delta number n.  ERR_NOENT if the line is broken. */
static int
lineage_find(const struct verify *v, uint32_t n, struct lineage *lp)
{
	const struct verify_instance *in = instance_at(v, n);
	uint32_t at;
	int r;

	bytes_put32(lp->self, n);
	if ((r = parent_find(v, in, &at)) != 0)
		return r;
	bytes_put32(lp->parent, at);
	while ((in = instance_at(v, at))->depth > 0)
		if ((r = parent_find(v, in, &at)) != 0)
			return r;
	bytes_put32(lp->pack, in->pack);
	bytes_put32(lp->frame, in->frame_offset);
	bytes_put32(lp->top, at);
	return 0;
}

/* Remember that a delta cannot be had. */
static void
delta_lost(struct verify *v, const struct verify_instance *in)
{
	struct verify_pack *pack = verify_pack_at(v, in->pack);

	if (pack->lost++ == 0)
		memcpy(pack->first, in->id, sizeof(pack->first));
}

/* Report the deltas that cannot be had. */
static void
lost_report(struct verify *v)
{
	const struct verify_pack *pack;
	char name[OBJECT_NAME_MAX], hex[65], text[160];
	size_t i;

	for (i = 0; i < v->packs.n; i++) {
		if ((pack = verify_pack_at(v, i))->lost == 0)
			continue;
		pack_name(pack->hash, name, sizeof(name));
		hex_format(pack->first, 32, hex);
		snprintf(text, sizeof(text), "%u deltas are lost with what "
		    "they build on, or damaged, chunk %s first", pack->lost,
		    hex);
		verify_alarm(v, name, text);
	}
}

/* Read the frame of an instance into w->stored. */
static int
frame_read(struct walk *w, const struct verify_instance *in,
    const struct frame_epoch **epochp)
{
	struct frame_info info;
	char name[OBJECT_NAME_MAX];
	uint8_t epoch[16];
	int r;

	if (in->frame_stored > FRAME_STORED_MAX)
		return ERR_FORMAT;
	pack_name(verify_pack_at(w->v, in->pack)->hash, name, sizeof(name));
	buf_reset(w->stored);
	if ((r = store_get(repo_store(w->v->r), name, in->frame_offset,
	    in->frame_stored, w->stored)) != 0)
		return r;
	w->v->t.bytes += buf_len(w->stored);
	if ((r = frame_peek(buf_ptr(w->stored), buf_len(w->stored), &info,
	    epoch)) != 0)
		return r;
	if (info.raw_len != in->frame_raw || info.kind != in->kind ||
	    info.class != in->class)
		return ERR_CORRUPT;
	return frame_epoch_find(w->v->r, epoch, epochp);
}

/* Check that content is the chunk of in. */
static int
content_check(const struct walk *w, const struct verify_instance *in,
    const struct frame_base *content)
{
	uint8_t hash[SHA256_LEN], id[32];
	int r;

	if ((r = sha256_of(content->data, content->len, hash)) != 0)
		return r;
	repo_chunk_id(w->v->r, hash, id);
	return memcmp(id, in->id, sizeof(id)) == 0 ? 0 : ERR_CORRUPT;
}

/*
 * Report what is wrong with a delta, but not what the pass over all frames
 * has reported.
 */
static int
delta_damage(struct walk *w, const struct verify_instance *in, int r)
{
	const struct frame_epoch *epoch;
	char name[OBJECT_NAME_MAX], what[64];

	if (r == ERR_NOMEM)
		return r;
	delta_lost(w->v, in);
	if (frame_read(w, in, &epoch) != 0 || frame_check(epoch,
	    buf_ptr(w->stored), buf_len(w->stored)) != 0)
		return 0;
	pack_name(verify_pack_at(w->v, in->pack)->hash, name, sizeof(name));
	snprintf(what, sizeof(what), "frame at %u", in->frame_offset);
	return verify_damage(w->v, r, name, what);
}

/* Open a delta with its base into new memory and check it. */
static int
delta_open(struct walk *w, const struct verify_instance *in,
    const struct frame_base *base, struct level *l)
{
	const struct frame_epoch *epoch;
	int r;

	if ((l->own = malloc(in->frame_raw + 1)) == NULL)
		return ERR_NOMEM;
	l->content.data = l->own;
	l->content.len = in->len;
	if ((r = frame_read(w, in, &epoch)) == 0 &&
	    (r = frame_open_delta(epoch, buf_ptr(w->stored),
	    buf_len(w->stored), w->d, base, l->own)) == 0)
		r = content_check(w, in, &l->content);
	if (r != 0) {
		free(l->own);
		l->own = NULL;
		l->content.data = NULL;
	}
	return r;
}

/* Find the children of instance number n in the tree of key. */
static void
children_find(const struct walk *w, const struct lineage *tree,
    const uint8_t n[4], struct level *l)
{
	struct lineage key = *tree;

	memcpy(key.parent, n, sizeof(key.parent));
	l->next = spool_search(&w->all, &key, LINEAGE_PARENT_KEY);
	for (l->end = l->next; l->end < w->all.n && memcmp(&key,
	    spool_at(&w->all, l->end), LINEAGE_PARENT_KEY) == 0; l->end++)
		;
}

/* Visit the next child of a level: below is its own.  Who has no more
 * children needs no content. */
static int
child_visit(struct walk *w, struct level *l, struct level *below)
{
	const struct lineage *child = spool_at(&w->all, l->next++);
	const struct verify_instance *in = instance_at(w->v,
	    bytes_get32(child->self));
	int r;

	memset(below, 0, sizeof(*below));
	children_find(w, child, child->self, below);
	if (l->content.data == NULL)
		delta_lost(w->v, in);
	else if ((r = delta_open(w, in, &l->content, below)) != 0 &&
	    (r = delta_damage(w, in, r)) != 0)
		return r;
	if (l->next == l->end) {
		free(l->own);
		l->own = NULL;
	}
	return 0;
}

/* Visit the tree of w->levels[0], depth first. */
static int
tree_walk(struct walk *w)
{
	struct level *l = w->levels;
	int r = 0;

	for (;;) {
		if (r == 0 && l->next < l->end) {
			/* Depths rise, up to the last level. */
			r = child_visit(w, l, l + 1);
			l++;
			continue;
		}
		free(l->own);
		l->own = NULL;
		if (l == w->levels)
			return r;
		l--;
	}
}

/* Visit the trees from lineage number *ip on, as long as their tops are in
 * the frame that is open at raw; NULL: it is damaged. */
static int
frame_walk(struct walk *w, const uint8_t *raw, size_t *ip)
{
	const struct lineage *first = spool_at(&w->all, *ip), *l;
	const struct verify_instance *in;
	struct level *top = w->levels;
	int r = 0;

	while (r == 0 && *ip < w->all.n && memcmp(first,
	    l = spool_at(&w->all, *ip), LINEAGE_FRAME_KEY) == 0) {
		in = instance_at(w->v, bytes_get32(l->top));
		memset(top, 0, sizeof(*top));
		children_find(w, l, l->top, top);
		if (raw != NULL) {
			top->content.data = raw + in->offset;
			top->content.len = in->len;
			/* Reported when all packs were read. */
			if (content_check(w, in, &top->content) != 0)
				top->content.data = NULL;
		}
		r = tree_walk(w);
		while (*ip < w->all.n && memcmp(l, spool_at(&w->all, *ip),
		    LINEAGE_TOP_KEY) == 0)
			++*ip;
	}
	return r;
}

/* Visit all trees. */
static int
forest_walk(struct walk *w)
{
	const struct frame_epoch *epoch;
	const struct verify_instance *in;
	const struct lineage *l;
	uint8_t *raw;
	size_t i = 0;
	int r = 0;

	if ((raw = malloc(FRAME_RAW_MAX)) == NULL)
		return ERR_NOMEM;
	while (r == 0 && i < w->all.n) {
		l = spool_at(&w->all, i);
		in = instance_at(w->v, bytes_get32(l->top));
		if ((r = frame_read(w, in, &epoch)) == 0)
			r = frame_open(epoch, buf_ptr(w->stored),
			    buf_len(w->stored), w->d, raw);
		if (r != ERR_NOMEM)
			r = frame_walk(w, r == 0 ? raw : NULL, &i);
	}
	free(raw);
	return r;
}

/* Collect the deltas whose lines are whole. */
static int
lineages_collect(struct walk *w)
{
	struct verify *v = w->v;
	struct lineage l;
	size_t i;
	int r;

	for (i = 0; i < v->instances.n; i++) {
		if (instance_at(v, i)->depth == 0)
			continue;
		if (lineage_find(v, (uint32_t)i, &l) != 0)
			delta_lost(v, instance_at(v, i));
		else if (v->p->full && (r = spool_add(&w->all, &l)) != 0)
			return r;
	}
	spool_sort(&w->all, LINEAGE_PARENT_KEY);
	return 0;
}

int
verify_deltas(struct verify *v)
{
	struct walk *w;
	int r;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return ERR_NOMEM;
	w->v = v;
	spool_init(&w->all, sizeof(struct lineage));
	if ((r = lineages_collect(w)) != 0)
		goto out;
	if (w->all.n > 0 && ((r = decompressor_new(&w->d)) != 0 ||
	    (r = buf_new(FRAME_STORED_MAX, &w->stored)) != 0 ||
	    (r = forest_walk(w)) != 0))
		goto out;
	lost_report(v);
 out:
	decompressor_free(w->d);
	buf_free(w->stored);
	spool_clear(&w->all);
	free(w);
	return r;
}
