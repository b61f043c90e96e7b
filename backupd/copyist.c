/* copyist.c: the worker that brings one copy up to date. */
#include "backupd/copyist.h"

#include <sys/prctl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backupd/copy.h"
#include "backupd/event.h"
#include "backupd/worker.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "crypto/secret.h"
#include "policy/policy.h"
#include "policy/report.h"
#include "repo/snapshot.h"

#define TEXT_MAX 65536
#define PROGRESS_MS 500

struct copyist {
	struct copyist_order order;
	const struct policy *policy;
	const struct policy_target *to;
	int64_t	 started, told_ms;
};

int
copyist_encode(const struct copyist_order *o, struct buf *b)
{
	int r;

	if ((r = buf_put_str(b, o->config)) != 0 ||
	    (r = buf_put_str(b, o->state_dir)) != 0 ||
	    (r = buf_put_str(b, o->target)) != 0)
		return r;
	return buf_put_i64(b, o->clock);
}

int
copyist_decode(struct buf *b, struct copyist_order *op)
{
	struct copyist_order o = { .config = NULL };
	int r;

	if ((r = buf_get_str(b, TEXT_MAX, &o.config)) != 0 ||
	    (r = buf_get_str(b, TEXT_MAX, &o.state_dir)) != 0 ||
	    (r = buf_get_str(b, TEXT_MAX, &o.target)) != 0 ||
	    (r = buf_get_i64(b, &o.clock)) != 0 || (r = buf_end(b)) != 0) {
		copyist_clear(&o);
		return r;
	}
	*op = o;
	return 0;
}

void
copyist_clear(struct copyist_order *o)
{
	free(o->config);
	free(o->state_dir);
	free(o->target);
	o->config = o->state_dir = o->target = NULL;
}

static void
log_to_event(enum log_level level, const char *line, void *arg)
{
	(void)arg;
	/* If nobody listens there is nobody to tell. */
	(void)!event_write_log(WORKER_EVENT_FD, (int)level, line);
}

static int
order_get(struct copyist *c)
{
	struct buf *b = NULL;
	int r;

	if ((r = buf_new(COPYIST_ORDER_MAX, &b)) == 0 &&
	    (r = job_record_read(WORKER_JOB_FD, COPYIST_ORDER_MAX, b)) == 0)
		r = copyist_decode(b, &c->order);
	buf_free(b);
	if (r == 0 && c->order.clock != 0)
		clock_stand(c->order.clock);
	return r;
}

/* The policy as it is now, and the target in it. */
static int
policy_get(struct copyist *c, struct copy_end *e)
{
	struct policy_report *report = NULL;
	int r;

	if ((r = policy_report_new(&report)) == 0)
		r = policy_load(c->order.config, report, &c->policy);
	policy_report_free(report);
	if (r == 0 && policy_target_primary(c->policy) != NULL)
		c->to = policy_target_find(c->policy, c->order.target);
	if (c->to != NULL && !c->to->primary && c->to->url != NULL)
		return 0;
	e->exit = CLI_EXIT_POLICY;
	snprintf(e->text, sizeof(e->text), "target %s: the policy %s %s",
	    c->order.target, c->order.config, r != 0 ? "cannot be used as it"
	    " is now" : "has no such copy any more");
	snprintf(e->remedy, sizeof(e->remedy), "see what backupctl policy test"
	    " says");
	return r != 0 ? r : ERR_CONFIG;
}

static void
on_tell(enum mirror_told told, const char *object, const char *what,
    void *arg)
{
	const struct event_issue i = { .code = ERR_CORRUPT, .text = what,
	    .path = (const uint8_t *)object, .path_len = strlen(object) };

	(void)arg;
	if (told == MIRROR_NOTE)
		log_info("%s: %s", object, what);
	else
		(void)!event_write_issue(WORKER_EVENT_FD, &i);
}

static void
on_progress(const struct mirror_totals *t, void *arg)
{
	struct copyist *c = arg;
	const struct event_progress p = { .files = t->objects,
	    .stored = t->bytes, .want = t->wanted_bytes, .listed = 1,
	    .issues = t->left + t->differs + t->held };
	int64_t now = (int64_t)(clock_mono_ns() / 1000000);

	/* The first says that there is something to do. */
	if (c->told_ms != 0 && now - c->told_ms < PROGRESS_MS)
		return;
	c->told_ms = now;
	(void)!event_write_progress(WORKER_EVENT_FD, &p);
}

static int
on_held(const struct snapshot *sn, void *arg)
{
	const struct event_held h = { .host = sn->host, .set = sn->set,
	    .sequence = sn->seq, .time = sn->started };

	(void)arg;
	return event_write_held(WORKER_EVENT_FD, &h);
}

static void
end_tell(const struct copyist *c, struct copy_end *e)
{
	const struct mirror_totals *t = &e->t;
	char none[] = "";
	const struct event_end end = { .exit = (int)e->exit,
	    .text = e->text, .remedy = e->remedy, .agent = none,
	    .reached = e->absent ? EVENT_REACHED_NONE : EVENT_REACHED_HOST,
	    .sequence = t->snapshots, .files = t->objects,
	    .directories = t->wanted, .others = t->left + t->differs,
	    .bytes = t->bytes, .new_bytes = t->wanted_bytes,
	    .last = { .files = t->objects, .stored = t->bytes,
	    .want = t->wanted_bytes, .listed = 1 },
	    .started = c->started, .ended = clock_wall() };

	(void)!event_write_end(WORKER_EVENT_FD, &end);
}

int
copyist_main(void)
{
	struct copyist c = { .started = 0 };
	struct copy_ask ask = { .sandbox = true, .tell = on_tell,
	    .progress = on_progress, .held = on_held, .arg = &c };
	struct copy_end e;

	log_open("backupd", LOG_INFO);
	log_sink(log_to_event, NULL);
	(void)prctl(PR_SET_NAME, "backupd-copyist");
	signal(SIGPIPE, SIG_IGN);
	memset(&e, 0, sizeof(e));
	if (sandbox_harden() != 0 || crypto_init() != 0 ||
	    order_get(&c) != 0) {
		e.exit = CLI_EXIT_FAILED;
		snprintf(e.text, sizeof(e.text), "the copy's worker cannot"
		    " begin");
	} else if (policy_get(&c, &e) == 0) {
		c.started = clock_wall();
		ask.policy = c.policy;
		ask.to = c.to;
		ask.state_dir = c.order.state_dir;
		copy_run(&ask, &e);
	}
	end_tell(&c, &e);
	policy_free(c.policy);
	copyist_clear(&c.order);
	return (int)e.exit;
}
