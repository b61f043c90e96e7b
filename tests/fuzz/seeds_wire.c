/* seeds_wire.c: what agents and keepers say. */
#include <string.h>

#include "base/buf.h"
#include "tests/fuzz/seeds.h"
#include "wire/content.h"
#include "wire/page.h"
#include "wire/reply.h"
#include "wire/request.h"
#include "wire/start.h"

#define BYTES(s) (const uint8_t *)(s), sizeof(s) - 1

/* Append a message whose body an encoder makes. */
#define SAY(b, TYPE, encode, m) do {			\
	size_t mark_;					\
							\
	DO(wire_begin(b, TYPE, &mark_));		\
	DO(encode(m, b));				\
	DO(wire_end(b, mark_));				\
} while (0)

static void
page_make(struct wire_page *m, struct buf *items)
{
	struct wire_entry e = { BYTES("a file"), .flags = WIRE_RACY };

	seed_attr(&e.attr, ATTR_FILE);
	e.xattrs = (const uint8_t *)"\1\4user\1x";
	e.xattrs_len = 8;
	DO(wire_entry_encode(&e, items));
	memset(&e, 0, sizeof(e));
	e.name = (const uint8_t *)"dir";
	e.name_len = 3;
	seed_attr(&e.attr, ATTR_DIR);
	e.dir = WIRE_DIR_AGENT | 5;
	e.has_digest = true;
	DO(wire_entry_encode(&e, items));
	e.name = (const uint8_t *)"link";
	e.name_len = 4;
	seed_attr(&e.attr, ATTR_SYMLINK);
	e.dir = 0;
	e.has_digest = false;
	e.target = (const uint8_t *)"../x";
	e.target_len = 4;
	DO(wire_entry_encode(&e, items));
	memset(m, 0, sizeof(*m));
	m->dir = 3;
	m->flags = WIRE_LAST;
	m->n = 3;
	m->items = buf_ptr(items);
	m->items_len = buf_len(items);
}

static void
chunks_make(struct wire_chunks *m, struct buf *items)
{
	struct wire_piece p = { .kind = WIRE_PIECE_FILE, .dir = 3,
	    .entry = 1 };

	DO(wire_piece_encode(&p, items));
	p.kind = WIRE_PIECE_DATA;
	p.len = 5000;
	DO(wire_piece_encode(&p, items));
	p.kind = WIRE_PIECE_HOLE;
	p.len = UINT64_C(1) << 33;
	DO(wire_piece_encode(&p, items));
	p.kind = WIRE_PIECE_END;
	p.flags = WIRE_RACY;
	seed_attr(&p.attr, ATTR_FILE);
	DO(wire_piece_encode(&p, items));
	memset(m, 0, sizeof(*m));
	m->batch = 1;
	m->n = 4;
	m->items = buf_ptr(items);
	m->items_len = buf_len(items);
}

static const struct wire_frame frame = { .batch = 1, .kind = 0, .raw = 5,
    .bitmap = (const uint8_t *)"\1", .bitmap_len = 1,
    .data = (const uint8_t *)"hello", .data_len = 5 };

/* The bodies of the messages that have a harness of their own. */
static void
bodies(const struct wire_page *page, const struct wire_chunks *chunks)
{
	struct wire_frame zstd = frame;
	struct buf *b = seed_buf();

	DO(wire_page_encode(page, b));
	seed_put("wire_page", "three-entries", b);
	b = seed_buf();
	DO(wire_chunks_encode(chunks, b));
	seed_put("wire_chunks", "one-file", b);
	b = seed_buf();
	DO(wire_frame_encode(&frame, b));
	seed_put("wire_frame", "plain", b);
	b = seed_buf();
	zstd.kind = 1;
	zstd.raw = 70000;
	DO(wire_frame_encode(&zstd, b));
	seed_put("wire_frame", "zstd", b);
}

static void
agent(uint8_t piece, const char *name, const struct wire_page *page,
    const struct wire_chunks *chunks)
{
	const struct wire_agent_hello hello = { .version = { BYTES("0.1") },
	    .system = { BYTES("Linux") }, .host = { BYTES("h") },
	    .time = 1700000000, .uid = 0 };
	struct wire_root root = { .has_digest = true };
	const struct wire_dirend dirend = { .dir = 3, .status = ERR_DENIED };
	const struct wire_issue issue = { .code = ERR_DENIED, .errnum = 13,
	    .path = (const uint8_t *)"x/y", .path_len = 3,
	    .text = (const uint8_t *)"open", .text_len = 4 };
	const struct wire_done done = { 3, 5000, 20, 9000 };
	struct buf *b = seed_buf();

	seed_attr(&root.attr, ATTR_DIR);
	DO(buf_put_u8(b, piece));
	DO(wire_preamble(b));
	SAY(b, WIRE_AGENT_HELLO, wire_agent_hello_encode, &hello);
	SAY(b, WIRE_ROOT, wire_root_encode, &root);
	SAY(b, WIRE_PAGE, wire_page_encode, page);
	SAY(b, WIRE_DIREND, wire_dirend_encode, &dirend);
	DO(wire_put_empty(b, WIRE_PING));
	SAY(b, WIRE_CHUNKS, wire_chunks_encode, chunks);
	SAY(b, WIRE_FRAME, wire_frame_encode, &frame);
	SAY(b, WIRE_ISSUE, wire_issue_encode, &issue);
	SAY(b, WIRE_DONE, wire_done_encode, &done);
	seed_put("wire_agent", name, b);
}

static void
agent_error(void)
{
	const struct wire_error error = { ERR_CONFIG, BYTES("no such root") };
	struct buf *b = seed_buf();

	DO(buf_put_u8(b, 0));
	DO(wire_preamble(b));
	SAY(b, WIRE_ERROR, wire_error_encode, &error);
	seed_put("wire_agent", "error", b);
}

static void
keeper(uint8_t piece, const char *name)
{
	static const struct wire_bytes roots[] = { { BYTES("/srv") },
	    { BYTES("/home") } };
	static const struct wire_bytes excludes[] = { { BYTES("**/*.tmp") } };
	static const uint32_t numbers[] = { 0, 1, 17 };
	const struct wire_hello hello = { 0 };
	const struct wire_start start = { .flags = WIRE_ONE_FILE_SYSTEM,
	    .level = 3, .threads = 2, .chunk_min = 65536,
	    .chunk_avg = 262144, .chunk_max = 1048576,
	    .frame_max = 1048576, .roots = roots, .nroots = 2,
	    .excludes = excludes, .nexcludes = 1 };
	const struct wire_digest digest = { 1 };
	const struct wire_list list = { 1, 0, WIRE_RECURSE, BYTES("a/b") };
	const struct wire_want want = { .dir = 1, .n = 3,
	    .numbers = numbers };
	const struct wire_next next = { 1 };
	const struct wire_need need = { 1, (const uint8_t *)"\5", 1 };
	struct buf *b = seed_buf();

	DO(buf_put_u8(b, piece));
	DO(wire_preamble(b));
	SAY(b, WIRE_HELLO, wire_hello_encode, &hello);
	SAY(b, WIRE_START, wire_start_encode, &start);
	SAY(b, WIRE_DIGEST, wire_digest_encode, &digest);
	SAY(b, WIRE_LIST, wire_list_encode, &list);
	SAY(b, WIRE_WANT, wire_want_encode, &want);
	SAY(b, WIRE_NEXT, wire_next_encode, &next);
	SAY(b, WIRE_NEED, wire_need_encode, &need);
	DO(wire_put_empty(b, WIRE_PING));
	DO(wire_put_empty(b, WIRE_BYE));
	seed_put("wire_keeper", name, b);
}

void
seeds_wire(void)
{
	struct buf *entries = seed_buf(), *pieces = seed_buf();
	struct wire_chunks chunks;
	struct wire_page page;

	page_make(&page, entries);
	chunks_make(&chunks, pieces);
	bodies(&page, &chunks);
	agent(0, "session", &page, &chunks);
	agent(7, "session-in-pieces", &page, &chunks);
	agent_error();
	keeper(0, "session");
	keeper(3, "session-in-pieces");
	buf_free(entries);
	buf_free(pieces);
}
