/* buf.c: a growing byte buffer with a hard cap, read from its front. */
#include "config.h"

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

#define BUF_FIRST 256		/* bytes of the first allocation */
#define VARINT_BITS 7
#define VARINT_MORE 0x80u
#define VARINT_MAX 10		/* bytes of the longest varint */

/* Unread bytes are data[off..end); nothing points into the rest. */
struct buf {
	uint8_t	*data;		/* owns; NULL if borrowing or empty */
	const uint8_t *src;	/* data, or what is borrowed */
	size_t	 off, end;
	size_t	 size;		/* allocated */
	size_t	 cap;
	int	 readonly;
};

int
buf_new(size_t cap, struct buf **bp)
{
	struct buf *b;

	if ((b = calloc(1, sizeof(*b))) == NULL)
		return ERR_NOMEM;
	b->cap = cap;
	*bp = b;
	return 0;
}

int
buf_borrow(const void *data, size_t len, struct buf **bp)
{
	struct buf *b;
	int r;

	if ((r = buf_new(0, &b)) != 0)
		return r;
	b->src = data;
	b->end = len;
	b->readonly = 1;
	*bp = b;
	return 0;
}

void
buf_free(struct buf *b)
{
	if (b == NULL)
		return;
	free(b->data);
	free(b);
}

const uint8_t *
buf_ptr(const struct buf *b)
{
	/* Never NULL, so that memcpy of an empty buffer is defined. */
	static const uint8_t nothing = 0;

	return b->src == NULL ? &nothing : b->src + b->off;
}

size_t
buf_len(const struct buf *b)
{
	return b->end - b->off;
}

void
buf_reset(struct buf *b)
{
	b->off = b->end = 0;
}

void
buf_wipe(struct buf *b)
{
	/* Consumed bytes still stand in front: wipe the whole allocation. */
	if (b->data != NULL)
		explicit_bzero(b->data, b->size);
	buf_reset(b);
}

/* The size to allocate so that need bytes fit: doubled, within the cap. */
static size_t
buf_grown(const struct buf *b, size_t need)
{
	size_t size = b->size;

	if (size == 0)
		return need > BUF_FIRST || b->cap < BUF_FIRST ?
		    need : BUF_FIRST;
	do {
		if (size > b->cap / 2)
			return b->cap;
		size *= 2;
	} while (size < need);
	return size;
}

/*
 * Move to new memory with malloc, not realloc: what is left behind might be
 * a secret, and is wiped.
 */
static int
buf_move(struct buf *b, size_t size)
{
	uint8_t *data;
	size_t len = buf_len(b);

	if ((data = malloc(size)) == NULL)
		return ERR_NOMEM;
	if (len != 0)
		memcpy(data, b->data + b->off, len);
	if (b->data != NULL)
		explicit_bzero(b->data, b->end);
	free(b->data);
	b->data = data;
	b->src = data;
	b->size = size;
	b->off = 0;
	b->end = len;
	return 0;
}

int
buf_reserve(struct buf *b, size_t len, uint8_t **pp)
{
	size_t have = buf_len(b);
	int r;

	if (b->readonly || len > b->cap - have)
		return ERR_NOMEM;
	if (have == 0)
		buf_reset(b);
	if (len > b->size - b->end) {
		/* Compact where it frees half: linear in total. */
		if (have + len <= b->size &&
		    (b->off >= b->size / 2 || b->size == b->cap)) {
			memmove(b->data, b->data + b->off, have);
			b->off = 0;
			b->end = have;
		} else if ((r = buf_move(b, buf_grown(b, have + len))) != 0)
			return r;
	}
	*pp = b->data == NULL ? NULL : b->data + b->end;
	b->end += len;
	return 0;
}

void
buf_trim(struct buf *b, size_t len)
{
	b->end -= len < buf_len(b) ? len : buf_len(b);
}

int
buf_put(struct buf *b, const void *data, size_t len)
{
	uint8_t *p;
	int r;

	if ((r = buf_reserve(b, len, &p)) != 0)
		return r;
	if (len != 0)
		memcpy(p, data, len);
	return 0;
}

/* Append the low len bytes of v, high ones first. */
static int
buf_put_be(struct buf *b, uint64_t v, size_t len)
{
	uint8_t *p;
	size_t i;
	int r;

	if ((r = buf_reserve(b, len, &p)) != 0)
		return r;
	for (i = len; i-- > 0; v >>= 8)
		p[i] = (uint8_t)v;
	return 0;
}

int
buf_put_u8(struct buf *b, uint8_t v)
{
	return buf_put_be(b, v, 1);
}

int
buf_put_u16(struct buf *b, uint16_t v)
{
	return buf_put_be(b, v, 2);
}

int
buf_put_u32(struct buf *b, uint32_t v)
{
	return buf_put_be(b, v, 4);
}

int
buf_put_u64(struct buf *b, uint64_t v)
{
	return buf_put_be(b, v, 8);
}

int
buf_put_i64(struct buf *b, int64_t v)
{
	return buf_put_be(b, (uint64_t)v, 8);
}

/* Write v to out and return the number of bytes. */
static size_t
varint_encode(uint64_t v, uint8_t out[VARINT_MAX])
{
	size_t n = 0;

	for (; v >= VARINT_MORE; v >>= VARINT_BITS)
		out[n++] = (uint8_t)(v | VARINT_MORE);
	out[n++] = (uint8_t)v;
	return n;
}

/*
 * Read a varint at the start of len bytes; *usedp is its length.  The last
 * byte of a longer form is zero; a tenth byte can hold only one bit.
 */
static int
varint_decode(const uint8_t *p, size_t len, uint64_t *vp, size_t *usedp)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < len && i < VARINT_MAX; i++) {
		v |= (uint64_t)(p[i] & (VARINT_MORE - 1)) << (i * VARINT_BITS);
		if ((p[i] & VARINT_MORE) != 0)
			continue;
		if ((i > 0 && p[i] == 0) || (i == VARINT_MAX - 1 && p[i] > 1))
			return ERR_FORMAT;
		*vp = v;
		*usedp = i + 1;
		return 0;
	}
	return ERR_FORMAT;
}

int
buf_put_varint(struct buf *b, uint64_t v)
{
	uint8_t tmp[VARINT_MAX];

	return buf_put(b, tmp, varint_encode(v, tmp));
}

int
buf_put_bytes(struct buf *b, const void *data, size_t len)
{
	uint8_t tmp[VARINT_MAX], *p;
	size_t n = varint_encode(len, tmp);
	int r;

	if (len > SIZE_MAX - n)
		return ERR_NOMEM;
	if ((r = buf_reserve(b, n + len, &p)) != 0)
		return r;
	memcpy(p, tmp, n);
	if (len != 0)
		memcpy(p + n, data, len);
	return 0;
}

int
buf_put_str(struct buf *b, const char *s)
{
	return buf_put_bytes(b, s, strlen(s));
}

int
buf_skip(struct buf *b, size_t len)
{
	if (len > buf_len(b))
		return ERR_FORMAT;
	b->off += len;
	return 0;
}

int
buf_get(struct buf *b, void *datap, size_t len)
{
	const uint8_t *p = buf_ptr(b);
	int r;

	if ((r = buf_skip(b, len)) != 0)
		return r;
	if (len != 0)
		memcpy(datap, p, len);
	return 0;
}

/* Consume len bytes as a number, high ones first. */
static int
buf_get_be(struct buf *b, size_t len, uint64_t *vp)
{
	const uint8_t *p = buf_ptr(b);
	uint64_t v = 0;
	size_t i;
	int r;

	if ((r = buf_skip(b, len)) != 0)
		return r;
	for (i = 0; i < len; i++)
		v = v << 8 | p[i];
	*vp = v;
	return 0;
}

int
buf_get_u8(struct buf *b, uint8_t *vp)
{
	uint64_t v;
	int r;

	if ((r = buf_get_be(b, 1, &v)) == 0)
		*vp = (uint8_t)v;
	return r;
}

int
buf_get_u16(struct buf *b, uint16_t *vp)
{
	uint64_t v;
	int r;

	if ((r = buf_get_be(b, 2, &v)) == 0)
		*vp = (uint16_t)v;
	return r;
}

int
buf_get_u32(struct buf *b, uint32_t *vp)
{
	uint64_t v;
	int r;

	if ((r = buf_get_be(b, 4, &v)) == 0)
		*vp = (uint32_t)v;
	return r;
}

int
buf_get_u64(struct buf *b, uint64_t *vp)
{
	return buf_get_be(b, 8, vp);
}

int
buf_get_i64(struct buf *b, int64_t *vp)
{
	uint64_t v;
	int r;

	if ((r = buf_get_be(b, 8, &v)) == 0)
		*vp = (int64_t)v;
	return r;
}

int
buf_get_varint(struct buf *b, uint64_t *vp)
{
	size_t used;
	int r;

	if ((r = varint_decode(buf_ptr(b), buf_len(b), vp, &used)) != 0)
		return r;
	return buf_skip(b, used);
}

int
buf_get_varint32(struct buf *b, uint32_t max, uint32_t *vp)
{
	uint64_t v;
	size_t used;
	int r;

	if ((r = varint_decode(buf_ptr(b), buf_len(b), &v, &used)) != 0)
		return r;
	if (v > max)
		return ERR_FORMAT;
	*vp = (uint32_t)v;
	return buf_skip(b, used);
}

int
buf_get_bytes(struct buf *b, size_t max, const uint8_t **datap, size_t *lenp)
{
	uint64_t len;
	size_t used;
	int r;

	if ((r = varint_decode(buf_ptr(b), buf_len(b), &len, &used)) != 0)
		return r;
	if (len > max)
		return ERR_TOOBIG;
	if (len > buf_len(b) - used)
		return ERR_FORMAT;
	*datap = buf_ptr(b) + used;
	*lenp = (size_t)len;
	return buf_skip(b, used + (size_t)len);
}

int
buf_get_str(struct buf *b, size_t max, char **sp)
{
	const uint8_t *data;
	size_t len, off = b->off;
	char *s;
	int r;

	if ((r = buf_get_bytes(b, max, &data, &len)) != 0)
		return r;
	if (len != 0 && memchr(data, '\0', len) != NULL)
		r = ERR_FORMAT;
	else if ((s = malloc(len + 1)) == NULL)
		r = ERR_NOMEM;
	if (r != 0) {
		b->off = off;
		return r;
	}
	if (len != 0)
		memcpy(s, data, len);
	s[len] = '\0';
	*sp = s;
	return 0;
}

int
buf_end(const struct buf *b)
{
	return buf_len(b) == 0 ? 0 : ERR_FORMAT;
}
