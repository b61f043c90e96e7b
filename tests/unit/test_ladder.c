/* test_ladder.c: generations of a chunk, night after night. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backupd/ladder.h"

#define NIGHTS_MAX 1000

/* What is stored of a chunk, and how much changed before each night. */
struct nights {
	unsigned int n;
	uint32_t whole;
	struct {
		uint32_t change;
		uint32_t stored;
		uint8_t	 depth;
		unsigned int base;
	} at[NIGHTS_MAX];
	uint64_t total;			/* of all but the first */
	unsigned int wholes;
	uint8_t	 deepest;
	uint64_t longest;		/* stored bytes read for one */
};

/* A delta of night n against night from has all that changed between. */
static uint32_t
between(const struct nights *s, unsigned int from, unsigned int n)
{
	uint64_t sum = 0;

	for (from++; from <= n; from++)
		sum += s->at[from].change;
	return sum > s->whole ? s->whole : (uint32_t)sum;
}

/* The numbers of the nights in the chain of night n. */
static void
ladder_make(const struct nights *s, unsigned int n, struct ladder *l,
    unsigned int numbers[CHAIN_MAX])
{
	memset(l, 0, sizeof(*l));
	l->whole = s->whole;
	for (;; n = s->at[n].base) {
		assert_true(l->n < CHAIN_MAX);
		numbers[l->n] = n;
		l->links[l->n].stored = s->at[n].stored;
		l->links[l->n].depth = s->at[n].depth;
		l->n++;
		if (s->at[n].depth == 0)
			return;
	}
}

static void
keep(struct nights *s, unsigned int n, unsigned int base, uint32_t stored)
{
	uint64_t sum = s->whole;

	s->at[n].stored = stored;
	s->at[n].base = base;
	s->at[n].depth = base == n ? 0 : (uint8_t)(s->at[base].depth + 1);
	s->total += stored;
	s->wholes += base == n;
	if (s->at[n].depth > s->deepest)
		s->deepest = s->at[n].depth;
	for (; s->at[n].depth > 0; n = s->at[n].base)
		sum += s->at[n].stored;
	if (sum > s->longest)
		s->longest = sum;
}

/* One more night, as shrink.c goes about it. */
static void
night(struct nights *s, uint32_t change)
{
	unsigned int n = s->n++, numbers[CHAIN_MAX], link;
	struct ladder l;
	uint32_t first, stored;

	s->at[n].change = change;
	if (n == 0) {
		s->at[n].stored = s->whole;
		return;
	}
	ladder_make(s, n - 1, &l, numbers);
	first = between(s, n - 1, n);
	link = ladder_pick(&l, first);
	stored = between(s, numbers[link], n);
	if (first > s->whole / 2)
		keep(s, n, n, s->whole);
	else if (stored <= ladder_limit(&l, link))
		keep(s, n, numbers[link], stored);
	else if (first <= ladder_limit(&l, 0))
		keep(s, n, n - 1, first);
	else
		keep(s, n, n, s->whole);
}

static void
begin(struct nights *s, uint32_t whole)
{
	memset(s, 0, sizeof(*s));
	s->whole = whole;
	night(s, 0);
}

static void
test_equal_changes_are_a_binary_counter(void **state)
{
	static struct nights s;
	unsigned int i;

	(void)state;
	begin(&s, 1000000);
	for (i = 1; i <= 30; i++)
		night(&s, 1000);
	/* 15 ones, 7 twos, 4 fours, 2 eights, 1 sixteen and what is left. */
	assert_int_equal(s.at[1].stored, 1000);
	assert_int_equal(s.at[2].stored, 2000);
	assert_int_equal(s.at[4].stored, 4000);
	assert_int_equal(s.at[16].stored, 16000);
	assert_int_equal(s.at[16].base, 0);
	assert_int_equal(s.deepest, 4);
	assert_int_equal(s.wholes, 0);
	assert_true(s.total <= 80000);
	for (; i <= 300; i++)
		night(&s, 1000);
	assert_true(s.deepest <= 8);
	assert_true(s.total <= 300u * 5 * 1000);
	assert_int_equal(s.wholes, 0);
}

static void
test_the_same_place_stays_at_depth_one(void **state)
{
	struct ladder l = { .n = 2, .whole = 100000,
	    .links = { { 900, 1 }, { 100000, 0 } } };

	(void)state;
	assert_int_equal(ladder_pick(&l, 1000), 1);
	assert_int_equal(ladder_pick(&l, 899), 0);
}

static void
test_large_changes_go_whole_in_time(void **state)
{
	static struct nights s;
	unsigned int i;

	(void)state;
	begin(&s, 100000);
	for (i = 1; i <= 300; i++)
		night(&s, 5000);
	assert_in_range(s.wholes, 5, 30);
	assert_true(s.longest <= 2 * 100000);
	assert_true(s.deepest <= LADDER_DEPTH_MAX);
	/* Whole every night it would be 30 million. */
	assert_true(s.total <= 5000000);
}

static void
test_more_than_half_goes_whole(void **state)
{
	static struct nights s;

	(void)state;
	begin(&s, 100000);
	night(&s, 50001);
	night(&s, 50000);
	assert_int_equal(s.at[1].depth, 0);
	assert_int_equal(s.at[2].depth, 1);
}

/* Every change smaller than the one before: nothing is ever passed over. */
static void
test_falling_changes_do_not_pass_the_depth(void **state)
{
	static struct nights s;
	unsigned int i;

	(void)state;
	begin(&s, 100000000);
	for (i = 0; i < 60; i++)
		night(&s, 1000000 / (i + 1) + 100 * (60 - i));
	assert_int_equal(s.deepest, LADDER_DEPTH_MAX);
	assert_int_equal(s.wholes, 0);
}

static void
test_changes_of_any_size_stay_within_bounds(void **state)
{
	static struct nights s;
	uint32_t x, seed;
	unsigned int i;

	(void)state;
	for (seed = 1; seed <= 200; seed++) {
		begin(&s, 100000);
		for (i = 1, x = seed; i < NIGHTS_MAX; i++) {
			x = x * 1664525u + 1013904223u;
			night(&s, (x >> 16) % (1u << (x >> 28)) + 1);
		}
		assert_true(s.deepest <= LADDER_DEPTH_MAX);
		assert_true(s.longest <= 2 * 100000u);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_changes_are_a_binary_counter),
		cmocka_unit_test(test_the_same_place_stays_at_depth_one),
		cmocka_unit_test(test_large_changes_go_whole_in_time),
		cmocka_unit_test(test_more_than_half_goes_whole),
		cmocka_unit_test(test_falling_changes_do_not_pass_the_depth),
		cmocka_unit_test(test_changes_of_any_size_stay_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
