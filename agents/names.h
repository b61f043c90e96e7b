/* names.h: the names of one directory, sorted as bytes. */
#ifndef AGENTS_NAMES_H
#define AGENTS_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct name {
	uint8_t	 type;		/* DT_ of readdir(3), DT_UNKNOWN too */
	uint8_t	 len;
	char	 text[];	/* terminated */
};

/* In the caller's memory; n may be read. */
struct names {
	char	*bytes;		/* owns; the names behind one another */
	size_t	 len, size;
	uint32_t *at;		/* owns; where each begins */
	size_t	 n, cap;
};

/* Make n ready and empty. */
void	 names_init(struct names *n);

/* Free what n owns; it is empty and ready again. */
void	 names_clear(struct names *n);

/* Append one, unsorted; len is at most 255. */
int	 names_add(struct names *n, uint8_t type, const char *text, size_t len)
	    ERR_MUST_USE;

/* Add all names of the open directory fd but "." and "..", unsorted. */
int	 names_read(struct names *n, int fd) ERR_MUST_USE;

/* Sort by bytes. */
void	 names_sort(struct names *n);

/* The i-th; borrowed until something is added. */
const struct name *names_get(const struct names *n, size_t i);

/*
 * In a pass over all i in order, put the i-th at place *to and count *to up.
 * Those that were not kept are gone once n->n is set to it.
 */
void	 names_keep(struct names *n, size_t i, size_t *to);

/* The memory held. */
size_t	 names_memory(const struct names *n);

#endif /* AGENTS_NAMES_H */
