/* chunker.c: content-defined cuts by FastCDC. */
#include "codec/chunker.h"

#include <stddef.h>
#include <string.h>

#include "hash/sha256.h"

#define GEAR_PER_HASH (SHA256_LEN / 8)
#define LANE 2048	/* bytes in a lane */
#define WARM 64		/* bytes that a hash remembers */

/* A mask of the first n bits: those that the most bytes have gone into. */
static uint64_t
chunker_mask(unsigned int n)
{
	return UINT64_MAX << (64 - n);
}

static int
chunker_gear(uint64_t gear[256], const uint8_t seed[CHUNKER_SEED_LEN])
{
	uint8_t block[CHUNKER_SEED_LEN + 4] = { 0 }, digest[SHA256_LEN] = { 0 };
	unsigned int i, j;
	int r;

	memcpy(block, seed, CHUNKER_SEED_LEN);
	for (i = 0; i < 256; i++) {
		if (i % GEAR_PER_HASH == 0) {
			/* The counter stays below 256: one byte of four. */
			block[sizeof(block) - 1] =
			    (uint8_t)(i / GEAR_PER_HASH);
			r = sha256_of(block, sizeof(block), digest);
			if (r != 0)
				return r;
		}
		gear[i] = 0;
		for (j = 0; j < 8; j++)
			gear[i] = gear[i] << 8 |
			    digest[i % GEAR_PER_HASH * 8 + j];
	}
	return 0;
}

int
chunker_init(struct chunker *c, const struct chunker_params *p)
{
	unsigned int bits;

	if (p->min < CHUNKER_MIN_MIN || p->max > CHUNKER_MAX_MAX ||
	    p->avg <= p->min || p->avg >= p->max ||
	    (p->avg & (p->avg - 1)) != 0)
		return ERR_CONFIG;
	bits = (unsigned int)__builtin_ctz(p->avg);
	c->mask_hard = chunker_mask(bits + 2);
	c->mask_easy = chunker_mask(bits - 2);
	c->min = p->min;
	c->avg = p->avg;
	c->max = p->max;
	return chunker_gear(c->gear, p->seed);
}

/*
 * Roll *hp over data from *posp to end.  True, with the place after the byte
 * that did it, once the bits of mask are zero.
 */
static bool
chunker_roll(const uint64_t gear[256], uint64_t mask, const uint8_t *data,
    size_t end, size_t *posp, uint64_t *hp)
{
	uint64_t h = *hp;
	size_t pos = *posp;

	while (pos < end) {
		h = (h << 1) + gear[data[pos++]];
		if ((h & mask) == 0) {
			*posp = pos;
			return true;
		}
	}
	*posp = pos;
	*hp = h;
	return false;
}

/*
 * The same, in two lanes at a time: each byte waits for the one before it, so
 * that one lane leaves the processor half idle.  After 64 bytes nothing is
 * left in h of what came before, so the second lane begins 64 bytes early.
 * The mask is of the first bits: they are zero where h is below its last one.
 *
 * 2.0 GB/s where one lane has 1.4 (gcc 12), 1.85 and 1.37 (clang 14).  Two
 * bytes a step (h = 4h + 2a + b) gain 5 % with gcc and lose 15 % with clang.
 */
static bool
chunker_roll_lanes(const uint64_t gear[256], uint64_t mask,
    const uint8_t *data, size_t end, size_t *posp, uint64_t *hp)
{
	const uint64_t below = ~mask + 1;
	uint64_t a = *hp, b = 0;
	const uint8_t *p, *q;
	size_t pos = *posp, i, hit;

	while (end - pos >= (size_t)2 * LANE) {
		p = data + pos;
		q = p + LANE;
		for (i = 0, b = 0; i < WARM; i++)
			b = (b << 1) + gear[q[(ptrdiff_t)i - WARM]];
		for (i = 0; i < LANE; i++) {
			a = (a << 1) + gear[p[i]];
			b = (b << 1) + gear[q[i]];
			if ((a < b ? a : b) < below)
				break;
		}
		if (i == LANE) {
			a = b;
			pos += (size_t)2 * LANE;
			continue;
		}
		/* The first lane comes first, should it have one too. */
		hit = pos + LANE + i + 1;
		*posp = pos + i + 1;
		if (a >= below && !chunker_roll(gear, mask, data, pos + LANE,
		    posp, &a))
			*posp = hit;
		return true;
	}
	*posp = pos;
	*hp = a;
	return chunker_roll(gear, mask, data, end, posp, hp);
}

size_t
chunker_cut(const struct chunker *c, const uint8_t *data, size_t len,
    bool last)
{
	size_t end, pos = c->min;
	uint64_t h = 0;

	if (len < c->max && !last)
		return 0;
	if (len <= c->min)
		return len;
	end = len < c->avg ? len : c->avg;
	if (chunker_roll_lanes(c->gear, c->mask_hard, data, end, &pos, &h))
		return pos;
	end = len < c->max ? len : c->max;
	if (chunker_roll_lanes(c->gear, c->mask_easy, data, end, &pos, &h))
		return pos;
	return end;
}
