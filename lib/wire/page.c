/* page.c: PAGE, a part of a directory's entries in name order. */
#include "wire/page.h"

#include <string.h>

#include "base/buf.h"
#include "base/path.h"
#include "wire/internal.h"

#define ENTRY_FLAGS (WIRE_UNREADABLE | WIRE_KEPT_EMPTY | WIRE_RACY)

int
wire_page_encode(const struct wire_page *m, struct buf *b)
{
	int r;

	if (m->n > WIRE_ENTRIES_MAX)
		return ERR_TOOBIG;
	if ((r = buf_put_u64(b, m->dir)) != 0 ||
	    (r = buf_put_varint(b, m->page)) != 0 ||
	    (r = buf_put_varint(b, m->flags)) != 0 ||
	    (r = buf_put_varint(b, m->n)) != 0)
		return r;
	return buf_put(b, m->items, m->items_len);
}

int
wire_page_decode(struct buf *b, struct wire_page *mp)
{
	struct wire_page m;
	uint32_t flags;
	int r;

	memset(&m, 0, sizeof(m));
	if ((r = buf_get_u64(b, &m.dir)) != 0 ||
	    (r = buf_get_varint32(b, UINT32_MAX, &m.page)) != 0 ||
	    (r = buf_get_varint32(b, WIRE_LAST, &flags)) != 0 ||
	    (r = wire_get_count(b, WIRE_ENTRIES_MAX, &m.n)) != 0)
		return r;
	m.flags = flags;
	m.items = buf_ptr(b);
	m.items_len = buf_len(b);
	m.left = m.n;
	*mp = m;
	return 0;
}

/* Tell whether e's name comes after the one before it in m. */
static bool
ascending(const struct wire_page *m, const struct wire_entry *e)
{
	size_t len = m->last_len < e->name_len ? m->last_len : e->name_len;
	int c;

	if (m->last == NULL)
		return true;
	c = memcmp(m->last, e->name, len);
	return c < 0 || (c == 0 && m->last_len < e->name_len);
}

int
wire_entry_encode(const struct wire_entry *e, struct buf *b)
{
	int r;

	if ((r = wire_put_bytes(b, e->name, e->name_len,
	    PATH_NAME_MAX)) != 0 ||
	    (r = buf_put_varint(b, e->flags)) != 0 ||
	    (r = attr_encode(&e->attr, b)) != 0)
		return r;
	if (e->attr.type == ATTR_SYMLINK &&
	    (r = wire_put_bytes(b, e->target, e->target_len,
	    WIRE_TARGET_MAX)) != 0)
		return r;
	if ((r = wire_put_bytes(b, e->xattrs, e->xattrs_len,
	    WIRE_XATTRS_MAX)) != 0 || e->attr.type != ATTR_DIR)
		return r;
	if ((r = buf_put_u64(b, e->dir)) != 0)
		return r;
	return wire_put_digest(b, e->has_digest, e->digest);
}

/* Consumes one entry; more may follow it. */
static int
wire_entry_decode(struct buf *b, struct wire_entry *ep)
{
	struct wire_entry e;
	uint32_t flags;
	int r;

	memset(&e, 0, sizeof(e));
	if ((r = buf_get_bytes(b, PATH_NAME_MAX, &e.name,
	    &e.name_len)) != 0 ||
	    (r = path_name_ok(e.name, e.name_len) ? 0 : ERR_FORMAT) != 0 ||
	    (r = buf_get_varint32(b, ENTRY_FLAGS, &flags)) != 0 ||
	    (r = attr_decode(b, &e.attr)) != 0)
		return r;
	e.flags = flags;
	if (e.attr.type == ATTR_SYMLINK &&
	    (r = buf_get_bytes(b, WIRE_TARGET_MAX, &e.target,
	    &e.target_len)) != 0)
		return r;
	if ((r = buf_get_bytes(b, WIRE_XATTRS_MAX, &e.xattrs,
	    &e.xattrs_len)) != 0)
		return r;
	if (e.attr.type == ATTR_DIR &&
	    ((r = buf_get_u64(b, &e.dir)) != 0 ||
	    (r = wire_get_digest(b, &e.has_digest, e.digest)) != 0))
		return r;
	*ep = e;
	return 0;
}

int
wire_page_next(struct buf *b, struct wire_page *m, struct wire_entry *ep)
{
	struct wire_entry e;
	size_t before = buf_len(b);
	int r;

	if (m->left == 0)
		return buf_end(b);
	/* The entry that closes a page begins before the limit. */
	if (m->items_len - before >= WIRE_PAGE_BYTES)
		return ERR_TOOBIG;
	if ((r = wire_entry_decode(b, &e)) != 0)
		return r;
	if (!ascending(m, &e))
		return ERR_FORMAT;
	m->last = e.name;
	m->last_len = e.name_len;
	m->left--;
	*ep = e;
	return 1;
}
