/* places.c: deltas of a chunk whose bytes changed in their places. */
#include "codec/places.h"

#include <stdbool.h>
#include <xxhash.h>

#include "base/buf.h"
#include "codec/delta.h"

#define MAGIC UINT32_C(0x4b484f58)
#define SIG_HEAD 12
#define SUM_LEN 4

/* Of librsync's commands, three are enough (its command.h, prototab.h). */
#define DELTA_MAGIC UINT32_C(0x72730236)
#define COMMAND_END 0x00
#define COMMAND_LITERAL_N4 0x43		/* length u32, then the bytes */
#define COMMAND_COPY_N4_N4 0x4f		/* offset u32, length u32 */
#define COPY_LEN 9
#define LITERAL_LEN 5

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static size_t
blocks_of(size_t len, size_t block)
{
	return (len + block - 1) / block;
}

int
places_is(const void *sig, size_t len)
{
	return len >= SIG_HEAD && get32(sig) == MAGIC;
}

int
places_sign(const void *basis, size_t len, struct buf *out)
{
	const uint8_t *p = basis;
	size_t pos, n;
	int r;

	if (len > DELTA_RAW_MAX)
		return ERR_TOOBIG;
	if ((r = buf_put_u32(out, MAGIC)) != 0 ||
	    (r = buf_put_u32(out, PLACES_BLOCK)) != 0 ||
	    (r = buf_put_u32(out, (uint32_t)len)) != 0)
		return r;
	for (pos = 0; pos < len && r == 0; pos += n) {
		n = len - pos < PLACES_BLOCK ? len - pos : PLACES_BLOCK;
		r = buf_put_u32(out, (uint32_t)XXH3_64bits(p + pos, n));
	}
	return r;
}

int
places_check(const void *sig, size_t len)
{
	const uint8_t *p = sig;
	uint32_t block, basis;

	if (!places_is(sig, len))
		return ERR_FORMAT;
	block = get32(p + 4);
	basis = get32(p + 8);
	if (block < DELTA_BLOCK_MIN || block > DELTA_BLOCK_MAX ||
	    basis > DELTA_RAW_MAX ||
	    len != SIG_HEAD + blocks_of(basis, block) * SUM_LEN)
		return ERR_FORMAT;
	return 0;
}

/* A delta as it grows: the run of blocks that is not written yet. */
struct growing {
	const uint8_t *data;
	struct buf *out;
	size_t	 start, end;		/* of the run */
	bool	 copy;			/* it is in the basis */
	size_t	 left;			/* bytes that may still be appended */
};

/* Write the run. */
static int
run_put(struct growing *g)
{
	uint32_t len = (uint32_t)(g->end - g->start);
	size_t need = g->copy ? COPY_LEN : LITERAL_LEN + (size_t)len;
	int r;

	if (len == 0)
		return 0;
	if (need > g->left)
		return ERR_TOOBIG;
	g->left -= need;
	if ((r = buf_put_u8(g->out, g->copy ? COMMAND_COPY_N4_N4 :
	    COMMAND_LITERAL_N4)) != 0)
		return r;
	if (g->copy && (r = buf_put_u32(g->out, (uint32_t)g->start)) != 0)
		return r;
	if ((r = buf_put_u32(g->out, len)) != 0 || g->copy)
		return r;
	return buf_put(g->out, g->data + g->start, len);
}

/* Compare block by block. */
static int
blocks_compare(struct growing *g, const uint8_t *sums, size_t len,
    size_t block)
{
	size_t pos, n;
	bool same;
	int r;

	for (pos = 0; pos < len; pos += n, sums += SUM_LEN) {
		n = len - pos < block ? len - pos : block;
		same = (uint32_t)XXH3_64bits(g->data + pos, n) == get32(sums);
		if (same != g->copy) {
			if ((r = run_put(g)) != 0)
				return r;
			g->start = pos;
			g->copy = same;
		}
		g->end = pos + n;
	}
	return run_put(g);
}

int
places_make(const void *sig, size_t sig_len, const void *data, size_t len,
    size_t max, struct buf *out)
{
	struct growing g = { .data = data, .out = out };
	const size_t before = buf_len(out);
	const uint8_t *p = sig;
	int r;

	if ((r = places_check(sig, sig_len)) != 0)
		return r;
	/* Whoever signed another length than ours meant another chunk. */
	if (len != get32(p + 8))
		return ERR_FORMAT;
	if (max < 4 + 1)
		return ERR_TOOBIG;
	g.left = max - 4 - 1;
	if ((r = buf_put_u32(out, DELTA_MAGIC)) == 0 &&
	    (r = blocks_compare(&g, p + SIG_HEAD, len, get32(p + 4))) == 0)
		r = buf_put_u8(out, COMMAND_END);
	if (r != 0)
		buf_trim(out, buf_len(out) - before);
	return r;
}
