/* test_wire_vectors_deltas.c: recorded messages of deltas, to the byte. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"
#include "tests/unit/wire_vectors.h"
#include "wire/delta.h"

#define PARTS_MAX 4

/* Each function named like a message is the again of its vector. */

static int
signature(struct buf *b, struct buf *out, FILE *t)
{
	struct wire_signature m;

	assert_int_equal(wire_signature_decode(b, &m), 0);
	say_number(t, "batch", m.batch);
	say_number(t, "chunk", m.chunk);
	say_bytes(t, "signature", m.data, m.len);
	return wire_signature_encode(&m, out);
}

static int
again(struct buf *b, struct buf *out, FILE *t)
{
	struct wire_again m;

	assert_int_equal(wire_again_decode(b, &m), 0);
	say_number(t, "batch", m.batch);
	say_bytes(t, "bitmap", m.bitmap, m.bitmap_len);
	return wire_again_encode(&m, out);
}

static int
delta(struct buf *b, struct buf *out, FILE *t)
{
	struct wire_delta_part parts[PARTS_MAX];
	struct wire_delta m;
	size_t i;

	assert_int_equal(wire_delta_decode(b, &m), 0);
	say_number(t, "batch", m.batch);
	say_number(t, "kind", m.kind);
	say_number(t, "raw", m.raw);
	for (i = 0; wire_delta_next(b, &m, &parts[i]) == 1; i++) {
		say_number(t, "chunk", parts[i].chunk);
		say_number(t, "length", parts[i].len);
		assert_true(i + 1 < PARTS_MAX);
	}
	say_bytes(t, "data", m.data, m.data_len);
	m.parts = parts;
	return wire_delta_encode(&m, out);
}

static int
packed(struct buf *b, struct buf *out, FILE *t)
{
	struct wire_packed m;

	assert_int_equal(wire_packed_decode(b, &m), 0);
	say_number(t, "type", m.type);
	say_number(t, "raw", m.raw);
	say_bytes(t, "data", m.data, m.data_len);
	return wire_packed_encode(&m, out);
}

static int
basis(struct buf *b, struct buf *out, FILE *t)
{
	struct wire_basis m;

	assert_int_equal(wire_basis_decode(b, &m), 0);
	say_number(t, "batch", m.batch);
	say_number(t, "chunk", m.chunk);
	say_number(t, "length", m.len);
	say_number(t, "block", m.block);
	say_bytes(t, "data", m.data, m.data_len);
	return wire_basis_encode(&m, out);
}

static int
patched(struct buf *b, struct buf *out, FILE *t)
{
	struct wire_delta_part parts[PARTS_MAX];
	struct wire_patched m;
	size_t i;

	assert_int_equal(wire_patched_decode(b, &m), 0);
	say_number(t, "batch", m.batch);
	for (i = 0; wire_patched_next(b, &m, &parts[i]) == 1; i++) {
		say_number(t, "chunk", parts[i].chunk);
		say_number(t, "good", parts[i].good);
		assert_true(i + 1 < PARTS_MAX);
	}
	say_bytes(t, "data", m.data, m.data_len);
	m.parts = parts;
	return wire_patched_encode(&m, out);
}

static int
pace(struct buf *b, struct buf *out, FILE *t)
{
	struct wire_pace m;

	assert_int_equal(wire_pace_decode(b, &m), 0);
	say_number(t, "rate", m.rate);
	say_number(t, "sign_ns", m.sign_ns);
	return wire_pace_encode(&m, out);
}

static const struct vector vectors[] = {
	{ "signature", WIRE_SIGNATURE, signature },
	{ "again", WIRE_AGAIN, again },
	{ "delta", WIRE_DELTA, delta },
	{ "delta-none", WIRE_DELTA, delta },
	{ "packed", WIRE_PACKED, packed },
	{ "basis", WIRE_BASIS, basis },
	{ "patched", WIRE_PATCHED, patched },
	{ "patched-none", WIRE_PATCHED, patched },
	{ "pace", WIRE_PACE, pace }
};

static void
recorded_messages_say_what_they_said(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		vector_check("protocol-v1-deltas", &vectors[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded_messages_say_what_they_said)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
