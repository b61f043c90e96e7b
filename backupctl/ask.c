/* ask.c: asking the daemon. */
#include "backupctl/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backupctl/command.h"
#include "base/log.h"
#include "cli/json.h"

#define ANSWER_MS 30000
#define SAFE_MAX 4096

static enum cli_exit
cannot_connect(const struct cli *cli, const char *path, int r)
{
	if (r == ERR_NOENT)
		return cli_fail(cli, CLI_EXIT_UNREACHABLE, "no backupd runs:"
		    " nobody listens at %s; start it with: backupd -f -c %s",
		    path, cli->config);
	if (r == ERR_DENIED)
		return cli_fail(cli, CLI_EXIT_REFUSED, "control socket %s:"
		    " you may not use it; try with sudo", path);
	if (r == ERR_TOOBIG)
		return cli_fail(cli, CLI_EXIT_FAILED, "control socket %s: the"
		    " path is too long for a socket; have backupd and"
		    " backupctl use another one with --socket", path);
	return cli_fail(cli, cli_exit_from_err(r), "control socket %s: %s",
	    path, err_text(r));
}

static enum cli_exit
lost(const struct cli *cli, int r)
{
	if (r == ERR_VERSION)
		return cli_fail(cli, CLI_EXIT_FAILED, "backupd and backupctl"
		    " are of different versions; restart backupd");
	if (r == ERR_CLOSED)
		return cli_fail(cli, CLI_EXIT_UNREACHABLE, "backupd has ended"
		    " before it answered");
	return cli_fail(cli, cli_exit_from_err(r), "backupd does not answer:"
	    " %s", err_text(r));
}

/* Connect and send; without a daemon, tell so if that is wanted. */
static enum cli_exit
request_send(const struct cli *cli, const struct control *request,
    bool tell, struct control_client **cp)
{
	const char *given = cli_option_get(cli, "socket", 0);
	struct control_client *c = NULL;
	enum cli_exit code = CLI_EXIT_OK;
	char *path = NULL;
	int r;

	if (given != NULL)
		r = (path = strdup(given)) != NULL ? 0 : ERR_NOMEM;
	else
		r = control_socket(cli->config, &path);
	if (r != 0)
		return cli_fail(cli, cli_exit_from_err(r), "policy %s: %s",
		    cli->config, err_text(r));
	if ((r = control_connect(path, &c)) != 0) {
		code = r == ERR_NOENT && !tell ? CLI_EXIT_UNREACHABLE :
		    cannot_connect(cli, path, r);
		goto out;
	}
	/* A daemon that ends at once may have answered all the same. */
	r = control_send(c, request);
	if (r != 0 && r != ERR_CLOSED) {
		code = r == ERR_TOOBIG ? cli_fail(cli, CLI_EXIT_USAGE,
		    "that is too much for one request") : lost(cli, r);
		goto out;
	}
	*cp = c;
	c = NULL;	/* the caller's now */
 out:
	control_close(c);
	free(path);
	return code;
}

enum cli_exit
ask(const struct cli *cli, const struct control *request,
    struct control_client **cp)
{
	return request_send(cli, request, true, cp);
}

enum cli_exit
ask_if_there(const struct cli *cli, const struct control *request,
    struct control_client **cp)
{
	return request_send(cli, request, false, cp);
}

enum cli_exit
ask_nobody(const struct cli *cli)
{
	const char *given = cli_option_get(cli, "socket", 0);
	enum cli_exit code;
	char *path = NULL;

	if (given == NULL && control_socket(cli->config, &path) == 0)
		given = path;
	code = cannot_connect(cli, given != NULL ? given : "its socket",
	    ERR_NOENT);
	free(path);
	return code;
}

enum cli_exit
ask_next(const struct cli *cli, struct control_client *c, bool forever,
    struct control *ap)
{
	int r = control_receive(c, forever ? -1 : ANSWER_MS, ap);

	return r == 0 ? CLI_EXIT_OK : lost(cli, r);
}

enum cli_exit
ask_done(const struct cli *cli, const struct control *done)
{
	const char *text = done->u.done.text, *remedy = done->u.done.remedy;
	enum cli_exit code = (enum cli_exit)done->u.done.code;
	char safe[SAFE_MAX];

	if (text[0] == '\0')
		return code;
	if (code != CLI_EXIT_OK)
		return cli_fail(cli, code, "%s%s%s", text,
		    remedy[0] != '\0' ? "; " : "", remedy);
	log_escape(safe, sizeof(safe), text, strlen(text));
	if (!cli->quiet && !cli->json)
		printf("%s\n", safe);
	return code;
}

enum cli_exit
ask_simple(const struct cli *cli, const struct control *request,
    bool forever)
{
	struct control_client *c;
	struct cli_json *j = NULL;
	struct control a;
	enum cli_exit code;

	if ((code = ask(cli, request, &c)) != CLI_EXIT_OK)
		return code;
	do {
		if ((code = ask_next(cli, c, forever, &a)) != CLI_EXIT_OK)
			break;
		if (a.type == CONTROL_DONE) {
			code = ask_done(cli, &a);
			if (code == CLI_EXIT_OK && cli->json &&
			    cli_json_new(&j) == 0) {
				cli_json_str(j, "text", a.u.done.text);
				code = command_answer(cli, j, code);
			}
		}
		control_clear(&a);
	} while (a.type != CONTROL_DONE);
	control_close(c);
	return code;
}
