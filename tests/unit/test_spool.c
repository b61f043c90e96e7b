/* test_spool.c: growing and sorting arrays in mapped files. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "restore/spool.h"

#define N 20000

struct record {
	uint64_t key;
	uint64_t rest[3];
};

static int
compare(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

/* Sort N records that key gives, and see that all are there in order. */
static void
sorts(uint64_t (*key)(uint64_t i))
{
	struct record r = { .key = 0 }, *p;
	uint64_t i, at, sum = 0, last = 0;
	struct spool *s;

	assert_int_equal(spool_new(sizeof(r), &s), 0);
	for (i = 0; i < N; i++) {
		r.key = key(i);
		r.rest[0] = i;
		assert_int_equal(spool_add(s, &r, 1, &at), 0);
		assert_int_equal(at, i);
	}
	spool_sort(s, compare);
	assert_int_equal(spool_count(s), N);
	for (i = 0; i < N; i++) {
		p = spool_at(s, i);
		assert_true(p->key >= last);
		assert_int_equal(p->key, key(p->rest[0]));
		last = p->key;
		sum += p->rest[0];
	}
	assert_int_equal(sum, (uint64_t)N * (N - 1) / 2);
	spool_free(s);
}

static uint64_t
rising(uint64_t i)
{
	return i;
}

static uint64_t
falling(uint64_t i)
{
	return N - i;
}

static uint64_t
equal(uint64_t i)
{
	(void)i;
	return 7;
}

static uint64_t
mixed(uint64_t i)
{
	return i * UINT64_C(2654435761) % 4093;
}

static void
test_sorts_any_order(void **state)
{
	(void)state;
	sorts(rising);
	sorts(falling);
	sorts(equal);
	sorts(mixed);
}

static void
test_sorts_nothing_and_one(void **state)
{
	struct record r = { .key = 1 };
	struct spool *s;
	uint64_t at;

	(void)state;
	assert_int_equal(spool_new(sizeof(r), &s), 0);
	spool_sort(s, compare);
	assert_int_equal(spool_add(s, &r, 1, &at), 0);
	spool_sort(s, compare);
	assert_int_equal(spool_count(s), 1);
	spool_cut(s, 0);
	assert_int_equal(spool_count(s), 0);
	spool_free(s);
}

static void
test_refuses_records_of_no_size(void **state)
{
	struct spool *s;

	(void)state;
	assert_int_equal(spool_new(0, &s), ERR_CONFIG);
	assert_int_equal(spool_new(1 << 20, &s), ERR_CONFIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sorts_any_order),
		cmocka_unit_test(test_sorts_nothing_and_one),
		cmocka_unit_test(test_refuses_records_of_no_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
