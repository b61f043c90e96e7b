/* test_calendar.c: which texts are calendars, and the moments they name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/calendar.h"
#include "policy/zone.h"

/* Seconds since 1970 UTC of a date and time there. */
static int64_t
at(const char *date, int hour, int minute)
{
	int64_t day;

	assert_int_equal(zone_date_parse(date, &day), 0);
	return zone_moment(day, hour * 3600 + minute * 60);
}

static int
utc(void **state)
{
	(void)state;
	return zone_use("UTC");
}

static void
what_is_right_names_its_moments(void **state)
{
	static const struct {
		const char *text, *date;
		int	 hour, minute;
	} cases[] = {		/* after Friday 2026-08-07 12:00 */
		{ "Mon..Fri 11:45", "2026-08-10", 11, 45 },
		{ "01:00", "2026-08-08", 1, 0 },
		{ "*-01,04,07,10-05 09:00", "2026-10-05", 9, 0 },
		{ "Sun 03:00", "2026-08-09", 3, 0 },
		{ "sunday 3:00:00", "2026-08-09", 3, 0 },
		{ "Sat..Mon 12:00", "2026-08-08", 12, 0 },
		{ "Fri,Mon 12:00", "2026-08-10", 12, 0 },
		{ "*:0/15", "2026-08-07", 12, 15 },
		{ "9..17/4:30", "2026-08-07", 13, 30 },
		{ "2028-02-29 10:00", "2028-02-29", 10, 0 },
		{ "Tue *-02-29", "2028-02-29", 0, 0 },
		{ "12-24 18:00", "2026-12-24", 18, 0 },
		{ "2026..2027-01-01", "2027-01-01", 0, 0 },
		{ "hourly", "2026-08-07", 13, 0 },
		{ "daily", "2026-08-08", 0, 0 },
		{ "weekly", "2026-08-10", 0, 0 },
		{ "monthly", "2026-09-01", 0, 0 },
		{ "quarterly", "2026-10-01", 0, 0 },
		{ "yearly", "2027-01-01", 0, 0 },
		{ "  Mon   11:45 ", "2026-08-10", 11, 45 }
	};
	char why[CALENDAR_WHY_MAX];
	struct calendar c;
	struct calendar_list list = { &c, 1 };
	int64_t from = at("2026-08-07", 12, 0), t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(calendar_parse(cases[i].text, &c, why), 0);
		t = at(cases[i].date, cases[i].hour, cases[i].minute);
		assert_int_equal(calendar_next(&list, from), t);
		assert_int_equal(calendar_last(&list, from, t), t);
		assert_int_equal(calendar_last(&list, from, t - 1),
		    ZONE_NEVER);
	}
}

static void
what_is_wrong_is_told_with_a_remedy(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "30 18 * * 1-5", "write \"Mon..Fri 18:30\"" },
		{ "*/5 * * * *", "cron line" },
		{ "Mon-Fri 11:45", "Mon..Fri" },
		{ "Mont 11:45", "weekdays are" },
		{ "24:00", "0 to 23" },
		{ "11:60", "0 to 59" },
		{ "11:45:30", "seconds" },
		{ "11h45", "Mon..Fri 18:30" },
		{ "11:45 UTC", "office.timezone" },
		{ "*-02-30 10:00", "no such date" },
		{ "*-04,06-31", "no such date" },
		{ "*-13-01", "months" },
		{ "*-12-00", "days" },
		{ "26-12-24", "year" },
		{ "0/0:00", "hours" },
		{ "17..9:00", "hours" },
		{ "", "write days" },
		{ "Mon *-*-* 11:45 x", "write days" },
		{ "11:45 Mon", "weekdays stand first" }
	};
	char why[CALENDAR_WHY_MAX];
	struct calendar c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(calendar_parse(cases[i].text, &c, why),
		    ERR_FORMAT);
		if (strstr(why, cases[i].why) == NULL)
			fail_msg("\"%s\": %s", cases[i].text, why);
	}
}

static void
what_is_over_never_comes(void **state)
{
	char why[CALENDAR_WHY_MAX];
	struct calendar c;
	struct calendar_list list = { &c, 1 }, none = { NULL, 0 };

	(void)state;
	assert_int_equal(calendar_parse("2020-01-01", &c, why), 0);
	assert_int_equal(calendar_next(&list, at("2026-08-07", 0, 0)),
	    ZONE_NEVER);
	assert_int_equal(calendar_last(&list, 0, at("2026-08-07", 0, 0)),
	    at("2020-01-01", 0, 0));
	assert_int_equal(calendar_next(&none, 0), ZONE_NEVER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_right_names_its_moments),
		cmocka_unit_test(what_is_wrong_is_told_with_a_remedy),
		cmocka_unit_test(what_is_over_never_comes)
	};

	return cmocka_run_group_tests(tests, utc, NULL);
}
