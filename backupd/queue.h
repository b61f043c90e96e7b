/* queue.h: which jobs wait, which run, and which may begin. */
#ifndef BACKUPD_QUEUE_H
#define BACKUPD_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Jobs wait in a queue until there is room for them: no more run at a time
 * than the server, the job's host, its group and its target allow.
 * A job of higher priority begins first, of equal ones the one that came
 * first; one that may not begin does not hold up those behind it.  A source
 * is in the queue once, whether it waits or runs.
 *
 * Nothing here starts a process or looks at a clock.  One thread.
 */
struct queue;

struct queue_task {
	uint64_t id;			/* given by queue_add */
	uint64_t job;			/* its number, 0 until it begins */
	char	*host, *set;
	char	*group;			/* "" if none */
	char	*target;
	int	 priority;		/* higher is earlier */
	int	 max_host;		/* running of this host; 0: any */
	int	 max_group, max_target;	/* likewise */
	bool	 running;		/* set by queue_run only */
	bool	 dry;			/* finds out only; no schedule's */
	void	*data;			/* the caller's */
	/* Private. */
	struct queue_task *next, *prev, *next_running, *next_slot;
};

/* Make an empty queue; 0 for any number of jobs at a time. */
int	 queue_new(int max_server, struct queue **qp) ERR_MUST_USE;

/* Free q with all its tasks; q may be NULL. */
void	 queue_free(struct queue *q);

/* How many may run at a time from now on; who runs already goes on. */
void	 queue_set_max(struct queue *q, int max_server);

/*
 * Add a copy of t, waiting; *tp is it, owned by the queue.  ERR_EXIST if
 * its source is there already, and *tp that.
 */
int	 queue_add(struct queue *q, const struct queue_task *t,
	    struct queue_task **tp) ERR_MUST_USE;

/* It begins. */
void	 queue_run(struct queue *q, struct queue_task *t);

/* Take a task out and free it. */
void	 queue_remove(struct queue *q, struct queue_task *t);

/* The task that may begin now, or NULL.  It waits until told to run. */
struct queue_task *queue_next(const struct queue *q);

/* A task by its job's number or by its source; NULL if there is none. */
struct queue_task *queue_job(const struct queue *q, uint64_t job);
struct queue_task *queue_source(const struct queue *q, const char *host,
	    const char *set);

/* The first of all tasks in the order they came; then t's next. */
struct queue_task *queue_first(const struct queue *q);

/* How many run, or wait. */
size_t	 queue_count(const struct queue *q, bool running);

#endif /* BACKUPD_QUEUE_H */
