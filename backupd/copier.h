/* copier.h: when each copy is to be brought up to date. */
#ifndef BACKUPD_COPIER_H
#define BACKUPD_COPIER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * A copy without a calendar has its turn when a job has made a snapshot,
 * one with a calendar (`every`) at its moments; a moment that was missed is
 * made up for once.  What comes while it waits or runs is one turn more,
 * not several.  One that fails has its turn again after a while, which
 * grows; one that is not there and need not be, every few minutes.
 *
 * The past comes from the catalog; the moment is a parameter: nothing here
 * looks at a clock.  One thread.
 */
struct catalog;
struct copier;
struct policy;
struct policy_target;

struct copier_target {
	char	*name;
	const struct policy_target *in;	/* NULL: it is no copy any more */
	int64_t	 due;			/* it has its turn since; 0: not */
	int64_t	 not_before;		/* its next try, after a failure */
	int64_t	 begun;			/* the last that ended or runs */
	unsigned int failed;		/* in a row */
	bool	 running;
	void	*data;			/* the caller's */
	struct copier_target *next;	/* private */
};

#define COPIER_PATIENCE (15 * 60)	/* for jobs that run, seconds */

/* No copies yet.  c, which may be NULL, is borrowed.  Caller owns *cp. */
int	 copier_new(struct catalog *c, struct copier **cp) ERR_MUST_USE;

/* Free c, which may be NULL. */
void	 copier_free(struct copier *c);

/*
 * The copies of this policy from now on, which must outlive c or the next
 * call.  A new one without a calendar has its turn at once: who knows what
 * came while nobody looked.
 */
int	 copier_policy(struct copier *c, const struct policy *p, int64_t now)
	    ERR_MUST_USE;

/* A job has made a snapshot. */
void	 copier_snapshot(struct copier *c, int64_t now);

/*
 * One that is to begin, or NULL.  While jobs run or wait (busy) each has
 * patience, so that a night's jobs make one copy, not fifty.
 */
struct copier_target *copier_due(struct copier *c, bool busy, int64_t now);

/* When copier_due will have something if nothing happens; ZONE_NEVER. */
int64_t	 copier_wake(const struct copier *c, bool busy);

/* It begins. */
void	 copier_started(struct copier_target *t, int64_t now);

/* It has ended with this exit code; absent: it was not there. */
void	 copier_ended(struct copier_target *t, int code, bool absent,
	    int64_t now);

/* The first, then t->next. */
struct copier_target *copier_first(const struct copier *c);

#endif /* BACKUPD_COPIER_H */
