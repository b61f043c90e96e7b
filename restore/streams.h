/* streams.h: the small frames of deltas, read from many packs at once. */
#ifndef RESTORE_STREAMS_H
#define RESTORE_STREAMS_H

#include "restore/plan.h"

/*
 * Deltas lie in the packs of many nights, in each about in the order of the
 * file.  So each of these packs is read in pieces, as a stream, and of each
 * some piece is kept, of all some 8 MiB: what is needed of a pack is not
 * asked for frame by frame, and what is not needed is not read.
 */
struct repo;
struct streams;

/* Look what the sorted plan needs.  Caller owns *sp; r and plan are
 * borrowed. */
int	 streams_new(struct repo *r, const struct plan *plan,
	    struct streams **sp) ERR_MUST_USE;
void	 streams_free(struct streams *s);

/*
 * Give the stored bytes of a delta's frame, l->frame_len of them, borrowed
 * until the next call.  Fails as store_get does.
 */
int	 streams_get(struct streams *s, const struct plan_link *l,
	    const uint8_t **datap) ERR_MUST_USE;

#endif /* RESTORE_STREAMS_H */
