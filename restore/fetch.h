/* fetch.h: read the packs that a plan needs, in order, and hand out chunks. */
#ifndef RESTORE_FETCH_H
#define RESTORE_FETCH_H

#include <stdbool.h>

#include "restore/plan.h"

/*
 * Packs are read in large pieces by the caller's thread; frames are opened
 * and every chunk's id recomputed by a pool; results come back in order.
 * Deltas are applied by the pool to what their frame holds.  What is under
 * way is bounded by some 32 MiB with two threads, 60 MiB with many.
 */
struct repo;

struct fetch_sink {
	/* A piece whose id was found right, and its SHA-256. */
	int	(*item)(const struct plan_item *item, const uint8_t *data,
		    const uint8_t hash[32], void *arg);
	/* A piece that cannot be had; why is a phrase. */
	void	(*damaged)(const struct plan_item *item, const char *why,
		    void *arg);
	/* Asked now and then: true ends it with ERR_CANCELLED. */
	bool	(*cancelled)(void *arg);
	void	*arg;
};

/* Fetch every item of the sorted plan with so many threads.  What the sink
 * returns but 0 ends it and is returned. */
int	 fetch_run(struct repo *r, const struct plan *plan,
	    unsigned int threads, const struct fetch_sink *sink) ERR_MUST_USE;

#endif /* RESTORE_FETCH_H */
