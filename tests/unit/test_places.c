/* test_places.c: deltas of bytes that changed in their places. */
#include "codec/places.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "codec/delta.h"

#define LEN 300001u			/* not a whole number of blocks */

static uint8_t basis[LEN], data[LEN], got[LEN];
static struct buf *sig, *delta;

static int
setup(void **state)
{
	uint32_t x = 7;
	size_t i;

	(void)state;
	for (i = 0; i < LEN; i++) {
		x = x * 1664525 + 1013904223;
		basis[i] = data[i] = (uint8_t)(x >> 24);
	}
	if (buf_new(2 * LEN, &sig) != 0)
		return -1;
	return buf_new(2 * LEN, &delta);
}

static int
teardown(void **state)
{
	(void)state;
	buf_free(sig);
	buf_free(delta);
	return 0;
}

/* Sign the basis, make the delta of data, apply it. */
static void
round_trip(size_t max, size_t most)
{
	struct delta_input in = { .basis = basis, .basis_len = LEN };

	buf_reset(sig);
	buf_reset(delta);
	assert_int_equal(places_sign(basis, LEN, sig), 0);
	assert_int_equal(buf_len(sig), 12 +
	    (LEN + PLACES_BLOCK - 1) / PLACES_BLOCK * 4);
	assert_int_equal(delta_signature_check(buf_ptr(sig), buf_len(sig)),
	    0);
	assert_int_equal(delta_make(buf_ptr(sig), buf_len(sig), data, LEN,
	    max, delta), 0);
	assert_true(buf_len(delta) <= most);
	in.delta = buf_ptr(delta);
	in.delta_len = buf_len(delta);
	memset(got, 0, LEN);
	assert_int_equal(delta_apply(&in, got, LEN), 0);
	assert_memory_equal(got, data, LEN);
}

static void
test_same(void **state)
{
	(void)state;
	memcpy(data, basis, LEN);
	round_trip(LEN, 14);
}

static void
test_changed(void **state)
{
	static const size_t at[] = { 0, 5000, 6143, 6144, 150000, LEN - 1 };
	size_t i;

	(void)state;
	memcpy(data, basis, LEN);
	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		data[at[i]] ^= 1;
	round_trip(LEN, 6 * (PLACES_BLOCK + 5 + 9) + 14);
	memset(data, 0, LEN);
	round_trip(LEN + 100, LEN + 10);
}

static void
test_too_much(void **state)
{
	size_t before;

	(void)state;
	memset(data, 0, LEN);
	buf_reset(sig);
	buf_reset(delta);
	assert_int_equal(places_sign(basis, LEN, sig), 0);
	assert_int_equal(buf_put_u8(delta, 1), 0);
	before = buf_len(delta);
	assert_int_equal(delta_make(buf_ptr(sig), buf_len(sig), data, LEN,
	    LEN / 2, delta), ERR_TOOBIG);
	assert_int_equal(buf_len(delta), before);
	assert_int_equal(delta_make(buf_ptr(sig), buf_len(sig), data, LEN, 4,
	    delta), ERR_TOOBIG);
	assert_int_equal(places_sign(basis, DELTA_RAW_MAX + 1, sig),
	    ERR_TOOBIG);
}

/* Every way of being no signature of this chunk. */
static void
test_bad(void **state)
{
	uint8_t *p;
	size_t n;

	(void)state;
	buf_reset(sig);
	buf_reset(delta);
	assert_int_equal(places_sign(basis, LEN, sig), 0);
	n = buf_len(sig);
	p = malloc(n + 8);
	assert_non_null(p);
	memcpy(p, buf_ptr(sig), n);
	memset(p + n, 0, 8);
	assert_int_equal(delta_signature_check(p, n - 1), ERR_FORMAT);
	assert_int_equal(delta_signature_check(p, n + 8), ERR_FORMAT);
	assert_int_equal(delta_signature_check(p, 11), ERR_FORMAT);
	assert_int_equal(delta_make(p, n, data, LEN - 1, LEN, delta),
	    ERR_FORMAT);
	p[6] = 0;		/* block 0 */
	assert_int_equal(delta_signature_check(p, n), ERR_FORMAT);
	p[6] = 0x40;		/* 16 KiB */
	assert_int_equal(delta_signature_check(p, n), ERR_FORMAT);
	p[6] = 0x08;
	p[8] = 0x7f;		/* too long a basis */
	assert_int_equal(delta_signature_check(p, n), ERR_FORMAT);
	free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_bad)
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
