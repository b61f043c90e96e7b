/* cache_copy.h: a copy as a file. */
#ifndef STORE_CACHE_COPY_H
#define STORE_CACHE_COPY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * A copy is, all numbers big-endian:
 *
 *	magic 8, length of the data u64, sum 32,
 *	the sum of each block of COPY_BLOCK bytes, the last may be shorter: 16,
 *	the data
 *
 * The sum of a block is the beginning of its SHA-256; the first one covers the
 * length, the others and the name under which the copy was made.
 */
#define COPY_BLOCK (64u << 10)

struct buf;

/* How many bytes the file of len bytes of data has. */
uint64_t copy_size(uint64_t len);

/* Write the copy called name to fd, which is empty. */
int	 copy_write(int fd, const char *name, const void *data, size_t len)
	    ERR_MUST_USE;

/*
 * What a copy that is open says of itself, once it was checked.  Its sums are
 * freed by copy_clear.
 */
struct copy {
	uint64_t len;
	uint8_t	*sums;
};

/* ERR_CORRUPT if it is not what copy_write wrote under that name. */
int	 copy_check(int fd, const char *name, struct copy *cp) ERR_MUST_USE;

/* Append len bytes at off, both within it.  ERR_CORRUPT likewise. */
int	 copy_read(int fd, const struct copy *c, uint64_t off, size_t len,
	    struct buf *out) ERR_MUST_USE;

/* Free what c owns. */
void	 copy_clear(struct copy *c);

#endif /* STORE_CACHE_COPY_H */
