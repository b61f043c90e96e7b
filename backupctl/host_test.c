/* host_test.c: backupctl host test. */
#include <stdio.h>

#include "backupctl/command.h"
#include "backupctl/enrol.h"
#include "cli/json.h"
#include "policy/policy.h"

static enum cli_exit
test(const struct cli *cli, const struct policy_host *h)
{
	struct cli_json *j = NULL;
	enum cli_exit code;

	if (!cli->json) {
		if (!cli->quiet)
			printf("%s, as user %s with key %s\n", h->name,
			    h->user, h->identity);
		code = enrol_try(cli, cli->config, h, NULL);
		if (!cli->quiet)
			puts(code == CLI_EXIT_OK ? "It can be backed up." :
			    code == CLI_EXIT_INCOMPLETE ? "It can be backed up,"
			    " but not all of it." : "It cannot be backed up.");
		return code;
	}
	if (cli_json_new(&j) != 0)
		return CLI_EXIT_FAILED;
	cli_json_str(j, "host", h->name);
	cli_json_str(j, "address", h->address);
	cli_json_int(j, "port", h->port);
	cli_json_str(j, "user", h->user);
	cli_json_str(j, "identity", h->identity);
	cli_json_array(j, "steps");
	code = enrol_try(cli, cli->config, h, j);
	cli_json_end(j);
	return command_answer(cli, j, code);
}

enum cli_exit
command_host_test(struct cli *cli)
{
	const struct policy *p = NULL;
	const struct policy_host *h;
	enum cli_exit code;

	if ((code = command_load_policy(cli, &p)) != CLI_EXIT_OK)
		return code;
	if ((h = policy_host_find(p, cli->args[0])) != NULL)
		code = test(cli, h);
	else
		code = cli_fail(cli, CLI_EXIT_NOT_FOUND, "%s: no such host in"
		    " %s", cli->args[0], p->file);
	policy_free(p);
	return code;
}
