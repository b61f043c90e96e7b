/* test_err.c: codes, their texts, and errno. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/err.h"

static void
test_texts_are_distinct(void **state)
{
	int i, j;

	(void)state;
	for (i = 0; i <= ERR_COUNT; i++) {
		assert_non_null(err_text(-i));
		assert_true(strlen(err_text(-i)) > 3);
		for (j = 0; j < i; j++)
			assert_string_not_equal(err_text(-i), err_text(-j));
	}
}

static void
test_unknown_code_has_text(void **state)
{
	(void)state;
	assert_string_equal(err_text(1), "unknown error");
	assert_string_equal(err_text(-ERR_COUNT - 1), "unknown error");
	assert_string_equal(err_text(-2147483647 - 1), "unknown error");
}

static void
test_errno_maps_to_action(void **state)
{
	(void)state;
	assert_int_equal(err_from_errno(ENOENT), ERR_NOENT);
	assert_int_equal(err_from_errno(EACCES), ERR_DENIED);
	assert_int_equal(err_from_errno(ENOSPC), ERR_NOSPACE);
	assert_int_equal(err_from_errno(EDQUOT), ERR_NOSPACE);
	assert_int_equal(err_from_errno(EEXIST), ERR_EXIST);
	assert_int_equal(err_from_errno(EAGAIN), ERR_BUSY);
	assert_int_equal(err_from_errno(EPIPE), ERR_CLOSED);
	assert_int_equal(err_from_errno(ENOMEM), ERR_NOMEM);
	assert_int_equal(err_from_errno(ETIMEDOUT), ERR_TIMEOUT);
	assert_int_equal(err_from_errno(EIO), ERR_IO);
}

static void
test_errno_is_never_success(void **state)
{
	int i;

	(void)state;
	for (i = -1; i < 300; i++)
		assert_in_range(-err_from_errno(i), 1, ERR_COUNT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		{ "texts are distinct", test_texts_are_distinct,
		    NULL, NULL, NULL },
		{ "unknown code has a text", test_unknown_code_has_text,
		    NULL, NULL, NULL },
		{ "errno maps to what to do", test_errno_maps_to_action,
		    NULL, NULL, NULL },
		{ "errno never becomes success", test_errno_is_never_success,
		    NULL, NULL, NULL }
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
