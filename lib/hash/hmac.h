/* hmac.h: HMAC-SHA256, the keyed hash of RFC 2104. */
#ifndef HASH_HMAC_H
#define HASH_HMAC_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "hash/sha256.h"

/*
 * The digest of data under a key of any length.  macp may be where key is.
 * May be called from any thread.  Fails only as sha256_of does.
 */
int	 hmac_sha256(const void *key, size_t keylen, const void *data,
	    size_t len, uint8_t macp[SHA256_LEN]) ERR_MUST_USE;

#endif /* HASH_HMAC_H */
