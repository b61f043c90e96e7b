/* pool.h: a bounded pool of threads for pure functions. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stdbool.h>

#include "base/err.h"

/*
 * A job is a function of its argument alone: it must not touch a store, a
 * catalog or the caller's structures.  Jobs start in the order submitted.
 * One thread submits and waits; only the jobs run elsewhere.
 */
struct pool;

struct pool_job {
	void	(*run)(void *arg);	/* set by the caller */
	void	*arg;			/* borrowed until the job is done */
	struct pool_job *next;		/* private */
	bool	 done;			/* private: use pool_done */
};

/*
 * Start n threads (n >= 1).  With thread_niceness > 0 they yield to others.
 * Caller owns *poolp.
 */
int	 pool_new(unsigned int n, int thread_niceness, struct pool **poolp)
	    ERR_MUST_USE;

/* Wait for all jobs, end the threads, free p.  p may be NULL. */
void	 pool_free(struct pool *p);

/* Queue job, which is borrowed until it is done.  Never blocks. */
void	 pool_submit(struct pool *p, struct pool_job *job);

/* Tell whether job has run. */
bool	 pool_done(struct pool *p, struct pool_job *job);

/* Wait until job has run. */
void	 pool_wait(struct pool *p, struct pool_job *job);

/*
 * A descriptor (eventfd) that polls readable once a job has ended since it
 * was last read; the pool owns it.
 */
int	 pool_fd(const struct pool *p);

/* The number of processors this process may use, at least 1. */
unsigned int pool_cpus(void);

#endif /* BASE_POOL_H */
