/* test_zone.c: days, times of day and moments where clocks are changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/zone.h"

static void
unknown_zones_change_nothing(void **state)
{
	(void)state;
	assert_int_equal(zone_use("Asia/Ho_Chi_Minh"), 0);
	assert_int_equal(zone_use("Asia/Nowhere"), ERR_NOENT);
	assert_int_equal(zone_use("/etc/passwd"), ERR_NOENT);
	assert_int_equal(zone_use("../../../etc/passwd"), ERR_NOENT);
	assert_int_equal(zone_use("UTC+7"), ERR_NOENT);
	assert_int_equal(zone_moment(0, 7 * 3600), -3600);
	assert_true(zone_known("UTC"));
	assert_false(zone_known(""));
}

static void
dates_and_days_are_the_same_both_ways(void **state)
{
	struct zone_date d, next;
	int64_t day;

	(void)state;
	zone_date(-1, &d);
	assert_int_equal(d.year, 1969);
	assert_int_equal(d.month, 12);
	assert_int_equal(d.day, 31);
	assert_int_equal(zone_weekday(0), 3);
	assert_int_equal(zone_weekday(-4), 6);
	for (day = -200000; day < 200000; day++) {
		zone_date(day, &d);
		assert_int_equal(zone_date_day(&d), day);
		zone_date(day + 1, &next);
		assert_true(next.day == d.day + 1 || next.day == 1);
	}
}

static void
dates_that_do_not_exist_are_refused(void **state)
{
	static const char *const bad[] = {
		"2026-02-29", "2026-13-01", "2026-00-01", "2026-01-00",
		"08/09/2026", "2026-1-1", "2026-01-01 ", "", "1969-01-01"
	};
	int64_t day;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(zone_date_parse(bad[i], &day), ERR_FORMAT);
	assert_int_equal(zone_date_parse("2028-02-29", &day), 0);
	assert_int_equal(day, 21243);
}

static void
a_gap_ends_for_all_times_in_it_at_once(void **state)
{
	int64_t day, end;
	int second;

	(void)state;
	assert_int_equal(zone_use("Europe/Berlin"), 0);
	assert_int_equal(zone_date_parse("2026-03-29", &day), 0);
	end = 1774746000;		/* 01:00 UTC */
	assert_int_equal(zone_moment(day, 2 * 3600), end);
	assert_int_equal(zone_moment(day, 2 * 3600 + 1800), end);
	assert_int_equal(zone_moment(day, 3 * 3600), end);
	assert_int_equal(zone_moment(day, 2 * 3600 - 1), end - 1);
	assert_int_equal(zone_day(end, &second), day);
	assert_int_equal(second, 3 * 3600);
}

static void
a_time_that_comes_twice_is_the_first(void **state)
{
	int64_t day, first;

	(void)state;
	assert_int_equal(zone_use("Europe/Berlin"), 0);
	assert_int_equal(zone_date_parse("2026-10-25", &day), 0);
	first = 1792888200;		/* 00:30 UTC */
	assert_int_equal(zone_moment(day, 2 * 3600 + 1800), first);
	assert_int_equal(zone_moment(day, 3 * 3600), first + 5400);
	/* Half an hour only, and in the other half of the world. */
	assert_int_equal(zone_use("Australia/Lord_Howe"), 0);
	assert_int_equal(zone_date_parse("2026-04-05", &day), 0);
	assert_int_equal(zone_moment(day, 2 * 3600) - zone_moment(day,
	    2 * 3600 - 60), 1860);
}

static void
a_day_that_was_left_out_is_the_next(void **state)
{
	int64_t day;

	(void)state;
	assert_int_equal(zone_use("Pacific/Apia"), 0);
	assert_int_equal(zone_date_parse("2011-12-30", &day), 0);
	assert_int_equal(zone_moment(day, 12 * 3600), zone_moment(day + 1,
	    0));
	assert_int_equal(zone_moment(day, 0) - zone_moment(day - 1, 0),
	    ZONE_DAY);
}

static void
times_are_read_as_they_are_written(void **state)
{
	static const struct {
		const char *text;
		int64_t t;
	} good[] = {
		{ "2026-10-25 02:30", 1792888200 },
		{ "2026-10-25T02:30:01", 1792888201 },
		{ "2026-10-25T02:30:00+02:00", 1792888200 },
		{ "2026-10-25T02:30:00+01:00", 1792891800 },
		{ "2026-10-24T20:00-04:30", 1792888200 },
		{ "2026-10-25 00:30Z", 1792888200 },
		{ "2026-10-25", 1792879200 },
		{ "2026-03-29 02:30", 1774746000 },
		{ "@0", 0 },
		{ "@253402300799", ZONE_LAST },
		{ "1970-01-01T00:00:00Z", 0 }
	};
	static const char *const bad[] = {
		"", "@", "@-1", "@1 ", "@253402300800", "@9999999999999", " ",
		"2026-10-25 ", "2026-10-25 2:30", "2026-10-25 02",
		"2026-10-25 24:00", "2026-10-25 02:60", "2026-10-25 02:30:",
		"2026-10-25 02:30:60", "2026-10-25 02:30 ",
		"2026-10-25Z", "2026-10-25 02:30+", "2026-10-25 02:30+0100",
		"2026-10-25 02:30+01:0", "2026-10-25 02:30Z+01:00",
		"2026-13-25 02:30", "25.10.2026", "tomorrow",
		"1970-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"
	};
	int64_t t;
	size_t i;

	(void)state;
	assert_int_equal(zone_use("Europe/Berlin"), 0);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(zone_time_parse(good[i].text, &t), 0);
		assert_int_equal(t, good[i].t);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(zone_time_parse(bad[i], &t), ERR_FORMAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_zones_change_nothing),
		cmocka_unit_test(dates_and_days_are_the_same_both_ways),
		cmocka_unit_test(dates_that_do_not_exist_are_refused),
		cmocka_unit_test(a_gap_ends_for_all_times_in_it_at_once),
		cmocka_unit_test(a_time_that_comes_twice_is_the_first),
		cmocka_unit_test(a_day_that_was_left_out_is_the_next),
		cmocka_unit_test(times_are_read_as_they_are_written)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
