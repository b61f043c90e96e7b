/* job.c: backupctl job list, show and log. */
#include "catalog/job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backupctl/ask.h"
#include "backupctl/command.h"
#include "backupctl/history.h"
#include "backupctl/run.h"
#include "backupctl/sync.h"
#include "base/hex.h"
#include "base/log.h"
#include "catalog/hook.h"
#include "cli/json.h"
#include "cli/text.h"

#define LIMIT_DEFAULT 50
#define ID_SHOWN 12		/* digits of a snapshot's id */
#define COLUMNS 9

/* What one command works with. */
struct view {
	const struct cli *cli;
	struct catalog *c;
	struct cli_json *j;		/* with --json only */
	struct cli_table *t;		/* without it */
};

static int
number_parse(const char *s, int64_t *vp)
{
	char *end;
	long long v;

	errno = 0;
	v = strtoll(s, &end, 10);
	if (*s < '0' || *s > '9' || *end != '\0' || errno != 0)
		return ERR_FORMAT;
	*vp = v;
	return 0;
}

static void
delta_json(struct cli_json *j, const struct catalog_delta *d)
{
	cli_json_object(j, "delta");
	cli_json_str(j, "mode", d->mode);
	cli_json_bool(j, "used", d->by_delta > 0);
	cli_json_str(j, "why", d->why);
	cli_json_int(j, "link_rate", (int64_t)d->rate);
	cli_json_int(j, "changed_chunks", (int64_t)d->chunks);
	cli_json_int(j, "chunks_by_delta", (int64_t)d->by_delta);
	cli_json_int(j, "chunks_again", (int64_t)d->again);
	cli_json_int(j, "files_given_up", (int64_t)d->given_up);
	cli_json_int(j, "raw_bytes", (int64_t)d->raw_bytes);
	cli_json_int(j, "basis_bytes", (int64_t)d->basis_bytes);
	cli_json_int(j, "delta_bytes", (int64_t)d->delta_bytes);
	cli_json_int(j, "signature_bytes", (int64_t)d->signature_bytes);
	cli_json_int(j, "chunks_stored", (int64_t)d->stored);
	cli_json_end(j);
}

static void
counts_json(struct cli_json *j, const struct catalog_counts *n)
{
	cli_json_int(j, "files", (int64_t)n->files);
	cli_json_int(j, "directories", (int64_t)n->directories);
	cli_json_int(j, "bytes", (int64_t)n->bytes);
	cli_json_int(j, "new_bytes", (int64_t)n->new_bytes);
	cli_json_int(j, "read_bytes", (int64_t)n->read);
	cli_json_int(j, "wire_in", (int64_t)n->wire_in);
	cli_json_int(j, "wire_out", (int64_t)n->wire_out);
	cli_json_int(j, "stored", (int64_t)n->stored);
	cli_json_int(j, "target_read", (int64_t)n->target_read);
	cli_json_int(j, "cache_read", (int64_t)n->cache_read);
	cli_json_int(j, "issues", (int64_t)n->issues);
}

/* The members of a job; the object is the caller's. */
static void
job_json(struct cli_json *j, const struct catalog_job *job)
{
	char id[65];

	hex_format(job->snapshot, sizeof(job->snapshot), id);
	cli_json_int(j, "id", job->id);
	cli_json_str(j, "host", job->host);
	cli_json_str(j, "set", job->set);
	cli_json_str(j, "target", job->target);
	history_json_time(j, "started", job->started);
	history_json_time(j, "ended", job->ended);
	cli_json_str(j, "outcome", history_outcome(job->outcome));
	cli_json_int(j, "code", job->exit);
	cli_json_bool(j, "rebuilt", job->rebuilt);
	cli_json_str(j, "snapshot", job->has_snapshot ? id : NULL);
	cli_json_int(j, "sequence", (int64_t)job->sequence);
	counts_json(j, &job->counts);
	cli_json_str(j, "error", job->text[0] != '\0' ? job->text : NULL);
	cli_json_str(j, "help", job->remedy[0] != '\0' ? job->remedy : NULL);
	if (job->has_delta)
		delta_json(j, &job->delta);
}

static void
took_format(const struct catalog_job *job, char out[CLI_TEXT_MAX])
{
	if (job->ended > 0 && job->ended >= job->started)
		cli_duration_format(job->ended - job->started, out);
	else
		snprintf(out, CLI_TEXT_MAX, "-");
}

static void
job_row(struct cli_table *t, const struct catalog_job *job)
{
	char text[HISTORY_TIME_MAX], name[300], id[65] = "-";

	snprintf(text, sizeof(text), "%lld", (long long)job->id);
	cli_table_cell(t, text);
	snprintf(name, sizeof(name), "%s/%s", job->host, job->set);
	cli_table_cell(t, name);
	history_time(job->started, text);
	cli_table_cell(t, text);
	took_format(job, text);
	cli_table_cell(t, text);
	cli_table_cell(t, history_outcome(job->outcome));
	cli_count_format(job->counts.files, text);
	cli_table_cell(t, text);
	cli_size_format(job->counts.new_bytes, text);
	cli_table_cell(t, text);
	cli_count_format(job->counts.issues, text);
	cli_table_cell(t, text);
	if (job->has_snapshot)
		hex_format(job->snapshot, ID_SHOWN / 2, id);
	cli_table_cell(t, id);
}

static int
heads(struct cli_table **tp)
{
	static const char *const names[COLUMNS] = { "JOB", "HOST/SET",
	    "STARTED", "TOOK", "OUTCOME", "FILES", "NEW DATA", "PROBLEMS",
	    "SNAPSHOT" };
	size_t i;
	int r;

	if ((r = cli_table_new(COLUMNS, 1u | 1u << 3 | 1u << 5 | 1u << 6 |
	    1u << 7, tp)) != 0)
		return r;
	for (i = 0; i < COLUMNS; i++)
		cli_table_cell(*tp, names[i]);
	return 0;
}

/* Gather the jobs; what is printed waits for the end of the cursor. */
static int
list_gather(struct view *v, const struct catalog_filter *f, size_t *np)
{
	struct catalog_jobs *l = NULL;
	struct catalog_job job;
	int r;

	if ((r = catalog_jobs_new(v->c, f, &l)) != 0)
		return r;
	while ((r = catalog_jobs_next(l, &job)) == 1) {
		++*np;
		if (v->j == NULL) {
			job_row(v->t, &job);
			continue;
		}
		cli_json_object(v->j, NULL);
		job_json(v->j, &job);
		cli_json_end(v->j);
	}
	catalog_jobs_free(l);
	return r;
}

/* The limit and HOST[/SET] that the command line names; *hostp is owned. */
static enum cli_exit
list_filter(const struct cli *cli, struct catalog_filter *f, char **hostp)
{
	const char *limit = cli_option_get(cli, "limit", 0);
	int64_t n = LIMIT_DEFAULT;
	char *slash;

	if (limit != NULL && number_parse(limit, &n) != 0)
		return cli_fail(cli, CLI_EXIT_USAGE, "--limit %s: not a"
		    " number; 0 shows all", limit);
	f->limit = (uint64_t)n;
	if (cli->nargs == 0)
		return CLI_EXIT_OK;
	if ((*hostp = strdup(cli->args[0])) == NULL)
		return cli_fail(cli, CLI_EXIT_FAILED, "out of memory");
	if ((slash = strchr(*hostp, '/')) != NULL) {
		*slash = '\0';
		f->set = slash + 1;
	}
	f->host = *hostp;
	return CLI_EXIT_OK;
}

static enum cli_exit
list_print(struct view *v, size_t n)
{
	struct cli_json *j = v->j;
	int r;

	if (j != NULL) {
		cli_json_end(j);
		v->j = NULL;	/* freed by what follows */
		return command_answer(v->cli, j, CLI_EXIT_OK);
	}
	if (n == 0) {
		printf("No jobs%s%s.\n", v->cli->nargs > 0 ? " of " : "",
		    v->cli->nargs > 0 ? v->cli->args[0] : "");
		return CLI_EXIT_OK;
	}
	if ((r = cli_table_print(v->t, stdout, 0)) != 0)
		return cli_fail(v->cli, CLI_EXIT_FAILED, "%s", err_text(r));
	return CLI_EXIT_OK;
}

static enum cli_exit
read_failed(const struct cli *cli, int r)
{
	return cli_fail(cli, cli_exit_from_err(r), "cannot read the catalog:"
	    " %s%s", err_text(r), r == ERR_CORRUPT ? "; rebuild it with:"
	    " backupctl catalog rebuild" : "");
}

enum cli_exit
command_job_list(struct cli *cli)
{
	struct catalog_filter f = { .id = 0 };
	struct view v = { .cli = cli };
	enum cli_exit code;
	char *host = NULL;
	size_t n = 0;
	int r;

	if ((code = list_filter(cli, &f, &host)) != CLI_EXIT_OK ||
	    (code = history_open(cli, &v.c)) != CLI_EXIT_OK)
		goto out;
	if (cli_option_count(cli, "copies") > 0) {
		code = sync_list(cli, v.c, f.limit);
		catalog_close(v.c);
		goto out;
	}
	r = cli->json ? cli_json_new(&v.j) : heads(&v.t);
	if (r == 0) {
		if (v.j != NULL)
			cli_json_array(v.j, "jobs");
		r = list_gather(&v, &f, &n);
	}
	catalog_close(v.c);
	code = r == 0 ? list_print(&v, n) : read_failed(cli, r);
 out:
	cli_json_free(v.j);
	cli_table_free(v.t);
	free(host);
	return code;
}

/* "name: value", escaped; nothing where there is no value. */
static void
line(FILE *f, const char *name, const char *value)
{
	char safe[4096];

	if (value[0] == '\0')
		return;
	log_escape(safe, sizeof(safe), value, strlen(value));
	fprintf(f, "%-12s %s\n", name, safe);
}

static void
count_line(FILE *f, const char *name, uint64_t n)
{
	char text[CLI_TEXT_MAX];

	cli_count_format(n, text);
	line(f, name, text);
}

static void
size_line(FILE *f, const char *name, uint64_t n)
{
	char text[CLI_TEXT_MAX];

	cli_size_format(n, text);
	line(f, name, text);
}

static void
show_counts(FILE *f, const struct catalog_counts *n)
{
	count_line(f, "files", n->files);
	count_line(f, "directories", n->directories);
	size_line(f, "size", n->bytes);
	size_line(f, "new data", n->new_bytes);
	size_line(f, "received", n->wire_in);
	size_line(f, "sent", n->wire_out);
	size_line(f, "stored", n->stored);
	size_line(f, "read back", n->target_read);
	size_line(f, "from cache", n->cache_read);
	count_line(f, "problems", n->issues);
}

static void
show_text(FILE *f, const struct catalog_job *job)
{
	char text[HISTORY_TIME_MAX], id[65] = "";

	fprintf(f, "Job %lld%s\n", (long long)job->id, job->rebuilt ?
	    " (known from its snapshot only)" : "");
	line(f, "host", job->host);
	line(f, "set", job->set);
	line(f, "target", job->target);
	line(f, "outcome", history_outcome(job->outcome));
	history_time(job->started, text);
	line(f, "started", text);
	history_time(job->ended, text);
	line(f, "ended", text);
	took_format(job, text);
	line(f, "took", text);
	if (job->has_snapshot)
		hex_format(job->snapshot, sizeof(job->snapshot), id);
	line(f, "snapshot", id);
	if (job->outcome != CATALOG_RUNNING)
		show_counts(f, &job->counts);
	line(f, "deltas", job->delta.line);
	line(f, "cause", job->text);
	line(f, "what to do", job->remedy);
}

/* Add the issues of the job as an array, or as lines. */
static int
issues_gather(struct view *v, int64_t id, FILE *f)
{
	struct catalog_issues *l = NULL;
	struct catalog_issue i;
	char safe[4096];
	int r;

	if ((r = catalog_issues_new(v->c, id, &l)) != 0)
		return r;
	if (v->j != NULL)
		cli_json_array(v->j, "problems");
	while ((r = catalog_issues_next(l, &i)) == 1) {
		if (v->j != NULL) {
			cli_json_object(v->j, NULL);
			cli_json_path(v->j, "path", i.path, i.path_len);
			cli_json_str(v->j, "error", i.text);
			cli_json_end(v->j);
			continue;
		}
		log_escape(safe, sizeof(safe), i.path, i.path_len);
		fprintf(f, "%s%s", safe, i.path_len > 0 ? ": " : "");
		log_escape(safe, sizeof(safe), i.text, strlen(i.text));
		fprintf(f, "%s\n", safe);
	}
	if (v->j != NULL)
		cli_json_end(v->j);
	catalog_issues_free(l);
	return r;
}

/* What a hook wrote, each line behind a bar. */
static void
words(FILE *f, const struct catalog_hook *h)
{
	const uint8_t *p = h->output, *end;
	size_t left = h->output_len, len;
	char safe[4096];

	for (; left > 0; p += len, left -= len) {
		end = memchr(p, '\n', left);
		len = end != NULL ? (size_t)(end - p) : left;
		log_escape(safe, sizeof(safe), p, len);
		fprintf(f, "%-12s | %s\n", "", safe);
		len += end != NULL ? 1 : 0;
	}
}

static void
hook_json(struct cli_json *j, const struct catalog_hook *h)
{
	cli_json_object(j, NULL);
	cli_json_str(j, "name", h->name);
	cli_json_str(j, "phase", h->after ? "after" : "before");
	cli_json_bool(j, "runs", h->state == 0);
	cli_json_str(j, "how", h->how);
	cli_json_int(j, "status", (int64_t)h->status);
	cli_json_int(j, "ms", (int64_t)h->ms);
	cli_json_path(j, "output", h->output, h->output_len);
	cli_json_end(j);
}

/* The hooks of the job: as an array, or as lines. */
static int
hooks_gather(struct view *v, int64_t id, FILE *f)
{
	struct catalog_hooks *l = NULL;
	struct catalog_hook h;
	int r;

	if ((r = catalog_hooks_new(v->c, id, &l)) != 0)
		return r;
	if (v->j != NULL)
		cli_json_array(v->j, "hooks");
	while ((r = catalog_hooks_next(l, &h)) == 1) {
		if (v->j != NULL) {
			hook_json(v->j, &h);
			continue;
		}
		line(f, "hook", h.how);
		words(f, &h);
	}
	if (v->j != NULL)
		cli_json_end(v->j);
	catalog_hooks_free(l);
	return r;
}

/* How a job began and ended, around its problems; or these alone. */
static int
log_gather(struct view *v, const struct catalog_job *job, FILE *f)
{
	bool all = cli_option_count(v->cli, "problems") == 0;
	char text[HISTORY_TIME_MAX];
	int r;

	if (v->j != NULL)
		job_json(v->j, job);
	else if (all) {
		history_time(job->started, text);
		fprintf(f, "%s began: %s/%s\n", text, job->host, job->set);
	}
	if ((all || v->j != NULL) &&
	    (r = hooks_gather(v, job->id, f)) != 0)
		return r;
	if ((r = issues_gather(v, job->id, f)) != 0 || v->j != NULL || !all)
		return r;
	history_time(job->ended, text);
	fprintf(f, "%s %s\n", text, history_outcome(job->outcome));
	line(f, "cause", job->text);
	line(f, "what to do", job->remedy);
	return 0;
}

static int
show_gather(struct view *v, const struct catalog_job *job, FILE *f)
{
	if (v->j != NULL)
		job_json(v->j, job);
	else
		show_text(f, job);
	return hooks_gather(v, job->id, f);
}

/* Tell of one job, by way of memory: nobody waits for who reads. */
static enum cli_exit
one(struct cli *cli, int (*gather)(struct view *, const struct catalog_job *,
    FILE *))
{
	struct catalog_filter f = { .id = 0 };
	struct view v = { .cli = cli };
	struct catalog_jobs *l = NULL;
	struct catalog_job job;
	enum cli_exit code;
	char *text = NULL;
	size_t len = 0;
	FILE *out = NULL;
	int r;

	if (number_parse(cli->args[0], &f.id) != 0 || f.id == 0)
		return cli_fail(cli, CLI_EXIT_USAGE, "%s: not the number of"
		    " a job; backupctl job list shows them", cli->args[0]);
	if ((code = history_open(cli, &v.c)) != CLI_EXIT_OK)
		return code;
	if ((out = open_memstream(&text, &len)) == NULL ||
	    (cli->json && cli_json_new(&v.j) != 0))
		r = ERR_NOMEM;
	else if ((r = catalog_jobs_new(v.c, &f, &l)) == 0 &&
	    (r = catalog_jobs_next(l, &job)) == 1)
		r = (r = gather(&v, &job, out)) == 0 ? 1 : r;
	catalog_jobs_free(l);
	catalog_close(v.c);
	if (out != NULL && fclose(out) != 0)
		r = ERR_NOMEM;
	if (r < 0)
		code = read_failed(cli, r);
	else if (r == 0)
		code = cli_fail(cli, CLI_EXIT_NOT_FOUND, "there is no job %s",
		    cli->args[0]);
	else if (v.j != NULL) {
		code = command_answer(cli, v.j, CLI_EXIT_OK);
		v.j = NULL;	/* freed by that */
	} else
		fputs(text, stdout);
	cli_json_free(v.j);
	free(text);
	return code;
}

/* "c12": a copy. */
static enum cli_exit
copy_show(struct cli *cli, int64_t id)
{
	struct catalog *c = NULL;
	enum cli_exit code;

	if ((code = history_open(cli, &c)) != CLI_EXIT_OK)
		return code;
	code = sync_show(cli, c, id);
	catalog_close(c);
	return code;
}

enum cli_exit
command_job_show(struct cli *cli)
{
	int64_t id;

	if (cli->args[0][0] == 'c' &&
	    number_parse(cli->args[0] + 1, &id) == 0 && id > 0)
		return copy_show(cli, id);
	return one(cli, show_gather);
}

/* As much as is known of one that runs. */
static int
begun_gather(struct view *v, const struct catalog_job *job, FILE *f)
{
	char text[HISTORY_TIME_MAX];

	history_time(job->started, text);
	fprintf(f, "%s began: %s/%s\n", text, job->host, job->set);
	return issues_gather(v, job->id, f);
}

/*
 * Stay with a job that runs.  It is watched before what was kept of it is
 * told, so that nothing is left out; what comes meanwhile may come twice.
 */
static enum cli_exit
log_follow(struct cli *cli)
{
	struct control c = { .type = CONTROL_WATCH }, first;
	struct control_client *client = NULL;
	enum cli_exit code;
	int64_t id;

	if (number_parse(cli->args[0], &id) != 0)
		return one(cli, log_gather);
	cli->lines = cli->json;
	c.u.watch.job = (uint64_t)id;
	code = cli->json ? ask(cli, &c, &client) :
	    ask_if_there(cli, &c, &client);
	if (code == CLI_EXIT_UNREACHABLE && !cli->json)
		return one(cli, log_gather);
	if (code != CLI_EXIT_OK)
		return code;
	if ((code = ask_next(cli, client, false, &first)) != CLI_EXIT_OK)
		goto out;
	if (first.type != CONTROL_DONE) {
		if (!cli->json)
			(void)one(cli, begun_gather);
		code = run_follow(cli, client, &first);
	} else if (cli->json || first.u.done.code != CLI_EXIT_NOT_FOUND)
		code = ask_done(cli, &first);
	else
		code = one(cli, log_gather);	/* it has ended */
	control_clear(&first);
 out:
	control_close(client);
	return code;
}

enum cli_exit
command_job_log(struct cli *cli)
{
	if (cli_option_count(cli, "follow") > 0)
		return log_follow(cli);
	return one(cli, log_gather);
}
