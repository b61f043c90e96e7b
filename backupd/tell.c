/* tell.c: how sources, targets and keys stand, as control records. */
#include "backupd/tell.h"

#include <string.h>

#include "backupd/planner.h"
#include "catalog/copy.h"
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

/* What is known of one copy, but for its last run. */
static void
copy_fill(struct catalog *c, const struct policy *p,
    const struct policy_target *t, int64_t now, struct control_copy *y)
{
	struct catalog_behind b = { .snapshots = 0 };
	struct catalog_copied s = { .begun = 0 };

	if (c != NULL && (catalog_behind_get(c, policy_target_primary(p)->name,
	    t->name, &b) != 0 || catalog_copied_get(c, t->name, &s) != 0))
		s.good = 0;
	y->name = t->name;
	y->good = (uint64_t)s.good;
	y->snapshots = b.snapshots;
	y->sources = b.sources;
	y->oldest = (uint64_t)b.oldest;
	y->max_age = (uint64_t)t->max_age;
	y->late = b.oldest != 0 && now - b.oldest > t->max_age;
	y->offline = t->offline;
}

static void
copy_tell(struct catalog *c, const char *name, struct control *record,
    const struct tell_call *call)
{
	const struct catalog_copy_filter f = { .target = name, .limit = 1 };
	struct control_copy *y = &record->u.copy;
	struct catalog_copies *l = NULL;
	struct catalog_copy last;

	y->text = y->remedy = "";
	if (c != NULL && catalog_copies_new(c, &f, &l) == 0 &&
	    catalog_copies_next(l, &last) == 1) {
		y->begun = (uint64_t)last.begun;
		y->ended = (uint64_t)last.ended;
		y->outcome = (uint64_t)last.outcome;
		y->code = (uint64_t)last.exit;
		y->text = last.text;
		y->remedy = last.remedy;
	}
	call->take(call->arg, record);	/* which borrows from l */
	catalog_copies_free(l);
}

void
tell_copies(struct catalog *c, const struct policy *p, int64_t now,
    const struct tell_call *call)
{
	struct control record;
	size_t i;

	if (policy_target_primary(p) == NULL)
		return;
	for (i = 0; i < p->ntargets; i++) {
		if (p->targets[i].primary)
			continue;
		memset(&record, 0, sizeof(record));
		record.type = CONTROL_COPY;
		copy_fill(c, p, &p->targets[i], now, &record.u.copy);
		copy_tell(c, p->targets[i].name, &record, call);
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
