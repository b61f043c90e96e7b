/* seeds_codec.c: deltas and frames with a prefix, as seeds. */
#include <string.h>

#include "base/buf.h"
#include "codec/compress.h"
#include "codec/delta.h"
#include "tests/fuzz/seeds.h"

#define LEN 2000

static uint8_t older[LEN], newer[LEN];

/* A part that is a copy. */
static void
seed_copy(struct buf *b, const void *data, size_t len)
{
	struct buf *part = seed_buf();

	DO(buf_put(part, data, len));
	seed_part(b, part);
}

static void
seeds_prefix(void)
{
	struct compress_prefixed p = { older, LEN, newer, LEN };
	struct buf *b = seed_buf();
	struct compressor *c = NULL;

	DO(compressor_new(COMPRESS_LEVEL_DEFAULT, &c));
	seed_copy(b, older, LEN);
	DO(buf_put_u32(b, LEN));
	DO(compress_with_prefix(c, &p, LEN, b));
	seed_put("prefix", "turned", b);
	compressor_free(c);
}

static void
seeds_delta(void)
{
	static const char copies[] = "rs\x02\x36\x45\x00\x64\x46\x64\x03\xe8";
	struct buf *b = seed_buf(), *sig = seed_buf();

	DO(delta_sign(older, LEN, DELTA_BLOCK_MIN, sig));
	seed_copy(b, older, LEN);
	DO(buf_put_u32(b, LEN));
	DO(delta_make(buf_ptr(sig), buf_len(sig), newer, LEN, LEN, b));
	seed_put("delta", "turned", b);
	/* All of a basis of 1,100 bytes. */
	b = seed_buf();
	seed_copy(b, older, 1100);
	DO(buf_put_u32(b, 1100));
	DO(buf_put(b, copies, sizeof(copies)));
	seed_put("delta", "copies", b);
	b = seed_buf();
	seed_part(b, sig);
	DO(buf_put(b, newer, LEN));
	seed_put("signature", "turned", b);
}

void
seeds_codec(void)
{
	uint32_t x = 1;
	size_t i;

	for (i = 0; i < LEN; i++) {
		x = x * 1664525 + 1013904223;
		older[i] = (uint8_t)(x >> 24);
	}
	/* The halves change places, and something comes in. */
	memcpy(newer, older + LEN / 2, LEN / 2);
	memcpy(newer + LEN / 2, older, LEN / 2);
	memcpy(newer + 700, "inserted", 8);
	seeds_prefix();
	seeds_delta();
}
