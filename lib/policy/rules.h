/* rules.h: what a well-formed policy must mean besides. */
#ifndef POLICY_RULES_H
#define POLICY_RULES_H

#include "policy/internal.h"

/* What all rules need.  They report, and return nothing. */
struct rules {
	struct policy_report *report;
	struct node *root;
	unsigned int looked;	/* calendars tried out so far */
};

/* The text of a string child, or NULL. */
const char *rules_str(const struct node *n, const char *name);

/* The child must be there and not empty. */
void	 rules_require(struct rules *u, const struct node *n,
	    const char *name, const char *help);

/* No two elements of the list at the top may have the same name. */
void	 rules_unique(struct rules *u, const char *list);

/* What `host_key` pins, in a host or a target. */
void	 rules_host_keys(struct rules *u, const struct node *host);

/* Each limit in the list, which may be NULL, has a window. */
void	 rules_bandwidth(struct rules *u, const struct node *list);

/*
 * rules_time.c: schedule, limits and retention of a scope (defaults, a group,
 * a host, a set), with what it inherits from group, which may be NULL.
 */
void	 rules_time(struct rules *u, const struct node *group,
	    const struct node *scope);

/*
 * rules_agent.c: a host without an agent, which is the last of its levels,
 * after defaults and its group; these may be NULL.
 */
#define RULES_LEVELS 3
void	 rules_agent(struct rules *u, const struct node *const *levels);

/* rules_target.c: targets and copies. */
void	 rules_target(struct rules *u);

/* rules_office.c: notify, drills, verify, console, access. */
void	 rules_office(struct rules *u);

#endif /* POLICY_RULES_H */
