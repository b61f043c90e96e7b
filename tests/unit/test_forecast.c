/* test_forecast.c: when a target will be full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "catalog/forecast.h"
#include "catalog_fixture.h"

#define DAY 86400
#define GIB (UINT64_C(1) << 30)

/* n days of a target of 1000 GiB, each with so much more in use. */
static size_t
days(struct catalog_usage *v, size_t n, uint64_t first, uint64_t each)
{
	size_t i;

	for (i = 0; i < n; i++)
		v[i] = (struct catalog_usage){ .target = "nas",
		    .time = (int64_t)(i + 20000) * DAY + 7200,
		    .total = 1000 * GIB,
		    .free = 1000 * GIB - first - each * i };
	return n;
}

static void
growth_gives_the_day(void **state)
{
	struct catalog_usage v[30] = { { .time = 0 } };
	struct forecast f;

	(void)state;
	forecast_make(v, days(v, 30, 500 * GIB, 10 * GIB), &f);
	assert_int_equal(f.outlook, FORECAST_FILLS);
	assert_int_equal(f.per_day / (int64_t)(GIB / 100), 1000);
	/* 210 GiB are free on the last day: 21 days from there. */
	assert_int_equal((f.full - v[29].time + DAY / 2) / DAY, 21);
	assert_true(f.free == 210 * GIB);
}

static void
odd_days_do_not_count(void **state)
{
	struct catalog_usage v[30] = { { .time = 0 } };
	struct forecast f;
	size_t i;

	(void)state;
	days(v, 30, 500 * GIB, 10 * GIB);
	for (i = 3; i < 30; i += 5)
		v[i].free = i % 2 == 0 ? 0 : 900 * GIB;
	forecast_make(v, 30, &f);
	assert_int_equal(f.outlook, FORECAST_FILLS);
	assert_in_range(f.per_day / (int64_t)GIB, 8, 12);
}

static void
little_history_is_said_to_be_little(void **state)
{
	struct catalog_usage v[30] = { { .time = 0 } };
	struct forecast f;

	(void)state;
	forecast_make(v, 0, &f);
	assert_int_equal(f.outlook, FORECAST_UNKNOWN);
	forecast_make(v, days(v, 7, 500 * GIB, 10 * GIB), &f);
	assert_int_equal(f.outlook, FORECAST_UNKNOWN);
	assert_int_equal(f.days, 7);
	assert_true(f.free == 440 * GIB);
	forecast_make(v, days(v, 8, 500 * GIB, 10 * GIB), &f);
	assert_int_equal(f.outlook, FORECAST_FILLS);
	/* Few days, however far apart. */
	v[1] = v[7];
	forecast_make(v, 2, &f);
	assert_int_equal(f.outlook, FORECAST_UNKNOWN);
}

static void
what_does_not_grow_never_fills(void **state)
{
	struct catalog_usage v[30] = { { .time = 0 } };
	struct forecast f;

	(void)state;
	forecast_make(v, days(v, 30, 500 * GIB, 0), &f);
	assert_int_equal(f.outlook, FORECAST_STEADY);
	assert_int_equal(f.full, 0);
	forecast_make(v, days(v, 30, 500 * GIB, -(3 * GIB)), &f);
	assert_int_equal(f.outlook, FORECAST_STEADY);
	assert_true(f.per_day < 0);
	/* So slowly that nobody who is asked now will see it. */
	forecast_make(v, days(v, 30, 500 * GIB, GIB / 100), &f);
	assert_int_equal(f.outlook, FORECAST_STEADY);
}

static void
a_larger_disk_begins_anew(void **state)
{
	struct catalog_usage v[30] = { { .time = 0 } };
	struct forecast f;
	size_t i;

	(void)state;
	days(v, 30, 500 * GIB, 10 * GIB);
	for (i = 0; i < 24; i++)
		v[i].total = 2 * v[i].free;
	forecast_make(v, 30, &f);
	assert_int_equal(f.days, 6);
	assert_int_equal(f.outlook, FORECAST_UNKNOWN);
}

static void
the_catalog_tells(void **state)
{
	struct catalog_fixture *fix = *state;
	struct catalog_usage v[30] = { { .time = 0 } };
	struct forecast f;
	size_t i;

	days(v, 30, 500 * GIB, 10 * GIB);
	for (i = 0; i < 30; i++) {
		assert_int_equal(catalog_usage_put(fix->c, &v[i]), 0);
		v[i].time -= 3600;	/* the earlier hour of a day */
		v[i].free = 1;
		assert_int_equal(catalog_usage_put(fix->c, &v[i]), 0);
	}
	assert_int_equal(forecast_target(fix->c, "nas",
	    v[29].time + 3600, &f), 0);
	assert_int_equal(f.outlook, FORECAST_FILLS);
	assert_int_equal(f.days, 30);
	assert_true(f.free == 210 * GIB);
	assert_int_equal(forecast_target(fix->c, "usb", v[29].time, &f), 0);
	assert_int_equal(f.outlook, FORECAST_UNKNOWN);
	assert_int_equal(f.measured, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(growth_gives_the_day),
		cmocka_unit_test(odd_days_do_not_count),
		cmocka_unit_test(little_history_is_said_to_be_little),
		cmocka_unit_test(what_does_not_grow_never_fills),
		cmocka_unit_test(a_larger_disk_begins_anew),
		cmocka_unit_test_setup_teardown(the_catalog_tells,
		    catalog_setup, catalog_teardown)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
