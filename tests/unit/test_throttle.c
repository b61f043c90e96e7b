/* test_throttle.c: what passes in a time is what the limits of it allow. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/throttle.h"

#define MS UINT64_C(1000000)
#define START (UINT64_C(77) * 1000000000)

/* Limits that are counted from START on. */
static void
begin(struct throttle *t, struct throttle_limit *l, size_t n)
{
	throttle_begin(t, l, n, START, START);
}

/* Move at most step bytes at a time from START + from to START + to, waiting
 * when there is no room; how many it were. */
static uint64_t
move(struct throttle *t, uint64_t from, uint64_t to, size_t step)
{
	uint64_t now = START + from * MS, sum = 0;
	size_t room;
	int ms;

	while (now < START + to * MS) {
		if ((room = throttle_room(t, now)) == 0) {
			ms = throttle_wait_ms(t, now);
			assert_true(ms > 0 && ms <= 1001);
			now += (uint64_t)ms * MS;
			continue;
		}
		assert_int_equal(throttle_wait_ms(t, now), 0);
		room = room < step ? room : step;
		throttle_took(t, room);
		sum += room;
		now += 1000;	/* it takes a microsecond */
	}
	return sum;
}

/* within a hundredth and a bucket */
static void
assert_near(uint64_t got, uint64_t want, uint64_t rate)
{
	assert_true(got <= want + want / 100 + rate / 4 + 4096);
	assert_true(got + rate / 4 + 4096 >= want - want / 100);
}

static void
no_limit_no_wait(void **state)
{
	struct throttle_limit none = { 0, 0 };
	struct throttle t;

	(void)state;
	begin(&t, NULL, 0);
	assert_true(throttle_room(&t, START) == SIZE_MAX);
	throttle_took(&t, 1u << 30);
	assert_int_equal(throttle_wait_ms(&t, START), 0);
	begin(&t, &none, 1);
	assert_true(throttle_room(&t, START + 5) == SIZE_MAX);
}

static void
rates_hold(void **state)
{
	static const uint64_t rates[] = { 1024, 10000, 65536, 1 << 20,
	    125000000, UINT64_C(5000000000) };
	static const size_t steps[] = { 7, 512, 32768, 1u << 20 };
	struct throttle_limit l = { 0, 0 };
	struct throttle t;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		for (k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
			/* What takes that small steps cannot be so fast. */
			if (steps[k] * 100000 < rates[i])
				continue;
			l.rate = rates[i];
			begin(&t, &l, 1);
			assert_near(move(&t, 0, 20000, steps[k]),
			    20 * rates[i], rates[i]);
		}
}

static void
windows_change_it(void **state)
{
	struct throttle_limit l[] = { { 0, 100000 }, { 5, 0 }, { 8, 10000 },
	    { 10, 200000 } };
	struct throttle t;

	(void)state;
	begin(&t, l, 4);
	assert_near(move(&t, 0, 5000, 4096), 500000, 100000);
	assert_true(throttle_room(&t, START + 5001 * MS) == SIZE_MAX);
	assert_true(throttle_room(&t, START + 7999 * MS) == SIZE_MAX);
	assert_near(move(&t, 8000, 10000, 4096), 20000, 10000);
	assert_near(move(&t, 10000, 20000, 4096), 2000000, 200000);
}

/* A window does not begin later where connecting took long. */
static void
limits_count_from_the_job_on(void **state)
{
	struct throttle_limit l[] = { { 0, 0 }, { 30, 100000 } };
	struct throttle t;

	(void)state;
	throttle_begin(&t, l, 2, START, START + 20000 * MS);
	assert_true(throttle_room(&t, START + 29999 * MS) == SIZE_MAX);
	assert_near(move(&t, 30000, 40000, 4096), 1000000, 100000);
	/* From a clock that is not ours: from now on. */
	throttle_begin(&t, l, 2, START + 5000 * MS, START);
	assert_true(throttle_room(&t, START + 29999 * MS) == SIZE_MAX);
	assert_true(throttle_room(&t, START + 30001 * MS) != SIZE_MAX);
}

/* Who has not used it for an hour may not use all of it then. */
static void
nothing_is_saved_up(void **state)
{
	struct throttle_limit l = { 0, 100000 };
	struct throttle t;

	(void)state;
	begin(&t, &l, 1);
	assert_near(move(&t, 3600000, 3601000, 4096), 100000, 100000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_limit_no_wait),
		cmocka_unit_test(rates_hold),
		cmocka_unit_test(windows_change_it),
		cmocka_unit_test(limits_count_from_the_job_on),
		cmocka_unit_test(nothing_is_saved_up)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
