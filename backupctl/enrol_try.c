/* enrol_try.c: step by step, whether a host can be backed up. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backupctl/child.h"
#include "backupctl/enrol.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "cli/json.h"
#include "cli/json_read.h"
#include "cli/text.h"
#include "policy/policy.h"
#include "ssh/connect.h"

#define SAID_MAX (32u << 20)	/* with a line for each problem */
#define CONNECT_MS 15000
#define TEXT_MAX 2048
#define ESTIMATE_RATE (10u << 20)	/* a tenth of Gigabit Ethernet */

struct trial {
	const struct cli *cli;
	const struct policy_host *host;
	struct cli_json *j;		/* takes the steps; NULL: shown */
	bool	 reached_told;
	enum cli_exit code;
};

/* A step went well, or it did not and that is the end. */
static void __attribute__((format(printf, 5, 6)))
step(struct trial *t, const char *name, enum cli_exit code, const char *help,
    const char *format, ...)
{
	static const char *const words[] = { "ok", "PART", "FAILED" };
	char text[TEXT_MAX], safe[TEXT_MAX * 2];
	int verdict = code == CLI_EXIT_OK ? 0 :
	    code == CLI_EXIT_INCOMPLETE ? 1 : 2;
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	log_escape(safe, sizeof(safe), text, strlen(text));
	t->code = cli_exit_worst(t->code, code);
	if (t->j != NULL) {
		cli_json_object(t->j, NULL);
		cli_json_str(t->j, "step", name);
		cli_json_int(t->j, "code", (int64_t)code);
		cli_json_str(t->j, "text", safe);
		cli_json_str(t->j, "help", help != NULL && help[0] != '\0' ?
		    help : NULL);
		cli_json_end(t->j);
		return;
	}
	if (t->cli->json || (t->cli->quiet && verdict == 0))
		return;
	fflush(stderr);
	printf("    %-6s  %-10s  %s\n", words[verdict], name, safe);
	if (help != NULL && help[0] != '\0')
		printf("%22s%s\n", "", help);
	fflush(stdout);
}

/* Is there such a host, and does something answer? */
static void
connection(struct trial *t)
{
	const struct policy_host *h = t->host;
	int fd = -1, r;

	r = ssh_connect(h->address, h->port, SSH_RESOLVER_PROCESS,
	    clock_mono_ms() + CONNECT_MS, &fd);
	fdio_close(&fd);
	if (r == ERR_NOENT) {
		step(t, "address", CLI_EXIT_UNREACHABLE, "write the right name"
		    " or address into the policy, or see to the DNS",
		    "%s is not known here", h->address);
		return;
	}
	step(t, "address", CLI_EXIT_OK, NULL, "%s", h->address);
	if (r == ERR_CLOSED || r == ERR_TIMEOUT)
		step(t, "connection", CLI_EXIT_UNREACHABLE, r == ERR_TIMEOUT ?
		    "see whether the host is on, and whether a firewall"
		    " between swallows what is sent to that port" :
		    "see whether the host is on, its sshd runs, and on which"
		    " port", "port %u: %s", h->port, r == ERR_TIMEOUT ?
		    "no answer in time" : "refused, or no way there");
	else if (r != 0)
		step(t, "connection", CLI_EXIT_FAILED, NULL, "%s",
		    err_text(r));
	else
		step(t, "connection", CLI_EXIT_OK, NULL, "port %u answers",
		    h->port);
}

/* How far a job has got; whether it came to the files. */
static bool
reached_tell(struct trial *t, const struct cli_json_object *o)
{
	static const char *const words[] = { "none", "host", "login",
	    "agent" };
	static const char *const names[] = { "host key", "login", "agent" };
	const char *reached = cli_json_read_str(o, "reached");
	const char *agent = cli_json_read_str(o, "agent");
	const char *error = cli_json_read_str(o, "error");
	enum cli_exit code = (enum cli_exit)cli_json_read_int(o, "code");
	size_t n = 0, i;

	while (reached != NULL && n < 3 && strcmp(words[n], reached) != 0)
		n++;
	for (i = 0; i < n && !t->reached_told; i++)
		step(t, names[i], CLI_EXIT_OK, NULL, "%s", i == 0 ?
		    "as pinned" : i == 1 ? t->host->user :
		    agent != NULL ? agent : "");
	t->reached_told = true;
	if (n == 3)
		return true;
	/* It ended before it had called the host, or after. */
	step(t, n > 0 || code == CLI_EXIT_IDENTITY ? names[n] :
	    code == CLI_EXIT_UNREACHABLE ? "ssh" : "server",
	    code != CLI_EXIT_OK ? code : CLI_EXIT_FAILED,
	    cli_json_read_str(o, "help"), "%s", error != NULL ? error :
	    "it ended without a reason");
	return false;
}

/* What a job with one of the sets would have done. */
static void
set_tell(struct trial *t, const struct cli_json_object *o)
{
	const char *set = cli_json_read_str(o, "set");
	const char *error = cli_json_read_str(o, "error");
	enum cli_exit code = (enum cli_exit)cli_json_read_int(o, "code");
	uint64_t bytes = (uint64_t)cli_json_read_int(o, "changed_bytes");
	char name[300], files[CLI_TEXT_MAX], size[CLI_TEXT_MAX];
	char first[CLI_TEXT_MAX], read[CLI_TEXT_MAX], took[CLI_TEXT_MAX];

	snprintf(name, sizeof(name), "set %s", set != NULL ? set : "?");
	if (code != CLI_EXIT_OK && code != CLI_EXIT_INCOMPLETE) {
		step(t, name, code, cli_json_read_str(o, "help"), "%s",
		    error != NULL ? error : "it ended without a reason");
		return;
	}
	cli_count_format((uint64_t)cli_json_read_int(o, "files"), files);
	cli_size_format((uint64_t)cli_json_read_int(o, "bytes"), size);
	cli_count_format((uint64_t)cli_json_read_int(o, "changed_files"),
	    first);
	cli_size_format(bytes, read);
	cli_duration_format((int64_t)(bytes / ESTIMATE_RATE), took);
	step(t, name, code, cli_json_read_str(o, "help"), "%s files, %s;"
	    " would read %s new or changed files, %s%s%s%s%s%s", files, size,
	    first, read, bytes < ESTIMATE_RATE ? "" : ": about ",
	    bytes < ESTIMATE_RATE ? "" : took, bytes < ESTIMATE_RATE ? "" :
	    " at 10 MiB/s", error != NULL ? "; " : "",
	    error != NULL ? error : "");
}

/* What backupd said, a line for each set. */
static int
jobs_tell(struct trial *t, struct buf *said)
{
	struct cli_json_object *o;
	const char *type;
	char *line, *rest = NULL;
	bool go_on = true;
	int r;

	if ((r = buf_put_u8(said, 0)) != 0)
		return r;
	line = strtok_r((char *)(uintptr_t)buf_ptr(said), "\n", &rest);
	for (; line != NULL && go_on; line = strtok_r(NULL, "\n", &rest)) {
		if (cli_json_read(line, &o) != 0)
			continue;
		type = cli_json_read_str(o, "t");
		if (type != NULL && strcmp(type, "job") == 0 &&
		    (go_on = reached_tell(t, o)))
			set_tell(t, o);
		cli_json_read_free(o);
	}
	return 0;
}

/* Run backupd for all sets of the host. */
static int
jobs_run(struct trial *t, const char *config, struct buf *out,
    struct buf *err, int *codep)
{
	const char *state = cli_option_get(t->cli, "state", 0);
	const struct child_io io = { .out = out, .err = err };
	char *backupd = NULL, *dir = NULL;
	const char *argv[] = { NULL, "--once", "--dry-run", "--json",
	    "--no-input", "-c", config, "--state", NULL, "--", t->host->name,
	    NULL };
	int r;

	if ((r = child_find("backupd", &backupd)) == 0 &&
	    (r = policy_state_dir(t->cli->config, state, &dir)) == 0) {
		argv[0] = backupd;
		argv[8] = dir;
		r = child_run(argv, &io, codep);
	}
	free(backupd);
	free(dir);
	return r;
}

static void
jobs(struct trial *t, const char *config)
{
	struct buf *out = NULL, *err = NULL;
	char text[TEXT_MAX] = "";
	int code = CLI_EXIT_FAILED, r;

	if ((r = buf_new(SAID_MAX, &out)) == 0 &&
	    (r = buf_new(SAID_MAX, &err)) == 0 &&
	    (r = jobs_run(t, config, out, err, &code)) == 0)
		r = jobs_tell(t, out);
	if (r != 0)
		step(t, "server", CLI_EXIT_FAILED, "see that backupd is"
		    " installed beside backupctl", "the trial cannot be run:"
		    " %s", err_text(r));
	else if (code != CLI_EXIT_OK && t->code == CLI_EXIT_OK) {
		log_escape(text, sizeof(text), buf_ptr(err), buf_len(err));
		step(t, "server", (enum cli_exit)code, NULL, "%s", text);
	} else if (!t->reached_told)
		step(t, "server", CLI_EXIT_FAILED, NULL, "the trial told"
		    " nothing");
	buf_free(out);
	buf_free(err);
}

enum cli_exit
enrol_try(const struct cli *cli, const char *config,
    const struct policy_host *h, struct cli_json *j)
{
	struct trial t = { .cli = cli, .host = h, .j = j };

	connection(&t);
	if (t.code == CLI_EXIT_OK)
		jobs(&t, config);
	return t.code;
}
