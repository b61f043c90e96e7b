/* test_posture.c: what counts as a copy, and that unknown does not. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "policy/posture.h"

#define DAY (24 * 60 * 60)
#define NOW (1000 * (int64_t)DAY)
#define FACTS 4

/* Four good copies on three kinds of media. */
static const struct posture_fact model[FACTS] = {
	{ "nas", "nfs", true, false, false, 0, NOW - DAY, NOW - DAY,
	    NOW - 3 * DAY, 0 },
	{ "far", "sftp", false, true, false, 2 * DAY, NOW - DAY,
	    NOW - DAY / 2, NOW - 4 * DAY, 0 },
	{ "usb-a", "removable", false, false, true, 8 * DAY, NOW - 6 * DAY,
	    NOW - 6 * DAY, NOW - 6 * DAY, 0 },
	{ "usb-b", "removable", false, true, true, 20 * DAY, NOW - 13 * DAY,
	    NOW - 13 * DAY, NOW - 13 * DAY, 0 }
};
static const struct posture_need office = { 3, 2, 1, 1 };
static const struct posture_when when = { NOW - DAY, NOW };

static void
compute(const struct posture_fact *f, struct posture *p)
{
	posture_compute(f, FACTS, &office, &when, p);
}

static void
all_that_is_wanted_is_there(void **state)
{
	struct posture p;

	(void)state;
	compute(model, &p);
	assert_int_equal(p.have[POSTURE_TOTAL], 4);
	assert_int_equal(p.have[POSTURE_MEDIA], 3);
	assert_int_equal(p.have[POSTURE_OFFSITE], 2);
	assert_int_equal(p.have[POSTURE_OFFLINE], 2);
	assert_int_equal(p.have[POSTURE_ZERO], 0);
	assert_int_equal(p.score, POSTURE_DIGITS);
	assert_int_equal(p.verified, NOW - 13 * DAY);
}

static void
each_copy_that_goes_is_missed(void **state)
{
	struct posture_fact f[FACTS];
	struct posture p;
	size_t i;

	(void)state;
	for (i = 0; i < FACTS; i++) {
		memcpy(f, model, sizeof(f));
		f[i].held = 0;
		compute(f, &p);
		assert_int_equal(p.have[POSTURE_TOTAL], 3);
		assert_int_equal(posture_why(&f[i], &when), POSTURE_NOTHING);
	}
	/* The two disks are the only ones offline. */
	memcpy(f, model, sizeof(f));
	f[2].held = f[3].held = 0;
	compute(f, &p);
	assert_false(p.good[POSTURE_OFFLINE]);
	assert_false(p.good[POSTURE_TOTAL]);
	assert_true(p.good[POSTURE_MEDIA]);
	assert_int_equal(p.score, 3);
}

static void
a_copy_may_be_late_up_to_its_age(void **state)
{
	struct posture_fact f = model[1];

	(void)state;
	f.held = when.newest - f.max_age;
	assert_int_equal(posture_why(&f, &when), POSTURE_COUNTS);
	f.held--;
	assert_int_equal(posture_why(&f, &when), POSTURE_LATE);
	f = model[0];
	f.held--;
	assert_int_equal(posture_why(&f, &when), POSTURE_LATE);
}

static void
what_is_not_known_is_not_good(void **state)
{
	const struct posture_when none = { 0, NOW };
	struct posture_fact f[FACTS];
	struct posture p;
	size_t i;

	(void)state;
	memcpy(f, model, sizeof(f));
	f[1].seen = 0;
	assert_int_equal(posture_why(&f[1], &when), POSTURE_UNSEEN);
	f[1].seen = NOW - 2 * DAY - 1;
	assert_int_equal(posture_why(&f[1], &when), POSTURE_UNSEEN);
	f[1].seen = NOW + 1;	/* the clock was set */
	assert_int_equal(posture_why(&f[1], &when), POSTURE_UNSEEN);
	f[1] = model[1];
	f[1].verified = 0;
	compute(f, &p);
	assert_int_equal(p.have[POSTURE_ZERO], 1);
	assert_false(p.good[POSTURE_ZERO]);
	assert_int_equal(p.verified, 0);
	f[1].verified = NOW - POSTURE_VERIFIED_S - 1;
	compute(f, &p);
	assert_int_equal(p.have[POSTURE_ZERO], 1);
	f[1].verified = NOW - DAY;
	f[1].alarms = 1;
	assert_int_equal(posture_why(&f[1], &when), POSTURE_DAMAGED);
	/* A source that has no snapshot has no copy. */
	posture_compute(model, FACTS, &office, &none, &p);
	assert_int_equal(p.have[POSTURE_TOTAL], 0);
	assert_int_equal(p.score, 0);
	for (i = 0; i < POSTURE_DIGITS; i++)
		assert_false(p.good[i]);
}

static void
every_reason_has_a_word(void **state)
{
	int w;

	(void)state;
	for (w = POSTURE_COUNTS; w <= POSTURE_UNSEEN; w++)
		assert_true(strlen(posture_word((enum posture_why)w)) > 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_is_wanted_is_there),
		cmocka_unit_test(each_copy_that_goes_is_missed),
		cmocka_unit_test(a_copy_may_be_late_up_to_its_age),
		cmocka_unit_test(what_is_not_known_is_not_good),
		cmocka_unit_test(every_reason_has_a_word)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
