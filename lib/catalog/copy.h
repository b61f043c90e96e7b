/* copy.h: copies of targets in the catalog: how they went, what they hold. */
#ifndef CATALOG_COPY_H
#define CATALOG_COPY_H

#include "catalog/job.h"

/*
 * A copy is one run of bringing a target with role "copy" up to date.  Its
 * numbers are its own, not those of jobs.  As with jobs, one that began is
 * alive as long as the catalog that began it is open; after that every look
 * finds it interrupted.  One target is copied to by one at a time.
 *
 * A cursor keeps writers waiting, and what it gives is borrowed until its
 * next call.
 */
struct catalog_copy {
	int64_t	 id;
	const char *target, *from;	/* names of targets */
	int64_t	 begun, ended;		/* ended 0: not known */
	enum catalog_outcome outcome;
	int	 exit;
	uint64_t objects, bytes;	/* that were copied */
	uint64_t all, all_bytes;	/* that there are to be */
	uint64_t damaged;		/* not copied, or differ */
	uint64_t snapshots;		/* that came */
	const char *text, *remedy;
};

/* It begins: target, from, begun.  ERR_BUSY if one of that target is alive. */
int	 catalog_copy_begin(struct catalog *c, const struct catalog_copy *y,
	    int64_t *idp) ERR_MUST_USE;

/* It has ended: all but target, from and begun. */
int	 catalog_copy_end(struct catalog *c, const struct catalog_copy *y)
	    ERR_MUST_USE;

/* Which: one (id not 0), or of one target (NULL: all) that began since. */
struct catalog_copy_filter {
	int64_t	 id;
	const char *target;
	int64_t	 since;
	uint64_t limit;			/* 0: none */
};

/* A cursor over copies, the latest first. */
struct catalog_copies;
int	 catalog_copies_new(struct catalog *c,
	    const struct catalog_copy_filter *f, struct catalog_copies **lp)
	    ERR_MUST_USE;
int	 catalog_copies_next(struct catalog_copies *l,
	    struct catalog_copy *yp) ERR_MUST_USE;
void	 catalog_copies_free(struct catalog_copies *l);

/* How a target stands; numbers only. */
struct catalog_copied {
	int64_t	 begun, ended;		/* of the last copy */
	enum catalog_outcome outcome;
	int	 exit;
	int64_t	 good;			/* end of the last complete; 0: none */
	uint64_t failed;		/* that ended otherwise since then */
};

/* ERR_NOENT if nothing was ever copied to it. */
int	 catalog_copied_get(struct catalog *c, const char *target,
	    struct catalog_copied *sp) ERR_MUST_USE;

/* What a target has that a copy of it has not. */
struct catalog_behind {
	uint64_t snapshots, sources;
	int64_t	 oldest;		/* when that was begun; 0: none */
};

/* Count it, by the snapshots that are known and what the copy holds. */
int	 catalog_behind_get(struct catalog *c, const char *target,
	    const char *copy, struct catalog_behind *bp) ERR_MUST_USE;

/* The newest snapshot of a source that is whole on a target. */
struct catalog_held {
	const char *target, *host, *set;
	uint64_t sequence;
	int64_t	 time;			/* when the snapshot was begun */
	int64_t	 seen;			/* when it was found there */
};

/*
 * Keep it, in place of what was known of that target and source.  It may wait
 * (catalog_settle), at the latest for the end of the copy.
 */
int	 catalog_held_put(struct catalog *c, const struct catalog_held *h)
	    ERR_MUST_USE;

/* By target, host and set; of one target unless NULL. */
struct catalog_helds;
int	 catalog_helds_new(struct catalog *c, const char *target,
	    struct catalog_helds **lp) ERR_MUST_USE;
int	 catalog_helds_next(struct catalog_helds *l,
	    struct catalog_held *hp) ERR_MUST_USE;
void	 catalog_helds_free(struct catalog_helds *l);

#endif /* CATALOG_COPY_H */
