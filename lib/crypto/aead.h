/* aead.h: authenticated encryption, XChaCha20-Poly1305 (IETF). */
#ifndef CRYPTO_AEAD_H
#define CRYPTO_AEAD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define AEAD_KEY_LEN 32
#define AEAD_NONCE_LEN 24
#define AEAD_TAG_LEN 16

/*
 * What both directions need besides the data; all pointers are borrowed for
 * the call.  A pair of key and nonce seals one message only, ever: nonces are
 * random, or the key is made for one message.  Any thread.
 */
struct aead {
	const uint8_t	*key;		/* AEAD_KEY_LEN bytes */
	const uint8_t	*nonce;		/* AEAD_NONCE_LEN bytes */
	const void	*ad;		/* authenticated, not encrypted */
	size_t		 ad_len;	/* may be 0, then ad may be NULL */
};

/*
 * Encrypt len bytes into len + AEAD_TAG_LEN bytes at boxp, the tag last.
 * boxp may be in itself, otherwise they must not overlap.
 */
void	 aead_seal(const struct aead *a, const void *in, size_t len,
	    uint8_t *boxp);

/*
 * Decrypt the len bytes of a box into len - AEAD_TAG_LEN bytes at outp, which
 * may be the box itself.  ERR_CORRUPT if the box is not what was sealed with
 * this key, nonce and ad; then outp holds nothing of the plaintext, and a box
 * opened in place is lost.
 */
int	 aead_open(const struct aead *a, const void *box, size_t len,
	    uint8_t *outp) ERR_MUST_USE;

#endif /* CRYPTO_AEAD_H */
