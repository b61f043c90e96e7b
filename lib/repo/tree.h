/* tree.h: find and walk entries of a snapshot by path. */
#ifndef REPO_TREE_H
#define REPO_TREE_H

#include "repo/list.h"
#include "repo/snapshot.h"

/*
 * Walks use an explicit stack, so that depth is bounded by memory only.
 * A path here is the whole path on the source, "/srv/a/b".
 */
struct tree_walk;

/*
 * Walk everything of snapshot sn at or below path ("/" or NULL: all roots),
 * parents before children, names in byte order.  ERR_NOENT if nothing is
 * there.  Caller owns *wp; rd and sn are borrowed.
 */
int	 tree_walk_new(struct reader *rd, const struct snapshot *sn,
	    const char *path, struct tree_walk **wp) ERR_MUST_USE;
void	 tree_walk_free(struct tree_walk *w);

/*
 * 1 and the next entry with its path (not terminated; both borrowed until
 * the next call), 0 at the end.  Directories above a root or path are not
 * produced.  An error is about the list of one directory, whose rest is
 * lost; the next call goes on behind it.
 */
int	 tree_walk_next(struct tree_walk *w, const uint8_t **pathp,
	    size_t *lenp, struct entry *ep) ERR_MUST_USE;

/* After an error, the path of the directory it was about; borrowed. */
const uint8_t *tree_walk_path(const struct tree_walk *w, size_t *lenp);

/* Do not descend into the directory produced last. */
void	 tree_walk_skip(struct tree_walk *w);

#endif /* REPO_TREE_H */
