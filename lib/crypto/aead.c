/* aead.c: authenticated encryption by libsodium. */
#include "crypto/aead.h"

#include <assert.h>
#include <sodium.h>

static_assert(AEAD_KEY_LEN == crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    "aead key");
static_assert(AEAD_NONCE_LEN == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    "aead nonce");
static_assert(AEAD_TAG_LEN == crypto_aead_xchacha20poly1305_ietf_ABYTES,
    "aead tag");

void
aead_seal(const struct aead *a, const void *in, size_t len, uint8_t *boxp)
{
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(boxp, NULL, in, len,
	    a->ad, a->ad_len, NULL, a->nonce, a->key);
}

int
aead_open(const struct aead *a, const void *box, size_t len, uint8_t *outp)
{
	if (len < AEAD_TAG_LEN ||
	    crypto_aead_xchacha20poly1305_ietf_decrypt(outp, NULL, NULL, box,
	    len, a->ad, a->ad_len, a->nonce, a->key) != 0)
		return ERR_CORRUPT;
	return 0;
}
