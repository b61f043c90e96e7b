/* planner.c: schedules, applied to all sources of a policy. */
#include "backupd/planner.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/history.h"
#include "catalog/pause.h"
#include "cli/exit.h"
#include "policy/policy.h"
#include "policy/zone.h"

/* A host that is paused, whether it has sources or not. */
struct pause {
	char	*host, *why;
	int64_t	 until;		/* 0: no more */
};

struct planner {
	struct planner_source *v;	/* sorted by host and set */
	size_t	 n, room;
	size_t	 at;		/* where planner_due goes on */
	struct pause *pauses;
	size_t	 npauses;
};

static int
compare(const void *a, const void *b)
{
	const struct planner_source *x = a, *y = b;
	int d = strcmp(x->host, y->host);

	return d != 0 ? d : strcmp(x->set, y->set);
}

struct planner_source *
planner_find(const struct planner *p, const char *host, const char *set)
{
	struct planner_source key = { .host = (char *)host,
	    .set = (char *)set };

	if (p->n == 0)
		return NULL;
	return bsearch(&key, p->v, p->n, sizeof(key), compare);
}

static void
source_clear(struct planner_source *s)
{
	free(s->host);
	free(s->set);
	free(s->text);
	free(s->remedy);
	free(s->paused_why);
}

/* The source is paused, or not any more. */
static int
pause_apply(struct planner_source *s, const struct pause *h)
{
	char *why = strdup(h->why);

	if (why == NULL)
		return ERR_NOMEM;
	free(s->paused_why);
	s->paused_why = why;
	s->state.paused_until = h->until;
	return 0;
}

static int
pauses_apply(const struct planner *p, struct planner_source *s)
{
	size_t i;

	for (i = 0; i < p->npauses; i++)
		if (strcmp(p->pauses[i].host, s->host) == 0)
			return pause_apply(s, &p->pauses[i]);
	return 0;
}

/* Append a source; the order is the caller's to restore. */
static int
append(struct planner *p, const char *host, const char *set, int64_t since)
{
	struct planner_source *v, s = { .host = NULL };
	size_t room;

	if (p->n == p->room) {
		room = p->room * 2 + 16;
		if ((v = realloc(p->v, room * sizeof(*v))) == NULL)
			return ERR_NOMEM;
		p->v = v;
		p->room = room;
	}
	s.state.since = since;
	s.verdict.at = ZONE_NEVER;
	s.host = strdup(host);
	s.set = strdup(set);
	s.text = strdup("");
	s.remedy = strdup("");
	s.paused_why = strdup("");
	if (s.host == NULL || s.set == NULL || s.text == NULL ||
	    s.remedy == NULL || s.paused_why == NULL ||
	    pauses_apply(p, &s) != 0) {
		source_clear(&s);
		return ERR_NOMEM;
	}
	p->v[p->n++] = s;
	return 0;
}

static int
texts_set(struct planner_source *s, const char *text, const char *remedy)
{
	char *a = strdup(text != NULL ? text : "");
	char *b = strdup(remedy != NULL ? remedy : "");

	if (a == NULL || b == NULL) {
		free(a);
		free(b);
		return ERR_NOMEM;
	}
	free(s->text);
	free(s->remedy);
	s->text = a;
	s->remedy = b;
	return 0;
}

/* What an exit code means for the schedule. */
static enum schedule_result
result_of(int code, bool snapshot)
{
	if (snapshot)
		return SCHEDULE_GOOD;
	if (code == CLI_EXIT_UNREACHABLE)
		return SCHEDULE_ASLEEP;
	/* By an officer; one that the daemon's end cut off is begun again. */
	if (code == CLI_EXIT_SIGINT)
		return SCHEDULE_STOPPED;
	return SCHEDULE_FAILED;
}

/* Its newest job, as the catalog has it. */
static int
past_take(struct planner_source *s, const struct catalog_job *j)
{
	bool interrupted = j->outcome == CATALOG_INTERRUPTED;

	s->job = (uint64_t)j->id;
	s->code = interrupted ? CLI_EXIT_FAILED : j->exit;
	s->ended = j->ended != 0 ? j->ended : j->started;
	s->state.started = j->started;
	/* What was planned up to then was done with it. */
	s->state.planned = j->started;
	s->state.ended = s->ended;
	s->state.result = result_of(s->code, j->has_snapshot);
	s->state.failures = s->state.result == SCHEDULE_FAILED ||
	    s->state.result == SCHEDULE_ASLEEP;
	if (interrupted)
		return texts_set(s, "it was interrupted: backupd or the"
		    " server ended", "it is run again when its time comes, or"
		    " now with backupctl run");
	return texts_set(s, j->text, j->remedy);
}

/* The newest jobs of all sources that have one. */
static int
past_load(struct planner *p, struct catalog *c)
{
	struct catalog_filter f = { .limit = 1 };
	struct catalog_jobs *jobs;
	struct catalog_job j;
	size_t i;
	int r;

	for (i = 0; i < p->n; i++) {
		f.id = (int64_t)p->v[i].job;
		if (f.id == 0)
			continue;
		if ((r = catalog_jobs_new(c, &f, &jobs)) != 0)
			return r;
		if ((r = catalog_jobs_next(jobs, &j)) == 1)
			r = past_take(&p->v[i], &j);
		catalog_jobs_free(jobs);
		if (r != 0)
			return r;
	}
	return 0;
}

static int
sources_load(struct planner *p, struct catalog *c)
{
	struct catalog_sources *l;
	struct catalog_source s;
	int r;

	if ((r = catalog_sources_new(c, &l)) != 0)
		return r;
	while ((r = catalog_sources_next(l, &s)) == 1) {
		if ((r = append(p, s.host, s.set, s.since)) != 0)
			break;
		p->v[p->n - 1].job = (uint64_t)s.last_job;
		p->v[p->n - 1].snapshot = s.last_snapshot;
		p->v[p->n - 1].state.good = s.last_snapshot;
	}
	catalog_sources_free(l);
	return r;
}

/* The entry of a host, made if there is none. */
static struct pause *
pause_get(struct planner *p, const char *host)
{
	struct pause *v;
	size_t i;

	for (i = 0; i < p->npauses; i++)
		if (strcmp(p->pauses[i].host, host) == 0)
			return &p->pauses[i];
	v = realloc(p->pauses, (p->npauses + 1) * sizeof(*v));
	if (v == NULL)
		return NULL;
	p->pauses = v;
	v += p->npauses;
	memset(v, 0, sizeof(*v));
	if ((v->host = strdup(host)) == NULL)
		return NULL;
	p->npauses++;
	return v;
}

int
planner_pause(struct planner *p, const char *host, int64_t until,
    const char *reason, int64_t now)
{
	struct pause *h;
	char *why;
	size_t i;
	int r;

	if ((why = strdup(reason)) == NULL)
		return ERR_NOMEM;
	if ((h = pause_get(p, host)) == NULL) {
		free(why);
		return ERR_NOMEM;
	}
	free(h->why);
	h->why = why;
	h->until = until;
	for (i = 0; i < p->n; i++) {
		if (strcmp(p->v[i].host, host) != 0)
			continue;
		if ((r = pause_apply(&p->v[i], h)) != 0)
			return r;
		planner_decide(p, &p->v[i], now);
	}
	return 0;
}

/* Pauses hold until somebody ends them, or their time has come. */
static int
pauses_load(struct planner *p, struct catalog *c)
{
	struct catalog_pauses *l;
	struct catalog_pause pause;
	int r;

	if ((r = catalog_pauses_new(c, &l)) != 0)
		return r;
	while ((r = catalog_pauses_next(l, &pause)) == 1)
		if ((r = planner_pause(p, pause.host, pause.until,
		    pause.reason, pause.since)) != 0)
			break;
	catalog_pauses_free(l);
	return r;
}

int
planner_new(struct catalog *c, struct planner **pp)
{
	struct planner *p;
	int r = 0;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return ERR_NOMEM;
	if (c != NULL && ((r = pauses_load(p, c)) != 0 ||
	    (r = sources_load(p, c)) != 0 ||
	    (r = past_load(p, c)) != 0)) {
		planner_free(p);
		return r;
	}
	if (p->n > 0)
		qsort(p->v, p->n, sizeof(*p->v), compare);
	*pp = p;
	return 0;
}

void
planner_free(struct planner *p)
{
	if (p == NULL)
		return;
	while (p->n > 0)
		source_clear(&p->v[--p->n]);
	while (p->npauses > 0) {
		free(p->pauses[--p->npauses].host);
		free(p->pauses[p->npauses].why);
	}
	free(p->pauses);
	free(p->v);
	free(p);
}

void
planner_decide(struct planner *p, struct planner_source *s, int64_t now)
{
	(void)p;
	schedule_mend(&s->state, now);
	if (s->in == NULL || (!s->in_host->enabled && !s->state.asked &&
	    !s->state.running)) {
		memset(&s->verdict, 0, sizeof(s->verdict));
		s->verdict.at = ZONE_NEVER;
		s->verdict.why = SCHEDULE_NOTHING;
		return;
	}
	schedule_decide(&s->in->schedule, &s->state, now, &s->verdict);
}

/* Have all sources of the policy in p. */
static int
sources_add(struct planner *p, const struct policy *policy, int64_t now)
{
	const struct policy_host *h;
	size_t i, k, known = p->n;
	struct planner sorted;
	int r;

	for (i = 0; i < policy->nhosts; i++) {
		h = &policy->hosts[i];
		for (k = 0; k < h->nsources; k++) {
			/* Those from before are in front, and in order. */
			sorted = *p;
			sorted.n = known;
			if (planner_find(&sorted, h->name,
			    h->sources[k].set->name) != NULL)
				continue;
			if ((r = append(p, h->name, h->sources[k].set->name,
			    now)) != 0) {
				while (p->n > known)
					source_clear(&p->v[--p->n]);
				return r;
			}
		}
	}
	if (p->n > 0)
		qsort(p->v, p->n, sizeof(*p->v), compare);
	return 0;
}

int
planner_policy(struct planner *p, const struct policy *policy, int64_t now)
{
	const struct policy_host *h;
	struct planner_source *s;
	size_t i, k;
	int r;

	if ((r = sources_add(p, policy, now)) != 0)
		return r;
	for (i = 0; i < p->n; i++)
		p->v[i].in = NULL;
	for (i = 0; i < policy->nhosts; i++) {
		h = &policy->hosts[i];
		for (k = 0; k < h->nsources; k++) {
			s = planner_find(p, h->name, h->sources[k].set->name);
			s->in_host = h;
			s->in = &h->sources[k];
		}
	}
	for (i = 0; i < p->n; i++)
		planner_decide(p, &p->v[i], now);
	return 0;
}

void
planner_jump(struct planner *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		p->v[i].verdict.at = 0;
}

struct planner_source *
planner_due(struct planner *p, int64_t now)
{
	struct planner_source *s;
	size_t i;

	/* A round from where the last one was found: many are due at once. */
	for (i = 0; i < p->n; i++) {
		p->at = p->at + 1 < p->n ? p->at + 1 : 0;
		s = &p->v[p->at];
		if (s->queued || s->verdict.at > now)
			continue;
		planner_decide(p, s, now);
		if (s->verdict.run)
			return s;
		if (s->state.running && s->verdict.at <= now) {
			/* Once is enough. */
			s->verdict.at = ZONE_NEVER;
			return s;
		}
	}
	return NULL;
}

int64_t
planner_wake(const struct planner *p)
{
	int64_t first = ZONE_NEVER;
	size_t i;

	for (i = 0; i < p->n; i++)
		if (!p->v[i].queued && p->v[i].verdict.at < first)
			first = p->v[i].verdict.at;
	return first;
}

void
planner_started(struct planner *p, struct planner_source *s, uint64_t job,
    int64_t now)
{
	schedule_started(&s->state, &s->verdict, now);
	s->job = job;
	planner_decide(p, s, now);
}

void
planner_ended(struct planner *p, struct planner_source *s,
    const struct event_end *e, int64_t now)
{
	bool snapshot = e->snapshot[0] != '\0';
	enum schedule_result result = result_of(e->exit, snapshot);

	if (s->cut && !snapshot)
		result = s->in != NULL &&
		    s->in->schedule.at_end == SCHEDULE_END_PAUSE ?
		    SCHEDULE_PAUSED : SCHEDULE_STOPPED;
	s->cut = false;
	if (s->state.running)
		schedule_ended(&s->state, result, now);
	s->code = e->exit;
	s->ended = now;
	if (snapshot)
		s->snapshot = e->started;
	/* Out of memory, the old words stay: nothing depends on them. */
	(void)!texts_set(s, e->text, e->remedy);
	planner_decide(p, s, now);
}
