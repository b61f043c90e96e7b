/* seeds_wire_delta.c: what is said of deltas, by all sides. */
#include <string.h>

#include "base/buf.h"
#include "tests/fuzz/seeds.h"
#include "wire/delta.h"
#include "wire/reply.h"
#include "wire/start.h"

/* Append a message whose body an encoder makes. */
#define SAY(b, TYPE, encode, m) do {			\
	size_t mark_;					\
							\
	DO(wire_begin(b, TYPE, &mark_));		\
	DO(encode(m, b));				\
	DO(wire_end(b, mark_));				\
} while (0)

static const uint8_t bytes[] = "rs\1G and some more of it";

static const struct wire_delta_part parts[] = {
	{ .chunk = 0, .len = 4, .good = true }, { .chunk = 2, .len = 6 }
};
static const struct wire_delta delta = { .batch = 1, .raw = 10, .n = 2,
    .parts = parts, .data = bytes, .data_len = 10 };
static const struct wire_delta none = { .batch = 2 };
static const struct wire_patched patched = { .batch = 1, .n = 2,
    .parts = parts, .data = bytes, .data_len = 20 };

static void
bodies(void)
{
	struct wire_delta zstd = delta;
	struct buf *b = seed_buf();

	DO(wire_delta_encode(&delta, b));
	seed_put("wire_delta", "plain", b);
	b = seed_buf();
	zstd.kind = 1;
	zstd.data_len = 7;
	DO(wire_delta_encode(&zstd, b));
	seed_put("wire_delta", "zstd", b);
	b = seed_buf();
	DO(wire_delta_encode(&none, b));
	seed_put("wire_delta", "none", b);
	b = seed_buf();
	DO(wire_patched_encode(&patched, b));
	seed_put("wire_patched", "one-good", b);
}

/* A seed of what the puller does: its kind, a basis, and then the body. */
static struct buf *
patch_begin(uint8_t kind, const char *basis)
{
	struct buf *b = seed_buf(), *part = seed_buf();

	DO(buf_put_u8(b, kind));
	DO(buf_put(part, basis, strlen(basis)));
	seed_part(b, part);
	return b;
}

static void
patches(void)
{
	/* copy 64 bytes from the start; the same from beyond the end */
	static const uint8_t two[] = { 'r', 's', 2, 0x36, 0x45, 0, 64, 0,
	    'r', 's', 2, 0x36, 0x45, 200, 64, 0 };
	static const struct wire_delta_part halves[] = {
		{ .chunk = 0, .len = 8 }, { .chunk = 2, .len = 8 }
	};
	const struct wire_delta m = { .batch = 1, .raw = sizeof(two), .n = 2,
	    .parts = halves, .data = two, .data_len = sizeof(two) };
	/* CHUNKS of batch 1 without a piece, as one frame of raw bytes */
	static const uint8_t chunks[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x20, 9,
	    0x49, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0 };
	const struct wire_packed packed = { .type = WIRE_CHUNKS, .raw = 9,
	    .data = chunks, .data_len = sizeof(chunks) };
	struct buf *b;

	b = patch_begin(0, "what was there before, in sixty-four bytes or"
	    " a few more than these are");
	DO(wire_delta_encode(&m, b));
	seed_put("patch", "delta", b);
	b = patch_begin(1, "");
	DO(wire_packed_encode(&packed, b));
	seed_put("patch", "packed", b);
}

/* What a keeper says first, to whomever. */
static struct buf *
keeper_begin(void)
{
	const struct wire_hello hello = {
		WIRE_FEATURE_DELTAS | WIRE_FEATURE_PACKED
	};
	const struct wire_start start = { .level = 3, .chunk_min = 65536,
	    .chunk_avg = 262144, .chunk_max = 1048576,
	    .frame_max = 1048576 };
	struct buf *b = seed_buf();

	DO(buf_put_u8(b, 0));
	DO(wire_preamble(b));
	SAY(b, WIRE_HELLO, wire_hello_encode, &hello);
	SAY(b, WIRE_START, wire_start_encode, &start);
	return b;
}

static struct buf *
agent_begin(void)
{
	const struct wire_agent_hello hello = {
		.features = WIRE_FEATURE_DELTAS | WIRE_FEATURE_PACKED
	};
	struct buf *b = seed_buf();

	DO(buf_put_u8(b, 0));
	DO(wire_preamble(b));
	SAY(b, WIRE_AGENT_HELLO, wire_agent_hello_encode, &hello);
	return b;
}

static void
streams(void)
{
	const struct wire_signature signature = { 1, 0, bytes, 24 };
	const struct wire_again again = { 1, (const uint8_t *)"\1", 1 };
	const struct wire_basis basis = { 1, 0, 70000, 1024, bytes, 20 };
	const struct wire_packed packed = { WIRE_PAGE, 70000, bytes, 20 };
	const struct wire_pace pace = { 1000000, 5000000 };
	struct buf *b = keeper_begin();

	SAY(b, WIRE_SIGNATURE, wire_signature_encode, &signature);
	SAY(b, WIRE_AGAIN, wire_again_encode, &again);
	seed_put("wire_keeper", "deltas", b);
	b = keeper_begin();
	SAY(b, WIRE_BASIS, wire_basis_encode, &basis);
	SAY(b, WIRE_AGAIN, wire_again_encode, &again);
	DO(wire_put_empty(b, WIRE_BYE));
	seed_put("wire_local", "deltas", b);
	b = agent_begin();
	SAY(b, WIRE_PACKED, wire_packed_encode, &packed);
	SAY(b, WIRE_DELTA, wire_delta_encode, &delta);
	SAY(b, WIRE_DELTA, wire_delta_encode, &none);
	seed_put("wire_agent", "deltas", b);
	b = agent_begin();
	SAY(b, WIRE_PACE, wire_pace_encode, &pace);
	SAY(b, WIRE_PATCHED, wire_patched_encode, &patched);
	seed_put("wire_puller", "deltas", b);
}

void
seeds_wire_delta(void)
{
	bodies();
	patches();
	streams();
}
