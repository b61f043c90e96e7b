/* cache_copy.c: a copy as a file. */
#include "config.h"

#include "store/cache_copy.h"

#include <sys/stat.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "hash/sha256.h"

#define COPY_MAGIC "KHOCOPY1"
#define MAGIC_LEN 8
#define SUM_LEN 16
#define HEAD_LEN (MAGIC_LEN + 8 + SHA256_LEN)
#define BLOCKS_MAX (1u << 20)

static uint64_t
blocks_of(uint64_t len)
{
	return len / COPY_BLOCK + (len % COPY_BLOCK != 0);
}

uint64_t
copy_size(uint64_t len)
{
	return HEAD_LEN + blocks_of(len) * SUM_LEN + len;
}

static void
put64(uint8_t *p, uint64_t v)
{
	int i;

	for (i = 7; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t)v;
}

static uint64_t
get64(const uint8_t *p)
{
	uint64_t v = 0;
	int i;

	for (i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

/* The first sum: of what stands before it, the name, and the others. */
static int
head_sum(const uint8_t head[HEAD_LEN], const char *name, const uint8_t *sums,
    size_t len, uint8_t out[SHA256_LEN])
{
	struct sha256 *s;
	int r;

	if ((r = sha256_new(&s)) != 0)
		return r;
	sha256_init(s);
	sha256_update(s, head, MAGIC_LEN + 8);
	sha256_update(s, name, strlen(name) + 1);
	sha256_update(s, sums, len);
	r = sha256_final(s, out);
	sha256_free(s);
	return r;
}

int
copy_write(int fd, const char *name, const void *data, size_t len)
{
	uint64_t n = blocks_of(len), i;
	uint8_t sum[SHA256_LEN], *head, *sums;
	const uint8_t *p = data;
	size_t part;
	int r = 0;

	if (n > BLOCKS_MAX)
		return ERR_TOOBIG;
	if ((head = malloc(HEAD_LEN + n * SUM_LEN)) == NULL)
		return ERR_NOMEM;
	sums = head + HEAD_LEN;
	for (i = 0; i < n && r == 0; i++) {
		part = len - i * COPY_BLOCK;
		if (part > COPY_BLOCK)
			part = COPY_BLOCK;
		r = sha256_of(p + i * COPY_BLOCK, part, sum);
		memcpy(sums + i * SUM_LEN, sum, SUM_LEN);
	}
	memcpy(head, COPY_MAGIC, MAGIC_LEN);
	put64(head + MAGIC_LEN, len);
	if (r == 0 && (r = head_sum(head, name, sums, n * SUM_LEN,
	    head + MAGIC_LEN + 8)) == 0 &&
	    (r = fdio_write_all(fd, head, HEAD_LEN + n * SUM_LEN)) == 0)
		r = fdio_write_all(fd, data, len);
	free(head);
	return r;
}

/* Read exactly len bytes; ERR_CORRUPT if there are fewer. */
static int
read_exactly(int fd, void *p, size_t len, uint64_t off)
{
	size_t n = 0;
	int r;

	if ((r = fdio_pread(fd, p, len, (off_t)off, &n)) != 0)
		return r;
	return n == len ? 0 : ERR_CORRUPT;
}

int
copy_check(int fd, const char *name, struct copy *cp)
{
	uint8_t head[HEAD_LEN], sum[SHA256_LEN];
	struct copy c = { 0 };
	struct stat st;
	size_t len;
	int r;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return ERR_CORRUPT;
	if ((r = read_exactly(fd, head, sizeof(head), 0)) != 0)
		return r;
	c.len = get64(head + MAGIC_LEN);
	if (memcmp(head, COPY_MAGIC, MAGIC_LEN) != 0 ||
	    blocks_of(c.len) > BLOCKS_MAX ||
	    (uint64_t)st.st_size != copy_size(c.len))
		return ERR_CORRUPT;
	len = (size_t)blocks_of(c.len) * SUM_LEN;
	if ((c.sums = malloc(len + 1)) == NULL)
		return ERR_NOMEM;
	if ((r = read_exactly(fd, c.sums, len, HEAD_LEN)) == 0 &&
	    (r = head_sum(head, name, c.sums, len, sum)) == 0 &&
	    memcmp(sum, head + MAGIC_LEN + 8, sizeof(sum)) != 0)
		r = ERR_CORRUPT;
	if (r != 0)
		copy_clear(&c);
	else
		*cp = c;
	return r;
}

/* Append the part [from, to) of block i, once the whole of it was checked. */
static int
read_block(int fd, const struct copy *c, uint64_t i, size_t from, size_t to,
    struct buf *out)
{
	uint8_t block[COPY_BLOCK], sum[SHA256_LEN];
	uint64_t at = i * COPY_BLOCK;
	size_t len = c->len - at < COPY_BLOCK ? (size_t)(c->len - at) :
	    COPY_BLOCK;
	int r;

	if ((r = read_exactly(fd, block, len, HEAD_LEN +
	    blocks_of(c->len) * SUM_LEN + at)) != 0 ||
	    (r = sha256_of(block, len, sum)) != 0)
		return r;
	if (memcmp(sum, c->sums + i * SUM_LEN, SUM_LEN) != 0)
		return ERR_CORRUPT;
	return buf_put(out, block + from, to - from);
}

int
copy_read(int fd, const struct copy *c, uint64_t off, size_t len,
    struct buf *out)
{
	size_t before = buf_len(out), from, to;
	uint64_t i;
	int r = 0;

	while (len > 0 && r == 0) {
		i = off / COPY_BLOCK;
		from = (size_t)(off % COPY_BLOCK);
		to = len < COPY_BLOCK - from ? from + len : COPY_BLOCK;
		if ((r = read_block(fd, c, i, from, to, out)) == 0) {
			off += to - from;
			len -= to - from;
		}
	}
	if (r != 0)
		buf_trim(out, buf_len(out) - before);
	return r;
}

void
copy_clear(struct copy *c)
{
	free(c->sums);
	c->sums = NULL;
}
