/* stands.c: what policy and catalog know of the copies of each source. */
#include "backupctl/posture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "catalog/copy.h"
#include "catalog/disk.h"
#include "catalog/history.h"
#include "catalog/verified.h"
#include "cli/exit.h"
#include "cli/options.h"
#include "policy/report.h"

void
stands_clear(struct stands *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		free(s->v[i].facts);
	free(s->v);
	memset(s, 0, sizeof(*s));
}

size_t
stands_short(const struct stands *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->n; i++)
		n += s->v[i].p.score < POSTURE_DIGITS;
	return n;
}

static struct stand *
stand_find(const struct stands *s, const char *host, const char *set)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->v[i].host, host) == 0 &&
		    strcmp(s->v[i].set, set) == 0)
			return &s->v[i];
	return NULL;
}

/* One stand for each source of the host, or of all hosts. */
static int
stands_make(const struct policy *p, const char *host, int64_t now,
    struct stands *s)
{
	const struct policy_host *h;
	struct stand *v;
	size_t i;

	s->nfacts = p->ntargets;
	for (h = p->hosts; h < p->hosts + p->nhosts; h++) {
		if (host != NULL && strcmp(h->name, host) != 0)
			continue;
		for (i = 0; i < h->nsources; i++) {
			v = reallocarray(s->v, s->n + 1, sizeof(*v));
			if (v == NULL)
				return ERR_NOMEM;
			s->v = v;
			v += s->n;
			memset(v, 0, sizeof(*v));
			v->host = h->name;
			v->set = h->sources[i].set->name;
			v->when.now = now;
			v->facts = calloc(s->nfacts + 1, sizeof(*v->facts));
			if (v->facts == NULL)
				return ERR_NOMEM;
			s->n++;
		}
	}
	return 0;
}

/* Is a disk away, as far as is known: it was let go, and not used since. */
static int
away(struct catalog *c, const char *target, bool *awayp)
{
	struct catalog_disk d;
	struct catalog_copied y = { .begun = 0 };
	int r;

	*awayp = false;
	if ((r = catalog_disk_get(c, target, &d)) != 0)
		return r == ERR_NOENT ? 0 : r;
	if ((r = catalog_copied_get(c, target, &y)) != 0 && r != ERR_NOENT)
		return r;
	/* That one has found no disk, or another. */
	if (y.exit == CLI_EXIT_TARGET || y.exit == CLI_EXIT_IDENTITY)
		y.begun = y.ended = y.good;
	*awayp = d.ejected != 0 && d.ejected > y.begun &&
	    d.ejected > y.ended;
	return 0;
}

/* What is the same of a target for all sources. */
static int
fact_make(struct catalog *c, const struct policy_target *t,
    struct posture_fact *f)
{
	struct catalog_verified v;
	int r;

	*f = (struct posture_fact){ .target = t->name, .kind = t->kind,
	    .primary = t->primary, .offsite = t->offsite,
	    .offline = t->lock > 0, .max_age = t->max_age };
	if (c == NULL)
		return 0;
	if ((r = catalog_verified_last(c, t->name, &v)) == 0) {
		f->verified = v.time;
		f->alarms = v.alarms;
	} else if (r != ERR_NOENT)
		return r;
	if (t->type != POLICY_TARGET_REMOVABLE)
		return 0;
	return away(c, t->name, &f->offline);
}

/* The newest snapshot of each source; the primary target has it. */
static int
newest_load(struct catalog *c, struct stands *s)
{
	struct catalog_sources *l = NULL;
	struct catalog_source k;
	struct stand *v;
	size_t i;
	int r;

	if ((r = catalog_sources_new(c, &l)) != 0)
		return r;
	while ((r = catalog_sources_next(l, &k)) == 1) {
		if ((v = stand_find(s, k.host, k.set)) == NULL)
			continue;
		v->when.newest = k.last_snapshot;
		for (i = 0; i < s->nfacts; i++)
			if (v->facts[i].primary)
				v->facts[i].held = v->facts[i].seen =
				    k.last_snapshot;
	}
	catalog_sources_free(l);
	return r;
}

/* What the copies hold. */
static int
held_load(struct catalog *c, struct stands *s)
{
	struct catalog_helds *l = NULL;
	struct catalog_held h;
	struct stand *v;
	size_t i;
	int r;

	if ((r = catalog_helds_new(c, NULL, &l)) != 0)
		return r;
	while ((r = catalog_helds_next(l, &h)) == 1) {
		if ((v = stand_find(s, h.host, h.set)) == NULL)
			continue;
		for (i = 0; i < s->nfacts; i++)
			if (!v->facts[i].primary &&
			    strcmp(v->facts[i].target, h.target) == 0) {
				v->facts[i].held = h.time;
				v->facts[i].seen = h.seen;
			}
	}
	catalog_helds_free(l);
	return r;
}

/* The facts of all targets, for all sources. */
static int
facts_make(const struct policy *p, struct catalog *c, struct stands *s)
{
	struct posture_fact f;
	size_t i, k;
	int r;

	for (i = 0; i < p->ntargets; i++) {
		if ((r = fact_make(c, &p->targets[i], &f)) != 0)
			return r;
		for (k = 0; k < s->n; k++)
			s->v[k].facts[i] = f;
	}
	return 0;
}

int
stands_load(const struct policy *p, struct catalog *c, const char *host,
    int64_t now, struct stands *sp)
{
	struct stands s = { .v = NULL };
	size_t i;
	int r;

	if ((r = stands_make(p, host, now, &s)) != 0 ||
	    (r = facts_make(p, c, &s)) != 0 ||
	    (c != NULL && ((r = newest_load(c, &s)) != 0 ||
	    (r = held_load(c, &s)) != 0))) {
		stands_clear(&s);
		return r;
	}
	for (i = 0; i < s.n; i++)
		posture_compute(s.v[i].facts, s.nfacts, &p->require,
		    &s.v[i].when, &s.v[i].p);
	*sp = s;
	return 0;
}

/* Open the catalog, if this user may read one. */
static bool
catalog_at_hand(const struct cli *cli, struct catalog **cp)
{
	char *dir = NULL, *file = NULL;
	bool good;

	good = policy_state_dir(cli->config, cli_option_get(cli, "state", 0),
	    &dir) == 0 && path_join(dir, "catalog.db", &file) == 0 &&
	    access(file, R_OK) == 0 &&
	    catalog_open(dir, CATALOG_READ, cp) == 0;
	free(file);
	free(dir);
	return good;
}

bool
stands_sum(const struct cli *cli, int64_t now, size_t *np, size_t *shortp)
{
	struct policy_report *report = NULL;
	const struct policy *p = NULL;
	struct stands s = { .v = NULL };
	struct catalog *c = NULL;
	bool good;

	good = policy_report_new(&report) == 0 &&
	    policy_load(cli->config, report, &p) == 0 &&
	    (p->ntargets > 1 || p->require.total > 1) &&
	    catalog_at_hand(cli, &c) && stands_load(p, c, NULL, now, &s) == 0;
	if (good) {
		*np = s.n;
		*shortp = stands_short(&s);
	}
	stands_clear(&s);
	catalog_close(c);
	policy_free(p);
	policy_report_free(report);
	return good;
}
