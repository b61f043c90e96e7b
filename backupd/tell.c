/* tell.c: how sources, targets and keys stand, as control records. */
#include "backupd/tell.h"

#include <string.h>

#include "backupd/planner.h"
#include "catalog/forecast.h"
#include "policy/policy.h"
#include "policy/zone.h"

#define DAY 86400

bool
tell_names(const char *word, const struct policy_host *h)
{
	if (word[0] == '@')
		return h->group != NULL && strcmp(h->group, word + 1) == 0;
	return word[0] == '\0' || strcmp(h->name, word) == 0;
}

void
tell_source(const struct planner_source *p, const struct policy_host *h,
    const struct policy_source *s, int64_t now, struct control *c)
{
	int64_t due = schedule_late(&s->schedule, &p->state);

	memset(c, 0, sizeof(*c));
	c->type = CONTROL_SOURCE;
	c->u.source.enabled = h->enabled;
	c->u.source.host = h->name;
	c->u.source.set = s->set->name;
	c->u.source.job = p->job;
	c->u.source.code = (uint64_t)p->code;
	c->u.source.ended = (uint64_t)p->ended;
	c->u.source.last_good = (uint64_t)p->snapshot;
	c->u.source.text = p->text;
	c->u.source.remedy = p->remedy;
	if (p->state.paused_until > now) {
		c->u.source.paused = (uint64_t)p->state.paused_until;
		c->u.source.paused_why = p->paused_why;
	}
	c->u.source.late = due < now;
	c->u.source.due = due != ZONE_NEVER ? (uint64_t)due : 0;
	c->u.source.rpo = (uint64_t)s->schedule.rpo;
	if (p->queued)
		c->u.source.next = (uint64_t)now;
	else if (!p->state.running && p->verdict.at != ZONE_NEVER)
		c->u.source.next = (uint64_t)p->verdict.at;
}

void
tell_targets(struct catalog *c, const struct policy *p, int64_t now,
    const struct tell_call *call)
{
	const struct policy_target *t;
	struct control record;
	struct forecast f;
	size_t i;

	for (i = 0; i < p->ntargets; i++) {
		t = &p->targets[i];
		if (c == NULL || forecast_target(c, t->name, now, &f) != 0)
			memset(&f, 0, sizeof(f));
		memset(&record, 0, sizeof(record));
		record.type = CONTROL_TARGET;
		record.u.target.name = t->name;
		record.u.target.path = t->url;
		record.u.target.total = f.total;
		record.u.target.free = f.free;
		record.u.target.measured = (uint64_t)f.measured;
		record.u.target.min_free = f.total / 10000 *
		    (uint64_t)t->min_free;
		record.u.target.outlook = (uint64_t)f.outlook;
		record.u.target.full = (uint64_t)f.full;
		record.u.target.per_day = f.per_day > 0 ?
		    (uint64_t)f.per_day : 0;
		record.u.target.days = f.days;
		call->take(call->arg, &record);
	}
}

/* Tell whether the policy still has it: that key, on that host, so pinned. */
static bool
in_policy(const struct policy *p, const struct catalog_access *a)
{
	const struct policy_host *h = policy_host_find(p, a->host);
	size_t i;

	if (h == NULL || !h->enabled ||
	    strcmp(h->identity, a->identity) != 0)
		return false;
	for (i = 0; i < h->host_keys.n; i++)
		if (strcmp(h->host_keys.v[i], a->host_key) == 0)
			return true;
	return false;
}

void
tell_keys(struct catalog *c, const struct policy *p, int64_t now,
    const struct tell_call *call)
{
	struct catalog_accesses *l = NULL;
	struct catalog_access a;
	struct control record;

	if (c == NULL || catalog_accesses_new(c, &l) != 0)
		return;
	while (catalog_accesses_next(l, &a) == 1) {
		if (now - a.used <= TELL_UNUSED_DAYS * DAY ||
		    !in_policy(p, &a))
			continue;
		memset(&record, 0, sizeof(record));
		record.type = CONTROL_KEY;
		record.u.key.since = (uint64_t)a.since;
		record.u.key.used = (uint64_t)a.used;
		record.u.key.host = a.host;
		record.u.key.identity = a.identity;
		call->take(call->arg, &record);
	}
	catalog_accesses_free(l);
}
