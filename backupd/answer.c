/* answer.c: what the daemon answers to whoever asks at its socket. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backupd/daemon_impl.h"
#include "backupd/planner.h"
#include "backupd/queue.h"
#include "backupd/record.h"
#include "backupd/rehearse.h"
#include "backupd/record.h"
#include "backupd/server.h"
#include "backupd/tell.h"
#include "base/clock.h"
#include "base/log.h"
#include "catalog/pause.h"
#include "cli/exit.h"
#include "policy/policy.h"

#define TEXT_MAX 512

static enum control_state
task_state(const struct queue_task *t)
{
	if (t == NULL)
		return CONTROL_IDLE;
	return t->running ? CONTROL_RUNNING : CONTROL_WAITING;
}

static void
send_server(struct daemon *d, struct server_client *client)
{
	struct control c = { .type = CONTROL_SERVER };

	c.u.server.pid = (uint64_t)getpid();
	c.u.server.started = (uint64_t)d->started;
	c.u.server.loaded = (uint64_t)d->loaded;
	c.u.server.now = (uint64_t)clock_wall();
	c.u.server.simulated = clock_stands() != 0;
	c.u.server.stopping = d->stopping;
	c.u.server.running = queue_count(d->queue, true);
	c.u.server.waiting = queue_count(d->queue, false);
	c.u.server.policy = d->policy->file;
	c.u.server.problem = d->problem;
	c.u.server.zone = d->policy->office.timezone;
	c.u.server.version = PACKAGE_VERSION;
	server_send(client, &c);
}

static void
send_source(struct daemon *d, struct server_client *client,
    const struct policy_host *h, const struct policy_source *s)
{
	struct control c;
	const struct planner_source *p;

	p = planner_find(d->planner, h->name, s->set->name);
	tell_source(p, h, s, clock_wall(), &c);
	c.u.source.state = task_state(queue_source(d->queue, h->name,
	    s->set->name));
	server_send(client, &c);
}

/* For tell_targets and tell_keys. */
static void
send_told(void *arg, const struct control *c)
{
	server_send(arg, c);
}

static void
answer_status(struct daemon *d, struct server_client *client,
    const struct control *c)
{
	const struct tell_call told = { send_told, client };
	const char *word = c->u.status.host;
	const struct policy_host *h;
	char text[TEXT_MAX];
	size_t i, k, n = 0;

	send_server(d, client);
	tell_targets(record_catalog(d->record), d->policy, clock_wall(),
	    &told);
	tell_copies(record_catalog(d->record), d->policy, clock_wall(),
	    &told);
	if (word[0] == '\0')
		tell_keys(record_catalog(d->record), d->policy, clock_wall(),
		    &told);
	for (i = 0; i < d->policy->nhosts; i++) {
		h = &d->policy->hosts[i];
		if (!tell_names(word, h))
			continue;
		for (k = 0; k < h->nsources; k++, n++)
			send_source(d, client, h, &h->sources[k]);
	}
	if (n > 0 || word[0] == '\0') {
		server_done(client, CLI_EXIT_OK, "", "");
		return;
	}
	snprintf(text, sizeof(text), "%.200s: no such host or group in %s",
	    word, d->policy->file);
	server_done(client, CLI_EXIT_NOT_FOUND, text, "");
}

/* What CONTROL_RUN asks for, while it is looked at. */
struct wanted {
	struct daemon *daemon;
	struct server_client *client;
	const char *set;		/* "": all */
	bool	 detach, dry, force;
	bool	 many;			/* the word means many hosts */
	bool	 paused;		/* one that was named is */
	enum {
		WANTED_COUNT,		/* does every word mean something? */
		WANTED_ADD,
		WANTED_TELL		/* what became of it */
	}	 step;
	size_t	 n;
};

/* Have a source wait for its turn. */
static int
add_source(struct wanted *w, struct planner_source *p)
{
	struct queue_task *t = NULL;
	bool asked = p->state.asked;
	int r;

	if (!p->state.running && !w->dry)
		p->state.asked = true;
	if ((r = jobs_add(w->daemon, p, w->dry, &t)) != 0) {
		p->state.asked = asked;
		return r;
	}
	if (!w->detach)
		server_watch(w->client, t->id);
	return 0;
}

/* Who watches is told of what begins anyway. */
static void
tell_task(const struct wanted *w, const struct queue_task *t)
{
	struct control c = { .type = CONTROL_JOB };

	if (t == NULL || (t->running && !w->detach))
		return;
	c.u.job.job = t->job;
	c.u.job.state = task_state(t);
	c.u.job.host = t->host;
	c.u.job.set = t->set;
	server_send(w->client, &c);
}

/* One source is asked for. */
static int
want_source(struct wanted *w, const struct policy_host *h,
    const struct policy_source *s)
{
	struct planner_source *p = planner_find(w->daemon->planner, h->name,
	    s->set->name);

	if (p->state.paused_until > clock_wall() && !w->force && !w->dry) {
		/* Of many it is left out; the one that is named is refused. */
		w->n += w->many;
		w->paused = w->paused || !w->many;
		return w->many ? 0 : ERR_DENIED;
	}
	w->n++;
	if (w->step == WANTED_ADD)
		return add_source(w, p);
	if (w->step == WANTED_TELL)
		tell_task(w, queue_source(w->daemon->queue, h->name,
		    s->set->name));
	return 0;
}

/* All sources of one word of the request: HOST, HOST/SET or @GROUP. */
static int
want_word(struct wanted *w, const char *word)
{
	const char *set = strchr(word, '/');
	const struct policy *p = w->daemon->policy;
	char host[TEXT_MAX];
	const struct policy_host *h;
	size_t i, k, before = w->n;
	int r;

	snprintf(host, sizeof(host), "%.*s", set == NULL ? TEXT_MAX - 1 :
	    (int)(set - word), word);
	set = set == NULL ? w->set : set + 1;
	w->many = host[0] == '\0' || host[0] == '@';
	for (i = 0; i < p->nhosts; i++) {
		h = &p->hosts[i];
		/* One that is named is meant; of many, those in use. */
		if (!tell_names(host, h) || (!h->enabled &&
		    (host[0] == '\0' || host[0] == '@')))
			continue;
		for (k = 0; k < h->nsources; k++)
			if ((set[0] == '\0' ||
			    strcmp(set, h->sources[k].set->name) == 0) &&
			    (r = want_source(w, h, &h->sources[k])) != 0)
				return r;
	}
	return w->n > before ? 0 : ERR_NOENT;
}

/* All words, one a line; *wordp is the one that it failed at. */
static int
want_words(struct wanted *w, const struct control_run *run, char **wordp)
{
	char *copy = NULL, *at, *word;
	int r = 0;

	if (run->all != 0)
		return want_word(w, "");
	if ((at = copy = strdup(run->names)) == NULL)
		return ERR_NOMEM;
	while (r == 0 && (word = strsep(&at, "\n")) != NULL) {
		/* An empty word would mean all. */
		r = word[0] == '\0' || word[0] == '/' ? ERR_NOENT :
		    want_word(w, word);
		if (r != 0)
			*wordp = strdup(word);
	}
	free(copy);
	return r;
}

static void
answer_run(struct daemon *d, struct server_client *client,
    const struct control *c)
{
	struct wanted w = { .daemon = d, .client = client,
	    .set = c->u.run.set, .detach = c->u.run.detach != 0,
	    .dry = c->u.run.dry != 0, .force = c->u.run.force != 0,
	    .step = WANTED_COUNT };
	char text[TEXT_MAX], *word = NULL;
	int r;

	if (d->stopping) {
		server_done(client, CLI_EXIT_BUSY, "backupd is stopping",
		    "start it again, then run the job");
		return;
	}
	/* All of it or nothing. */
	if ((r = want_words(&w, &c->u.run, &word)) == 0) {
		w.step = WANTED_ADD;
		r = want_words(&w, &c->u.run, &word);
	}
	daemon_plan(d);
	if (r == 0) {
		w.step = WANTED_TELL;
		r = want_words(&w, &c->u.run, &word);
	}
	if (r == ERR_NOENT) {
		snprintf(text, sizeof(text), "%.200s: no such host, group or"
		    " set in %s", word != NULL ? word : "--all",
		    d->policy->file);
		server_done(client, CLI_EXIT_NOT_FOUND, text, "");
	} else if (r == ERR_DENIED && w.paused) {
		snprintf(text, sizeof(text), "%.200s is paused",
		    word != NULL ? word : "");
		server_done(client, CLI_EXIT_REFUSED, text, "see why with"
		    " backupctl status; run it all the same with --force");
	} else if (r == ERR_BUSY)
		server_done(client, CLI_EXIT_BUSY, "a job or a dry run of it"
		    " runs or waits", "wait for it: backupctl status");
	else if (r != 0)
		server_done(client, CLI_EXIT_FAILED, err_text(r), "");
	else if (w.detach)
		server_done(client, CLI_EXIT_OK, "", "");
	free(word);
}

static void
answer_cancel(struct daemon *d, struct server_client *client,
    const struct control *c)
{
	const char *name = c->u.cancel.name, *slash = strchr(name, '/');
	struct queue_task *t = NULL;
	char text[TEXT_MAX];

	if (slash == NULL)
		t = queue_job(d->queue, c->u.cancel.job);
	else {
		snprintf(text, sizeof(text), "%.*s", (int)(slash - name),
		    name);
		t = queue_source(d->queue, text, slash + 1);
	}
	if (t == NULL) {
		if (slash == NULL)
			snprintf(text, sizeof(text), "job %" PRIu64 " does not"
			    " run", c->u.cancel.job);
		else
			snprintf(text, sizeof(text), "%.200s: no job of it"
			    " runs or waits", name);
		server_done(client, CLI_EXIT_NOT_FOUND, text,
		    "backupctl status shows those that do");
		return;
	}
	snprintf(text, sizeof(text), "the job of %.100s/%.100s %s", t->host,
	    t->set, t->running ? "is given up" : "will not begin");
	log_info("job %" PRIu64 " %s/%s: to be cancelled", t->job, t->host,
	    t->set);
	jobs_cancel(d, t, JOBS_OFFICER);
	server_done(client, CLI_EXIT_OK, text, "");
	daemon_plan(d);
}

static void
answer_watch(struct daemon *d, struct server_client *client,
    const struct control *c)
{
	struct queue_task *t = queue_job(d->queue, c->u.watch.job);
	struct control job = { .type = CONTROL_JOB };
	char text[TEXT_MAX];

	if (t == NULL || c->u.watch.job == 0) {
		snprintf(text, sizeof(text), "job %" PRIu64 " does not run",
		    c->u.watch.job);
		server_done(client, CLI_EXIT_NOT_FOUND, text, "backupctl job"
		    " log without -f has all of it");
		return;
	}
	server_watch(client, t->id);
	job.u.job.job = t->job;
	job.u.job.state = task_state(t);
	job.u.job.host = t->host;
	job.u.job.set = t->set;
	server_send(client, &job);
}

static void
answer_reload(struct daemon *d, struct server_client *client,
    const struct control *c)
{
	char text[TEXT_MAX];

	(void)c;
	if (daemon_reload(d) != 0) {
		server_done(client, CLI_EXIT_POLICY, d->problem,
		    "backupctl policy test shows all mistakes");
		return;
	}
	snprintf(text, sizeof(text), "policy %s: %zu hosts", d->policy->file,
	    d->policy->nhosts);
	server_done(client, CLI_EXIT_OK, text, "");
}

static void
answer_stop(struct daemon *d, struct server_client *client,
    const struct control *c)
{
	(void)c;
	/* Its answer comes when the daemon ends. */
	server_watch(client, 0);
	daemon_stop(d);
}

/* One host is paused, or not any more. */
static int
pause_host(struct daemon *d, struct server_client *client,
    const char *host, const struct control_pause *want)
{
	const struct catalog_pause p = { .host = host,
	    .reason = want->reason, .since = clock_wall(),
	    .until = (int64_t)want->until,
	    .uid = (int64_t)server_uid(client) };
	int r;

	/* What would not outlive a restart is not promised. */
	if ((r = record_pause(d->record, &p)) == 0)
		r = planner_pause(d->planner, host, p.until, p.reason,
		    p.since);
	log_info("host %s: %s by user %lu", host, p.until == 0 ? "goes on" :
	    "paused", (unsigned long)server_uid(client));
	return r;
}

/* All hosts that a word names; how many. */
static int
pause_word(struct daemon *d, struct server_client *client, const char *word,
    const struct control_pause *want, size_t *np)
{
	const struct policy *p = d->policy;
	size_t i;
	int r;

	for (i = 0; word[0] != '\0' && i < p->nhosts; i++) {
		if (!tell_names(word, &p->hosts[i]))
			continue;
		if ((r = pause_host(d, client, p->hosts[i].name, want)) != 0)
			return r;
		(*np)++;
	}
	return 0;
}

static void
answer_pause(struct daemon *d, struct server_client *client,
    const struct control *c)
{
	char *copy = NULL, *at, *word, text[TEXT_MAX];
	size_t n, all = 0;
	int r = 0;

	if (c->u.pause.until != 0 &&
	    (int64_t)c->u.pause.until <= clock_wall()) {
		server_done(client, CLI_EXIT_USAGE, "that time has passed",
		    "");
		return;
	}
	if ((at = copy = strdup(c->u.pause.names)) == NULL) {
		server_done(client, CLI_EXIT_FAILED, err_text(ERR_NOMEM), "");
		return;
	}
	while (r == 0 && (word = strsep(&at, "\n")) != NULL) {
		n = 0;
		r = pause_word(d, client, word, &c->u.pause, &n);
		if (r == 0 && n == 0) {
			snprintf(text, sizeof(text), "%.200s: no such host or"
			    " group in %s", word, d->policy->file);
			server_done(client, CLI_EXIT_NOT_FOUND, text, "");
			goto out;
		}
		all += n;
	}
	snprintf(text, sizeof(text), "%zu %s: %s", all, all == 1 ? "host" :
	    "hosts", r != 0 ? "it cannot be kept in the catalog" :
	    c->u.pause.until == 0 ? "back in the schedule" :
	    "nothing is planned");
	server_done(client, r == 0 ? CLI_EXIT_OK : CLI_EXIT_FAILED, text, "");
 out:
	free(copy);
	daemon_plan(d);
}

static const struct {
	enum control_type type;
	enum access_role role;		/* at least */
	void	(*answer)(struct daemon *d, struct server_client *client,
		    const struct control *c);
} requests[] = {
	{ CONTROL_STATUS, ACCESS_VIEWER, answer_status },
	{ CONTROL_RUN, ACCESS_OPERATOR, answer_run },
	{ CONTROL_WATCH, ACCESS_VIEWER, answer_watch },
	{ CONTROL_CANCEL, ACCESS_OPERATOR, answer_cancel },
	{ CONTROL_PAUSE, ACCESS_OPERATOR, answer_pause },
	{ CONTROL_RELOAD, ACCESS_ADMIN, answer_reload },
	{ CONTROL_STOP, ACCESS_ADMIN, answer_stop },
	{ CONTROL_CLOCK, ACCESS_ADMIN, rehearse_answer }
};

void
answer_request(void *arg, struct server_client *client,
    const struct control *c)
{
	char text[TEXT_MAX];
	size_t i;

	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		if (requests[i].type != c->type)
			continue;
		if (server_role(client) >= requests[i].role) {
			requests[i].answer(arg, client, c);
			return;
		}
		snprintf(text, sizeof(text), "this takes the role of %s",
		    access_word(requests[i].role));
		server_done(client, CLI_EXIT_REFUSED, text,
		    "ask whoever looks after the policy");
		return;
	}
	server_done(client, CLI_EXIT_USAGE, "this is no request", "");
}
