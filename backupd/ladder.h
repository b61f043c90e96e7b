/* ladder.h: which generation of a chunk the next delta builds on. */
#ifndef BACKUPD_LADDER_H
#define BACKUPD_LADDER_H

#include <stdint.h>

#include "repo/chain.h"

/*
 * Skip-deltas by size (doc/decisions/0015).  A delta against the latest
 * generation is made first; where the deltas that this one builds on are no
 * longer than it and those passed over already, they are passed over too.  With
 * changes of equal size that is a binary counter: of n generations the last is
 * at a depth of about log2(n), and all together take n log2(n) / 2 of a
 * change.  Needs nothing but what the index tells.  Pure.
 */
#define LADDER_DEPTH_MAX 16

/* The generations of a chunk: the latest first, the last stored whole. */
struct ladder {
	unsigned int n;
	uint32_t whole;			/* what one takes that is whole */
	struct {
		uint32_t stored;	/* of a delta, as it stands in a pack */
		uint8_t	 depth;
	} links[CHAIN_MAX];
};

/* What a delta against that link may take in a pack: clearly less than the
 * whole, and with all that it builds on no more than that. */
uint32_t ladder_limit(const struct ladder *l, unsigned int link);

/* The link to build on when the delta against the first takes stored bytes;
 * 0 is the first itself. */
unsigned int ladder_pick(const struct ladder *l, uint32_t stored);

#endif /* BACKUPD_LADDER_H */
