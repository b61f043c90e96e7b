/* test_copier.c: when copies have their turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "backupd/copier.h"
#include "catalog/copy.h"
#include "cli/exit.h"
#include "policy/policy.h"
#include "policy/zone.h"
#include "catalog_fixture.h"

#define NOON INT64_C(1772366400)	/* 2026-03-01 12:00 UTC */
#define HOUR 3600
#define DAY 86400

struct fixture {
	struct calendar every;		/* 13:00 each day */
	struct policy_target targets[3];
	struct policy policy;
	struct copier *c;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char why[CALENDAR_WHY_MAX];

	assert_non_null(f);
	assert_int_equal(zone_use("UTC"), 0);
	assert_int_equal(calendar_parse("13:00", &f->every, why), 0);
	f->targets[0] = (struct policy_target){ .name = "nas",
	    .primary = true, .url = "/nas" };
	f->targets[1] = (struct policy_target){ .name = "usb",
	    .url = "/usb" };
	f->policy.targets = f->targets;
	f->policy.ntargets = 2;
	assert_int_equal(copier_new(NULL, &f->c), 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	copier_free(f->c);
	free(f);
	return 0;
}

/* The one that has its turn now, begun; the test fails if there is none. */
static struct copier_target *
turn(struct fixture *f, int64_t now)
{
	struct copier_target *t = copier_due(f->c, false, now);

	assert_non_null(t);
	copier_started(t, now);
	return t;
}

static void
use(struct fixture *f, int64_t now)
{
	assert_int_equal(copier_policy(f->c, &f->policy, now), 0);
}

static void
a_turn_at_first_and_after_each_snapshot(void **state)
{
	struct fixture *f = *state;
	struct copier_target *t;

	use(f, NOON);
	t = turn(f, NOON);
	assert_string_equal(t->name, "usb");
	assert_null(copier_due(f->c, false, NOON + DAY));
	/* Several while it runs are one. */
	copier_snapshot(f->c, NOON + 1);
	copier_snapshot(f->c, NOON + 2);
	assert_null(copier_due(f->c, false, NOON + 3));
	copier_ended(t, CLI_EXIT_OK, false, NOON + 4);
	copier_ended(turn(f, NOON + 4), CLI_EXIT_OK, false, NOON + 5);
	assert_null(copier_due(f->c, false, NOON + DAY));
	assert_int_equal(copier_wake(f->c, false), ZONE_NEVER);
}

static void
jobs_that_run_are_waited_for_a_while(void **state)
{
	struct fixture *f = *state;

	use(f, NOON);
	assert_null(copier_due(f->c, true, NOON + COPIER_PATIENCE - 1));
	assert_int_equal(copier_wake(f->c, true), NOON + COPIER_PATIENCE);
	assert_int_equal(copier_wake(f->c, false), NOON);
	assert_non_null(copier_due(f->c, true, NOON + COPIER_PATIENCE));
}

static void
a_calendar_has_its_moments_and_jobs_have_none(void **state)
{
	struct fixture *f = *state;

	f->targets[1].every = (struct calendar_list){ &f->every, 1 };
	use(f, NOON);
	copier_snapshot(f->c, NOON);
	assert_null(copier_due(f->c, false, NOON + HOUR - 1));
	assert_int_equal(copier_wake(f->c, false), NOON + HOUR);
	copier_ended(turn(f, NOON + HOUR), CLI_EXIT_OK, false,
	    NOON + HOUR + 60);
	assert_null(copier_due(f->c, false, NOON + 24 * HOUR));
	/* Two that were missed are made up for by one. */
	copier_ended(turn(f, NOON + 3 * DAY), CLI_EXIT_OK, false,
	    NOON + 3 * DAY);
	assert_null(copier_due(f->c, false, NOON + 3 * DAY + 60));
	assert_int_equal(copier_wake(f->c, false), NOON + 3 * DAY + HOUR);
}

static void
failures_are_tried_again_ever_later(void **state)
{
	static const int64_t waits[] = { 300, 600, 1200, 2400, 3600, 3600 };
	struct fixture *f = *state;
	int64_t now = NOON;
	size_t i;

	use(f, NOON);
	for (i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		copier_ended(turn(f, now), CLI_EXIT_TARGET, true, now);
		assert_null(copier_due(f->c, false, now + waits[i] - 1));
		assert_int_equal(copier_wake(f->c, false), now + waits[i]);
		now += waits[i];
	}
	copier_ended(turn(f, now), CLI_EXIT_OK, false, now);
	assert_null(copier_due(f->c, false, now + DAY));
}

static void
what_is_damaged_waits_for_the_next_job(void **state)
{
	struct fixture *f = *state;

	use(f, NOON);
	copier_ended(turn(f, NOON), CLI_EXIT_INCOMPLETE, false, NOON);
	assert_null(copier_due(f->c, false, NOON + DAY));
	copier_snapshot(f->c, NOON + DAY);
	assert_non_null(copier_due(f->c, false, NOON + DAY));
}

static void
a_disk_that_comes_is_noticed_soon(void **state)
{
	struct fixture *f = *state;
	int64_t now = NOON;
	int i;

	f->targets[1].offline = true;
	use(f, NOON);
	for (i = 0; i < 9; i++, now += 300) {
		copier_ended(turn(f, now), CLI_EXIT_TARGET, true, now);
		assert_null(copier_due(f->c, false, now + 299));
	}
}

static void
a_copy_made_by_hand_ends_the_pause(void **state)
{
	struct fixture *f = *state;
	const struct catalog_copy y = { .target = "usb", .from = "nas",
	    .begun = NOON + 10 };
	struct catalog_copy end = { .ended = NOON + 20,
	    .outcome = CATALOG_COMPLETE, .text = "", .remedy = "" };
	struct catalog_fixture *kept = NULL;

	assert_int_equal(catalog_setup((void **)&kept), 0);
	copier_free(f->c);
	assert_int_equal(copier_new(kept->c, &f->c), 0);
	use(f, NOON);
	copier_ended(turn(f, NOON), CLI_EXIT_TARGET, false, NOON + 1);
	copier_snapshot(f->c, NOON + 5);
	assert_null(copier_due(f->c, false, NOON + 5));
	assert_int_equal(catalog_copy_begin(kept->c, &y, &end.id), 0);
	assert_int_equal(catalog_copy_end(kept->c, &end), 0);
	copier_snapshot(f->c, NOON + 30);
	assert_non_null(copier_due(f->c, false, NOON + 30));
	copier_free(f->c);
	f->c = NULL;
	assert_int_equal(catalog_teardown((void **)&kept), 0);
}

static void
what_left_the_policy_has_no_turn(void **state)
{
	struct fixture *f = *state;

	use(f, NOON);
	f->policy.ntargets = 1;
	use(f, NOON);
	assert_null(copier_due(f->c, false, NOON + DAY));
	f->policy.ntargets = 3;
	f->targets[2] = (struct policy_target){ .name = "far",
	    .url = "sftp://x@far/kho" };
	use(f, NOON);
	turn(f, NOON);
	turn(f, NOON);
	assert_null(copier_due(f->c, false, NOON));
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_turn_at_first_and_after_each_snapshot),
		TEST(jobs_that_run_are_waited_for_a_while),
		TEST(a_calendar_has_its_moments_and_jobs_have_none),
		TEST(failures_are_tried_again_ever_later),
		TEST(what_is_damaged_waits_for_the_next_job),
		TEST(a_disk_that_comes_is_noticed_soon),
		TEST(a_copy_made_by_hand_ends_the_pause),
		TEST(what_left_the_policy_has_no_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
