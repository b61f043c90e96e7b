/* id.c: keyed names, by BLAKE2b of libsodium. */
#include "crypto/id.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

static_assert(ID_LEN == crypto_generichash_BYTES, "id");
static_assert(sizeof(((struct id_key *)NULL)->k) ==
    crypto_generichash_KEYBYTES, "id key");

void
id_of(const struct id_key *key, const uint8_t content_hash[32],
    uint8_t idp[ID_LEN])
{
	(void)crypto_generichash(idp, ID_LEN, content_hash, 32, key->k,
	    sizeof(key->k));
}

void
id_mac(const struct id_key *key, const void *data, size_t len,
    uint8_t macp[ID_LEN])
{
	(void)crypto_generichash(macp, ID_LEN, data, len, key->k,
	    sizeof(key->k));
}

bool
id_equal(const uint8_t a[ID_LEN], const uint8_t b[ID_LEN])
{
	return sodium_memcmp(a, b, ID_LEN) == 0;
}

void
id_source(const struct id_key *key, const char *host, const char *set,
    uint8_t sourcep[ID_SOURCE_LEN])
{
	crypto_generichash_state st;
	uint8_t full[ID_LEN];

	(void)crypto_generichash_init(&st, key->k, sizeof(key->k), ID_LEN);
	/* With its NUL, so that no host and set look like another pair. */
	(void)crypto_generichash_update(&st, (const uint8_t *)host,
	    strlen(host) + 1);
	(void)crypto_generichash_update(&st, (const uint8_t *)set,
	    strlen(set));
	(void)crypto_generichash_final(&st, full, sizeof(full));
	memcpy(sourcep, full, ID_SOURCE_LEN);
	sodium_memzero(&st, sizeof(st));
}
