/* runner.h: a worker that runs while the event loop does other things. */
#ifndef BACKUPD_RUNNER_H
#define BACKUPD_RUNNER_H

#include <stdint.h>

#include "backupd/event.h"
#include "base/err.h"

/*
 * A runner starts the worker of one job, reads its events as they come and
 * notices its end.  What a worker says is bounded; one that says nonsense is
 * killed, and its job has failed.  One thread, which never waits here.
 */
struct buf;
struct job;
struct loop;
struct runner;

/* How it ended. */
struct runner_end {
	const struct event_end *said;	/* NULL: it died without a word */
	int	 status;		/* of wait(2), if it did */
};

struct runner_calls {
	/* Any event but its end. */
	void	(*event)(void *arg, const struct event *e);
	void	(*ended)(void *arg, const struct runner_end *end);
	void	*arg;			/* borrowed */
};

/* Start the worker of job j.  Caller owns *rp, and frees it in ended(). */
int	 runner_start(struct loop *l, const struct job *j,
	    const struct runner_calls *calls, struct runner **rp)
	    ERR_MUST_USE;

/* As runner_start, of a worker by its argument and record (worker.h). */
int	 runner_start_as(struct loop *l, const char *arg,
	    const struct buf *record, const struct runner_calls *calls,
	    struct runner **rp) ERR_MUST_USE;

/*
 * Ask the worker to give up; it is killed if it has not ended in ms
 * milliseconds.
 */
void	 runner_cancel(struct runner *r, int64_t ms);

/* A child of this process has ended: see whether it is this one. */
void	 runner_reap(struct runner *r);

/* Free r, which may be NULL.  A worker that runs is killed. */
void	 runner_free(struct runner *r);

#endif /* BACKUPD_RUNNER_H */
