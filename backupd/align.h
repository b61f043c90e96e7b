/* align.h: which chunk of a file's older version stood in a new one's place. */
#ifndef BACKUPD_ALIGN_H
#define BACKUPD_ALIGN_H

#include "repo/list.h"

/*
 * Walks the old content beside the new.  A chunk that both have ties their
 * offsets together; what comes after it in the new version is compared with
 * the bytes that come as far after it in the old one, until the next chunk
 * that both have.  So insertions and deletions shift what follows, and do not
 * lose it.  The old list is looked at through a window, never loaded whole:
 * a chunk that moved by more than the 256 items behind or 768 ahead, about
 * 200 MB, ties nothing.
 */
struct aligner;
struct reader;

/* Begin with the content of the old entry, which is copied; rd is borrowed.
 * Caller owns *ap. */
int	 aligner_new(struct reader *rd, const struct entry *old,
	    struct aligner **ap) ERR_MUST_USE;
void	 aligner_free(struct aligner *a);

/*
 * Take the next n items of the new content.  bases[i] is the old chunk that
 * shares most of the place of items[i], or has len 0 if there is none (or if
 * the item is a hole, or a chunk that both have).  After a failure a can only
 * be freed.
 *
 * A tie that comes late shows where the items before it came from: so better
 * all items of a batch at once than one by one.
 */
int	 aligner_next(struct aligner *a, const struct content_item *items,
	    size_t n, struct content_item *bases) ERR_MUST_USE;

#endif /* BACKUPD_ALIGN_H */
