/* rebuild.h: make the catalog agree with a repository. */
#ifndef CATALOG_REBUILD_H
#define CATALOG_REBUILD_H

#include "catalog/history.h"

/*
 * The snapshots of one target are gathered first, while the catalog is
 * used on, and take the place of those known of that target in one
 * transaction.  A snapshot whose job is not known gives it back, marked as
 * rebuilt; a job that was interrupted after its snapshot was made gets it.
 * What only the catalog knows (jobs that failed, issues) stays.
 */
struct catalog_rebuild;

struct catalog_rebuilt {
	uint64_t snapshots;	/* of the target, now */
	uint64_t jobs;		/* given back */
	uint64_t adopted;	/* interrupted ones that had made a snapshot */
};

/* Begin.  c is borrowed, target copied.  Caller owns *bp. */
int	 catalog_rebuild_new(struct catalog *c, const char *target,
	    struct catalog_rebuild **bp) ERR_MUST_USE;

/* Add a snapshot; s->target is not looked at. */
int	 catalog_rebuild_add(struct catalog_rebuild *b,
	    const struct catalog_snapshot *s) ERR_MUST_USE;

/* Put them in place. */
int	 catalog_rebuild_apply(struct catalog_rebuild *b,
	    struct catalog_rebuilt *donep) ERR_MUST_USE;

/* Free b, which may be NULL; what was not applied is forgotten. */
void	 catalog_rebuild_free(struct catalog_rebuild *b);

#endif /* CATALOG_REBUILD_H */
