/* test_exit.c: exit codes, and which of two is worse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "cli/exit.h"

static void
every_error_has_a_code(void **state)
{
	int err;

	(void)state;
	assert_int_equal(cli_exit_from_err(0), CLI_EXIT_OK);
	for (err = -1; err >= -ERR_COUNT; err--)
		assert_true(cli_exit_from_err(err) != CLI_EXIT_OK);
	assert_int_equal(cli_exit_from_err(ERR_CORRUPT), CLI_EXIT_DAMAGED);
	assert_int_equal(cli_exit_from_err(ERR_CONFIG), CLI_EXIT_POLICY);
	assert_int_equal(cli_exit_from_err(ERR_DENIED), CLI_EXIT_FAILED);
	assert_int_equal(cli_exit_from_open(ERR_DENIED), CLI_EXIT_KEY);
	assert_int_equal(cli_exit_from_open(ERR_NOENT), CLI_EXIT_TARGET);
}

static void
most_severe_wins(void **state)
{
	static const enum cli_exit order[] = {
		CLI_EXIT_OK, CLI_EXIT_INCOMPLETE, CLI_EXIT_UNREACHABLE,
		CLI_EXIT_IDENTITY, CLI_EXIT_DAMAGED, CLI_EXIT_SUSPECT,
		CLI_EXIT_SIGINT
	};
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		for (j = 0; j < sizeof(order) / sizeof(order[0]); j++)
			assert_int_equal(cli_exit_worst(order[i], order[j]),
			    order[i > j ? i : j]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_error_has_a_code),
		cmocka_unit_test(most_severe_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
