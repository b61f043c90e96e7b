/* test_wire_vectors.c: recorded messages say what they said, to the byte. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "tests/unit/wire_vectors.h"
#include "wire/content.h"
#include "wire/page.h"
#include "wire/reply.h"
#include "wire/request.h"
#include "wire/start.h"
#include "wire/wire.h"

#define CAP (1u << 16)

/* Each function named like a message is the again of its vector. */

static void
say_digest(FILE *t, bool has, const uint8_t digest[WIRE_DIGEST_LEN])
{
	if (has)
		say_bytes(t, "digest", digest, WIRE_DIGEST_LEN);
}

static void
say_attr(FILE *t, const struct attr *a)
{
	say_number(t, "type", a->type);
	if (a->have & ATTR_MODE)
		fprintf(t, "mode %04" PRIo32 "\n", a->mode);
	if (a->have & ATTR_OWNER)
		fprintf(t, "owner %" PRIu32 " %" PRIu32 "\n", a->uid, a->gid);
	if (a->have & ATTR_SIZE)
		say_number(t, "size", a->size);
	if (a->have & ATTR_MTIME)
		say_signed(t, "mtime", a->mtime);
	if (a->have & ATTR_MTIME_NS)
		say_number(t, "mtime_ns", a->mtime_ns);
	if (a->have & ATTR_CTIME)
		fprintf(t, "ctime %" PRId64 " %" PRIu32 "\n", a->ctime,
		    a->ctime_ns);
	if (a->have & ATTR_INODE)
		fprintf(t, "inode %" PRIu64 " %" PRIu64 "\n", a->dev, a->ino);
	if (a->have & ATTR_LINKS)
		say_number(t, "links", a->links);
	if (a->have & ATTR_RDEV)
		fprintf(t, "device %" PRIu32 " %" PRIu32 "\n", a->rdev_major,
		    a->rdev_minor);
}

static int
empty(struct buf *b, struct buf *out, FILE *t)
{
	(void)out;
	(void)t;
	return buf_end(b);
}

static int
hello(struct buf *b, struct buf *out, FILE *t)
{
	struct wire_hello m;

	assert_int_equal(wire_hello_decode(b, &m), 0);
	say_number(t, "features", m.features);
	return wire_hello_encode(&m, out);
}

static int
start(struct buf *b, struct buf *out, FILE *t)
{
	struct wire_bytes roots[2], excludes[1];
	struct wire_start m;
	size_t n;

	assert_int_equal(wire_start_decode(b, &m), 0);
	say_number(t, "flags", m.flags);
	say_number(t, "level", m.level);
	say_number(t, "threads", m.threads);
	fprintf(t, "chunker %" PRIu32 " %" PRIu32 " %" PRIu32 "\n",
	    m.chunk_min, m.chunk_avg, m.chunk_max);
	say_bytes(t, "seed", m.seed, sizeof(m.seed));
	say_number(t, "frame_max", m.frame_max);
	assert_int_equal(m.nroots, 2);
	for (n = 0; n < 2; n++) {
		assert_int_equal(wire_start_root_next(b, &m, &roots[n]), 1);
		say_bytes(t, "root", roots[n].data, roots[n].len);
	}
	assert_int_equal(wire_start_root_next(b, &m, &roots[0]), 0);
	assert_int_equal(m.nexcludes, 1);
	assert_int_equal(wire_start_exclude_next(b, &m, excludes), 1);
	say_bytes(t, "exclude", excludes[0].data, excludes[0].len);
	assert_int_equal(wire_start_exclude_next(b, &m, excludes), 0);
	m.roots = roots;
	m.excludes = excludes;
	return wire_start_encode(&m, out);
}

static int
digest(struct buf *b, struct buf *out, FILE *t)
{
	struct wire_digest m;

	assert_int_equal(wire_digest_decode(b, &m), 0);
	say_number(t, "root", m.root);
	return wire_digest_encode(&m, out);
}

static int
list(struct buf *b, struct buf *out, FILE *t)
{
	struct wire_list m;

	assert_int_equal(wire_list_decode(b, &m), 0);
	say_number(t, "dir", m.dir);
	say_number(t, "root", m.root);
	say_number(t, "flags", m.flags);
	say_bytes(t, "path", m.path, m.path_len);
	return wire_list_encode(&m, out);
}

static int
want(struct buf *b, struct buf *out, FILE *t)
{
	uint32_t numbers[4], n, none;
	struct wire_want m;

	assert_int_equal(wire_want_decode(b, &m), 0);
	say_number(t, "dir", m.dir);
	say_number(t, "page", m.page);
	assert_int_equal(m.n, 4);
	for (n = 0; n < 4; n++) {
		assert_int_equal(wire_want_next(b, &m, &numbers[n]), 1);
		say_number(t, "entry", numbers[n]);
	}
	assert_int_equal(wire_want_next(b, &m, &none), 0);
	m.numbers = numbers;
	return wire_want_encode(&m, out);
}

static int
next(struct buf *b, struct buf *out, FILE *t)
{
	struct wire_next m;

	assert_int_equal(wire_next_decode(b, &m), 0);
	say_number(t, "dir", m.dir);
	return wire_next_encode(&m, out);
}

static int
need(struct buf *b, struct buf *out, FILE *t)
{
	struct wire_need m;

	assert_int_equal(wire_need_decode(b, &m), 0);
	say_number(t, "batch", m.batch);
	say_bytes(t, "bitmap", m.bitmap, m.bitmap_len);
	return wire_need_encode(&m, out);
}

static int
agent_hello(struct buf *b, struct buf *out, FILE *t)
{
	struct wire_agent_hello m;

	assert_int_equal(wire_agent_hello_decode(b, &m), 0);
	say_number(t, "features", m.features);
	say_bytes(t, "version", m.version.data, m.version.len);
	say_bytes(t, "system", m.system.data, m.system.len);
	say_bytes(t, "host", m.host.data, m.host.len);
	say_signed(t, "time", m.time);
	say_number(t, "uid", m.uid);
	return wire_agent_hello_encode(&m, out);
}

static int
root(struct buf *b, struct buf *out, FILE *t)
{
	struct wire_root m;

	assert_int_equal(wire_root_decode(b, &m), 0);
	say_number(t, "root", m.root);
	say_signed(t, "status", m.status);
	say_attr(t, &m.attr);
	say_bytes(t, "xattrs", m.xattrs, m.xattrs_len);
	say_bytes(t, "target", m.target, m.target_len);
	say_digest(t, m.has_digest, m.digest);
	return wire_root_encode(&m, out);
}

static void
say_entry(FILE *t, const struct wire_entry *e)
{
	say_bytes(t, "entry", e->name, e->name_len);
	say_number(t, "flags", e->flags);
	say_attr(t, &e->attr);
	say_bytes(t, "target", e->target, e->target_len);
	say_bytes(t, "xattrs", e->xattrs, e->xattrs_len);
	if (e->attr.type == ATTR_DIR)
		say_number(t, "dir", e->dir);
	say_digest(t, e->has_digest, e->digest);
}

static int
page(struct buf *b, struct buf *out, FILE *t)
{
	struct wire_entry e;
	struct buf *items;
	struct wire_page m;
	int r;

	assert_int_equal(wire_page_decode(b, &m), 0);
	say_number(t, "dir", m.dir);
	say_number(t, "page", m.page);
	say_number(t, "flags", m.flags);
	assert_int_equal(buf_new(CAP, &items), 0);
	while ((r = wire_page_next(b, &m, &e)) == 1) {
		say_entry(t, &e);
		assert_int_equal(wire_entry_encode(&e, items), 0);
	}
	assert_int_equal(r, 0);
	m.items = buf_ptr(items);
	m.items_len = buf_len(items);
	r = wire_page_encode(&m, out);
	buf_free(items);
	return r;
}

static int
dirend(struct buf *b, struct buf *out, FILE *t)
{
	struct wire_dirend m;

	assert_int_equal(wire_dirend_decode(b, &m), 0);
	say_number(t, "dir", m.dir);
	say_signed(t, "status", m.status);
	say_digest(t, m.has_digest, m.digest);
	return wire_dirend_encode(&m, out);
}

static void
say_piece(FILE *t, const struct wire_piece *p)
{
	say_number(t, "piece", p->kind);
	switch (p->kind) {
	case WIRE_PIECE_FILE:
		say_number(t, "dir", p->dir);
		say_number(t, "page", p->page);
		say_number(t, "entry", p->entry);
		break;
	case WIRE_PIECE_DATA:
		say_number(t, "len", p->len);
		say_bytes(t, "sha256", p->sha256, sizeof(p->sha256));
		break;
	case WIRE_PIECE_HOLE:
		say_number(t, "len", p->len);
		break;
	case WIRE_PIECE_END:
		say_signed(t, "status", p->status);
		say_number(t, "flags", p->flags);
		say_attr(t, &p->attr);
		break;
	}
}

static int
chunks(struct buf *b, struct buf *out, FILE *t)
{
	struct wire_chunks m;
	struct wire_piece p;
	struct buf *items;
	int r;

	assert_int_equal(wire_chunks_decode(b, &m), 0);
	say_number(t, "batch", m.batch);
	assert_int_equal(buf_new(CAP, &items), 0);
	while ((r = wire_chunks_next(b, &m, &p)) == 1) {
		say_piece(t, &p);
		assert_int_equal(wire_piece_encode(&p, items), 0);
	}
	assert_int_equal(r, 0);
	m.items = buf_ptr(items);
	m.items_len = buf_len(items);
	r = wire_chunks_encode(&m, out);
	buf_free(items);
	return r;
}

static int
frame(struct buf *b, struct buf *out, FILE *t)
{
	struct wire_frame m;

	assert_int_equal(wire_frame_decode(b, &m), 0);
	say_number(t, "batch", m.batch);
	say_number(t, "kind", m.kind);
	say_number(t, "raw", m.raw);
	say_bytes(t, "bitmap", m.bitmap, m.bitmap_len);
	say_bytes(t, "data", m.data, m.data_len);
	return wire_frame_encode(&m, out);
}

static int
issue(struct buf *b, struct buf *out, FILE *t)
{
	struct wire_issue m;

	assert_int_equal(wire_issue_decode(b, &m), 0);
	say_signed(t, "code", m.code);
	say_number(t, "errno", m.errnum);
	say_number(t, "root", m.root);
	say_bytes(t, "path", m.path, m.path_len);
	say_bytes(t, "text", m.text, m.text_len);
	return wire_issue_encode(&m, out);
}

static int
done(struct buf *b, struct buf *out, FILE *t)
{
	struct wire_done m;

	assert_int_equal(wire_done_decode(b, &m), 0);
	say_number(t, "files", m.files);
	say_number(t, "bytes", m.bytes);
	say_number(t, "cpu_ms", m.cpu_ms);
	say_number(t, "peak_kib", m.peak_kib);
	return wire_done_encode(&m, out);
}

static int
error(struct buf *b, struct buf *out, FILE *t)
{
	struct wire_error m;

	assert_int_equal(wire_error_decode(b, &m), 0);
	say_signed(t, "code", m.code);
	say_bytes(t, "text", m.text, m.text_len);
	return wire_error_encode(&m, out);
}

static const struct vector vectors[] = {
	{ "hello", WIRE_HELLO, hello },
	{ "start", WIRE_START, start },
	{ "digest", WIRE_DIGEST, digest },
	{ "list", WIRE_LIST, list },
	{ "want", WIRE_WANT, want },
	{ "next", WIRE_NEXT, next },
	{ "need", WIRE_NEED, need },
	{ "ping", WIRE_PING, empty },
	{ "bye", WIRE_BYE, empty },
	{ "agent-hello", WIRE_AGENT_HELLO, agent_hello },
	{ "root", WIRE_ROOT, root },
	{ "root-denied", WIRE_ROOT, root },
	{ "page", WIRE_PAGE, page },
	{ "dirend", WIRE_DIREND, dirend },
	{ "chunks", WIRE_CHUNKS, chunks },
	{ "frame", WIRE_FRAME, frame },
	{ "issue", WIRE_ISSUE, issue },
	{ "done", WIRE_DONE, done },
	{ "error", WIRE_ERROR, error }
};

static void
recorded_messages_say_what_they_said(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		vector_check("protocol-v1", &vectors[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded_messages_say_what_they_said)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
