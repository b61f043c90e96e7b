/* spool.h: an array of records in a mapped, unnamed file. */
#ifndef BASE_SPOOL_H
#define BASE_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The pages of an array belong to a file without a name in $TMPDIR, which
 * the kernel may write out: many millions of records do not count as
 * anonymous memory.  Room is allocated before it is touched, so that a full
 * disk is ERR_NOSPACE, not a signal.  Arrays of up to 256 KiB need no file.
 *
 * Functions return 0 or a negative ERR_ code and log why; an array that could
 * not grow is as it was.  Pointers into it are good until it next grows.  It
 * belongs to one thread while it changes.
 */
#define SPOOL_RECORD_MAX 512

struct spool {
	int	 fd;		/* -1: no file yet */
	uint8_t	*p;		/* the records, one after the other */
	size_t	 rec;		/* bytes of one, at most SPOOL_RECORD_MAX */
	size_t	 n;		/* callers may lower it */
	size_t	 cap;		/* bytes mapped */
};

/* Make s empty, for records of rec bytes. */
void	 spool_init(struct spool *s, size_t rec);

/* Free what s holds; it is empty again. */
void	 spool_clear(struct spool *s);

/* Append a record. */
int	 spool_add(struct spool *s, const void *data) ERR_MUST_USE;

/* Append n records that stand one after the other. */
int	 spool_append(struct spool *s, const void *data, size_t n)
	    ERR_MUST_USE;

/* Have n records in all, the new ones zero; never fewer than before. */
int	 spool_fill(struct spool *s, size_t n) ERR_MUST_USE;

/* The i-th record, borrowed. */
void	*spool_at(const struct spool *s, size_t i);

/* Sort in place by the first key bytes, as memcmp orders them; not stable. */
void	 spool_sort(struct spool *s, size_t key);

/*
 * In a sorted array, the first record whose first key bytes are not below
 * what data points to: its number, s->n if there is none.
 */
size_t	 spool_search(const struct spool *s, const void *data, size_t key);

#endif /* BASE_SPOOL_H */
