/* test_window.c: when windows are open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/window.h"
#include "policy/zone.h"

static int64_t
at(const char *date, int hour, int minute)
{
	int64_t day;

	assert_int_equal(zone_date_parse(date, &day), 0);
	return zone_moment(day, hour * 3600 + minute * 60);
}

static struct window
window(const char *text)
{
	char why[WINDOW_WHY_MAX];
	struct window w;

	assert_int_equal(window_parse(text, &w, why), 0);
	return w;
}

static int
berlin(void **state)
{
	(void)state;
	return zone_use("Europe/Berlin");
}

static void
a_window_opens_and_closes(void **state)
{
	struct window w = window("Mon..Fri 11:30-17:00");
	struct window_list list = { &w, 1 };
	int64_t fri = at("2026-08-07", 17, 0), mon = at("2026-08-10", 11, 30);

	(void)state;
	assert_true(window_open(&list, fri - 1));
	assert_false(window_open(&list, fri));
	assert_int_equal(window_closes(&list, fri - 1), fri);
	assert_int_equal(window_opens(&list, fri), mon);
	assert_int_equal(window_opens(&list, mon), mon);
	assert_int_equal(window_closes(&list, fri), fri);
}

static void
a_window_goes_over_midnight(void **state)
{
	struct window w = window("Fri 22:00-06:00");
	struct window_list list = { &w, 1 };

	(void)state;
	assert_true(window_open(&list, at("2026-08-08", 5, 59)));
	assert_false(window_open(&list, at("2026-08-07", 5, 0)));
	assert_int_equal(window_closes(&list, at("2026-08-07", 23, 0)),
	    at("2026-08-08", 6, 0));
}

static void
windows_that_touch_are_one(void **state)
{
	struct window v[3];
	struct window_list list = { v, 3 };

	(void)state;
	v[0] = window("Sat 10:00-24:00");
	v[1] = window("Sun 00:00-12:00");
	v[2] = window("Sun 11:00-13:00");
	assert_int_equal(window_closes(&list, at("2026-08-08", 10, 0)),
	    at("2026-08-09", 13, 0));
}

static void
always_never_closes(void **state)
{
	struct window v[2];
	struct window_list one = { v, 1 }, none = { NULL, 0 };
	struct window_list halves = { v, 2 };

	(void)state;
	v[0] = window("always");
	assert_int_equal(window_closes(&one, 0), ZONE_NEVER);
	assert_int_equal(window_closes(&none, 0), ZONE_NEVER);
	v[0] = window("00:00-12:00");
	v[1] = window("12:00-24:00");
	assert_int_equal(window_closes(&halves, 0), ZONE_NEVER);
}

static void
changed_clocks_move_its_ends(void **state)
{
	struct window v[2];
	struct window_list gone = { &v[0], 1 }, long_one = { &v[1], 1 };
	int64_t six = at("2026-10-25", 6, 0);

	(void)state;
	v[0] = window("Sun 02:10-02:50");
	v[1] = window("22:00-06:00");
	assert_int_equal(window_opens(&gone, at("2026-03-28", 0, 0)),
	    at("2026-04-05", 2, 10));
	/* Nine hours in the night when an hour comes twice. */
	assert_int_equal(window_closes(&long_one, six - 9 * 3600), six);
	assert_false(window_open(&long_one, six - 9 * 3600 - 1));
}

static void
what_is_wrong_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "Mon..Fri 11:30", "11:30", "11:30-", "11:30-25:00",
		"24:00-06:00", "11:30-17:60", "Always", "Mon-Fri 10:00-11:00",
		"10:00-11:00 Mon", "11:30 - 17:00", "Mo 10:00-11:00"
	};
	char why[WINDOW_WHY_MAX];
	struct window w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why[0] = '\0';
		assert_int_equal(window_parse(bad[i], &w, why), ERR_FORMAT);
		assert_true(why[0] != '\0');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_window_opens_and_closes),
		cmocka_unit_test(a_window_goes_over_midnight),
		cmocka_unit_test(windows_that_touch_are_one),
		cmocka_unit_test(always_never_closes),
		cmocka_unit_test(changed_clocks_move_its_ends),
		cmocka_unit_test(what_is_wrong_is_refused)
	};

	return cmocka_run_group_tests(tests, berlin, NULL);
}
