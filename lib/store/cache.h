/* cache.h: a directory of copies, bounded, that may be lost at any time. */
#ifndef STORE_CACHE_H
#define STORE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * A copy is of a whole object, or of a range of one, and is checked when it is
 * read: one that is damaged is removed and counts as absent.  Copies stand in
 * generations, directories of which the newest is written to; one that is used
 * moves there.  Where all together would hold more than the maximum, the
 * oldest generation goes, whatever is in it: so what was not used for longest
 * goes first, and nothing is ever searched or sorted for it.
 *
 * Any number of processes may use a directory at once, without a lock, and any
 * may be killed: a copy is written under another name and then renamed, and
 * what a generation holds is counted by the length of a file that is only
 * appended to.  A copy that could not be made is no failure; the first is told.
 * One thread.
 */
struct buf;
struct cache;

/*
 * Use the directory at path, which is made, with at most max bytes.  The
 * caller owns *cp.
 */
int	 cache_open(const char *path, uint64_t max, struct cache **cp)
	    ERR_MUST_USE;

/* Free c, which may be NULL. */
void	 cache_close(struct cache *c);

#define CACHE_WHOLE UINT64_MAX	/* as off: the copy of a whole object */

/*
 * Append the len bytes at off of the object called name.  ERR_NOENT if there
 * is no copy of them.
 */
int	 cache_get(struct cache *c, const char *name, uint64_t off,
	    size_t len, struct buf *out) ERR_MUST_USE;

/* Append a whole object of at most max bytes; ERR_NOENT likewise. */
int	 cache_get_all(struct cache *c, const char *name, size_t max,
	    struct buf *out) ERR_MUST_USE;

/* Tell whether a copy begins so that it may hold what is at off. */
bool	 cache_has(struct cache *c, const char *name, uint64_t off);

/* Keep a copy of the range that begins at off, or of a whole object. */
void	 cache_put(struct cache *c, const char *name, uint64_t off,
	    const void *data, size_t len);

/* Remove all copies of the object and of its ranges.  How many it were. */
size_t	 cache_drop(struct cache *c, const char *name);

#endif /* STORE_CACHE_H */
