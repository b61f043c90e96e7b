/* verify_lineage.h: deltas and what they build on, as trees. */
#ifndef REPO_VERIFY_LINEAGE_H
#define REPO_VERIFY_LINEAGE_H

#include "repo/verify_impl.h"

/*
 * Every delta belongs to one tree: above it stands the shallowest instance of
 * its base, the one that a reader takes; at the top a chunk that is stored
 * whole.
 */

/* A delta in its tree; all numbers big-endian, in the order of all. */
struct lineage {
	uint8_t	 pack[4], frame[4];	/* of the top: pack, frame's offset */
	uint8_t	 top[4];		/* numbers of instances */
	uint8_t	 parent[4];
	uint8_t	 self[4];
};
#define LINEAGE_FRAME_KEY 8
#define LINEAGE_TOP_KEY 12
#define LINEAGE_PARENT_KEY 16

/* The n-th instance, borrowed. */
const struct verify_instance *verify_instance_at(const struct verify *v,
	    size_t n);

/* Remember that a delta cannot be had, to be reported for its pack. */
void	 verify_delta_lost(struct verify *v, const struct verify_instance *in);

/*
 * Open all deltas, a sorted array of struct lineage, and check them by their
 * ids: verify_walk.c.
 */
int	 verify_lineages(struct verify *v, const struct spool *all)
	    ERR_MUST_USE;

#endif /* REPO_VERIFY_LINEAGE_H */
