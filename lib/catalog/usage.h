/* usage.h: how full targets were, and which keys were used, over time. */
#ifndef CATALOG_USAGE_H
#define CATALOG_USAGE_H

#include "catalog/catalog.h"

/* As in catalog/job.h: a cursor keeps writers waiting. */

struct catalog_usage {
	const char *target;
	int64_t	 time;
	uint64_t total, free;		/* bytes of its file system */
};

/* Keep it; the last of each hour stays.  It may wait (catalog_settle). */
int	 catalog_usage_put(struct catalog *c, const struct catalog_usage *u)
	    ERR_MUST_USE;

/* Of one target, or of all (NULL), since then; by target and time. */
struct catalog_usages;
int	 catalog_usages_new(struct catalog *c, const char *target,
	    int64_t since, struct catalog_usages **lp) ERR_MUST_USE;
int	 catalog_usages_next(struct catalog_usages *l,
	    struct catalog_usage *up) ERR_MUST_USE;
void	 catalog_usages_free(struct catalog_usages *l);

/* A private key that logged in to a host that showed its pinned key. */
struct catalog_access {
	const char *host;
	const char *identity;		/* file of the private key */
	const char *host_key;		/* as pinned: "ssh-ed25519 AAAA..." */
	int64_t	 since, used;		/* first and last time */
};

/*
 * Note that it was used at a->used; since is the first such time.  It may
 * wait (catalog_settle).
 */
int	 catalog_access_put(struct catalog *c, const struct catalog_access *a)
	    ERR_MUST_USE;

/* All of them, by host and time of first use. */
struct catalog_accesses;
int	 catalog_accesses_new(struct catalog *c, struct catalog_accesses **lp)
	    ERR_MUST_USE;
int	 catalog_accesses_next(struct catalog_accesses *l,
	    struct catalog_access *ap) ERR_MUST_USE;
void	 catalog_accesses_free(struct catalog_accesses *l);

#endif /* CATALOG_USAGE_H */
