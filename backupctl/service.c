/* service.c: a job cancelled, the policy read anew, the daemon stopped. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backupctl/ask.h"
#include "backupctl/command.h"

enum cli_exit
command_job_cancel(struct cli *cli)
{
	struct control c = { .type = CONTROL_CANCEL };
	unsigned long long id = 0;
	char *rest;

	c.u.cancel.name = cli->args[0];
	if (strchr(cli->args[0], '/') != NULL)
		return ask_simple(cli, &c, false);
	c.u.cancel.name = "";
	errno = 0;
	id = strtoull(cli->args[0], &rest, 10);
	if (errno != 0 || rest == cli->args[0] || *rest != '\0' ||
	    cli->args[0][0] == '-')
		return cli_fail(cli, CLI_EXIT_USAGE, "%s is neither a"
		    " job's number nor HOST/SET; backupctl status shows them",
		    cli->args[0]);
	c.u.cancel.job = id;
	return ask_simple(cli, &c, false);
}

enum cli_exit
command_reload(struct cli *cli)
{
	const struct control c = { .type = CONTROL_RELOAD };

	return ask_simple(cli, &c, false);
}

enum cli_exit
command_stop(struct cli *cli)
{
	const struct control c = { .type = CONTROL_STOP };

	/* It lets its jobs end first. */
	return ask_simple(cli, &c, true);
}
