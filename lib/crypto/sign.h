/* sign.h: Ed25519 signatures. */
#ifndef CRYPTO_SIGN_H
#define CRYPTO_SIGN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SIGN_SEED_LEN 32
#define SIGN_PUBLIC_LEN 32
#define SIGN_LEN 64

/*
 * A sign_key is a whole key pair in guarded memory.  It is made from a seed
 * of 32 random bytes, which is all that needs to be stored.  It does not
 * change once made: any number of threads may sign with it.
 */
struct sign_key;

/* Make the key pair of seed.  Caller owns *keyp. */
int	 sign_from_seed(const uint8_t seed[SIGN_SEED_LEN],
	    struct sign_key **keyp) ERR_MUST_USE;

/* Wipe and free key, which may be NULL. */
void	 sign_free(struct sign_key *key);

/* The public key, borrowed until sign_free. */
const uint8_t *sign_public(const struct sign_key *key);

/* Sign data. */
void	 sign_make(const struct sign_key *key, const void *data, size_t len,
	    uint8_t sigp[SIGN_LEN]);

/* ERR_CORRUPT unless sig is the signature of data by the holder of pk. */
int	 sign_check(const uint8_t pk[SIGN_PUBLIC_LEN], const void *data,
	    size_t len, const uint8_t sig[SIGN_LEN]) ERR_MUST_USE;

#endif /* CRYPTO_SIGN_H */
