/* daemon.c: the service, from its start to its end. */
#include "backupd/daemon.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backupd/copier.h"
#include "backupd/daemon_impl.h"
#include "backupd/loop.h"
#include "backupd/notify.h"
#include "backupd/planner.h"
#include "backupd/queue.h"
#include "backupd/record.h"
#include "backupd/rehearse.h"
#include "backupd/server.h"
#include "backupd/setup.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/path.h"
#include "catalog/catalog.h"
#include "control/control.h"
#include "policy/policy.h"
#include "policy/report.h"
#include "policy/zone.h"

#define GRACE_S 20		/* for running jobs, when stopping */
#define GRACE_S_MAX 86400
#define SLEEP_MS 60000		/* at most, for the wall clock may be set */
#define JUMP_MS 5000		/* it was set, if it is off by so much */
#define AGAIN_S 60		/* what could not be queued is tried again */

/* Why the policy that was just read is not taken. */
static void
problem_set(struct daemon *d, const struct policy_report *report, int r)
{
	const struct policy_diag *diag = policy_report_get(report, 0);
	size_t n = policy_report_count(report, POLICY_ERROR);
	char loaded[CLOCK_TEXT_MAX], more[64] = "";

	clock_format(d->loaded, loaded);
	if (n > 1)
		snprintf(more, sizeof(more), " (and %zu more)", n - 1);
	if (diag == NULL)
		snprintf(d->problem, sizeof(d->problem), "%.300s: %s; the"
		    " policy of %s stays active", d->config, err_text(r),
		    loaded);
	else
		snprintf(d->problem, sizeof(d->problem), "%.100s:%u:%u:"
		    " %.250s%s; the policy of %s stays active", diag->file,
		    diag->line, diag->col, diag->message, more, loaded);
}

/* Plan by p from now on; it is d's if this works. */
static int
policy_use(struct daemon *d, const struct policy *p)
{
	const struct policy_target *target = policy_target_primary(p);
	int r;

	if ((r = record_target(d->record, target->name)) != 0)
		return r;
	if ((r = access_load(&d->access, p)) != 0)
		return r;
	if (zone_use(p->office.timezone) != 0)
		log_warn("time zone %s is not known here", p->office.timezone);
	if ((r = planner_policy(d->planner, p, clock_wall())) != 0 ||
	    (r = copier_policy(d->copier, p, clock_wall())) != 0)
		return r;
	queue_set_max(d->queue, p->max_parallel);
	if (d->policy != p)
		policy_free(d->policy);
	d->policy = p;
	d->target = target;
	d->loaded = clock_wall();
	d->problem[0] = '\0';
	return 0;
}

int
daemon_reload(struct daemon *d)
{
	struct policy_report *report = NULL;
	const struct policy *p = NULL;
	int r;

	if ((r = policy_report_new(&report)) != 0)
		return r;
	notify_send("RELOADING=1");
	r = policy_load(d->config, report, &p);
	if (r != 0)
		problem_set(d, report, r);
	else if (policy_target_primary(p) == NULL) {
		r = ERR_CONFIG;
		snprintf(d->problem, sizeof(d->problem), "%.200s: no target"
		    " with role \"primary\" and type \"dir\" to write to; the"
		    " policy that was active stays so", d->config);
	}
	policy_report_free(report);
	notify_send("READY=1");
	if (r != 0) {
		policy_free(p);
		log_error("policy: %s", d->problem);
		return r == ERR_NOMEM ? r : ERR_CONFIG;
	}
	if ((r = policy_use(d, p)) != 0) {
		log_err(r, "policy %s: cannot be taken", d->config);
		policy_free(p);
		return r;
	}
	log_info("policy %s: loaded, %zu hosts", d->config, p->nhosts);
	daemon_plan(d);
	/* Two policies were there for a moment: it is to stay small. */
	(void)malloc_trim(0);
	return 0;
}

/* One source whose moment has come. */
static void
source_due(struct daemon *d, struct planner_source *s, int64_t now)
{
	struct queue_task *t;
	int r;

	if (s->verdict.run) {
		if ((r = jobs_add(d, s, false, &t)) != 0) {
			if (r != ERR_BUSY)
				log_err(r, "%s/%s: cannot be queued", s->host,
				    s->set);
			s->verdict.at = now + AGAIN_S;
		}
		return;
	}
	t = queue_source(d->queue, s->host, s->set);
	if (t == NULL || !t->running)
		return;
	s->cut = true;
	log_info("job %" PRIu64 " %s/%s: its window has ended", t->job,
	    s->host, s->set);
	jobs_cancel(d, t, JOBS_WINDOW);
}

/* Tell whether somebody has set the wall clock since the last time. */
static bool
clock_jumped(struct daemon *d)
{
	int64_t offset = clock_wall_ns() / 1000000 - rehearse_mono_ms(d);
	int64_t before = d->offset;

	d->offset = offset;
	return offset - before > JUMP_MS || before - offset > JUMP_MS;
}

void
daemon_plan(struct daemon *d)
{
	struct planner_source *s;
	int64_t now = clock_wall(), wake, copy, ms = SLEEP_MS;

	record_settle(d->record);
	if (d->stopping)
		return;
	if (clock_jumped(d)) {
		log_info("the clock was set: planning anew");
		planner_jump(d->planner);
	}
	while ((s = planner_due(d->planner, now)) != NULL)
		source_due(d, s, now);
	jobs_start(d);
	copies_start(d);
	wake = planner_wake(d->planner);
	copy = copier_wake(d->copier, copies_busy(d));
	if (copy < wake)
		wake = copy;
	if (wake <= now)
		ms = 0;
	else if (wake - now < SLEEP_MS / 1000)
		ms = (wake - now) * 1000;
	/* Nothing comes of itself while the clock stands. */
	if (ms > 0 && clock_stands() != 0)
		ms = SLEEP_MS;
	if (loop_after(d->wake, ms) != 0)
		log_error("loop: no memory for a timer");
	rehearse_go(d);
}

static void
on_wake(void *arg)
{
	daemon_plan(arg);
}

void
daemon_rest(struct daemon *d)
{
	if (d->stopping && d->active == NULL && d->copying == NULL)
		loop_stop(d->loop);
}

void
daemon_stop(struct daemon *d)
{
	if (d->stopping) {
		/* Asked again: do not wait for jobs. */
		jobs_cancel_all(d, true);
		return;
	}
	d->stopping = true;
	notify_send("STOPPING=1");
	jobs_cancel_all(d, false);
	copies_cancel_all(d);
	daemon_rest(d);
	if (d->active == NULL)
		return;
	log_info("stopping: %zu jobs have %" PRId64 " s to end",
	    queue_count(d->queue, true), d->grace_ms / 1000);
	if (loop_after(d->patience, d->grace_ms) != 0)
		jobs_cancel_all(d, true);
}

static void
on_patience(void *arg)
{
	struct daemon *d = arg;

	log_info("stopping: jobs that still run are given up");
	jobs_cancel_all(d, true);
}

static void
on_term(void *arg)
{
	daemon_stop(arg);
}

static void
on_hup(void *arg)
{
	(void)!daemon_reload(arg);
}

static void
on_child(void *arg)
{
	jobs_reap(arg);
	copies_reap(arg);
}

static int
watch_all(struct daemon *d)
{
	static const struct {
		int sig;
		void (*fn)(void *arg);
	} signals[DAEMON_SIGNALS] = {
		{ SIGTERM, on_term }, { SIGINT, on_term },
		{ SIGHUP, on_hup }, { SIGCHLD, on_child }
	};
	const struct loop_call patience = { on_patience, d };
	const struct loop_call wake = { on_wake, d };
	struct loop_call call = { NULL, d };
	size_t i;
	int r;

	for (i = 0; i < DAEMON_SIGNALS; i++) {
		call.fn = signals[i].fn;
		if ((r = loop_signal(d->loop, signals[i].sig, &call,
		    &d->signals[i])) != 0)
			return r;
	}
	if ((r = loop_timer(d->loop, &wake, &d->wake)) != 0)
		return r;
	return loop_timer(d->loop, &patience, &d->patience);
}

/* Where the socket is: --socket, or the state directory's, or in /run. */
static int
socket_path(struct cli *cli, const char *state_dir, char **pathp)
{
	const char *given = cli_option_get(cli, "socket", 0);
	char *dir = NULL;
	int r;

	if (given != NULL)
		return (*pathp = strdup(given)) != NULL ? 0 : ERR_NOMEM;
	if (cli_option_get(cli, "state", 0) != NULL)
		return path_join(state_dir, "control", pathp);
	if ((r = control_socket(cli->config, pathp)) != 0)
		return r;
	/* The one in /run: its directory goes with each boot. */
	if ((r = path_dirname(*pathp, &dir)) == 0)
		r = path_mkdirs(dir, 0755);
	free(dir);
	return r;
}

/* The catalog, and what it knows of the past. */
static int
planner_open(struct daemon *d)
{
	d->record = record_open(d->state_dir, d->target->name);
	if (planner_new(record_catalog(d->record), &d->planner) == 0)
		return 0;
	/* What was cannot be read: go on with what is. */
	log_warn("the catalog cannot be read; see backupctl catalog check");
	return planner_new(NULL, &d->planner);
}

static int
begin(struct daemon *d, struct cli *cli)
{
	const struct server_calls calls = { answer_request, d };
	char *path = NULL;
	int r;

	if ((r = socket_path(cli, d->state_dir, &path)) != 0) {
		log_err(r, "control socket");
		goto out;
	}
	if ((r = loop_new(&d->loop)) != 0 || (r = watch_all(d)) != 0 ||
	    (r = queue_new(0, &d->queue)) != 0 ||
	    (r = planner_open(d)) != 0 ||
	    (r = copier_new(record_catalog(d->record), &d->copier)) != 0 ||
	    (r = policy_use(d, d->policy)) != 0)
		goto out;
	if ((r = server_new(d->loop, path, &calls, &d->server)) == 0)
		server_access(d->server, &d->access);
 out:
	free(path);
	return r;
}

/* Tell those who have asked for the end that it has come. */
static void
say_goodbye(struct daemon *d)
{
	struct control c = { .type = CONTROL_END };

	if (d->server != NULL)
		server_publish(d->server, 0, &c);
}

static void
end(struct daemon *d)
{
	size_t i;

	say_goodbye(d);
	jobs_clear(d);
	copies_clear(d);
	server_free(d->server);
	loop_watch_free(d->patience);
	loop_watch_free(d->wake);
	for (i = 0; i < DAEMON_SIGNALS; i++)
		loop_watch_free(d->signals[i]);
	loop_free(d->loop);
	planner_free(d->planner);
	copier_free(d->copier);
	record_close(d->record);
	queue_free(d->queue);
	access_clear(&d->access);
	free(d->state_dir);
	policy_free(d->policy);
}

/* --grace: false if it is no number of seconds. */
static bool
grace_get(struct cli *cli, int64_t *msp)
{
	const char *text = cli_option_get(cli, "grace", 0);
	char *rest;
	long n = GRACE_S;

	errno = 0;
	if (text != NULL) {
		n = strtol(text, &rest, 10);
		if (errno != 0 || rest == text || *rest != '\0')
			return false;
	}
	*msp = (int64_t)n * 1000;
	return n >= 0 && n <= GRACE_S_MAX;
}

static enum cli_exit
state_get(struct daemon *d, struct cli *cli, int *lockp)
{
	int r;

	if ((r = policy_state_dir(cli->config, cli_option_get(cli, "state", 0),
	    &d->state_dir)) != 0 ||
	    (r = path_mkdirs(d->state_dir, 0700)) != 0)
		return cli_fail(cli, cli_exit_from_err(r), "state directory"
		    " %s: %s; name another with --state", d->state_dir !=
		    NULL ? d->state_dir : "", err_text(r));
	if ((r = catalog_daemon_lock(d->state_dir, lockp)) == ERR_BUSY)
		return cli_fail(cli, CLI_EXIT_BUSY, "a backupd runs already"
		    " with state directory %s", d->state_dir);
	if (r != 0)
		return cli_fail(cli, cli_exit_from_err(r), "state directory"
		    " %s: %s", d->state_dir, err_text(r));
	return CLI_EXIT_OK;
}

/* Its clock, which may be a rehearsal's, in the zone of its policy. */
static enum cli_exit
clocks_begin(struct daemon *d, struct cli *cli)
{
	enum cli_exit code;
	char text[CLOCK_TEXT_MAX];

	/* One that is not known is warned of when the policy is used. */
	(void)!zone_use(d->policy->office.timezone);
	if ((code = rehearse_begin(d, cli)) != CLI_EXIT_OK)
		return code;
	d->started = d->loaded = clock_wall();
	d->offset = clock_wall_ns() / 1000000 - rehearse_mono_ms(d);
	clock_format(d->started, text);
	if (clock_stands() != 0)
		log_warn("THIS IS A REHEARSAL: the clock is simulated and"
		    " stands at %s; whatever is recorded, in the repository"
		    " too, has simulated times", text);
	return CLI_EXIT_OK;
}

enum cli_exit
daemon_run(struct cli *cli)
{
	struct daemon d;
	enum cli_exit code;
	int lock = -1, r;

	memset(&d, 0, sizeof(d));
	d.config = cli->config;
	if (!grace_get(cli, &d.grace_ms))
		return cli_fail(cli, CLI_EXIT_USAGE, "--grace takes a number"
		    " of seconds");
	if ((code = setup_policy(cli, &d.policy)) != CLI_EXIT_OK)
		return code;
	log_open("backupd", cli->quiet ? LOG_WARN : cli->verbose ?
	    LOG_DEBUG : LOG_INFO);
	if ((code = clocks_begin(&d, cli)) != CLI_EXIT_OK)
		goto out;
	if ((d.target = policy_target_primary(d.policy)) == NULL) {
		code = cli_fail(cli, CLI_EXIT_POLICY, "%s: no target with role"
		    " \"primary\" and type \"dir\" to write to",
		    d.policy->file);
		goto out;
	}
	if ((code = state_get(&d, cli, &lock)) != CLI_EXIT_OK)
		goto out;
	signal(SIGPIPE, SIG_IGN);
	if ((r = begin(&d, cli)) != 0) {
		code = cli_fail(cli, CLI_EXIT_FAILED, "cannot start: %s",
		    err_text(r));
		goto out;
	}
	log_info("ready: policy %s, %zu hosts", d.policy->file,
	    d.policy->nhosts);
	notify_send("READY=1");
	daemon_plan(&d);
	(void)malloc_trim(0);
	if ((r = loop_run(d.loop)) != 0) {
		log_error("loop: ended");
		code = CLI_EXIT_FAILED;
	}
	log_info("stopped");
 out:
	end(&d);
	fdio_close(&lock);
	return code;
}
