/* test_bandwidth.c: which limit holds, and until when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/bandwidth.h"
#include "policy/zone.h"

static int64_t
at(const char *date, int hour, int minute)
{
	int64_t day;

	assert_int_equal(zone_date_parse(date, &day), 0);
	return zone_moment(day, hour * 3600 + minute * 60);
}

static struct policy_bandwidth
entry(const char *window, int64_t limit)
{
	struct policy_bandwidth b = { .limit = limit };
	char why[WINDOW_WHY_MAX];

	assert_int_equal(window_parse(window, &b.window, why), 0);
	return b;
}

static int
berlin(void **state)
{
	(void)state;
	return zone_use("Europe/Berlin");
}

static void
without_windows_nothing_is_limited(void **state)
{
	const struct policy_bandwidths b = { NULL, 0 };
	int64_t until;

	(void)state;
	assert_int_equal(bandwidth_limit(&b, at("2027-03-02", 9, 0), &until),
	    0);
	assert_true(until == ZONE_NEVER);
}

static void
a_limit_holds_from_begin_to_end_of_its_window(void **state)
{
	const struct policy_bandwidth v[] = { entry("Mon..Fri 08:00-18:00",
	    1000) };
	const struct policy_bandwidths b = { v, 1 };
	int64_t until;

	(void)state;
	/* A Tuesday. */
	assert_int_equal(bandwidth_limit(&b, at("2027-03-02", 7, 59), &until),
	    0);
	assert_true(until == at("2027-03-02", 8, 0));
	assert_int_equal(bandwidth_limit(&b, until, &until), 1000);
	assert_true(until == at("2027-03-02", 18, 0));
	assert_int_equal(bandwidth_limit(&b, until, &until), 0);
	assert_true(until == at("2027-03-03", 8, 0));
	/* From Friday evening to Monday. */
	assert_int_equal(bandwidth_limit(&b, at("2027-03-05", 18, 0), &until),
	    0);
	assert_true(until == at("2027-03-08", 8, 0));
}

static void
the_first_open_window_counts(void **state)
{
	const struct policy_bandwidth v[] = { entry("12:00-13:00", 9000),
	    entry("08:00-18:00", 1000), entry("always", 5000) };
	const struct policy_bandwidths b = { v, 3 };
	int64_t until;

	(void)state;
	assert_int_equal(bandwidth_limit(&b, at("2027-03-02", 11, 0), &until),
	    1000);
	assert_true(until == at("2027-03-02", 12, 0));
	assert_int_equal(bandwidth_limit(&b, until, &until), 9000);
	assert_true(until == at("2027-03-02", 13, 0));
	assert_int_equal(bandwidth_limit(&b, until, &until), 1000);
	assert_int_equal(bandwidth_limit(&b, until, &until), 5000);
	assert_true(until == at("2027-03-03", 8, 0));
}

static void
windows_of_one_limit_are_one(void **state)
{
	const struct policy_bandwidth v[] = { entry("08:00-12:00", 1000),
	    entry("12:00-18:00", 1000) };
	const struct policy_bandwidth all[] = { entry("08:00-12:00", 7),
	    entry("always", 7) };
	struct policy_bandwidths b = { v, 2 };
	int64_t until;

	(void)state;
	assert_int_equal(bandwidth_until(&b, at("2027-03-02", 9, 0), &until),
	    1000);
	assert_true(until == at("2027-03-02", 18, 0));
	assert_int_equal(bandwidth_until(&b, until, &until), 0);
	assert_true(until == at("2027-03-03", 8, 0));
	b.v = all;
	assert_int_equal(bandwidth_until(&b, at("2027-03-02", 9, 0), &until),
	    7);
	assert_true(until == ZONE_NEVER);
}

/* 02:00 to 03:00 is not there on that night: the window takes an hour less. */
static void
a_window_over_the_change_of_clocks_ends_by_the_clock(void **state)
{
	const struct policy_bandwidth v[] = { entry("22:00-06:00", 1000) };
	const struct policy_bandwidths b = { v, 1 };
	int64_t from = at("2027-03-27", 22, 0), until;

	(void)state;
	assert_int_equal(bandwidth_limit(&b, from, &until), 1000);
	assert_int_equal(until - from, 7 * 3600);
	assert_true(until == at("2027-03-28", 6, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_windows_nothing_is_limited),
		cmocka_unit_test(
		    a_limit_holds_from_begin_to_end_of_its_window),
		cmocka_unit_test(the_first_open_window_counts),
		cmocka_unit_test(windows_of_one_limit_are_one),
		cmocka_unit_test(
		    a_window_over_the_change_of_clocks_ends_by_the_clock),
	};

	return cmocka_run_group_tests(tests, berlin, NULL);
}
