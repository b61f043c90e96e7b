/* kdf.c: keys made from other keys and from passphrases. */
#include "crypto/kdf.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "crypto/secret.h"

static_assert(KDF_KEY_LEN == crypto_kdf_KEYBYTES, "kdf key");
static_assert(KDF_CTX_LEN == crypto_kdf_CONTEXTBYTES, "kdf context");
static_assert(KDF_SALT_LEN == crypto_pwhash_SALTBYTES, "kdf salt");
static_assert(KDF_PASS_OPS == crypto_pwhash_OPSLIMIT_MODERATE, "kdf ops");
static_assert(KDF_PASS_MEM == crypto_pwhash_MEMLIMIT_MODERATE, "kdf mem");

/* BLAKE2b-256(key, a || b). */
static void
kdf_blake2b(const uint8_t key[KDF_KEY_LEN], const char *a,
    const uint8_t *b, size_t b_len, uint8_t keyp[KDF_KEY_LEN])
{
	crypto_generichash_state st;

	(void)crypto_generichash_init(&st, key, KDF_KEY_LEN, KDF_KEY_LEN);
	(void)crypto_generichash_update(&st, (const uint8_t *)a, strlen(a));
	(void)crypto_generichash_update(&st, b, b_len);
	(void)crypto_generichash_final(&st, keyp, KDF_KEY_LEN);
	sodium_memzero(&st, sizeof(st));
}

void
kdf_subkey(const struct secret *master, uint64_t id,
    const char ctx[KDF_CTX_LEN], uint8_t keyp[KDF_KEY_LEN])
{
	assert(secret_len(master) == KDF_KEY_LEN);
	(void)crypto_kdf_derive_from_key(keyp, KDF_KEY_LEN, id, ctx,
	    secret_view(master));
}

void
kdf_frame_key(const uint8_t epoch[KDF_KEY_LEN],
    const uint8_t frame_id[KDF_FRAME_ID_LEN], uint8_t keyp[KDF_KEY_LEN])
{
	kdf_blake2b(epoch, "kho frame key 1", frame_id, KDF_FRAME_ID_LEN,
	    keyp);
}

int
kdf_passphrase(const struct kdf_pass *p, const char *pass, size_t len,
    uint8_t keyp[KDF_KEY_LEN])
{
	if (p->ops > KDF_PASS_OPS_MAX || p->mem > KDF_PASS_MEM_MAX)
		return ERR_TOOBIG;
	if (p->ops < crypto_pwhash_argon2id_OPSLIMIT_MIN ||
	    p->mem < crypto_pwhash_argon2id_MEMLIMIT_MIN)
		return ERR_FORMAT;
	if (crypto_pwhash(keyp, KDF_KEY_LEN, pass, len, p->salt, p->ops,
	    (size_t)p->mem, crypto_pwhash_ALG_ARGON2ID13) != 0)
		return ERR_NOMEM;
	return 0;
}

void
kdf_token(const uint8_t token[KDF_KEY_LEN], const char *purpose,
    const uint8_t salt[KDF_SALT_LEN], uint8_t keyp[KDF_KEY_LEN])
{
	kdf_blake2b(token, purpose, salt, KDF_SALT_LEN, keyp);
}
