/* test_reader.c: listings of a server, and what of them is due. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "reader/impl.h"
#include "wire/weak.h"

#define DAY INT64_C(86400)

static void
add(struct listing *l, const char *name, uint32_t mode, uint64_t size)
{
	const struct sftp_name n = {
		.name = name, .len = strlen(name), .attrs = {
		.has = SFTP_HAS_SIZE | SFTP_HAS_MODE | SFTP_HAS_TIMES,
		.size = size, .mode = mode, .mtime = 77 }
	};

	assert_int_equal(listing_add(l, &n), 0);
}

static void
a_listing_is_sorted_and_has_no_name_twice(void **state)
{
	struct listing *l;
	struct attr a;

	(void)state;
	assert_int_equal(listing_new(&l), 0);
	add(l, "b", 0100644, 5);
	add(l, "a\xff", 0100644, 1);
	add(l, "b", 0100644, 6);
	add(l, "aa", 0040755, 4096);
	add(l, "B", 0120777, 3);
	listing_sort(l);
	assert_int_equal(l->n, 4);
	assert_string_equal(listing_name(l, 0), "B");
	assert_string_equal(listing_name(l, 1), "aa");
	assert_string_equal(listing_name(l, 2), "a\xff");
	assert_string_equal(listing_name(l, 3), "b");
	assert_int_equal(listing_find(l, "aa"), 1);
	assert_int_equal(listing_find(l, "ab"), -1);
	assert_int_equal(listing_type(l, 0), ATTR_SYMLINK);
	assert_int_equal(listing_target(l, 0, "to"), 0);
	assert_string_equal(l->text + l->e[0].target, "to");
	listing_attr(l, 1, &a);
	assert_int_equal(a.type, ATTR_DIR);
	assert_int_equal(a.have, ATTR_MODE | ATTR_MTIME);
	listing_attr(l, 2, &a);
	assert_int_equal(a.have, ATTR_MODE | ATTR_MTIME | ATTR_SIZE);
	assert_true(a.size == 1 && a.mtime == 77 && a.mode == 0644);
	listing_free(l);
}

static void
a_listing_ends_somewhere(void **state)
{
	char name[256];
	const struct sftp_name n = { .name = name, .len = 255 };
	struct sftp_name toolong = { .name = name, .len = 256 };
	struct listing *l;
	int r = 0;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[255] = '\0';
	assert_int_equal(listing_new(&l), 0);
	assert_int_equal(listing_add(l, &toolong), 0);
	assert_true(l->n == 0 && l->toolong == 1);
	while (r == 0)
		r = listing_add(l, &n);
	assert_int_equal(r, ERR_TOOBIG);
	assert_true(listing_memory(l) <= LISTING_MAX);
	assert_true(l->n > 100000);
	listing_free(l);
}

/* A directory of so many files; which of them are due in that job? */
static size_t
due(int64_t since, int64_t now, const char *path, size_t files, bool *seen)
{
	struct far r = { .again = { since, now, 30 * (uint64_t)DAY } };
	char text[20], copy[100];
	struct dnode d = { .path = copy };
	size_t i, n = 0;

	snprintf(copy, sizeof(copy), "%s", path);
	assert_int_equal(listing_new(&d.l), 0);
	for (i = 0; i < files; i++) {
		snprintf(text, sizeof(text), "%05zu", i);
		add(d.l, text, 0100644, 10);
	}
	listing_sort(d.l);
	due_mark(&r, &d);
	for (i = 0; i < files; i++)
		if ((d.l->e[i].flags & LISTING_DUE) != 0) {
			assert_false(seen[i]);
			seen[i] = true;
			n++;
		}
	listing_free(d.l);
	return n;
}

static void
each_file_is_due_once_in_a_period(void **state)
{
	const int64_t start = 1800000000;
	bool seen[2000] = { false }, few[100] = { false };
	size_t day, n, all = 0, most = 0, times = 0;

	(void)state;
	/* Jobs begin a little earlier or later, and some days have none. */
	for (day = 0; day < 30; day++) {
		n = due(start + (int64_t)day * DAY, start +
		    (int64_t)(day + 1) * DAY, "/a/b", 2000, seen);
		all += n;
		most = n > most ? n : most;
		n = due(start + (int64_t)day * DAY, start +
		    (int64_t)(day + 1) * DAY, "/a/few", 100, few);
		assert_true(n == 0 || n == 100);
		times += n > 0;
	}
	assert_int_equal(all, 2000);
	/* 67 a day; 5 standard deviations more. */
	assert_true(most < 110);
	assert_int_equal(times, 1);
}

static void
after_a_long_pause_all_is_due(void **state)
{
	bool seen[300] = { false };

	(void)state;
	assert_int_equal(due(1800000000, 1800000000 + 30 * DAY, "/x", 300,
	    seen), 300);
}

static void
a_reread_is_what_was_said(void **state)
{
	const struct wire_reread bad[] = {
		{ 0, 1, 2 }, { WIRE_PERIOD_MAX + 1, 1, 2 }, { 5, 3, 2 },
		{ 5, -1, 2 }
	};
	struct wire_reread m = { 30, 7, 9 }, got;
	struct buf *b;
	size_t i;

	(void)state;
	assert_int_equal(buf_new(100, &b), 0);
	assert_int_equal(wire_reread_encode(&m, b), 0);
	assert_int_equal(wire_reread_decode(b, &got), 0);
	assert_true(got.period == 30 && got.since == 7 && got.now == 9);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(wire_reread_encode(&bad[i], b), ERR_FORMAT);
	assert_int_equal(buf_len(b), 0);
	assert_int_equal(buf_put_varint(b, 5), 0);
	assert_int_equal(buf_put_i64(b, 3), 0);
	assert_int_equal(buf_put_i64(b, 2), 0);
	assert_int_equal(wire_reread_decode(b, &got), ERR_FORMAT);
	buf_free(b);
}

static void
weak_is_enough_only_where_no_more_is_known(void **state)
{
	struct attr a = { .type = ATTR_FILE, .size = 5, .mtime = 9,
	    .have = ATTR_SIZE | ATTR_MTIME };
	struct attr b = a;

	(void)state;
	assert_true(attr_same_weak(&a, &b));
	assert_false(attr_same(&a, &b));
	a.have |= ATTR_INODE | ATTR_CTIME | ATTR_MTIME_NS;
	assert_true(attr_same_weak(&a, &b));
	assert_false(attr_same_weak(&b, &a));
	b.size++;
	assert_false(attr_same_weak(&a, &b));
	b = a;
	b.have = ATTR_SIZE;
	assert_false(attr_same_weak(&a, &b));
	b = a;
	b.have = ATTR_SIZE | ATTR_MTIME;
	b.mtime++;
	assert_false(attr_same_weak(&a, &b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_listing_is_sorted_and_has_no_name_twice),
		cmocka_unit_test(a_listing_ends_somewhere),
		cmocka_unit_test(each_file_is_due_once_in_a_period),
		cmocka_unit_test(after_a_long_pause_all_is_due),
		cmocka_unit_test(a_reread_is_what_was_said),
		cmocka_unit_test(weak_is_enough_only_where_no_more_is_known)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
