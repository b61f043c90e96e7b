/* test_pack.c: packs say what is in them, and nothing else. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "codec/compress.h"
#include "repo/core.h"
#include "repo/internal.h"
#include "repo/pack.h"
#include "tests/unit/repo_fixture.h"

#define FRAME_LEN 100

static uint8_t stored[FRAME_LEN];

/* Frame number i, with i chunks; number 1 is a delta. */
static void
make_frame(struct pack_frame *f, struct pack_chunk *chunks, uint32_t i)
{
	uint32_t c;

	memset(f, 0, sizeof(*f));
	f->info.kind = (uint8_t)(i == 1 ? FRAME_ZSTD_PREFIX : i % 2);
	f->info.class = (uint8_t)(i / 2 % 2);
	f->info.stored_len = FRAME_LEN;
	f->info.raw_len = i == 1 ? 10 : 1000 + i;
	f->nchunks = i;
	f->chunks = chunks;
	memset(chunks, 0, i * sizeof(*chunks));
	for (c = 0; c < i; c++) {
		memset(chunks[c].id, (int)(16 * i + c), 32);
		chunks[c].offset = 10 * c;
		chunks[c].len = 10;
	}
	if (i == 1) {
		chunks[0].depth = 32;
		memset(chunks[0].base, 0xbb, 32);
	}
}

/* Put a pack of n frames. */
static void
make_pack(struct repo *r, uint32_t n, uint8_t hash[32])
{
	struct pack_chunk chunks[16];
	struct pack_writer *w;
	struct pack_frame f;
	uint32_t i;

	assert_int_equal(pack_writer_new(r, &w), 0);
	for (i = 0; i < n; i++) {
		make_frame(&f, chunks, i);
		assert_int_equal(pack_writer_add(w, &f, stored), 0);
		assert_int_equal(f.offset, 24 + i * FRAME_LEN);
	}
	assert_int_equal(pack_writer_put(w, hash), 0);
	assert_int_equal(pack_writer_put(w, hash), ERR_CONFIG);
	pack_writer_free(w);
}

static void
assert_footer(const struct pack_footer *footer, uint32_t count)
{
	struct pack_chunk chunks[16];
	const struct pack_frame *frames;
	struct pack_frame f;
	uint32_t i;
	size_t n;

	frames = pack_footer_frames(footer, &n);
	assert_int_equal(n, count);
	for (i = 0; i < count; i++) {
		make_frame(&f, chunks, i);
		assert_int_equal(frames[i].offset, 24 + i * FRAME_LEN);
		assert_memory_equal(&frames[i].info, &f.info,
		    sizeof(f.info));
		assert_int_equal(frames[i].nchunks, i);
		if (i > 0)
			assert_memory_equal(frames[i].chunks, chunks,
			    i * sizeof(*chunks));
	}
}

static void
footers_come_back(void **state)
{
	struct repo_fixture *f = *state;
	struct pack_footer *footer;
	char name[128], found[128];
	uint8_t hash[32], *copy;
	uint64_t size;
	size_t len;

	make_pack(f->r, 12, hash);
	pack_name(hash, name, sizeof(name));
	object_nth(f->s, "packs/", 0, found, sizeof(found));
	assert_string_equal(name, found);
	assert_memory_equal(name + 6, name + 9, 2);
	assert_int_equal(store_size(f->s, name, &size), 0);
	assert_int_equal(pack_footer_read(f->r, hash, size, &footer), 0);
	assert_footer(footer, 12);
	pack_footer_free(footer);
	copy = object_copy(f->s, name, &len);
	assert_int_equal(pack_footer_decode(f->r, hash, copy, len, &footer),
	    0);
	assert_footer(footer, 12);
	pack_footer_free(footer);
	pack_footer_free(NULL);
	free(copy);
}

static void
the_writer_begins_anew(void **state)
{
	struct repo_fixture *f = *state;
	struct pack_chunk chunks[16];
	struct pack_footer *footer;
	struct pack_writer *w;
	struct pack_frame frame;
	uint8_t hash[2][32];
	char name[128];
	uint64_t size;
	int i;

	assert_int_equal(pack_writer_new(f->r, &w), 0);
	for (i = 0; i < 2; i++) {
		make_frame(&frame, chunks, 0);
		assert_int_equal(pack_writer_add(w, &frame, stored), 0);
		assert_int_equal(frame.offset, 24);
		assert_int_equal(pack_writer_put(w, hash[i]), 0);
		pack_name(hash[i], name, sizeof(name));
		assert_int_equal(store_size(f->s, name, &size), 0);
		assert_int_equal(pack_footer_read(f->r, hash[i], size,
		    &footer), 0);
		assert_footer(footer, 1);
		pack_footer_free(footer);
	}
	pack_writer_free(w);
	pack_writer_free(NULL);
}

static void
a_full_pack_takes_no_more(void **state)
{
	struct repo_fixture *f = *state;
	struct pack_chunk chunks[16];
	struct pack_writer *w;
	struct pack_frame frame;
	uint8_t hash[32];
	char name[128];
	uint64_t size;
	int r, n = 0;

	f->r->params.pack_max = 10000;
	assert_int_equal(pack_writer_new(f->r, &w), 0);
	make_frame(&frame, chunks, 2);
	while ((r = pack_writer_add(w, &frame, stored)) == 0)
		n++;
	assert_int_equal(r, ERR_TOOBIG);
	assert_in_range(n, 40, 60);
	assert_int_equal(pack_writer_add(w, &frame, stored), ERR_TOOBIG);
	assert_int_equal(pack_writer_put(w, hash), 0);
	pack_name(hash, name, sizeof(name));
	assert_int_equal(store_size(f->s, name, &size), 0);
	assert_in_range(size, 9000, 10000);
	assert_int_equal(pack_writer_add(w, &frame, stored), 0);
	assert_int_equal(frame.offset, 24);
	pack_writer_free(w);
}

static void
every_flip_and_cut_is_noticed(void **state)
{
	struct repo_fixture *f = *state;
	struct pack_footer *footer;
	uint8_t hash[32], *copy;
	char name[128];
	size_t len, i, tail;
	int r;

	make_pack(f->r, 3, hash);
	pack_name(hash, name, sizeof(name));
	copy = object_copy(f->s, name, &len);
	tail = 24 + 3 * FRAME_LEN;
	for (i = 0; i < len * 8; i++) {
		copy[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(pack_footer_decode(f->r, hash, copy, len,
		    &footer), ERR_CORRUPT);
		object_replace(f->s, name, copy, len);
		if (i / 8 >= tail) {
			r = pack_footer_read(f->r, hash, len, &footer);
			assert_true(r == ERR_CORRUPT || r == ERR_FORMAT);
		}
		copy[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (i = 0; i < len; i++) {
		assert_int_equal(pack_footer_decode(f->r, hash, copy, i,
		    &footer), ERR_CORRUPT);
		object_replace(f->s, name, copy, i);
		r = pack_footer_read(f->r, hash, i, &footer);
		assert_true(r == ERR_CORRUPT || r == ERR_FORMAT);
	}
	free(copy);
}

static void
exchanged_packs_are_noticed(void **state)
{
	struct repo_fixture *f = *state;
	struct pack_footer *footer;
	uint8_t a[32], b[32], *copy;
	char name[128];
	size_t len;

	make_pack(f->r, 1, a);
	make_pack(f->r, 1, b);
	pack_name(b, name, sizeof(name));
	copy = object_copy(f->s, name, &len);
	assert_int_equal(pack_footer_decode(f->r, a, copy, len, &footer),
	    ERR_CORRUPT);
	assert_int_equal(pack_footer_decode(f->r, b, copy, len, &footer), 0);
	pack_footer_free(footer);
	free(copy);
}

/* What a reader says of a pack of one frame with this plaintext as footer,
 * sealed by one who has the key. */
static int
decode_plain(struct repo_fixture *f, const uint8_t *plain, size_t len)
{
	uint8_t head[OBJECT_HEAD_LEN], hash[32];
	struct pack_footer *footer;
	struct buf *b, *p;
	char name[128];
	int r;

	object_head(f->r, OBJECT_PACK, head);
	assert_int_equal(buf_new(4096, &b), 0);
	assert_int_equal(buf_borrow(plain, len, &p), 0);
	assert_int_equal(buf_put(b, head, sizeof(head)), 0);
	assert_int_equal(buf_put(b, stored, FRAME_LEN), 0);
	assert_int_equal(box_seal(f->r, head, 0, p, b), 0);
	assert_int_equal(buf_put_u32(b, (uint32_t)(len + BOX_OVERHEAD)), 0);
	assert_int_equal(buf_put(b, "KHOF", 4), 0);
	memset(hash, 0x11, sizeof(hash));
	pack_name(hash, name, sizeof(name));
	object_replace(f->s, name, buf_ptr(b), buf_len(b));
	r = pack_footer_read(f->r, hash, buf_len(b), &footer);
	if (r == 0)
		pack_footer_free(footer);
	buf_free(p);
	buf_free(b);
	return r;
}

static void
hostile_footers_are_refused(void **state)
{
	/* one frame: offset 24, stored 100, raw 10, kind, class, one chunk */
	static const uint8_t good[] = { 1, 24, 100, 10, 1, 0, 1,
	    0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7,
	    0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 4, 6, 0 };
	static const struct {
		size_t at;
		uint8_t value;
	} bad[] = { { 0, 0 }, { 0, 2 }, { 1, 23 }, { 1, 25 }, { 2, 99 },
	    { 2, 101 }, { 2, 67 }, { 4, 2 }, { 4, 3 }, { 5, 2 }, { 6, 0 },
	    { 6, 2 }, { 6, 127 }, { 39, 11 }, { 39, 5 }, { 40, 7 }, { 41, 1 },
	    { 41, 33 } };
	struct repo_fixture *f = *state;
	uint8_t plain[sizeof(good) + 32];
	size_t i;

	assert_int_equal(decode_plain(f, good, sizeof(good)), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memcpy(plain, good, sizeof(good));
		plain[bad[i].at] = bad[i].value;
		assert_int_equal(decode_plain(f, plain, sizeof(good)),
		    ERR_FORMAT);
	}
	for (i = 0; i < sizeof(good); i++)
		assert_int_equal(decode_plain(f, good, i), ERR_FORMAT);
	memcpy(plain, good, sizeof(good));
	plain[sizeof(good)] = 0;
	assert_int_equal(decode_plain(f, plain, sizeof(good) + 1),
	    ERR_FORMAT);
}

static void
a_delta_is_alone_and_fills_its_frame(void **state)
{
	/* one frame: offset 24, stored 100, raw 6, a delta, one chunk */
	static const uint8_t head[] = { 1, 24, 100, 6, 2, 0, 1 };
	static const struct {
		size_t at;
		uint8_t value;
	} bad[] = { { 3, 7 },		/* raw: not all of it */
	    { 4, 0 }, { 4, 1 }, { 4, 3 },	/* kind */
	    { 5, 1 },			/* class */
	    { 6, 0 }, { 6, 2 },		/* chunks */
	    { 39, 1 }, { 40, 5 },	/* offset, length */
	    { 41, 0 }, { 41, 33 },	/* depth */
	    { 42, 0x11 } };		/* base: the chunk itself */
	struct repo_fixture *f = *state;
	uint8_t good[74], plain[sizeof(good)], depth;
	size_t i;

	memcpy(good, head, sizeof(head));
	memset(good + 7, 0x11, 67);	/* id and base differ in a byte */
	good[39] = 0;
	good[40] = 6;
	good[42] = 0x22;
	for (depth = 1; depth <= 32; depth++) {
		good[41] = depth;
		assert_int_equal(decode_plain(f, good, sizeof(good)), 0);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memcpy(plain, good, sizeof(good));
		plain[bad[i].at] = bad[i].value;
		assert_int_equal(decode_plain(f, plain, sizeof(good)),
		    ERR_FORMAT);
	}
}

static void
a_writer_takes_no_delta_that_no_reader_takes(void **state)
{
	struct repo_fixture *f = *state;
	struct pack_chunk chunks[16];
	struct pack_writer *w;
	struct pack_frame frame;

	assert_int_equal(pack_writer_new(f->r, &w), 0);
	make_frame(&frame, chunks, 1);
	chunks[0].depth = 33;
	assert_int_equal(pack_writer_add(w, &frame, stored), ERR_FORMAT);
	chunks[0].depth = 0;
	assert_int_equal(pack_writer_add(w, &frame, stored), ERR_FORMAT);
	make_frame(&frame, chunks, 2);
	chunks[1].depth = 1;
	assert_int_equal(pack_writer_add(w, &frame, stored), ERR_FORMAT);
	make_frame(&frame, chunks, 1);
	frame.nchunks = 2;
	assert_int_equal(pack_writer_add(w, &frame, stored), ERR_FORMAT);
	frame.nchunks = 1;
	assert_int_equal(pack_writer_add(w, &frame, stored), 0);
	pack_writer_free(w);
}

#define CASE(name) \
	cmocka_unit_test_setup_teardown(name, repo_setup, repo_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(footers_come_back),
		CASE(the_writer_begins_anew),
		CASE(a_full_pack_takes_no_more),
		CASE(every_flip_and_cut_is_noticed),
		CASE(exchanged_packs_are_noticed),
		CASE(hostile_footers_are_refused),
		CASE(a_delta_is_alone_and_fills_its_frame),
		CASE(a_writer_takes_no_delta_that_no_reader_takes)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
