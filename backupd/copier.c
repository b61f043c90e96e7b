/* copier.c: when each copy is to be brought up to date. */
#include "backupd/copier.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/copy.h"
#include "cli/exit.h"
#include "policy/policy.h"
#include "policy/zone.h"

#define RETRY_FIRST 300		/* seconds after a failure */
#define RETRY_MAX 3600
#define ABSENT_AGAIN 300	/* of one that may come any moment */
#define BUSY_AGAIN 60		/* somebody else copies to it */

struct copier {
	struct catalog *catalog;
	struct copier_target *first;
};

int
copier_new(struct catalog *c, struct copier **cp)
{
	struct copier *n;

	if ((n = calloc(1, sizeof(*n))) == NULL)
		return ERR_NOMEM;
	n->catalog = c;
	*cp = n;
	return 0;
}

void
copier_free(struct copier *c)
{
	struct copier_target *t;

	if (c == NULL)
		return;
	while ((t = c->first) != NULL) {
		c->first = t->next;
		free(t->name);
		free(t);
	}
	free(c);
}

static bool
has_calendar(const struct copier_target *t)
{
	return t->in->every.n > 0;
}

/* When it last began, as far as that is known, and if it is to be repeated. */
static int64_t
last_begun(struct catalog *c, const char *name, bool *againp)
{
	struct catalog_copied s;

	*againp = false;
	if (c == NULL || catalog_copied_get(c, name, &s) != 0)
		return 0;
	*againp = s.outcome != CATALOG_COMPLETE &&
	    s.outcome != CATALOG_INCOMPLETE;
	return s.begun;
}

static int
target_add(struct copier *c, const struct policy_target *in, int64_t now)
{
	struct copier_target *t;
	bool again;

	if ((t = calloc(1, sizeof(*t))) == NULL ||
	    (t->name = strdup(in->name)) == NULL) {
		free(t);
		return ERR_NOMEM;
	}
	t->in = in;
	t->begun = last_begun(c->catalog, in->name, &again);
	if (!has_calendar(t) || again)
		t->due = now;
	else if (t->begun == 0 || t->begun > now)
		t->begun = now;	/* only what comes counts */
	t->next = c->first;
	c->first = t;
	return 0;
}

static struct copier_target *
target_find(const struct copier *c, const char *name)
{
	struct copier_target *t;

	for (t = c->first; t != NULL; t = t->next)
		if (strcmp(t->name, name) == 0)
			return t;
	return NULL;
}

int
copier_policy(struct copier *c, const struct policy *p, int64_t now)
{
	const struct policy_target *in;
	struct copier_target *t;
	size_t i;
	int r = 0;

	for (t = c->first; t != NULL; t = t->next)
		t->in = NULL;
	for (i = 0; i < p->ntargets; i++) {
		in = &p->targets[i];
		/* One without a path is attached some day. */
		if (in->primary || in->url == NULL)
			continue;
		if ((t = target_find(c, in->name)) != NULL) {
			t->in = in;
			t->not_before = 0;	/* it may be right now */
		} else if ((r = target_add(c, in, now)) != 0)
			break;
	}
	/* A policy that is not taken is not there for long. */
	for (t = c->first; t != NULL && r != 0; t = t->next)
		t->in = NULL;
	return r;
}

/* Somebody has copied to it by hand since it failed: that is over. */
static void
look_again(struct copier *c, struct copier_target *t)
{
	struct catalog_copied s;

	if (t->failed == 0 || c->catalog == NULL ||
	    catalog_copied_get(c->catalog, t->name, &s) != 0 ||
	    s.failed > 0 || s.good < t->begun)
		return;
	t->failed = 0;
	t->not_before = 0;
}

void
copier_snapshot(struct copier *c, int64_t now)
{
	struct copier_target *t;

	for (t = c->first; t != NULL; t = t->next)
		look_again(c, t);
	for (t = c->first; t != NULL; t = t->next)
		if (t->in != NULL && !has_calendar(t) && t->due == 0)
			t->due = now;
}

/* Since when it has its turn; ZONE_NEVER if it has not. */
static int64_t
due_since(const struct copier_target *t, int64_t now)
{
	int64_t last;

	if (t->due != 0)
		return t->due;
	if (!has_calendar(t))
		return ZONE_NEVER;
	last = calendar_last(&t->in->every, t->begun, now);
	return last;
}

/* From when on it may begin; ZONE_NEVER if it has no turn. */
static int64_t
ready_at(const struct copier_target *t, bool busy, int64_t now)
{
	int64_t since, at;

	if (t->in == NULL || t->running ||
	    (since = due_since(t, now)) == ZONE_NEVER)
		return ZONE_NEVER;
	at = busy ? since + COPIER_PATIENCE : since;
	return at > t->not_before ? at : t->not_before;
}

struct copier_target *
copier_due(struct copier *c, bool busy, int64_t now)
{
	struct copier_target *t;

	for (t = c->first; t != NULL; t = t->next) {
		/* The clock was set back. */
		if (t->begun > now + ZONE_DAY)
			t->begun = t->not_before = now;
		if (ready_at(t, busy, now) <= now)
			return t;
	}
	return NULL;
}

int64_t
copier_wake(const struct copier *c, bool busy)
{
	const struct copier_target *t;
	int64_t at, next, wake = ZONE_NEVER;

	for (t = c->first; t != NULL; t = t->next) {
		if (t->in == NULL || t->running)
			continue;
		at = ready_at(t, busy, t->begun);
		if (at == ZONE_NEVER && has_calendar(t)) {
			next = calendar_next(&t->in->every, t->begun);
			at = next > t->not_before ? next : t->not_before;
			if (busy && next != ZONE_NEVER)
				at = next + COPIER_PATIENCE;
		}
		if (at < wake)
			wake = at;
	}
	return wake;
}

void
copier_started(struct copier_target *t, int64_t now)
{
	t->running = true;
	t->due = 0;
	t->begun = now;
	t->not_before = 0;
}

void
copier_ended(struct copier_target *t, int code, bool absent, int64_t now)
{
	int64_t wait = RETRY_FIRST;
	unsigned int i;

	t->running = false;
	/* What is damaged stays so until somebody does something. */
	if (code == CLI_EXIT_OK || code == CLI_EXIT_INCOMPLETE) {
		t->failed = 0;
		return;
	}
	if (t->due == 0)
		t->due = t->begun;
	if (code == CLI_EXIT_BUSY) {
		t->not_before = now + BUSY_AGAIN;
		return;
	}
	if (absent && t->in != NULL && t->in->offline) {
		t->not_before = now + ABSENT_AGAIN;
		return;
	}
	for (i = 0; i < t->failed && wait < RETRY_MAX; i++)
		wait *= 2;
	t->failed++;
	t->not_before = now + (wait < RETRY_MAX ? wait : RETRY_MAX);
}

struct copier_target *
copier_first(const struct copier *c)
{
	return c->first;
}
