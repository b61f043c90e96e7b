/* spool.h: arrays that may outgrow memory, in unnamed mapped files. */
#ifndef RESTORE_SPOOL_H
#define RESTORE_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * A spool holds records of one size.  Its pages belong to a file without a
 * name in $TMPDIR, so that the kernel may write them out and ten million
 * records cost no anonymous memory.  Functions return 0 or an ERR_ code; a
 * spool belongs to one thread while it changes.
 */
struct spool;

/* Make an empty spool of records of size bytes.  Caller owns *sp. */
int	 spool_new(size_t size, struct spool **sp) ERR_MUST_USE;

/* Free s, which may be NULL. */
void	 spool_free(struct spool *s);

/*
 * Append n records and give the number of the first.  ERR_NOSPACE where the
 * temporary directory is full.
 */
int	 spool_add(struct spool *s, const void *records, size_t n,
	    uint64_t *firstp) ERR_MUST_USE;

/* Record i, borrowed until the next add. */
void	*spool_at(const struct spool *s, uint64_t i);

/* How many records. */
uint64_t spool_count(const struct spool *s);

/* Forget all records from the n-th on. */
void	 spool_cut(struct spool *s, uint64_t n);

/* Sort in place, without further memory; not stable. */
void	 spool_sort(struct spool *s,
	    int (*compare)(const void *a, const void *b));

#endif /* RESTORE_SPOOL_H */
