/* grow.h: an array of records in a mapped, unnamed file. */
#ifndef REPO_GROW_H
#define REPO_GROW_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The kernel may write such memory out, so that arrays of many millions do
 * not count as anonymous memory.  Room is allocated before it is touched: a
 * full disk is ERR_NOSPACE, not a signal.  Small arrays, up to 256 KiB, need
 * no file.  Pointers into it are good until the next grow_add.
 */
#define GROW_REC_MAX 112

struct grow {
	int	 fd;
	uint8_t	*p;		/* the records, one after the other */
	size_t	 rec;		/* bytes of one, at most GROW_REC_MAX */
	size_t	 n;
	size_t	 cap;		/* bytes mapped */
};

/* Make g empty, for records of rec bytes. */
void	 grow_init(struct grow *g, size_t rec);

/* Free what g holds; it is empty again. */
void	 grow_clear(struct grow *g);

/* Append a record. */
int	 grow_add(struct grow *g, const void *data) ERR_MUST_USE;

/* Have room for n records in all, the new ones zero and counted. */
int	 grow_fill(struct grow *g, size_t n) ERR_MUST_USE;

/* The i-th record. */
uint8_t	*grow_at(const struct grow *g, size_t i);

/* Sort in place by the first key bytes, as memcmp orders them. */
void	 grow_sort(struct grow *g, size_t key);

/*
 * In a sorted array, the first record whose first key bytes are not below
 * what data points to: its number, g->n if there is none.
 */
size_t	 grow_search(const struct grow *g, const void *data, size_t key);

#endif /* REPO_GROW_H */
