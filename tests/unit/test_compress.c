/* test_compress.c: frames come back, and hostile ones do no harm. */
#include "codec/compress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static uint8_t *text, *noise, *got;	/* COMPRESS_RAW_MAX + 1 each */
static struct compressor *comp;
static struct decompressor *decomp;

static int
setup(void **state)
{
	static const char words[] = "the quick brown fox jumps over lazy dogs ";
	uint32_t x = 1;
	size_t i, skip = 0;

	(void)state;
	text = malloc(COMPRESS_RAW_MAX + 1);
	noise = malloc(COMPRESS_RAW_MAX + 1);
	got = malloc(COMPRESS_RAW_MAX + 1);
	if (text == NULL || noise == NULL || got == NULL)
		return -1;
	for (i = 0; i <= COMPRESS_RAW_MAX; i++) {
		x = x * 1664525 + 1013904223;
		noise[i] = (uint8_t)(x >> 24);
		if (x >> 26 == 0)
			skip++;
		text[i] = (uint8_t)words[(i + skip) % 41];
	}
	if (compressor_new(COMPRESS_LEVEL_DEFAULT, &comp) != 0)
		return -1;
	return decompressor_new(&decomp);
}

static int
teardown(void **state)
{
	(void)state;
	free(text);
	free(noise);
	free(got);
	compressor_free(comp);
	decompressor_free(decomp);
	return 0;
}

/* Compress to a copy of exactly the right size, which ASan can guard. */
static struct frame_packed
pack(const uint8_t *in, size_t len)
{
	struct frame_packed f = { .raw_len = (uint32_t)len };
	enum frame_kind kind;
	struct buf *out = NULL;
	uint8_t *copy;

	assert_int_equal(buf_new(COMPRESS_RAW_MAX, &out), 0);
	assert_int_equal(compress_frame(comp, in, len, out, &kind), 0);
	assert_int_equal(kind, FRAME_ZSTD);
	f.kind = (uint8_t)kind;
	f.len = buf_len(out);
	assert_non_null(copy = malloc(f.len));
	memcpy(copy, buf_ptr(out), f.len);
	f.data = copy;
	buf_free(out);
	return f;
}

/* A copy of f with the len bytes at pos replaced by n bytes of with. */
static struct frame_packed
splice(const struct frame_packed *f, size_t pos, size_t len, const void *with,
    size_t n)
{
	struct frame_packed g = *f;
	uint8_t *copy;

	g.len = f->len - len + n;
	assert_non_null(copy = malloc(g.len + 1));
	memcpy(copy, f->data, pos);
	memcpy(copy + pos, with, n);
	memcpy(copy + pos + n, f->data + pos + len, f->len - pos - len);
	g.data = copy;
	return g;
}

static void
drop(struct frame_packed *f)
{
	free((void *)(uintptr_t)f->data);
	f->data = NULL;
}

/* Unpack f into memory of just its size. */
static int
unpack(const struct frame_packed *f)
{
	uint8_t *out;
	int r;

	assert_non_null(out = malloc(f->raw_len + 1));
	out[f->raw_len] = 0xa5;
	r = decompress_frame(decomp, f, out);
	assert_int_equal(out[f->raw_len], 0xa5);
	if (r == 0)
		memcpy(got, out, f->raw_len);
	free(out);
	return r;
}

static void
frames_come_back(void **state)
{
	static const size_t lens[] = { 128, 255, 256, 4096, 65791, 65792,
	    1 << 18, 1 << 20, COMPRESS_RAW_MAX };
	struct frame_packed f;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		f = pack(text, lens[i]);
		assert_true(f.len < lens[i] - lens[i] / 32);
		memset(got, 0, lens[i]);
		assert_int_equal(unpack(&f), 0);
		assert_memory_equal(got, text, lens[i]);
		drop(&f);
	}
}

static void
what_does_not_shrink_stays_plain(void **state)
{
	static const size_t lens[] = { 0, 1, 2, 31, 100, 4096, 1 << 20,
	    COMPRESS_RAW_MAX };
	enum frame_kind kind;
	struct buf *out = NULL;
	size_t i;

	(void)state;
	assert_int_equal(buf_new(COMPRESS_RAW_MAX + 4, &out), 0);
	assert_int_equal(buf_put(out, "head", 4), 0);
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		kind = FRAME_ZSTD;
		assert_int_equal(compress_frame(comp, noise, lens[i], out,
		    &kind), 0);
		assert_int_equal(kind, FRAME_PLAIN);
		assert_int_equal(buf_len(out), 4);
	}
	/* And a frame appends. */
	assert_int_equal(compress_frame(comp, text, 1000, out, &kind), 0);
	assert_int_equal(kind, FRAME_ZSTD);
	assert_true(buf_len(out) > 4);
	assert_memory_equal(buf_ptr(out), "head", 4);
	buf_free(out);
}

static void
compress_refuses(void **state)
{
	struct compressor *c = NULL;
	enum frame_kind kind = FRAME_ZSTD_PREFIX;
	struct buf *out = NULL;

	(void)state;
	assert_int_equal(compressor_new(COMPRESS_LEVEL_MIN - 1, &c),
	    ERR_CONFIG);
	assert_int_equal(compressor_new(COMPRESS_LEVEL_MAX + 1, &c),
	    ERR_CONFIG);
	assert_null(c);
	assert_int_equal(buf_new(100, &out), 0);
	assert_int_equal(compress_frame(comp, text, COMPRESS_RAW_MAX + 1, out,
	    &kind), ERR_TOOBIG);
	assert_int_equal(compress_frame(comp, text, 1000, out, &kind),
	    ERR_NOMEM);
	assert_int_equal(kind, FRAME_ZSTD_PREFIX);
	assert_int_equal(buf_len(out), 0);
	buf_free(out);
	compressor_free(NULL);
	decompressor_free(NULL);
}

static void
plain_frames_are_copied(void **state)
{
	struct frame_packed f = { FRAME_PLAIN, noise, 1000, 1000, NULL, 0 };

	(void)state;
	assert_int_equal(unpack(&f), 0);
	assert_memory_equal(got, noise, 1000);
	f.raw_len = 999;
	assert_int_equal(unpack(&f), ERR_FORMAT);
	f.raw_len = 1001;
	assert_int_equal(unpack(&f), ERR_FORMAT);
	f.len = f.raw_len = 0;
	f.data = NULL;
	assert_int_equal(unpack(&f), 0);
}

static void
kinds_are_checked(void **state)
{
	struct frame_packed f = pack(text, 1000);

	(void)state;
	f.kind = FRAME_ZSTD_PREFIX;
	assert_int_equal(unpack(&f), ERR_FORMAT);
	f.kind = 3;
	assert_int_equal(unpack(&f), ERR_FORMAT);
	f.kind = 255;
	assert_int_equal(unpack(&f), ERR_FORMAT);
	f.kind = FRAME_ZSTD;
	f.raw_len = COMPRESS_RAW_MAX + 1;
	assert_int_equal(decompress_frame(decomp, &f, got), ERR_TOOBIG);
	f.kind = FRAME_PLAIN;
	f.raw_len = UINT32_MAX;
	assert_int_equal(decompress_frame(decomp, &f, got), ERR_TOOBIG);
	drop(&f);
}

static void
every_truncation_is_format(void **state)
{
	struct frame_packed f = pack(text, 3000);
	size_t whole = f.len;

	(void)state;
	for (f.len = 0; f.len < whole; f.len++)
		assert_int_equal(unpack(&f), ERR_FORMAT);
	drop(&f);
}

static void
what_follows_is_format(void **state)
{
	static const uint8_t skippable[] = { 0x50, 0x2a, 0x4d, 0x18, 0, 0, 0,
	    0 };
	struct frame_packed f = pack(text, 3000), g;

	(void)state;
	g = splice(&f, f.len, 0, "", 1);
	assert_int_equal(unpack(&g), ERR_FORMAT);
	drop(&g);
	g = splice(&f, f.len, 0, f.data, f.len);
	assert_int_equal(unpack(&g), ERR_FORMAT);
	g.raw_len *= 2;
	assert_int_equal(unpack(&g), ERR_FORMAT);
	drop(&g);
	g = splice(&f, f.len, 0, skippable, sizeof(skippable));
	assert_int_equal(unpack(&g), ERR_FORMAT);
	drop(&g);
	g = splice(&f, 0, 0, skippable, sizeof(skippable));
	assert_int_equal(unpack(&g), ERR_FORMAT);
	drop(&g);
	g = splice(&f, 0, f.len, skippable, sizeof(skippable));
	g.raw_len = 0;
	assert_int_equal(unpack(&g), ERR_FORMAT);
	drop(&g);
	drop(&f);
}

static void
announced_length_must_hold(void **state)
{
	struct frame_packed f = pack(text, 3000);
	static const uint32_t lens[] = { 0, 1, 2999, 3001, COMPRESS_RAW_MAX };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		f.raw_len = lens[i];
		assert_int_equal(unpack(&f), ERR_FORMAT);
	}
	drop(&f);
}

/*
 * Bytes 0 to 3 are the magic; 4 says (0x60) that a content size of two bytes
 * less 256 follows and nothing else before the blocks.
 */
static void
lying_headers_are_format(void **state)
{
	static const uint8_t size_1000[] = { 744 & 0xff, 744 >> 8 };
	static const uint8_t with_dict[] = { 0x61, 42 };
	static const uint8_t without_size[] = { 0x00, 0x70 };
	struct frame_packed f = pack(text, 3000), g;

	(void)state;
	assert_int_equal(f.data[4], 0x60);
	/* Says 1,000 and gives 3,000. */
	g = splice(&f, 5, 2, size_1000, 2);
	g.raw_len = 1000;
	assert_int_equal(unpack(&g), ERR_FORMAT);
	drop(&g);
	/* Wants dictionary 42. */
	g = splice(&f, 4, 1, with_dict, 2);
	assert_int_equal(unpack(&g), ERR_FORMAT);
	drop(&g);
	/* Says nothing; a window of 16 MiB. */
	g = splice(&f, 4, 3, without_size, 2);
	assert_int_equal(unpack(&g), ERR_FORMAT);
	drop(&g);
	drop(&f);
}

static void
frames_no_writer_of_ours_makes_are_format(void **state)
{
	/* Empty, though whole. */
	static const uint8_t empty[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x20, 0, 1,
	    0, 0 };
	/* "hello" as zstd 0.7 wrote it, which the library still reads. */
	static const uint8_t old[] = { 0x27, 0xb5, 0x2f, 0xfd, 0x20, 5, 0x40,
	    0, 5, 'h', 'e', 'l', 'l', 'o', 0xc0, 0, 0 };
	struct frame_packed f = { FRAME_ZSTD, empty, sizeof(empty), 0, NULL,
	    0 };

	(void)state;
	assert_int_equal(unpack(&f), ERR_FORMAT);
	f.data = old;
	f.len = sizeof(old);
	f.raw_len = 5;
	assert_int_equal(unpack(&f), ERR_FORMAT);
}

/* Encryption finds them; here they must only stay within their memory. */
static void
flipped_bits_do_no_harm(void **state)
{
	struct frame_packed f = pack(text, 3000), g;
	uint8_t byte;
	size_t i, bad = 0;
	int r;

	(void)state;
	for (i = 0; i < f.len * 8; i++) {
		byte = f.data[i / 8] ^ (uint8_t)(1 << i % 8);
		g = splice(&f, i / 8, 1, &byte, 1);
		r = unpack(&g);
		assert_true(r == 0 || r == ERR_FORMAT);
		bad += r != 0;
		drop(&g);
	}
	assert_true(bad > 0);
	/* The decompressor is none the worse. */
	assert_int_equal(unpack(&f), 0);
	assert_memory_equal(got, text, 3000);
	drop(&f);
}

static void
bombs_are_capped(void **state)
{
	struct frame_packed f;

	(void)state;
	memset(got, 0, COMPRESS_RAW_MAX);
	f = pack(got, COMPRESS_RAW_MAX);
	assert_true(f.len < 1000);
	f.raw_len = 4096;
	assert_int_equal(unpack(&f), ERR_FORMAT);
	f.raw_len = COMPRESS_RAW_MAX;
	got[COMPRESS_RAW_MAX - 1] = 1;
	assert_int_equal(unpack(&f), 0);
	assert_int_equal(got[COMPRESS_RAW_MAX - 1], 0);
	drop(&f);
}

static void
beginnings_come_without_the_rest(void **state)
{
	static const size_t upto[] = { 1, 100, 128u << 10, 700001,
	    (1u << 20) - 1, 1u << 20, 2u << 20 };
	struct frame_packed f = pack(text, 1u << 20);
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(upto) / sizeof(upto[0]); i++) {
		memset(got, 0, 1u << 20);
		n = upto[i] < f.raw_len ? upto[i] : f.raw_len;
		assert_int_equal(decompress_begin(decomp, &f, upto[i], got),
		    0);
		assert_memory_equal(got, text, n);
		/* What was left unread does not disturb the next one. */
		assert_int_equal(decompress_frame(decomp, &f, got), 0);
		assert_memory_equal(got, text, f.raw_len);
	}
	free((void *)(uintptr_t)f.data);
}

static void
bad_beginnings_are_format(void **state)
{
	struct frame_packed f = pack(text, 1u << 20);
	uint8_t *bytes = (uint8_t *)(uintptr_t)f.data;

	(void)state;
	f.raw_len--;
	assert_int_equal(decompress_begin(decomp, &f, 100, got), ERR_FORMAT);
	f.raw_len++;
	f.len--;
	assert_int_equal(decompress_begin(decomp, &f, 100, got), ERR_FORMAT);
	f.len++;
	bytes[0] ^= 1;
	assert_int_equal(decompress_begin(decomp, &f, 100, got), ERR_FORMAT);
	f.kind = FRAME_ZSTD_PREFIX;
	assert_int_not_equal(decompress_begin(decomp, &f, 100, got), 0);
	free(bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_come_back),
		cmocka_unit_test(what_does_not_shrink_stays_plain),
		cmocka_unit_test(compress_refuses),
		cmocka_unit_test(plain_frames_are_copied),
		cmocka_unit_test(kinds_are_checked),
		cmocka_unit_test(every_truncation_is_format),
		cmocka_unit_test(what_follows_is_format),
		cmocka_unit_test(announced_length_must_hold),
		cmocka_unit_test(lying_headers_are_format),
		cmocka_unit_test(frames_no_writer_of_ours_makes_are_format),
		cmocka_unit_test(flipped_bits_do_no_harm),
		cmocka_unit_test(bombs_are_capped),
		cmocka_unit_test(beginnings_come_without_the_rest),
		cmocka_unit_test(bad_beginnings_are_format),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
