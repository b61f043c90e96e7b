/* test_spool.c: growing, sorting and searching arrays of records. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/spool.h"

#define N 20000			/* records of 20 bytes: more than 256 KiB */
#define KEY 4

struct record {
	uint8_t	 key[KEY];	/* big-endian */
	uint8_t	 from[4];
	uint8_t	 rest[12];
};

static void
put32(uint8_t p[4], uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static uint32_t
get32(const uint8_t p[4])
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static void
fill(struct spool *s, uint32_t n, uint32_t (*key)(uint32_t i))
{
	struct record r;
	uint32_t i;

	spool_init(s, sizeof(r));
	for (i = 0; i < n; i++) {
		put32(r.key, key(i));
		put32(r.from, i);
		memset(r.rest, (int)(i & 0xff), sizeof(r.rest));
		assert_int_equal(spool_add(s, &r), 0);
	}
	assert_int_equal(s->n, n);
}

/* Sort n records that key gives, and see that all are there in order. */
static void
sorts(uint32_t n, uint32_t (*key)(uint32_t i))
{
	const struct record *r;
	uint64_t sum = 0;
	uint32_t i, from, last = 0;
	struct spool s;

	fill(&s, n, key);
	spool_sort(&s, KEY);
	assert_int_equal(s.n, n);
	for (i = 0; i < n; i++) {
		r = spool_at(&s, i);
		from = get32(r->from);
		assert_true(get32(r->key) >= last);
		assert_int_equal(get32(r->key), key(from));
		assert_int_equal(r->rest[11], from & 0xff);
		last = get32(r->key);
		sum += from;
	}
	assert_int_equal(sum, (uint64_t)n * (n - 1) / 2);
	spool_clear(&s);
}

static uint32_t
rising(uint32_t i)
{
	return i;
}

static uint32_t
falling(uint32_t i)
{
	return N - i;
}

static uint32_t
equal(uint32_t i)
{
	(void)i;
	return 7;
}

static uint32_t
mixed(uint32_t i)
{
	return i * UINT32_C(2654435761);
}

static uint32_t
even(uint32_t i)
{
	return i * 2;
}

static void
test_sorts_any_order(void **state)
{
	static const uint32_t sizes[] = { 1, 2, 23, 24, 25, 300, N };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		sorts(sizes[i], rising);
		sorts(sizes[i], falling);
		sorts(sizes[i], equal);
		sorts(sizes[i], mixed);
	}
}

static void
test_finds_the_first_not_below(void **state)
{
	uint8_t key[KEY];
	struct spool s;
	uint32_t i;

	(void)state;
	spool_init(&s, sizeof(struct record));
	put32(key, 1);
	spool_sort(&s, KEY);
	assert_int_equal(spool_search(&s, key, KEY), 0);
	fill(&s, 100, even);
	for (i = 0; i < 100; i++) {
		put32(key, 2 * i);
		assert_int_equal(spool_search(&s, key, KEY), i);
		put32(key, 2 * i + 1);
		assert_int_equal(spool_search(&s, key, KEY), i + 1);
	}
	spool_clear(&s);
	fill(&s, 100, equal);
	put32(key, 7);
	assert_int_equal(spool_search(&s, key, KEY), 0);
	spool_clear(&s);
}

/* Bytes appended in pieces of any length, against where they must stand. */
static void
test_keeps_what_was_appended(void **state)
{
	uint8_t piece[5000];
	struct spool s;
	size_t at, len, i;

	(void)state;
	spool_init(&s, 1);
	assert_int_equal(spool_append(&s, NULL, 0), 0);
	for (at = 0, len = 1; at < 400000; at += len, len = len * 7 % 4999) {
		for (i = 0; i < len; i++)
			piece[i] = (uint8_t)((at + i) % 251);
		assert_int_equal(spool_append(&s, piece, len), 0);
	}
	assert_int_equal(s.n, at);
	for (i = 0; i < at; i++)
		assert_int_equal(s.p[i], i % 251);
	spool_clear(&s);
	assert_int_equal(s.n, 0);
}

static void
test_fills_with_zeros(void **state)
{
	static const uint8_t ones[16] = { 1, 1, 1, 1 }, zeros[16];
	struct spool s;
	size_t i;

	(void)state;
	spool_init(&s, sizeof(ones));
	for (i = 0; i < 100; i++)
		assert_int_equal(spool_add(&s, ones), 0);
	s.n = 50;
	assert_int_equal(spool_fill(&s, 40), 0);
	assert_int_equal(s.n, 50);
	assert_int_equal(spool_fill(&s, 40000), 0);
	assert_int_equal(s.n, 40000);
	for (i = 0; i < s.n; i++)
		assert_memory_equal(spool_at(&s, i), i < 50 ? ones : zeros,
		    sizeof(ones));
	spool_clear(&s);
}

static void
test_stays_as_it_was_without_room(void **state)
{
	static const uint8_t one[16] = { 1 };
	char *dir = getenv("TMPDIR"), *old = NULL;
	struct spool s;

	(void)state;
	if (dir != NULL && (old = strdup(dir)) == NULL)
		fail();
	spool_init(&s, sizeof(one));
	assert_int_equal(spool_add(&s, one), 0);
	assert_int_equal(spool_fill(&s, SIZE_MAX / sizeof(one)), ERR_NOMEM);
	assert_int_equal(setenv("TMPDIR", "/nonexistent/kho", 1), 0);
	assert_int_equal(spool_fill(&s, 1 << 20), ERR_NOENT);
	if (old != NULL)
		assert_int_equal(setenv("TMPDIR", old, 1), 0);
	else
		assert_int_equal(unsetenv("TMPDIR"), 0);
	free(old);
	assert_int_equal(s.n, 1);
	assert_memory_equal(spool_at(&s, 0), one, sizeof(one));
	assert_int_equal(spool_fill(&s, 1 << 16), 0);
	assert_memory_equal(spool_at(&s, 0), one, sizeof(one));
	spool_clear(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sorts_any_order),
		cmocka_unit_test(test_finds_the_first_not_below),
		cmocka_unit_test(test_keeps_what_was_appended),
		cmocka_unit_test(test_fills_with_zeros),
		cmocka_unit_test(test_stays_as_it_was_without_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
