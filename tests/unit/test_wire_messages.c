/* test_wire_messages.c: every message there and back, cut short, too large. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "tests/unit/wire_samples.h"
#include "wire/content.h"
#include "wire/page.h"
#include "wire/reply.h"
#include "wire/request.h"
#include "wire/start.h"
#include "wire/wire.h"

#define CAP (4u << 20)

static const struct attr file_attr = {
	.type = ATTR_FILE, .have = ATTR_ALL & ~(uint32_t)ATTR_RDEV,
	.mode = 0644, .uid = 1000, .gid = 100000, .size = UINT64_MAX,
	.mtime = -1, .mtime_ns = 999999999, .ctime = INT64_MAX, .ctime_ns = 1,
	.dev = 66306, .ino = UINT64_MAX, .links = 3
};
static const struct attr dir_attr = {
	.type = ATTR_DIR, .have = ATTR_MODE, .mode = 0755
};
static const struct attr link_attr = { .type = ATTR_SYMLINK };

static int
hello_make(struct buf *out)
{
	return wire_hello_encode(&(struct wire_hello){ 300 }, out);
}

static int
hello_again(struct buf *b, struct buf *out)
{
	struct wire_hello m;
	int r = wire_hello_decode(b, &m);

	return r != 0 ? r : wire_hello_encode(&m, out);
}

static int
agent_hello_make(struct buf *out)
{
	const struct wire_agent_hello m = {
		7, { B("0.1") }, { B("Linux") }, { B("h\xff") }, -5, 1000
	};

	return wire_agent_hello_encode(&m, out);
}

static int
agent_hello_again(struct buf *b, struct buf *out)
{
	struct wire_agent_hello m;
	int r = wire_agent_hello_decode(b, &m);

	return r != 0 ? r : wire_agent_hello_encode(&m, out);
}

static int
start_make(struct buf *out)
{
	static const struct wire_bytes roots[] = {
		{ B("/") }, { B("/a\xff") }
	};
	static const struct wire_bytes excludes[] = { { B("*.o") } };
	struct wire_start m = {
		.flags = 3, .level = 3, .threads = 2, .chunk_min = 65536,
		.chunk_avg = 262144, .chunk_max = 1048576,
		.frame_max = 1048576, .roots = roots, .nroots = 2,
		.excludes = excludes, .nexcludes = 1
	};

	memset(m.seed, 0x5a, sizeof(m.seed));
	return wire_start_encode(&m, out);
}

static int
start_again(struct buf *b, struct buf *out)
{
	struct wire_bytes roots[4], excludes[4];
	struct wire_start m;
	size_t n = 0;
	int r;

	if ((r = wire_start_decode(b, &m)) != 0)
		return r;
	while ((r = wire_start_root_next(b, &m, &roots[n])) == 1)
		n++;
	if (r != 0)
		return r;
	assert_int_equal(n, m.nroots);
	n = 0;
	while ((r = wire_start_exclude_next(b, &m, &excludes[n])) == 1)
		n++;
	if (r != 0)
		return r;
	m.roots = roots;
	m.excludes = excludes;
	return wire_start_encode(&m, out);
}

static int
digest_make(struct buf *out)
{
	return wire_digest_encode(&(struct wire_digest){ 1023 }, out);
}

static int
digest_again(struct buf *b, struct buf *out)
{
	struct wire_digest m;
	int r = wire_digest_decode(b, &m);

	return r != 0 ? r : wire_digest_encode(&m, out);
}

static int
list_make(struct buf *out)
{
	return wire_list_encode(&(struct wire_list){ WIRE_DIR_AGENT - 1, 5,
	    WIRE_RECURSE, B("a/b") }, out);
}

static int
list_again(struct buf *b, struct buf *out)
{
	struct wire_list m;
	int r = wire_list_decode(b, &m);

	return r != 0 ? r : wire_list_encode(&m, out);
}

static int
want_make(struct buf *out)
{
	static const uint32_t numbers[] = { 0, 1, 7, 4095 };

	return wire_want_encode(&(struct wire_want){ .dir = 9, .page = 300,
	    .n = 4, .numbers = numbers }, out);
}

static int
want_again(struct buf *b, struct buf *out)
{
	uint32_t numbers[8], n = 0;
	struct wire_want m;
	int r;

	if ((r = wire_want_decode(b, &m)) != 0)
		return r;
	while ((r = wire_want_next(b, &m, &numbers[n])) == 1)
		n++;
	m.numbers = numbers;
	return r != 0 ? r : wire_want_encode(&m, out);
}

static int
next_make(struct buf *out)
{
	return wire_next_encode(&(struct wire_next){ 77 }, out);
}

static int
next_again(struct buf *b, struct buf *out)
{
	struct wire_next m;
	int r = wire_next_decode(b, &m);

	return r != 0 ? r : wire_next_encode(&m, out);
}

static int
need_make(struct buf *out)
{
	return wire_need_encode(&(struct wire_need){ 1, B("\x05\x80") }, out);
}

static int
need_again(struct buf *b, struct buf *out)
{
	struct wire_need m;
	int r = wire_need_decode(b, &m);

	return r != 0 ? r : wire_need_encode(&m, out);
}

static int
root_make(struct buf *out)
{
	struct wire_root m = {
		.root = 2, .attr = dir_attr, .xattrs = (const uint8_t *)"x",
		.xattrs_len = 1, .has_digest = true, .digest = { 1, 2, 3 }
	};

	return wire_root_encode(&m, out);
}

static int
root_again(struct buf *b, struct buf *out)
{
	struct wire_root m;
	int r = wire_root_decode(b, &m);

	return r != 0 ? r : wire_root_encode(&m, out);
}

static int
dirend_make(struct buf *out)
{
	return wire_dirend_encode(&(struct wire_dirend){ .dir = 3,
	    .status = ERR_DENIED }, out);
}

static int
dirend_again(struct buf *b, struct buf *out)
{
	struct wire_dirend m;
	int r = wire_dirend_decode(b, &m);

	return r != 0 ? r : wire_dirend_encode(&m, out);
}

static int
issue_make(struct buf *out)
{
	return wire_issue_encode(&(struct wire_issue){ ERR_IO, 5, 1,
	    B("a/\x01"), B("no") }, out);
}

static int
issue_again(struct buf *b, struct buf *out)
{
	struct wire_issue m;
	int r = wire_issue_decode(b, &m);

	return r != 0 ? r : wire_issue_encode(&m, out);
}

static int
done_make(struct buf *out)
{
	return wire_done_encode(&(struct wire_done){ 1, 1u << 31, 3, 4 },
	    out);
}

static int
done_again(struct buf *b, struct buf *out)
{
	struct wire_done m;
	int r = wire_done_decode(b, &m);

	return r != 0 ? r : wire_done_encode(&m, out);
}

static int
error_make(struct buf *out)
{
	return wire_error_encode(&(struct wire_error){ ERR_FORMAT,
	    B("bad") }, out);
}

static int
error_again(struct buf *b, struct buf *out)
{
	struct wire_error m;
	int r = wire_error_decode(b, &m);

	return r != 0 ? r : wire_error_encode(&m, out);
}

static int
page_make(struct buf *out)
{
	const struct wire_entry dir = {
		.name = (const uint8_t *)"a", .name_len = 1,
		.attr = dir_attr, .dir = WIRE_DIR_AGENT, .has_digest = true,
		.digest = { 9 }, .flags = WIRE_KEPT_EMPTY
	};
	const struct wire_entry file = {
		.name = (const uint8_t *)"a\xff", .name_len = 2,
		.attr = file_attr, .flags = WIRE_RACY
	};
	const struct wire_entry link = {
		.name = (const uint8_t *)"b", .name_len = 1,
		.attr = link_attr, .target = (const uint8_t *)"../x",
		.target_len = 4, .xattrs = (const uint8_t *)"y",
		.xattrs_len = 1
	};
	struct wire_page m = { .dir = 1, .flags = WIRE_LAST, .n = 3 };
	struct buf *items;
	int r;

	assert_int_equal(buf_new(CAP, &items), 0);
	if ((r = wire_entry_encode(&dir, items)) == 0 &&
	    (r = wire_entry_encode(&file, items)) == 0 &&
	    (r = wire_entry_encode(&link, items)) == 0) {
		m.items = buf_ptr(items);
		m.items_len = buf_len(items);
		r = wire_page_encode(&m, out);
	}
	buf_free(items);
	return r;
}

static int
page_again(struct buf *b, struct buf *out)
{
	struct wire_page m;
	struct wire_entry e;
	struct buf *items;
	int r;

	if ((r = wire_page_decode(b, &m)) != 0)
		return r;
	assert_int_equal(buf_new(CAP, &items), 0);
	while ((r = wire_page_next(b, &m, &e)) == 1)
		assert_int_equal(wire_entry_encode(&e, items), 0);
	m.items = buf_ptr(items);
	m.items_len = buf_len(items);
	if (r == 0)
		r = wire_page_encode(&m, out);
	buf_free(items);
	return r;
}

static int
chunks_make(struct buf *out)
{
	static const struct wire_piece pieces[] = {
		{ .kind = WIRE_PIECE_FILE, .dir = 4, .page = 1, .entry = 2 },
		{ .kind = WIRE_PIECE_HOLE, .len = UINT64_C(1) << 44 },
		{ .kind = WIRE_PIECE_DATA, .len = 2u << 20,
		    .sha256 = { 1, 2 } },
		{ .kind = WIRE_PIECE_END, .status = ERR_CHANGED,
		    .flags = WIRE_RACY, .attr = { .type = ATTR_FILE } }
	};
	struct wire_chunks m = { .batch = 1, .n = 4 };
	struct buf *items;
	size_t i;
	int r = 0;

	assert_int_equal(buf_new(CAP, &items), 0);
	for (i = 0; i < 4 && r == 0; i++)
		r = wire_piece_encode(&pieces[i], items);
	m.items = buf_ptr(items);
	m.items_len = buf_len(items);
	if (r == 0)
		r = wire_chunks_encode(&m, out);
	buf_free(items);
	return r;
}

static int
chunks_again(struct buf *b, struct buf *out)
{
	struct wire_chunks m;
	struct wire_piece p;
	struct buf *items;
	int r;

	if ((r = wire_chunks_decode(b, &m)) != 0)
		return r;
	assert_int_equal(buf_new(CAP, &items), 0);
	while ((r = wire_chunks_next(b, &m, &p)) == 1)
		assert_int_equal(wire_piece_encode(&p, items), 0);
	m.items = buf_ptr(items);
	m.items_len = buf_len(items);
	if (r == 0)
		r = wire_chunks_encode(&m, out);
	buf_free(items);
	return r;
}

static int
frame_make(struct buf *out)
{
	return wire_frame_encode(&(struct wire_frame){ 1, 0, 4, B("\x01"),
	    B("data") }, out);
}

static int
frame_again(struct buf *b, struct buf *out)
{
	struct wire_frame m;
	int r = wire_frame_decode(b, &m);

	return r != 0 ? r : wire_frame_encode(&m, out);
}

static const struct sample samples[] = {
	{ "HELLO", hello_make, hello_again },
	{ "agent HELLO", agent_hello_make, agent_hello_again },
	{ "START", start_make, start_again },
	{ "DIGEST", digest_make, digest_again },
	{ "LIST", list_make, list_again },
	{ "WANT", want_make, want_again },
	{ "NEXT", next_make, next_again },
	{ "NEED", need_make, need_again },
	{ "ROOT", root_make, root_again },
	{ "DIREND", dirend_make, dirend_again },
	{ "ISSUE", issue_make, issue_again },
	{ "DONE", done_make, done_again },
	{ "ERROR", error_make, error_again },
	{ "PAGE", page_make, page_again },
	{ "CHUNKS", chunks_make, chunks_again },
	{ "FRAME", frame_make, frame_again }
};

int
main(void)
{
	const struct samples all = {
		samples, sizeof(samples) / sizeof(samples[0])
	};

	return samples_run(&all);
}
