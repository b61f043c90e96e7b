/* store_cache.h: a far target, of which some is kept near. */
#ifndef STORE_STORE_CACHE_H
#define STORE_STORE_CACHE_H

#include "store/store.h"

/*
 * Only objects that are named by their own hash (packs, indexes, refs, keys)
 * are kept: under such a name nothing else can ever stand, so what was read
 * or put once is right for ever.  Whole ones are kept when they are put and
 * when they are read in one go, after their hash was checked; of packs also the
 * ranges that were read.
 *
 * What must be known of the target now is asked of it: whether an object is
 * there, how long it is, which there are.  So a copy may outlive its object;
 * that a snapshot's packs are there is to be asked by store_size.  Whoever
 * checks a target itself reads it without a cache.
 */

/* What was read, and from where. */
struct store_reads {
	uint64_t target, target_bytes;	/* requests for content, and bytes */
	uint64_t cache, cache_bytes;
};

/*
 * Put *storep, which stays open in it, behind a cache in the directory dir
 * (store/cache.h) of at most max bytes; dir NULL or max 0: nothing is kept,
 * and only counted.  A directory that cannot be used is told, and is no
 * failure.  On failure *storep is as it was.
 */
int	 store_cache(struct store **storep, const char *dir, uint64_t max)
	    ERR_MUST_USE;

/* What was read through s, which store_cache made. */
void	 store_cache_reads(const struct store *s, struct store_reads *readsp);

#endif /* STORE_STORE_CACHE_H */
