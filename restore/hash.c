/* hash.c: the SHA-256 of whole files, as the manifest records it. */
#include "config.h"

#include "restore/hash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"

struct hasher {
	struct sha256 *sha;
	uint8_t	 block[HASH_BLOCK * 4];
};

int
hasher_new(struct hasher **hp)
{
	struct hasher *h;
	int r;

	if ((h = calloc(1, sizeof(*h))) == NULL)
		return ERR_NOMEM;
	if ((r = sha256_new(&h->sha)) != 0) {
		free(h);
		return r;
	}
	*hp = h;
	return 0;
}

void
hasher_free(struct hasher *h)
{

	if (h == NULL)
		return;
	sha256_free(h->sha);
	free(h);
}

bool
hash_is_zero(const uint8_t *data, size_t len)
{

	return len == 0 ||
	    (data[0] == 0 && memcmp(data, data + 1, len - 1) == 0);
}

void
hash_zeros(struct sha256 *s, uint64_t len)
{
	static const uint8_t zeros[HASH_BLOCK];
	size_t n;

	for (; len > 0; len -= n) {
		n = len < sizeof(zeros) ? (size_t)len : sizeof(zeros);
		sha256_update(s, zeros, n);
	}
}

static int
hasher_plain(struct hasher *h, int fd, uint64_t size)
{
	uint64_t at;
	size_t want, got;
	int r;

	for (at = 0; at < size; at += got) {
		want = sizeof(h->block);
		if (size - at < want)
			want = (size_t)(size - at);
		r = fdio_pread(fd, h->block, want, (off_t)at, &got);
		if (r != 0)
			return r;
		if (got < want)
			return ERR_CHANGED;
		sha256_update(h->sha, h->block, got);
	}
	return 0;
}

static void
hasher_u64(struct hasher *h, uint64_t v)
{
	uint8_t b[8];
	int i;

	for (i = 7; i >= 0; i--, v >>= 8)
		b[i] = (uint8_t)v;
	sha256_update(h->sha, b, sizeof(b));
}

/* Visit only blocks that hold data, where the file system can tell. */
static int
hasher_sparse(struct hasher *h, int fd, uint64_t size)
{
	uint64_t at = 0;
	size_t want, got;
	off_t data;
	int r;

	while (at < size) {
		if ((data = lseek(fd, (off_t)at, SEEK_DATA)) == -1) {
			if (errno == ENXIO)
				break;
			data = (off_t)at;
		}
		at = (uint64_t)data - (uint64_t)data % HASH_BLOCK;
		if (at >= size)
			break;
		want = HASH_BLOCK;
		if (size - at < want)
			want = (size_t)(size - at);
		r = fdio_pread(fd, h->block, want, (off_t)at, &got);
		if (r != 0)
			return r;
		if (got < want)
			return ERR_CHANGED;
		if (!hash_is_zero(h->block, got)) {
			hasher_u64(h, at);
			sha256_update(h->sha, h->block, got);
		}
		at += got;
	}
	hasher_u64(h, size);
	return 0;
}

int
hasher_file(struct hasher *h, int fd, uint64_t size, bool sparse,
    uint8_t hashp[SHA256_LEN])
{
	int r;

	sha256_init(h->sha);
	if (sparse)
		r = hasher_sparse(h, fd, size);
	else
		r = hasher_plain(h, fd, size);
	if (r != 0)
		return r;
	return sha256_final(h->sha, hashp);
}
