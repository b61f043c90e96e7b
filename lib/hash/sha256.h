/* sha256.h: SHA-256, of a stream or of one piece of memory. */
#ifndef HASH_SHA256_H
#define HASH_SHA256_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SHA256_LEN 32

/*
 * A struct sha256 is made once and used for many digests, one after the
 * other: init, any number of updates, final.  It belongs to one thread at a
 * time.  sha256_of may be called from any thread.
 *
 * A digest fails only if the crypto library does (ERR_NOMEM, ERR_IO), never
 * because of the data.  The first call in a process makes that library read
 * its own configuration: a program that enters a sandbox calls sha256_new or
 * sha256_of before.
 */
struct sha256;

/* Make a context, ready for its first init.  Caller owns *sp. */
int	 sha256_new(struct sha256 **sp) ERR_MUST_USE;

/* Free s, which may be NULL. */
void	 sha256_free(struct sha256 *s);

/* Start a digest; one that was under way is dropped. */
void	 sha256_init(struct sha256 *s);

/* Add data.  A failure is remembered and told by sha256_final. */
void	 sha256_update(struct sha256 *s, const void *data, size_t len);

/* End the digest.  Before the next one comes sha256_init. */
int	 sha256_final(struct sha256 *s, uint8_t digestp[SHA256_LEN])
	    ERR_MUST_USE;

/* The digest of data alone; cheap for small data too. */
int	 sha256_of(const void *data, size_t len, uint8_t digestp[SHA256_LEN])
	    ERR_MUST_USE;

#endif /* HASH_SHA256_H */
