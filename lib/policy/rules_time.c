/* rules_time.c: schedules, limits and retention that make no sense. */
#include <string.h>

#include "policy/calendar.h"
#include "policy/rules.h"
#include "policy/window.h"
#include "policy/zone.h"

#define CHAIN 3			/* defaults, group, the scope itself */
#define CALENDARS_MAX 32
#define MONDAY (20821 * (int64_t)ZONE_DAY)	/* of 2027-01-04 */
#define LOOKED_AT 42		/* days */
#define LOOKS_MAX 16		/* calendars; it only is a warning */

/* A scope with what it inherits; the last one is the scope itself. */
struct chain {
	struct rules *u;
	const struct node *v[CHAIN];
};

/* The innermost value; *ownp tells whether the scope itself said it. */
static const struct node *
find(const struct chain *c, const char *path, bool *ownp)
{
	const struct node *n, *found = NULL;
	size_t i;

	*ownp = false;
	for (i = 0; i < CHAIN; i++)
		if ((n = node_path(c->v[i], path)) != NULL) {
			found = n;
			*ownp = i == CHAIN - 1;
		}
	return found;
}

static const struct node *
find_any(const struct chain *c, const char *path)
{
	bool own;

	return find(c, path, &own);
}

/* The value of a quantity, or -1 for what is none. */
static int64_t
amount(const struct node *n, enum quantity_kind kind)
{
	int64_t v;

	if (n == NULL || n->kind != NODE_STRING ||
	    quantity_parse(n->str, kind, &v) != 0)
		return -1;
	return v;
}

/* How many snapshots the retention keeps at least; -1 if it says nothing. */
static int64_t
kept(const struct chain *c)
{
	static const char *const keys[] = {
		"retention.last", "retention.hourly", "retention.daily",
		"retention.weekly", "retention.monthly", "retention.yearly"
	};
	const struct node *n;
	int64_t sum = 0;
	bool said = false;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if ((n = find_any(c, keys[i])) == NULL)
			continue;
		said = true;
		sum += n->kind == NODE_INT ? n->num : 2;
	}
	n = find_any(c, "retention.keep_within");
	if (n != NULL && amount(n, QUANTITY_TIME) != 0)
		return 2;
	return said || n != NULL ? sum : -1;
}

/*
 * Nothing said at all is another matter: then nothing is ever removed.
 */
static void
rule_retention(const struct chain *c)
{
	const struct node *own = node_child(c->v[CHAIN - 1], "retention");
	int64_t n;

	if (own == NULL || own->kind != NODE_GROUP || (n = kept(c)) < 0 ||
	    n > 1)
		return;
	report_add(c->u->report, POLICY_P023_DESTRUCTIVE, &own->at,
	    n == 0 ? "keep something, or set enabled = false on the host" :
	    "keep at least two: last = 3;  daily = 14;", n == 0 ?
	    "this retention would keep nothing" :
	    "this retention would keep one snapshot, until the next bad one");
}

static bool
is_false(const struct node *n)
{
	return n != NULL && n->kind == NODE_BOOL && n->num == 0;
}

/* Without an age, what else protects the history must not be off as well. */
static void
rule_min_age(const struct chain *c)
{
	static const char *const guards[] = {
		"retention.keep_last_clean", "retention.hold_on_incident"
	};
	const struct node *age, *guard;
	struct place at;
	bool own, guard_own;
	size_t i;

	age = find(c, "retention.min_age", &own);
	if (amount(age, QUANTITY_TIME) != 0)
		return;
	for (i = 0; i < sizeof(guards) / sizeof(guards[0]); i++) {
		guard = find(c, guards[i], &guard_own);
		if (!is_false(guard) || (!own && !guard_own))
			continue;
		at = own ? age->value : guard->value;
		at.other = own ? guard->at.line : age->at.line;
		report_add(c->u->report, POLICY_P023_DESTRUCTIVE, &at,
		    "write  min_age = \"14 days\";",
		    "an attacker could remove all snapshots at once: min_age "
		    "is 0 and %s off", guards[i] + strlen("retention."));
		return;
	}
}

/* small must not be above large. */
static void
rule_pair(const struct chain *c, enum quantity_kind kind, const char *small,
    const char *large)
{
	const struct node *a, *b;
	struct place at;
	bool own_a, own_b;

	a = find(c, small, &own_a);
	b = find(c, large, &own_b);
	if ((!own_a && !own_b) || amount(a, kind) < 0 ||
	    amount(b, kind) < 0 || amount(a, kind) <= amount(b, kind))
		return;
	at = own_a ? a->value : b->value;
	at.other = own_a ? b->at.line : a->at.line;
	report_add(c->u->report, POLICY_P034_CONTRADICTION, &at,
	    "change one of them", "`%s` is above `%s`: \"%.40s\" and "
	    "\"%.40s\"", small, large, a->str, b->str);
}

/* A run whose start is spread beyond its window would often not start. */
static void
rule_jitter(const struct chain *c)
{
	const struct node *jitter, *list, *e;
	char why[WINDOW_WHY_MAX];
	int64_t longest = 0;
	struct window w;
	struct place at;
	bool own, list_own;

	jitter = find(c, "schedule.jitter", &own);
	list = find(c, "schedule.window", &list_own);
	if ((!own && !list_own) || list == NULL || list->first == NULL ||
	    amount(jitter, QUANTITY_TIME) < 0)
		return;
	for (e = list->first; e != NULL; e = e->next) {
		if (e->kind != NODE_STRING ||
		    window_parse(e->str, &w, why) != 0)
			return;		/* reported already */
		if (w.to - w.from > longest)
			longest = w.to - w.from;
	}
	if (amount(jitter, QUANTITY_TIME) < longest)
		return;
	at = own ? jitter->value : list->value;
	at.other = own ? list->at.line : jitter->at.line;
	report_add(c->u->report, POLICY_P034_CONTRADICTION, &at,
	    "spread the starts less, or open the window longer",
	    "`jitter` is as long as the longest window");
}

/* The longest time between two runs in six weeks; 0 if that is unclear. */
static int64_t
longest_gap(const struct node *list)
{
	struct calendar v[CALENDARS_MAX];
	struct calendar_list all = { v, 0 };
	char why[CALENDAR_WHY_MAX];
	const struct node *e;
	int64_t t, next, gap = 0;

	for (e = list->first; e != NULL; e = e->next)
		if (all.n == CALENDARS_MAX || e->kind != NODE_STRING ||
		    calendar_parse(e->str, &v[all.n++], why) != 0)
			return 0;
	/* In steps of an hour: of several runs in one, the last is taken. */
	if ((t = calendar_next(&all, MONDAY)) == ZONE_NEVER)
		return 0;
	while (t < MONDAY + LOOKED_AT * (int64_t)ZONE_DAY) {
		if ((next = calendar_next(&all, t + 3599)) == ZONE_NEVER)
			return 0;
		if (next - t > gap)
			gap = next - t;
		t = next;
	}
	return gap;
}

static void
rule_rare(const struct chain *c)
{
	const struct node *rpo, *list, *clock;
	char text[QUANTITY_TEXT_MAX];
	bool own, list_own;
	struct place at;
	int64_t gap;

	rpo = find(c, "schedule.rpo", &own);
	list = find(c, "schedule.calendar", &list_own);
	clock = find_any(c, "schedule.rpo_clock");
	if ((!own && !list_own) || list == NULL || list->first == NULL ||
	    find_any(c, "schedule.calendar_add") != NULL ||
	    (clock != NULL && clock->kind == NODE_STRING &&
	    strcmp(clock->str, "all") != 0) ||
	    amount(rpo, QUANTITY_TIME) < 2 * 3600 ||
	    ++c->u->looked > LOOKS_MAX)
		return;
	if ((gap = longest_gap(list)) <= amount(rpo, QUANTITY_TIME))
		return;
	at = own ? rpo->value : list->value;
	gap -= gap % 3600;
	quantity_format(gap, QUANTITY_TIME, text);
	report_add(c->u->report, POLICY_P053_RARE, &at,
	    "run more often, or write  rpo_clock = \"working_days\";",
	    "%s pass between two runs, but the rpo is \"%.40s\"", text,
	    rpo->str);
}

void
rules_time(struct rules *u, const struct node *group,
    const struct node *scope)
{
	struct chain c = { u, { node_child(u->root, "defaults"), group,
	    scope } };

	if (c.v[0] == scope)
		c.v[0] = NULL;
	rule_retention(&c);
	rule_min_age(&c);
	rule_pair(&c, QUANTITY_TIME, "schedule.retry.first",
	    "schedule.retry.max");
	rule_pair(&c, QUANTITY_SIZE, "limits.max_file", "limits.max_host");
	rule_pair(&c, QUANTITY_TIME, "schedule.jitter", "schedule.max_time");
	rule_jitter(&c);
	rule_rare(&c);
}
