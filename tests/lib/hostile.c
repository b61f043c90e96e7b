/* hostile.c: an agent that lies, for tests of the puller and the keeper. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "hash/sha256.h"
#include "wire/content.h"
#include "wire/page.h"
#include "wire/reply.h"
#include "wire/request.h"
#include "wire/start.h"
#include "wire/wire.h"
#include "tests/lib/liar.h"

/*
 * Started by sshd as the forced command instead of backup-agent.  It reads
 * what the keeper asks, answers correctly up to the lie that its argument
 * names, and tells it.  "honest" tells none, which shows that the rest of
 * this program is not what the job fails of.
 */
#define WIDE 200			/* directories in one */

static uint64_t list_dir;

static void
hello(void)
{
	struct wire_agent_hello m = { .time = 1 };
	size_t mark = begin(WIRE_AGENT_HELLO);

	m.version.data = m.system.data = m.host.data =
	    (const uint8_t *)"hostile";
	m.version.len = m.system.len = m.host.len = 7;
	ok(wire_agent_hello_encode(&m, out), "hello");
	ok(wire_end(out, mark), "end");
}

static void
root(void)
{
	struct wire_root m = { .root = lies("root-number") ? 77 : 0 };
	size_t mark = begin(WIRE_ROOT);

	attr_make(&m.attr, ATTR_DIR);
	if (lies("root-missing")) {
		m.status = ERR_NOENT;
		m.attr.have = 0;
	}
	ok(wire_root_encode(&m, out), "root");
	ok(wire_end(out, mark), "end");
}

/* An entry by hand, with names that the encoder would refuse. */
static void
entry(struct buf *items, const void *name, size_t len, uint8_t type,
    uint64_t dir)
{
	struct attr a;

	attr_make(&a, type);
	ok(buf_put_bytes(items, name, len), "name");
	ok(buf_put_varint(items, 0), "flags");
	ok(attr_encode(&a, items), "attributes");
	if (type == ATTR_SYMLINK)
		ok(buf_put_bytes(items, "x", 1), "target");
	ok(buf_put_bytes(items, "", 0), "xattrs");
	if (type == ATTR_DIR) {
		ok(buf_put_u64(items, dir), "dir");
		ok(buf_put_u8(items, 0), "digest");
	}
}

static void
page(uint64_t dir, uint32_t no, const struct buf *items, uint32_t n)
{
	size_t mark = begin(WIRE_PAGE);

	ok(buf_put_u64(out, dir), "page");
	ok(buf_put_varint(out, no), "page");
	ok(buf_put_varint(out, lies("flood") ? 0 : WIRE_LAST), "page");
	ok(buf_put_varint(out, n), "page");
	raw(buf_ptr(items), buf_len(items));
	ok(wire_end(out, mark), "end");
}

static void
dirend(uint64_t dir)
{
	struct wire_dirend m = { .dir = dir };
	size_t mark = begin(WIRE_DIREND);

	ok(wire_dirend_encode(&m, out), "dirend");
	ok(wire_end(out, mark), "end");
}

/* Alive, and no more: for SECONDS.  Ends with whom it talks to. */
static void
ping(unsigned int seconds)
{
	raw_message(WIRE_PING, "", 0);
	flush();
	sleep(seconds);
}

/* Content that never comes: PING for ever, a byte now and then, nothing. */
static void
stall(void)
{
	size_t i;

	if (lies("ping-forever"))
		for (;;)
			ping(1);
	if (lies("trickle")) {
		ok(buf_put_u32(out, 65536), "length");
		ok(buf_put_u8(out, WIRE_PAGE), "type");
		for (i = 0; i < 65000; i++) {
			raw("z", 1);
			flush();
			sleep(1);
		}
	}
	if (lies("stall"))
		(void)pause();
}

/* First names that are none: they take the place of the file "f". */
static const struct {
	const char *lie, *name;
	size_t	 len;
} bad_names[] = {
	{ "name-dotdot", "..", 2 },
	{ "name-dot", ".", 1 },
	{ "name-empty", "", 0 },
	{ "name-slash", "../x", 4 },
	{ "name-nul", "a\0b", 3 },
	{ "name-order", "z", 1 }
};

/* The root's listing: two files, f and g, as far as it is not a lie. */
static void
listing(void)
{
	const char *name = "f";
	struct buf *items;
	uint32_t n = 2;
	size_t i, len = 1;

	ok(buf_new(OUT_MAX, &items), "items");
	for (i = 0; i < sizeof(bad_names) / sizeof(bad_names[0]); i++)
		if (lies(bad_names[i].lie)) {
			name = bad_names[i].name;
			len = bad_names[i].len;
		}
	if (lies("dir-number-low"))
		entry(items, name, len, ATTR_DIR, 5);
	else if (lies("dir-number-twice"))
		entry(items, name, len, ATTR_DIR, WIRE_DIR_AGENT + 1);
	else
		entry(items, name, len, ATTR_FILE, 0);
	if (lies("dir-number-twice"))
		entry(items, "g", 1, ATTR_DIR, WIRE_DIR_AGENT + 1);
	else
		entry(items, lies("name-twice") ? "f" : "g", 1, ATTR_FILE, 0);
	if (lies("entries-short"))
		n = 3;
	if (lies("page-count"))
		n = 4000000;
	page(lies("page-dir") ? 4711 : list_dir, lies("page-number") ? 3 : 0,
	    items, n);
	if (lies("page-after-last"))
		page(list_dir, 1, items, n);
	if (lies("page-junk"))
		raw_message(WIRE_PAGE, "junk", 4);
	buf_free(items);
}

/* Content of file number no: one chunk of 100 bytes.  Gives the pieces. */
static uint32_t
file_pieces(struct buf *b, uint32_t no, const uint8_t hash[32])
{
	struct wire_piece p;
	uint32_t n = 3;

	memset(&p, 0, sizeof(p));
	p.kind = WIRE_PIECE_FILE;
	p.dir = lies("content-dir") ? 99 : list_dir;
	p.entry = lies("content-entry") ? 17 : no;
	if (lies("content-no-file"))
		n--;
	else
		ok(wire_piece_encode(&p, b), "piece");
	memset(&p, 0, sizeof(p));
	p.kind = WIRE_PIECE_DATA;
	p.len = 100;
	memcpy(p.sha256, hash, 32);
	ok(wire_piece_encode(&p, b), "piece");
	memset(&p, 0, sizeof(p));
	p.kind = WIRE_PIECE_END;
	attr_make(&p.attr, lies("content-type") ? ATTR_FIFO : ATTR_FILE);
	p.attr.size = 100;
	if (lies("content-changed"))
		p.status = ERR_CHANGED;
	if (lies("content-open"))
		return n - 1;
	ok(wire_piece_encode(&p, b), "piece");
	if (lies("content-end-twice")) {
		ok(wire_piece_encode(&p, b), "piece");
		n++;
	}
	return n;
}

static void
chunks(uint64_t batch, const struct buf *items, uint32_t n)
{
	struct wire_chunks m = { .batch = batch, .n = n,
	    .items = buf_ptr(items), .items_len = buf_len(items) };
	size_t mark = begin(WIRE_CHUNKS);

	ok(wire_chunks_encode(&m, out), "chunks");
	ok(wire_end(out, mark), "end");
}

/* The frame of batch 1: 200 bytes in two chunks. */
static void
frame(const uint8_t *data)
{
	/* A zstd frame that says 2 MiB and repeats one byte. */
	static const uint8_t bomb[] = { 0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0x00,
	    0x00, 0x20, 0x00, 0x02, 0x00, 0x10, 0x00, 0x03 };
	uint8_t bits = lies("frame-bits") ? 1 : 3;
	struct wire_frame m = { .batch = 1, .raw = 200, .bitmap = &bits,
	    .bitmap_len = 1, .data = data, .data_len = 200 };
	size_t mark;

	if (lies("frame-batch"))
		m.batch = 2;
	if (lies("frame-kind") || lies("frame-raw") || lies("frame-bomb"))
		m.kind = 1;
	if (lies("frame-raw"))
		m.raw = 201;
	if (lies("frame-bomb")) {
		m.data = bomb;
		m.data_len = sizeof(bomb);
	}
	mark = begin(WIRE_FRAME);
	ok(wire_frame_encode(&m, out), "frame");
	ok(wire_end(out, mark), "end");
	if (lies("frame-twice")) {
		mark = begin(WIRE_FRAME);
		ok(wire_frame_encode(&m, out), "frame");
		ok(wire_end(out, mark), "end");
	}
}

static void
content(void)
{
	uint8_t data[200], a[32], b[32];
	struct wire_need need;
	struct wire_msg m;
	struct buf *items;
	uint32_t n;

	memset(data, 'a', 100);
	memset(data + 100, 'b', 100);
	ok(sha256_of(data, 100, a), "hash");
	ok(sha256_of(data + 100, 100, b), "hash");
	if (lies("chunk-hash"))
		b[0] ^= 1;
	ok(buf_new(OUT_MAX, &items), "pieces");
	n = file_pieces(items, 0, a);
	n += file_pieces(items, 1, b);
	chunks(lies("batch-number") ? 9 : 1, items, n);
	if (lies("batch-twice"))
		chunks(1, items, n);
	buf_free(items);
	flush();
	expect(WIRE_NEED, &m);
	ok(wire_need_decode(m.body, &need), "NEED");
	if (need.bitmap[0] != 0)
		frame(data);
	flush();
}

/* One piece of a kind that needs no more than its length. */
static void
piece(struct buf *b, enum wire_piece_kind kind, uint32_t entry_no,
    const uint8_t *data, uint32_t len)
{
	struct wire_piece p;

	memset(&p, 0, sizeof(p));
	p.kind = kind;
	p.dir = list_dir;
	p.entry = entry_no;
	p.len = len;
	if (data != NULL)
		ok(sha256_of(data, len, p.sha256), "hash");
	attr_make(&p.attr, ATTR_FILE);
	p.attr.size = len;
	ok(wire_piece_encode(&p, b), "piece");
}

static void
patient_frame(uint64_t batch, const uint8_t *data)
{
	static const uint8_t bits = 1;
	struct wire_frame m = { .batch = batch, .raw = 100, .bitmap = &bits,
	    .bitmap_len = 1, .data = data, .data_len = 100 };
	size_t mark = begin(WIRE_FRAME);

	ok(wire_frame_encode(&m, out), "frame");
	ok(wire_end(out, mark), "end");
}

/* No lie: the first of many frames comes last, from a slower thread. */
static void
patient(void)
{
	enum { LAST = 3 * WIRE_BATCHES_MAX };
	uint8_t data[100], first[100];
	struct buf *items;
	struct wire_msg m;
	uint32_t k, n;

	ok(buf_new(OUT_MAX, &items), "pieces");
	memset(first, 1, sizeof(first));
	for (k = 1; k <= LAST; k++) {
		memset(data, (int)k, sizeof(data));
		buf_reset(items);
		piece(items, WIRE_PIECE_FILE, 0, NULL, 0);
		piece(items, WIRE_PIECE_DATA, 0, data, sizeof(data));
		n = 2;
		if (k == LAST) {
			piece(items, WIRE_PIECE_END, 0, NULL, LAST * 100);
			piece(items, WIRE_PIECE_FILE, 1, NULL, 0);
			piece(items, WIRE_PIECE_END, 1, NULL, 0);
			n = 5;
		}
		chunks(k, items, n);
		flush();
		expect(WIRE_NEED, &m);
		if (k > 1)
			patient_frame(k, data);
	}
	patient_frame(1, first);
	flush();
	buf_free(items);
}

/* More directories below one another than any tree has. */
static void
nest(void)
{
	uint64_t dir = list_dir, i;
	struct buf *items;

	ok(buf_new(OUT_MAX, &items), "items");
	for (i = 1; i < 1000000; i++) {
		buf_reset(items);
		entry(items, "d", 1, ATTR_DIR, WIRE_DIR_AGENT + i);
		page(dir, 0, items, 1);
		dir = WIRE_DIR_AGENT + i;
		flush();
	}
	buf_free(items);
}

/* Files without end, whose content never comes. */
static void
flood(void)
{
	struct buf *items;
	char name[16];
	uint32_t no, i;

	ok(buf_new(OUT_MAX, &items), "items");
	for (no = 0; no < 100000; no++) {
		buf_reset(items);
		for (i = 0; i < WIRE_ENTRIES_MAX; i++) {
			snprintf(name, sizeof(name), "%010u",
			    no * WIRE_ENTRIES_MAX + i);
			entry(items, name, 10, ATTR_FILE, 0);
		}
		page(list_dir, no, items, WIRE_ENTRIES_MAX);
		flush();
	}
	buf_free(items);
}

/* So many directories that the keeper cannot ask for all of them at once. */
static void
wide(bool recurse)
{
	uint64_t dir, first = recurse ? WIRE_DIR_AGENT : list_dir + 1;
	struct buf *items, *none;
	char name[16];
	uint32_t i;

	ok(buf_new(OUT_MAX, &items), "items");
	ok(buf_new(OUT_MAX, &none), "items");
	for (i = 0; i < WIDE; i++) {
		snprintf(name, sizeof(name), "%04u", i);
		entry(items, name, 4, ATTR_DIR, recurse ? first + i : 0);
	}
	page(list_dir, 0, items, WIDE);
	dirend(list_dir);
	for (dir = first; dir < first + WIDE; dir++) {
		page(dir, 0, none, 0);
		dirend(dir);
		flush();
	}
	buf_free(items);
	buf_free(none);
}

/* Lies that need no request; tells whether it was one. */
static int
early(void)
{
	static const char esc[] = "\033[2J\033]0;owned\007 please pay";
	struct wire_error m = { .code = ERR_IO,
	    .text = (const uint8_t *)esc, .text_len = sizeof(esc) - 1 };
	size_t mark;

	if (lies("length-huge"))
		raw("\xff\xff\xff\xff\x81", 5);
	else if (lies("length-zero"))
		raw("\0\0\0\0", 4);
	else if (lies("type-unknown"))
		raw_message(0x42, "", 0);
	else if (lies("type-keeper"))
		raw_message(WIRE_LIST, "", 0);
	else if (lies("done-first"))
		raw_message(WIRE_DONE, "\0\0\0\0", 4);
	else if (lies("hello-short"))
		raw_message(WIRE_AGENT_HELLO, "\0", 1);
	else if (lies("hello-long"))
		raw_message(WIRE_AGENT_HELLO, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
		    15);
	else if (lies("eof-middle"))
		raw("\0\0\1\0\x81zzz", 8);
	else if (lies("silent-end"))
		return 1;
	else if (lies("error-escapes")) {
		hello();
		mark = begin(WIRE_ERROR);
		ok(wire_error_encode(&m, out), "error");
		ok(wire_end(out, mark), "end");
	} else
		return 0;
	flush();
	return 1;
}

static void
goodbye(void)
{
	struct wire_done done = { .files = 2, .bytes = 200 };
	struct wire_msg m;
	size_t mark;

	expect(WIRE_BYE, &m);
	while (lies("ping-bye"))
		ping(1);
	mark = begin(WIRE_DONE);
	ok(wire_done_encode(&done, out), "done");
	ok(wire_end(out, mark), "end");
	if (lies("after-done"))
		raw_message(WIRE_PING, "", 0);
	flush();
}

/* A second backup, where the keeper asks for each directory alone. */
static void
again(void)
{
	struct wire_list list;
	struct wire_msg m;

	hello();
	flush();
	expect(WIRE_DIGEST, &m);
	root();
	flush();
	expect(WIRE_LIST, &m);
	ok(wire_list_decode(m.body, &list), "LIST");
	list_dir = list.dir;
	if (lies("again-unasked"))
		wide(false);
	else {
		listing();
		flush();
		/* The keeper must not take f and g for what they were. */
		expect(WIRE_WANT, &m);
		content();
		dirend(list_dir);
		flush();
	}
	goodbye();
}

/* List, send content, say goodbye. */
static void
work(void)
{
	struct wire_list list;
	struct wire_msg m;

	hello();
	if (lies("hello-twice"))
		hello();
	flush();
	expect(WIRE_LIST, &m);
	ok(wire_list_decode(m.body, &list), "LIST");
	list_dir = list.dir;
	stall();
	if (!lies("root-unsaid"))
		root();
	if (lies("root-twice"))
		root();
	if (lies("nest") || lies("flood")) {
		if (lies("nest"))
			nest();
		else
			flood();
		return;
	}
	if (lies("wide")) {
		wide(true);
		goodbye();
		return;
	}
	if (lies("dirend-first"))
		dirend(list_dir);
	listing();
	if (lies("patient"))
		patient();
	else
		content();
	if (lies("dirend-unknown"))
		dirend(4711);
	dirend(list_dir);
	if (lies("dirend-twice"))
		dirend(list_dir);
	if (lies("done-unasked"))
		raw_message(WIRE_DONE, "\0\0\0\0", 4);
	flush();
	if (lies("end-without-done"))
		return;
	goodbye();
}

int
main(int argc, char **argv)
{
	lie = argc > 1 ? argv[1] : "honest";
	ok(buf_new(OUT_MAX, &out), "out");
	ok(wire_reader_new(WIRE_KEEPER, &in), "in");
	if (lies("banner"))
		raw("Welcome! Last login: yesterday\r\n", 32);
	else if (lies("version"))
		raw("KHOP\0\11\0\0", 8);
	else
		ok(wire_preamble(out), "preamble");
	flush();
	if (strncmp(lie, "again", 5) == 0)
		again();
	else if (!early())
		work();
	buf_free(out);
	wire_reader_free(in);
	return lies("status") ? 1 : 0;
}
