/* list.c: writing a list: nodes cut where their items say. */
#include "repo/list.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/path.h"

/*
 * doc/format.md section 6.  A node is cut after an item when it holds
 * NODE_MIN bytes of items and the low bits of the item's hash are zero.
 * Holes have no hash and never cut.
 */
#define NODE_MIN (32u << 10)
#define NODE_HEAD_MAX 12	/* level, what, the longest count */
#define CUT_CONTENT 0x7ffu
#define CUT_ENTRIES 0x1ffu
#define CUT_CHILDREN 0x1fu
#define NO_CUT UINT64_MAX	/* a hash that no mask makes zero */

#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

/* The node of one level that is not closed yet. */
struct list_level {
	struct buf *items;	/* owns; NULL if the level was never used */
	uint64_t count;
	uint64_t below;		/* items of level 0 at or below it */
	uint64_t bytes;		/* of content */
	uint8_t	 key[PATH_NAME_MAX];	/* its first name */
	size_t	 key_len;
};

struct list_writer {
	enum list_what what;
	list_sink sink;
	void	*arg;		/* borrowed, for sink */
	struct buf *item;	/* owns; the item being appended */
	struct list_level level[LIST_LEVEL_MAX + 1];
	uint8_t	 last[PATH_NAME_MAX];	/* name appended last */
	size_t	 last_len;
};

/* An encoded item with what the levels above need to know of it. */
struct list_item {
	const uint8_t *data;
	size_t	 len;
	uint64_t hash;		/* decides on a cut; NO_CUT for none */
	uint64_t below, bytes;
	const uint8_t *key;
	size_t	 key_len;
};

/* Closing a node appends to the level above, which may close in turn. */
static int list_close(struct list_writer *w, size_t n);

int
list_writer_new(enum list_what what, list_sink sink, void *arg,
    struct list_writer **wp)
{
	struct list_writer *w;
	int r;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return ERR_NOMEM;
	w->what = what;
	w->sink = sink;
	w->arg = arg;
	if ((r = buf_new(ENTRY_ENCODED_MAX, &w->item)) != 0) {
		free(w);
		return r;
	}
	*wp = w;
	return 0;
}

void
list_writer_free(struct list_writer *w)
{
	size_t i;

	if (w == NULL)
		return;
	for (i = 0; i <= LIST_LEVEL_MAX; i++)
		buf_free(w->level[i].items);
	buf_free(w->item);
	free(w);
}

size_t
list_writer_size(const struct list_writer *w)
{
	size_t i, size = sizeof(*w);

	for (i = 0; i <= LIST_LEVEL_MAX; i++)
		if (w->level[i].items != NULL)
			size += buf_len(w->level[i].items);
	return size;
}

static uint64_t
fnv1a(const uint8_t *data, size_t len)
{
	uint64_t h = FNV_BASIS;
	size_t i;

	for (i = 0; i < len; i++)
		h = (h ^ data[i]) * FNV_PRIME;
	return h;
}

/* The first 8 bytes of an id. */
static uint64_t
id_hash(const uint8_t id[32])
{
	uint64_t h = 0;
	size_t i;

	for (i = 0; i < 8; i++)
		h = h << 8 | id[i];
	return h;
}

/* The bits of an item's hash that are zero at a cut. */
static uint64_t
cut_mask(const struct list_writer *w, size_t n)
{
	if (n > 0)
		return CUT_CHILDREN;
	return w->what == LIST_ENTRIES ? CUT_ENTRIES : CUT_CONTENT;
}

/* Append an item to the open node of level n; close it where it must be. */
static int
list_append(struct list_writer *w, size_t n, const struct list_item *it)
{
	struct list_level *l;
	int r;

	if (n > LIST_LEVEL_MAX)
		return ERR_TOOBIG;
	l = &w->level[n];
	if (l->items == NULL &&
	    (r = buf_new(LIST_NODE_MAX, &l->items)) != 0)
		return r;
	if (l->count > 0 && NODE_HEAD_MAX + buf_len(l->items) + it->len >
	    LIST_NODE_MAX && (r = list_close(w, n)) != 0)
		return r;
	if ((r = buf_put(l->items, it->data, it->len)) != 0)
		return r;
	if (l->count++ == 0) {
		memcpy(l->key, it->key, it->key_len);
		l->key_len = it->key_len;
	}
	if (l->bytes + it->bytes < l->bytes)
		return ERR_TOOBIG;
	l->below += it->below;
	l->bytes += it->bytes;
	if (buf_len(l->items) >= NODE_MIN &&
	    (it->hash & cut_mask(w, n)) == 0)
		return list_close(w, n);
	return 0;
}

/* Hand the node of level n to the sink and empty it. */
static int
list_sink_node(struct list_writer *w, size_t n, uint8_t idp[32])
{
	struct list_level *l = &w->level[n];
	struct buf *node = NULL;
	int r;

	if ((r = buf_new(LIST_NODE_MAX, &node)) != 0 ||
	    (r = buf_put_u8(node, (uint8_t)n)) != 0 ||
	    (r = buf_put_u8(node, (uint8_t)w->what)) != 0 ||
	    (r = buf_put_varint(node, l->count)) != 0 ||
	    (r = buf_put(node, buf_ptr(l->items), buf_len(l->items))) != 0)
		goto out;
	r = w->sink(buf_ptr(node), buf_len(node), idp, w->arg);
 out:
	buf_free(node);
	buf_reset(l->items);
	l->count = 0;
	return r;
}

/* Close the node of level n and append it, as a child, to the level above. */
static int
list_close(struct list_writer *w, size_t n)
{
	struct list_level *l = &w->level[n];
	struct list_item it;
	struct buf *b = NULL;
	uint8_t id[32];
	int r;

	memset(&it, 0, sizeof(it));
	if ((r = list_sink_node(w, n, id)) != 0 ||
	    (r = buf_new(ENTRY_ENCODED_MAX, &b)) != 0 ||
	    (r = buf_put(b, id, sizeof(id))) != 0 ||
	    (r = buf_put_u64(b, l->below)) != 0 ||
	    (r = buf_put_u64(b, l->bytes)) != 0 ||
	    (r = buf_put_bytes(b, l->key, l->key_len)) != 0)
		goto out;
	it.data = buf_ptr(b);
	it.len = buf_len(b);
	it.hash = id_hash(id);
	it.below = l->below;
	it.bytes = l->bytes;
	it.key = l->key;
	it.key_len = l->key_len;
	r = list_append(w, n + 1, &it);
	l->below = l->bytes = 0;
 out:
	buf_free(b);
	return r;
}

int
list_add_entry(struct list_writer *w, const struct entry *e)
{
	struct list_item it;
	size_t min = e->name_len < w->last_len ? e->name_len : w->last_len;
	int c, r;

	if (w->what != LIST_ENTRIES || !path_name_ok(e->name, e->name_len))
		return ERR_FORMAT;
	c = memcmp(w->last, e->name, min);
	if (c > 0 || (c == 0 && w->last_len >= e->name_len))
		return ERR_FORMAT;
	memcpy(w->last, e->name, e->name_len);
	w->last_len = e->name_len;
	buf_reset(w->item);
	if ((r = entry_encode(e, w->item)) != 0)
		return r;
	it.data = buf_ptr(w->item);
	it.len = buf_len(w->item);
	it.hash = fnv1a(e->name, e->name_len);
	it.below = 1;
	it.bytes = 0;
	it.key = w->last;
	it.key_len = w->last_len;
	return list_append(w, 0, &it);
}

int
list_add_content(struct list_writer *w, const struct content_item *i)
{
	struct list_item it;
	int r;

	if (w->what != LIST_CONTENT)
		return ERR_FORMAT;
	buf_reset(w->item);
	if ((r = content_encode(i, w->item)) != 0)
		return r;
	it.data = buf_ptr(w->item);
	it.len = buf_len(w->item);
	it.hash = i->hole ? NO_CUT : id_hash(i->id);
	it.below = 1;
	it.bytes = i->len;
	it.key = w->last;
	it.key_len = 0;
	return list_append(w, 0, &it);
}

/* Tell whether a level above n holds anything. */
static bool
list_more_above(const struct list_writer *w, size_t n)
{
	for (n++; n <= LIST_LEVEL_MAX; n++)
		if (w->level[n].count > 0)
			return true;
	return false;
}

/*
 * The last node without anything above it is the root.  A node of children
 * that would hold a single one is not written: that child is the root.
 */
int
list_writer_end(struct list_writer *w, struct list_root *rootp)
{
	struct list_root root;
	struct list_level *l;
	size_t n;
	int r = 0;

	memset(&root, 0, sizeof(root));
	for (n = 0; n <= LIST_LEVEL_MAX && r == 0; n++) {
		l = &w->level[n];
		if (l->count == 0)
			continue;
		if (list_more_above(w, n)) {
			r = list_close(w, n);
			continue;
		}
		root.present = true;
		if (n > 0 && l->count == 1) {
			memcpy(root.id, buf_ptr(l->items), sizeof(root.id));
			root.level = (uint8_t)(n - 1);
			buf_reset(l->items);
			l->count = 0;
		} else {
			root.level = (uint8_t)n;
			r = list_sink_node(w, n, root.id);
		}
		l->below = l->bytes = 0;
		break;
	}
	w->last_len = 0;
	if (r == 0)
		*rootp = root;
	return r;
}
