/* jobs.c: the daemon's jobs, from the queue to their ends. */
#include <sys/wait.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backupd/copier.h"
#include "backupd/daemon_impl.h"
#include "backupd/job.h"
#include "backupd/loop.h"
#include "backupd/outcome.h"
#include "backupd/planner.h"
#include "backupd/queue.h"
#include "backupd/record.h"
#include "backupd/runner.h"
#include "backupd/server.h"
#include "backupd/setup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/throttle.h"
#include "cli/exit.h"
#include "cli/text.h"
#include "policy/policy.h"

#define CANCEL_MS 20000		/* from being asked to being killed */
#define TEXT_MAX 256
#define BY_HAND 100		/* a priority above all of the policy */

static int
group_max(const struct daemon *d, const char *name)
{
	const struct policy_group *g;

	if (name == NULL || (g = policy_group_find(d->policy, name)) == NULL)
		return 0;
	return g->max_parallel;
}

int
jobs_add(struct daemon *d, struct planner_source *s, bool dry,
    struct queue_task **tp)
{
	const struct policy_host *h = s->in_host;
	struct queue_task t, *have;
	int r;

	have = queue_source(d->queue, s->host, s->set);
	/* What only finds out is neither a backup nor in the way of one. */
	if (have != NULL && (have->dry || dry))
		return ERR_BUSY;
	if (have != NULL) {
		if (s->state.asked)
			have->priority = BY_HAND;
		*tp = have;
		return 0;
	}
	memset(&t, 0, sizeof(t));
	t.host = s->host;
	t.set = s->set;
	t.group = (char *)(h->group != NULL ? h->group : "");
	t.target = (char *)d->target->name;
	t.dry = dry;
	t.priority = s->state.asked || dry ? BY_HAND :
	    s->in->schedule.priority;
	/* Two jobs at once are no good for a host that does other work. */
	t.max_host = h->max_parallel > 0 ? h->max_parallel : 1;
	t.max_group = group_max(d, h->group);
	t.max_target = d->target->max_parallel;
	if ((r = queue_add(d->queue, &t, tp)) == 0)
		s->queued = !dry;
	return r;
}

static void
end_publish(struct daemon *d, const struct queue_task *t,
    const struct event_end *e)
{
	struct control c = { .type = CONTROL_END };

	c.u.end.job = t->job;
	c.u.end.code = (uint64_t)e->exit;
	c.u.end.started = (uint64_t)e->started;
	c.u.end.ended = (uint64_t)e->ended;
	c.u.end.sequence = e->sequence;
	c.u.end.files = e->files;
	c.u.end.directories = e->directories;
	c.u.end.bytes = e->bytes;
	c.u.end.new_bytes = e->new_bytes;
	c.u.end.changed_files = e->changed_files;
	c.u.end.changed_bytes = e->changed_bytes;
	c.u.end.wire_in = e->last.wire_in;
	c.u.end.stored = e->last.stored;
	c.u.end.problems = e->last.issues;
	c.u.end.host = t->host;
	c.u.end.set = t->set;
	c.u.end.snapshot = e->snapshot;
	c.u.end.text = e->text;
	c.u.end.remedy = e->remedy;
	server_publish(d->server, t->id, &c);
}

static void
end_log(const struct queue_task *t, const struct event_end *e)
{
	if (t->dry && e->exit == CLI_EXIT_OK)
		log_info("dry run of %s/%s: done", t->host, t->set);
	else if (e->exit == CLI_EXIT_OK)
		log_info("job %" PRIu64 " %s/%s: complete, snapshot %.12s",
		    t->job, t->host, t->set, e->snapshot);
	else
		log_warn("job %" PRIu64 " %s/%s: exit code %d: %s", t->job,
		    t->host, t->set, e->exit, e->text);
}

/* A task is over: write it down, tell whoever waits, forget it. */
static void
task_end(struct daemon *d, struct queue_task *t, const struct event_end *e)
{
	struct active *a = t->data;
	struct planner_source *s;

	if (a != NULL)
		record_end(d->record, (int64_t)t->job, a->job, e);
	if (!t->dry &&
	    (s = planner_find(d->planner, t->host, t->set)) != NULL) {
		s->queued = false;
		planner_ended(d->planner, s, e, clock_wall());
	}
	if (!t->dry && e->snapshot[0] != '\0')
		copier_snapshot(d->copier, clock_wall());
	end_log(t, e);
	end_publish(d, t, e);
	queue_remove(d->queue, t);
}

/* As task_end, for a job that its worker has not told of. */
static void
task_fail(struct daemon *d, struct queue_task *t, int code, const char *text,
    const char *remedy)
{
	const struct active *a = t->data;
	struct event_end e;

	memset(&e, 0, sizeof(e));
	e.exit = code;
	e.text = (char *)text;
	e.remedy = (char *)remedy;
	e.ended = clock_wall();
	e.started = a != NULL ? a->started : e.ended;
	task_end(d, t, &e);
}

static void
progress_publish(struct active *a, const struct event_progress *p)
{
	struct control c = { .type = CONTROL_PROGRESS };

	c.u.progress.job = a->task->job;
	c.u.progress.host = a->task->host;
	c.u.progress.set = a->task->set;
	c.u.progress.files = p->files;
	c.u.progress.bytes = p->read > p->waiting ? p->read - p->waiting : 0;
	c.u.progress.wire_in = p->wire_in;
	c.u.progress.stored = p->stored;
	c.u.progress.problems = p->issues;
	c.u.progress.listed = p->listed;
	c.u.progress.bytes_total = p->want;
	/* Until the source is listed, as much as the last time is likely. */
	if (!p->listed && a->expected <= p->want)
		c.u.progress.bytes_total = 0;
	else if (!p->listed)
		c.u.progress.bytes_total = a->expected;
	server_publish(a->daemon->server, a->task->id, &c);
}

/* The path is cut to what a record takes. */
static void
issue_publish(struct active *a, const struct event_issue *i)
{
	struct control c = { .type = CONTROL_ISSUE };
	size_t len = i->path_len;
	char *path;

	if (len > CONTROL_TEXT_MAX)
		len = CONTROL_TEXT_MAX;
	if ((path = strndup((const char *)i->path, len)) == NULL)
		return;
	c.u.issue.job = a->task->job;
	c.u.issue.host = a->task->host;
	c.u.issue.set = a->task->set;
	c.u.issue.path = path;
	c.u.issue.text = i->text;
	server_publish(a->daemon->server, a->task->id, &c);
	free(path);
}

static void
hook_event(struct active *a, const struct event_hook *h)
{
	struct control c = { .type = CONTROL_HOOK };
	char how[OUTCOME_TEXT_MAX];

	outcome_hook(h, how);
	log_info("job %" PRIu64 " %s/%s: %s", a->task->job, a->task->host,
	    a->task->set, how);
	record_hook(a->daemon->record, (int64_t)a->task->job, h);
	c.u.hook.job = a->task->job;
	c.u.hook.runs = h->state == EVENT_HOOK_RUNS;
	c.u.hook.host = a->task->host;
	c.u.hook.set = a->task->set;
	c.u.hook.text = how;
	server_publish(a->daemon->server, a->task->id, &c);
}

static void
on_event(void *arg, const struct event *e)
{
	struct active *a = arg;

	switch (e->type) {
	case EVENT_LOG:
		if (e->u.log.level <= LOG_WARN)
			log_warn("job %" PRIu64 ": %s", a->task->job,
			    e->u.log.line);
		break;
	case EVENT_PROGRESS:
		progress_publish(a, &e->u.progress);
		break;
	case EVENT_ISSUE:
		record_issue(a->daemon->record, (int64_t)a->task->job,
		    &e->u.issue);
		issue_publish(a, &e->u.issue);
		break;
	case EVENT_HOOK:
		hook_event(a, &e->u.hook);
		break;
	case EVENT_HELD:
	case EVENT_END:
		break;
	}
}

static void
active_free(struct active *a)
{
	struct active **at;

	for (at = &a->daemon->active; *at != NULL; at = &(*at)->next)
		if (*at == a) {
			*at = a->next;
			break;
		}
	loop_watch_free(a->limit);
	runner_free(a->runner);
	job_free(a->job);
	free(a);
}

/* What is said of a job that was given up, whatever its worker says. */
static const struct {
	int	 code;			/* 0: as the worker has it */
	const char *text, *remedy;
} given_up[] = {
	[JOBS_GOES_ON] = { 0, NULL, NULL },
	[JOBS_OFFICER] = { CLI_EXIT_SIGINT, "cancelled",
	    "run it again; what had arrived is not fetched twice" },
	[JOBS_WINDOW] = { CLI_EXIT_SIGTERM, "its window has ended",
	    "what had arrived is not fetched twice" },
	[JOBS_TIME] = { CLI_EXIT_FAILED, OUTCOME_MAX_TIME,
	    OUTCOME_MORE_TIME },
	[JOBS_STOP] = { CLI_EXIT_SIGTERM, "backupd was stopped",
	    "it is run again when backupd is there" }
};

/* A worker that ended without a word. */
static void
worker_died(struct active *a, int status)
{
	char text[TEXT_MAX];

	if (WIFSIGNALED(status))
		snprintf(text, sizeof(text), "the worker was ended by signal"
		    " %d", WTERMSIG(status));
	else
		snprintf(text, sizeof(text), "the worker ended with status %d",
		    WEXITSTATUS(status));
	task_fail(a->daemon, a->task, CLI_EXIT_FAILED, text,
	    "earlier snapshots are untouched, run it again");
}

static void
on_ended(void *arg, const struct runner_end *end)
{
	struct active *a = arg;
	struct daemon *d = a->daemon;
	const char *text = given_up[a->why].text;
	struct event_end e;

	if (end->said == NULL && text == NULL)
		worker_died(a, end->status);
	else if (end->said == NULL)
		task_fail(d, a->task, given_up[a->why].code, text,
		    given_up[a->why].remedy);
	else {
		e = *end->said;
		/* It may have been done before it heard of it. */
		if (text != NULL && e.snapshot[0] == '\0') {
			e.exit = given_up[a->why].code;
			e.text = (char *)text;
			e.remedy = (char *)given_up[a->why].remedy;
		}
		task_end(d, a->task, &e);
	}
	active_free(a);
	daemon_rest(d);
	daemon_plan(d);
}

/* It takes longer than the policy lets it. */
static void
on_limit(void *arg)
{
	struct active *a = arg;

	jobs_cancel(a->daemon, a->task, JOBS_TIME);
}

/* The job of a source, not begun. */
static int
active_new(struct daemon *d, struct queue_task *t,
    const struct planner_source *s, struct active **ap)
{
	struct loop_call limit = { on_limit, NULL };
	char id[CLOCK_TEXT_MAX];
	const struct setup place = { d->target, d->state_dir, id };
	struct active *a;
	int r;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		return ERR_NOMEM;
	limit.arg = a;
	a->daemon = d;
	a->task = t;
	a->started = clock_wall();
	clock_format(a->started, id);
	if ((r = setup_job(&place, s->in_host, s->in, &a->job)) == 0)
		a->job->dry = t->dry;
	if (r == 0 && s->in->max_time > 0 &&
	    (r = loop_timer(d->loop, &limit, &a->limit)) == 0)
		r = loop_after(a->limit, s->in->max_time * 1000);
	if (r != 0) {
		active_free(a);
		return r;
	}
	*ap = a;
	return 0;
}

/* That it begins, and how fast it may be. */
static void
begin_log(const struct queue_task *t, const struct job_link *l)
{
	char rate[CLI_TEXT_MAX];

	if (l->nlimits == 0 || l->limits[0].rate == 0) {
		log_info("job %" PRIu64 " %s/%s: begins", t->job, t->host,
		    t->set);
		return;
	}
	cli_size_format(l->limits[0].rate, rate);
	log_info("job %" PRIu64 " %s/%s: begins, at %s/s at most", t->job,
	    t->host, t->set, rate);
}

static void
begin_publish(struct daemon *d, const struct queue_task *t)
{
	struct control c = { .type = CONTROL_JOB };

	c.u.job.job = t->job;
	c.u.job.state = CONTROL_RUNNING;
	c.u.job.host = t->host;
	c.u.job.set = t->set;
	server_publish(d->server, t->id, &c);
}

/* Begin a task's job.  It is over at once if no worker can be started. */
static void
begin(struct daemon *d, struct queue_task *t, struct planner_source *s)
{
	struct runner_calls calls = { on_event, on_ended, NULL };
	struct active *a = NULL;
	int r;

	if ((r = active_new(d, t, s, &a)) != 0) {
		/* Not tried again at once. */
		if (!t->dry)
			planner_started(d->planner, s, s->job, clock_wall());
		task_fail(d, t, CLI_EXIT_FAILED, err_text(r), "");
		return;
	}
	t->data = calls.arg = a;
	queue_run(d->queue, t);
	a->expected = record_read(d->record, (int64_t)s->job);
	if (!t->dry) {
		t->job = (uint64_t)record_begin(d->record, a->job);
		s->queued = false;
		planner_started(d->planner, s, t->job, a->started);
	}
	if ((r = runner_start(d->loop, a->job, &calls, &a->runner)) != 0) {
		task_fail(d, t, CLI_EXIT_FAILED, "no worker can be started",
		    "see what the log says");
		active_free(a);
		return;
	}
	a->next = d->active;
	d->active = a;
	begin_log(t, &a->job->link);
	begin_publish(d, t);
}

void
jobs_start(struct daemon *d)
{
	struct planner_source *s;
	struct queue_task *t;

	while (!d->stopping && (t = queue_next(d->queue)) != NULL) {
		s = planner_find(d->planner, t->host, t->set);
		if (s == NULL || s->in == NULL) {
			task_fail(d, t, CLI_EXIT_NOT_FOUND,
			    "it is not in the policy any more", "");
			continue;
		}
		/* Its window may have closed while it waited. */
		if (!t->dry)
			planner_decide(d->planner, s, clock_wall());
		if (t->dry || s->verdict.run) {
			begin(d, t, s);
			continue;
		}
		s->queued = false;
		queue_remove(d->queue, t);
	}
}

/* How long it may take to end: hooks that are always run need their time. */
static int64_t
patience(const struct job *j)
{
	int64_t ms = 0;
	size_t i;

	for (i = 0; i < j->nafter && ms < JOB_LAST_MS; i++)
		if (j->after[i].always)
			ms += (int64_t)j->after[i].timeout * 1000;
	return CANCEL_MS + (ms < JOB_LAST_MS ? ms : JOB_LAST_MS);
}

void
jobs_cancel(struct daemon *d, struct queue_task *t, enum jobs_why why)
{
	struct active *a = t->data;
	struct planner_source *s;

	if (!t->running) {
		s = planner_find(d->planner, t->host, t->set);
		/* Not planned anew at once. */
		if (s != NULL && why == JOBS_OFFICER && !t->dry) {
			planner_decide(d->planner, s, clock_wall());
			planner_started(d->planner, s, s->job, clock_wall());
		}
		task_fail(d, t, given_up[why].code, given_up[why].text,
		    "it had not begun");
		return;
	}
	if (a->why == JOBS_GOES_ON || why == JOBS_OFFICER)
		a->why = why;
	runner_cancel(a->runner, patience(a->job));
}

void
jobs_cancel_all(struct daemon *d, bool running)
{
	struct queue_task *t, *next;

	for (t = queue_first(d->queue); t != NULL; t = next) {
		next = t->next;
		if (!t->running || running)
			jobs_cancel(d, t, JOBS_STOP);
	}
}

void
jobs_reap(struct daemon *d)
{
	struct active *a, *next;

	for (a = d->active; a != NULL; a = next) {
		next = a->next;
		runner_reap(a->runner);
	}
}

void
jobs_clear(struct daemon *d)
{
	while (d->active != NULL)
		active_free(d->active);
}
