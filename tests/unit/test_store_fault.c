/* test_store_fault.c: a fault store fails when and as it is told. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "store/impl.h"

static int
setup(void **state)
{
	struct store *s;

	assert_int_equal(store_mem_open(&s), 0);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	store_close(*state);
	return 0;
}

static void
fails_once_before(void **state)
{
	struct store *inner = *state, *s;
	uint64_t size;

	assert_int_equal(store_fault_open(inner, STORE_FAULT_FAIL, 2, false,
	    ERR_NOSPACE, &s), 0);
	assert_int_equal(store_put(s, "a", "x", 1), 0);
	assert_int_equal(store_put_exclusive(s, "b", "x", 1), ERR_NOSPACE);
	assert_int_equal(store_size(inner, "b", &size), ERR_NOENT);
	assert_int_equal(store_put_exclusive(s, "b", "x", 1), 0);
	assert_int_equal(store_delete(s, "a"), 0);
	assert_int_equal(store_fault_count(s), 4);
	store_close(s);
}

static void
fails_once_after(void **state)
{
	struct store *inner = *state, *s;
	uint64_t size;

	assert_int_equal(store_fault_open(inner, STORE_FAULT_FAIL, 1, true,
	    ERR_IO, &s), 0);
	assert_int_equal(store_put(s, "a", "x", 1), ERR_IO);
	assert_int_equal(store_size(s, "a", &size), 0);
	assert_int_equal(store_put_exclusive(s, "a", "x", 1), ERR_EXIST);
	store_close(s);
}

static void
stays_dead(void **state)
{
	struct store *inner = *state, *s;
	struct store_list *l;
	struct buf *b;
	uint64_t size;

	assert_int_equal(buf_new(16, &b), 0);
	assert_int_equal(store_fault_open(inner, STORE_FAULT_DEAD, 2, true,
	    ERR_IO, &s), 0);
	assert_int_equal(store_put(s, "a", "x", 1), 0);
	assert_int_equal(store_size(s, "a", &size), 0);
	assert_int_equal(store_put(s, "b", "x", 1), ERR_IO);
	assert_int_equal(store_put(s, "c", "x", 1), ERR_IO);
	assert_int_equal(store_delete(s, "a"), ERR_IO);
	assert_int_equal(store_get(s, "a", 0, 1, b), ERR_IO);
	assert_int_equal(store_size(s, "a", &size), ERR_IO);
	assert_int_equal(store_list_new(s, "", &l), ERR_IO);
	assert_int_equal(store_size(inner, "a", &size), 0);
	assert_int_equal(store_size(inner, "b", &size), 0);
	assert_int_equal(store_size(inner, "c", &size), ERR_NOENT);
	store_close(s);
	buf_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(fails_once_before, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(fails_once_after, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(stays_dead, setup, teardown)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
