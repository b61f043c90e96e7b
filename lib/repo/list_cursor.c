/* list_cursor.c: reading a list, with every node checked. */
#include "repo/list.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/path.h"

/* What a parent says of a node. */
struct list_child {
	uint8_t	 id[32];
	uint8_t	 level;
	bool	 told;		/* the rest is known: it is not the root */
	uint64_t below, bytes;
	uint8_t	 key[PATH_NAME_MAX];
	size_t	 key_len;
};

/* A node on the way from the root to the present item. */
struct list_node {
	uint8_t	*data;		/* owns */
	struct buf *b;		/* owns; the items that are left, in data */
	struct list_child self;
	uint64_t left;		/* items not consumed */
	bool	 begun;		/* an item was consumed */
	bool	 whole;		/* none was skipped: sums can be checked */
	uint64_t below, bytes;	/* sums of what was consumed */
	struct list_node *up;	/* owns */
};

struct list_cursor {
	struct reader *rd;	/* borrowed */
	enum list_what what;
	struct list_root root;
	bool	 begun;
	struct list_node *top;	/* owns; NULL before and after the list */
	uint8_t	 last[PATH_NAME_MAX];
	size_t	 last_len;
};

static void
node_free(struct list_node *n)
{
	if (n == NULL)
		return;
	buf_free(n->b);
	free(n->data);
	free(n);
}

/* Read the head of a node. */
static int
node_head(struct list_node *n, enum list_what what)
{
	uint8_t level, kind;
	int r;

	if ((r = buf_get_u8(n->b, &level)) != 0 ||
	    (r = buf_get_u8(n->b, &kind)) != 0 ||
	    (r = buf_get_varint(n->b, &n->left)) != 0)
		return r;
	if (level != n->self.level || kind != what || n->left == 0)
		return ERR_FORMAT;
	return 0;
}

/* Read the node that child names.  Caller owns *np. */
static int
node_open(struct reader *rd, enum list_what what,
    const struct list_child *child, struct list_node **np)
{
	struct list_node *n;
	const uint8_t *data;
	size_t len;
	int r;

	if ((r = reader_chunk(rd, child->id, &data, &len)) != 0)
		return r;
	if (len > LIST_NODE_MAX)
		return ERR_FORMAT;
	if ((n = calloc(1, sizeof(*n))) == NULL)
		return ERR_NOMEM;
	n->self = *child;
	n->whole = true;
	if ((n->data = malloc(len > 0 ? len : 1)) == NULL) {
		r = ERR_NOMEM;
		goto out;
	}
	memcpy(n->data, data, len);
	if ((r = buf_borrow(n->data, len, &n->b)) != 0 ||
	    (r = node_head(n, what)) != 0)
		goto out;
	*np = n;
	n = NULL;
 out:
	node_free(n);
	return r;
}

/* Compare two names as bytes. */
static int
name_cmp(const uint8_t *a, size_t alen, const uint8_t *b, size_t blen)
{
	int c = memcmp(a, b, alen < blen ? alen : blen);

	if (c != 0)
		return c;
	return alen < blen ? -1 : alen > blen;
}

/* Check the key of a child: a name for entries, nothing for content. */
static int
child_key(enum list_what what, const struct list_node *n,
    const struct list_child *c)
{
	if (what == LIST_CONTENT)
		return c->key_len == 0 ? 0 : ERR_FORMAT;
	if (!path_name_ok(c->key, c->key_len))
		return ERR_FORMAT;
	if (!n->begun && n->self.told && name_cmp(c->key, c->key_len,
	    n->self.key, n->self.key_len) != 0)
		return ERR_FORMAT;
	return 0;
}

/* Consume a child of n. */
static int
node_child(struct list_node *n, enum list_what what, struct list_child *cp)
{
	const uint8_t *key;
	int r;

	memset(cp, 0, sizeof(*cp));
	if ((r = buf_get(n->b, cp->id, sizeof(cp->id))) != 0 ||
	    (r = buf_get_u64(n->b, &cp->below)) != 0 ||
	    (r = buf_get_u64(n->b, &cp->bytes)) != 0 ||
	    (r = buf_get_bytes(n->b, PATH_NAME_MAX, &key,
	    &cp->key_len)) != 0)
		return r == ERR_TOOBIG ? ERR_FORMAT : r;
	memcpy(cp->key, key, cp->key_len);
	if ((r = child_key(what, n, cp)) != 0)
		return r;
	cp->told = true;
	cp->level = (uint8_t)(n->self.level - 1);
	n->begun = true;
	n->left--;
	n->below += cp->below;
	n->bytes += cp->bytes;
	return 0;
}

/* Check a node whose last item was consumed. */
static int
node_end(const struct list_node *n)
{
	int r;

	if ((r = buf_end(n->b)) != 0)
		return r;
	if (n->whole && n->self.told &&
	    (n->below != n->self.below || n->bytes != n->self.bytes))
		return ERR_FORMAT;
	return 0;
}

int
list_cursor_new(struct reader *rd, enum list_what what,
    const struct list_root *root, struct list_cursor **cp)
{
	struct list_cursor *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return ERR_NOMEM;
	c->rd = rd;
	c->what = what;
	c->root = *root;
	*cp = c;
	return 0;
}

/* Drop the node on top. */
static void
cursor_pop(struct list_cursor *c)
{
	struct list_node *n = c->top;

	c->top = n->up;
	node_free(n);
}

void
list_cursor_free(struct list_cursor *c)
{
	if (c == NULL)
		return;
	while (c->top != NULL)
		cursor_pop(c);
	free(c);
}

/* Put the node of child on top. */
static int
cursor_push(struct list_cursor *c, const struct list_child *child)
{
	struct list_node *n;
	int r;

	if ((r = node_open(c->rd, c->what, child, &n)) != 0)
		return r;
	n->up = c->top;
	c->top = n;
	return 0;
}

/* Begin with the root, if there is one. */
static int
cursor_begin(struct list_cursor *c)
{
	struct list_child child;

	c->begun = true;
	c->last_len = 0;
	if (!c->root.present)
		return 0;
	memset(&child, 0, sizeof(child));
	memcpy(child.id, c->root.id, sizeof(child.id));
	child.level = c->root.level;
	return cursor_push(c, &child);
}

/* Move until a node with items is on top: 1 if there is one, 0 at the end. */
static int
cursor_settle(struct list_cursor *c)
{
	struct list_child child;
	int r;

	if (!c->begun && (r = cursor_begin(c)) != 0)
		return r;
	while (c->top != NULL) {
		if (c->top->left == 0) {
			if ((r = node_end(c->top)) != 0)
				return r;
			cursor_pop(c);
			continue;
		}
		if (c->top->self.level == 0)
			return 1;
		if ((r = node_child(c->top, c->what, &child)) != 0 ||
		    (r = cursor_push(c, &child)) != 0)
			return r;
	}
	return 0;
}

/* Consume an entry of the leaf on top, whose name must fit its place. */
static int
cursor_entry(struct list_cursor *c, struct entry *ep)
{
	struct list_node *n = c->top;
	int r;

	if ((r = entry_decode(n->b, false, ep)) != 0)
		return r;
	if (c->last_len > 0 && name_cmp(c->last, c->last_len, ep->name,
	    ep->name_len) >= 0)
		return ERR_FORMAT;
	if (!n->begun && n->self.told && name_cmp(ep->name, ep->name_len,
	    n->self.key, n->self.key_len) != 0)
		return ERR_FORMAT;
	memcpy(c->last, ep->name, ep->name_len);
	c->last_len = ep->name_len;
	n->begun = true;
	n->left--;
	n->below++;
	return 0;
}

int
list_next_entry(struct list_cursor *c, struct entry *ep)
{
	int r;

	if (c->what != LIST_ENTRIES)
		return ERR_FORMAT;
	if ((r = cursor_settle(c)) != 1)
		return r;
	return (r = cursor_entry(c, ep)) == 0 ? 1 : r;
}

int
list_next_content(struct list_cursor *c, struct content_item *ip)
{
	struct list_node *n;
	int r;

	if (c->what != LIST_CONTENT)
		return ERR_FORMAT;
	if ((r = cursor_settle(c)) != 1)
		return r;
	n = c->top;
	if ((r = content_decode(n->b, ip)) != 0)
		return r;
	n->left--;
	n->below++;
	n->bytes += ip->len;
	return 1;
}

/* Give the item of n that begins at at back: it is consumed again. */
static int
node_unread(struct list_node *n, const uint8_t *at)
{
	size_t len = (size_t)(buf_ptr(n->b) - at) + buf_len(n->b);
	struct buf *b;
	int r;

	if ((r = buf_borrow(at, len, &b)) != 0)
		return r;
	buf_free(n->b);
	n->b = b;
	n->left++;
	return 0;
}

/* Go to the last child of the top whose key is not above name, or else to
 * the first, and put it on top. */
static int
seek_child(struct list_cursor *c, const uint8_t *name, size_t len)
{
	struct list_node *n = c->top;
	struct list_child child, next;
	const uint8_t *at;
	int r;

	n->whole = false;
	if ((r = node_child(n, c->what, &child)) != 0)
		return r;
	while (n->left > 0) {
		at = buf_ptr(n->b);
		if ((r = node_child(n, c->what, &next)) != 0)
			return r;
		if (name_cmp(next.key, next.key_len, name, len) > 0) {
			if ((r = node_unread(n, at)) != 0)
				return r;
			break;
		}
		child = next;
	}
	return cursor_push(c, &child);
}

/* Skip the entries of the leaf on top whose names are below name. */
static int
seek_entry(struct list_cursor *c, const uint8_t *name, size_t len)
{
	struct list_node *n = c->top;
	struct entry e;
	const uint8_t *at;
	uint8_t before[PATH_NAME_MAX];
	size_t before_len;
	int r;

	while (n->left > 0) {
		at = buf_ptr(n->b);
		before_len = c->last_len;
		memcpy(before, c->last, before_len);
		if ((r = cursor_entry(c, &e)) != 0)
			return r;
		if (name_cmp(e.name, e.name_len, name, len) < 0)
			continue;
		memcpy(c->last, before, before_len);
		c->last_len = before_len;
		n->below--;
		return node_unread(n, at);
	}
	return 0;
}

int
list_seek(struct list_cursor *c, const uint8_t *name, size_t len)
{
	int r;

	if (c->what != LIST_ENTRIES)
		return ERR_FORMAT;
	while (c->top != NULL)
		cursor_pop(c);
	if ((r = cursor_begin(c)) != 0)
		return r;
	while (c->top != NULL && c->top->self.level > 0)
		if ((r = seek_child(c, name, len)) != 0)
			return r;
	return c->top == NULL ? 0 : seek_entry(c, name, len);
}

/* Give the nodes below the top of c to fn; those of level 0 unread. */
static int
walk_below(struct list_cursor *c, int (*fn)(const uint8_t id[32], void *arg),
    void *arg)
{
	struct list_child child;
	int r;

	while (c->top != NULL) {
		if (c->top->left == 0) {
			if ((r = node_end(c->top)) != 0)
				return r;
			cursor_pop(c);
			continue;
		}
		if ((r = node_child(c->top, c->what, &child)) != 0 ||
		    (r = fn(child.id, arg)) < 0)
			return r;
		if (r == 0 && child.level > 0 &&
		    (r = cursor_push(c, &child)) != 0)
			return r;
	}
	return 0;
}

int
list_walk_nodes(struct reader *rd, enum list_what what,
    const struct list_root *root,
    int (*fn)(const uint8_t id[32], void *arg), void *arg)
{
	struct list_cursor *c = NULL;
	int r;

	if (!root->present)
		return 0;
	if ((r = fn(root->id, arg)) != 0 || root->level == 0)
		return r < 0 ? r : 0;
	if ((r = list_cursor_new(rd, what, root, &c)) != 0)
		return r;
	if ((r = cursor_begin(c)) == 0)
		r = walk_below(c, fn, arg);
	list_cursor_free(c);
	return r;
}
