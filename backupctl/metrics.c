/* metrics.c: how things stand, for Prometheus' textfile collector. */
#include "config.h"

#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backupctl/command.h"
#include "backupctl/picture.h"
#include "base/fdio.h"
#include "cli/json.h"

/* A series of each source, target, copy or of the server. */
enum about {
	ABOUT_SERVER,
	ABOUT_SOURCE,
	ABOUT_TARGET,
	ABOUT_COPY
};

/*
 * Every metric: where its number stands, and whether there is one.  Names
 * are stable: dashboards and alerts depend on them.
 */
struct metric {
	const char *name, *help;
	enum about about;
	/* False: there is no such number of this one. */
	bool	(*value)(const struct picture *p, const struct control *c,
		    int64_t *vp);
};

static bool
is_up(const struct picture *p, const struct control *c, int64_t *vp)
{
	(void)c;
	*vp = p->alive;
	return true;
}

static bool
started(const struct picture *p, const struct control *c, int64_t *vp)
{
	(void)p;
	*vp = (int64_t)c->u.server.started;
	return *vp != 0;
}

static bool
loaded(const struct picture *p, const struct control *c, int64_t *vp)
{
	(void)p;
	*vp = (int64_t)c->u.server.loaded;
	return *vp != 0;
}

static bool
policy_good(const struct picture *p, const struct control *c, int64_t *vp)
{
	*vp = p->alive && c->u.server.problem[0] == '\0';
	return p->alive;
}

static bool
running(const struct picture *p, const struct control *c, int64_t *vp)
{
	*vp = (int64_t)c->u.server.running;
	return p->alive;
}

static bool
waiting(const struct picture *p, const struct control *c, int64_t *vp)
{
	*vp = (int64_t)c->u.server.waiting;
	return p->alive;
}

static bool
last_success(const struct picture *p, const struct control *c, int64_t *vp)
{
	(void)p;
	*vp = (int64_t)c->u.source.last_good;
	return *vp != 0;
}

static bool
last_end(const struct picture *p, const struct control *c, int64_t *vp)
{
	(void)p;
	*vp = (int64_t)c->u.source.ended;
	return *vp != 0;
}

static bool
last_exit(const struct picture *p, const struct control *c, int64_t *vp)
{
	(void)p;
	*vp = (int64_t)c->u.source.code;
	return c->u.source.ended != 0;
}

static bool
next_run(const struct picture *p, const struct control *c, int64_t *vp)
{
	(void)p;
	*vp = (int64_t)c->u.source.next;
	return *vp != 0;
}

static bool
rpo_limit(const struct picture *p, const struct control *c, int64_t *vp)
{
	(void)p;
	*vp = (int64_t)c->u.source.rpo;
	return *vp != 0;
}

static bool
is_late(const struct picture *p, const struct control *c, int64_t *vp)
{
	(void)p;
	*vp = c->u.source.late != 0 && c->u.source.enabled != 0;
	return true;
}

static bool
is_enabled(const struct picture *p, const struct control *c, int64_t *vp)
{
	(void)p;
	*vp = c->u.source.enabled != 0;
	return true;
}

static bool
target_size(const struct picture *p, const struct control *c, int64_t *vp)
{
	(void)p;
	*vp = (int64_t)c->u.target.total;
	return c->u.target.measured != 0;
}

static bool
target_free(const struct picture *p, const struct control *c, int64_t *vp)
{
	(void)p;
	*vp = (int64_t)c->u.target.free;
	return c->u.target.measured != 0;
}

static bool
target_low(const struct picture *p, const struct control *c, int64_t *vp)
{
	(void)p;
	*vp = picture_low(&c->u.target);
	return c->u.target.measured != 0;
}

static bool
target_measured(const struct picture *p, const struct control *c,
    int64_t *vp)
{
	(void)p;
	*vp = (int64_t)c->u.target.measured;
	return *vp != 0;
}

static bool
target_full(const struct picture *p, const struct control *c, int64_t *vp)
{
	(void)p;
	*vp = (int64_t)c->u.target.full;
	return *vp != 0;
}

static bool
copy_success(const struct picture *p, const struct control *c, int64_t *vp)
{
	(void)p;
	*vp = (int64_t)c->u.copy.good;
	return *vp != 0;
}

static bool
copy_lag(const struct picture *p, const struct control *c, int64_t *vp)
{
	*vp = c->u.copy.oldest != 0 ? p->now - (int64_t)c->u.copy.oldest : 0;
	return true;
}

static bool
copy_limit(const struct picture *p, const struct control *c, int64_t *vp)
{
	(void)p;
	*vp = (int64_t)c->u.copy.max_age;
	return true;
}

static bool
copy_late(const struct picture *p, const struct control *c, int64_t *vp)
{
	(void)p;
	*vp = c->u.copy.late != 0;
	return true;
}

static const struct metric metrics[] = {
	{ "kho_daemon_up", "1 if backupd answers", ABOUT_SERVER, is_up },
	{ "kho_daemon_start_timestamp_seconds", "when backupd was started",
	    ABOUT_SERVER, started },
	{ "kho_policy_load_timestamp_seconds",
	    "when the policy in use was read", ABOUT_SERVER, loaded },
	{ "kho_policy_good", "0 if the last reload was refused",
	    ABOUT_SERVER, policy_good },
	{ "kho_jobs_running", "jobs that run", ABOUT_SERVER, running },
	{ "kho_jobs_waiting", "jobs that wait for their turn", ABOUT_SERVER,
	    waiting },
	{ "kho_last_success_timestamp_seconds",
	    "when the last snapshot was begun", ABOUT_SOURCE, last_success },
	{ "kho_last_end_timestamp_seconds", "when the last job ended",
	    ABOUT_SOURCE, last_end },
	{ "kho_last_exit_code",
	    "exit code of the last job: 0 complete, 3 incomplete",
	    ABOUT_SOURCE, last_exit },
	{ "kho_next_run_timestamp_seconds", "when the next job is planned",
	    ABOUT_SOURCE, next_run },
	{ "kho_rpo_limit_seconds", "how old the last snapshot may be",
	    ABOUT_SOURCE, rpo_limit },
	{ "kho_late", "1 if the last snapshot is older than that",
	    ABOUT_SOURCE, is_late },
	{ "kho_enabled", "0 if the policy says not to back it up",
	    ABOUT_SOURCE, is_enabled },
	{ "kho_target_size_bytes", "size of the target's file system",
	    ABOUT_TARGET, target_size },
	{ "kho_target_free_bytes", "of these, free", ABOUT_TARGET,
	    target_free },
	{ "kho_target_low", "1 if less is free than the policy wants",
	    ABOUT_TARGET, target_low },
	{ "kho_target_measured_timestamp_seconds", "when that was measured",
	    ABOUT_TARGET, target_measured },
	{ "kho_target_full_timestamp_seconds",
	    "when it will be full, if it fills", ABOUT_TARGET, target_full },
	{ "kho_copy_last_success_timestamp_seconds",
	    "when a copy last had all", ABOUT_COPY, copy_success },
	{ "kho_copy_lag_seconds",
	    "age of the oldest snapshot that a copy lacks; 0 for none",
	    ABOUT_COPY, copy_lag },
	{ "kho_copy_limit_seconds", "how old that may be", ABOUT_COPY,
	    copy_limit },
	{ "kho_copy_late", "1 if it is older", ABOUT_COPY, copy_late }
};

/* ,name="value" with what the format wants escaped. */
static void
label(FILE *f, const char *name, const char *value, char before)
{
	fprintf(f, "%c%s=\"", before, name);
	for (; *value != '\0'; value++) {
		if (*value == '\n')
			fputs("\\n", f);
		else if (*value == '\\' || *value == '"')
			fprintf(f, "\\%c", *value);
		else
			fputc(*value, f);
	}
	fputc('"', f);
}

static void
series(FILE *f, const struct metric *m, const struct picture *p,
    const struct control *c)
{
	int64_t v;

	if (!m->value(p, c, &v))
		return;
	fputs(m->name, f);
	if (m->about == ABOUT_SOURCE) {
		label(f, "host", c->u.source.host, '{');
		label(f, "set", c->u.source.set, ',');
		fputc('}', f);
	} else if (m->about == ABOUT_TARGET) {
		label(f, "target", c->u.target.name, '{');
		fputc('}', f);
	} else if (m->about == ABOUT_COPY) {
		label(f, "target", c->u.copy.name, '{');
		fputc('}', f);
	}
	fprintf(f, " %" PRId64 "\n", v);
}

static void
metric_print(FILE *f, const struct metric *m, const struct picture *p)
{
	size_t i;

	fprintf(f, "# HELP %s %s\n# TYPE %s gauge\n", m->name, m->help,
	    m->name);
	if (m->about == ABOUT_SERVER)
		series(f, m, p, &p->server);
	for (i = 0; m->about == ABOUT_SOURCE && i < p->sources.n; i++)
		series(f, m, p, &p->sources.v[i]);
	for (i = 0; m->about == ABOUT_TARGET && i < p->targets.n; i++)
		series(f, m, p, &p->targets.v[i]);
	for (i = 0; m->about == ABOUT_COPY && i < p->copies.n; i++)
		series(f, m, p, &p->copies.v[i]);
}

static void
metrics_print(FILE *f, const struct picture *p)
{
	size_t i;

	fprintf(f, "# HELP kho_build_info which version this is\n"
	    "# TYPE kho_build_info gauge\n"
	    "kho_build_info{version=\"%s\"} 1\n", PACKAGE_VERSION);
	fprintf(f, "# HELP kho_sources how many sources stand how\n"
	    "# TYPE kho_sources gauge\n");
	for (i = 0; i < PICTURE_STATES; i++)
		fprintf(f, "kho_sources{state=\"%s\"} %zu\n",
		    picture_word((enum picture_state)i), p->counts[i]);
	for (i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		metric_print(f, &metrics[i], p);
}

/*
 * Beside the file, then in its place: a collector reads all or nothing.  Not
 * synced: after a crash the next run writes it anew.
 */
static int
replace(const char *path, const char *text, size_t len)
{
	char *tmp = NULL;
	int fd = -1, r = ERR_NOMEM;

	if (asprintf(&tmp, "%s.XXXXXX", path) == -1)
		return ERR_NOMEM;
	/* Another suffix than .prom: no collector reads it. */
	if ((fd = mkostemp(tmp, O_CLOEXEC)) == -1) {
		r = err_from_errno(errno);
		free(tmp);
		return r;
	}
	if ((r = fdio_write_all(fd, text, len)) == 0 &&
	    fchmod(fd, 0644) == -1)
		r = err_from_errno(errno);
	if (fdio_close(&fd) != 0 && r == 0)
		r = ERR_IO;
	if (r == 0 && rename(tmp, path) == -1)
		r = err_from_errno(errno);
	if (r != 0)
		(void)unlink(tmp);
	free(tmp);
	return r;
}

static enum cli_exit
give(const struct cli *cli, const char *text, size_t len)
{
	const char *path = cli_option_get(cli, "output", 0);
	struct cli_json *j;
	int r;

	if (path != NULL && (r = replace(path, text, len)) != 0)
		return cli_fail(cli, cli_exit_from_err(r), "cannot write %s:"
		    " %s", path, err_text(r));
	if (!cli->json) {
		if (path == NULL)
			fwrite(text, 1, len, stdout);
		return CLI_EXIT_OK;
	}
	if (cli_json_new(&j) != 0)
		return cli_fail(cli, CLI_EXIT_FAILED, "%s",
		    err_text(ERR_NOMEM));
	cli_json_str(j, "output", path);
	cli_json_str(j, "text", path == NULL ? text : NULL);
	return command_answer(cli, j, CLI_EXIT_OK);
}

enum cli_exit
command_metrics(struct cli *cli)
{
	struct picture p;
	enum cli_exit code;
	char *text = NULL;
	size_t len = 0;
	bool filled;
	FILE *f;

	code = picture_take(cli, NULL, &p, &filled);
	/* A daemon that is not there is a fact to be told, not a failure. */
	if (code != CLI_EXIT_OK && code != CLI_EXIT_UNREACHABLE)
		goto out;
	if ((f = open_memstream(&text, &len)) == NULL) {
		code = cli_fail(cli, CLI_EXIT_FAILED, "%s",
		    err_text(ERR_NOMEM));
		goto out;
	}
	metrics_print(f, &p);
	code = fclose(f) == 0 ? give(cli, text, len) :
	    cli_fail(cli, CLI_EXIT_FAILED, "%s", err_text(ERR_NOMEM));
 out:
	free(text);
	picture_clear(&p);
	return code;
}
