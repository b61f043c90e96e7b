/* sign.c: Ed25519 signatures by libsodium. */
#include "crypto/sign.h"

#include <assert.h>
#include <sodium.h>

static_assert(SIGN_SEED_LEN == crypto_sign_SEEDBYTES, "sign seed");
static_assert(SIGN_PUBLIC_LEN == crypto_sign_PUBLICKEYBYTES, "sign public");
static_assert(SIGN_LEN == crypto_sign_BYTES, "signature");

/* Lives in guarded memory as a whole. */
struct sign_key {
	uint8_t	 secret[crypto_sign_SECRETKEYBYTES];
	uint8_t	 public[SIGN_PUBLIC_LEN];
};

int
sign_from_seed(const uint8_t seed[SIGN_SEED_LEN], struct sign_key **keyp)
{
	struct sign_key *key;

	if ((key = sodium_malloc(sizeof(*key))) == NULL)
		return ERR_NOMEM;
	(void)crypto_sign_seed_keypair(key->public, key->secret, seed);
	*keyp = key;
	return 0;
}

void
sign_free(struct sign_key *key)
{
	sodium_free(key);
}

const uint8_t *
sign_public(const struct sign_key *key)
{
	return key->public;
}

void
sign_make(const struct sign_key *key, const void *data, size_t len,
    uint8_t sigp[SIGN_LEN])
{
	(void)crypto_sign_detached(sigp, NULL, data, len, key->secret);
}

int
sign_check(const uint8_t pk[SIGN_PUBLIC_LEN], const void *data, size_t len,
    const uint8_t sig[SIGN_LEN])
{
	if (crypto_sign_verify_detached(sig, data, len, pk) != 0)
		return ERR_CORRUPT;
	return 0;
}
