/* test_agent_parts.c: names of a directory, and the table of digests. */
#include "config.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agents/digest.h"
#include "agents/names.h"
#include "base/attr.h"
#include "base/buf.h"

static void
test_names_sort_as_bytes(void **state)
{
	static const char *const given[] = { "b", "a\xff", "aa", "a", "B" };
	static const char *const want[] = { "B", "a", "aa", "a\xff", "b" };
	struct names n;
	size_t i;

	(void)state;
	names_init(&n);
	for (i = 0; i < 5; i++)
		assert_int_equal(names_add(&n, DT_REG, given[i],
		    strlen(given[i])), 0);
	names_sort(&n);
	assert_int_equal(n.n, 5);
	for (i = 0; i < 5; i++)
		assert_string_equal(names_get(&n, i)->text, want[i]);
	names_clear(&n);
}

static void
test_names_are_left_out(void **state)
{
	struct names n;
	char text[8];
	size_t i, to = 0;

	(void)state;
	names_init(&n);
	for (i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "%03zu", i);
		assert_int_equal(names_add(&n, DT_DIR, text, 3), 0);
	}
	for (i = 0; i < n.n; i++)
		if (i % 3 == 0)
			names_keep(&n, i, &to);
	n.n = to;
	assert_int_equal(n.n, 334);
	assert_string_equal(names_get(&n, 333)->text, "999");
	assert_int_equal(names_get(&n, 333)->type, DT_DIR);
	names_clear(&n);
}

/* Put or check so many digests, each made of its number. */
static void
table(struct digests *d, uint32_t n, bool put)
{
	struct digest_place at = { 0 };
	uint8_t digest[WIRE_DIGEST_LEN] = { 0 }, got[WIRE_DIGEST_LEN];
	char path[16];
	uint32_t i;
	bool has;

	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "d/%u", i);
		at.path = (const uint8_t *)path;
		at.len = strlen(path);
		at.root = i % 3;
		memcpy(digest, &i, sizeof(i));
		if (put)
			assert_int_equal(digests_put(d, &at, digest), 0);
		assert_int_equal(digests_get(d, &at, &has, got), 0);
		assert_true(has);
		assert_memory_equal(got, digest, sizeof(got));
		at.root = 3;
		assert_int_equal(digests_get(d, &at, &has, got), 0);
		assert_false(has);
	}
}

static void
test_digests_are_remembered(void **state)
{
	struct digests *d;

	(void)state;
	assert_int_equal(digests_new(&d), 0);
	table(d, 5000, true);
	table(d, 5000, false);
	digests_free(d);
}

/* The digest of a directory with one file of this name and mode. */
static bool
digest(const char *name, uint32_t mode, bool clean,
    uint8_t out[WIRE_DIGEST_LEN])
{
	const struct attr attr = {
		.type = ATTR_FILE, .have = ATTR_MODE, .mode = mode
	};
	struct dirhash h = { .ctx = NULL };
	struct buf *head;
	bool has;

	assert_int_equal(buf_new(16, &head), 0);
	assert_int_equal(buf_put_str(head, "head"), 0);
	assert_int_equal(dirhash_begin(&h, head, &attr), 0);
	assert_int_equal(dirhash_entry(&h, name, strlen(name), &attr, NULL),
	    0);
	h.clean = clean;
	assert_int_equal(dirhash_end(&h, &has, out), 0);
	dirhash_clear(&h);
	buf_free(head);
	return has;
}

static void
test_digest_depends_on_name_and_attributes(void **state)
{
	uint8_t a[WIRE_DIGEST_LEN], b[WIRE_DIGEST_LEN];

	(void)state;
	assert_true(digest("x", 0644, true, a));
	assert_true(digest("x", 0644, true, b));
	assert_memory_equal(a, b, sizeof(a));
	assert_true(digest("y", 0644, true, b));
	assert_memory_not_equal(a, b, sizeof(a));
	assert_true(digest("x", 0640, true, b));
	assert_memory_not_equal(a, b, sizeof(a));
	assert_false(digest("x", 0644, false, b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_sort_as_bytes),
		cmocka_unit_test(test_names_are_left_out),
		cmocka_unit_test(test_digests_are_remembered),
		cmocka_unit_test(test_digest_depends_on_name_and_attributes)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
