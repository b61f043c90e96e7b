/* hash.h: the SHA-256 of whole files, as the manifest records it. */
#ifndef RESTORE_HASH_H
#define RESTORE_HASH_H

#include <stdbool.h>
#include <stdint.h>

#include "hash/sha256.h"

/*
 * A file's digest is the SHA-256 of its content.  Where more than
 * HASH_HOLES_MAX bytes lie in holes, hashing zeros would take hours; the
 * digest is then that of, for each block of HASH_BLOCK bytes (counted from
 * the file's start, the last one may be short) that is not all zero: its
 * offset as u64 and its bytes; and after all of them the file's size as u64.
 * So it does not depend on where a file system keeps holes.
 */
#define HASH_HOLES_MAX (UINT64_C(1) << 30)
#define HASH_BLOCK 65536

struct hasher;

/* Make one, with its buffer.  Caller owns *hp. */
int	 hasher_new(struct hasher **hp) ERR_MUST_USE;

/* Free h, which may be NULL. */
void	 hasher_free(struct hasher *h);

/*
 * Digest size bytes of the open file fd; blocks form if sparse.
 * ERR_CHANGED if the file is shorter.
 */
int	 hasher_file(struct hasher *h, int fd, uint64_t size, bool sparse,
	    uint8_t hashp[SHA256_LEN]) ERR_MUST_USE;

/* Add len bytes of zeros to a digest under way. */
void	 hash_zeros(struct sha256 *s, uint64_t len);

/* Tell whether all len bytes are zero. */
bool	 hash_is_zero(const uint8_t *data, size_t len);

#endif /* RESTORE_HASH_H */
