/* test_store_dry.c: a dry store reads what is there, and writes nothing. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "store/impl.h"

/* The store below, which a dry store owns: seen after it only through it. */
static void
writes_nothing(void **state)
{
	struct store_list *l = NULL;
	struct store *s;
	struct buf *b = NULL;
	const char *name;
	uint64_t size;

	(void)state;
	assert_int_equal(store_mem_open(&s), 0);
	assert_int_equal(store_put(s, "a", "old", 3), 0);
	assert_int_equal(store_dry(&s), 0);
	assert_int_equal(store_put(s, "b", "x", 1), 0);
	assert_int_equal(store_put_exclusive(s, "c", "x", 1), 0);
	assert_int_equal(store_put_exclusive(s, "a", "x", 1), ERR_EXIST);
	assert_int_equal(store_delete(s, "a"), 0);
	assert_int_equal(store_size(s, "b", &size), ERR_NOENT);
	assert_int_equal(store_size(s, "c", &size), ERR_NOENT);
	assert_int_equal(buf_new(100, &b), 0);
	assert_int_equal(store_get_all(s, "a", 100, b), 0);
	assert_int_equal(buf_len(b), 3);
	assert_memory_equal(buf_ptr(b), "old", 3);
	assert_int_equal(store_list_new(s, "", &l), 0);
	assert_int_equal(store_list_next(l, &name, &size), 1);
	assert_string_equal(name, "a");
	assert_int_equal(store_list_next(l, &name, &size), 0);
	store_list_free(l);
	buf_free(b);
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_nothing)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
