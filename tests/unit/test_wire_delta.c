/* test_wire_delta.c: the messages of deltas, and the local ones. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "tests/unit/wire_samples.h"
#include "wire/delta.h"

static int
signature_make(struct buf *out)
{
	return wire_signature_encode(&(struct wire_signature){
	    UINT64_MAX, 4095, B("rs\1G") }, out);
}

static int
signature_again(struct buf *b, struct buf *out)
{
	struct wire_signature m;
	int r = wire_signature_decode(b, &m);

	return r != 0 ? r : wire_signature_encode(&m, out);
}

static int
again_make(struct buf *out)
{
	return wire_again_encode(&(struct wire_again){ 300, B("\x01\x80") },
	    out);
}

static int
again_again(struct buf *b, struct buf *out)
{
	struct wire_again m;
	int r = wire_again_decode(b, &m);

	return r != 0 ? r : wire_again_encode(&m, out);
}

static int
delta_make(struct buf *out)
{
	static const struct wire_delta_part parts[] = {
		{ .chunk = 0, .len = 5 }, { .chunk = 1, .len = 1 },
		{ .chunk = 4095, .len = 300 }
	};

	return wire_delta_encode(&(struct wire_delta){ .batch = 7, .kind = 1,
	    .raw = 306, .n = 3, .parts = parts,
	    .data = (const uint8_t *)"packed", .data_len = 6 }, out);
}

static int
delta_none_make(struct buf *out)
{
	return wire_delta_encode(&(struct wire_delta){ .batch = 7 }, out);
}

static int
delta_again(struct buf *b, struct buf *out)
{
	struct wire_delta_part parts[WIRE_PIECES_MAX];
	struct wire_delta m;
	uint32_t i = 0;
	int r;

	if ((r = wire_delta_decode(b, &m)) != 0)
		return r;
	while ((r = wire_delta_next(b, &m, &parts[i])) == 1)
		i++;
	m.parts = parts;
	return r != 0 ? r : wire_delta_encode(&m, out);
}

static int
packed_make(struct buf *out)
{
	return wire_packed_encode(&(struct wire_packed){ WIRE_CHUNKS,
	    WIRE_PACKED_RAW_MAX, B("zstd") }, out);
}

static int
packed_again(struct buf *b, struct buf *out)
{
	struct wire_packed m;
	int r = wire_packed_decode(b, &m);

	return r != 0 ? r : wire_packed_encode(&m, out);
}

static int
basis_make(struct buf *out)
{
	return wire_basis_encode(&(struct wire_basis){ 1, 300, 70000, 2048,
	    B("old") }, out);
}

static int
basis_again(struct buf *b, struct buf *out)
{
	struct wire_basis m;
	int r = wire_basis_decode(b, &m);

	return r != 0 ? r : wire_basis_encode(&m, out);
}

static int
patched_make(struct buf *out)
{
	static const struct wire_delta_part parts[] = {
		{ .chunk = 2 }, { .chunk = 200, .good = true }
	};

	return wire_patched_encode(&(struct wire_patched){ .batch = 7,
	    .n = 2, .parts = parts, .data = (const uint8_t *)"whole",
	    .data_len = 5 }, out);
}

static int
patched_again(struct buf *b, struct buf *out)
{
	struct wire_delta_part parts[WIRE_PIECES_MAX];
	struct wire_patched m;
	uint32_t i = 0;
	int r;

	if ((r = wire_patched_decode(b, &m)) != 0)
		return r;
	while ((r = wire_patched_next(b, &m, &parts[i])) == 1)
		i++;
	m.parts = parts;
	return r != 0 ? r : wire_patched_encode(&m, out);
}

static int
pace_make(struct buf *out)
{
	return wire_pace_encode(&(struct wire_pace){ UINT64_MAX, 300 }, out);
}

static int
pace_again(struct buf *b, struct buf *out)
{
	struct wire_pace m;
	int r = wire_pace_decode(b, &m);

	return r != 0 ? r : wire_pace_encode(&m, out);
}

static const struct sample samples[] = {
	{ "SIGNATURE", signature_make, signature_again },
	{ "AGAIN", again_make, again_again },
	{ "DELTA", delta_make, delta_again },
	{ "DELTA of nothing", delta_none_make, delta_again },
	{ "PACKED", packed_make, packed_again },
	{ "BASIS", basis_make, basis_again },
	{ "PATCHED", patched_make, patched_again },
	{ "PACE", pace_make, pace_again }
};

int
main(void)
{
	const struct samples all = {
		samples, sizeof(samples) / sizeof(samples[0])
	};

	return samples_run(&all);
}
