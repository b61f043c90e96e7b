/* affected.h: which snapshots need something out of damaged packs. */
#ifndef REPO_AFFECTED_H
#define REPO_AFFECTED_H

#include "repo/snapshot.h"

/*
 * For what verify has found.  By packs, not frames: a snapshot that is named
 * may not need the damaged part, one that is not named needs none of these
 * packs itself (what deltas build on counts as needed).
 */
struct spool;

/*
 * Call fn with each snapshot that can be read and needs chunks that the index
 * has in one of packs (32-byte hashes, which are sorted by this), and how many
 * chunks.  Another return value than 0 ends it.
 */
int	 affected_find(struct repo *r, struct spool *packs,
	    int (*fn)(const struct snapshot *sn, uint64_t chunks, void *arg),
	    void *arg) ERR_MUST_USE;

#endif /* REPO_AFFECTED_H */
