/* daemon_impl.h: what the parts of the daemon share. */
#ifndef BACKUPD_DAEMON_IMPL_H
#define BACKUPD_DAEMON_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backupd/access.h"
#include "backupd/event.h"
#include "base/err.h"

struct control;
struct copier;
struct copying;
struct job;
struct loop;
struct loop_watch;
struct planner;
struct planner_source;
struct policy;
struct policy_target;
struct queue;
struct queue_task;
struct record;
struct runner;
struct server;
struct server_client;

#define DAEMON_SIGNALS 4
#define DAEMON_PROBLEM_MAX 1024

struct daemon {
	struct loop *loop;
	const char *config;	/* the policy's file */
	char	*state_dir;
	const struct policy *policy;
	const struct policy_target *target;	/* of policy */
	char	 problem[DAEMON_PROBLEM_MAX];	/* of the last reload, or "" */
	int64_t	 started, loaded;	/* wall time */
	struct queue *queue;
	struct planner *planner;
	struct record *record;		/* NULL: there is no catalog */
	struct server *server;
	struct access access;
	struct loop_watch *signals[DAEMON_SIGNALS];
	struct loop_watch *wake;	/* when something is to be planned */
	struct loop_watch *patience;	/* with running jobs, when stopping */
	int64_t	 grace_ms;
	bool	 stopping;
	struct active *active;
	struct copier *copier;
	struct copying *copying;	/* copies that are made now */
	int64_t	 offset;		/* of wall from monotonic time, ms */
	/* Of a rehearsal: its monotonic time, where it goes to or 0. */
	int64_t	 mono_ms, until;
};

/* Why a job is given up. */
enum jobs_why {
	JOBS_GOES_ON,
	JOBS_OFFICER,			/* somebody wants it to */
	JOBS_WINDOW,			/* its window has ended */
	JOBS_TIME,			/* it takes longer than it may */
	JOBS_STOP			/* the daemon ends */
};

/* A job that runs: the data of its task. */
struct active {
	struct daemon *daemon;
	struct queue_task *task;
	struct job *job;
	struct runner *runner;
	struct loop_watch *limit;	/* of its time */
	int64_t	 started;
	uint64_t expected;		/* bytes that the job before has read */
	enum jobs_why why;
	struct active *next;
};

/* ---- daemon.c ---- */

/*
 * Read the policy anew.  If it is not good the old one stays active, and
 * d->problem says why: ERR_CONFIG.
 */
int	 daemon_reload(struct daemon *d) ERR_MUST_USE;

/* Begin no job any more, and end when those that run have ended. */
void	 daemon_stop(struct daemon *d);

/* Ask the planner what is to be done, and begin what can begin. */
void	 daemon_plan(struct daemon *d);

/* When stopping: end the loop if nothing runs any more. */
void	 daemon_rest(struct daemon *d);

/* ---- copies.c ---- */

/* Begin those that have their turn. */
void	 copies_start(struct daemon *d);

/* Tell whether jobs run or wait. */
bool	 copies_busy(const struct daemon *d);

/* Give up those that run; what was copied stays. */
void	 copies_cancel_all(struct daemon *d);

/* A child has ended. */
void	 copies_reap(struct daemon *d);

/* Kill all workers, at the very end. */
void	 copies_clear(struct daemon *d);

/* ---- jobs.c ---- */

/*
 * Have the source wait for its turn, before others if somebody has asked for
 * it.  *tp is its task, whether new or there already.  A dry run of it
 * stands outside its schedule: ERR_BUSY if there is a task of the other kind,
 * or a dry one.
 */
int	 jobs_add(struct daemon *d, struct planner_source *s, bool dry,
	    struct queue_task **tp) ERR_MUST_USE;

/* Begin what may begin now. */
void	 jobs_start(struct daemon *d);

/* End one: it is given up by its worker, or does not begin. */
void	 jobs_cancel(struct daemon *d, struct queue_task *t,
	    enum jobs_why why);

/* As jobs_cancel, when stopping, for all that wait or also all that run. */
void	 jobs_cancel_all(struct daemon *d, bool running);

/* A child has ended. */
void	 jobs_reap(struct daemon *d);

/* Kill all workers, at the very end. */
void	 jobs_clear(struct daemon *d);

/* ---- answer.c ---- */

/* Answer a request; for server_calls, arg is the daemon. */
void	 answer_request(void *arg, struct server_client *client,
	    const struct control *c);

#endif /* BACKUPD_DAEMON_IMPL_H */
