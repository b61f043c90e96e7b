/* plan.c: what a restore will make, entry by entry and chunk by chunk. */
#include "restore/plan.h"

#include <endian.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/path.h"
#include "base/spool.h"
#include "codec/compress.h"
#include "restore/hash.h"

#define PLAN_PACKS_MAX (1u << 24)
#define PLAN_ITEM_KEY offsetof(struct plan_item, frame_len)

/* A directory that the next path may lie below. */
struct plan_above {
	uint64_t entry;
	size_t	 len;			/* of its path, no slash at the end */
};

/* One name of a file that has several; big-endian, to be sorted as bytes. */
struct plan_name {
	uint64_t dev, ino, entry;
};

struct plan {
	struct spool entries, items, links, texts, names, packs;
	uint8_t	*path;			/* of the deepest directory in above */
	size_t	 path_cap;
	struct plan_above *above;
	size_t	 nabove, above_cap;
	uint32_t *slots;		/* hash table: pack number + 1 */
	size_t	 nslots;
};

int
plan_new(struct plan **pp)
{
	struct plan *p;
	int r;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return ERR_NOMEM;
	spool_init(&p->entries, sizeof(struct plan_entry));
	spool_init(&p->items, sizeof(struct plan_item));
	spool_init(&p->links, sizeof(struct plan_link));
	spool_init(&p->texts, 1);
	spool_init(&p->names, sizeof(struct plan_name));
	spool_init(&p->packs, REPO_HASH_LEN);
	/* Place 0 means "none": nothing else may stand there. */
	if ((r = spool_add(&p->texts, "")) != 0)
		goto out;
	*pp = p;
	p = NULL;
 out:
	plan_free(p);
	return r;
}

void
plan_free(struct plan *p)
{

	if (p == NULL)
		return;
	spool_clear(&p->entries);
	spool_clear(&p->items);
	spool_clear(&p->links);
	spool_clear(&p->texts);
	spool_clear(&p->names);
	spool_clear(&p->packs);
	free(p->path);
	free(p->above);
	free(p->slots);
	free(p);
}

/* Store data, and a NUL after it. */
int
plan_add_text(struct plan *p, const void *data, size_t len, uint64_t *placep)
{
	uint64_t place = p->texts.n;
	int r;

	if ((r = spool_append(&p->texts, data, len)) != 0 ||
	    (r = spool_add(&p->texts, "")) != 0)
		return r;
	*placep = place;
	return 0;
}

/* Let entry, whose path is the first len bytes of path, be a parent. */
static int
plan_push(struct plan *p, uint64_t entry, const uint8_t *path, size_t len)
{
	struct plan_above *above;
	uint8_t *copy;
	size_t cap;

	if (p->nabove == p->above_cap) {
		cap = p->above_cap == 0 ? 64 : p->above_cap * 2;
		above = reallocarray(p->above, cap, sizeof(*above));
		if (above == NULL)
			return ERR_NOMEM;
		p->above = above;
		p->above_cap = cap;
	}
	if (len > p->path_cap) {
		if ((copy = realloc(p->path, len * 2)) == NULL)
			return ERR_NOMEM;
		p->path = copy;
		p->path_cap = len * 2;
	}
	if (len > 0)
		memcpy(p->path, path, len);
	p->above[p->nabove].entry = entry;
	p->above[p->nabove++].len = len;
	return 0;
}

/* Add a record named name below parent. */
static int
plan_put(struct plan *p, uint64_t parent, const uint8_t *name, size_t len,
    struct plan_entry *e, uint64_t *indexp)
{
	int r;

	e->parent = parent;
	e->link = PLAN_NONE;
	e->name_len = (uint32_t)len;
	if ((r = plan_add_text(p, name, len, &e->name)) != 0)
		return r;
	if ((r = spool_add(&p->entries, e)) == 0)
		*indexp = p->entries.n - 1;
	return r;
}

/* Find or make up the directories above path; give the one just above. */
static int
plan_parent(struct plan *p, const uint8_t *path, size_t len,
    uint64_t *parentp)
{
	struct plan_entry made = { .flags = PLAN_MADE };
	const struct plan_above *top;
	uint64_t parent = PLAN_NONE;
	const uint8_t *slash;
	size_t have = 0;
	int r;

	made.attr.type = ATTR_DIR;
	while (p->nabove > 0) {
		top = &p->above[p->nabove - 1];
		if (len > top->len && path[top->len] == '/' &&
		    (top->len == 0 ||
		    memcmp(path, p->path, top->len) == 0)) {
			parent = top->entry;
			have = top->len;
			break;
		}
		p->nabove--;
	}
	/* path[have] is a slash; every name that has one after it is above. */
	while ((slash = memchr(path + have + 1, '/', len - have - 1)) != NULL) {
		r = plan_put(p, parent, path + have + 1,
		    (size_t)(slash - path) - have - 1, &made, &parent);
		if (r != 0)
			return r;
		have = (size_t)(slash - path);
		if ((r = plan_push(p, parent, path, have)) != 0)
			return r;
	}
	*parentp = parent;
	return 0;
}

/* Take the root directory itself: it is the destination. */
static int
plan_add_root(struct plan *p, struct plan_entry *pe, uint64_t *indexp)
{
	int r;

	p->nabove = 0;
	if ((r = plan_put(p, PLAN_NONE, (const uint8_t *)"", 0, pe,
	    indexp)) != 0)
		return r;
	return plan_push(p, *indexp, NULL, 0);
}

int
plan_add(struct plan *p, const uint8_t *path, size_t len,
    const struct entry *e, uint64_t *indexp)
{
	struct plan_entry pe = { .attr = e->attr };
	struct plan_name link;
	uint64_t parent;
	size_t name;
	int r;

	if (!path_abs_ok(path, len) || (len == 1 && pe.attr.type != ATTR_DIR))
		return ERR_FORMAT;
	if (pe.attr.type == ATTR_SYMLINK) {
		pe.target_len = (uint32_t)e->target_len;
		if ((r = plan_add_text(p, e->target, e->target_len,
		    &pe.target)) != 0)
			return r;
	}
	if (len == 1)
		return plan_add_root(p, &pe, indexp);
	if ((r = plan_parent(p, path, len, &parent)) != 0)
		return r;
	for (name = len; path[name - 1] != '/'; name--)
		continue;
	if ((r = plan_put(p, parent, path + name, len - name, &pe,
	    indexp)) != 0)
		return r;
	if (pe.attr.type == ATTR_DIR)
		return plan_push(p, *indexp, path, len);
	if ((pe.attr.have & ATTR_LINKS) == 0 || pe.attr.links < 2 ||
	    (pe.attr.have & ATTR_INODE) == 0)
		return 0;
	link = (struct plan_name){ htobe64(pe.attr.dev),
	    htobe64(pe.attr.ino), htobe64(*indexp) };
	return spool_add(&p->names, &link);
}

/* Where a pack's number is or would be in the table. */
static size_t
plan_pack_slot(const struct plan *p, const uint8_t hash[REPO_HASH_LEN])
{
	uint64_t h;
	size_t i;

	memcpy(&h, hash, sizeof(h));
	for (i = (size_t)h & (p->nslots - 1); p->slots[i] != 0;
	    i = (i + 1) & (p->nslots - 1))
		if (memcmp(spool_at(&p->packs, p->slots[i] - 1), hash,
		    REPO_HASH_LEN) == 0)
			break;
	return i;
}

/* Keep the table at most half full. */
static int
plan_pack_room(struct plan *p)
{
	size_t i, n = p->packs.n;
	uint32_t *old = p->slots;

	if (n * 2 < p->nslots)
		return 0;
	p->nslots = p->nslots == 0 ? 256 : p->nslots * 2;
	if ((p->slots = calloc(p->nslots, sizeof(*p->slots))) == NULL) {
		p->slots = old;
		p->nslots /= 2;
		return ERR_NOMEM;
	}
	free(old);
	for (i = 0; i < n; i++)
		p->slots[plan_pack_slot(p, spool_at(&p->packs, i))] =
		    (uint32_t)i + 1;
	return 0;
}

/* The number of a pack, a new one if need be. */
static int
plan_pack_number(struct plan *p, const uint8_t hash[REPO_HASH_LEN],
    uint32_t *np)
{
	size_t i;
	int r;

	if ((r = plan_pack_room(p)) != 0)
		return r;
	i = plan_pack_slot(p, hash);
	if (p->slots[i] == 0) {
		if (p->packs.n >= PLAN_PACKS_MAX)
			return ERR_TOOBIG;
		if ((r = spool_add(&p->packs, hash)) != 0)
			return r;
		p->slots[i] = (uint32_t)p->packs.n;
	}
	*np = p->slots[i] - 1;
	return 0;
}

/* Tell whether what the index says of one link of a chain can be. */
static bool
plan_link_ok(const struct index_place *at, bool builds)
{

	if (at->len > FRAME_RAW_MAX || at->offset > FRAME_RAW_MAX - at->len ||
	    at->frame_stored > FRAME_RAW_MAX + FRAME_OVERHEAD)
		return false;
	return !builds || (at->kind == FRAME_ZSTD_PREFIX && at->offset == 0 &&
	    at->len == at->frame_raw && at->len <= COMPRESS_PREFIX_MAX);
}

/* Keep the links of a delta, the whole chunk first. */
static int
plan_add_links(struct plan *p, const struct chain *c, struct plan_item *item)
{
	const struct index_place *at;
	struct plan_link l = { .pack = 0 };
	unsigned int i;
	int r;

	if (p->links.n > UINT32_MAX - CHAIN_MAX - 1)
		return ERR_TOOBIG;
	item->links = (uint32_t)p->links.n + 1;
	for (i = c->n; i-- > 0; ) {
		at = &c->links[i].at;
		if (!plan_link_ok(at, i < c->n - 1) ||
		    at->len > COMPRESS_PREFIX_MAX)
			return ERR_FORMAT;
		l = (struct plan_link){ .frame = at->frame_offset,
		    .frame_len = at->frame_stored, .len = at->len,
		    .more = i };
		if ((r = plan_pack_number(p, at->pack, &l.pack)) != 0 ||
		    (r = spool_add(&p->links, &l)) != 0)
			return r;
	}
	item->delta_pack = l.pack;
	item->delta_frame = l.frame;
	return 0;
}

/* Set where an item is stored. */
static int
plan_place(struct plan *p, const struct chain *c, struct plan_item *item)
{
	const struct index_place *whole = &c->links[c->n - 1].at;
	int r;

	if (c->links[0].at.len != item->len || !plan_link_ok(whole, false))
		return ERR_FORMAT;
	if ((r = plan_pack_number(p, whole->pack, &item->pack)) != 0)
		return r;
	item->frame = whole->frame_offset;
	item->frame_len = whole->frame_stored;
	item->offset = whole->offset;
	return c->n > 1 ? plan_add_links(p, c, item) : 0;
}

int
plan_add_item(struct plan *p, const struct content_item *i,
    const struct chain *c)
{
	size_t last = p->entries.n - 1;
	struct plan_entry *e = spool_at(&p->entries, last);
	struct plan_item item = { .entry = last };
	const struct plan_item *before;
	int r;

	if (i->len > INT64_MAX - e->size)
		return ERR_FORMAT;
	if (c == NULL) {
		e->size += i->len;
		e->holes += i->len;
		e->flags |= PLAN_HOLES;
		if (e->holes > HASH_HOLES_MAX)
			e->flags |= PLAN_SPARSE;
		return 0;
	}
	if (i->len > FRAME_RAW_MAX)
		return ERR_FORMAT;
	item.len = (uint32_t)i->len;
	if ((r = plan_place(p, c, &item)) != 0)
		return r;
	item.at = item.hole = e->size;
	if (e->items > 0) {
		before = spool_at(&p->items, p->items.n - 1);
		item.hole -= before->at + before->len;
	}
	memcpy(item.id, i->id, sizeof(item.id));
	if ((r = spool_add(&p->items, &item)) != 0)
		return r;
	if (e->items++ == 0)
		e->first = p->items.n - 1;
	e->left++;
	e->size += i->len;
	return 0;
}

void
plan_drop(struct plan *p, uint64_t i)
{
	struct plan_entry *e = plan_entry(p, i);
	struct plan_item *item;
	uint64_t n;

	for (n = 0; n < e->items; n++) {
		item = spool_at(&p->items, e->first + n);
		item->pack = PLAN_DROPPED;
	}
	e->left = 0;
}

/* Tell whether two names of one inode were the same file all the time: it
 * may have been replaced while the source was read. */
static bool
plan_same_file(const struct plan_entry *a, const struct plan_entry *b)
{

	return a->attr.type == b->attr.type && a->size == b->size &&
	    a->items == b->items && a->attr.mtime == b->attr.mtime &&
	    a->attr.mtime_ns == b->attr.mtime_ns;
}

void
plan_link(struct plan *p)
{
	const struct plan_name *name, *first = NULL;
	struct plan_entry *e;
	size_t i;

	spool_sort(&p->names, sizeof(*name));
	for (i = 0; i < p->names.n; i++) {
		name = spool_at(&p->names, i);
		if (first == NULL || first->dev != name->dev ||
		    first->ino != name->ino) {
			first = name;
			continue;
		}
		e = plan_entry(p, be64toh(name->entry));
		if (!plan_same_file(plan_entry(p, be64toh(first->entry)), e))
			continue;
		e->link = be64toh(first->entry);
		plan_drop(p, be64toh(name->entry));
	}
}

/*
 * Turn the first fields of an item, by which items are sorted, to big-endian
 * or back.
 */
static void
plan_item_swap(struct plan_item *i)
{
	i->pack = htobe32(i->pack);
	i->frame = htobe32(i->frame);
	i->offset = htobe32(i->offset);
	i->delta_pack = htobe32(i->delta_pack);
	i->delta_frame = htobe32(i->delta_frame);
	i->len = htobe32(i->len);
	i->entry = htobe64(i->entry);
	i->at = htobe64(i->at);
}

void
plan_sort(struct plan *p)
{
	struct plan_item *item = (void *)p->items.p;
	size_t i, n;

	for (i = n = 0; i < p->items.n; i++)
		if (item[i].pack != PLAN_DROPPED)
			item[n++] = item[i];
	p->items.n = n;
	for (i = 0; i < n; i++)
		plan_item_swap(&item[i]);
	spool_sort(&p->items, PLAN_ITEM_KEY);
	for (i = 0; i < n; i++)
		plan_item_swap(&item[i]);
}

uint64_t
plan_count(const struct plan *p)
{

	return p->entries.n;
}

struct plan_entry *
plan_entry(const struct plan *p, uint64_t i)
{

	return spool_at(&p->entries, i);
}

const struct plan_item *
plan_items(const struct plan *p, uint64_t *np)
{

	*np = p->items.n;
	return *np == 0 ? NULL : spool_at(&p->items, 0);
}

const struct plan_link *
plan_links(const struct plan *p, const struct plan_item *item)
{

	return spool_at(&p->links, item->links - 1);
}

const uint8_t *
plan_pack(const struct plan *p, uint32_t pack)
{

	return spool_at(&p->packs, pack);
}

const char *
plan_text(const struct plan *p, uint64_t place)
{

	return spool_at(&p->texts, place);
}

int
plan_path(const struct plan *p, uint64_t i, struct buf *out)
{
	const struct plan_entry *e;
	size_t len = 0;
	uint64_t n;
	uint8_t *end;
	int r;

	for (n = i; n != PLAN_NONE; n = e->parent) {
		e = plan_entry(p, n);
		len += e->name_len + (len > 0 && e->name_len > 0);
	}
	if (len == 0 || (r = buf_reserve(out, len, &end)) != 0)
		return len == 0 ? 0 : r;
	end += len;
	for (n = i; n != PLAN_NONE; n = e->parent) {
		e = plan_entry(p, n);
		if (e->name_len == 0)
			continue;
		end -= e->name_len;
		memcpy(end, plan_text(p, e->name), e->name_len);
		if ((len -= e->name_len) > 0) {
			*--end = '/';
			len--;
		}
	}
	return 0;
}
