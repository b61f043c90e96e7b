/* rules.c: what a well-formed policy must mean besides. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/internal.h"

struct rules {
	struct policy_report *report;
	struct node *root;
};

/* The text of a string child, or NULL. */
static const char *
child_str(const struct node *n, const char *name)
{
	const struct node *c = node_child(n, name);

	return c != NULL && c->kind == NODE_STRING ? c->str : NULL;
}

static void
require(struct rules *u, const struct node *n, const char *name,
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

/* Two elements of a list with the same name. */
static void
rule_unique(struct rules *u, const char *list)
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

/* Tell whether a count or time given is surely nothing. */
static bool
is_zero(const struct node *n)
{
	if (n->kind == NODE_INT)
		return n->num == 0;
	return n->kind == NODE_STRING && strpbrk(n->str, "123456789") == NULL;
}

/*
 * Would the retention that results from these levels keep nothing?  Nothing
 * said at all is another matter: then nothing is ever removed.
 */
static bool
keeps_nothing(const struct node *const *levels, size_t n)
{
	static const char *const keys[] = {
		"last", "hourly", "daily", "weekly", "monthly", "yearly",
		"keep_within"
	};
	const struct node *c, *found;
	bool said = false;
	size_t i, j;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		found = NULL;
		for (j = 0; j < n; j++)
			if ((c = node_child(levels[j], keys[i])) != NULL)
				found = c;
		if (found == NULL)
			continue;
		if (!is_zero(found))
			return false;
		said = true;
	}
	return said;
}

static void
rule_retention(struct rules *u, const struct node *group,
    const struct node *scope)
{
	const struct node *levels[3];
	const struct node *own = node_child(scope, "retention");

	if (own == NULL || own->kind != NODE_GROUP)
		return;
	levels[0] = node_path(u->root, "defaults.retention");
	levels[1] = node_child(group, "retention");
	levels[2] = own;
	if (keeps_nothing(levels, 3))
		report_add(u->report, POLICY_P023_DESTRUCTIVE, &own->at,
		    "keep something, or set enabled = false on the host",
		    "this retention would keep nothing");
}

static void
rule_host_keys(struct rules *u, const struct node *host)
{
	const struct node *list = node_child(host, "host_key"), *e, *port;
	const char *address = child_str(host, "address");
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

static void
rule_host(struct rules *u, const struct node *h)
{
	const char *group = child_str(h, "group");
	const struct node *g = NULL, *levels[3], *l;
	bool any = false;
	size_t i;

	require(u, h, "name", "give the host a name");
	require(u, h, "address", "say where it is: a name or an address");
	require(u, h, "host_key",
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
	for (i = 0; i < 3; i++) {
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
	rule_retention(u, g, h);
	rule_host_keys(u, h);
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

	require(u, set, "paths", "say what is saved: paths = [ \"/...\" ];");
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
		rule_retention(u, NULL, s);
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
		rule_retention(u, NULL, g);
		used = false;
		for (h = hosts != NULL ? hosts->first : NULL;
		    h != NULL && !used; h = h->next)
			used = (name = child_str(h, "group")) != NULL &&
			    strcmp(name, g->name) == 0;
		if (!used)
			report_add(u->report, POLICY_P051_UNUSED, &g->at, "",
			    "no host is in the group `%.80s`", g->name);
	}
}

static void
rule_target(struct rules *u, const struct node *t, bool only,
    const struct node **primaryp)
{
	const char *type = child_str(t, "type"), *role = child_str(t, "role");
	struct place at = t->at;

	require(u, t, "name", "give the target a name");
	require(u, t, "type", "write  type = \"dir\";");
	if (type != NULL && schema_word("dir|nfs", type))
		require(u, t, "path", "say which directory");
	if (type != NULL && strcmp(type, "sftp") == 0)
		require(u, t, "address", "say which server");
	if (!only)
		require(u, t, "role", "one is \"primary\", others \"copy\"");
	if (role != NULL ? strcmp(role, "primary") == 0 : only) {
		at.other = *primaryp != NULL ? (*primaryp)->at.line : 0;
		if (*primaryp != NULL)
			report_add(u->report, POLICY_P028_PRIMARY, &at,
			    "make one of them a \"copy\"",
			    "two targets are primary: lines %u and %u",
			    at.other, at.line);
		*primaryp = t;
		if (type != NULL && !schema_word("dir|nfs", type))
			report_add(u->report, POLICY_P052_TARGET, &t->at,
			    "type = \"dir\" is",
			    "type \"%.40s\" is not written to yet", type);
	} else if (role != NULL)
		report_add(u->report, POLICY_P052_TARGET, &t->at, "",
		    "copies are not made yet");
}

static void
rule_targets(struct rules *u)
{
	const struct node *l = node_child(u->root, "targets"), *t;
	const struct node *primary = NULL;

	if (l == NULL || (l->kind == NODE_LIST && l->first == NULL)) {
		report_add(u->report, POLICY_P028_PRIMARY,
		    l != NULL ? &l->at : NULL,
		    "add  targets = ( { name = \"...\"; type = \"dir\"; "
		    "path = \"/...\"; } );", "there is no target");
		return;
	}
	if (l->kind != NODE_LIST)
		return;		/* reported as a wrong type */
	for (t = l->first; t != NULL; t = t->next)
		if (t->kind == NODE_GROUP)
			rule_target(u, t, l->first->next == NULL, &primary);
	if (primary == NULL)
		report_add(u->report, POLICY_P028_PRIMARY, &l->at,
		    "write  role = \"primary\";  in one of them",
		    "no target is primary");
}

void
policy_rules(struct node *root, struct policy_report *r)
{
	struct rules u = { r, root };
	const struct node *hosts = node_child(root, "hosts"), *h;
	const struct node *defaults = node_child(root, "defaults");

	rule_version(&u);
	rule_unique(&u, "hosts");
	rule_unique(&u, "targets");
	rule_set_names(&u, defaults, "sets");
	rule_retention(&u, NULL, defaults);
	rule_sets(&u);
	rule_groups(&u);
	for (h = hosts != NULL ? hosts->first : NULL; h != NULL; h = h->next)
		if (h->kind == NODE_GROUP)
			rule_host(&u, h);
	rule_targets(&u);
}
