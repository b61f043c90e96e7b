/* check.c: every key of the file against the schema. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "policy/internal.h"

#define ITEMS_MAX 5000		/* in a list, or names in a group */
#define KEYS_MAX 256		/* rows of the schema */

struct check {
	struct policy_report *report;
	bool	 warned[KEYS_MAX];	/* by row: its warning was given */
};

static void check_group(struct check *c, struct node *group, bool quiet);

/* What comes after the last one allowed is cut off the tree. */
static void
check_count(struct check *c, struct node *n)
{
	struct node *e;
	size_t count = 0;

	for (e = n->first; e != NULL; e = e->next)
		if (++count == ITEMS_MAX && e->next != NULL) {
			report_add(c->report, POLICY_P016_RANGE, &n->at,
			    "use fewer", "more than %d elements", ITEMS_MAX);
			e->next = NULL;
			n->last = e;
		}
}

static void
check_strings(struct check *c, struct node *n)
{
	struct node *e;

	if (n->kind != NODE_ARRAY && n->kind != NODE_LIST) {
		report_type(c->report, n, n->kind == NODE_STRING ?
		    "put [ ] around it" : "write [ \"...\", \"...\" ]");
		return;
	}
	check_count(c, n);
	for (e = n->first; e != NULL; e = e->next) {
		e->key = n->key;
		if (e->kind != NODE_BAD)
			policy_value(e, c->report);
	}
}

static void
check_list(struct check *c, struct node *n, bool quiet)
{
	struct node *e;

	if (n->kind != NODE_LIST && !(n->kind == NODE_ARRAY &&
	    n->first == NULL)) {
		report_type(c->report, n, "write ( { ... }, { ... } )");
		return;
	}
	check_count(c, n);
	for (e = n->first; e != NULL; e = e->next) {
		e->key = n->key;
		if (e->kind == NODE_GROUP)
			check_group(c, e, quiet);
		else if (e->kind != NODE_BAD)
			report_type(c->report, e, "put { } around it");
	}
}

static int
node_compare(const void *va, const void *vb)
{
	const struct node *a = *(struct node *const *)va;
	const struct node *b = *(struct node *const *)vb;
	int d = strcmp(a->name, b->name);

	if (d != 0)
		return d;
	return a->at.line != b->at.line ? (a->at.line < b->at.line ? -1 : 1) :
	    (a->at.col < b->at.col ? -1 : a->at.col > b->at.col);
}

/* The same name twice in one group: sorted, lest it cost the square. */
static void
check_twice(struct check *c, const struct node *group, bool map)
{
	struct node **v, *n;
	struct place at;
	size_t count = 0, i;

	for (n = group->first; n != NULL; n = n->next)
		count++;
	if (count < 2 || (v = calloc(count, sizeof(*v))) == NULL)
		return;
	for (i = 0, n = group->first; n != NULL; n = n->next)
		v[i++] = n;
	qsort(v, count, sizeof(*v), node_compare);
	for (i = 1; i < count; i++) {
		if (strcmp(v[i]->name, v[i - 1]->name) != 0)
			continue;
		at = v[i]->at;
		at.other = v[i - 1]->at.line;
		report_add(c->report, map ? POLICY_P021_DUPLICATE :
		    POLICY_P020_TWICE, &at, "remove or rename one of them",
		    "`%.80s` stands twice: lines %u and %u", v[i]->name,
		    at.other, at.line);
	}
	free(v);
}

static void
check_map(struct check *c, struct node *n)
{
	struct node *e;

	if (n->kind != NODE_GROUP) {
		report_type(c->report, n, "write { NAME = { ... }; }");
		return;
	}
	check_twice(c, n, true);
	check_count(c, n);
	for (e = n->first; e != NULL; e = e->next) {
		e->key = n->key;
		if (strchr(e->name, '.') == NULL &&
		    !policy_name_ok(e->name))
			report_add(c->report, POLICY_P027_NAME, &e->at,
			    "use a-z A-Z 0-9 _ - and begin with a letter",
			    "`%.80s` is not a good name", e->name);
		if (e->kind == NODE_GROUP)
			check_group(c, e, false);
		else if (e->kind != NODE_BAD)
			report_add(c->report, POLICY_P015_TYPE, &e->value,
			    "write { ... }", "`%.80s` must be a group",
			    e->name);
	}
}

static void
warn_later(struct check *c, const struct node *n)
{
	size_t count, row = (size_t)(n->key - policy_schema(&count));

	if (row >= KEYS_MAX || c->warned[row])
		return;
	c->warned[row] = true;
	report_add(c->report, POLICY_P050_LATER, &n->at, "",
	    "`%s` is valid but not acted on yet",
	    n->key->path);
}

/* One known key.  quiet: something above it has had its warning. */
static void
check_key(struct check *c, struct node *n, bool quiet)
{
	if (!n->key->acted && !quiet) {
		warn_later(c, n);
		quiet = true;
	}
	switch (n->key->type) {
	case TYPE_GROUP:
		if (n->kind == NODE_GROUP)
			check_group(c, n, quiet);
		else
			report_type(c->report, n, "write { ... }");
		break;
	case TYPE_MAP:
		check_map(c, n);
		break;
	case TYPE_LIST:
		check_list(c, n, quiet);
		break;
	default:
		if (policy_schema_plural(n->key->type))
			check_strings(c, n);
		else
			policy_value(n, c->report);
		break;
	}
}

static void
check_group(struct check *c, struct node *group, bool quiet)
{
	const char *where = group->name;
	char help[160];
	struct node *n;

	if (where == NULL)
		where = group->parent != NULL ? group->parent->name : "";
	check_twice(c, group, false);
	for (n = group->first; n != NULL; n = n->next) {
		if (strchr(n->name, '.') != NULL)
			continue;	/* reported as a dotted name */
		if ((n->key = schema_find(n)) == NULL) {
			schema_suggest(n, help, sizeof(help));
			report_add(c->report, POLICY_P014_UNKNOWN, &n->at,
			    help, "unknown key `%.80s`%s%s", n->name,
			    where[0] != '\0' ? " in " : "", where);
		} else if (n->kind != NODE_BAD)
			check_key(c, n, quiet);
	}
}

void
policy_check(struct node *root, struct policy_report *r)
{
	struct check c = { .report = r };

	check_group(&c, root, false);
}
