/* test_trial.c: when deltas are given up, and when they are tried again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backupd/trial.h"

/* How many of n are tried, if all go the same way. */
static unsigned int
tried(struct trial_window *w, unsigned int n, bool good)
{
	unsigned int i, count = 0;

	for (i = 0; i < n; i++)
		if (trial_wanted(w)) {
			count++;
			(void)trial_result(w, good);
		}
	return count;
}

static void
test_good_ones_go_on(void **state)
{
	struct trial_window w = { .n = 0 };

	(void)state;
	assert_int_equal(tried(&w, 1000, true), 1000);
}

static void
test_bad_ones_are_given_up(void **state)
{
	struct trial_window w = { .n = 0 };

	(void)state;
	assert_int_equal(tried(&w, 8, false), 8);
	assert_false(trial_wanted(&w));
	/* The 32nd, the 64th after it, and one in 128 from then on. */
	assert_int_equal(tried(&w, 31 + 64, false), 2);
	assert_int_equal(tried(&w, 12800, false), 100);
}

static void
test_a_quarter_is_enough(void **state)
{
	struct trial_window w = { .n = 0 };
	unsigned int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		assert_true(trial_wanted(&w));
		assert_false(trial_result(&w, i % 4 == 3));
	}
}

static void
test_giving_up_is_told_once(void **state)
{
	struct trial_window w = { .n = 0 };
	unsigned int i, told = 0;

	(void)state;
	for (i = 0; i < 20; i++)
		told += trial_result(&w, false);
	assert_int_equal(told, 1);
}

static void
test_a_good_probe_begins_anew(void **state)
{
	struct trial_window w = { .n = 0 };

	(void)state;
	(void)tried(&w, 100, false);
	while (!trial_wanted(&w))
		continue;
	assert_false(trial_result(&w, true));
	assert_int_equal(tried(&w, 7, false), 7);
	assert_false(trial_wanted(&w));
}

static void
test_late_results_do_no_harm(void **state)
{
	struct trial_window w = { .n = 0 };

	(void)state;
	(void)tried(&w, 8, false);
	(void)trial_result(&w, true);	/* was on its way */
	(void)trial_result(&w, false);
	assert_true(trial_wanted(&w));
}

static void
test_only_the_patient_wait_for_the_first_results(void **state)
{
	struct trial t = { .open = TRIAL_AHEAD };
	unsigned int i;

	(void)state;
	assert_false(trial_waits(&t));
	t.patient = true;
	assert_true(trial_waits(&t));
	t.open--;
	assert_false(trial_waits(&t));
	t.open = 1000;
	for (i = 0; i < TRIAL_WINDOW; i++) {
		assert_true(trial_waits(&t));
		(void)trial_result(&t.stored, true);
	}
	assert_false(trial_waits(&t));
}

static void
test_references_are_counted(void **state)
{
	struct trial *t = trial_new();

	(void)state;
	assert_non_null(t);
	assert_ptr_equal(trial_hold(t), t);
	trial_drop(t);
	assert_int_equal(t->refs, 1);
	trial_drop(t);
	trial_drop(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_ones_go_on),
		cmocka_unit_test(test_bad_ones_are_given_up),
		cmocka_unit_test(test_a_quarter_is_enough),
		cmocka_unit_test(test_giving_up_is_told_once),
		cmocka_unit_test(test_a_good_probe_begins_anew),
		cmocka_unit_test(test_late_results_do_no_harm),
		cmocka_unit_test(
		    test_only_the_patient_wait_for_the_first_results),
		cmocka_unit_test(test_references_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
