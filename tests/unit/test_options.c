/* test_options.c: command lines read by table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/options.h"

static struct {
	int	 calls;
	const char *command, *config;
	bool	 json, quiet, full;
	int	 nargs;
	char	 arg[64];
	size_t	 paths;
} seen;

static enum cli_exit
run(struct cli *cli)
{
	seen.calls++;
	seen.command = cli->command->name;
	seen.config = cli->config;
	seen.json = cli->json;
	seen.quiet = cli->quiet;
	seen.full = cli_option_count(cli, "full") > 0;
	seen.paths = cli_option_count(cli, "path");
	seen.nargs = cli->nargs;
	if (cli->nargs > 0)
		strncpy(seen.arg, cli->args[0], sizeof(seen.arg) - 1);
	return CLI_EXIT_INCOMPLETE;
}

static const struct cli_option options[] = {
	{ "to", 't', "DIR", "where to" },
	{ "path", 0, "P", "what" },
	{ "full", 'f', NULL, "all" },
	{ NULL, 0, NULL, NULL }
};

static const struct cli_command commands[] = {
	{ "key list", "NAME", "list", NULL, 1, 1, run },
	{ "run", "[X]...", "run", options, 0, -1, run },
	{ .name = NULL }
};

static const struct cli_program program = {
	"prog", "be tested", "/etc/default.cfg", commands
};

/* Run with up to eight words; the exit code. */
static int
go(const char *const words[9])
{
	char copies[10][64], *argv[11];
	int n = 1;

	memset(&seen, 0, sizeof(seen));
	strcpy(copies[0], "prog");
	argv[0] = copies[0];
	for (; words[n - 1] != NULL; n++) {
		strncpy(copies[n], words[n - 1], 63);
		copies[n][63] = '\0';
		argv[n] = copies[n];
	}
	argv[n] = NULL;
	return cli_main(&program, n, argv);
}
#define GO(...) go((const char *const[9]){ __VA_ARGS__, NULL })

static void
options_stand_anywhere(void **state)
{
	(void)state;
	assert_int_equal(GO("-q", "run", "a", "--to=x", "b", "-f"), 3);
	assert_string_equal(seen.command, "run");
	assert_true(seen.quiet && seen.full);
	assert_int_equal(seen.nargs, 2);
	assert_string_equal(seen.arg, "a");
	assert_int_equal(GO("key", "-c", "p.cfg", "list", "nas"), 3);
	assert_string_equal(seen.command, "key list");
	assert_int_equal(GO("run", "-qft", "x", "--", "--json"), 3);
	assert_true(seen.quiet && seen.full && !seen.json);
	assert_string_equal(seen.arg, "--json");
	assert_string_equal(seen.config, "/etc/default.cfg");
}

static void
options_repeat(void **state)
{
	(void)state;
	assert_int_equal(GO("run", "--path", "a", "--path=b"), 3);
	assert_int_equal(seen.paths, 2);
}

static void
mistakes_run_nothing(void **state)
{
	(void)state;
	assert_int_equal(GO("rnu"), CLI_EXIT_USAGE);
	assert_int_equal(GO("key"), CLI_EXIT_USAGE);
	assert_int_equal(GO("key", "list"), CLI_EXIT_USAGE);
	assert_int_equal(GO("key", "list", "a", "b"), CLI_EXIT_USAGE);
	assert_int_equal(GO("key", "list", "a", "--full"), CLI_EXIT_USAGE);
	assert_int_equal(GO("run", "--to"), CLI_EXIT_USAGE);
	assert_int_equal(GO("run", "--full=1"), CLI_EXIT_USAGE);
	assert_int_equal(GO("run", "-x"), CLI_EXIT_USAGE);
	assert_int_equal(GO("run", "--color=red"), CLI_EXIT_USAGE);
	assert_int_equal(GO("run", "--json", "--nope"), CLI_EXIT_USAGE);
	assert_int_equal(seen.calls, 0);
}

static void
help_and_version_run_nothing(void **state)
{
	(void)state;
	assert_int_equal(GO("run", "--help"), 0);
	assert_int_equal(GO("-V"), 0);
	assert_int_equal(GO("key", "-h"), 0);
	assert_int_equal(seen.calls, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_stand_anywhere),
		cmocka_unit_test(options_repeat),
		cmocka_unit_test(mistakes_run_nothing),
		cmocka_unit_test(help_and_version_run_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
