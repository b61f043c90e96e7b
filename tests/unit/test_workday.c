/* test_workday.c: time that counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/workday.h"
#include "policy/zone.h"

#define HOUR 3600

static int64_t
at(const char *date, int hour)
{
	int64_t day;

	assert_int_equal(zone_date_parse(date, &day), 0);
	return zone_moment(day, hour * HOUR);
}

static int
hanoi(void **state)
{
	(void)state;
	return zone_use("Asia/Ho_Chi_Minh");
}

static void
weekends_and_holidays_do_not_count(void **state)
{
	struct workday_span tet;
	struct workday_list list = { &tet, 1 };
	int64_t fri = at("2027-01-29", 12);

	(void)state;
	assert_int_equal(workday_parse("2027-02-04..2027-02-10", &tet), 0);
	assert_int_equal(workday_between(&list, fri, at("2027-02-01", 12)),
	    24 * HOUR);
	assert_int_equal(workday_after(&list, fri, 24 * HOUR),
	    at("2027-02-01", 12));
	/* Wednesday noon, then nothing before Thursday of the next week. */
	assert_int_equal(workday_between(&list, at("2027-02-03", 12),
	    at("2027-02-11", 1)), 13 * HOUR);
	assert_int_equal(workday_after(&list, at("2027-02-03", 12),
	    13 * HOUR), at("2027-02-11", 1));
	assert_int_equal(workday_between(&list, fri, fri - 1), 0);
	assert_int_equal(workday_after(&list, at("2027-02-06", 5), HOUR),
	    at("2027-02-11", 1));
}

static void
spans_are_read(void **state)
{
	static const char *const bad[] = {
		"", "2027-02-04..", "2027-02-10..2027-02-04", "Tet",
		"2027-02-04...2027-02-05", "2027-02-04-2027-02-05",
		"2027-02-30"
	};
	struct workday_span s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(workday_parse(bad[i], &s), ERR_FORMAT);
	assert_int_equal(workday_parse("2027-02-04", &s), 0);
	assert_int_equal(s.first, s.last);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(weekends_and_holidays_do_not_count),
		cmocka_unit_test(spans_are_read)
	};

	return cmocka_run_group_tests(tests, hanoi, NULL);
}
