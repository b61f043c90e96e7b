/* moved.h: files that are gone from where they were, by inode. */
#ifndef BACKUPD_MOVED_H
#define BACKUPD_MOVED_H

#include <stdbool.h>

#include "repo/entry.h"

/*
 * A file that was renamed and then changed has no older version under its
 * name, but its inode shows which it was.  Holds what the merge found gone or
 * replaced, in a spool (base/spool.h); bounded: when it is full, no more is
 * remembered.
 */
#define MOVED_MAX (64u << 10)		/* files, of about 250 bytes each */

struct moved;

/* Caller owns *mp. */
int	 moved_new(struct moved **mp) ERR_MUST_USE;
void	 moved_free(struct moved *m);

/* Remember a regular file of the previous snapshot that has content and a
 * known inode; others, and a second one of an inode, are ignored. */
int	 moved_gone(struct moved *m, const struct entry *old) ERR_MUST_USE;

/*
 * Find the file that had this device and inode.  *oldp has as attributes
 * type, size and inode, and the content; it borrows nothing and its name
 * is empty.
 */
bool	 moved_find(const struct moved *m, const struct attr *a,
	    struct entry *oldp);

#endif /* BACKUPD_MOVED_H */
