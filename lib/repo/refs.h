/* refs.h: which chunks a source's snapshots need, as differences. */
#ifndef REPO_REFS_H
#define REPO_REFS_H

#include "repo/repo.h"

/*
 * Records are collected in an unnamed file and sorted there, so that a
 * million references cost no anonymous memory.
 */
struct refs_builder;
struct refs_set;

/* Start an empty collection, which the caller owns; NULL may be freed. */
int	 refs_builder_new(struct refs_builder **bp) ERR_MUST_USE;
void	 refs_builder_free(struct refs_builder *b);

/* Count change (+1 or -1, or more) references to id. */
int	 refs_builder_add(struct refs_builder *b, const uint8_t id[32],
	    int32_t change) ERR_MUST_USE;

/*
 * Put a refs object that builds on base (32 zero bytes: none) and give its
 * hash; base itself is given back when no sum changed.  A chain that would
 * pass 32 objects is written whole: old is the set of base then, else
 * unused.
 */
int	 refs_builder_put(struct refs_builder *b, struct repo *r,
	    const uint8_t base[32], const struct refs_set *old,
	    uint8_t hashp[32]) ERR_MUST_USE;

/* Load the sums of a chain.  hash of 32 zero bytes gives an empty set. */
int	 refs_set_load(struct repo *r, const uint8_t hash[32],
	    struct refs_set **sp) ERR_MUST_USE;
void	 refs_set_free(struct refs_set *s);

/* Tell whether id is needed. */
bool	 refs_set_has(const struct refs_set *s, const uint8_t id[32]);

/* How many ids, and the i-th in order (borrowed). */
size_t	 refs_set_count(const struct refs_set *s);
const uint8_t *refs_set_id(const struct refs_set *s, size_t i,
	    int64_t *countp);

#endif /* REPO_REFS_H */
