/* entry.c: entries and content items as bytes. */
#include "repo/entry.h"

#include <string.h>

#include "base/buf.h"
#include "base/path.h"
#include "repo/frame.h"

#define FLAGS_ALL (ENTRY_CHANGED | ENTRY_UNREAD | ENTRY_RACY)
#define HOLE_MAX (UINT64_MAX >> 1)	/* the length shares a varint */

/* What follows the flags. */
enum {
	EXTRA_TARGET = 1,
	EXTRA_LIST = 2,
	EXTRA_INLINE = 4,
	EXTRA_SUBTREE = 8,
	EXTRA_XATTRS = 16,
	EXTRA_DIGEST = 32,
	EXTRA_ALL = 63
};

int
list_root_encode(const struct list_root *root, struct buf *b)
{
	static const uint8_t none[LIST_ROOT_LEN];
	uint8_t raw[LIST_ROOT_LEN];

	if (!root->present)
		return buf_put(b, none, sizeof(none));
	if (root->level > LIST_LEVEL_MAX)
		return ERR_FORMAT;
	memcpy(raw, root->id, sizeof(root->id));
	raw[32] = root->level;
	return buf_put(b, raw, sizeof(raw));
}

int
list_root_decode(struct buf *b, struct list_root *rootp)
{
	static const uint8_t none[LIST_ROOT_LEN];
	uint8_t raw[LIST_ROOT_LEN];
	int r;

	if ((r = buf_get(b, raw, sizeof(raw))) != 0)
		return r;
	memset(rootp, 0, sizeof(*rootp));
	if (memcmp(raw, none, sizeof(raw)) == 0)
		return 0;
	if (raw[32] > LIST_LEVEL_MAX)
		return ERR_FORMAT;
	rootp->present = true;
	memcpy(rootp->id, raw, sizeof(rootp->id));
	rootp->level = raw[32];
	return 0;
}

int
content_encode(const struct content_item *i, struct buf *b)
{
	int r;

	if (i->len == 0 || i->len > (i->hole ? HOLE_MAX : FRAME_RAW_MAX))
		return ERR_FORMAT;
	if ((r = buf_put_varint(b, i->len << 1 | (i->hole ? 1 : 0))) != 0)
		return r;
	return i->hole ? 0 : buf_put(b, i->id, sizeof(i->id));
}

int
content_decode(struct buf *b, struct content_item *ip)
{
	uint64_t v;
	int r;

	if ((r = buf_get_varint(b, &v)) != 0)
		return r;
	memset(ip, 0, sizeof(*ip));
	ip->hole = (v & 1) != 0;
	ip->len = v >> 1;
	if (ip->len == 0 || (!ip->hole && ip->len > FRAME_RAW_MAX))
		return ERR_FORMAT;
	return ip->hole ? 0 : buf_get(b, ip->id, sizeof(ip->id));
}

/* The extra bits of e. */
static unsigned int
entry_extra(const struct entry *e)
{
	return (e->target_len > 0 ? EXTRA_TARGET : 0u) |
	    (e->content.present ? EXTRA_LIST : 0u) |
	    (e->ninline > 0 ? EXTRA_INLINE : 0u) |
	    (e->has_subtree ? EXTRA_SUBTREE : 0u) |
	    (e->has_xattrs ? EXTRA_XATTRS : 0u) |
	    (e->has_digest ? EXTRA_DIGEST : 0u);
}

/* Tell whether an entry of that type may have these extras and flags. */
static bool
entry_fits(uint8_t type, uint64_t flags, uint64_t extra)
{
	if ((flags & ~(uint64_t)FLAGS_ALL) != 0 ||
	    (extra & ~(uint64_t)EXTRA_ALL) != 0)
		return false;
	if ((extra & EXTRA_TARGET) != 0 && type != ATTR_SYMLINK)
		return false;
	if ((extra & (EXTRA_LIST | EXTRA_INLINE)) != 0 && type != ATTR_FILE)
		return false;
	if ((extra & (EXTRA_SUBTREE | EXTRA_DIGEST)) != 0 &&
	    type != ATTR_DIR)
		return false;
	return (extra & EXTRA_LIST) == 0 || (extra & EXTRA_INLINE) == 0;
}

/* Append the inline items. */
static int
entry_put_inline(const struct entry *e, struct buf *b)
{
	size_t i;
	int r;

	if ((r = buf_put_varint(b, e->ninline)) != 0)
		return r;
	for (i = 0; i < e->ninline && r == 0; i++)
		r = content_encode(&e->inl[i], b);
	return r;
}

/* Append the parts that extra announces, in the order of its bits. */
static int
entry_put_extra(const struct entry *e, unsigned int extra, struct buf *b)
{
	int r = 0;

	if ((extra & EXTRA_TARGET) != 0)
		r = buf_put_bytes(b, e->target, e->target_len);
	if (r == 0 && (extra & EXTRA_LIST) != 0)
		r = list_root_encode(&e->content, b);
	if (r == 0 && (extra & EXTRA_INLINE) != 0)
		r = entry_put_inline(e, b);
	if (r == 0 && (extra & EXTRA_SUBTREE) != 0 &&
	    (r = buf_put_varint(b, e->subtree.present ? 1 : 0)) == 0 &&
	    e->subtree.present)
		r = list_root_encode(&e->subtree, b);
	if (r == 0 && (extra & EXTRA_XATTRS) != 0)
		r = buf_put(b, e->xattrs, sizeof(e->xattrs));
	if (r == 0 && (extra & EXTRA_DIGEST) != 0)
		r = buf_put(b, e->digest, sizeof(e->digest));
	return r;
}

int
entry_encode(const struct entry *e, struct buf *b)
{
	size_t before = buf_len(b);
	unsigned int extra = entry_extra(e);
	int r;

	if (e->name_len == 0 || e->name_len > PATH_NAME_MAX ||
	    e->target_len > ENTRY_TARGET_MAX ||
	    e->ninline > ENTRY_INLINE_MAX ||
	    !entry_fits(e->attr.type, e->flags, extra))
		return ERR_FORMAT;
	if ((r = buf_put_bytes(b, e->name, e->name_len)) == 0 &&
	    (r = attr_encode(&e->attr, b)) == 0 &&
	    (r = buf_put_varint(b, e->flags)) == 0 &&
	    (r = buf_put_varint(b, extra)) == 0)
		r = entry_put_extra(e, extra, b);
	if (r != 0)
		buf_trim(b, buf_len(b) - before);
	return r;
}

/* Consume the inline items. */
static int
entry_get_inline(struct buf *b, struct entry *e)
{
	uint32_t n;
	size_t i;
	int r;

	if ((r = buf_get_varint32(b, ENTRY_INLINE_MAX, &n)) != 0)
		return r;
	if (n == 0)
		return ERR_FORMAT;
	e->ninline = n;
	for (i = 0; i < e->ninline && r == 0; i++)
		r = content_decode(b, &e->inl[i]);
	return r;
}

/* Consume a root that must be there. */
static int
entry_get_root(struct buf *b, struct list_root *rootp)
{
	int r;

	if ((r = list_root_decode(b, rootp)) == 0 && !rootp->present)
		r = ERR_FORMAT;
	return r;
}

/* Consume a subtree: nothing, or a root. */
static int
entry_get_subtree(struct buf *b, struct entry *e)
{
	uint32_t there;
	int r;

	if ((r = buf_get_varint32(b, 1, &there)) != 0)
		return r;
	e->has_subtree = true;
	return there == 0 ? 0 : entry_get_root(b, &e->subtree);
}

/* Consume the parts that extra announces. */
static int
entry_get_extra(struct buf *b, uint64_t extra, struct entry *e)
{
	int r = 0;

	if ((extra & EXTRA_TARGET) != 0 &&
	    (r = buf_get_bytes(b, ENTRY_TARGET_MAX, &e->target,
	    &e->target_len)) == 0 && e->target_len == 0)
		r = ERR_FORMAT;
	if (r == 0 && (extra & EXTRA_LIST) != 0)
		r = entry_get_root(b, &e->content);
	if (r == 0 && (extra & EXTRA_INLINE) != 0)
		r = entry_get_inline(b, e);
	if (r == 0 && (extra & EXTRA_SUBTREE) != 0)
		r = entry_get_subtree(b, e);
	if (r == 0 && (extra & EXTRA_XATTRS) != 0) {
		e->has_xattrs = true;
		r = buf_get(b, e->xattrs, sizeof(e->xattrs));
	}
	if (r == 0 && (extra & EXTRA_DIGEST) != 0) {
		e->has_digest = true;
		r = buf_get(b, e->digest, sizeof(e->digest));
	}
	return r;
}

int
entry_decode(struct buf *b, bool name_any, struct entry *ep)
{
	struct entry e;
	uint64_t flags, extra;
	int r;

	memset(&e, 0, sizeof(e));
	if ((r = buf_get_bytes(b, PATH_NAME_MAX, &e.name,
	    &e.name_len)) != 0)
		return r == ERR_TOOBIG ? ERR_FORMAT : r;
	if (name_any ? e.name_len == 0 : !path_name_ok(e.name, e.name_len))
		return ERR_FORMAT;
	if ((r = attr_decode(b, &e.attr)) != 0 ||
	    (r = buf_get_varint(b, &flags)) != 0 ||
	    (r = buf_get_varint(b, &extra)) != 0)
		return r;
	if (!entry_fits(e.attr.type, flags, extra))
		return ERR_FORMAT;
	e.flags = (unsigned int)flags;
	if ((r = entry_get_extra(b, extra, &e)) != 0)
		return r == ERR_TOOBIG ? ERR_FORMAT : r;
	*ep = e;
	return 0;
}
