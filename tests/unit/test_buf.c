/* test_buf.c: what goes in comes out, or nothing moves. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define CAP 100000

static uint64_t seed = 0x9e3779b97f4a7c15;

/* A small generator, so that a failure can be repeated. */
static uint64_t
random64(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static struct buf *
make(size_t cap)
{
	struct buf *b;

	assert_int_equal(buf_new(cap, &b), 0);
	return b;
}

static void
test_numbers_are_big_endian(void **state)
{
	static const uint8_t want[] = {
		1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7, 8,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe
	};
	struct buf *b = make(CAP);
	uint8_t v8;
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;
	int64_t i64;

	(void)state;
	assert_int_equal(buf_put_u8(b, 1), 0);
	assert_int_equal(buf_put_u16(b, 0x0203), 0);
	assert_int_equal(buf_put_u32(b, 0x04050607), 0);
	assert_int_equal(buf_put_u64(b, 0x0102030405060708), 0);
	assert_int_equal(buf_put_i64(b, -2), 0);
	assert_int_equal(buf_len(b), sizeof(want));
	assert_memory_equal(buf_ptr(b), want, sizeof(want));
	assert_int_equal(buf_get_u8(b, &v8), 0);
	assert_int_equal(buf_get_u16(b, &v16), 0);
	assert_int_equal(buf_get_u32(b, &v32), 0);
	assert_int_equal(buf_get_u64(b, &v64), 0);
	assert_int_equal(buf_end(b), ERR_FORMAT);
	assert_int_equal(buf_get_i64(b, &i64), 0);
	assert_int_equal(buf_end(b), 0);
	assert_int_equal(v8, 1);
	assert_int_equal(v16, 0x0203);
	assert_int_equal(v32, 0x04050607);
	assert_true(v64 == 0x0102030405060708);
	assert_true(i64 == -2);
	buf_free(b);
}

static void
test_get_leaves_buffer_when_truncated(void **state)
{
	static const uint8_t data[8] = { 0x87, 2, 3, 4, 5, 6, 7, 8 };
	uint8_t v8, raw[8] = { 0 };
	uint16_t v16 = 7;
	uint32_t v32 = 7;
	uint64_t v64 = 7;
	int64_t i64 = 7;
	struct buf *b;
	size_t n;

	(void)state;
	for (n = 0; n < 8; n++) {
		assert_int_equal(buf_borrow(data, n, &b), 0);
		if (n < 1)
			assert_int_equal(buf_get_u8(b, &v8), ERR_FORMAT);
		if (n < 2)
			assert_int_equal(buf_get_u16(b, &v16), ERR_FORMAT);
		if (n < 4)
			assert_int_equal(buf_get_u32(b, &v32), ERR_FORMAT);
		assert_int_equal(buf_get_u64(b, &v64), ERR_FORMAT);
		assert_int_equal(buf_get_i64(b, &i64), ERR_FORMAT);
		assert_int_equal(buf_get(b, raw, n + 1), ERR_FORMAT);
		assert_int_equal(buf_skip(b, n + 1), ERR_FORMAT);
		assert_int_equal(buf_skip(b, SIZE_MAX), ERR_FORMAT);
		assert_int_equal(buf_len(b), n);
		assert_memory_equal(buf_ptr(b), data, n);
		buf_free(b);
	}
	assert_int_equal(v16, 7);
	assert_int_equal(v32, 7);
	assert_int_equal(v64, 7);
	assert_int_equal(i64, 7);
	assert_int_equal(raw[0], 0);
}

static void
test_varint_known_bytes(void **state)
{
	static const uint8_t want[] = { 0, 0x7f, 0x80, 1, 0xac, 2 };
	static const uint8_t most[] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1
	};
	struct buf *b = make(CAP);

	(void)state;
	assert_int_equal(buf_put_varint(b, 0), 0);
	assert_int_equal(buf_put_varint(b, 127), 0);
	assert_int_equal(buf_put_varint(b, 128), 0);
	assert_int_equal(buf_put_varint(b, 300), 0);
	assert_int_equal(buf_len(b), sizeof(want));
	assert_memory_equal(buf_ptr(b), want, sizeof(want));
	buf_reset(b);
	assert_int_equal(buf_put_varint(b, UINT64_MAX), 0);
	assert_int_equal(buf_len(b), sizeof(most));
	assert_memory_equal(buf_ptr(b), most, sizeof(most));
	buf_free(b);
}

static void
check_varint(uint64_t v)
{
	struct buf *b = make(CAP), *cut;
	uint64_t back = ~v;
	size_t n;

	assert_int_equal(buf_put_varint(b, v), 0);
	for (n = 0; n < buf_len(b); n++) {
		assert_int_equal(buf_borrow(buf_ptr(b), n, &cut), 0);
		assert_int_equal(buf_get_varint(cut, &back), ERR_FORMAT);
		assert_int_equal(buf_len(cut), n);
		buf_free(cut);
	}
	assert_true(back == ~v);
	assert_int_equal(buf_get_varint(b, &back), 0);
	assert_true(back == v);
	assert_int_equal(buf_end(b), 0);
	buf_free(b);
}

static void
test_varint_gives_back_any_number(void **state)
{
	unsigned int bit;
	int i;

	(void)state;
	for (bit = 0; bit < 64; bit++) {
		check_varint((uint64_t)1 << bit);
		check_varint(((uint64_t)1 << bit) - 1);
	}
	check_varint(UINT64_MAX);
	for (i = 0; i < 500; i++)
		check_varint(random64() >> (random64() % 64));
}

static void
test_varint_wants_shortest_form(void **state)
{
	static const struct {
		const char *bytes;
		size_t	 len;
	} bad[] = {
		{ "\x80\x00", 2 }, { "\xff\x00", 2 }, { "\x81\x80\x00", 3 },
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10 },
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x00", 11 },
		{ "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11 }
	};
	const uint8_t *data;
	struct buf *b;
	uint64_t v;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(buf_borrow(bad[i].bytes, bad[i].len, &b), 0);
		assert_int_equal(buf_get_varint(b, &v), ERR_FORMAT);
		assert_int_equal(buf_get_bytes(b, CAP, &data, &len),
		    ERR_FORMAT);
		assert_int_equal(buf_len(b), bad[i].len);
		buf_free(b);
	}
}

static void
test_varint32_is_bounded(void **state)
{
	uint32_t v = 7;
	struct buf *b;
	size_t len;

	(void)state;
	assert_int_equal(buf_new(CAP, &b), 0);
	assert_int_equal(buf_put_varint(b, UINT64_C(0x100000001)), 0);
	len = buf_len(b);
	assert_int_equal(buf_get_varint32(b, UINT32_MAX, &v), ERR_FORMAT);
	assert_int_equal(v, 7);
	assert_int_equal(buf_len(b), len);
	buf_reset(b);
	assert_int_equal(buf_put_varint(b, 300), 0);
	assert_int_equal(buf_get_varint32(b, 299, &v), ERR_FORMAT);
	assert_int_equal(buf_len(b), 2);
	assert_int_equal(buf_get_varint32(b, 300, &v), 0);
	assert_int_equal(v, 300);
	assert_int_equal(buf_get_varint32(b, 300, &v), ERR_FORMAT);
	buf_free(b);
}

static void
test_bytes_are_bounded(void **state)
{
	struct buf *b = make(CAP);
	const uint8_t *data = NULL;
	size_t len = 99, n;

	(void)state;
	assert_int_equal(buf_put_bytes(b, "hello", 5), 0);
	assert_int_equal(buf_get_bytes(b, 4, &data, &len), ERR_TOOBIG);
	assert_null(data);
	assert_int_equal(buf_len(b), 6);
	for (n = 5; n > 0; n--) {
		buf_trim(b, 1);
		assert_int_equal(buf_get_bytes(b, 5, &data, &len), ERR_FORMAT);
		assert_int_equal(buf_len(b), n);
	}
	assert_int_equal(len, 99);
	buf_reset(b);
	assert_int_equal(buf_put_bytes(b, "hello", 5), 0);
	assert_int_equal(buf_put_bytes(b, NULL, 0), 0);
	assert_int_equal(buf_get_bytes(b, 5, &data, &len), 0);
	assert_int_equal(len, 5);
	assert_memory_equal(data, "hello", 5);
	assert_int_equal(buf_get_bytes(b, 5, &data, &len), 0);
	assert_int_equal(len, 0);
	assert_int_equal(buf_end(b), 0);
	/* A length near 2^64 must not wrap. */
	assert_int_equal(buf_put_varint(b, UINT64_MAX), 0);
	assert_int_equal(buf_get_bytes(b, SIZE_MAX, &data, &len), ERR_FORMAT);
	buf_free(b);
}

static void
test_str_refuses_nul(void **state)
{
	struct buf *b = make(CAP);
	char *s = NULL;

	(void)state;
	assert_int_equal(buf_put_bytes(b, "a\0b", 3), 0);
	assert_int_equal(buf_get_str(b, 10, &s), ERR_FORMAT);
	assert_null(s);
	assert_int_equal(buf_len(b), 4);
	buf_reset(b);
	assert_int_equal(buf_put_str(b, "text"), 0);
	assert_int_equal(buf_put_str(b, ""), 0);
	assert_int_equal(buf_get_str(b, 3, &s), ERR_TOOBIG);
	assert_int_equal(buf_get_str(b, 4, &s), 0);
	assert_string_equal(s, "text");
	free(s);
	assert_int_equal(buf_get_str(b, 4, &s), 0);
	assert_string_equal(s, "");
	free(s);
	buf_free(b);
}

static void
test_cap_is_hard(void **state)
{
	struct buf *b = make(10);
	uint8_t *p, c;

	(void)state;
	assert_int_equal(buf_put(b, "12345678", 8), 0);
	assert_int_equal(buf_put(b, "abc", 3), ERR_NOMEM);
	assert_int_equal(buf_put_u32(b, 1), ERR_NOMEM);
	assert_int_equal(buf_put_bytes(b, "ab", 2), ERR_NOMEM);
	assert_int_equal(buf_put_bytes(b, "ab", SIZE_MAX), ERR_NOMEM);
	assert_int_equal(buf_reserve(b, SIZE_MAX, &p), ERR_NOMEM);
	assert_int_equal(buf_len(b), 8);
	assert_int_equal(buf_put(b, "90", 2), 0);
	assert_int_equal(buf_put_u8(b, 1), ERR_NOMEM);
	/* What was consumed is room again. */
	assert_int_equal(buf_get_u8(b, &c), 0);
	assert_int_equal(buf_put(b, "x", 1), 0);
	assert_memory_equal(buf_ptr(b), "234567890x", 10);
	buf_free(b);

	b = make(0);
	assert_int_equal(buf_put(b, "", 0), 0);
	assert_int_equal(buf_put_u8(b, 1), ERR_NOMEM);
	buf_free(b);
}

static void
test_borrowed_is_read_only(void **state)
{
	struct buf *b;

	(void)state;
	assert_int_equal(buf_borrow("ab", 2, &b), 0);
	assert_int_equal(buf_put_u8(b, 1), ERR_NOMEM);
	assert_int_equal(buf_put(b, "", 0), ERR_NOMEM);
	assert_int_equal(buf_len(b), 2);
	buf_free(b);
	assert_int_equal(buf_borrow(NULL, 0, &b), 0);
	assert_non_null(buf_ptr(b));
	assert_int_equal(buf_end(b), 0);
	buf_free(b);
	buf_free(NULL);
}

/* A queue against a plain array: puts, gets, trims and growth in any order. */
static void
test_behaves_as_a_queue(void **state)
{
	static uint8_t model[1 << 20];
	struct buf *b = make(3000);
	size_t head = 0, tail = 0, n, i;
	uint8_t *p, out[700];
	int step;

	(void)state;
	for (step = 0; step < 2500; step++) {
		n = (size_t)(random64() % sizeof(out));
		if (random64() % 5 < 3) {
			if (tail - head + n > 3000) {
				assert_int_equal(buf_reserve(b, n, &p),
				    ERR_NOMEM);
				continue;
			}
			assert_int_equal(buf_reserve(b, n, &p), 0);
			for (i = 0; i < n; i++)
				p[i] = model[tail + i] = (uint8_t)random64();
			tail += n;
			i = n / 3;
			buf_trim(b, i);
			tail -= i;
		} else if (n <= tail - head) {
			assert_int_equal(buf_get(b, out, n), 0);
			assert_memory_equal(out, model + head, n);
			head += n;
		} else
			assert_int_equal(buf_get(b, out, n), ERR_FORMAT);
		assert_int_equal(buf_len(b), tail - head);
		assert_memory_equal(buf_ptr(b), model + head, tail - head);
	}
	assert_true(head > 3000);	/* it went around */
	buf_free(b);
}

static void
test_wipe_leaves_zeros(void **state)
{
	struct buf *b = make(64);
	const uint8_t *p;
	uint8_t *mem;
	int i;

	(void)state;
	assert_int_equal(buf_put(b, "secret key", 10), 0);
	p = buf_ptr(b);
	assert_int_equal(buf_skip(b, 3), 0);
	buf_wipe(b);
	assert_int_equal(buf_len(b), 0);
	assert_int_equal(buf_reserve(b, 10, &mem), 0);
	assert_ptr_equal(mem, p);
	for (i = 0; i < 10; i++)
		assert_int_equal(mem[i], 0);
	buf_free(b);
}

#define CASE(name, fn) { name, fn, NULL, NULL, NULL }

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("numbers are big-endian", test_numbers_are_big_endian),
		CASE("get leaves buffer when truncated",
		    test_get_leaves_buffer_when_truncated),
		CASE("varint has known bytes", test_varint_known_bytes),
		CASE("varint gives back any number",
		    test_varint_gives_back_any_number),
		CASE("varint wants the shortest form",
		    test_varint_wants_shortest_form),
		CASE("varint32 is bounded", test_varint32_is_bounded),
		CASE("bytes are bounded before they are taken",
		    test_bytes_are_bounded),
		CASE("text refuses a NUL", test_str_refuses_nul),
		CASE("cap is hard", test_cap_is_hard),
		CASE("borrowed bytes are read only",
		    test_borrowed_is_read_only),
		CASE("buffer behaves as a queue", test_behaves_as_a_queue),
		CASE("wipe leaves zeros", test_wipe_leaves_zeros)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
