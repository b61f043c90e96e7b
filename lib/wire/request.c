/* request.c: what the keeper asks for: DIGEST, LIST, WANT, NEXT, NEED. */
#include "wire/request.h"

#include <string.h>

#include "base/buf.h"
#include "wire/internal.h"

int
wire_digest_encode(const struct wire_digest *m, struct buf *b)
{
	return buf_put_varint(b, m->root);
}

int
wire_digest_decode(struct buf *b, struct wire_digest *mp)
{
	struct wire_digest m;
	int r;

	if ((r = buf_get_varint32(b, WIRE_ROOTS_MAX - 1, &m.root)) != 0 ||
	    (r = buf_end(b)) != 0)
		return r;
	*mp = m;
	return 0;
}

int
wire_list_encode(const struct wire_list *m, struct buf *b)
{
	int r;

	if ((r = buf_put_u64(b, m->dir)) != 0 ||
	    (r = buf_put_varint(b, m->root)) != 0 ||
	    (r = buf_put_varint(b, m->flags)) != 0)
		return r;
	return wire_put_bytes(b, m->path, m->path_len, WIRE_PATH_MAX);
}

int
wire_list_decode(struct buf *b, struct wire_list *mp)
{
	struct wire_list m;
	uint32_t flags;
	int r;

	if ((r = buf_get_u64(b, &m.dir)) != 0 ||
	    (r = buf_get_varint32(b, WIRE_ROOTS_MAX - 1, &m.root)) != 0 ||
	    (r = buf_get_varint32(b, WIRE_RECURSE, &flags)) != 0 ||
	    (r = buf_get_bytes(b, WIRE_PATH_MAX, &m.path,
	    &m.path_len)) != 0 ||
	    (r = buf_end(b)) != 0)
		return r;
	if (m.dir >= WIRE_DIR_AGENT)
		return ERR_FORMAT;
	m.flags = flags;
	*mp = m;
	return 0;
}

int
wire_want_encode(const struct wire_want *m, struct buf *b)
{
	uint32_t i;
	int r;

	if (m->n > WIRE_ENTRIES_MAX)
		return ERR_TOOBIG;
	if ((r = buf_put_u64(b, m->dir)) != 0 ||
	    (r = buf_put_varint(b, m->page)) != 0 ||
	    (r = buf_put_varint(b, m->n)) != 0)
		return r;
	for (i = 0; r == 0 && i < m->n; i++) {
		if (i > 0 && m->numbers[i] <= m->numbers[i - 1])
			return ERR_FORMAT;
		r = buf_put_varint(b, m->numbers[i] -
		    (i > 0 ? m->numbers[i - 1] : 0));
	}
	return r;
}

int
wire_want_decode(struct buf *b, struct wire_want *mp)
{
	struct wire_want m;
	int r;

	memset(&m, 0, sizeof(m));
	if ((r = buf_get_u64(b, &m.dir)) != 0 ||
	    (r = buf_get_varint32(b, UINT32_MAX, &m.page)) != 0 ||
	    (r = wire_get_count(b, WIRE_ENTRIES_MAX, &m.n)) != 0)
		return r;
	m.left = m.n;
	*mp = m;
	return 0;
}

int
wire_want_next(struct buf *b, struct wire_want *m, uint32_t *np)
{
	uint32_t diff;
	int r;

	if (m->left == 0)
		return buf_end(b);
	if ((r = buf_get_varint32(b, WIRE_ENTRIES_MAX - 1, &diff)) != 0)
		return r;
	if (m->left != m->n && diff == 0)
		return ERR_FORMAT;
	if (diff > WIRE_ENTRIES_MAX - 1 - m->last)
		return ERR_FORMAT;
	m->last += diff;
	m->left--;
	*np = m->last;
	return 1;
}

int
wire_next_encode(const struct wire_next *m, struct buf *b)
{
	return buf_put_u64(b, m->dir);
}

int
wire_next_decode(struct buf *b, struct wire_next *mp)
{
	struct wire_next m;
	int r;

	if ((r = buf_get_u64(b, &m.dir)) != 0 || (r = buf_end(b)) != 0)
		return r;
	*mp = m;
	return 0;
}

int
wire_need_encode(const struct wire_need *m, struct buf *b)
{
	int r;

	if ((r = buf_put_u64(b, m->batch)) != 0)
		return r;
	return wire_put_bytes(b, m->bitmap, m->bitmap_len, WIRE_BITMAP_MAX);
}

int
wire_need_decode(struct buf *b, struct wire_need *mp)
{
	struct wire_need m;
	int r;

	if ((r = buf_get_u64(b, &m.batch)) != 0 ||
	    (r = buf_get_bytes(b, WIRE_BITMAP_MAX, &m.bitmap,
	    &m.bitmap_len)) != 0 ||
	    (r = buf_end(b)) != 0)
		return r;
	*mp = m;
	return 0;
}
