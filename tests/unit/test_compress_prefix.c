/* test_compress_prefix.c: frames with an older version as prefix. */
#include "codec/compress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

/* COMPRESS_RAW_MAX + 1 each; older is noise once more. */
static uint8_t *text, *noise, *older, *got;
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
	older = malloc(COMPRESS_RAW_MAX + 1);
	got = malloc(COMPRESS_RAW_MAX + 1);
	if (text == NULL || noise == NULL || older == NULL ||
	    got == NULL)
		return -1;
	for (i = 0; i <= COMPRESS_RAW_MAX; i++) {
		x = x * 1664525 + 1013904223;
		noise[i] = (uint8_t)(x >> 24);
		if (x >> 26 == 0)
			skip++;
		text[i] = (uint8_t)words[(i + skip) % 41];
	}
	memcpy(older, noise, COMPRESS_RAW_MAX + 1);
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
	free(older);
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

/* Pack the len bytes at in with those at prefix, of prefix_len. */
static struct frame_packed
pack_prefixed(const uint8_t *in, size_t len, const uint8_t *prefix,
    size_t prefix_len)
{
	struct compress_prefixed p = { prefix, prefix_len, in, len };
	struct frame_packed f = { .kind = FRAME_ZSTD_PREFIX,
	    .raw_len = (uint32_t)len, .prefix = prefix,
	    .prefix_len = prefix_len };
	struct buf *out = NULL;
	uint8_t *copy;

	assert_int_equal(buf_new(COMPRESS_RAW_MAX, &out), 0);
	assert_int_equal(compress_with_prefix(comp, &p, SIZE_MAX, out), 0);
	f.len = buf_len(out);
	assert_non_null(copy = malloc(f.len));
	memcpy(copy, buf_ptr(out), f.len);
	f.data = copy;
	buf_free(out);
	return f;
}

/* As above, and back, in no more than max bytes. */
static void
prefixed_comes_back(const uint8_t *in, size_t len, const uint8_t *prefix,
    size_t prefix_len, size_t max)
{
	struct frame_packed f = pack_prefixed(in, len, prefix, prefix_len);
	uint8_t *copy;

	assert_non_null(copy = malloc(prefix_len));
	memcpy(copy, prefix, prefix_len);
	f.prefix = copy;
	assert_true(f.len <= max);
	memset(got, 0, len);
	assert_int_equal(unpack(&f), 0);
	assert_memory_equal(got, in, len);
	free(copy);
	drop(&f);
}

static void
frames_with_prefix_come_back(void **state)
{
	static const size_t lens[] = { 1, 5, 127, 4096, 65536, 1 << 18,
	    COMPRESS_PREFIX_MAX };
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		for (j = 0; j < sizeof(lens) / sizeof(lens[0]); j++) {
			prefixed_comes_back(noise, lens[i], older, lens[j],
			    lens[i] + 4096);
			prefixed_comes_back(text, lens[i], noise, lens[j],
			    lens[i] + 4096);
		}
		prefixed_comes_back(noise, lens[i], older, lens[i],
		    lens[i] < 200 ? 200 : 40 + lens[i] / 2048);
	}
}

/* The input is the prefix turned: what it begins with stands at the end. */
static void
a_prefix_is_used_in_all_its_length(void **state)
{
	static const size_t turns[] = { 1, 4096, 12345, 1 << 18, 1 << 19,
	    COMPRESS_PREFIX_MAX - 70000, COMPRESS_PREFIX_MAX - 1 };
	const size_t len = COMPRESS_PREFIX_MAX;
	uint8_t *in;
	size_t i;

	(void)state;
	assert_non_null(in = malloc(len));
	for (i = 0; i < sizeof(turns) / sizeof(turns[0]); i++) {
		memcpy(in, noise + turns[i], len - turns[i]);
		memcpy(in + len - turns[i], noise, turns[i]);
		prefixed_comes_back(in, len, noise, len, len / 512);
	}
	/* The tail and the head alone, within what is new. */
	memcpy(in, noise + len, len);
	memcpy(in + 300000, noise + len - 32768, 32768);
	memcpy(in + 700000, noise, 32768);
	prefixed_comes_back(in, len, noise, len, len - 64000);
	/* A changed page in each 64 KiB. */
	memcpy(in, noise, len);
	for (i = 0; i < len; i += 65536)
		memcpy(in + i + 8192, noise + len + i, 4096);
	prefixed_comes_back(in, len, noise, len, len / 16 + 4096);
	free(in);
}

static void
a_prefix_that_looks_like_a_dictionary_is_none(void **state)
{
	static const uint8_t magic[] = { 0x37, 0xa4, 0x30, 0xec, 1, 0, 0, 0 };
	uint8_t prefix[4096], in[4096];

	(void)state;
	memcpy(prefix, noise, sizeof(prefix));
	memcpy(prefix, magic, sizeof(magic));
	memcpy(in, prefix, sizeof(in));
	prefixed_comes_back(in, sizeof(in), prefix, sizeof(prefix), 100);
	prefixed_comes_back(in, sizeof(magic), prefix, sizeof(magic), 100);
}

static void
compress_with_prefix_refuses(void **state)
{
	struct compress_prefixed p = { noise, 65536, text, 65536 };
	struct buf *out = NULL;
	size_t n;

	(void)state;
	assert_int_equal(buf_new(COMPRESS_RAW_MAX, &out), 0);
	assert_int_equal(compress_with_prefix(comp, &p, 65536, out), 0);
	n = buf_len(out);
	buf_reset(out);
	assert_int_equal(buf_put(out, "head", 4), 0);
	assert_int_equal(compress_with_prefix(comp, &p, n - 1, out),
	    ERR_TOOBIG);
	assert_int_equal(compress_with_prefix(comp, &p, 0, out), ERR_TOOBIG);
	assert_int_equal(buf_len(out), 4);
	assert_int_equal(compress_with_prefix(comp, &p, n + n / 8, out), 0);
	assert_int_equal(buf_len(out), 4 + n);
	p.len = COMPRESS_PREFIX_MAX + 1;
	assert_int_equal(compress_with_prefix(comp, &p, SIZE_MAX, out),
	    ERR_TOOBIG);
	p.len = 0;
	assert_int_equal(compress_with_prefix(comp, &p, SIZE_MAX, out),
	    ERR_CONFIG);
	p.len = 1000;
	p.prefix_len = COMPRESS_PREFIX_MAX + 1;
	assert_int_equal(compress_with_prefix(comp, &p, SIZE_MAX, out),
	    ERR_TOOBIG);
	p.prefix_len = 0;
	assert_int_equal(compress_with_prefix(comp, &p, SIZE_MAX, out),
	    ERR_CONFIG);
	assert_int_equal(buf_len(out), 4 + n);
	buf_free(out);
}

/* Neither the prefix nor what is set for it stays for the next frame. */
static void
nothing_is_kept_between_frames(void **state)
{
	struct compress_prefixed p = { noise, 65536, text, 65536 };
	struct frame_packed before = pack(text, 65536), f;
	struct buf *out = NULL;

	(void)state;
	assert_int_equal(buf_new(COMPRESS_RAW_MAX, &out), 0);
	/* One that fails, one that does not. */
	assert_int_equal(compress_with_prefix(comp, &p, 10, out), ERR_TOOBIG);
	f = pack(text, 65536);
	assert_int_equal(f.len, before.len);
	assert_memory_equal(f.data, before.data, f.len);
	drop(&f);
	f = pack_prefixed(text, 65536, noise, 65536);
	assert_int_equal(unpack(&f), 0);
	drop(&f);
	f = pack(text, 65536);
	assert_int_equal(f.len, before.len);
	assert_memory_equal(f.data, before.data, f.len);
	assert_int_equal(unpack(&f), 0);
	assert_memory_equal(got, text, 65536);
	drop(&f);
	/* Without its prefix, that of the frame before does not serve. */
	f = pack_prefixed(noise, 65536, older, 65536);
	assert_int_equal(unpack(&f), 0);
	f.kind = FRAME_ZSTD;
	assert_int_equal(unpack(&f), ERR_FORMAT);
	drop(&f);
	drop(&before);
	buf_free(out);
}

static void
prefixes_are_checked(void **state)
{
	struct frame_packed f = pack_prefixed(noise, 65536, older, 65536);
	size_t whole = f.len;

	(void)state;
	f.prefix = NULL;
	f.prefix_len = 0;
	assert_int_equal(unpack(&f), ERR_FORMAT);
	f.prefix = noise;
	assert_int_equal(unpack(&f), ERR_FORMAT);
	f.prefix_len = COMPRESS_PREFIX_MAX + 1;
	assert_int_equal(unpack(&f), ERR_TOOBIG);
	/* Too short for what is copied from it; another; the right one. */
	f.prefix_len = 65535;
	assert_true(unpack(&f) != 0 || memcmp(got, noise, 65536) != 0);
	f.prefix_len = 1;
	assert_int_equal(unpack(&f), ERR_FORMAT);
	f.prefix_len = 65536;
	f.prefix = text;
	assert_true(unpack(&f) != 0 || memcmp(got, noise, 65536) != 0);
	f.prefix = noise;
	assert_int_equal(unpack(&f), 0);
	for (f.len = 0; f.len < whole; f.len++)
		assert_int_equal(unpack(&f), ERR_FORMAT);
	f.len = whole;
	f.raw_len++;
	assert_int_equal(unpack(&f), ERR_FORMAT);
	f.raw_len = 0;
	assert_int_equal(unpack(&f), ERR_FORMAT);
	f.raw_len = COMPRESS_RAW_MAX + 1;
	assert_int_equal(decompress_frame(decomp, &f, got), ERR_TOOBIG);
	drop(&f);
}

/* Byte 5 is the window: 0x60 is 4 MiB, 0x61 an eighth more. */
static void
windows_beside_a_prefix_are_bounded(void **state)
{
	static const uint8_t hello[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x80, 0x60,
	    5, 0, 0, 0, 5 << 3 | 1, 0, 0, 'h', 'e', 'l', 'l', 'o' };
	static const uint8_t wide[] = { 0x61, 0x68, 0xa0, 0xff };
	struct frame_packed f = { FRAME_ZSTD_PREFIX, hello, sizeof(hello), 5,
	    noise, 100 }, g;
	size_t i;

	(void)state;
	assert_int_equal(unpack(&f), 0);
	assert_memory_equal(got, "hello", 5);
	for (i = 0; i < sizeof(wide); i++) {
		g = splice(&f, 5, 1, wide + i, 1);
		assert_int_equal(unpack(&g), ERR_FORMAT);
		drop(&g);
	}
}

static void
flipped_bits_beside_a_prefix_do_no_harm(void **state)
{
	struct frame_packed f, g;
	uint8_t *in, byte;
	size_t i, bad = 0;
	int r;

	(void)state;
	assert_non_null(in = malloc(8192));
	memcpy(in, noise + 1000, 4000);
	memcpy(in + 4000, text, 192);
	memcpy(in + 4192, noise + 100, 4000);
	f = pack_prefixed(in, 8192, noise, 6000);
	assert_true(f.len < 300);
	for (i = 0; i < f.len * 8; i++) {
		byte = f.data[i / 8] ^ (uint8_t)(1 << i % 8);
		g = splice(&f, i / 8, 1, &byte, 1);
		r = unpack(&g);
		assert_true(r == 0 || r == ERR_FORMAT);
		bad += r != 0;
		drop(&g);
	}
	assert_true(bad > 0);
	assert_int_equal(unpack(&f), 0);
	assert_memory_equal(got, in, 8192);
	drop(&f);
	free(in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_with_prefix_come_back),
		cmocka_unit_test(a_prefix_is_used_in_all_its_length),
		cmocka_unit_test(a_prefix_that_looks_like_a_dictionary_is_none),
		cmocka_unit_test(compress_with_prefix_refuses),
		cmocka_unit_test(nothing_is_kept_between_frames),
		cmocka_unit_test(prefixes_are_checked),
		cmocka_unit_test(windows_beside_a_prefix_are_bounded),
		cmocka_unit_test(flipped_bits_beside_a_prefix_do_no_harm),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
