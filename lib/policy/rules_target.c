/* rules_target.c: where backups are kept, and how many copies there are. */
#include <string.h>

#include "policy/rules.h"

/* Keys that only copies, or only targets of one type, have a use for. */
static void
rule_target_keys(struct rules *u, const struct node *t, const char *type,
    const char *role)
{
	static const char *const remote[] = {
		"address", "port", "user", "identity", "host_key"
	};
	static const char *const copies[] = { "every", "max_age" };
	const struct node *c;
	struct place at;
	size_t i;

	for (i = 0; i < sizeof(remote) / sizeof(remote[0]); i++) {
		c = node_child(t, remote[i]);
		if (c == NULL || type == NULL || strcmp(type, "sftp") == 0)
			continue;
		at = c->at;
		at.other = node_child(t, "type")->at.line;
		report_add(u->report, POLICY_P034_CONTRADICTION, &at,
		    "remove it, or write  type = \"sftp\";",
		    "a target of type \"%.20s\" has no `%s`", type,
		    remote[i]);
	}
	for (i = 0; i < sizeof(copies) / sizeof(copies[0]); i++) {
		c = node_child(t, copies[i]);
		if (c == NULL || role == NULL || strcmp(role, "primary") != 0)
			continue;
		at = c->at;
		at.other = node_child(t, "role")->at.line;
		report_add(u->report, POLICY_P034_CONTRADICTION, &at,
		    "remove it, or write  role = \"copy\";",
		    "`%s` is for copies; this is the primary target",
		    copies[i]);
	}
	rules_host_keys(u, t);
	if ((c = node_child(t, "path")) != NULL && c->kind == NODE_STRING &&
	    strcmp(c->str, "/") == 0)
		report_add(u->report, POLICY_P026_PATH, &c->value,
		    "name a directory for it alone, such as "
		    "\"/srv/backup/nas\"",
		    "the root directory cannot be a target");
}

/* Two targets in one directory would be one. */
static void
rule_same_path(struct rules *u, const struct node *list)
{
	const struct node *t, *o, *a, *b;
	struct place at;

	for (t = list->first; t != NULL; t = t->next)
		for (o = list->first; o != t; o = o->next) {
			a = node_child(o, "path");
			b = node_child(t, "path");
			if (a == NULL || b == NULL || a->kind !=
			    NODE_STRING || b->kind != NODE_STRING ||
			    strcmp(a->str, b->str) != 0 ||
			    node_child(o, "address") != NULL ||
			    node_child(t, "address") != NULL)
				continue;
			at = b->value;
			at.other = a->value.line;
			report_add(u->report, POLICY_P021_DUPLICATE, &at,
			    "give each target a directory of its own",
			    "two targets in one directory: lines %u and %u",
			    at.other, at.line);
		}
}

/* How many targets have the flag; with "type": of how many kinds they are. */
static int
count_targets(const struct node *list, const char *flag)
{
	const struct node *t, *o, *c;
	const char *type;
	bool seen;
	int n = 0;

	for (t = list->first; t != NULL; t = t->next) {
		if (flag == NULL) {
			n++;
			continue;
		}
		c = node_child(t, flag);
		if (c == NULL || strcmp(flag, "type") != 0) {
			n += c != NULL && c->kind == NODE_BOOL && c->num;
			continue;
		}
		seen = false;
		for (o = list->first; o != t && !seen; o = o->next)
			seen = (type = rules_str(o, "type")) != NULL &&
			    c->str != NULL && strcmp(type, c->str) == 0;
		n += !seen;
	}
	return n;
}

/* More copies than the targets can ever hold. */
static void
rule_copies(struct rules *u, const struct node *list)
{
	static const struct {
		const char *key, *flag, *what, *help;
	} rows[] = {
		{ "total", NULL, "targets", "add a target, or require less" },
		{ "media", "type", "kinds of target",
		    "add one of another type, or require less" },
		{ "offsite", "offsite", "targets with offsite = true",
		    "mark one  offsite = true;  or require less" },
		{ "offline", "offline", "targets with offline = true",
		    "mark one  offline = true;  or require less" }
	};
	const struct node *want, *c;
	size_t i;
	int n;

	want = node_child(u->root, "require_copies");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if ((c = node_child(want, rows[i].key)) == NULL ||
		    c->kind != NODE_INT)
			continue;
		n = count_targets(list, rows[i].flag);
		if (c->num > n)
			report_add(u->report, POLICY_P035_COPIES, &c->value,
			    rows[i].help, "%d required, but there are %d %s",
			    (int)c->num, n, rows[i].what);
	}
}

static void
rule_target(struct rules *u, const struct node *t, bool only,
    const struct node **primaryp)
{
	const char *type = rules_str(t, "type"), *role = rules_str(t, "role");
	struct place at = t->at;

	rule_target_keys(u, t, type, role);
	rules_require(u, t, "name", "give the target a name");
	rules_require(u, t, "type", "write  type = \"dir\";");
	if (type != NULL && schema_word("dir|nfs", type))
		rules_require(u, t, "path", "say which directory");
	if (type != NULL && strcmp(type, "sftp") == 0)
		rules_require(u, t, "address", "say which server");
	if (!only)
		rules_require(u, t, "role",
		    "one is \"primary\", others \"copy\"");
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

void
rules_target(struct rules *u)
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
	rule_same_path(u, l);
	rule_copies(u, l);
	if (primary == NULL)
		report_add(u->report, POLICY_P028_PRIMARY, &l->at,
		    "write  role = \"primary\";  in one of them",
		    "no target is primary");
}
