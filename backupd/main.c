/* main.c: backupd, and the workers that it starts as itself. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "backupd/copyist.h"
#include "backupd/daemon.h"
#include "backupd/keeper.h"
#include "backupd/once.h"
#include "backupd/puller.h"
#include "backupd/reader.h"
#include "backupd/worker.h"
#include "cli/options.h"
#include "store/store.h"

static enum cli_exit
run(struct cli *cli)
{
	if (cli_option_count(cli, "test") > 0)
		return once_test(cli);
	if (cli_option_count(cli, "once") > 0)
		return once_run(cli);
	if (cli_option_count(cli, "dry-run") > 0)
		return cli_fail(cli, CLI_EXIT_USAGE, "--dry-run goes with"
		    " --once; ask the daemon with: backupctl run --dry-run");
	if (cli->nargs > 0)
		return cli_fail(cli, CLI_EXIT_USAGE, "%s: only --once takes"
		    " hosts; ask the daemon with: backupctl run %s",
		    cli->args[0], cli->args[0]);
	return daemon_run(cli);
}

static const struct cli_option options[] = {
	{ "once", 0, NULL, "run jobs now, in the foreground, then exit" },
	{ "dry-run", 'n', NULL,
	    "with --once, tell what would be read, and write nothing" },
	{ "test", 't', NULL, "check the policy and exit" },
	{ "foreground", 'f', NULL, "stay in the foreground" },
	{ "grace", 0, "SECONDS",
	    "as the daemon, let jobs go on so long when stopping; 20" },
	{ "simulate", 0, "TIME",
	    "as the daemon, rehearse: the clock stands there until moved" },
	{ "socket", 0, "FILE", "as the daemon, listen there for backupctl" },
	{ "state", 0, "DIR", "where caches and sequence numbers are kept" },
	{ NULL, 0, NULL, NULL }
};

static const struct cli_command commands[] = {
	{ "", "[HOST[/SET]...]", "run backup jobs on schedule, or now",
	    options, 0, -1, run },
	{ NULL, NULL, NULL, NULL, 0, 0, NULL }
};

static const struct cli_program program = {
	"backupd", "pull backups from hosts into a repository",
	POLICY_DIR "/policy.cfg", commands
};

int
main(int argc, char **argv)
{
	store_remote_main(argc, argv);
	/* Workers are started by backupd only, with open descriptors. */
	if (argc == 2 && strcmp(argv[1], WORKER_KEEPER_ARG) == 0)
		return keeper_main();
	if (argc == 2 && strcmp(argv[1], WORKER_PULLER_ARG) == 0)
		return puller_main();
	if (argc == 2 && strcmp(argv[1], WORKER_READER_ARG) == 0)
		return reader_main();
	if (argc == 2 && strcmp(argv[1], WORKER_COPYIST_ARG) == 0)
		return copyist_main();
	return cli_main(&program, argc, argv);
}
