/* start.c: how a job begins: HELLO of both sides, and START. */
#include "wire/start.h"

#include <string.h>

#include "base/buf.h"
#include "wire/internal.h"

int
wire_hello_encode(const struct wire_hello *m, struct buf *b)
{
	return buf_put_varint(b, m->features);
}

int
wire_hello_decode(struct buf *b, struct wire_hello *mp)
{
	struct wire_hello m;
	int r;

	if ((r = buf_get_varint(b, &m.features)) != 0 ||
	    (r = buf_end(b)) != 0)
		return r;
	*mp = m;
	return 0;
}

static int
put_text(struct buf *b, const struct wire_bytes *t)
{
	return wire_put_bytes(b, t->data, t->len, WIRE_TEXT_MAX);
}

static int
get_bytes(struct buf *b, size_t max, struct wire_bytes *tp)
{
	return buf_get_bytes(b, max, &tp->data, &tp->len);
}

int
wire_agent_hello_encode(const struct wire_agent_hello *m, struct buf *b)
{
	int r;

	if ((r = buf_put_varint(b, m->features)) != 0 ||
	    (r = put_text(b, &m->version)) != 0 ||
	    (r = put_text(b, &m->system)) != 0 ||
	    (r = put_text(b, &m->host)) != 0 ||
	    (r = buf_put_i64(b, m->time)) != 0)
		return r;
	return buf_put_varint(b, m->uid);
}

int
wire_agent_hello_decode(struct buf *b, struct wire_agent_hello *mp)
{
	struct wire_agent_hello m;
	int r;

	if ((r = buf_get_varint(b, &m.features)) != 0 ||
	    (r = get_bytes(b, WIRE_TEXT_MAX, &m.version)) != 0 ||
	    (r = get_bytes(b, WIRE_TEXT_MAX, &m.system)) != 0 ||
	    (r = get_bytes(b, WIRE_TEXT_MAX, &m.host)) != 0 ||
	    (r = buf_get_i64(b, &m.time)) != 0 ||
	    (r = buf_get_varint(b, &m.uid)) != 0 ||
	    (r = buf_end(b)) != 0)
		return r;
	*mp = m;
	return 0;
}

/* Append n, then each, at most max bytes long. */
static int
put_array(struct buf *b, const struct wire_bytes *a, size_t n, size_t max)
{
	size_t i;
	int r;

	r = buf_put_varint(b, n);
	for (i = 0; r == 0 && i < n; i++)
		r = wire_put_bytes(b, a[i].data, a[i].len, max);
	return r;
}

/* The numbers before the roots. */
static int
put_numbers(const struct wire_start *m, struct buf *b)
{
	int r;

	if ((r = buf_put_varint(b, m->flags)) != 0 ||
	    (r = buf_put_varint(b, m->level)) != 0 ||
	    (r = buf_put_varint(b, m->threads)) != 0 ||
	    (r = buf_put_u32(b, m->chunk_min)) != 0 ||
	    (r = buf_put_u32(b, m->chunk_avg)) != 0 ||
	    (r = buf_put_u32(b, m->chunk_max)) != 0 ||
	    (r = buf_put(b, m->seed, sizeof(m->seed))) != 0)
		return r;
	return buf_put_u32(b, m->frame_max);
}

int
wire_start_encode(const struct wire_start *m, struct buf *b)
{
	int r;

	if (m->nroots > WIRE_ROOTS_MAX || m->nexcludes > WIRE_EXCLUDES_MAX)
		return ERR_TOOBIG;
	if ((r = put_numbers(m, b)) != 0 ||
	    (r = put_array(b, m->roots, m->nroots, WIRE_PATH_MAX)) != 0)
		return r;
	return put_array(b, m->excludes, m->nexcludes, WIRE_EXCLUDE_MAX);
}

static int
get_numbers(struct buf *b, struct wire_start *m)
{
	uint32_t flags, level, threads;
	int r;

	if ((r = buf_get_varint32(b, WIRE_ONE_FILE_SYSTEM | WIRE_EXCLUDE_CACHES,
	    &flags)) != 0 ||
	    (r = buf_get_varint32(b, UINT8_MAX, &level)) != 0 ||
	    (r = buf_get_varint32(b, UINT8_MAX, &threads)) != 0 ||
	    (r = buf_get_u32(b, &m->chunk_min)) != 0 ||
	    (r = buf_get_u32(b, &m->chunk_avg)) != 0 ||
	    (r = buf_get_u32(b, &m->chunk_max)) != 0 ||
	    (r = buf_get(b, m->seed, sizeof(m->seed))) != 0 ||
	    (r = buf_get_u32(b, &m->frame_max)) != 0)
		return r;
	m->flags = flags;
	m->level = level;
	m->threads = threads;
	if (m->frame_max == 0 || m->frame_max > WIRE_FRAME_RAW_MAX)
		return ERR_FORMAT;
	return 0;
}

int
wire_start_decode(struct buf *b, struct wire_start *mp)
{
	struct wire_start m;
	uint32_t n;
	int r;

	memset(&m, 0, sizeof(m));
	if ((r = get_numbers(b, &m)) != 0 ||
	    (r = wire_get_count(b, WIRE_ROOTS_MAX, &n)) != 0)
		return r;
	m.nroots = m.left = n;
	*mp = m;
	return 0;
}

int
wire_start_root_next(struct buf *b, struct wire_start *m,
    struct wire_bytes *pathp)
{
	uint32_t n;
	int r;

	if (m->left != 0) {
		if ((r = get_bytes(b, WIRE_PATH_MAX, pathp)) != 0)
			return r;
		m->left--;
		return 1;
	}
	if ((r = wire_get_count(b, WIRE_EXCLUDES_MAX, &n)) != 0)
		return r;
	m->nexcludes = m->left = n;
	return 0;
}

int
wire_start_exclude_next(struct buf *b, struct wire_start *m,
    struct wire_bytes *patternp)
{
	int r;

	if (m->left == 0)
		return buf_end(b);
	if ((r = get_bytes(b, WIRE_EXCLUDE_MAX, patternp)) != 0)
		return r;
	m->left--;
	return 1;
}
