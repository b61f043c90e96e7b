/* service.c: a job cancelled, policy and clock of the daemon, its end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backupctl/ask.h"
#include "backupctl/command.h"
#include "policy/policy.h"
#include "policy/zone.h"

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

/* Read the time that an option takes, in the zone of the policy. */
static enum cli_exit
time_get(const struct cli *cli, const char *option, uint64_t *timep)
{
	const struct policy *p = NULL;
	enum cli_exit code;
	int64_t t;

	if ((code = command_load_policy(cli, &p)) != CLI_EXIT_OK)
		return code;
	(void)!zone_use(p->office.timezone);
	policy_free(p);
	if (zone_time_parse(cli_option_get(cli, option, 0), &t) != 0 ||
	    t == 0)
		return cli_fail(cli, CLI_EXIT_USAGE, "--%s takes a time, such"
		    " as 2026-12-24 18:00", option);
	*timep = (uint64_t)t;
	return CLI_EXIT_OK;
}

enum cli_exit
command_clock(struct cli *cli)
{
	struct control c = { .type = CONTROL_CLOCK };
	bool until = cli_option_count(cli, "until") > 0;
	enum cli_exit code = CLI_EXIT_OK;

	c.u.clock.jump = cli_option_count(cli, "set") > 0;
	if (until && c.u.clock.jump != 0)
		return cli_fail(cli, CLI_EXIT_USAGE, "--until and --set do"
		    " not go together");
	if (until || c.u.clock.jump != 0)
		code = time_get(cli, until ? "until" : "set",
		    &c.u.clock.time);
	if (code != CLI_EXIT_OK)
		return code;
	/* The jobs on its way take their time. */
	return ask_simple(cli, &c, true);
}

/* The hosts of the command line, paused until then; 0 ends it. */
static enum cli_exit
pause_ask(struct cli *cli, uint64_t until)
{
	struct control c = { .type = CONTROL_PAUSE };
	enum cli_exit code;
	char *names;

	if ((names = command_names_join(cli)) == NULL)
		return cli_fail(cli, CLI_EXIT_FAILED, "%s",
		    err_text(ERR_NOMEM));
	c.u.pause.names = names;
	c.u.pause.until = until;
	c.u.pause.reason = cli_option_get(cli, "reason", 0);
	code = ask_simple(cli, &c, false);
	free(names);
	return code;
}

enum cli_exit
command_host_pause(struct cli *cli)
{
	uint64_t until = CONTROL_EVER;
	enum cli_exit code = CLI_EXIT_OK;

	if (cli_option_count(cli, "until") > 0)
		code = time_get(cli, "until", &until);
	return code == CLI_EXIT_OK ? pause_ask(cli, until) : code;
}

enum cli_exit
command_host_resume(struct cli *cli)
{
	return pause_ask(cli, 0);
}
