/* rules_agent.c: what a host without an agent cannot do. */
#include <string.h>

#include "policy/policy.h"
#include "policy/rules.h"

/* The innermost value of the levels, or NULL. */
static const struct node *
innermost(const struct node *const *levels, const char *path)
{
	const struct node *n, *found = NULL;
	size_t i;

	for (i = 0; i < RULES_LEVELS; i++)
		if ((n = node_path(levels[i], path)) != NULL)
			found = n;
	return found;
}

/* Hooks are run, and file systems told apart, by an agent. */
static void
rule_set(struct rules *u, const struct node *agent,
    const struct node *const *levels, const struct node *set)
{
	static const char *const hooks[] = { "before", "after" };
	const struct node *n;
	struct place at = agent->value;
	size_t i;

	for (i = 0; i < 2; i++) {
		if ((n = node_child(set, hooks[i])) == NULL ||
		    n->first == NULL)
			continue;
		at.other = n->at.line;
		report_add(u->report, POLICY_P034_CONTRADICTION, &at,
		    "give the host another set, or install backup-agent there",
		    "set `%.80s` runs hooks, and there is no agent to run"
		    " them", set->name);
	}
	if ((n = node_child(set, "one_file_system")) == NULL)
		n = innermost(levels, "limits.one_file_system");
	if (n == NULL || n->kind != NODE_BOOL || n->num == 0)
		return;
	at.other = n->at.line;
	report_add(u->report, POLICY_P055_UNTOLD, &at, "exclude what is"
	    " mounted below the paths of the set, by its name",
	    "set `%.80s` is to stay on one file system, and SFTP does not"
	    " tell one from another", set->name);
}

/* The sets that one level names. */
static void
rule_names(struct rules *u, const struct node *agent,
    const struct node *const *levels, const struct node *names)
{
	const struct node *sets = node_child(u->root, "sets"), *e, *set;

	for (e = names != NULL ? names->first : NULL; e != NULL; e = e->next)
		if (e->kind == NODE_STRING &&
		    (set = node_child(sets, e->str)) != NULL)
			rule_set(u, agent, levels, set);
}

void
rules_agent(struct rules *u, const struct node *const *levels)
{
	static const char *const loads[] = { "nice", "ionice",
	    "cpu_threads" };
	const struct node *agent = innermost(levels, "agent"), *n;
	const struct node *host = levels[RULES_LEVELS - 1];
	struct place at;
	size_t i;

	if (agent == NULL || agent->kind != NODE_STRING ||
	    strcmp(agent->str, POLICY_NO_AGENT) != 0)
		return;
	rule_names(u, agent, levels, innermost(levels, "sets"));
	for (i = 0; i < RULES_LEVELS; i++)
		rule_names(u, agent, levels, node_child(levels[i],
		    "sets_add"));
	/* What is meant for all hosts may stand. */
	for (i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
		n = node_child(node_child(host, "limits"), loads[i]);
		if (n == NULL)
			continue;
		at = n->value;
		at.other = agent->value.line;
		report_add(u->report, POLICY_P034_CONTRADICTION, &at,
		    "remove it; bandwidth limits hold",
		    "limits.%s is heeded by an agent, and there is none",
		    loads[i]);
	}
}
