/* once.c: jobs of the policy, run in the foreground. */
#include "backupd/once.h"

#include <sys/wait.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backupd/outcome.h"
#include "backupd/record.h"
#include "backupd/setup.h"
#include "backupd/worker.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/path.h"
#include "catalog/catalog.h"
#include "cli/json.h"
#include "cli/progress.h"
#include "policy/policy.h"
#include "policy/zone.h"

/* The worker to end when somebody presses ctrl-C; 0: none. */
static volatile sig_atomic_t running_pid;
static volatile sig_atomic_t signalled;
static volatile sig_atomic_t timed_out;

#define GIVE_UP_S 20		/* from being asked to end to being killed */

struct once {
	struct cli *cli;
	const struct policy *policy;
	const struct policy_target *target;
	char	*state_dir;
	struct record *record;		/* NULL: a daemon runs, or no catalog */
};

/* A job that runs. */
struct running {
	const struct job *job;
	int64_t	 id;			/* in the catalog */
	int64_t	 started;
	char	 phase[OUTCOME_TEXT_MAX];	/* what it does now */
	bool	 ended;			/* told by the worker */
	enum cli_exit code;
};

static void
on_signal(int sig)
{
	int saved = errno;

	signalled = sig;
	if (running_pid != 0)
		kill((pid_t)running_pid, SIGTERM);
	errno = saved;
}

/* It takes longer than the policy lets it; then it does not end. */
static void
on_alarm(int sig)
{
	int saved = errno;

	(void)sig;
	if (running_pid != 0)
		kill((pid_t)running_pid, timed_out ? SIGKILL : SIGTERM);
	timed_out = 1;
	(void)alarm(GIVE_UP_S);
	errno = saved;
}

static void
catch_signals(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	sa.sa_handler = on_alarm;
	sigaction(SIGALRM, &sa, NULL);
	/* Whoever reads what we print may go: the backup is made. */
	signal(SIGPIPE, SIG_IGN);
}

enum cli_exit
once_test(struct cli *cli)
{
	const struct policy *p = NULL;
	enum cli_exit code;

	if ((code = setup_policy(cli, &p)) != CLI_EXIT_OK)
		return code;
	if (!cli->quiet && !cli->json)
		printf("Policy valid: %s: %zu hosts, %zu sets, %zu targets\n",
		    p->file, p->nhosts, p->nsets, p->ntargets);
	policy_free(p);
	return code;
}

static void
progress_show(const struct running *run, struct cli_progress *progress,
    const struct event_progress *p)
{
	struct cli_progress_state s = { .name = run->phase };

	s.files_done = p->files;
	s.bytes_done = p->read > p->waiting ? p->read - p->waiting : 0;
	s.bytes_total = p->listed != 0 ? p->want : 0;
	s.problems = p->issues;
	cli_progress_update(progress, &s);
}

static void
issue_show(struct cli_progress *progress, const struct event_issue *e)
{
	struct cli_issue i = { .level = "warning", .code = "J001" };

	i.message = e->text;
	i.path = e->path;
	i.path_len = e->path_len;
	cli_progress_issue(progress, &i);
}

/* Write down how the job ended, and show it. */
static void
end_show(struct once *o, struct running *run, const struct event_end *said)
{
	static char text[] = OUTCOME_MAX_TIME, remedy[] = OUTCOME_MORE_TIME;
	struct event_end e = *said;

	/* It may have been done before it heard of it. */
	if (timed_out && e.snapshot[0] == '\0') {
		e.exit = CLI_EXIT_FAILED;
		e.text = text;
		e.remedy = remedy;
	}
	run->ended = true;
	run->code = (enum cli_exit)e.exit;
	record_end(o->record, run->id, run->job, &e);
	if (o->cli->json)
		outcome_json(run->job, &e);
	else
		outcome_print(run->job, &e);
}

/* A hook shows in the progress while it runs, and in the catalog. */
static void
hook_show(struct once *o, struct running *run, struct cli_progress *progress,
    const struct event_hook *h)
{
	const struct event_progress none = { .files = 0 };

	if (h->state == EVENT_HOOK_RUNS) {
		outcome_hook(h, run->phase);
		progress_show(run, progress, &none);
	} else
		snprintf(run->phase, sizeof(run->phase), "copy");
	record_hook(o->record, run->id, h);
}

/* The progress line goes before the outcome is shown. */
static void
event_show(struct once *o, struct running *run,
    struct cli_progress **progressp, const struct event *e)
{
	switch (e->type) {
	case EVENT_LOG:
		if (e->u.log.level <= LOG_WARN || o->cli->verbose)
			fprintf(stderr, "%s\n", e->u.log.line);
		break;
	case EVENT_PROGRESS:
		progress_show(run, *progressp, &e->u.progress);
		record_settle(o->record);
		break;
	case EVENT_ISSUE:
		issue_show(*progressp, &e->u.issue);
		record_issue(o->record, run->id, &e->u.issue);
		break;
	case EVENT_HOOK:
		hook_show(o, run, *progressp, &e->u.hook);
		break;
	case EVENT_HELD:		/* of copies only */
		break;
	case EVENT_END:
		cli_progress_free(*progressp);
		*progressp = NULL;
		end_show(o, run, &e->u.end);
		break;
	}
}

/* The job has failed without a word of its worker: say it for it. */
static void __attribute__((format(printf, 4, 5)))
failed(struct once *o, struct running *run, char *remedy, const char *format,
    ...)
{
	struct event_end e = { .exit = CLI_EXIT_FAILED, .remedy = remedy,
	    .started = run->started };
	char text[OUTCOME_TEXT_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	e.text = text;
	e.ended = clock_wall();
	e.delta.mode = run->job->delta;
	run->code = CLI_EXIT_FAILED;
	record_end(o->record, run->id, run->job, &e);
	cli_fail(o->cli, run->code, "%s/%s: %s%s%s", run->job->host,
	    run->job->set, text, remedy[0] != '\0' ? "; " : "", remedy);
}

static void
worker_died(struct once *o, struct running *run, int status)
{
	static char remedy[] = "earlier snapshots are untouched, run it again";

	if (timed_out)
		failed(o, run, (char[]){ OUTCOME_MORE_TIME }, "%s",
		    OUTCOME_MAX_TIME);
	else if (WIFSIGNALED(status))
		failed(o, run, remedy, "the worker was ended by signal %d",
		    WTERMSIG(status));
	else
		failed(o, run, remedy, "the worker ended with status %d",
		    WEXITSTATUS(status));
}

/* Run one job and show it. */
static enum cli_exit
job_run(struct once *o, const struct job *j, int64_t max_time)
{
	struct running run = { .job = j, .started = clock_wall(),
	    .phase = "copy" };
	struct worker w = { .pid = 0, .event_fd = -1 };
	struct cli_progress *progress = NULL;
	struct buf *scratch = NULL;
	struct event e;
	int r, status = 0;

	run.id = record_begin(j->dry ? NULL : o->record, j);
	if ((r = buf_new(EVENT_MAX, &scratch)) != 0 ||
	    (r = cli_progress_new(o->cli, &progress)) != 0 ||
	    (r = worker_start(j, &w)) != 0) {
		failed(o, &run, (char[]){ "" }, "cannot start a worker: %s",
		    err_text(r));
		goto out;
	}
	running_pid = (sig_atomic_t)w.pid;
	/* A signal just before that has not reached the worker. */
	if (signalled != 0)
		kill(w.pid, SIGTERM);
	timed_out = 0;
	(void)alarm((unsigned int)max_time);
	while (!run.ended && event_read(w.event_fd, scratch, &e) == 0) {
		event_show(o, &run, &progress, &e);
		event_clear(&e);
	}
	if (worker_wait(&w, &status) != 0)
		log_warn("job %s: worker: cannot wait for its end", j->id);
	(void)alarm(0);
	running_pid = 0;
	if (!run.ended)
		worker_died(o, &run, status);
 out:
	cli_progress_free(progress);
	buf_free(scratch);
	return run.code;
}

/* Run one source, or all of a host's when set is NULL. */
static enum cli_exit
host_run(struct once *o, const struct policy_host *h, const char *set)
{
	enum cli_exit code = CLI_EXIT_OK, one;
	char id[CLOCK_TEXT_MAX];
	const struct setup place = { o->target, o->state_dir, id };
	struct job *j;
	size_t i;
	int r;

	for (i = 0; i < h->nsources && signalled == 0; i++) {
		if (set != NULL && strcmp(h->sources[i].set->name, set) != 0)
			continue;
		clock_format(clock_wall(), id);
		if ((r = setup_job(&place, h, &h->sources[i], &j)) != 0)
			return cli_fail(o->cli, cli_exit_from_err(r), "%s",
			    err_text(r));
		j->dry = cli_option_count(o->cli, "dry-run") > 0;
		one = job_run(o, j, h->sources[i].max_time);
		code = cli_exit_worst(code, one);
		job_free(j);
	}
	return code;
}

/* Run what one argument names. */
static enum cli_exit
arg_run(struct once *o, const char *arg)
{
	const struct policy_host *h;
	const char *slash = strchr(arg, '/');
	char *name;
	enum cli_exit code;

	if ((name = strdup(arg)) == NULL)
		return CLI_EXIT_FAILED;
	if (slash != NULL)
		name[slash - arg] = '\0';
	if ((h = policy_host_find(o->policy, name)) == NULL)
		code = cli_fail(o->cli, CLI_EXIT_NOT_FOUND, "%s: no such host"
		    " in %s", name, o->policy->file);
	else if (slash != NULL && policy_source_find(h, slash + 1) == NULL)
		code = cli_fail(o->cli, CLI_EXIT_NOT_FOUND, "%s: host %s has"
		    " no set of that name", slash + 1, name);
	else
		code = host_run(o, h, slash != NULL ? slash + 1 : NULL);
	free(name);
	return code;
}

/* Run all that the command line asks for. */
static enum cli_exit
all_run(struct once *o)
{
	enum cli_exit code = CLI_EXIT_OK, one;
	size_t i, ran = 0;
	int a;

	for (a = 0; a < o->cli->nargs && signalled == 0; a++) {
		one = arg_run(o, o->cli->args[a]);
		code = cli_exit_worst(code, one);
	}
	if (o->cli->nargs > 0)
		return code;
	for (i = 0; i < o->policy->nhosts && signalled == 0; i++) {
		if (!o->policy->hosts[i].enabled)
			continue;
		one = host_run(o, &o->policy->hosts[i], NULL);
		code = cli_exit_worst(code, one);
		ran++;
	}
	if (ran == 0)
		return cli_fail(o->cli, CLI_EXIT_NOT_FOUND, "%s: no host is"
		    " enabled: nothing to do", o->policy->file);
	return code;
}

static void
last_line(int code)
{
	struct cli_json *js;

	if (cli_json_new(&js) != 0)
		return;
	cli_json_int(js, "code", code);
	if (cli_json_line(js, stdout, "end") != 0)
		log_error("stdout: cannot write");
	cli_json_free(js);
}

enum cli_exit
once_run(struct cli *cli)
{
	struct once o = { .cli = cli };
	enum cli_exit code;
	int r;

	if ((code = setup_policy(cli, &o.policy)) != CLI_EXIT_OK)
		return code;
	if ((o.target = policy_target_primary(o.policy)) == NULL) {
		code = cli_fail(cli, CLI_EXIT_POLICY, "%s: no target with role"
		    " \"primary\" and type \"dir\" to write to",
		    o.policy->file);
		goto out;
	}
	if ((r = policy_state_dir(cli->config,
	    cli_option_get(cli, "state", 0), &o.state_dir)) != 0 ||
	    (r = path_mkdirs(o.state_dir, 0700)) != 0) {
		code = cli_fail(cli, cli_exit_from_err(r), "state directory"
		    " %s: %s; name another with --state", o.state_dir != NULL ?
		    o.state_dir : "", err_text(r));
		goto out;
	}
	if (zone_use(o.policy->office.timezone) != 0)
		log_warn("time zone %s is not known here",
		    o.policy->office.timezone);
	/* The daemon alone writes, as long as there is one. */
	if (!catalog_daemon_runs(o.state_dir))
		o.record = record_open(o.state_dir, o.target->name);
	catch_signals();
	code = all_run(&o);
	if (signalled != 0)
		code = signalled == SIGINT ? CLI_EXIT_SIGINT :
		    CLI_EXIT_SIGTERM;
	if (cli->json)
		last_line((int)code);
 out:
	record_close(o.record);
	free(o.state_dir);
	policy_free(o.policy);
	return code;
}
