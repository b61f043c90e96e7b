/* check.c: every key of the file against the schema. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/suggest.h"
#include "policy/internal.h"
#include "policy/quantity.h"

#define ITEMS_MAX 5000		/* in a list, or names in a group */
#define KEYS_MAX 256		/* rows of the schema */

struct check {
	struct policy_report *report;
	bool	 warned[KEYS_MAX];	/* by row: its warning was given */
};

static void check_group(struct check *c, struct node *group, bool quiet);

static void
wrong_type(struct check *c, const struct node *n, const char *help)
{
	report_add(c->report, POLICY_P015_TYPE, &n->value, help,
	    "`%s` must be %s%s", n->name != NULL ? n->name : n->parent->name,
	    policy_schema_type(n->key->type),
	    n->key->type == TYPE_INT || n->key->type == TYPE_FLOAT ?
	    ", without quotes" : "");
}

static bool
name_ok(const char *s)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t len = strlen(s);

	return len > 0 && len <= POLICY_NAME_MAX && strspn(s, first) > 0 &&
	    len == strspn(s, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
}

static void
check_name(struct check *c, const struct node *n)
{
	if (!name_ok(n->str))
		report_add(c->report, POLICY_P027_NAME, &n->value,
		    "use a-z A-Z 0-9 . _ - and begin with a letter or digit",
		    "`%.80s` is not a good name", n->str);
}

static bool
no_backslash(struct check *c, const struct node *n)
{
	if (strchr(n->str, '\\') == NULL)
		return true;
	report_add(c->report, POLICY_P008_BACKSLASH, &n->value,
	    "use / in paths", "backslash in a path");
	return false;
}

/* "/srv" or "D:/HoSo", which is how a Windows agent will name it. */
static void
check_abs_path(struct check *c, const struct node *n)
{
	const char *s = n->str, *help = "write it as /a/b, without ., .., //";

	if (!no_backslash(c, n))
		return;
	if (((s[0] >= 'A' && s[0] <= 'Z') || (s[0] >= 'a' && s[0] <= 'z')) &&
	    s[1] == ':')
		s += 2;
	if (path_abs_ok((const uint8_t *)s, strlen(s)))
		return;
	if (s[0] != '/')
		help = "begin with / (or with a drive: D:/)";
	else if (s[1] != '\0' && s[strlen(s) - 1] == '/')
		help = "remove the / at its end";
	report_add(c->report, POLICY_P026_PATH, &n->value, help,
	    "not a clean absolute path: %.200s", n->str);
}

static void
check_calendar(struct check *c, const struct node *n)
{
	char text[64], help[128];

	if (!policy_cron(n->str, text, sizeof(text)))
		return;
	if (text[0] != '\0')
		snprintf(help, sizeof(help), "write \"%s\"", text);
	else
		snprintf(help, sizeof(help),
		    "write days and a time, such as \"Mon..Fri 18:30\"");
	report_add(c->report, POLICY_P031_CRON, &n->value, help,
	    "this is a cron line, not a calendar");
}

static void
check_choice(struct check *c, const struct node *n)
{
	char words[128], help[256], *list[16], *save = NULL, *w;
	const char *best;
	size_t i = 0;

	if (schema_word(n->key->words, n->str))
		return;
	snprintf(words, sizeof(words), "%s", n->key->words);
	for (w = strtok_r(words, "|", &save); w != NULL && i < 15;
	    w = strtok_r(NULL, "|", &save))
		list[i++] = w;
	list[i] = NULL;
	best = suggest_word(n->str, (const char *const *)list);
	if (best != NULL)
		snprintf(help, sizeof(help), "did you mean \"%s\"?", best);
	else
		snprintf(help, sizeof(help), "one of: %s", n->key->words);
	report_add(c->report, POLICY_P017_CHOICE, &n->value, help,
	    "`%s` cannot be \"%.80s\"", n->name, n->str);
}

static void
check_quantity(struct check *c, const struct node *n)
{
	enum quantity_kind kind = n->key->type == TYPE_SIZE ? QUANTITY_SIZE :
	    n->key->type == TYPE_TIME ? QUANTITY_TIME :
	    n->key->type == TYPE_RATE ? QUANTITY_RATE : QUANTITY_PERCENT;
	char help[128];
	int64_t v;
	int r;

	snprintf(help, sizeof(help), "write it like \"%s\"",
	    quantity_example(kind));
	if (n->kind != NODE_STRING) {
		report_add(c->report, POLICY_P018_QUANTITY, &n->value, help,
		    "`%s` needs a unit, in quotes", n->name);
		return;
	}
	if ((r = quantity_parse(n->str, kind, &v)) == 0)
		return;
	report_add(c->report, r == ERR_TOOBIG ? POLICY_P016_RANGE :
	    POLICY_P018_QUANTITY, &n->value, help,
	    r == ERR_TOOBIG ? "\"%.80s\" is too much" :
	    "\"%.80s\" is not a quantity of this kind", n->str);
}

static void
check_number(struct check *c, const struct node *n)
{
	const struct schema_key *k = n->key;
	char help[64];

	if (n->kind != NODE_INT &&
	    (n->kind != NODE_FLOAT || k->type != TYPE_FLOAT)) {
		wrong_type(c, n, "write a number");
		return;
	}
	if ((k->min == 0 && k->max == 0) ||
	    (n->real >= k->min && n->real <= k->max))
		return;
	snprintf(help, sizeof(help), "from %d to %d", k->min, k->max);
	report_add(c->report, POLICY_P016_RANGE, &n->value, help,
	    "`%s` is out of range", n->name);
}

/* A scalar, by its type; elements of a list of strings come here as well. */
static void
check_string(struct check *c, const struct node *n)
{
	if (n->kind != NODE_STRING) {
		wrong_type(c, n, n->kind == NODE_GROUP || n->kind ==
		    NODE_LIST || n->kind == NODE_ARRAY ? "write one string" :
		    "put quotes around it");
		return;
	}
	switch (n->key->type) {
	case TYPE_NAME:
		check_name(c, n);
		break;
	case TYPE_PATH:
		(void)no_backslash(c, n);
		break;
	case TYPE_PATHS:
		check_abs_path(c, n);
		break;
	case TYPE_CALENDAR:
	case TYPE_CALENDARS:
		check_calendar(c, n);
		break;
	case TYPE_CHOICE:
		check_choice(c, n);
		break;
	default:
		break;
	}
}

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
		wrong_type(c, n, n->kind == NODE_STRING ?
		    "put [ ] around it" : "write [ \"...\", \"...\" ]");
		return;
	}
	check_count(c, n);
	for (e = n->first; e != NULL; e = e->next) {
		e->key = n->key;
		if (e->kind != NODE_BAD)
			check_string(c, e);
	}
}

static void
check_list(struct check *c, struct node *n, bool quiet)
{
	struct node *e;

	if (n->kind != NODE_LIST && !(n->kind == NODE_ARRAY &&
	    n->first == NULL)) {
		wrong_type(c, n, "write ( { ... }, { ... } )");
		return;
	}
	check_count(c, n);
	for (e = n->first; e != NULL; e = e->next) {
		e->key = n->key;
		if (e->kind == NODE_GROUP)
			check_group(c, e, quiet);
		else if (e->kind != NODE_BAD)
			wrong_type(c, e, "put { } around it");
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
		wrong_type(c, n, "write { NAME = { ... }; }");
		return;
	}
	check_twice(c, n, true);
	check_count(c, n);
	for (e = n->first; e != NULL; e = e->next) {
		e->key = n->key;
		if (strchr(e->name, '.') == NULL &&
		    !name_ok(e->name))
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
			wrong_type(c, n, "write { ... }");
		break;
	case TYPE_MAP:
		check_map(c, n);
		break;
	case TYPE_LIST:
		check_list(c, n, quiet);
		break;
	case TYPE_STRINGS:
	case TYPE_PATHS:
	case TYPE_CALENDARS:
		check_strings(c, n);
		break;
	case TYPE_INT:
	case TYPE_FLOAT:
		check_number(c, n);
		break;
	case TYPE_BOOL:
		if (n->kind != NODE_BOOL)
			wrong_type(c, n, "without quotes");
		break;
	case TYPE_SIZE:
	case TYPE_TIME:
	case TYPE_RATE:
	case TYPE_PERCENT:
		check_quantity(c, n);
		break;
	default:
		check_string(c, n);
		break;
	}
}

static void
check_group(struct check *c, struct node *group, bool quiet)
{
	char help[160];
	struct node *n;

	check_twice(c, group, false);
	for (n = group->first; n != NULL; n = n->next) {
		if (strchr(n->name, '.') != NULL)
			continue;	/* reported as a dotted name */
		if ((n->key = schema_find(n)) == NULL) {
			schema_suggest(n, help, sizeof(help));
			report_add(c->report, POLICY_P014_UNKNOWN, &n->at,
			    help, "unknown key `%.80s`%s%s", n->name,
			    group->name != NULL ? " in " : "",
			    group->name != NULL ? group->name : "");
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
