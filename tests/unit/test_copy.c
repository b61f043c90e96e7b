/* test_copy.c: copies of targets in the catalog. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/copy.h"
#include "catalog_fixture.h"

static int64_t
begun(struct catalog *c, const char *target, int64_t at)
{
	const struct catalog_copy y = { .target = target, .from = "nas",
	    .begun = at };
	int64_t id = 0;

	assert_int_equal(catalog_copy_begin(c, &y, &id), 0);
	return id;
}

static void
ended(struct catalog *c, int64_t id, int64_t at, enum catalog_outcome how)
{
	const struct catalog_copy y = { .id = id, .ended = at,
	    .outcome = how, .exit = how == CATALOG_COMPLETE ? 0 : 3,
	    .objects = 1, .bytes = 2, .all = 3, .all_bytes = 4, .damaged = 5,
	    .snapshots = 6, .text = "words", .remedy = "more" };

	assert_int_equal(catalog_copy_end(c, &y), 0);
}

static void
one_copy_of_a_target_at_a_time(void **state)
{
	struct catalog_fixture *f = *state;
	const struct catalog_copy y = { .target = "usb", .from = "nas",
	    .begun = 5 };
	int64_t id = begun(f->c, "usb", 1), other = 0;

	assert_int_equal(catalog_copy_begin(f->c, &y, &other), ERR_BUSY);
	begun(f->c, "far", 2);
	ended(f->c, id, 3, CATALOG_COMPLETE);
	begun(f->c, "usb", 4);
}

static void
a_dead_one_is_interrupted_and_stops_nobody(void **state)
{
	struct catalog_fixture *f = *state;
	struct catalog_copies *l = NULL;
	const struct catalog_copy_filter all = { .target = "usb" };
	struct catalog_copy y;
	int64_t id = begun(f->c, "usb", 1);

	catalog_reopen(f);
	assert_int_equal(catalog_copies_new(f->c, &all, &l), 0);
	assert_int_equal(catalog_copies_next(l, &y), 1);
	assert_int_equal(y.id, id);
	assert_int_equal(y.outcome, CATALOG_INTERRUPTED);
	assert_int_equal(catalog_copies_next(l, &y), 0);
	catalog_copies_free(l);
	begun(f->c, "usb", 2);
}

static void
copies_come_back_the_latest_first(void **state)
{
	struct catalog_fixture *f = *state;
	struct catalog_copies *l = NULL;
	struct catalog_copy_filter all = { 0 };
	struct catalog_copy y;
	int64_t id;

	id = begun(f->c, "usb", 10);
	ended(f->c, id, 12, CATALOG_INCOMPLETE);
	begun(f->c, "far", 20);
	assert_int_equal(catalog_copies_new(f->c, &all, &l), 0);
	assert_int_equal(catalog_copies_next(l, &y), 1);
	assert_string_equal(y.target, "far");
	assert_int_equal(y.outcome, CATALOG_RUNNING);
	assert_int_equal(catalog_copies_next(l, &y), 1);
	assert_string_equal(y.target, "usb");
	assert_string_equal(y.from, "nas");
	assert_int_equal(y.begun, 10);
	assert_int_equal(y.ended, 12);
	assert_int_equal(y.outcome, CATALOG_INCOMPLETE);
	assert_int_equal(y.exit, 3);
	assert_int_equal(y.objects, 1);
	assert_int_equal(y.bytes, 2);
	assert_int_equal(y.all, 3);
	assert_int_equal(y.all_bytes, 4);
	assert_int_equal(y.damaged, 5);
	assert_int_equal(y.snapshots, 6);
	assert_string_equal(y.text, "words");
	assert_string_equal(y.remedy, "more");
	assert_int_equal(catalog_copies_next(l, &y), 0);
	catalog_copies_free(l);
	all.id = id;
	assert_int_equal(catalog_copies_new(f->c, &all, &l), 0);
	assert_int_equal(catalog_copies_next(l, &y), 1);
	assert_int_equal(y.id, id);
	assert_int_equal(catalog_copies_next(l, &y), 0);
	catalog_copies_free(l);
}

static void
how_a_target_stands(void **state)
{
	struct catalog_fixture *f = *state;
	struct catalog_copied s;

	assert_int_equal(catalog_copied_get(f->c, "usb", &s), ERR_NOENT);
	ended(f->c, begun(f->c, "usb", 10), 11, CATALOG_FAILED);
	assert_int_equal(catalog_copied_get(f->c, "usb", &s), 0);
	assert_int_equal(s.good, 0);
	assert_int_equal(s.failed, 1);
	ended(f->c, begun(f->c, "usb", 20), 22, CATALOG_COMPLETE);
	ended(f->c, begun(f->c, "usb", 30), 33, CATALOG_INCOMPLETE);
	ended(f->c, begun(f->c, "usb", 40), 44, CATALOG_FAILED);
	ended(f->c, begun(f->c, "far", 50), 55, CATALOG_FAILED);
	assert_int_equal(catalog_copied_get(f->c, "usb", &s), 0);
	assert_int_equal(s.begun, 40);
	assert_int_equal(s.ended, 44);
	assert_int_equal(s.outcome, CATALOG_FAILED);
	assert_int_equal(s.exit, 3);
	assert_int_equal(s.good, 22);
	assert_int_equal(s.failed, 2);
}

static void
what_a_target_holds_is_replaced(void **state)
{
	struct catalog_fixture *f = *state;
	struct catalog_held h = { .target = "usb", .host = "pc", .set = "s",
	    .sequence = 3, .time = 30, .seen = 31 };
	struct catalog_helds *l = NULL;

	assert_int_equal(catalog_held_put(f->c, &h), 0);
	h.sequence = 4;
	h.time = 40;
	assert_int_equal(catalog_held_put(f->c, &h), 0);
	h.target = "far";
	assert_int_equal(catalog_held_put(f->c, &h), 0);
	assert_int_equal(catalog_helds_new(f->c, "usb", &l), 0);
	memset(&h, 0, sizeof(h));
	assert_int_equal(catalog_helds_next(l, &h), 1);
	assert_string_equal(h.target, "usb");
	assert_string_equal(h.host, "pc");
	assert_string_equal(h.set, "s");
	assert_int_equal(h.sequence, 4);
	assert_int_equal(h.time, 40);
	assert_int_equal(h.seen, 31);
	assert_int_equal(catalog_helds_next(l, &h), 0);
	catalog_helds_free(l);
}

static void
what_a_copy_lacks_is_counted(void **state)
{
	struct catalog_fixture *f = *state;
	struct catalog_held h = { .target = "usb", .host = "a", .set = "s",
	    .sequence = 1, .time = 10, .seen = 11 };
	struct catalog_behind b;

	assert_int_equal(catalog_behind_get(f->c, "t", "usb", &b), 0);
	assert_int_equal(b.snapshots, 0);
	assert_int_equal(b.oldest, 0);
	job_ended(f->c, job_started(f->c, "a", 10), 1);
	job_ended(f->c, job_started(f->c, "b", 20), 3);
	job_ended(f->c, job_started(f->c, "a", 30), 2);
	assert_int_equal(catalog_behind_get(f->c, "t", "usb", &b), 0);
	assert_int_equal(b.snapshots, 3);
	assert_int_equal(b.sources, 2);
	assert_int_equal(b.oldest, 10);
	assert_int_equal(catalog_held_put(f->c, &h), 0);
	assert_int_equal(catalog_behind_get(f->c, "t", "usb", &b), 0);
	assert_int_equal(b.snapshots, 2);
	assert_int_equal(b.oldest, 20);
	h.sequence = 2;
	assert_int_equal(catalog_held_put(f->c, &h), 0);
	h.host = "b";
	h.sequence = 3;
	assert_int_equal(catalog_held_put(f->c, &h), 0);
	assert_int_equal(catalog_behind_get(f->c, "t", "usb", &b), 0);
	assert_int_equal(b.snapshots, 0);
	assert_int_equal(b.oldest, 0);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, catalog_setup, \
	    catalog_teardown)
	const struct CMUnitTest tests[] = {
		TEST(one_copy_of_a_target_at_a_time),
		TEST(a_dead_one_is_interrupted_and_stops_nobody),
		TEST(copies_come_back_the_latest_first),
		TEST(how_a_target_stands),
		TEST(what_a_target_holds_is_replaced),
		TEST(what_a_copy_lacks_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
