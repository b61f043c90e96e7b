/* test_catalog_disk.c: disks that come and go are remembered. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/disk.h"
#include "tests/unit/catalog_fixture.h"

static void
a_disk_is_kept_with_its_times(void **state)
{
	struct catalog_fixture *f = *state;
	struct catalog_disk d = { .label = "0123", .volume = "ab",
	    .attached = 10 };
	struct catalog_disk k;

	assert_int_equal(catalog_disk_get(f->c, "usb", &k), ERR_NOENT);
	/* Nothing that was never here is let go. */
	assert_int_equal(catalog_disk_eject(f->c, "usb", 5), 0);
	assert_int_equal(catalog_disk_get(f->c, "usb", &k), ERR_NOENT);
	assert_int_equal(catalog_disk_attach(f->c, "usb", &d), 0);
	assert_int_equal(catalog_disk_eject(f->c, "usb", 20), 0);
	catalog_reopen(f);
	assert_int_equal(catalog_disk_get(f->c, "usb", &k), 0);
	assert_string_equal(k.label, "0123");
	assert_string_equal(k.volume, "ab");
	assert_int_equal(k.attached, 10);
	assert_int_equal(k.ejected, 20);
	d.attached = 30;
	d.volume[0] = '\0';
	assert_int_equal(catalog_disk_attach(f->c, "usb", &d), 0);
	assert_int_equal(catalog_disk_get(f->c, "usb", &k), 0);
	assert_string_equal(k.volume, "");
	assert_int_equal(k.attached, 30);
	assert_int_equal(k.ejected, 0);
	assert_int_equal(catalog_disk_get(f->c, "other", &k), ERR_NOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_disk_is_kept_with_its_times,
		    catalog_setup, catalog_teardown)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
