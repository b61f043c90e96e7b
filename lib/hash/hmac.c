/* hmac.c: HMAC-SHA256. */
#include "config.h"

#include "hash/hmac.h"

#include <string.h>

#define BLOCK 64	/* bytes that SHA-256 takes at a time */

/* The digest of the key, mixed with pad, and the data behind it. */
static int
half(struct sha256 *s, const uint8_t key[BLOCK], uint8_t pad,
    const void *data, size_t len, uint8_t digestp[SHA256_LEN])
{
	uint8_t block[BLOCK];
	size_t i;

	for (i = 0; i < sizeof(block); i++)
		block[i] = key[i] ^ pad;
	sha256_init(s);
	sha256_update(s, block, sizeof(block));
	sha256_update(s, data, len);
	explicit_bzero(block, sizeof(block));
	return sha256_final(s, digestp);
}

int
hmac_sha256(const void *key, size_t keylen, const void *data, size_t len,
    uint8_t macp[SHA256_LEN])
{
	struct sha256 *s = NULL;
	uint8_t block[BLOCK] = { 0 }, inner[SHA256_LEN];
	int r = 0;

	if (keylen > sizeof(block))
		r = sha256_of(key, keylen, block);
	else if (keylen > 0)
		memcpy(block, key, keylen);
	if (r == 0 && (r = sha256_new(&s)) == 0 &&
	    (r = half(s, block, 0x36, data, len, inner)) == 0)
		r = half(s, block, 0x5c, inner, sizeof(inner), macp);
	sha256_free(s);
	explicit_bzero(block, sizeof(block));
	return r;
}
