/* id.h: keyed names, which tell nothing to those without the key. */
#ifndef CRYPTO_ID_H
#define CRYPTO_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ID_LEN 32
#define ID_SOURCE_LEN 16

/*
 * All of these are keyed BLAKE2b.  Each use has its own key, a subkey of the
 * master key (doc/format.md, section 3): that keeps the uses apart, so one
 * key must never serve two of these functions.  Nothing here fails.  Any
 * thread.
 */
struct id_key {
	uint8_t	 k[32];		/* whoever holds it wipes it (crypto_wipe) */
};

/* The id of the chunk whose SHA-256 is content_hash. */
void	 id_of(const struct id_key *key, const uint8_t content_hash[32],
	    uint8_t idp[ID_LEN]);

/* An authenticator of data. */
void	 id_mac(const struct id_key *key, const void *data, size_t len,
	    uint8_t macp[ID_LEN]);

/* Tell in constant time whether two ids or authenticators are equal. */
bool	 id_equal(const uint8_t a[ID_LEN], const uint8_t b[ID_LEN]);

/*
 * The id of a source: the first 16 bytes of BLAKE2b-256(key, host || 0 ||
 * set).  Both are NUL-terminated.
 */
void	 id_source(const struct id_key *key, const char *host,
	    const char *set, uint8_t sourcep[ID_SOURCE_LEN]);

#endif /* CRYPTO_ID_H */
