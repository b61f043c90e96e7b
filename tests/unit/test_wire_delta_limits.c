/* test_wire_delta_limits.c: messages of deltas whose parts do not agree. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "wire/delta.h"

#define CAP (8u << 20)

static const uint8_t big[WIRE_FRAME_RAW_MAX + 1];

static struct buf *
empty(void)
{
	struct buf *b;

	assert_int_equal(buf_new(CAP, &b), 0);
	return b;
}

/* A DELTA as it comes, field by field: what its cursor says at last. */
struct raw_delta {
	uint8_t	 kind;
	uint64_t raw;
	uint64_t n;
	const char *fields;		/* of the parts, one byte each */
	size_t	 data_len;
};

static int
delta_of(const struct raw_delta *d)
{
	struct buf *b = empty();
	struct wire_delta_part part;
	struct wire_delta m;
	size_t i;
	int r;

	assert_int_equal(buf_put_u64(b, 1), 0);
	assert_int_equal(buf_put_u8(b, d->kind), 0);
	assert_int_equal(buf_put_varint(b, d->raw), 0);
	assert_int_equal(buf_put_varint(b, d->n), 0);
	for (i = 0; i < 2 * d->n && i < 4; i++)
		assert_int_equal(buf_put_u8(b, (uint8_t)d->fields[i]), 0);
	assert_int_equal(buf_put_bytes(b, big, d->data_len), 0);
	if ((r = wire_delta_decode(b, &m)) == 0)
		while ((r = wire_delta_next(b, &m, &part)) == 1)
			continue;
	buf_free(b);
	return r;
}

static void
test_parts_of_a_delta_agree_with_raw(void **state)
{
	static const struct {
		struct raw_delta d;
		int	 r;
	} cases[] = {
		{ { 0, 9, 2, "\0\4\1\5", 9 }, 0 },
		{ { 1, 9, 2, "\0\4\1\5", 7 }, 0 },
		{ { 0, 0, 0, "", 0 }, 0 },
		{ { 0, 9, 2, "\0\4\1\4", 9 }, ERR_FORMAT },
		{ { 0, 9, 2, "\0\4\1\6", 9 }, ERR_FORMAT },
		{ { 0, 4, 2, "\0\4\1\0", 4 }, ERR_FORMAT },
		{ { 0, 9, 2, "\0\4\0\5", 9 }, ERR_FORMAT },
		{ { 0, 9, 2, "\0\4\1\5", 8 }, ERR_FORMAT },
		{ { 1, 9, 2, "\0\4\1\5", 0 }, ERR_FORMAT },
		{ { 2, 9, 2, "\0\4\1\5", 9 }, ERR_FORMAT },
		{ { 1, 0, 0, "", 0 }, ERR_FORMAT },
		{ { 0, 0, 0, "", 1 }, ERR_FORMAT },
		{ { 0, 1, 0, "", 1 }, ERR_FORMAT },
		{ { 0, 9, WIRE_PIECES_MAX + 1, "\0\4\1\5", 9 }, ERR_TOOBIG },
		{ { 0, WIRE_FRAME_RAW_MAX + 1, 1, "\0\4", 4 }, ERR_FORMAT },
		{ { 1, 4, 1, "\0\4", WIRE_FRAME_RAW_MAX + 1 }, ERR_TOOBIG }
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (delta_of(&cases[i].d) != cases[i].r)
			fail_msg("case %zu", i);
}

static void
test_chunks_stay_below_their_number(void **state)
{
	static const struct wire_delta_part beyond[] = {
		{ .chunk = WIRE_PIECES_MAX, .len = 1, .good = true }
	};
	static const struct wire_delta_part back[] = {
		{ .chunk = 5, .len = 1, .good = true },
		{ .chunk = 5, .len = 1, .good = true }
	};
	struct wire_delta d = { .raw = 1, .data = big, .data_len = 1,
	    .n = 1, .parts = beyond };
	struct wire_patched p = { .data = big, .data_len = 1, .n = 1,
	    .parts = beyond };
	struct wire_delta_part part;
	struct buf *b = empty();

	(void)state;
	assert_int_equal(wire_delta_encode(&d, b), ERR_FORMAT);
	assert_int_equal(wire_patched_encode(&p, b), ERR_FORMAT);
	d.n = p.n = 2;
	d.parts = p.parts = back;
	assert_int_equal(wire_delta_encode(&d, b), ERR_FORMAT);
	assert_int_equal(wire_patched_encode(&p, b), ERR_FORMAT);
	/* 4095, and then one more. */
	buf_reset(b);
	assert_int_equal(buf_put(b, "\0\0\0\0\0\0\0\1\2\xff\x1f\1\1\1\1x", 16),
	    0);
	assert_int_equal(wire_patched_decode(b, &p), 0);
	assert_int_equal(wire_patched_next(b, &p, &part), 1);
	assert_int_equal(part.chunk, WIRE_PIECES_MAX - 1);
	assert_int_equal(wire_patched_next(b, &p, &part), ERR_FORMAT);
	buf_free(b);
}

/* What PATCHED with one part says at last. */
static int
patched_of(uint8_t good, size_t data_len)
{
	struct buf *b = empty();
	struct wire_delta_part part;
	struct wire_patched m;
	int r;

	assert_int_equal(buf_put(b, "\0\0\0\0\0\0\0\1\1\0", 10), 0);
	assert_int_equal(buf_put_u8(b, good), 0);
	assert_int_equal(buf_put_bytes(b, big, data_len), 0);
	assert_int_equal(wire_patched_decode(b, &m), 0);
	while ((r = wire_patched_next(b, &m, &part)) == 1)
		assert_int_equal(part.good, good);
	buf_free(b);
	return r;
}

static void
test_patched_holds_what_is_good(void **state)
{
	(void)state;
	assert_int_equal(patched_of(1, 5), 0);
	assert_int_equal(patched_of(0, 0), 0);
	assert_int_equal(patched_of(1, 0), ERR_FORMAT);
	assert_int_equal(patched_of(0, 5), ERR_FORMAT);
	assert_int_equal(patched_of(2, 5), ERR_FORMAT);
	assert_int_equal(patched_of(1, WIRE_FRAME_RAW_MAX + 1), ERR_TOOBIG);
}

static int
packed_of(uint8_t type, uint32_t raw, size_t len)
{
	struct wire_packed m = { type, raw, big, len };
	struct buf *b = empty();
	int r;

	if ((r = wire_packed_encode(&m, b)) == 0)
		r = wire_packed_decode(b, &m);
	buf_free(b);
	return r;
}

static void
test_only_pages_and_chunks_are_packed(void **state)
{
	(void)state;
	assert_int_equal(packed_of(WIRE_PAGE, 1, 1), 0);
	assert_int_equal(packed_of(WIRE_CHUNKS, WIRE_PACKED_RAW_MAX, 1), 0);
	assert_int_equal(packed_of(WIRE_PACKED, 1, 1), ERR_FORMAT);
	assert_int_equal(packed_of(WIRE_FRAME, 1, 1), ERR_FORMAT);
	assert_int_equal(packed_of(WIRE_PAGE, 0, 1), ERR_FORMAT);
	assert_int_equal(packed_of(WIRE_PAGE, 1, 0), ERR_FORMAT);
	assert_int_equal(packed_of(WIRE_PAGE, WIRE_PACKED_RAW_MAX + 1, 1),
	    ERR_TOOBIG);
	assert_int_equal(packed_of(WIRE_PAGE, 1, WIRE_PACKED_RAW_MAX + 1),
	    ERR_TOOBIG);
}

static int
basis_of(uint32_t chunk, uint32_t len, uint32_t block, size_t data_len)
{
	struct wire_basis m = { 1, chunk, len, block, big, data_len };
	struct buf *b = empty();
	int r;

	if ((r = wire_basis_encode(&m, b)) == 0)
		r = wire_basis_decode(b, &m);
	buf_free(b);
	return r;
}

static void
test_basis_has_its_bounds(void **state)
{
	(void)state;
	assert_int_equal(basis_of(WIRE_PIECES_MAX - 1, WIRE_FRAME_RAW_MAX,
	    WIRE_BLOCK_MAX, WIRE_BASIS_MAX), 0);
	assert_int_equal(basis_of(0, 1, WIRE_BLOCK_MIN, 1), 0);
	assert_int_equal(basis_of(WIRE_PIECES_MAX, 1, 256, 1), ERR_FORMAT);
	assert_int_equal(basis_of(0, 0, 256, 1), ERR_FORMAT);
	assert_int_equal(basis_of(0, WIRE_FRAME_RAW_MAX + 1, 256, 1),
	    ERR_FORMAT);
	assert_int_equal(basis_of(0, 1, 255, 1), ERR_FORMAT);
	assert_int_equal(basis_of(0, 1, WIRE_BLOCK_MAX + 1, 1), ERR_FORMAT);
	assert_int_equal(basis_of(0, 1, 256, 0), ERR_FORMAT);
	assert_int_equal(basis_of(0, 1, 256, WIRE_BASIS_MAX + 1),
	    ERR_TOOBIG);
}

static void
test_signature_has_its_bounds(void **state)
{
	struct wire_signature m = { 1, 0, big, WIRE_SIGNATURE_MAX };
	struct wire_again again = { 1, big, WIRE_BITMAP_MAX + 1 };
	struct buf *b = empty();

	(void)state;
	assert_int_equal(wire_signature_encode(&m, b), 0);
	assert_int_equal(wire_signature_decode(b, &m), 0);
	m.data = big;		/* not what was decoded */
	m.chunk = WIRE_PIECES_MAX;
	assert_int_equal(wire_signature_encode(&m, b), 0);
	assert_int_equal(wire_signature_decode(b, &m), ERR_FORMAT);
	m.chunk = 0;
	m.data = big;
	m.len = WIRE_SIGNATURE_MAX + 1;
	assert_int_equal(wire_signature_encode(&m, b), ERR_TOOBIG);
	assert_int_equal(wire_again_encode(&again, b), ERR_TOOBIG);
	buf_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts_of_a_delta_agree_with_raw),
		cmocka_unit_test(test_chunks_stay_below_their_number),
		cmocka_unit_test(test_patched_holds_what_is_good),
		cmocka_unit_test(test_only_pages_and_chunks_are_packed),
		cmocka_unit_test(test_basis_has_its_bounds),
		cmocka_unit_test(test_signature_has_its_bounds)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
