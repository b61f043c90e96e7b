/* test_moved.c: what is gone is found by its inode. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "backupd/moved.h"

#define CASE(name, fn) { name, fn, NULL, NULL, NULL }

static void
file(struct entry *e, uint64_t dev, uint64_t ino)
{
	memset(e, 0, sizeof(*e));
	e->name = (const uint8_t *)"x";
	e->name_len = 1;
	e->attr.type = ATTR_FILE;
	e->attr.have = ATTR_INODE | ATTR_SIZE;
	e->attr.dev = dev;
	e->attr.ino = ino;
	e->attr.size = 7 * ino;
	e->ninline = 2;
	e->inl[0].len = 4096;
	e->inl[0].hole = true;
	e->inl[1].len = ino + 1;
	memset(e->inl[1].id, (int)(ino % 251), sizeof(e->inl[1].id));
}

static void
test_content_comes_back(void **state)
{
	struct entry e, list, got;
	struct moved *m;

	(void)state;
	assert_int_equal(moved_new(&m), 0);
	file(&e, 1, 10);
	assert_int_equal(moved_gone(m, &e), 0);
	file(&list, 2, 10);
	list.ninline = 0;
	list.content.present = true;
	list.content.level = 3;
	memset(list.content.id, 9, sizeof(list.content.id));
	assert_int_equal(moved_gone(m, &list), 0);

	assert_true(moved_find(m, &e.attr, &got));
	assert_int_equal(got.name_len, 0);
	assert_int_equal(got.attr.size, 70);
	assert_int_equal(got.ninline, 2);
	assert_true(got.inl[0].hole && !got.inl[1].hole);
	assert_int_equal(got.inl[0].len, 4096);
	assert_int_equal(got.inl[1].len, 11);
	assert_memory_equal(got.inl[1].id, e.inl[1].id, 32);
	assert_false(got.content.present);

	assert_true(moved_find(m, &list.attr, &got));
	assert_int_equal(got.ninline, 0);
	assert_true(got.content.present);
	assert_int_equal(got.content.level, 3);
	assert_memory_equal(got.content.id, list.content.id, 32);
	moved_free(m);
}

static void
test_device_and_inode_both_count(void **state)
{
	struct entry e, got;
	struct moved *m;

	(void)state;
	assert_int_equal(moved_new(&m), 0);
	file(&e, 1, 10);
	assert_int_equal(moved_gone(m, &e), 0);
	file(&e, 1, 11);
	assert_false(moved_find(m, &e.attr, &got));
	file(&e, 2, 10);
	assert_false(moved_find(m, &e.attr, &got));
	file(&e, 1, 10);
	e.attr.have &= ~(uint32_t)ATTR_INODE;
	assert_false(moved_find(m, &e.attr, &got));
	moved_free(m);
}

static void
test_what_cannot_be_a_base_is_ignored(void **state)
{
	struct entry e, got;
	struct moved *m;

	(void)state;
	assert_int_equal(moved_new(&m), 0);
	file(&e, 1, 1);
	e.attr.type = ATTR_SYMLINK;
	assert_int_equal(moved_gone(m, &e), 0);
	assert_false(moved_find(m, &e.attr, &got));
	file(&e, 1, 2);
	e.ninline = 0;
	assert_int_equal(moved_gone(m, &e), 0);
	assert_false(moved_find(m, &e.attr, &got));
	file(&e, 1, 3);
	e.attr.have = ATTR_SIZE;
	assert_int_equal(moved_gone(m, &e), 0);
	e.attr.have |= ATTR_INODE;
	assert_false(moved_find(m, &e.attr, &got));
	moved_free(m);
}

static void
test_full_is_no_error(void **state)
{
	struct entry e, got;
	struct moved *m;
	uint64_t i;

	(void)state;
	assert_int_equal(moved_new(&m), 0);
	for (i = 0; i < MOVED_MAX + 10; i++) {
		file(&e, i % 3, i);
		assert_int_equal(moved_gone(m, &e), 0);
	}
	for (i = 0; i < MOVED_MAX + 10; i++) {
		file(&e, i % 3, i);
		assert_int_equal(moved_find(m, &e.attr, &got), i < MOVED_MAX);
		if (i < MOVED_MAX)
			assert_int_equal(got.inl[1].len, i + 1);
	}
	moved_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("content comes back", test_content_comes_back),
		CASE("device and inode both count",
		    test_device_and_inode_both_count),
		CASE("what cannot be a base is ignored",
		    test_what_cannot_be_a_base_is_ignored),
		CASE("full is no error", test_full_is_no_error)
	};

	return cmocka_run_group_tests_name("moved", tests, NULL, NULL);
}
