/* rules.c: what a well-formed policy must mean besides. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/rules.h"

const char *
rules_str(const struct node *n, const char *name)
{
	const struct node *c = node_child(n, name);

	return c != NULL && c->kind == NODE_STRING ? c->str : NULL;
}

void
rules_require(struct rules *u, const struct node *n, const char *name,
    const char *help)
{
	const struct node *c = node_child(n, name);

	if (c != NULL && (c->kind != NODE_STRING || c->str[0] != '\0') &&
	    (c->kind != NODE_ARRAY || c->first != NULL))
		return;
	report_add(u->report, POLICY_P019_MISSING,
	    c != NULL ? &c->value : &n->at, help, c != NULL ?
	    "`%s` is empty" : "`%s` is missing", name);
}

struct named {
	const char *name;
	const struct node *at;
};

static int
named_compare(const void *va, const void *vb)
{
	const struct named *a = va, *b = vb;
	int d = strcmp(a->name, b->name);

	if (d != 0)
		return d;
	return a->at->value.line < b->at->value.line ? -1 :
	    a->at->value.line > b->at->value.line;
}

void
rules_unique(struct rules *u, const char *list)
{
	const struct node *l = node_child(u->root, list), *e, *c;
	struct named *v;
	struct place at;
	size_t n = 0, i;

	for (e = l != NULL ? l->first : NULL; e != NULL; e = e->next)
		n++;
	if (n < 2 || (v = calloc(n, sizeof(*v))) == NULL)
		return;
	n = 0;
	for (e = l->first; e != NULL; e = e->next)
		if ((c = node_child(e, "name")) != NULL &&
		    c->kind == NODE_STRING) {
			v[n].name = c->str;
			v[n++].at = c;
		}
	qsort(v, n, sizeof(*v), named_compare);
	for (i = 1; i < n; i++) {
		if (strcmp(v[i].name, v[i - 1].name) != 0)
			continue;
		at = v[i].at->value;
		at.other = v[i - 1].at->value.line;
		report_add(u->report, POLICY_P021_DUPLICATE, &at,
		    "remove or rename one of them",
		    "%s: `%.80s` stands twice: lines %u and %u", list,
		    v[i].name, at.other, at.line);
	}
	free(v);
}

static void
rule_version(struct rules *u)
{
	const struct node *v = node_child(u->root, "policy_version");

	if (v == NULL)
		report_add(u->report, POLICY_P019_MISSING, NULL,
		    "begin the file with  policy_version = 1;",
		    "`policy_version` is missing");
	else if (v->kind == NODE_INT && v->num > 1)
		report_add(u->report, POLICY_P029_VERSION, &v->value,
		    "use a newer program, or write 1",
		    "policy_version is newer than this program");
}

/* Every name in a list of sets must be one. */
static void
rule_set_names(struct rules *u, const struct node *scope, const char *key)
{
	const struct node *sets = node_child(u->root, "sets");
	const struct node *list = node_child(scope, key), *e;

	for (e = list != NULL ? list->first : NULL; e != NULL; e = e->next)
		if (e->kind == NODE_STRING &&
		    node_child(sets, e->str) == NULL)
			report_add(u->report, POLICY_P022_REFERENCE,
			    &e->value, "define it in `sets`, or correct it",
			    "there is no set `%.80s`", e->str);
}

void
rules_host_keys(struct rules *u, const struct node *host)
{
	const struct node *list = node_child(host, "host_key"), *e, *port;
	const char *address = rules_str(host, "address");
	char help[384];

	port = node_child(host, "port");
	snprintf(help, sizeof(help), "pin the whole key, as printed by: "
	    "ssh-keyscan -t ed25519 -p %d %.200s",
	    port != NULL && port->kind == NODE_INT ? (int)port->num : 22,
	    address != NULL ? address : "ADDRESS");
	for (e = list != NULL ? list->first : NULL; e != NULL; e = e->next) {
		if (e->kind != NODE_STRING)
			continue;
		switch (policy_hostkey(e->str)) {
		case HOSTKEY_OK:
			break;
		case HOSTKEY_FINGERPRINT:
			report_add(u->report, POLICY_P024_FINGERPRINT,
			    &e->value, help,
			    "a fingerprint cannot be pinned");
			break;
		case HOSTKEY_TYPE:
			report_add(u->report, POLICY_P025_HOST_KEY, &e->value,
			    help, "keys of this type are not accepted");
			break;
		case HOSTKEY_BROKEN:
			report_add(u->report, POLICY_P025_HOST_KEY, &e->value,
			    help, "this is not a whole public key");
			break;
		}
	}
}

/* A pattern that leaves out whatever stands in any directory. */
static bool
matches_all(const char *pattern)
{
	static const char *const all[] = {
		"*", "**", "/", "/*", "/**", "**/*", "*/", "/**/*", "."
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(pattern, all[i]) == 0)
			return true;
	return false;
}

/* Does a pattern after e take something in again? */
static bool
taken_in_again(const struct node *e)
{
	for (e = e->next; e != NULL; e = e->next)
		if (e->kind == NODE_STRING && e->str[0] == '!')
			return true;
	return false;
}

static void
rule_excludes(struct rules *u, const struct node *scope, const char *key)
{
	const struct node *list = node_child(scope, key), *e;

	for (e = list != NULL ? list->first : NULL; e != NULL; e = e->next)
		if (e->kind == NODE_STRING && matches_all(e->str) &&
		    !taken_in_again(e))
			report_add(u->report, POLICY_P033_EXCLUDES,
			    &e->value, "name what to leave out, or remove "
			    "the path from the set",
			    "\"%.40s\" leaves out everything", e->str);
}

/* Each group in the list must have both keys (or one, if b is NULL). */
static void
rule_each(struct rules *u, const struct node *list, const char *a,
    const char *b, const char *help)
{
	const struct node *e;

	for (e = list != NULL ? list->first : NULL; e != NULL; e = e->next) {
		if (e->kind != NODE_GROUP)
			continue;
		rules_require(u, e, a, help);
		if (b != NULL)
			rules_require(u, e, b, help);
	}
}

void
rules_bandwidth(struct rules *u, const struct node *list)
{
	rule_each(u, list, "window", "limit", "write "
	    "{ window = \"Mon..Fri 07:00-18:00\"; limit = \"2 MiB/s\"; }");
}

/* What may stand in defaults, groups, hosts and sets alike. */
static void
rule_scope(struct rules *u, const struct node *scope)
{
	static const char hook[] = "name a hook allowed on the host: "
	    "use = \"...\";";

	rule_excludes(u, scope, "exclude");
	rule_excludes(u, scope, "exclude_add");
	rules_bandwidth(u, node_child(scope, "bandwidth"));
	rules_bandwidth(u, node_child(scope, "bandwidth_add"));
	rule_each(u, node_child(scope, "before"), "use", NULL, hook);
	rule_each(u, node_child(scope, "after"), "use", NULL, hook);
}

static void
rule_host(struct rules *u, const struct node *h)
{
	const char *group = rules_str(h, "group");
	const struct node *g = NULL, *levels[RULES_LEVELS], *l;
	bool any = false;
	size_t i;

	rules_require(u, h, "name", "give the host a name");
	rules_require(u, h, "address", "say where it is: a name or an address");
	rules_require(u, h, "host_key",
	    "pin its key: the line that ssh-keyscan -t ed25519 prints");
	if (group != NULL && (g = node_child(node_child(u->root, "groups"),
	    group)) == NULL)
		report_add(u->report, POLICY_P022_REFERENCE,
		    &node_child(h, "group")->value,
		    "define it in `groups`, or correct it",
		    "there is no group `%.80s`", group);
	levels[0] = node_child(u->root, "defaults");
	levels[1] = g;
	levels[2] = h;
	for (i = 0; i < RULES_LEVELS; i++) {
		if ((l = node_child(levels[i], "sets")) != NULL)
			any = l->first != NULL;
		if ((l = node_child(levels[i], "sets_add")) != NULL)
			any = any || l->first != NULL;
	}
	if (!any && (group == NULL || g != NULL))
		report_add(u->report, POLICY_P030_NO_SETS, &h->at,
		    "add  sets = [ \"...\" ];  here or in defaults",
		    "nothing would be saved from this host");
	rule_set_names(u, h, "sets");
	rule_set_names(u, h, "sets_add");
	rules_time(u, g, h);
	rules_agent(u, levels);
	rule_scope(u, h);
	rules_host_keys(u, h);
}

static bool
list_has(const struct node *scope, const char *key, const char *word)
{
	const struct node *list = node_child(scope, key), *e;

	for (e = list != NULL ? list->first : NULL; e != NULL; e = e->next)
		if (e->kind == NODE_STRING && strcmp(e->str, word) == 0)
			return true;
	return false;
}

/* Tell whether any scope names the set. */
static bool
set_used(const struct rules *u, const char *set)
{
	static const char *const lists[] = { "groups", "hosts" };
	const struct node *l, *e;
	size_t i;

	if (list_has(node_child(u->root, "defaults"), "sets", set))
		return true;
	for (i = 0; i < 2; i++) {
		l = node_child(u->root, lists[i]);
		for (e = l != NULL ? l->first : NULL; e != NULL; e = e->next)
			if (list_has(e, "sets", set) ||
			    list_has(e, "sets_add", set))
				return true;
	}
	return false;
}

static void
rule_paths(struct rules *u, const struct node *set)
{
	const struct node *list = node_child(set, "paths"), *e, *f;
	struct place at;

	rules_require(u, set, "paths",
	    "say what is saved: paths = [ \"/...\" ];");
	for (e = list != NULL ? list->first : NULL; e != NULL; e = e->next) {
		if (e->kind != NODE_STRING)
			continue;
		for (f = list->first; f != e; f = f->next)
			if (f->kind == NODE_STRING &&
			    strcmp(e->str, f->str) == 0) {
				at = e->value;
				at.other = f->value.line;
				report_add(u->report, POLICY_P021_DUPLICATE,
				    &at, "remove one of them",
				    "path %.200s stands twice", e->str);
				break;
			}
		if (e->str[0] != '/' && strchr(e->str, ':') != NULL)
			report_add(u->report, POLICY_P050_LATER, &e->value,
			    "", "%.200s: Windows hosts are not saved yet",
			    e->str);
	}
}

static void
rule_sets(struct rules *u)
{
	const struct node *sets = node_child(u->root, "sets"), *s;

	for (s = sets != NULL ? sets->first : NULL; s != NULL; s = s->next) {
		if (s->kind != NODE_GROUP)
			continue;
		rule_paths(u, s);
		rules_time(u, NULL, s);
		rule_scope(u, s);
		if (!set_used(u, s->name))
			report_add(u->report, POLICY_P051_UNUSED, &s->at, "",
			    "no host uses the set `%.80s`", s->name);
	}
}

static void
rule_groups(struct rules *u)
{
	const struct node *groups = node_child(u->root, "groups"), *g, *h;
	const struct node *hosts = node_child(u->root, "hosts");
	const char *name;
	bool used;

	for (g = groups != NULL ? groups->first : NULL; g != NULL;
	    g = g->next) {
		rule_set_names(u, g, "sets");
		rule_set_names(u, g, "sets_add");
		rules_time(u, NULL, g);
		rule_scope(u, g);
		used = false;
		for (h = hosts != NULL ? hosts->first : NULL;
		    h != NULL && !used; h = h->next)
			used = (name = rules_str(h, "group")) != NULL &&
			    strcmp(name, g->name) == 0;
		if (!used)
			report_add(u->report, POLICY_P051_UNUSED, &g->at, "",
			    "no host is in the group `%.80s`", g->name);
	}
}

void
policy_rules(struct node *root, struct policy_report *r)
{
	struct rules u = { r, root, 0 };
	const struct node *hosts = node_child(root, "hosts"), *h;
	const struct node *defaults = node_child(root, "defaults");

	rule_version(&u);
	rules_unique(&u, "hosts");
	rules_unique(&u, "targets");
	rules_unique(&u, "notify");
	rules_unique(&u, "drills");
	rule_set_names(&u, defaults, "sets");
	rules_time(&u, NULL, defaults);
	rule_scope(&u, defaults);
	rule_sets(&u);
	rule_groups(&u);
	for (h = hosts != NULL ? hosts->first : NULL; h != NULL; h = h->next)
		if (h->kind == NODE_GROUP)
			rule_host(&u, h);
	rules_target(&u);
	rules_office(&u);
}
