/* effective.h: every value that holds for a host, and who said so. */
#ifndef POLICY_EFFECTIVE_H
#define POLICY_EFFECTIVE_H

#include "policy/policy.h"
#include "policy/schema.h"

/*
 * The values of the host come first, then of each of its sets what the set
 * says itself.  A key that nobody gave and that has no value of its own is
 * left out.  Everything is owned by the struct policy_effective.
 */
struct policy_effective;

struct policy_origin {
	const char *scope;	/* "defaults", "group", "host", "set" */
	const char *name;	/* of the group, host or set; else "" */
	unsigned int line;
	bool	 added;		/* by KEY_add, or after what is inherited */
};

struct policy_value {
	const struct schema_key *key;
	const char *set;	/* NULL: holds for all of the host's sets */
	const char **items;	/* one, or the elements of a list; a
					   group is text of the policy */
	size_t	 nitems;
	struct policy_origin *origins;	/* in the order of items */
	size_t	 norigins;	/* 0: nobody said it */
};

/*
 * Read the policy as policy_load does and settle the values of one host.
 * The caller owns *ep.  ERR_NOENT also where there is no such host.
 */
int	 policy_effective_load(const char *path, const char *host,
	    struct policy_report *report, struct policy_effective **ep)
	    ERR_MUST_USE;

/* Free e, which may be NULL. */
void	 policy_effective_free(struct policy_effective *e);

/* The i-th value, or NULL past the last. */
const struct policy_value *policy_effective_get(
	    const struct policy_effective *e, size_t i);

#endif /* POLICY_EFFECTIVE_H */
