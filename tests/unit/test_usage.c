/* test_usage.c: how full targets were, and which keys were used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/usage.h"
#include "catalog/verified.h"
#include "catalog_fixture.h"

static void
the_last_of_each_hour_stays(void **state)
{
	struct catalog_fixture *f = *state;
	static const struct catalog_usage all[] = {
		{ "nas", 3600, 100, 90 }, { "nas", 7199, 100, 80 },
		{ "nas", 7200, 100, 70 }, { "usb", 7200, 50, 5 }
	};
	struct catalog_usages *l = NULL;
	struct catalog_usage u;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		assert_int_equal(catalog_usage_put(f->c, &all[i]), 0);
	assert_int_equal(catalog_usages_new(f->c, "nas", 0, &l), 0);
	assert_int_equal(catalog_usages_next(l, &u), 1);
	assert_int_equal(u.time, 7199);
	assert_int_equal(u.free, 80);
	assert_int_equal(u.total, 100);
	assert_int_equal(catalog_usages_next(l, &u), 1);
	assert_int_equal(u.free, 70);
	assert_int_equal(catalog_usages_next(l, &u), 0);
	catalog_usages_free(l);

	assert_int_equal(catalog_usages_new(f->c, NULL, 7200, &l), 0);
	assert_int_equal(catalog_usages_next(l, &u), 1);
	assert_int_equal(catalog_usages_next(l, &u), 1);
	assert_string_equal(u.target, "usb");
	assert_int_equal(catalog_usages_next(l, &u), 0);
	catalog_usages_free(l);
}

static void
a_key_is_known_since_its_first_use(void **state)
{
	struct catalog_fixture *f = *state;
	struct catalog_access a = { .host = "h", .identity = "/k",
	    .host_key = "ssh-ed25519 A", .used = 10 };
	struct catalog_accesses *l = NULL;

	assert_int_equal(catalog_access_put(f->c, &a), 0);
	a.used = 30;
	assert_int_equal(catalog_access_put(f->c, &a), 0);
	a.used = 20;		/* a clock that was set back */
	assert_int_equal(catalog_access_put(f->c, &a), 0);
	a.host_key = "ssh-ed25519 B";
	a.used = 40;
	assert_int_equal(catalog_access_put(f->c, &a), 0);
	assert_int_equal(catalog_accesses_new(f->c, &l), 0);
	assert_int_equal(catalog_accesses_next(l, &a), 1);
	assert_string_equal(a.host_key, "ssh-ed25519 A");
	assert_int_equal(a.since, 10);
	assert_int_equal(a.used, 30);
	assert_int_equal(catalog_accesses_next(l, &a), 1);
	assert_int_equal(a.since, 40);
	assert_int_equal(catalog_accesses_next(l, &a), 0);
	catalog_accesses_free(l);
}

static void
the_latest_verification_counts(void **state)
{
	struct catalog_fixture *f = *state;
	struct catalog_verified v = { .target = "nas", .time = 100,
	    .sample = 10000, .bytes = 5, .snapshots = 6, .packs = 7,
	    .alarms = 8 };

	assert_int_equal(catalog_verified_last(f->c, "nas", &v), ERR_NOENT);
	assert_int_equal(catalog_verified_put(f->c, &v), 0);
	v.time = 90;
	v.alarms = 0;
	assert_int_equal(catalog_verified_put(f->c, &v), 0);
	assert_int_equal(catalog_verified_last(f->c, "usb", &v), ERR_NOENT);
	memset(&v, 0, sizeof(v));
	assert_int_equal(catalog_verified_last(f->c, "nas", &v), 0);
	assert_int_equal(v.time, 100);
	assert_int_equal(v.sample, 10000);
	assert_int_equal(v.bytes, 5);
	assert_int_equal(v.snapshots, 6);
	assert_int_equal(v.packs, 7);
	assert_int_equal(v.alarms, 8);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, catalog_setup, \
	    catalog_teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_last_of_each_hour_stays),
		TEST(a_key_is_known_since_its_first_use),
		TEST(the_latest_verification_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
