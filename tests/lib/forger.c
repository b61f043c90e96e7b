/* forger.c: an agent that lies about deltas and packed messages. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "codec/compress.h"
#include "codec/delta.h"
#include "hash/sha256.h"
#include "wire/content.h"
#include "wire/delta.h"
#include "wire/page.h"
#include "wire/reply.h"
#include "wire/request.h"
#include "wire/start.h"
#include "wire/wire.h"
#include "tests/lib/liar.h"

/*
 * Its source is a directory with one file of two chunks.  At the first backup
 * it is honest, but for the lies that need no delta; at the second the file
 * has changed, and with --delta=always the keeper sends signatures.
 */
#define CHUNKS 2
#define LEN 100000
#define BOMB_LEN (2u << 20)

static bool second;			/* backup */
static uint64_t list_dir;
static uint8_t data[CHUNKS][LEN];

/* What the keeper said of the batch. */
static struct buf *signatures[CHUNKS];
static unsigned int needed;

static struct buf *
fresh(void)
{
	struct buf *b;

	ok(buf_new(OUT_MAX, &b), "memory");
	return b;
}

/* Noise; the second version differs in one place. */
static void
data_make(void)
{
	uint32_t x = 1;
	size_t i;

	for (i = 0; i < sizeof(data); i++) {
		x = x * 1664525 + 1013904223;
		data[i / LEN][i % LEN] = (uint8_t)(x >> 24);
	}
	for (i = 0; second && i < CHUNKS; i++)
		memset(data[i] + LEN / 2, 'x', 10);
}

/* The file's attributes, which show that it has changed. */
static void
file_attr(struct attr *a)
{
	attr_make(a, ATTR_FILE);
	a->size = CHUNKS * LEN;
	if (second)
		a->mtime = ++a->ctime;
}

static void
hello(void)
{
	struct wire_agent_hello m = { .time = 1,
	    .features = WIRE_FEATURE_DELTAS | WIRE_FEATURE_PACKED };
	size_t mark = begin(WIRE_AGENT_HELLO);

	if (strncmp(lie, "without-", 8) == 0)
		m.features = 0;
	if (lies("feature-more"))
		m.features |= UINT64_C(1) << 40;
	m.version.data = m.system.data = m.host.data =
	    (const uint8_t *)"forger";
	m.version.len = m.system.len = m.host.len = 6;
	ok(wire_agent_hello_encode(&m, out), "hello");
	ok(wire_end(out, mark), "end");
	flush();
	wire_reader_features(in, m.features);
}

static void
root(void)
{
	struct wire_root m = { .root = 0 };
	size_t mark = begin(WIRE_ROOT);

	attr_make(&m.attr, ATTR_DIR);
	if (second)
		m.attr.mtime = ++m.attr.ctime;
	ok(wire_root_encode(&m, out), "root");
	ok(wire_end(out, mark), "end");
}

/* Send PACKED of that type with these bytes, packed, which say raw. */
static void
packed(uint8_t type, const struct buf *body, uint32_t raw_len)
{
	struct wire_packed m = { .raw = raw_len };
	struct compressor *c = NULL;
	struct buf *b = fresh();
	enum frame_kind kind;
	size_t mark, at;

	ok(compressor_new(3, &c), "compressor");
	ok(compress_frame(c, buf_ptr(body), buf_len(body), b, &kind),
	    "compress");
	if (kind == FRAME_PLAIN)
		ok(buf_put(b, buf_ptr(body), buf_len(body)), "plain");
	m.type = type;
	m.data = buf_ptr(b);
	m.data_len = buf_len(b);
	if (lies("packed-short"))
		m.data_len -= 3;
	mark = begin(WIRE_PACKED);
	at = buf_len(out);
	ok(wire_packed_encode(&m, out), "packed");
	if (lies("packed-cut"))
		buf_trim(out, (buf_len(out) - at) / 2);
	ok(wire_end(out, mark), "end");
	compressor_free(c);
	buf_free(b);
}

/* The listing, as one PACKED. */
static void
page(void)
{
	struct wire_page m = { .dir = list_dir, .flags = WIRE_LAST, .n = 1 };
	struct buf *items = fresh(), *body = fresh();
	struct wire_entry e;
	uint8_t name[200];	/* something to press together */

	memset(&e, 0, sizeof(e));
	memset(name, 'f', sizeof(name));
	e.name = name;
	e.name_len = sizeof(name);
	file_attr(&e.attr);
	ok(wire_entry_encode(&e, items), "entry");
	m.items = buf_ptr(items);
	m.items_len = buf_len(items);
	ok(wire_page_encode(&m, body), "page");
	if (lies("packed-junk"))
		ok(buf_put_u8(body, 0), "junk");
	if (lies("packed-bomb")) {
		uint8_t *p;

		ok(buf_reserve(body, BOMB_LEN - buf_len(body), &p), "bomb");
		memset(p, 0, 1000);
	}
	if (strncmp(lie, "without-", 8) == 0 && !lies("without-packed"))
		raw_message(WIRE_PAGE, buf_ptr(body), buf_len(body));
	else
		packed(lies("packed-other") ? WIRE_CHUNKS :
		    lies("packed-type") ? WIRE_FRAME :
		    lies("packed-packed") ? WIRE_PACKED : WIRE_PAGE, body,
		    lies("packed-bomb") ? 1000 :
		    (uint32_t)buf_len(body) + (lies("packed-raw") ? 1 : 0));
	buf_free(items);
	buf_free(body);
}

/* Pages without end, each of which takes a fraction of its size. */
static void
flood(void)
{
	struct wire_page m = { .dir = list_dir, .n = WIRE_ENTRIES_MAX };
	struct buf *items = fresh(), *body = fresh();
	struct wire_entry e;
	char name[16];
	uint32_t i;

	for (m.page = 0; m.page < 100000; m.page++) {
		buf_reset(items);
		buf_reset(body);
		for (i = 0; i < WIRE_ENTRIES_MAX; i++) {
			snprintf(name, sizeof(name), "%010u",
			    m.page * WIRE_ENTRIES_MAX + i);
			memset(&e, 0, sizeof(e));
			e.name = (const uint8_t *)name;
			e.name_len = 10;
			file_attr(&e.attr);
			ok(wire_entry_encode(&e, items), "entry");
		}
		m.items = buf_ptr(items);
		m.items_len = buf_len(items);
		ok(wire_page_encode(&m, body), "page");
		packed(WIRE_PAGE, body, (uint32_t)buf_len(body));
		if (m.page % 64 == 63)
			flush();
	}
	buf_free(items);
	buf_free(body);
}

/* All of the file's content as batch 1. */
static void
chunks(void)
{
	struct wire_chunks m = { .batch = 1, .n = CHUNKS + 2 };
	struct buf *items = fresh();
	struct wire_piece p;
	size_t mark;
	int i;

	memset(&p, 0, sizeof(p));
	p.kind = WIRE_PIECE_FILE;
	p.dir = list_dir;
	ok(wire_piece_encode(&p, items), "piece");
	for (i = 0; i < CHUNKS; i++) {
		p.kind = WIRE_PIECE_DATA;
		p.len = LEN;
		ok(sha256_of(data[i], LEN, p.sha256), "hash");
		ok(wire_piece_encode(&p, items), "piece");
	}
	memset(&p, 0, sizeof(p));
	p.kind = WIRE_PIECE_END;
	file_attr(&p.attr);
	ok(wire_piece_encode(&p, items), "piece");
	m.items = buf_ptr(items);
	m.items_len = buf_len(items);
	mark = begin(WIRE_CHUNKS);
	ok(wire_chunks_encode(&m, out), "chunks");
	ok(wire_end(out, mark), "end");
	buf_free(items);
	flush();
}

/* Take what the keeper answers to CHUNKS, up to NEED. */
static void
answer(void)
{
	struct wire_signature sig;
	struct wire_need need;
	struct wire_msg m;

	for (;;) {
		next(&m);
		if (m.type == WIRE_SIGNATURE) {
			ok(wire_signature_decode(m.body, &sig), "SIGNATURE");
			if (sig.chunk >= CHUNKS || sig.batch != 1)
				ok(ERR_FORMAT, "SIGNATURE");
			signatures[sig.chunk] = fresh();
			ok(buf_put(signatures[sig.chunk], sig.data, sig.len),
			    "signature");
		} else if (m.type == WIRE_NEED)
			break;
	}
	ok(wire_need_decode(m.body, &need), "NEED");
	needed = need.bitmap[0];
}

/* The chunks of these bits, as they are. */
static void
frame(unsigned int bits)
{
	uint8_t bitmap = (uint8_t)bits;
	struct wire_frame m = { .batch = 1, .bitmap = &bitmap,
	    .bitmap_len = 1 };
	struct buf *b = fresh();
	size_t mark;
	int i;

	for (i = 0; i < CHUNKS; i++)
		if ((bits & 1u << i) != 0)
			ok(buf_put(b, data[i], LEN), "frame");
	m.data = buf_ptr(b);
	m.data_len = buf_len(b);
	m.raw = (uint32_t)m.data_len;
	mark = begin(WIRE_FRAME);
	ok(wire_frame_encode(&m, out), "frame");
	ok(wire_end(out, mark), "end");
	buf_free(b);
}

/* The delta of chunk i, unless that is the lie. */
static void
delta_of(int i, struct buf *b)
{
	/* copy from the basis: 100,000 bytes, or from behind its end */
	static const uint8_t copy[] = { 0x47, 0, 0, 1, 0x86, 0xa0 };
	static const uint8_t far[] = { 0x53, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,
	    10 };
	static const uint8_t magic[] = { 'r', 's', 2, 0x36 };
	size_t before = buf_len(b);
	uint8_t other[LEN];
	int k;

	if (signatures[i] == NULL)
		ok(ERR_NOENT, "a signature to answer");
	memcpy(other, data[i], LEN);
	if (lies("delta-wrong"))
		other[7] ^= 1;
	if (lies("delta-much") || lies("delta-far"))
		ok(buf_put(b, magic, sizeof(magic)), "magic");
	/* 6 KB that make 100 MB */
	for (k = 0; lies("delta-much") && k < 1000; k++)
		ok(buf_put(b, copy, sizeof(copy)), "copy");
	if (lies("delta-far"))
		ok(buf_put(b, far, sizeof(far)), "far");
	if (lies("delta-none-such") || lies("again-early"))
		ok(buf_put(b, "no delta at all", 15), "junk");
	if (buf_len(b) == before)
		ok(delta_make(buf_ptr(signatures[i]), buf_len(signatures[i]),
		    other, LEN, LEN, b), "delta");
}

static void
delta_send(const struct wire_delta *m)
{
	size_t mark = begin(WIRE_DELTA), at = buf_len(out);

	ok(wire_delta_encode(m, out), "delta");
	if (lies("delta-cut"))
		buf_trim(out, (buf_len(out) - at) / 2);
	ok(wire_end(out, mark), "end");
}

/* DELTA with all chunks; gives their bits. */
static unsigned int
delta(void)
{
	/* A zstd frame that says 2 MiB and repeats one byte. */
	static const uint8_t bomb[] = { 0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0x00,
	    0x00, 0x20, 0x00, 0x02, 0x00, 0x10, 0x00, 0x03 };
	struct wire_delta_part parts[CHUNKS];
	struct wire_delta m = { .batch = lies("delta-batch") ? 2 : 1,
	    .parts = parts };
	struct buf *b = fresh();
	int i;

	for (i = 0; i < CHUNKS && !lies("delta-empty"); i++) {
		size_t before = buf_len(b);

		delta_of(i, b);
		parts[i].chunk = (uint32_t)i;
		parts[i].len = (uint32_t)(buf_len(b) - before);
		m.n++;
	}
	if (lies("delta-chunk"))
		parts[CHUNKS - 1].chunk = 20;
	m.raw = (uint32_t)buf_len(b);
	if (lies("delta-raw"))
		m.raw++;
	m.data = buf_ptr(b);
	m.data_len = buf_len(b);
	if (lies("delta-bomb")) {
		m.kind = 1;
		m.data = bomb;
		m.data_len = sizeof(bomb);
	}
	delta_send(&m);
	if (lies("delta-twice"))
		delta_send(&m);
	buf_free(b);
	return m.n > 0 ? (1u << CHUNKS) - 1 : 0;
}

/* Messages that nobody may send now; tells whether it was one. */
static bool
untimely(void)
{
	static const struct {
		const char *lie;
		uint8_t	 type;
	} types[] = {
		{ "delta-unasked", WIRE_DELTA },
		{ "without-delta", WIRE_DELTA },
		{ "local-basis", WIRE_BASIS },
		{ "local-patched", WIRE_PATCHED },
		{ "local-pace", WIRE_PACE }
	};
	/* DELTA of batch 1 without a part */
	static const uint8_t body[] = { 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 };
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (lies(types[i].lie)) {
			raw_message(types[i].type, body, sizeof(body));
			flush();
			return true;
		}
	return false;
}

/* DELTA, FRAME and what AGAIN asks for. */
static void
content_second(void)
{
	struct wire_again again;
	struct wire_msg m;
	unsigned int bits = delta();

	/* As AGAIN will ask, for none of the deltas is one. */
	if (lies("delta-frame") || lies("again-early"))
		frame(needed);
	else if ((needed & ~bits) != 0)
		frame(needed & ~bits);
	flush();
	if (bits == 0)
		return;
	expect(WIRE_AGAIN, &m);
	ok(wire_again_decode(m.body, &again), "AGAIN");
	if (lies("again-other"))
		frame(again.bitmap[0] ^ 1);
	else if (again.bitmap[0] != 0)
		frame(again.bitmap[0]);
	flush();
}

static void
goodbye(void)
{
	struct wire_dirend end = { .dir = list_dir };
	struct wire_done done = { .files = 1, .bytes = CHUNKS * LEN };
	struct wire_msg m;
	size_t mark = begin(WIRE_DIREND);

	ok(wire_dirend_encode(&end, out), "dirend");
	ok(wire_end(out, mark), "end");
	flush();
	expect(WIRE_BYE, &m);
	mark = begin(WIRE_DONE);
	ok(wire_done_encode(&done, out), "done");
	ok(wire_end(out, mark), "end");
	flush();
}

static void
work(void)
{
	struct wire_list list;
	struct wire_msg m;

	hello();
	do
		next(&m);
	while (m.type != WIRE_LIST && m.type != WIRE_DIGEST);
	second = m.type == WIRE_DIGEST;
	data_make();
	if (second) {
		root();
		flush();
		expect(WIRE_LIST, &m);
	}
	ok(wire_list_decode(m.body, &list), "LIST");
	list_dir = list.dir;
	if (!second)
		root();
	if (lies("packed-flood")) {
		flood();
		return;
	}
	page();
	flush();
	if (second)
		expect(WIRE_WANT, &m);
	chunks();
	answer();
	if (untimely())
		return;
	if (second)
		content_second();
	else
		frame(needed);
	goodbye();
}

int
main(int argc, char **argv)
{
	int i;

	lie = argc > 1 ? argv[1] : "honest";
	ok(buf_new(OUT_MAX, &out), "out");
	ok(wire_reader_new(WIRE_KEEPER, &in), "in");
	ok(wire_preamble(out), "preamble");
	work();
	for (i = 0; i < CHUNKS; i++)
		buf_free(signatures[i]);
	buf_free(out);
	wire_reader_free(in);
	return 0;
}
