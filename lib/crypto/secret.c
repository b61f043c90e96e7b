/* secret.c: keys in memory guarded by libsodium. */
#include "crypto/secret.h"

#include <sodium.h>
#include <stdlib.h>

struct secret {
	uint8_t	*bytes;		/* by sodium_malloc */
	size_t	 len;
};

int
crypto_init(void)
{
	return sodium_init() == -1 ? ERR_IO : 0;
}

void
crypto_random(void *bufp, size_t len)
{
	randombytes_buf(bufp, len);
}

void
crypto_wipe(void *bufp, size_t len)
{
	sodium_memzero(bufp, len);
}

int
secret_new(size_t len, struct secret **sp)
{
	struct secret *s;

	if ((s = malloc(sizeof(*s))) == NULL)
		return ERR_NOMEM;
	if ((s->bytes = sodium_malloc(len)) == NULL) {
		free(s);
		return ERR_NOMEM;
	}
	sodium_memzero(s->bytes, len);
	s->len = len;
	*sp = s;
	return 0;
}

int
secret_random(size_t len, struct secret **sp)
{
	int r;

	if ((r = secret_new(len, sp)) == 0)
		randombytes_buf((*sp)->bytes, len);
	return r;
}

void
secret_free(struct secret *s)
{
	if (s == NULL)
		return;
	sodium_free(s->bytes);
	free(s);
}

uint8_t *
secret_bytes(struct secret *s)
{
	return s->bytes;
}

const uint8_t *
secret_view(const struct secret *s)
{
	return s->bytes;
}

size_t
secret_len(const struct secret *s)
{
	return s->len;
}
