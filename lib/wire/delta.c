/* delta.c: SIGNATURE, DELTA, AGAIN and PACKED, and what keeper and puller
 * tell each other of them. */
#include "wire/delta.h"

#include <string.h>

#include "base/buf.h"
#include "wire/internal.h"

#define KIND_PLAIN 0
#define KIND_MAX 1

int
wire_signature_encode(const struct wire_signature *m, struct buf *b)
{
	int r;

	if ((r = buf_put_u64(b, m->batch)) != 0 ||
	    (r = buf_put_varint(b, m->chunk)) != 0)
		return r;
	return wire_put_bytes(b, m->data, m->len, WIRE_SIGNATURE_MAX);
}

int
wire_signature_decode(struct buf *b, struct wire_signature *mp)
{
	struct wire_signature m;
	int r;

	if ((r = buf_get_u64(b, &m.batch)) != 0 ||
	    (r = buf_get_varint32(b, WIRE_PIECES_MAX - 1, &m.chunk)) != 0 ||
	    (r = buf_get_bytes(b, WIRE_SIGNATURE_MAX, &m.data,
	    &m.len)) != 0 ||
	    (r = buf_end(b)) != 0)
		return r;
	*mp = m;
	return 0;
}

int
wire_again_encode(const struct wire_again *m, struct buf *b)
{
	int r;

	if ((r = buf_put_u64(b, m->batch)) != 0)
		return r;
	return wire_put_bytes(b, m->bitmap, m->bitmap_len, WIRE_BITMAP_MAX);
}

int
wire_again_decode(struct buf *b, struct wire_again *mp)
{
	struct wire_again m;
	int r;

	if ((r = buf_get_u64(b, &m.batch)) != 0 ||
	    (r = buf_get_bytes(b, WIRE_BITMAP_MAX, &m.bitmap,
	    &m.bitmap_len)) != 0 ||
	    (r = buf_end(b)) != 0)
		return r;
	*mp = m;
	return 0;
}

/* Parts i and the one before it, of an array: the difference. */
static int
put_chunk(struct buf *b, const struct wire_delta_part *parts, uint32_t i)
{
	uint32_t last = i == 0 ? 0 : parts[i - 1].chunk;

	if (parts[i].chunk >= WIRE_PIECES_MAX ||
	    (i > 0 && parts[i].chunk <= last))
		return ERR_FORMAT;
	return buf_put_varint(b, parts[i].chunk - last);
}

/* The next number of a chunk; *lastp is 0 before the first. */
static int
get_chunk(struct buf *b, bool first, uint32_t *lastp)
{
	uint32_t diff;
	int r;

	if ((r = buf_get_varint32(b, WIRE_PIECES_MAX - 1, &diff)) != 0)
		return r;
	if ((!first && diff == 0) || diff > WIRE_PIECES_MAX - 1 - *lastp)
		return ERR_FORMAT;
	*lastp += diff;
	return 0;
}

/* Data is there if, and only if, something is in it. */
static int
get_data(struct buf *b, bool any, const uint8_t **datap, size_t *lenp)
{
	int r;

	if ((r = buf_get_bytes(b, WIRE_FRAME_RAW_MAX, datap, lenp)) != 0 ||
	    (r = buf_end(b)) != 0)
		return r;
	return (*lenp != 0) == any ? 0 : ERR_FORMAT;
}

int
wire_delta_encode(const struct wire_delta *m, struct buf *b)
{
	uint32_t i;
	int r;

	if (m->n > WIRE_PIECES_MAX || m->raw > WIRE_FRAME_RAW_MAX)
		return ERR_TOOBIG;
	if ((r = buf_put_u64(b, m->batch)) != 0 ||
	    (r = buf_put_u8(b, m->kind)) != 0 ||
	    (r = buf_put_varint(b, m->raw)) != 0 ||
	    (r = buf_put_varint(b, m->n)) != 0)
		return r;
	for (i = 0; i < m->n; i++)
		if ((r = put_chunk(b, m->parts, i)) != 0 ||
		    (r = buf_put_varint(b, m->parts[i].len)) != 0)
			return r;
	return wire_put_bytes(b, m->data, m->data_len, WIRE_FRAME_RAW_MAX);
}

int
wire_delta_decode(struct buf *b, struct wire_delta *mp)
{
	struct wire_delta m;
	int r;

	memset(&m, 0, sizeof(m));
	if ((r = buf_get_u64(b, &m.batch)) != 0 ||
	    (r = buf_get_u8(b, &m.kind)) != 0 ||
	    (r = buf_get_varint32(b, WIRE_FRAME_RAW_MAX, &m.raw)) != 0 ||
	    (r = wire_get_count(b, WIRE_PIECES_MAX, &m.n)) != 0)
		return r;
	if (m.kind > KIND_MAX || (m.n == 0 && m.kind != KIND_PLAIN))
		return ERR_FORMAT;
	m.left = m.n;
	*mp = m;
	return 0;
}

/* After the last part. */
static int
delta_data(struct buf *b, struct wire_delta *m)
{
	int r;

	if (m->sum != m->raw)
		return ERR_FORMAT;
	if ((r = get_data(b, m->n != 0, &m->data, &m->data_len)) != 0)
		return r;
	return m->kind == KIND_PLAIN && m->data_len != m->raw ?
	    ERR_FORMAT : 0;
}

int
wire_delta_next(struct buf *b, struct wire_delta *m,
    struct wire_delta_part *pp)
{
	uint32_t len;
	int r;

	if (m->left == 0)
		return delta_data(b, m);
	if ((r = get_chunk(b, m->left == m->n, &m->last)) != 0 ||
	    (r = buf_get_varint32(b, WIRE_FRAME_RAW_MAX, &len)) != 0)
		return r;
	m->sum += len;
	if (len == 0 || m->sum > m->raw)
		return ERR_FORMAT;
	m->left--;
	pp->chunk = m->last;
	pp->len = len;
	pp->good = false;
	return 1;
}

int
wire_packed_encode(const struct wire_packed *m, struct buf *b)
{
	int r;

	if (m->raw > WIRE_PACKED_RAW_MAX)
		return ERR_TOOBIG;
	if ((r = buf_put_u8(b, m->type)) != 0 ||
	    (r = buf_put_varint(b, m->raw)) != 0)
		return r;
	return wire_put_bytes(b, m->data, m->data_len, WIRE_PACKED_RAW_MAX);
}

int
wire_packed_decode(struct buf *b, struct wire_packed *mp)
{
	struct wire_packed m;
	int r;

	if ((r = buf_get_u8(b, &m.type)) != 0 ||
	    (r = buf_get_varint32(b, WIRE_PACKED_RAW_MAX, &m.raw)) != 0 ||
	    (r = buf_get_bytes(b, WIRE_PACKED_RAW_MAX, &m.data,
	    &m.data_len)) != 0 ||
	    (r = buf_end(b)) != 0)
		return r;
	if ((m.type != WIRE_PAGE && m.type != WIRE_CHUNKS) || m.raw == 0 ||
	    m.data_len == 0)
		return ERR_FORMAT;
	*mp = m;
	return 0;
}

int
wire_basis_encode(const struct wire_basis *m, struct buf *b)
{
	int r;

	if ((r = buf_put_u64(b, m->batch)) != 0 ||
	    (r = buf_put_varint(b, m->chunk)) != 0 ||
	    (r = buf_put_varint(b, m->len)) != 0 ||
	    (r = buf_put_varint(b, m->block)) != 0)
		return r;
	return wire_put_bytes(b, m->data, m->data_len, WIRE_BASIS_MAX);
}

int
wire_basis_decode(struct buf *b, struct wire_basis *mp)
{
	struct wire_basis m;
	int r;

	if ((r = buf_get_u64(b, &m.batch)) != 0 ||
	    (r = buf_get_varint32(b, WIRE_PIECES_MAX - 1, &m.chunk)) != 0 ||
	    (r = buf_get_varint32(b, WIRE_FRAME_RAW_MAX, &m.len)) != 0 ||
	    (r = buf_get_varint32(b, WIRE_BLOCK_MAX, &m.block)) != 0 ||
	    (r = buf_get_bytes(b, WIRE_BASIS_MAX, &m.data,
	    &m.data_len)) != 0 ||
	    (r = buf_end(b)) != 0)
		return r;
	if (m.len == 0 || m.block < WIRE_BLOCK_MIN || m.data_len == 0)
		return ERR_FORMAT;
	*mp = m;
	return 0;
}

int
wire_patched_encode(const struct wire_patched *m, struct buf *b)
{
	uint32_t i;
	int r;

	if (m->n > WIRE_PIECES_MAX)
		return ERR_TOOBIG;
	if ((r = buf_put_u64(b, m->batch)) != 0 ||
	    (r = buf_put_varint(b, m->n)) != 0)
		return r;
	for (i = 0; i < m->n; i++)
		if ((r = put_chunk(b, m->parts, i)) != 0 ||
		    (r = buf_put_u8(b, m->parts[i].good ? 1 : 0)) != 0)
			return r;
	return wire_put_bytes(b, m->data, m->data_len, WIRE_FRAME_RAW_MAX);
}

int
wire_patched_decode(struct buf *b, struct wire_patched *mp)
{
	struct wire_patched m;
	int r;

	memset(&m, 0, sizeof(m));
	if ((r = buf_get_u64(b, &m.batch)) != 0 ||
	    (r = wire_get_count(b, WIRE_PIECES_MAX, &m.n)) != 0)
		return r;
	m.left = m.n;
	*mp = m;
	return 0;
}

int
wire_patched_next(struct buf *b, struct wire_patched *m,
    struct wire_delta_part *pp)
{
	uint8_t good;
	int r;

	if (m->left == 0)
		return get_data(b, m->any, &m->data, &m->data_len);
	if ((r = get_chunk(b, m->left == m->n, &m->last)) != 0 ||
	    (r = buf_get_u8(b, &good)) != 0)
		return r;
	if (good > 1)
		return ERR_FORMAT;
	m->left--;
	m->any = m->any || good == 1;
	pp->chunk = m->last;
	pp->len = 0;
	pp->good = good == 1;
	return 1;
}

int
wire_pace_encode(const struct wire_pace *m, struct buf *b)
{
	int r;

	if ((r = buf_put_varint(b, m->rate)) != 0)
		return r;
	return buf_put_varint(b, m->sign_ns);
}

int
wire_pace_decode(struct buf *b, struct wire_pace *mp)
{
	struct wire_pace m;
	int r;

	if ((r = buf_get_varint(b, &m.rate)) != 0 ||
	    (r = buf_get_varint(b, &m.sign_ns)) != 0 ||
	    (r = buf_end(b)) != 0)
		return r;
	*mp = m;
	return 0;
}
