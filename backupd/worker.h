/* worker.h: start a job in processes of its own and listen to it. */
#ifndef BACKUPD_WORKER_H
#define BACKUPD_WORKER_H

#include <sys/types.h>

#include "backupd/event.h"
#include "backupd/job.h"

/*
 * A worker is this same program, started anew (fork and exec), so that it
 * inherits no memory; it reads its job from descriptor WORKER_JOB_FD and
 * writes events to WORKER_EVENT_FD.  It ends when backupd does.
 */
#define WORKER_JOB_FD 3
#define WORKER_EVENT_FD 4
#define WORKER_KEEPER_ARG "--keeper"
#define WORKER_PULLER_ARG "--puller"
#define WORKER_READER_ARG "--reader"
#define WORKER_COPYIST_ARG "--copyist"

struct worker {
	pid_t	 pid;
	int	 event_fd;		/* readable end, owned */
};

/* Start the keeper of job j. */
int	 worker_start(const struct job *j, struct worker *wp) ERR_MUST_USE;

/* Start a worker by its argument, with a record of another kind. */
struct buf;
int	 worker_start_as(const char *arg, const struct buf *record,
	    struct worker *wp) ERR_MUST_USE;

/* Wait for the worker's end; give its wait(2) status. */
int	 worker_wait(struct worker *w, int *statusp) ERR_MUST_USE;

/*
 * Start this program with one argument; fds[i] becomes descriptor 3 + i,
 * and nothing above stays open.  For worker_start and for the keeper, which
 * starts the puller.
 */
int	 worker_spawn(const char *arg, const int *fds, size_t nfds,
	    pid_t *pidp) ERR_MUST_USE;

#endif /* BACKUPD_WORKER_H */
