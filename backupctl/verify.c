/* verify.c: backupctl verify: is what stands on a target sound? */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backupctl/command.h"
#include "backupctl/history.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/pool.h"
#include "base/spool.h"
#include "catalog/verified.h"
#include "cli/json.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "policy/policy.h"
#include "repo/affected.h"
#include "repo/verify.h"

#define THREADS_MAX 4
#define WHOLE 10000		/* hundredths of a percent */
#define PACK_HASH_AT 9		/* packs/aa/<hash> */

struct verify {
	const struct cli *cli;
	struct cli_progress *progress;
	struct verify_totals t;
	struct spool packs;		/* hashes of damaged ones */
	unsigned int sample;
	uint64_t alarms;
	uint64_t affected;		/* snapshots */
	int	 code;			/* of keeping the damaged packs */
};

/* --full, --sample N% */
static enum cli_exit
sample_get(const struct cli *cli, unsigned int *samplep)
{
	const char *text = cli_option_get(cli, "sample", 0);
	bool full = cli_option_count(cli, "full") > 0;
	char *rest;
	double v;

	*samplep = full ? WHOLE : 0;
	if (text == NULL)
		return CLI_EXIT_OK;
	errno = 0;
	v = strtod(text, &rest);
	if (full || errno != 0 || rest == text || !(v > 0 && v <= 100) ||
	    (strcmp(rest, "%") != 0 && *rest != '\0'))
		return cli_fail(cli, CLI_EXIT_USAGE, full ? "give --sample or"
		    " --full, not both" : "--sample takes a percentage above"
		    " 0, as in 5%%");
	*samplep = (unsigned int)(v * 100 + 0.5);
	if (*samplep == 0)
		*samplep = 1;
	return CLI_EXIT_OK;
}

static void
told(enum verify_level level, const char *object, const char *what,
    void *arg)
{
	struct verify *v = arg;
	bool alarm = level == VERIFY_ALARM;
	const struct cli_issue issue = { .level = alarm ? "error" : "warning",
	    .code = alarm ? "V001" : "V002", .message = what,
	    .path = object, .path_len = strlen(object) };
	uint8_t hash[32];

	v->alarms += alarm;
	if (alarm || v->cli->verbose || v->cli->json)
		cli_progress_issue(v->progress, &issue);
	if (alarm && strncmp(object, "packs/", 6) == 0 &&
	    strlen(object) > PACK_HASH_AT &&
	    hex_parse(object + PACK_HASH_AT, hash, sizeof(hash)) == 0 &&
	    v->code == 0)
		v->code = spool_add(&v->packs, hash);
}

static void
progressed(uint64_t done, uint64_t total, void *arg)
{
	struct verify *v = arg;
	const struct cli_progress_state s = { .name = "verify",
	    .bytes_done = done, .bytes_total = total,
	    .problems = v->alarms };

	cli_progress_update(v->progress, &s);
}

static int
affected(const struct snapshot *sn, uint64_t chunks, void *arg)
{
	struct verify *v = arg;
	char hex[65], text[256], when[HISTORY_TIME_MAX];
	struct cli_issue issue = { .level = "error", .code = "V003",
	    .message = text, .path = NULL };

	v->affected++;
	hex_format(sn->hash, sizeof(sn->hash), hex);
	history_time(sn->started, when);
	snprintf(text, sizeof(text), "snapshot %.12s of %.60s/%.60s, %s, needs"
	    " %" PRIu64 " chunks out of damaged packs", hex, sn->host,
	    sn->set, when, chunks);
	cli_progress_issue(v->progress, &issue);
	return 0;
}

/* Write down in the catalog what came of it. */
static void
keep(const struct verify *v, const char *dir, const char *target)
{
	const struct catalog_verified c = { .target = target,
	    .time = clock_wall(), .sample = (int)v->sample,
	    .bytes = v->t.bytes, .snapshots = v->t.snapshots,
	    .packs = v->t.packs, .alarms = v->t.alarms };
	struct catalog *cat = NULL;
	int r;

	if ((r = catalog_open(dir, CATALOG_WRITE, &cat)) == 0)
		r = catalog_verified_put(cat, &c);
	catalog_close(cat);
	if (r != 0)
		fprintf(stderr, "%s: the catalog in %s does not know of this:"
		    " %s\n", v->cli->program->name, dir, err_text(r));
}

static enum cli_exit
tell_json(const struct verify *v, const char *target, enum cli_exit code)
{
	const struct verify_totals *t = &v->t;
	struct cli_json *j = NULL;

	if (cli_json_new(&j) != 0)
		return CLI_EXIT_FAILED;
	cli_json_int(j, "code", code);
	cli_json_str(j, "target", target);
	cli_json_int(j, "sample", v->sample);
	cli_json_int(j, "snapshots", (int64_t)t->snapshots);
	cli_json_int(j, "packs", (int64_t)t->packs);
	cli_json_int(j, "packs_read", (int64_t)t->read);
	cli_json_int(j, "bytes", (int64_t)t->bytes);
	cli_json_int(j, "alarms", (int64_t)t->alarms);
	cli_json_int(j, "notes", (int64_t)t->notes);
	cli_json_int(j, "affected", (int64_t)v->affected);
	if (cli_json_line(j, stdout, "end") != 0)
		code = cli_exit_worst(code, CLI_EXIT_FAILED);
	cli_json_free(j);
	return code;
}

static void
tell_text(const struct verify *v, const char *target, enum cli_exit code)
{
	const struct verify_totals *t = &v->t;
	char size[CLI_TEXT_MAX];

	cli_size_format(t->bytes, size);
	if (code == CLI_EXIT_OK && !v->cli->quiet)
		printf("SOUND  target %s: %" PRIu64 " snapshots; %" PRIu64
		    " of %" PRIu64 " packs read to the last byte, the others"
		    " by their lists; %s.\n", target, t->snapshots, t->read,
		    t->packs, size);
	if (code == CLI_EXIT_DAMAGED)
		printf("DAMAGED  target %s: %" PRIu64 " alarms, listed above;"
		    " %" PRIu64 " of %" PRIu64 " snapshots may lack"
		    " something.\nThe next backup stores anew what it finds"
		    " missing.  Copy the objects named back from another copy"
		    " of the\nrepository, if there is one; which files are"
		    " whole, restore run tells.\n", target, t->alarms,
		    v->affected, t->snapshots);
}

static enum cli_exit
verify_go(struct verify *v, struct opened *o, const char *dir)
{
	unsigned int n = pool_cpus();
	const struct verify_params p = { .full = v->sample == WHOLE,
	    .sample = v->sample, .threads = n < THREADS_MAX ? n : THREADS_MAX,
	    .report = told, .progress = progressed, .arg = v };
	enum cli_exit code;
	int r;

	if ((r = cli_progress_new(v->cli, &v->progress)) != 0)
		return cli_fail(v->cli, CLI_EXIT_FAILED, "%s", err_text(r));
	r = verify_run(o->repo, &p, &v->t);
	code = r == 0 ? CLI_EXIT_OK : r == ERR_CORRUPT ? CLI_EXIT_DAMAGED :
	    cli_exit_from_err(r);
	if (r == ERR_CORRUPT && v->packs.n > 0 && v->code == 0)
		v->code = affected_find(o->repo, &v->packs, affected, v);
	cli_progress_free(v->progress);
	if (code != CLI_EXIT_OK && code != CLI_EXIT_DAMAGED)
		fprintf(stderr, "%s: target %s: the check could not go on:"
		    " %s\n", v->cli->program->name, o->target->name,
		    err_text(r));
	else
		keep(v, dir, o->target->name);
	if (v->code != 0)
		fprintf(stderr, "%s: which snapshots are affected cannot be"
		    " told: %s\n", v->cli->program->name, err_text(v->code));
	if (v->cli->json)
		return tell_json(v, o->target->name, code);
	tell_text(v, o->target->name, code);
	return code;
}

enum cli_exit
command_verify(struct cli *cli)
{
	struct verify v = { .cli = cli };
	struct opened o = { .repo = NULL };
	enum cli_exit code;
	char *dir = NULL;

	spool_init(&v.packs, 32);
	if ((code = sample_get(cli, &v.sample)) == CLI_EXIT_OK &&
	    (code = history_dir(cli, &dir)) == CLI_EXIT_OK &&
	    (code = command_open(cli, cli_option_get(cli, "target", 0),
	    &o)) == CLI_EXIT_OK)
		code = verify_go(&v, &o, dir);
	command_close(&o);
	spool_clear(&v.packs);
	free(dir);
	return code;
}
