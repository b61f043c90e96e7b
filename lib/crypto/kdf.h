/* kdf.h: keys made from other keys and from passphrases. */
#ifndef CRYPTO_KDF_H
#define CRYPTO_KDF_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct secret;

/*
 * Every result is 32 bytes and a secret: the caller wipes it (crypto_wipe)
 * or writes it straight into a struct secret.  doc/format.md, section 3,
 * says where each is used.  Any thread.
 */
#define KDF_KEY_LEN 32
#define KDF_CTX_LEN 8
#define KDF_FRAME_ID_LEN 24
#define KDF_SALT_LEN 16

/* What a new passphrase slot asks for: half a second and 256 MiB. */
#define KDF_PASS_OPS 3
#define KDF_PASS_MEM (UINT64_C(256) << 20)

/* What a stored slot may ask for at most. */
#define KDF_PASS_OPS_MAX 10
#define KDF_PASS_MEM_MAX (UINT64_C(1) << 30)

/* The stored parameters of a passphrase slot; the salt is borrowed. */
struct kdf_pass {
	const uint8_t	*salt;	/* KDF_SALT_LEN bytes */
	uint64_t	 ops;	/* passes over the memory */
	uint64_t	 mem;	/* bytes */
};

/*
 * Subkey number id of master, a secret of 32 bytes: libsodium's
 * crypto_kdf_derive_from_key (keyed BLAKE2b, id as salt, ctx as person).
 */
void	 kdf_subkey(const struct secret *master, uint64_t id,
	    const char ctx[KDF_CTX_LEN], uint8_t keyp[KDF_KEY_LEN]);

/* A frame's key: BLAKE2b-256(epoch, "kho frame key 1" || frame_id). */
void	 kdf_frame_key(const uint8_t epoch[KDF_KEY_LEN],
	    const uint8_t frame_id[KDF_FRAME_ID_LEN],
	    uint8_t keyp[KDF_KEY_LEN]);

/*
 * The key of a passphrase (Argon2id, one lane).  Parameters over the caps
 * are ERR_TOOBIG and cost nothing; below what Argon2 takes (1 pass, 8 KiB)
 * ERR_FORMAT; ERR_NOMEM if the memory cannot be had.
 */
int	 kdf_passphrase(const struct kdf_pass *p, const char *pass, size_t len,
	    uint8_t keyp[KDF_KEY_LEN]) ERR_MUST_USE;

/*
 * The key of a token, 32 random bytes such as a host key or a recovery key:
 * BLAKE2b-256(token, purpose || salt).  Nothing slow is needed here.
 */
void	 kdf_token(const uint8_t token[KDF_KEY_LEN], const char *purpose,
	    const uint8_t salt[KDF_SALT_LEN], uint8_t keyp[KDF_KEY_LEN]);

#endif /* CRYPTO_KDF_H */
