/* copies.c: the daemon's copies, from their turns to their ends. */
#include <sys/wait.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backupd/copier.h"
#include "backupd/copyist.h"
#include "backupd/daemon_impl.h"
#include "backupd/loop.h"
#include "backupd/queue.h"
#include "backupd/record.h"
#include "backupd/runner.h"
#include "backupd/worker.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "catalog/copy.h"
#include "cli/exit.h"
#include "cli/text.h"
#include "policy/policy.h"

#define CANCEL_MS 5000		/* what was copied stays: no need to wait */
#define TEXT_MAX 256

/* A copy that is made. */
struct copying {
	struct daemon *daemon;
	struct copier_target *t;
	struct runner *runner;
	int64_t	 id, begun;		/* id 0: not in the catalog */
	bool	 begins;		/* there is something to copy to */
	bool	 busy;			/* somebody else copies to it */
	bool	 given_up;
	struct copying *next;
};

bool
copies_busy(const struct daemon *d)
{
	return queue_count(d->queue, true) + queue_count(d->queue, false) > 0;
}

static void
copying_free(struct copying *y)
{
	struct copying **at;

	for (at = &y->daemon->copying; *at != NULL; at = &(*at)->next)
		if (*at == y) {
			*at = y->next;
			break;
		}
	runner_free(y->runner);
	free(y);
}

/* It is written down when it begins to copy, or has failed to. */
static void
record_it(struct copying *y)
{
	const struct catalog_copy c = { .target = y->t->name,
	    .from = y->daemon->target->name, .begun = y->begun };

	if (!y->begins)
		log_info("copy to %s: begins", y->t->name);
	y->begins = true;
	if (y->id == 0 && record_copy_begin(y->daemon->record, &c,
	    &y->id) == ERR_BUSY) {
		y->busy = true;
		runner_cancel(y->runner, CANCEL_MS);
	}
}

static void
held_record(struct copying *y, const struct event_held *e)
{
	const struct catalog_held h = { .target = y->t->name,
	    .host = e->host, .set = e->set, .sequence = e->sequence,
	    .time = e->time, .seen = clock_wall() };

	record_held(y->daemon->record, &h);
}

static void
on_event(void *arg, const struct event *e)
{
	struct copying *y = arg;

	switch (e->type) {
	case EVENT_LOG:
		/* That a disk is away is not to be said every five minutes. */
		if (!y->begins && y->t->in != NULL && y->t->in->offline)
			log_debug("copy to %s: %s", y->t->name,
			    e->u.log.line);
		else if (e->u.log.level <= LOG_WARN)
			log_warn("copy to %s: %s", y->t->name, e->u.log.line);
		break;
	case EVENT_PROGRESS:
		record_it(y);
		break;
	case EVENT_ISSUE:
		log_warn("copy to %s: %.*s: %s", y->t->name,
		    (int)e->u.issue.path_len,
		    (const char *)e->u.issue.path, e->u.issue.text);
		break;
	case EVENT_HELD:
		held_record(y, &e->u.held);
		break;
	case EVENT_HOOK:
	case EVENT_END:
		break;
	}
}

static enum catalog_outcome
outcome_of(int code)
{
	switch (code) {
	case CLI_EXIT_OK:
		return CATALOG_COMPLETE;
	case CLI_EXIT_INCOMPLETE:
		return CATALOG_INCOMPLETE;
	case CLI_EXIT_SIGTERM:
		return CATALOG_CANCELLED;
	default:
		return CATALOG_FAILED;
	}
}

static void
end_log(const struct copying *y, const struct event_end *e)
{
	char size[CLI_TEXT_MAX];

	cli_size_format(e->bytes, size);
	if (e->exit == CLI_EXIT_OK)
		log_info("copy to %s: complete, %" PRIu64 " objects, %s, %"
		    PRIu64 " snapshots", y->t->name, e->files, size,
		    e->sequence);
	else
		log_warn("copy to %s: exit code %d: %s", y->t->name, e->exit,
		    e->text);
}

/* It is over: write it down, and when it is tried again. */
static void
copy_end(struct copying *y, const struct event_end *e)
{
	bool absent = e->reached == EVENT_REACHED_NONE &&
	    e->exit != CLI_EXIT_OK && e->exit != CLI_EXIT_INCOMPLETE;
	const struct catalog_copy c = { .target = y->t->name,
	    .ended = clock_wall(), .outcome = outcome_of(e->exit),
	    .exit = e->exit, .objects = e->files, .bytes = e->bytes,
	    .all = e->directories, .all_bytes = e->new_bytes,
	    .damaged = e->others, .snapshots = e->sequence,
	    .text = e->text, .remedy = e->remedy };

	copier_ended(y->t, y->busy ? CLI_EXIT_BUSY : e->exit, absent,
	    clock_wall());
	/* A disk that is not there is no failure, as long as it may be. */
	if (y->busy || (absent && y->t->in != NULL && y->t->in->offline)) {
		log_debug("copy to %s: not now: %s", y->t->name, y->busy ?
		    "somebody else copies to it" : e->text);
		return;
	}
	record_it(y);
	record_copy_end(y->daemon->record, y->id, &c);
	end_log(y, e);
}

/* As copy_end, for a worker that has said nothing. */
static void
copy_died(struct copying *y, int status)
{
	char text[TEXT_MAX], remedy[] = "what was copied stays; the next copy"
	    " goes on from there", none[] = "";
	struct event_end e;

	memset(&e, 0, sizeof(e));
	e.reached = EVENT_REACHED_HOST;
	e.exit = y->given_up ? CLI_EXIT_SIGTERM : CLI_EXIT_FAILED;
	if (y->given_up)
		snprintf(text, sizeof(text), "backupd was stopped");
	else if (WIFSIGNALED(status))
		snprintf(text, sizeof(text), "the worker was ended by signal"
		    " %d", WTERMSIG(status));
	else
		snprintf(text, sizeof(text), "the worker ended with status %d",
		    WEXITSTATUS(status));
	e.text = text;
	e.remedy = remedy;
	e.agent = none;
	copy_end(y, &e);
}

static void
on_ended(void *arg, const struct runner_end *end)
{
	struct copying *y = arg;
	struct daemon *d = y->daemon;

	if (end->said != NULL)
		copy_end(y, end->said);
	else
		copy_died(y, end->status);
	copying_free(y);
	daemon_rest(d);
	daemon_plan(d);
}

static int
order(const struct daemon *d, const struct copier_target *t, struct buf **bp)
{
	const struct copyist_order o = { .config = (char *)d->config,
	    .state_dir = d->state_dir, .target = t->name,
	    .clock = clock_stands() };
	int r;

	if ((r = buf_new(COPYIST_ORDER_MAX, bp)) != 0)
		return r;
	return copyist_encode(&o, *bp);
}

static void
begin(struct daemon *d, struct copier_target *t)
{
	struct runner_calls calls = { on_event, on_ended, NULL };
	struct copying *y = NULL;
	struct buf *b = NULL;
	int r;

	copier_started(t, clock_wall());
	if ((y = calloc(1, sizeof(*y))) == NULL)
		r = ERR_NOMEM;
	else if ((r = order(d, t, &b)) == 0) {
		*y = (struct copying){ .daemon = d, .t = t,
		    .begun = clock_wall() };
		calls.arg = y;
		r = runner_start_as(d->loop, WORKER_COPYIST_ARG, b, &calls,
		    &y->runner);
	}
	buf_free(b);
	if (r != 0) {
		log_err(r, "copy to %s: no worker can be started", t->name);
		copier_ended(t, CLI_EXIT_FAILED, false, clock_wall());
		free(y);
		return;
	}
	y->next = d->copying;
	d->copying = y;
	log_debug("copy to %s: a worker looks at it", t->name);
}

void
copies_start(struct daemon *d)
{
	struct copier_target *t;

	while (!d->stopping && (t = copier_due(d->copier, copies_busy(d),
	    clock_wall())) != NULL)
		begin(d, t);
}

void
copies_cancel_all(struct daemon *d)
{
	struct copying *y;

	for (y = d->copying; y != NULL; y = y->next) {
		y->given_up = true;
		runner_cancel(y->runner, CANCEL_MS);
	}
}

void
copies_reap(struct daemon *d)
{
	struct copying *y, *next;

	for (y = d->copying; y != NULL; y = next) {
		next = y->next;
		runner_reap(y->runner);
	}
}

void
copies_clear(struct daemon *d)
{
	while (d->copying != NULL)
		copying_free(d->copying);
}
