/* rules_target.c: where backups are kept, and how many copies there are. */
#include <string.h>

#include "policy/rules.h"

/* Which types have a use for a key. */
static const struct {
	const char *key, *types;
} typed[] = {
	{ "path", "dir|nfs|removable|sftp" },
	{ "address", "sftp|s3" },
	{ "port", "sftp|s3" },
	{ "user", "sftp" },
	{ "identity", "sftp" },
	{ "host_key", "sftp" },
	{ "bucket", "s3" },
	{ "prefix", "s3" },
	{ "credentials", "s3" },
	{ "region", "s3" },
	{ "tls", "s3" },
	{ "ca_file", "s3" },
	{ "lock", "s3" },
	{ "max_connections", "sftp|s3" }
};

/* Keys that only targets of some types have a use for. */
static void
rule_typed_keys(struct rules *u, const struct node *t, const char *type)
{
	const struct node *c;
	struct place at;
	size_t i;

	for (i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
		c = node_child(t, typed[i].key);
		if (c == NULL || schema_word(typed[i].types, type))
			continue;
		at = c->at;
		at.other = node_child(t, "type")->at.line;
		report_add(u->report, POLICY_P034_CONTRADICTION, &at,
		    schema_word(typed[i].types, "sftp") ?
		    "remove it, or write  type = \"sftp\";" :
		    "remove it, or write  type = \"s3\";",
		    "a target of type \"%.20s\" has no `%s`", type,
		    typed[i].key);
	}
}

/* What a type cannot do without. */
static void
rule_needed_keys(struct rules *u, const struct node *t, const char *type)
{
	if (schema_word("dir|nfs|sftp", type))
		rules_require(u, t, "path", "say which directory");
	if (schema_word("sftp|s3", type))
		rules_require(u, t, "address", "say which server");
	if (strcmp(type, "sftp") == 0) {
		rules_require(u, t, "user", "say as whom to log in");
		rules_require(u, t, "identity", "name the private key file");
		rules_require(u, t, "host_key", "read the server's key on the"
		    " server itself: cat /etc/ssh/ssh_host_ed25519_key.pub");
	}
	if (strcmp(type, "s3") == 0) {
		rules_require(u, t, "bucket", "say which bucket");
		rules_require(u, t, "credentials", "name a file of two lines:"
		    " the key's id and its secret");
	}
}

/* What is put into a URL may hold nothing that has a meaning there. */
static void
rule_url_parts(struct rules *u, const struct node *t, const char *type)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	const char *text;

	if (strcmp(type, "sftp") == 0 &&
	    (text = rules_str(t, "path")) != NULL && text[0] != '/')
		report_add(u->report, POLICY_P026_PATH,
		    &node_child(t, "path")->value, "begin with a slash: it is"
		    " a directory of the server, as an SFTP client sees it",
		    "\"%.60s\" is not a path of the server", text);
	if ((text = rules_str(t, "bucket")) != NULL &&
	    text[strspn(text, plain)] != '\0')
		report_add(u->report, POLICY_P026_PATH,
		    &node_child(t, "bucket")->value, "use a-z 0-9 . -",
		    "\"%.60s\" is no name of a bucket", text);
	if ((text = rules_str(t, "prefix")) != NULL) {
		while (text[0] != '\0' && text[0] != '/' &&
		    text[strspn(text, plain)] == '/')
			text += strspn(text, plain) + 1;
		if (text[0] == '\0' || text[strspn(text, plain)] != '\0')
			report_add(u->report, POLICY_P026_PATH,
			    &node_child(t, "prefix")->value, "use words of"
			    " a-z 0-9 . - with a slash between, as in"
			    " \"office/kho\"", "no prefix of names: \"%.60s\"",
			    rules_str(t, "prefix"));
	}
}

/* Keys that only copies have a use for. */
static void
rule_copy_keys(struct rules *u, const struct node *t, const char *role)
{
	static const char *const copies[] = { "every", "max_age" };
	const struct node *c;
	struct place at;
	size_t i;

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
}

/* Tell whether it is a disk, which others may take turns with. */
static bool
is_removable(const struct node *t)
{
	const char *type = rules_str(t, "type");

	return type != NULL && strcmp(type, "removable") == 0;
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
			    node_child(t, "address") != NULL ||
			    (is_removable(o) && is_removable(t)))
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
			n += (c != NULL && c->kind == NODE_BOOL && c->num) ||
			    (strcmp(flag, "offline") == 0 && is_removable(t));
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
		    "add one of type \"removable\", or require less" }
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
rule_path(struct rules *u, const struct node *t)
{
	const struct node *c = node_child(t, "path");

	if (c != NULL && c->kind == NODE_STRING && strcmp(c->str, "/") == 0)
		report_add(u->report, POLICY_P026_PATH, &c->value,
		    "name a directory for it alone, such as "
		    "\"/srv/backup/nas\"",
		    "the root directory cannot be a target");
}

static void
rule_target(struct rules *u, const struct node *t, bool only,
    const struct node **primaryp)
{
	const char *type = rules_str(t, "type"), *role = rules_str(t, "role");
	struct place at = t->at;

	rules_require(u, t, "name", "give the target a name");
	rules_require(u, t, "type", "write  type = \"dir\";");
	if (type != NULL) {
		rule_typed_keys(u, t, type);
		rule_needed_keys(u, t, type);
		rule_url_parts(u, t, type);
	}
	rule_copy_keys(u, t, role);
	rules_host_keys(u, t);
	rules_bandwidth(u, node_child(t, "bandwidth"));
	rule_path(u, t);
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
		if (type != NULL && strcmp(type, "removable") == 0)
			report_add(u->report, POLICY_P034_CONTRADICTION,
			    &t->at, "make it a \"copy\" of a target that is"
			    " always there",
			    "the primary target cannot be removable");
	}
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
