/* planner.h: what is to be done now, and until when there is nothing. */
#ifndef BACKUPD_PLANNER_H
#define BACKUPD_PLANNER_H

#include <stdbool.h>
#include <stdint.h>

#include "backupd/event.h"
#include "policy/schedule.h"

/*
 * Each source of the policy has its rules (policy/schedule.h) and its past,
 * which the catalog gives back after a restart.  The moment is a parameter:
 * nothing here looks at a clock.  Sources that left the policy are kept with
 * their past, and come back with it.  One thread.
 */
struct catalog;
struct planner;
struct policy;
struct policy_host;
struct policy_source;

struct planner_source {
	char	*host, *set;
	/* In the policy, borrowed; NULL if it is not in there. */
	const struct policy_host *in_host;
	const struct policy_source *in;
	struct schedule_state state;
	struct schedule_verdict verdict;	/* the last one */
	/* The caller's: it waits in the queue, its window's end ends it. */
	bool	 queued, cut;
	char	*paused_why;	/* the officer's words, or "" */
	uint64_t job;			/* the newest; 0: none */
	int	 code;			/* exit code of the last that ended */
	int64_t	 ended;			/* when it did; 0: none has */
	int64_t	 snapshot;		/* start of the last that made one */
	char	*text, *remedy;		/* of the last end; "" if nothing */
};

/*
 * Begin with what the catalog c knows; NULL if there is none.  Caller owns
 * *pp.
 */
int	 planner_new(struct catalog *c, struct planner **pp) ERR_MUST_USE;

/* Free p, which may be NULL. */
void	 planner_free(struct planner *p);

/*
 * Plan by this policy, which must outlive p or the next call; if it fails
 * the one before counts.
 */
int	 planner_policy(struct planner *p, const struct policy *policy,
	    int64_t now) ERR_MUST_USE;

/*
 * Plan nothing for the host until then, for that reason; 0 ends it.  A job
 * that is asked for, or runs, is no plan.
 */
int	 planner_pause(struct planner *p, const char *host, int64_t until,
	    const char *reason, int64_t now) ERR_MUST_USE;

/* The clock was set: whatever was decided is to be decided anew. */
void	 planner_jump(struct planner *p);

/*
 * A source for which it is time: to be queued (its verdict says run) or, if
 * it runs, at the end of its window.  NULL if there is none.  It is asked
 * about again only after its state has changed, or at its verdict's moment.
 */
struct planner_source *planner_due(struct planner *p, int64_t now);

/* When planner_due will have something, if nothing happens before. */
int64_t	 planner_wake(const struct planner *p);

/* A source by its name; NULL if it was never heard of. */
struct planner_source *planner_find(const struct planner *p,
	    const char *host, const char *set);

/* Ask anew what is to be done with it: its state has changed. */
void	 planner_decide(struct planner *p, struct planner_source *s,
	    int64_t now);

/* Its job of that number begins, as the last verdict had it. */
void	 planner_started(struct planner *p, struct planner_source *s,
	    uint64_t job, int64_t now);

/* Its job has ended so, at the moment now. */
void	 planner_ended(struct planner *p, struct planner_source *s,
	    const struct event_end *e, int64_t now);

#endif /* BACKUPD_PLANNER_H */
