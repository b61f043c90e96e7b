/* main.c: the program restore: its commands and their options. */
#include <stddef.h>

#include "restore/cmd.h"
#include "restore/session.h"
#include "store/store.h"

static const struct cli_option options_repo[] = {
	SESSION_OPTIONS,
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option options_run[] = {
	SESSION_OPTIONS,
	{ "to", 't', "DIR", "the directory to restore into (required)" },
	{ "path", 'p', "PATH", "only what is at or below PATH; may be "
	    "repeated" },
	{ "overwrite", 0, "WHICH", "never, older or always: allow a "
	    "directory that is not empty" },
	{ "dry-run", 'n', NULL, "tell what would be done, write nothing" },
	{ "reason", 0, "TEXT", "why; kept with the list of files" },
	{ "safe", 0, NULL, "leave out setuid bits, devices and privileged "
	    "attributes" },
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option options_verify[] = {
	SESSION_OPTIONS,
	{ "full", 'f', NULL, "read and check every stored byte" },
	{ NULL, 0, NULL, NULL }
};

static const struct cli_command commands[] = {
	{ "list", "[HOST]", "list the snapshots of a repository",
	    options_repo, 0, 1, cmd_list },
	{ "ls", "SNAPSHOT [PATH]", "list files of a snapshot",
	    options_repo, 1, 2, cmd_ls },
	{ "run", "SNAPSHOT|HOST[/SET]", "restore files into a directory",
	    options_run, 1, 1, cmd_run },
	{ "verify", "", "check a repository with its keys",
	    options_verify, 0, 0, cmd_verify },
	{ "check", "DIR", "compare a restored directory with its list of "
	    "files", NULL, 1, 1, cmd_check },
	{ NULL, NULL, NULL, NULL, 0, 0, NULL }
};

static const struct cli_program program = {
	.name = "restore",
	.help = "get files back from a Kho repository",
	.config = POLICY_FILE,
	.commands = commands,
};

int
main(int argc, char **argv)
{
	store_remote_main(argc, argv);
	return cli_main(&program, argc, argv);
}
