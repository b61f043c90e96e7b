/* run.c: jobs run by the daemon, now, and watched. */
#include "backupctl/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backupctl/ask.h"
#include "backupctl/command.h"
#include "base/buf.h"
#include "base/log.h"
#include "cli/json.h"
#include "cli/progress.h"
#include "cli/text.h"

/* A job that is watched, with how far it is. */
struct watched {
	char	*host, *set;
	struct control_progress last;
};

struct run {
	const struct cli *cli;
	struct cli_progress *progress;
	struct watched *v;
	size_t	 n, over;
	char	 phase[300];		/* the hook that runs, or "" */
};

/* "name: text", escaped, on stderr. */
static void
problem(const char *name, const char *text)
{
	char safe[1024];

	if (text[0] == '\0')
		return;
	log_escape(safe, sizeof(safe), text, strlen(text));
	fprintf(stderr, "%s: %s\n", name, safe);
}

static struct watched *
watched_find(struct run *run, const char *host, const char *set)
{
	size_t i;

	for (i = 0; i < run->n; i++)
		if (strcmp(run->v[i].host, host) == 0 &&
		    strcmp(run->v[i].set, set) == 0)
			return &run->v[i];
	return NULL;
}

/* The progress line is one for all jobs: it has to go before a text. */
static void
progress_end(struct run *run)
{
	cli_progress_free(run->progress);
	run->progress = NULL;
}

static void
job_number(struct cli_json *js, uint64_t job)
{
	if (job != 0)
		cli_json_int(js, "job", (int64_t)job);
	else
		cli_json_str(js, "job", NULL);
}

static void
job_json(const struct control_job *j)
{
	struct cli_json *js;

	if (cli_json_new(&js) != 0)
		return;
	job_number(js, j->job);
	cli_json_str(js, "host", j->host);
	cli_json_str(js, "set", j->set);
	cli_json_str(js, "state", j->state == CONTROL_RUNNING ? "running" :
	    "waiting");
	(void)!cli_json_line(js, stdout, "started");
	cli_json_free(js);
}

/* A job was accepted, or has begun. */
static int
job_take(struct run *run, const struct control_job *j)
{
	bool detach = cli_option_count(run->cli, "detach") > 0;
	struct watched *v;

	if (run->cli->json)
		job_json(j);
	else if (!run->cli->quiet) {
		progress_end(run);
		if (detach && j->state == CONTROL_RUNNING)
			printf("%s/%s: job %" PRIu64 " runs\n", j->host,
			    j->set, j->job);
		else if (detach)
			printf("%s/%s: waits\n", j->host, j->set);
	}
	if (watched_find(run, j->host, j->set) != NULL)
		return 0;
	v = realloc(run->v, (run->n + 1) * sizeof(*v));
	if (v == NULL)
		return ERR_NOMEM;
	run->v = v;
	v += run->n;
	memset(v, 0, sizeof(*v));
	if ((v->host = strdup(j->host)) == NULL ||
	    (v->set = strdup(j->set)) == NULL) {
		free(v->host);
		return ERR_NOMEM;
	}
	run->n++;
	return 0;
}

/* One line for all jobs together. */
static void
progress_take(struct run *run, const struct control_progress *p)
{
	struct cli_progress_state s = { .name = "copy" };
	struct watched *v = watched_find(run, p->host, p->set);
	bool known = true;
	size_t i;

	if (v == NULL)
		return;
	if (run->phase[0] != '\0')
		s.name = run->phase;
	v->last = *p;
	if (run->n > 1) {
		s.phase = (unsigned int)(run->over + 1);
		s.phases = (unsigned int)run->n;
	} else {
		s.phase = p->listed != 0 ? 2 : 1;
		s.phases = 2;
		s.name = p->listed != 0 ? "copy" : "list and copy";
	}
	for (i = 0; i < run->n; i++) {
		s.files_done += run->v[i].last.files;
		s.bytes_done += run->v[i].last.bytes;
		s.problems += run->v[i].last.problems;
		s.bytes_total += run->v[i].last.bytes_total;
		known = known && run->v[i].last.bytes_total != 0;
	}
	if (!known)
		s.bytes_total = 0;
	if (run->progress == NULL &&
	    cli_progress_new(run->cli, &run->progress) != 0)
		return;
	cli_progress_update(run->progress, &s);
}

/* What a source does now stands in the place of "copy". */
static void
hook_take(struct run *run, const struct control_hook *h)
{
	struct watched *v = watched_find(run, h->host, h->set);
	struct control_progress p;

	snprintf(run->phase, sizeof(run->phase), "%s", h->runs == 1 ?
	    h->text : "");
	if (v == NULL)
		return;
	p = v->last;
	p.host = h->host;
	p.set = h->set;
	progress_take(run, &p);
}

static void
issue_take(struct run *run, const struct control_issue *i)
{
	struct cli_issue issue = { .level = "warning", .code = "J001" };

	issue.message = i->text;
	issue.path = i->path;
	issue.path_len = strlen(i->path);
	if (run->progress == NULL &&
	    cli_progress_new(run->cli, &run->progress) != 0)
		return;
	cli_progress_issue(run->progress, &issue);
}

static void
end_json(const struct control_end *e, bool dry)
{
	struct cli_json *js;

	if (cli_json_new(&js) != 0)
		return;
	job_number(js, e->job);
	cli_json_str(js, "host", e->host);
	cli_json_str(js, "set", e->set);
	cli_json_int(js, "code", (int64_t)e->code);
	cli_json_str(js, "snapshot", e->snapshot[0] != '\0' ? e->snapshot :
	    NULL);
	cli_json_int(js, "sequence", (int64_t)e->sequence);
	cli_json_int(js, "files", (int64_t)e->files);
	cli_json_int(js, "directories", (int64_t)e->directories);
	cli_json_int(js, "bytes", (int64_t)e->bytes);
	cli_json_bool(js, "dry_run", dry);
	cli_json_int(js, "changed_files", (int64_t)e->changed_files);
	cli_json_int(js, "changed_bytes", (int64_t)e->changed_bytes);
	cli_json_int(js, "new_bytes", (int64_t)e->new_bytes);
	cli_json_int(js, "wire_in", (int64_t)e->wire_in);
	cli_json_int(js, "stored", (int64_t)e->stored);
	cli_json_int(js, "issues", (int64_t)e->problems);
	cli_json_int(js, "started", (int64_t)e->started);
	cli_json_int(js, "ended", (int64_t)e->ended);
	cli_json_str(js, "error", e->text[0] != '\0' ? e->text : NULL);
	cli_json_str(js, "help", e->remedy[0] != '\0' ? e->remedy : NULL);
	(void)!cli_json_line(js, stdout, "job");
	cli_json_free(js);
}

/* What a job would do. */
static void
dry_print(const char *name, const struct control_end *e)
{
	char size[CLI_TEXT_MAX], files[CLI_TEXT_MAX];
	char changed[CLI_TEXT_MAX], read[CLI_TEXT_MAX];

	cli_count_format(e->files, files);
	cli_size_format(e->bytes, size);
	cli_count_format(e->changed_files, changed);
	cli_size_format(e->changed_bytes, read);
	printf("%s: would read %s new or changed files, %s; the snapshot"
	    " would be of %s files, %s; nothing was written\n", name, changed,
	    read, files, size);
}

static void
end_take(struct run *run, const struct control_end *e)
{
	char name[600], files[CLI_TEXT_MAX], size[CLI_TEXT_MAX];
	char wire[CLI_TEXT_MAX], stored[CLI_TEXT_MAX], took[CLI_TEXT_MAX];
	bool dry = cli_option_count(run->cli, "dry-run") > 0;

	run->over++;
	progress_end(run);
	if (run->cli->json) {
		end_json(e, dry);
		return;
	}
	snprintf(name, sizeof(name), "%s/%s", e->host, e->set);
	if (dry && e->code == CLI_EXIT_OK)
		dry_print(name, e);
	if (e->snapshot[0] != '\0' && !run->cli->quiet) {
		cli_count_format(e->files, files);
		cli_size_format(e->bytes, size);
		cli_size_format(e->wire_in, wire);
		cli_size_format(e->stored, stored);
		cli_duration_format((int64_t)(e->ended - e->started), took);
		printf("%s: snapshot %.12s (%" PRIu64 "): %s files, %s; %s"
		    " received, %s stored; %s\n", name, e->snapshot,
		    e->sequence, files, size, wire, stored, took);
		(void)fflush(stdout);
	}
	problem(name, e->text);
	problem(name, e->remedy);
}

static enum cli_exit
take(struct run *run, const struct control *a)
{
	switch (a->type) {
	case CONTROL_JOB:
		if (job_take(run, &a->u.job) != 0)
			return cli_fail(run->cli, CLI_EXIT_FAILED, "%s",
			    err_text(ERR_NOMEM));
		break;
	case CONTROL_PROGRESS:
		progress_take(run, &a->u.progress);
		break;
	case CONTROL_HOOK:
		hook_take(run, &a->u.hook);
		break;
	case CONTROL_ISSUE:
		issue_take(run, &a->u.issue);
		break;
	case CONTROL_END:
		end_take(run, &a->u.end);
		break;
	default:
		break;
	}
	return CLI_EXIT_OK;
}

/* How it all ended, for a program; a failure with a text has told it. */
static void
last_line(const struct cli *cli, const struct control *done)
{
	const struct control_done *d = &done->u.done;
	struct cli_json *js;

	if (!cli->json || (d->code != CLI_EXIT_OK && d->text[0] != '\0') ||
	    cli_json_new(&js) != 0)
		return;
	cli_json_int(js, "code", (int64_t)d->code);
	cli_json_str(js, "error", NULL);
	(void)!cli_json_line(js, stdout, "end");
	cli_json_free(js);
}

static enum cli_exit
follow(struct run *run, struct control_client *c)
{
	enum cli_exit code;
	struct control a;
	bool done = false;

	while (!done) {
		if ((code = ask_next(run->cli, c, true, &a)) != CLI_EXIT_OK)
			return code;
		done = a.type == CONTROL_DONE;
		if (done) {
			progress_end(run);
			code = ask_done(run->cli, &a);
			last_line(run->cli, &a);
		} else
			code = take(run, &a);
		control_clear(&a);
		if (!done && code != CLI_EXIT_OK)
			return code;
	}
	return code;
}

enum cli_exit
run_follow(const struct cli *cli, struct control_client *client,
    const struct control *first)
{
	struct run run = { .cli = cli };
	enum cli_exit code = CLI_EXIT_OK;

	if (first != NULL)
		code = take(&run, first);
	if (code == CLI_EXIT_OK)
		code = follow(&run, client);
	progress_end(&run);
	while (run.n > 0) {
		free(run.v[--run.n].host);
		free(run.v[run.n].set);
	}
	free(run.v);
	return code;
}

enum cli_exit
command_run(struct cli *cli)
{
	struct control c = { .type = CONTROL_RUN };
	struct control_client *client = NULL;
	enum cli_exit code;
	char *names;

	c.u.run.all = cli_option_count(cli, "all") > 0;
	c.u.run.detach = cli_option_count(cli, "detach") > 0;
	c.u.run.dry = cli_option_count(cli, "dry-run") > 0;
	c.u.run.force = cli_option_count(cli, "force") > 0;
	c.u.run.set = cli_option_get(cli, "set", 0);
	if ((cli->nargs == 0) == (c.u.run.all == 0))
		return cli_fail(cli, CLI_EXIT_USAGE, "name hosts, or say"
		    " --all");
	if ((names = command_names_join(cli)) == NULL)
		return cli_fail(cli, CLI_EXIT_FAILED, "%s",
		    err_text(ERR_NOMEM));
	c.u.run.names = names;
	cli->lines = true;
	if ((code = ask(cli, &c, &client)) == CLI_EXIT_OK)
		code = run_follow(cli, client, NULL);
	control_close(client);
	free(names);
	return code;
}
