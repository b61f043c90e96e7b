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
	uint8_t	 seed[SIGN_SEED_LEN];
	uint8_t	 public[SIGN_PUBLIC_LEN];
};

int
sign_keypair_new(struct sign_key **keyp)
{
	uint8_t seed[SIGN_SEED_LEN];
	int r;

	randombytes_buf(seed, sizeof(seed));
	r = sign_from_seed(seed, keyp);
	sodium_memzero(seed, sizeof(seed));
	return r;
}

int
sign_from_seed(const uint8_t seed[SIGN_SEED_LEN], struct sign_key **keyp)
{
	struct sign_key *key;

	if ((key = sodium_malloc(sizeof(*key))) == NULL)
		return ERR_NOMEM;
	(void)crypto_sign_seed_keypair(key->public, key->secret, seed);
	(void)crypto_sign_ed25519_sk_to_seed(key->seed, key->secret);
	*keyp = key;
	return 0;
}

void
sign_free(struct sign_key *key)
{
	sodium_free(key);
}

const uint8_t *
sign_seed(const struct sign_key *key)
{
	return key->seed;
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
