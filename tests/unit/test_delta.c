/* test_delta.c: deltas come back, and hostile ones do no harm. */
#include "codec/delta.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"

#define MIB ((size_t)1 << 20)
#define BLOCK 1024u

static uint8_t *basis, *data, *got;	/* DELTA_RAW_MAX + 1 each */
static struct buf *sig, *delta;

static void
fill(uint8_t *p, size_t len, uint32_t x)
{
	while (len-- > 0) {
		x = x * 1664525 + 1013904223;
		*p++ = (uint8_t)(x >> 24);
	}
}

static int
setup(void **state)
{
	(void)state;
	basis = malloc(DELTA_RAW_MAX + 1);
	data = malloc(DELTA_RAW_MAX + 1);
	got = malloc(DELTA_RAW_MAX + 1);
	if (basis == NULL || data == NULL || got == NULL)
		return -1;
	fill(basis, DELTA_RAW_MAX + 1, 1);
	fill(data, DELTA_RAW_MAX + 1, 2);
	if (buf_new(3 * MIB, &sig) != 0)
		return -1;
	return buf_new(3 * MIB, &delta);
}

static int
teardown(void **state)
{
	(void)state;
	free(basis);
	free(data);
	free(got);
	buf_free(sig);
	buf_free(delta);
	return 0;
}

/* Make sig of the basis and delta of data, which must be in max bytes. */
static void
make(size_t basis_len, size_t len, uint32_t block, size_t max)
{
	buf_reset(sig);
	buf_reset(delta);
	assert_int_equal(delta_sign(basis, basis_len, block, sig), 0);
	assert_int_equal(buf_len(sig), delta_signature_max(basis_len, block));
	assert_int_equal(delta_signature_check(buf_ptr(sig), buf_len(sig)), 0);
	assert_int_equal(delta_make(buf_ptr(sig), buf_len(sig), data, len, max,
	    delta), 0);
	assert_true(buf_len(delta) <= max);
}

/* Apply n bytes of delta, a copy of the right size that ASan can guard. */
static int
apply(size_t basis_len, const void *p, size_t n, size_t len)
{
	struct delta_input in = { NULL, basis_len, NULL, n };
	uint8_t *copy, *old, *out;
	int r;

	assert_non_null(copy = malloc(n > 0 ? n : 1));
	assert_non_null(old = malloc(basis_len > 0 ? basis_len : 1));
	assert_non_null(out = malloc(len + 1));
	memcpy(copy, p, n);
	memcpy(old, basis, basis_len);
	out[len] = 0xa5;
	in.basis = old;
	in.delta = copy;
	r = delta_apply(&in, out, len);
	assert_int_equal(out[len], 0xa5);
	if (r == 0)
		memcpy(got, out, len);
	free(copy);
	free(old);
	free(out);
	return r;
}

static void
come_back(size_t basis_len, size_t len, uint32_t block, size_t max)
{
	make(basis_len, len, block, max);
	memset(got, 0, len);
	assert_int_equal(apply(basis_len, buf_ptr(delta), buf_len(delta), len),
	    0);
	assert_memory_equal(got, data, len);
}

static void
deltas_come_back(void **state)
{
	static const size_t lens[] = { 0, 1, 255, 256, 257, 4096, 65536,
	    1 << 18, 1 << 20, DELTA_RAW_MAX };
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		for (j = 0; j < sizeof(lens) / sizeof(lens[0]); j += 3) {
			/* Nothing in common. */
			fill(data, lens[i], 3);
			come_back(lens[j], lens[i], delta_block(lens[j]),
			    lens[i] + lens[i] / 1024 + 64);
		}
		/* All in common. */
		memcpy(data, basis, lens[i]);
		come_back(lens[i], lens[i], delta_block(lens[i]), 64);
	}
}

static void
a_changed_page_is_all_that_is_sent(void **state)
{
	(void)state;
	memcpy(data, basis, MIB);
	fill(data + 300000, 4096, 4);
	come_back(MIB, MIB, BLOCK, 4096 + 2 * BLOCK + 64);
	assert_true(buf_len(delta) > 4096);
	/* Moved: the head is cut off, a few bytes come in. */
	memcpy(data, "inserted", 8);
	memcpy(data + 8, basis + 12345, MIB - 12345);
	come_back(MIB, MIB - 12345 + 8, BLOCK, 2 * BLOCK + 64);
}

/* Zeros, and blocks that have their rolling sum and another strong one. */
static void
a_search_without_end_is_given_up(void **state)
{
	struct timespec from, to;
	uint8_t entry[12];
	size_t i;

	(void)state;
	memset(data, 0, MIB);
	memcpy(got, basis, 2048);
	memset(basis, 0, 2048);
	buf_reset(sig);
	buf_reset(delta);
	assert_int_equal(delta_sign(basis, 2048, 2048, sig), 0);
	memcpy(basis, got, 2048);
	memcpy(entry, buf_ptr(sig) + 12, 12);
	buf_trim(sig, 12);
	for (i = 0; i < 1024; i++) {
		entry[4] = (uint8_t)(i >> 8);
		entry[5] = (uint8_t)i;
		assert_int_equal(buf_put(sig, entry, 12), 0);
	}
	assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from), 0);
	assert_int_equal(delta_make(buf_ptr(sig), buf_len(sig), data, MIB,
	    2 * MIB, delta), ERR_TOOBIG);
	assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to), 0);
	/* Half a second; to the end it would be seven or more. */
	assert_true(to.tv_sec - from.tv_sec <= 2);
	assert_int_equal(buf_len(delta), 0);
}

static void
blocks_fit_the_length(void **state)
{
	size_t len;
	uint32_t block;

	(void)state;
	for (len = 0; len <= DELTA_RAW_MAX; len += 4099) {
		block = delta_block(len);
		assert_in_range(block, DELTA_BLOCK_MIN, DELTA_BLOCK_MAX);
		assert_true(delta_signature_max(len, block) <= 12 + len / 64);
	}
}

static void
too_much_is_refused(void **state)
{
	size_t n;

	(void)state;
	buf_reset(sig);
	buf_reset(delta);
	assert_int_equal(delta_sign(basis, 1000, DELTA_BLOCK_MIN - 1, sig),
	    ERR_CONFIG);
	assert_int_equal(delta_sign(basis, 1000, DELTA_BLOCK_MAX + 1, sig),
	    ERR_CONFIG);
	assert_int_equal(delta_sign(basis, DELTA_RAW_MAX + 1, BLOCK, sig),
	    ERR_TOOBIG);
	assert_int_equal(buf_len(sig), 0);
	fill(data, MIB, 3);
	make(MIB, MIB, BLOCK, 2 * MIB);
	n = buf_len(delta);
	/* Just what it takes, and one less; what stood there stays. */
	buf_reset(delta);
	assert_int_equal(buf_put(delta, "head", 4), 0);
	assert_int_equal(delta_make(buf_ptr(sig), buf_len(sig), data, MIB,
	    n - 1, delta), ERR_TOOBIG);
	assert_int_equal(delta_make(buf_ptr(sig), buf_len(sig), data, MIB, 0,
	    delta), ERR_TOOBIG);
	assert_int_equal(delta_make(buf_ptr(sig), buf_len(sig), data,
	    DELTA_RAW_MAX + 1, 2 * MIB, delta), ERR_TOOBIG);
	assert_int_equal(buf_len(delta), 4);
	assert_int_equal(delta_make(buf_ptr(sig), buf_len(sig), data, MIB, n,
	    delta), 0);
	assert_int_equal(buf_len(delta), n + 4);
	assert_memory_equal(buf_ptr(delta), "head", 4);
}

/* A signature's head, and a body of zeros. */
static int
check_head(uint32_t magic, uint32_t block, uint32_t strong, size_t body)
{
	uint32_t words[3] = { magic, block, strong };
	uint8_t *p;
	size_t i, n = 12 + body;
	int r;

	assert_non_null(p = calloc(1, n));
	for (i = 0; i < 12; i++)
		p[i] = (uint8_t)(words[i / 4] >> (24 - i % 4 * 8));
	r = delta_signature_check(p, n);
	buf_reset(delta);
	assert_int_equal(delta_make(p, n, data, 1000, 2000, delta), r);
	free(p);
	return r;
}

static void
signatures_are_checked(void **state)
{
	static const uint32_t good = 0x72730147;
	size_t i;

	(void)state;
	assert_int_equal(check_head(good, 2048, 8, 0), 0);
	assert_int_equal(check_head(good, 2048, 8, 12), 0);
	assert_int_equal(check_head(good, 2048, 8, 1024 * 12), 0);
	assert_int_equal(check_head(good, 2048, 8, 1025 * 12), ERR_FORMAT);
	assert_int_equal(check_head(good, 256, 8, 8192 * 12), 0);
	assert_int_equal(check_head(good, 256, 8, 8193 * 12), ERR_FORMAT);
	assert_int_equal(check_head(good, 2048, 8, 13), ERR_FORMAT);
	assert_int_equal(check_head(good, 2048, 8, 11), ERR_FORMAT);
	/* MD4, the older sum, and a delta's magic. */
	assert_int_equal(check_head(0x72730146, 2048, 8, 12), ERR_FORMAT);
	assert_int_equal(check_head(0x72730137, 2048, 8, 12), ERR_FORMAT);
	assert_int_equal(check_head(0x72730236, 2048, 8, 12), ERR_FORMAT);
	assert_int_equal(check_head(good, 0, 8, 12), ERR_FORMAT);
	assert_int_equal(check_head(good, DELTA_BLOCK_MIN - 1, 8, 12),
	    ERR_FORMAT);
	assert_int_equal(check_head(good, DELTA_BLOCK_MAX + 1, 8, 12),
	    ERR_FORMAT);
	assert_int_equal(check_head(good, UINT32_MAX, 8, 12), ERR_FORMAT);
	for (i = 0; i < 40; i++)
		assert_int_equal(check_head(good, 2048, (uint32_t)i, 12),
		    i == 8 ? 0 : ERR_FORMAT);
	assert_int_equal(check_head(good, 2048, UINT32_MAX, 12), ERR_FORMAT);
	buf_reset(sig);
	assert_int_equal(delta_sign(basis, 5000, BLOCK, sig), 0);
	for (i = 0; i < buf_len(sig); i++)
		assert_int_equal(delta_signature_check(buf_ptr(sig), i),
		    i >= 12 && i % 12 == 0 ? 0 : ERR_FORMAT);
}

static void
every_truncation_is_format(void **state)
{
	size_t i;

	(void)state;
	memcpy(data, basis, 5000);
	fill(data + 2000, 100, 5);
	come_back(5000, 5000, DELTA_BLOCK_MIN, 1000);
	for (i = 0; i < buf_len(delta); i++)
		assert_int_equal(apply(5000, buf_ptr(delta), i, 5000),
		    ERR_FORMAT);
	/* What follows the end, too. */
	assert_int_equal(buf_put(delta, "", 1), 0);
	assert_int_equal(apply(5000, buf_ptr(delta), buf_len(delta), 5000),
	    ERR_FORMAT);
}

static void
announced_length_must_hold(void **state)
{
	static const size_t lens[] = { 0, 1, 4999, 5001, MIB };
	size_t i;

	(void)state;
	memcpy(data, basis, 5000);
	come_back(5000, 5000, DELTA_BLOCK_MIN, 100);
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
		assert_int_equal(apply(5000, buf_ptr(delta), buf_len(delta),
		    lens[i]), ERR_FORMAT);
}

/* The magic, then a command: code and operands, and the end. */
static int
apply_command(const char *command, size_t n, size_t len)
{
	uint8_t all[64] = { 0x72, 0x73, 0x02, 0x36 };

	memcpy(all + 4, command, n);
	return apply(1000, all, 4 + n + 1, len);
}

static void
copies_stay_within_the_basis(void **state)
{
	(void)state;
	/* 0x45 to 0x54: copy, of 1, 2, 4 or 8 bytes each of place, length. */
	assert_int_equal(apply_command("\x45\x64\x64", 3, 100), 0);
	assert_memory_equal(got, basis + 100, 100);
	assert_int_equal(apply_command("\x4a\x03\x84\x00\x64", 5, 100), 0);
	assert_memory_equal(got, basis + 900, 100);
	assert_int_equal(apply_command("\x4a\x03\x85\x00\x64", 5, 100),
	    ERR_FORMAT);
	assert_int_equal(apply_command("\x4a\x03\xe8\x00\x01", 5, 1),
	    ERR_FORMAT);
	assert_int_equal(apply_command("\x4a\xff\xff\x00\x01", 5, 1),
	    ERR_FORMAT);
	assert_int_equal(apply_command("\x45\x00\x00", 3, 0), ERR_FORMAT);
	assert_int_equal(apply_command("\x54\x7f\xff\xff\xff\xff\xff\xff\xff"
	    "\x7f\xff\xff\xff\xff\xff\xff\xff", 17, 1000), ERR_FORMAT);
	assert_int_equal(apply_command("\x54\xff\xff\xff\xff\xff\xff\xff\xff"
	    "\x00\x00\x00\x00\x00\x00\x00\x01", 17, 1), ERR_FORMAT);
	assert_int_equal(apply_command("\x54\x00\x00\x00\x00\x00\x00\x00\x01"
	    "\xff\xff\xff\xff\xff\xff\xff\xff", 17, 1), ERR_FORMAT);
}

static void
commands_that_are_none_are_format(void **state)
{
	char command[] = "xxxxxxxxxxxxxxxxxxxx";
	int i;

	(void)state;
	/* A literal of 2^63 - 1 bytes. */
	assert_int_equal(apply_command("\x44\x7f\xff\xff\xff\xff\xff\xff\xff",
	    9, 1000), ERR_FORMAT);
	assert_int_equal(apply_command("\x44\xff\xff\xff\xff\xff\xff\xff\xff",
	    9, 1000), ERR_FORMAT);
	assert_int_equal(apply_command("\x41\x00", 2, 0), ERR_FORMAT);
	for (i = 0x55; i <= 0xff; i++) {
		command[0] = (char)i;
		assert_int_equal(apply_command(command, 20, 20), ERR_FORMAT);
	}
	/* None at all; the magic of a signature. */
	assert_int_equal(apply_command("", 0, 0), 0);
	assert_int_equal(apply(1000, "\x72\x73\x01\x36", 5, 0), ERR_FORMAT);
	assert_int_equal(apply(1000, "", 0, 0), ERR_FORMAT);
}

/* 1,000 copies of all of 1 MiB in 6,005 bytes. */
static void
bombs_are_capped(void **state)
{
	static const char copy[] = "\x47\x00\x00\x10\x00\x00";
	size_t i;

	(void)state;
	buf_reset(delta);
	assert_int_equal(buf_put(delta, "\x72\x73\x02\x36", 4), 0);
	for (i = 0; i < 1000; i++)
		assert_int_equal(buf_put(delta, copy, 6), 0);
	assert_int_equal(buf_put(delta, "", 1), 0);
	assert_int_equal(buf_len(delta), 6005);
	assert_int_equal(apply(MIB, buf_ptr(delta), buf_len(delta), MIB),
	    ERR_FORMAT);
	assert_int_equal(apply(MIB, buf_ptr(delta), buf_len(delta),
	    DELTA_RAW_MAX), ERR_FORMAT);
	assert_int_equal(apply(10, buf_ptr(delta), buf_len(delta),
	    DELTA_RAW_MAX + 1), ERR_TOOBIG);
}

/* SHA-256 finds what comes out wrong; it only must stay within its memory. */
static void
flipped_bits_do_no_harm(void **state)
{
	uint8_t *p;
	size_t i, bad = 0;
	int r;

	(void)state;
	memcpy(data, basis + 700, 4000);
	fill(data + 2000, 20, 5);
	come_back(5000, 4000, DELTA_BLOCK_MIN, 2000);
	p = (uint8_t *)(uintptr_t)buf_ptr(delta);
	for (i = 0; i < buf_len(delta) * 8; i++) {
		p[i / 8] ^= (uint8_t)(1 << i % 8);
		r = apply(5000, p, buf_len(delta), 4000);
		assert_true(r == 0 || r == ERR_FORMAT);
		bad += r != 0;
		p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_true(bad > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deltas_come_back),
		cmocka_unit_test(a_changed_page_is_all_that_is_sent),
		cmocka_unit_test(a_search_without_end_is_given_up),
		cmocka_unit_test(blocks_fit_the_length),
		cmocka_unit_test(too_much_is_refused),
		cmocka_unit_test(signatures_are_checked),
		cmocka_unit_test(every_truncation_is_format),
		cmocka_unit_test(announced_length_must_hold),
		cmocka_unit_test(copies_stay_within_the_basis),
		cmocka_unit_test(commands_that_are_none_are_format),
		cmocka_unit_test(bombs_are_capped),
		cmocka_unit_test(flipped_bits_do_no_harm),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
