/* test_choice.c: when deltas go over the link. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backupd/choice.h"

#define SIGN_NS 2500000			/* for 1 MiB */

static const struct choice_question large = { .raw = 1u << 20,
    .signatures = 6000 };

/* A job that has seen deltas of 2 %, and whole chunks of so many. */
static struct choice
seen(uint64_t rate, unsigned int percent)
{
	struct choice c = { .mode = JOB_DELTA_AUTO, .agent = true,
	    .rate = rate, .sign_ns = SIGN_NS };

	choice_whole(&c, 1000000, percent * UINT64_C(10000));
	choice_delta(&c, 1000000, 20000);
	return c;
}

static void
test_the_policy_and_the_agent_come_first(void **state)
{
	struct choice c = seen(0, 50);
	enum event_why why = EVENT_WHY_NONE;

	(void)state;
	c.mode = JOB_DELTA_ALWAYS;
	assert_int_equal(choice_ask(&c, &large, &why), CHOICE_DELTA);
	assert_int_equal(why, EVENT_WHY_POLICY);
	c.agent = false;
	assert_int_equal(choice_ask(&c, &large, &why), CHOICE_WHOLE);
	assert_int_equal(why, EVENT_WHY_AGENT);
	c.mode = JOB_DELTA_AUTO;
	assert_int_equal(choice_ask(&c, &large, &why), CHOICE_WHOLE);
	assert_int_equal(why, EVENT_WHY_AGENT);
	c.agent = true;
	c.mode = JOB_DELTA_NEVER;
	assert_int_equal(choice_ask(&c, &large, &why), CHOICE_WHOLE);
	assert_int_equal(why, EVENT_WHY_POLICY);
}

static void
test_a_slow_link_wants_deltas(void **state)
{
	struct choice c = seen(1000000, 50);
	enum event_why why;

	(void)state;
	assert_int_equal(choice_ask(&c, &large, &why), CHOICE_DELTA);
	assert_int_equal(why, EVENT_WHY_SLOW);
}

static void
test_a_fast_link_asks_for_less_deltas(void **state)
{
	struct choice c = seen(UINT64_C(1000000000), 50);
	enum event_why why;

	(void)state;
	assert_int_equal(choice_ask(&c, &large, &why), CHOICE_DELTA);
	/* What packs as well as that is there as fast. */
	c = seen(UINT64_C(1000000000), 5);
	assert_int_equal(choice_ask(&c, &large, &why), CHOICE_WHOLE);
	assert_int_equal(why, EVENT_WHY_FAST);
	c = seen(UINT64_C(2000000), 5);
	assert_int_equal(choice_ask(&c, &large, &why), CHOICE_DELTA);
}

/* Deltas of a file that are as long as its chunks spare nothing. */
static void
test_a_file_that_differs_goes_whole(void **state)
{
	struct choice c = seen(20000000, 50);
	struct choice_question q = large;
	enum event_why why;

	(void)state;
	assert_int_equal(choice_ask(&c, &q, &why), CHOICE_DELTA);
	q.file_raw = 1000000;
	q.file_wire = 490000;
	assert_int_equal(choice_ask(&c, &q, &why), CHOICE_WHOLE);
}

/* Unless the policy or the agent forbids it, on any link. */
static void
test_what_was_written_in_place_comes_as_a_delta(void **state)
{
	struct choice c = seen(UINT64_C(110000000), 50);
	enum event_why why = EVENT_WHY_NONE;

	(void)state;
	assert_true(choice_places(&c, &why));
	assert_int_equal(why, EVENT_WHY_PLACES);
	c.mode = JOB_DELTA_NEVER;
	assert_false(choice_places(&c, &why));
	c.mode = JOB_DELTA_ALWAYS;
	why = EVENT_WHY_NONE;
	assert_true(choice_places(&c, &why));
	assert_int_equal(why, EVENT_WHY_POLICY);
	c.agent = false;
	assert_false(choice_places(&c, &why));
}

static void
test_one_batch_measures_and_the_others_wait(void **state)
{
	struct choice c = { .mode = JOB_DELTA_AUTO, .agent = true };
	struct choice_question q = large;
	enum event_why why;

	(void)state;
	/* It pays whatever the link does. */
	assert_int_equal(choice_ask(&c, &q, &why), CHOICE_DELTA);
	q.file_raw = 100;
	q.file_wire = 48;
	assert_int_equal(choice_ask(&c, &q, &why), CHOICE_MEASURE);
	assert_int_equal(choice_ask(&c, &q, &why), CHOICE_WAIT);
	c.rate = 1000000;
	c.sign_ns = SIGN_NS;
	choice_whole(&c, 1u << 20, 600000);
	choice_measured(&c);
	assert_int_equal(choice_ask(&c, &q, &why), CHOICE_DELTA);
}

static void
test_one_of_64_goes_the_other_way(void **state)
{
	struct choice c = seen(1000000, 50);
	unsigned int i, whole = 0;
	enum event_why why;

	(void)state;
	for (i = 0; i < 640; i++)
		whole += choice_ask(&c, &large, &why) == CHOICE_WHOLE;
	assert_int_equal(whole, 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_policy_and_the_agent_come_first),
		cmocka_unit_test(test_a_slow_link_wants_deltas),
		cmocka_unit_test(test_a_fast_link_asks_for_less_deltas),
		cmocka_unit_test(test_a_file_that_differs_goes_whole),
		cmocka_unit_test(
		    test_what_was_written_in_place_comes_as_a_delta),
		cmocka_unit_test(test_one_batch_measures_and_the_others_wait),
		cmocka_unit_test(test_one_of_64_goes_the_other_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
