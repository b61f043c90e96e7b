/* refs_impl.h: refs objects one by one, for lib/repo and its tests. */
#ifndef REPO_REFS_IMPL_H
#define REPO_REFS_IMPL_H

#include "base/spool.h"
#include "repo/refs.h"

#define REFS_CHAIN_MAX 32

/* A record in memory, as spool.h keeps it. */
struct ref {
	uint8_t	 id[32];
	int64_t	 change;
};

struct refs_head {
	uint8_t	 base[32];	/* zero: none */
	uint64_t chain;
	uint64_t records;
};

/* Read only the head of a refs object. */
int	 refs_head_get(struct repo *r, const uint8_t hash[32],
	    struct refs_head *hp) ERR_MUST_USE;

/*
 * Read a refs object to its end, check it against its name, and append its
 * records, each change times sign, to recs (struct ref).
 */
int	 refs_object_get(struct repo *r, const uint8_t hash[32], int sign,
	    struct spool *recs, struct refs_head *hp) ERR_MUST_USE;

/* Sort recs, add up what is of one id, and drop what comes to nothing. */
void	 refs_merge(struct spool *recs);

/* The records collected so far, not merged; borrowed. */
struct spool *refs_builder_records(struct refs_builder *b);

/* Make what b has collected a set; b is empty again.  Caller owns *sp. */
int	 refs_builder_set(struct refs_builder *b, struct refs_set **sp)
	    ERR_MUST_USE;

#endif /* REPO_REFS_IMPL_H */
