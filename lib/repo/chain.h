/* chain.h: a chunk that is stored as a delta, and all that it builds on. */
#ifndef REPO_CHAIN_H
#define REPO_CHAIN_H

#include "repo/index.h"

/*
 * doc/format.md section 4.  The first link is the chunk itself, each further
 * one the base of the one before, the last one is stored whole.
 */
#define CHAIN_MAX 33

struct chain_link {
	uint8_t	 id[32];
	struct index_place at;
};

struct chain {
	unsigned int n;			/* 1: stored whole */
	struct chain_link links[CHAIN_MAX];
};

/*
 * Find the links of chunk id in the index.  ERR_NOENT if id is not there;
 * ERR_CORRUPT if a base is not, or if depths do not fall.
 */
int	 chain_find(struct index *x, const uint8_t id[32], struct chain *cp)
	    ERR_MUST_USE;

#endif /* REPO_CHAIN_H */
