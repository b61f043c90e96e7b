/* secret.h: keys in guarded memory, randomness, and forgetting. */
#ifndef CRYPTO_SECRET_H
#define CRYPTO_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* The length of every symmetric key. */
#define SECRET_KEY_LEN 32

/*
 * A secret is a fixed number of bytes between guard pages, kept out of core
 * dumps, and out of swap as far as the limit on locked memory goes.  It is
 * wiped when freed.  It takes whole pages: it is for the few keys that live
 * long, not for one key per frame; those stand on the stack and end with
 * crypto_wipe.
 *
 * crypto_init comes before everything else of this layer, and before a
 * seccomp filter.  Afterwards all functions of lib/crypto may be called from
 * any thread; one secret must not be changed by two at once.
 */
struct secret;

/* Prepare the library; harmless when repeated.  ERR_IO if it cannot. */
int	 crypto_init(void) ERR_MUST_USE;

/* Fill buf from the system's random generator. */
void	 crypto_random(void *bufp, size_t len);

/* Overwrite buf with zeros; the compiler cannot drop it. */
void	 crypto_wipe(void *bufp, size_t len);

/* Make a secret of len zero bytes (len >= 1).  Caller owns *sp. */
int	 secret_new(size_t len, struct secret **sp) ERR_MUST_USE;

/* As secret_new, filled with random bytes. */
int	 secret_random(size_t len, struct secret **sp) ERR_MUST_USE;

/* Wipe and free s, which may be NULL. */
void	 secret_free(struct secret *s);

/* The bytes, borrowed until secret_free; the caller may write them. */
uint8_t	*secret_bytes(struct secret *s);

/* The same for reading. */
const uint8_t *secret_view(const struct secret *s);

/* How many bytes. */
size_t	 secret_len(const struct secret *s);

#endif /* CRYPTO_SECRET_H */
