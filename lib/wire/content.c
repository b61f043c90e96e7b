/* content.c: CHUNKS, what a batch holds, and FRAME, its bytes. */
#include "wire/content.h"

#include <string.h>

#include "base/buf.h"
#include "wire/internal.h"

#define FRAME_KIND_PLAIN 0
#define FRAME_KIND_MAX 1

int
wire_chunks_encode(const struct wire_chunks *m, struct buf *b)
{
	int r;

	if (m->n > WIRE_PIECES_MAX)
		return ERR_TOOBIG;
	if ((r = buf_put_u64(b, m->batch)) != 0 ||
	    (r = buf_put_varint(b, m->n)) != 0)
		return r;
	return buf_put(b, m->items, m->items_len);
}

int
wire_chunks_decode(struct buf *b, struct wire_chunks *mp)
{
	struct wire_chunks m;
	int r;

	if ((r = buf_get_u64(b, &m.batch)) != 0 ||
	    (r = wire_get_count(b, WIRE_PIECES_MAX, &m.n)) != 0)
		return r;
	m.items = buf_ptr(b);
	m.items_len = buf_len(b);
	m.left = m.n;
	*mp = m;
	return 0;
}

int
wire_piece_encode(const struct wire_piece *p, struct buf *b)
{
	int r;

	if ((r = buf_put_u8(b, (uint8_t)p->kind)) != 0)
		return r;
	switch (p->kind) {
	case WIRE_PIECE_FILE:
		if ((r = buf_put_u64(b, p->dir)) != 0 ||
		    (r = buf_put_varint(b, p->page)) != 0)
			return r;
		return buf_put_varint(b, p->entry);
	case WIRE_PIECE_DATA:
		if ((r = buf_put_varint(b, p->len)) != 0)
			return r;
		return buf_put(b, p->sha256, sizeof(p->sha256));
	case WIRE_PIECE_HOLE:
		return buf_put_varint(b, p->len);
	case WIRE_PIECE_END:
		if ((r = wire_put_status(b, p->status)) != 0 ||
		    (r = buf_put_varint(b, p->flags)) != 0)
			return r;
		return attr_encode(&p->attr, b);
	}
	return ERR_FORMAT;
}

static int
get_file(struct buf *b, struct wire_piece *p)
{
	int r;

	if ((r = buf_get_u64(b, &p->dir)) != 0 ||
	    (r = buf_get_varint32(b, UINT32_MAX, &p->page)) != 0)
		return r;
	return buf_get_varint32(b, WIRE_ENTRIES_MAX - 1, &p->entry);
}

static int
get_data(struct buf *b, struct wire_piece *p)
{
	int r;

	if ((r = buf_get_varint(b, &p->len)) != 0)
		return r;
	if (p->len == 0 || p->len > WIRE_FRAME_RAW_MAX)
		return ERR_FORMAT;
	return buf_get(b, p->sha256, sizeof(p->sha256));
}

static int
get_hole(struct buf *b, struct wire_piece *p)
{
	int r;

	if ((r = buf_get_varint(b, &p->len)) != 0)
		return r;
	return p->len == 0 || p->len > INT64_MAX ? ERR_FORMAT : 0;
}

static int
get_end(struct buf *b, struct wire_piece *p)
{
	uint64_t flags;
	int r;

	if ((r = wire_get_status(b, &p->status)) != 0 ||
	    (r = buf_get_varint(b, &flags)) != 0)
		return r;
	if ((flags & ~(uint64_t)WIRE_RACY) != 0)
		return ERR_FORMAT;
	p->flags = (unsigned int)flags;
	return attr_decode(b, &p->attr);
}

/* Consumes one piece; more may follow it. */
static int
wire_piece_decode(struct buf *b, struct wire_piece *pp)
{
	struct wire_piece p;
	uint8_t kind;
	int r;

	memset(&p, 0, sizeof(p));
	if ((r = buf_get_u8(b, &kind)) != 0)
		return r;
	if (kind == WIRE_PIECE_FILE)
		r = get_file(b, &p);
	else if (kind == WIRE_PIECE_DATA)
		r = get_data(b, &p);
	else if (kind == WIRE_PIECE_HOLE)
		r = get_hole(b, &p);
	else if (kind == WIRE_PIECE_END)
		r = get_end(b, &p);
	else
		r = ERR_FORMAT;
	if (r != 0)
		return r;
	p.kind = (enum wire_piece_kind)kind;
	*pp = p;
	return 0;
}

int
wire_chunks_next(struct buf *b, struct wire_chunks *m, struct wire_piece *pp)
{
	int r;

	if (m->left == 0)
		return buf_end(b);
	if ((r = wire_piece_decode(b, pp)) != 0)
		return r;
	m->left--;
	return 1;
}

int
wire_frame_encode(const struct wire_frame *m, struct buf *b)
{
	int r;

	if ((r = buf_put_u64(b, m->batch)) != 0 ||
	    (r = buf_put_u8(b, m->kind)) != 0 ||
	    (r = buf_put_varint(b, m->raw)) != 0 ||
	    (r = wire_put_bytes(b, m->bitmap, m->bitmap_len,
	    WIRE_BITMAP_MAX)) != 0)
		return r;
	return wire_put_bytes(b, m->data, m->data_len, WIRE_FRAME_RAW_MAX);
}

int
wire_frame_decode(struct buf *b, struct wire_frame *mp)
{
	struct wire_frame m;
	int r;

	if ((r = buf_get_u64(b, &m.batch)) != 0 ||
	    (r = buf_get_u8(b, &m.kind)) != 0 ||
	    (r = buf_get_varint32(b, WIRE_FRAME_RAW_MAX, &m.raw)) != 0 ||
	    (r = buf_get_bytes(b, WIRE_BITMAP_MAX, &m.bitmap,
	    &m.bitmap_len)) != 0 ||
	    (r = buf_get_bytes(b, WIRE_FRAME_RAW_MAX, &m.data,
	    &m.data_len)) != 0 ||
	    (r = buf_end(b)) != 0)
		return r;
	if (m.kind > FRAME_KIND_MAX || m.raw == 0 ||
	    (m.kind == FRAME_KIND_PLAIN && m.data_len != m.raw))
		return ERR_FORMAT;
	*mp = m;
	return 0;
}
