/* test_eta.c: how long something will still take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/eta.h"

#define TOTAL 1000000u

/* Work at so much a second from that second to another; what is done. */
static uint64_t
work(struct eta *e, int64_t from, int64_t to, uint64_t done, uint64_t speed)
{
	int64_t ms;

	for (ms = from * 1000; ms < to * 1000; ms += 200) {
		eta_add(e, ms, done);
		done += speed / 5;
	}
	eta_add(e, to * 1000, done);
	return done;
}

static void
steady_work_is_foretold(void **state)
{
	struct eta e;
	uint64_t done = 0;
	int64_t s;

	(void)state;
	eta_init(&e);
	for (s = 0; s < 90; s += 5) {
		done = work(&e, s, s + 5, done, 10000);
		assert_in_range(eta_left(&e, TOTAL), 100 - s - 6,
		    100 - s - 4);
		assert_in_range(eta_rate(&e), 9900, 10100);
	}
	(void)work(&e, 90, 100, done, 10000);
	assert_int_equal(eta_left(&e, TOTAL), 0);
}

static void
nothing_is_said_too_early(void **state)
{
	struct eta e;

	(void)state;
	eta_init(&e);
	assert_int_equal(eta_left(&e, TOTAL), -1);
	(void)work(&e, 0, 2, 0, 10000);
	assert_int_equal(eta_left(&e, TOTAL), -1);
	(void)work(&e, 2, 5, 20000, 10000);
	assert_true(eta_left(&e, TOTAL) > 0);
	assert_int_equal(eta_left(&e, 0), -1);
	/* And never where nothing is done. */
	eta_init(&e);
	(void)work(&e, 0, 60, 7, 0);
	assert_int_equal(eta_left(&e, TOTAL), -1);
}

static void
it_converges_when_the_link_slows_down(void **state)
{
	struct eta e;
	uint64_t done;
	int64_t s, true_left, said;

	(void)state;
	eta_init(&e);
	done = work(&e, 0, 40, 0, 10000);
	for (s = 40; s < 160; s += 10) {
		done = work(&e, s, s + 10, done, 5000);
		true_left = (int64_t)((TOTAL - done) / 5000);
		said = eta_left(&e, TOTAL);
		/* After a minute within a fifth, and never beyond. */
		if (s >= 90 && true_left > 5) {
			assert_true(said <= true_left + 1);
			assert_true(said * 10 >= true_left * 8 - 10);
		}
	}
}

static void
uneven_work_does_not_make_it_jump(void **state)
{
	struct eta e;
	uint64_t done = 0;
	int64_t s, left, before = -1;

	(void)state;
	eta_init(&e);
	for (s = 0; s < 80; s += 2) {
		done = work(&e, s, s + 2, done, s % 4 == 0 ? 20000 : 0);
		left = eta_left(&e, TOTAL);
		if (s < 20)
			continue;
		if (before >= 0)
			assert_true(left - before < 8 && before - left < 12);
		before = left;
	}
}

static void
less_than_before_begins_anew(void **state)
{
	struct eta e;

	(void)state;
	eta_init(&e);
	(void)work(&e, 0, 50, 0, 10000);
	eta_add(&e, 51000, 3);
	assert_int_equal(eta_left(&e, TOTAL), -1);
	(void)work(&e, 51, 61, 3, 1000);
	assert_in_range(eta_rate(&e), 950, 1050);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steady_work_is_foretold),
		cmocka_unit_test(nothing_is_said_too_early),
		cmocka_unit_test(it_converges_when_the_link_slows_down),
		cmocka_unit_test(uneven_work_does_not_make_it_jump),
		cmocka_unit_test(less_than_before_begins_anew)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
