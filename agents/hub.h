/* hub.h: the lock, the signals and the end that the agent's threads share. */
#ifndef AGENTS_HUB_H
#define AGENTS_HUB_H

#include <pthread.h>
#include <stdbool.h>

#include "base/err.h"

/*
 * Two threads talk over a hub: the main thread, which reads requests and
 * writes replies, and the walker, which reads the files.  The queues between
 * them (outq.h, reqs.h, batch.h) are all under its one lock.  The walker
 * waits on a condition, the main thread in poll(2) on a descriptor.
 */
struct hub {
	pthread_mutex_t	 lock;
	pthread_cond_t	 changed;	/* for the walker */
	int		 wake;		/* owns; eventfd, for the main thread */
	bool		 woken;		/* it is readable already */
	bool		 ended;		/* everybody stops */
	int		 failure;	/* why, if the walker or a job failed */
};

/* Make h ready. */
int	 hub_init(struct hub *h) ERR_MUST_USE;

/* Free what h owns. */
void	 hub_clear(struct hub *h);

/* Take the lock. */
void	 hub_lock(struct hub *h);

/* Give it back. */
void	 hub_unlock(struct hub *h);

/*
 * The walker, locked: sleep until hub_tell.  ERR_CANCELLED at the end.  What
 * it waits for may hang on what it has queued, so it calls hub_wake before
 * the first of several waits; before each of them, both would only wake one
 * another.
 */
int	 hub_wait(struct hub *h) ERR_MUST_USE;

/* Locked: something changed that the walker may wait for. */
void	 hub_tell(struct hub *h);

/* Locked: something changed that the main thread should look at. */
void	 hub_wake(struct hub *h);

/* The main thread, after poll: the descriptor is no longer readable. */
void	 hub_awake(struct hub *h);

/* Unlocked: all stop; failure is 0 or the reason.  The first one counts. */
void	 hub_end(struct hub *h, int failure);

/* Unlocked: ERR_CANCELLED once all should stop, else 0. */
int	 hub_check(struct hub *h) ERR_MUST_USE;

#endif /* AGENTS_HUB_H */
