/* reply.c: what the agent tells beside entries: ROOT, DIREND, ISSUE, ends. */
#include "wire/reply.h"

#include <string.h>

#include "base/buf.h"
#include "wire/internal.h"

int
wire_root_encode(const struct wire_root *m, struct buf *b)
{
	int r;

	if ((r = buf_put_varint(b, m->root)) != 0 ||
	    (r = wire_put_status(b, m->status)) != 0 ||
	    (r = attr_encode(&m->attr, b)) != 0 ||
	    (r = wire_put_bytes(b, m->xattrs, m->xattrs_len,
	    WIRE_XATTRS_MAX)) != 0 ||
	    (r = wire_put_bytes(b, m->target, m->target_len,
	    WIRE_TARGET_MAX)) != 0)
		return r;
	return wire_put_digest(b, m->has_digest, m->digest);
}

int
wire_root_decode(struct buf *b, struct wire_root *mp)
{
	struct wire_root m;
	int r;

	if ((r = buf_get_varint32(b, WIRE_ROOTS_MAX - 1, &m.root)) != 0 ||
	    (r = wire_get_status(b, &m.status)) != 0 ||
	    (r = attr_decode(b, &m.attr)) != 0 ||
	    (r = buf_get_bytes(b, WIRE_XATTRS_MAX, &m.xattrs,
	    &m.xattrs_len)) != 0 ||
	    (r = buf_get_bytes(b, WIRE_TARGET_MAX, &m.target,
	    &m.target_len)) != 0 ||
	    (r = wire_get_digest(b, &m.has_digest, m.digest)) != 0 ||
	    (r = buf_end(b)) != 0)
		return r;
	*mp = m;
	return 0;
}

int
wire_dirend_encode(const struct wire_dirend *m, struct buf *b)
{
	int r;

	if ((r = buf_put_u64(b, m->dir)) != 0 ||
	    (r = wire_put_status(b, m->status)) != 0)
		return r;
	return wire_put_digest(b, m->has_digest, m->digest);
}

int
wire_dirend_decode(struct buf *b, struct wire_dirend *mp)
{
	struct wire_dirend m;
	int r;

	if ((r = buf_get_u64(b, &m.dir)) != 0 ||
	    (r = wire_get_status(b, &m.status)) != 0 ||
	    (r = wire_get_digest(b, &m.has_digest, m.digest)) != 0 ||
	    (r = buf_end(b)) != 0)
		return r;
	*mp = m;
	return 0;
}

/* A status that tells of something gone wrong. */
static int
put_code(struct buf *b, int code)
{
	return code == 0 ? ERR_FORMAT : wire_put_status(b, code);
}

static int
get_code(struct buf *b, int *codep)
{
	int code, r;

	if ((r = wire_get_status(b, &code)) != 0)
		return r;
	if (code == 0)
		return ERR_FORMAT;
	*codep = code;
	return 0;
}

int
wire_issue_encode(const struct wire_issue *m, struct buf *b)
{
	int r;

	if ((r = put_code(b, m->code)) != 0 ||
	    (r = buf_put_varint(b, m->errnum)) != 0 ||
	    (r = buf_put_varint(b, m->root)) != 0 ||
	    (r = wire_put_bytes(b, m->path, m->path_len,
	    WIRE_PATH_MAX)) != 0)
		return r;
	return wire_put_bytes(b, m->text, m->text_len, WIRE_TEXT_MAX);
}

int
wire_issue_decode(struct buf *b, struct wire_issue *mp)
{
	struct wire_issue m;
	int r;

	if ((r = get_code(b, &m.code)) != 0 ||
	    (r = buf_get_varint32(b, UINT32_MAX, &m.errnum)) != 0 ||
	    (r = buf_get_varint32(b, WIRE_ROOTS_MAX - 1, &m.root)) != 0 ||
	    (r = buf_get_bytes(b, WIRE_PATH_MAX, &m.path,
	    &m.path_len)) != 0 ||
	    (r = buf_get_bytes(b, WIRE_TEXT_MAX, &m.text,
	    &m.text_len)) != 0 ||
	    (r = buf_end(b)) != 0)
		return r;
	*mp = m;
	return 0;
}

int
wire_done_encode(const struct wire_done *m, struct buf *b)
{
	int r;

	if ((r = buf_put_varint(b, m->files)) != 0 ||
	    (r = buf_put_varint(b, m->bytes)) != 0 ||
	    (r = buf_put_varint(b, m->cpu_ms)) != 0)
		return r;
	return buf_put_varint(b, m->peak_kib);
}

int
wire_done_decode(struct buf *b, struct wire_done *mp)
{
	struct wire_done m;
	int r;

	if ((r = buf_get_varint(b, &m.files)) != 0 ||
	    (r = buf_get_varint(b, &m.bytes)) != 0 ||
	    (r = buf_get_varint(b, &m.cpu_ms)) != 0 ||
	    (r = buf_get_varint(b, &m.peak_kib)) != 0 ||
	    (r = buf_end(b)) != 0)
		return r;
	*mp = m;
	return 0;
}

int
wire_error_encode(const struct wire_error *m, struct buf *b)
{
	int r;

	if ((r = put_code(b, m->code)) != 0)
		return r;
	return wire_put_bytes(b, m->text, m->text_len, WIRE_TEXT_MAX);
}

int
wire_error_decode(struct buf *b, struct wire_error *mp)
{
	struct wire_error m;
	int r;

	if ((r = get_code(b, &m.code)) != 0 ||
	    (r = buf_get_bytes(b, WIRE_TEXT_MAX, &m.text,
	    &m.text_len)) != 0 ||
	    (r = buf_end(b)) != 0)
		return r;
	*mp = m;
	return 0;
}
