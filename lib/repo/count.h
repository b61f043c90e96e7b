/* count.h: how often a tree refers to each chunk. */
#ifndef REPO_COUNT_H
#define REPO_COUNT_H

#include "repo/list.h"
#include "repo/refs.h"
#include "repo/snapshot.h"

/*
 * The references of an entry are: each chunk of its content (inline or
 * listed), each node of its content list, its extended attributes, each
 * node of its subtree's list, and the references of every entry in that.
 * What occurs twice counts twice; the references of a snapshot are those of
 * its roots.  So an entry that is the same in two snapshots cancels out
 * when one is counted against the other.
 *
 * All of these add change references for what they find to b.  What they
 * read is checked on the way.
 */

/* All that an entry names. */
int	 count_entry(struct reader *rd, const struct entry *e, int32_t change,
	    struct refs_builder *b) ERR_MUST_USE;

/* All of a snapshot. */
int	 count_snapshot(struct reader *rd, const struct snapshot *sn,
	    int32_t change, struct refs_builder *b) ERR_MUST_USE;

/*
 * A snapshot less another, reading only what differs.  old may be NULL:
 * then all of sn.
 */
int	 count_difference(struct reader *rd, const struct snapshot *old,
	    const struct snapshot *sn, struct refs_builder *b) ERR_MUST_USE;

#endif /* REPO_COUNT_H */
