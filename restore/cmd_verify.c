/* cmd_verify.c: restore verify: is everything in the repository sound? */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/json.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "repo/verify.h"
#include "restore/cmd.h"
#include "restore/report.h"
#include "restore/session.h"
#include "store/store.h"

struct verify {
	const struct cli *cli;
	struct cli_progress *progress;
	bool	 full;
	uint64_t alarms;
};

static void
verify_report(enum verify_level level, const char *object, const char *what,
    void *arg)
{
	struct verify *v = arg;
	bool alarm = level == VERIFY_ALARM;
	struct cli_issue issue = {
		.level = alarm ? "error" : "warning",
		.code = alarm ? "V001" : "V002",
		.message = what,
		.path = object,
		.path_len = strlen(object),
	};

	v->alarms += alarm;
	if (alarm || v->cli->verbose || v->cli->json)
		cli_progress_issue(v->progress, &issue);
}

static void
verify_progress(uint64_t done, uint64_t total, void *arg)
{
	struct verify *v = arg;
	struct cli_progress_state s = {
		.name = "verify", .bytes_done = done, .bytes_total = total,
		.problems = v->alarms,
	};

	cli_progress_update(v->progress, &s);
}

static enum cli_exit
verify_json(const struct verify *v, const struct verify_totals *t,
    enum cli_exit code)
{
	struct cli_json *j = NULL;
	int r;

	if ((r = cli_json_new(&j)) != 0)
		return cli_exit_from_err(r);
	cli_json_int(j, "code", code);
	cli_json_bool(j, "full", v->full);
	cli_json_int(j, "snapshots", (int64_t)t->snapshots);
	cli_json_int(j, "packs", (int64_t)t->packs);
	cli_json_int(j, "frames", (int64_t)t->frames);
	cli_json_int(j, "chunks", (int64_t)t->chunks);
	cli_json_int(j, "objects", (int64_t)t->objects);
	cli_json_int(j, "bytes", (int64_t)t->bytes);
	cli_json_int(j, "alarms", (int64_t)t->alarms);
	cli_json_int(j, "notes", (int64_t)t->notes);
	if (cli_json_line(j, stdout, "end") != 0)
		code = cli_exit_worst(code, CLI_EXIT_FAILED);
	cli_json_free(j);
	return code;
}

/* "1 pack", "9 packs" */
static void
verify_count(uint64_t n, const char *noun, char out[CLI_TEXT_MAX])
{
	char count[CLI_TEXT_MAX];

	cli_count_format(n, count);
	snprintf(out, CLI_TEXT_MAX, "%.16s %.10s%s", count, noun,
	    n == 1 ? "" : "s");
}

static void
verify_text(const struct verify *v, const struct verify_totals *t)
{
	char now[REPORT_TIME_MAX], snapshots[CLI_TEXT_MAX];
	char packs[CLI_TEXT_MAX], chunks[CLI_TEXT_MAX], size[CLI_TEXT_MAX];
	char alarms[CLI_TEXT_MAX];

	report_time(now);
	verify_count(t->snapshots, "snapshot", snapshots);
	verify_count(t->packs, "pack", packs);
	verify_count(t->chunks, "chunk", chunks);
	cli_size_format(t->bytes, size);
	verify_count(t->alarms, "alarm", alarms);
	if (t->alarms == 0)
		printf("SOUND %s. %s, %s, %s; %s read, %s.\n", now,
		    snapshots, packs, chunks, size, v->full ?
		    "every byte checked" :
		    "lists, indexes and trees checked (contents: --full)");
	else
		printf("DAMAGED %s. %s, listed above, in %s and %s. Copy "
		    "the objects named back from another copy of the "
		    "repository.\n", now, alarms, snapshots, packs);
	if (t->notes > 0 && !v->cli->verbose)
		printf("  %llu notes of no harm (-v shows them)\n",
		    (unsigned long long)t->notes);
}

static enum cli_exit
verify_go(struct verify *v, struct session *s)
{
	struct verify_params p = {
		.full = v->full, .threads = session_threads(),
		.report = verify_report, .progress = verify_progress,
		.arg = v,
	};
	struct verify_totals t = { .snapshots = 0 };
	enum cli_exit code;
	int r;

	if ((r = cli_progress_new(v->cli, &v->progress)) != 0)
		return session_fail(v->cli, CLI_EXIT_FAILED, "%s",
		    err_text(r));
	r = verify_run(s->repo, &p, &t);
	cli_progress_free(v->progress);
	v->progress = NULL;
	if (r != 0 && r != ERR_CORRUPT)
		return session_fail(v->cli, cli_exit_from_err(r), "%s: the "
		    "check could not go on: %s", store_name(s->store),
		    err_text(r));
	code = r == 0 ? CLI_EXIT_OK : CLI_EXIT_DAMAGED;
	if (v->cli->json)
		return verify_json(v, &t, code);
	if (!v->cli->quiet || code != CLI_EXIT_OK)
		verify_text(v, &t);
	return code;
}

enum cli_exit
cmd_verify(struct cli *cli)
{
	struct verify v = {
		.cli = cli, .full = cli_option_count(cli, "full") > 0,
	};
	struct session s;
	enum cli_exit code;

	if ((code = session_open(cli, &s)) != CLI_EXIT_OK)
		return code;
	code = verify_go(&v, &s);
	session_close(&s);
	return code;
}
