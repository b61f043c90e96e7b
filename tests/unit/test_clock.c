/* test_clock.c: times and their text. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

static void
zone(const char *tz)
{
	setenv("TZ", tz, 1);
	tzset();
}

static void
test_text_has_the_zone(void **state)
{
	char text[CLOCK_TEXT_MAX];

	(void)state;
	zone("ICT-7");
	clock_format(1786062600, text);
	assert_string_equal(text, "2026-08-07T07:30:00+07:00");
	zone("NST3:30");
	clock_format(0, text);
	assert_string_equal(text, "1969-12-31T20:30:00-03:30");
}

static void
test_any_time_has_a_text(void **state)
{
	static const int64_t times[] = {
		INT64_MIN, INT64_MIN + 1, -1, 253402300799, 253402300800,
		1000000000000000, INT64_MAX
	};
	char text[CLOCK_TEXT_MAX];
	size_t i;

	(void)state;
	zone("UTC0");
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		memset(text, 'x', sizeof(text));
		clock_format(times[i], text);
		assert_non_null(memchr(text, '\0', sizeof(text)));
		assert_true(strlen(text) > 10);
	}
}

static void
test_clocks_agree_with_the_system(void **state)
{
	int64_t before, now, after;

	(void)state;
	before = (int64_t)time(NULL) - 1;	/* it may lag by a tick */
	now = clock_wall();
	after = (int64_t)time(NULL) + 1;
	assert_true(before <= now && now <= after);
	assert_true(clock_wall_ns() / 1000000000 - now <= 1);
}

static void
test_mono_advances_in_milliseconds(void **state)
{
	const struct timespec ts = { 0, 20000000 };
	int64_t before = clock_mono_ms(), passed;

	(void)state;
	nanosleep(&ts, NULL);
	passed = clock_mono_ms() - before;
	assert_true(passed >= 19 && passed < 10000);
}

static void
test_wall_time_stands_where_it_is_put(void **state)
{
	const struct timespec ts = { 0, 20000000 };
	int64_t mono = clock_mono_ms();

	(void)state;
	assert_int_equal(clock_stands(), 0);
	clock_stand(1804000000);
	nanosleep(&ts, NULL);
	assert_int_equal(clock_stands(), 1804000000);
	assert_int_equal(clock_wall(), 1804000000);
	assert_int_equal(clock_wall_ns(), INT64_C(1804000000000000000));
	/* The rest goes on. */
	assert_true(clock_mono_ms() - mono >= 19);
	assert_true(llabs(clock_system() - (int64_t)time(NULL)) <= 1);
	clock_stand(0);
	assert_true(llabs(clock_wall() - (int64_t)time(NULL)) <= 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		{ "text is local and has the zone", test_text_has_the_zone,
		    NULL, NULL, NULL },
		{ "any time has a text", test_any_time_has_a_text,
		    NULL, NULL, NULL },
		{ "wall time is the system's",
		    test_clocks_agree_with_the_system, NULL, NULL, NULL },
		{ "monotonic time advances in milliseconds",
		    test_mono_advances_in_milliseconds, NULL, NULL, NULL },
		{ "wall time stands where it is put",
		    test_wall_time_stands_where_it_is_put, NULL, NULL, NULL }
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
