/* rules_office.c: who is told, trial restores, reading back, the console. */
#include <stdlib.h>
#include <string.h>

#include "policy/account.h"
#include "policy/rules.h"

#define DIGITS "0123456789"

static void
rule_mail(struct rules *u, const struct node *to)
{
	const struct node *e;

	for (e = to != NULL ? to->first : NULL; e != NULL; e = e->next)
		if (e->kind == NODE_STRING && (strchr(e->str, '@') == NULL ||
		    strpbrk(e->str, " \t<>,") != NULL))
			report_add(u->report, POLICY_P027_NAME, &e->value,
			    "write \"it@office.example\", each in its own "
			    "quotes", "not a mail address: \"%.80s\"",
			    e->str);
}

static void
rule_notify(struct rules *u, const struct node *n)
{
	const char *type = rules_str(n, "type");

	rules_require(u, n, "name", "give it a name");
	rules_require(u, n, "type", "one of: email|ping|webhook|syslog");
	rules_require(u, n, "on", "say what is told: on = [ \"failed\" ];");
	if (type == NULL)
		return;
	if (strcmp(type, "email") == 0)
		rules_require(u, n, "to", "say to whom: to = [ \"...\" ];");
	if (strcmp(type, "ping") == 0 || strcmp(type, "webhook") == 0)
		rules_require(u, n, "url_file",
		    "name a file that holds the address, which is a secret");
	rule_mail(u, node_child(n, "to"));
}

/* "all", "random N", a host or "@GROUP". */
static bool
drill_hosts_ok(const struct rules *u, const char *s)
{
	const struct node *hosts = node_child(u->root, "hosts"), *h;
	const char *name;

	if (strcmp(s, "all") == 0)
		return true;
	if (strncmp(s, "random ", 7) == 0)
		return s[7] != '\0' && strlen(s) < 14 &&
		    strspn(s + 7, DIGITS) == strlen(s + 7) &&
		    atoi(s + 7) > 0;
	if (s[0] == '@')
		return node_child(node_child(u->root, "groups"), s + 1) !=
		    NULL;
	for (h = hosts != NULL ? hosts->first : NULL; h != NULL; h = h->next)
		if ((name = rules_str(h, "name")) != NULL &&
		    strcmp(name, s) == 0)
			return true;
	return false;
}

static void
rule_drill(struct rules *u, const struct node *d)
{
	const struct node *hosts = node_child(d, "hosts");
	const struct node *scratch = node_child(d, "scratch");

	rules_require(u, d, "name", "give the drill a name");
	rules_require(u, d, "calendar", "say when: calendar = \"...\";");
	rules_require(u, d, "scratch",
	    "name a directory that may be filled and emptied");
	if (hosts != NULL && hosts->kind == NODE_STRING &&
	    !drill_hosts_ok(u, hosts->str))
		report_add(u->report, POLICY_P022_REFERENCE, &hosts->value,
		    "write \"all\", \"random 2\", \"@GROUP\" or the name of "
		    "a host", "no such hosts: \"%.80s\"", hosts->str);
	if (scratch != NULL && scratch->kind == NODE_STRING &&
	    strcmp(scratch->str, "/") == 0)
		report_add(u->report, POLICY_P026_PATH, &scratch->value,
		    "name a directory for it alone, such as \"/srv/drill\"",
		    "a drill empties its directory: not the root");
}

/* Reading nothing at all can never have read everything. */
static void
rule_verify(struct rules *u)
{
	const struct node *v = node_child(u->root, "verify");
	const struct node *data = node_child(v, "read_data");
	const struct node *full = node_child(v, "full_every");
	struct place at;

	if (data == NULL || full == NULL || data->kind != NODE_STRING ||
	    strpbrk(data->str, "123456789") != NULL)
		return;
	at = data->value;
	at.other = full->at.line;
	report_add(u->report, POLICY_P034_CONTRADICTION, &at,
	    "read a share such as \"5 %\", or remove `full_every`",
	    "nothing is ever read, but all of it is to be");
}

static bool
is_loopback(const char *s)
{
	static const char *const names[] = {
		"127.0.0.1:", "[::1]:", "localhost:"
	};
	size_t i, len;

	if (strcmp(s, "unix") == 0)
		return true;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		len = strlen(names[i]);
		if (strncmp(s, names[i], len) == 0)
			return s[len] != '\0' && strlen(s + len) <= 5 &&
			    strspn(s + len, DIGITS) == strlen(s + len) &&
			    atoi(s + len) > 0 && atoi(s + len) < 65536;
	}
	return false;
}

static void
rule_console(struct rules *u)
{
	const struct node *c = node_path(u->root, "console.listen");

	if (c != NULL && c->kind == NODE_STRING && !is_loopback(c->str))
		report_add(u->report, POLICY_P036_EXPOSED, &c->value,
		    "write \"unix\" or \"127.0.0.1:8420\", and come through "
		    "SSH", "the console would listen at \"%.80s\"", c->str);
}

/* Roles of nobody are no roles; perhaps the directory is away. */
static void
rule_access(struct rules *u, const char *path)
{
	const struct node *l = node_path(u->root, path), *e;
	struct account a;

	for (e = l != NULL ? l->first : NULL; e != NULL; e = e->next)
		if (e->kind == NODE_STRING && account_find(e->str, &a) != 0)
			report_add(u->report, POLICY_P054_NOBODY, &e->value,
			    "a user, \"@group\", or a number",
			    "there is no %s \"%.80s\" here", a.group ?
			    "group" : "user", e->str + a.group);
}

void
rules_office(struct rules *u)
{
	const struct node *l = node_child(u->root, "notify"), *e;

	for (e = l != NULL ? l->first : NULL; e != NULL; e = e->next)
		if (e->kind == NODE_GROUP)
			rule_notify(u, e);
	l = node_child(u->root, "drills");
	for (e = l != NULL ? l->first : NULL; e != NULL; e = e->next)
		if (e->kind == NODE_GROUP)
			rule_drill(u, e);
	rule_verify(u);
	rule_console(u);
	rule_access(u, "access.viewers");
	rule_access(u, "access.operators");
	rule_access(u, "access.admins");
}
