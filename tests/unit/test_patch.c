/* test_patch.c: deltas applied, packed messages unpacked, lies refused. */
#include <sys/wait.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "backupd/patch.h"
#include "base/buf.h"
#include "base/sandbox.h"
#include "codec/compress.h"
#include "codec/delta.h"
#include "wire/content.h"
#include "wire/delta.h"

#define LEN 100000
#define BLOCK 1024
#define OUT_MAX (8u << 20)

static uint8_t old[LEN], new[LEN];

struct fixture {
	struct patch *p;
	struct buf *body, *out, *delta;
	struct wire_delta_part part;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	uint32_t x = 1;
	size_t i;

	for (i = 0; i < LEN; i++) {
		x = x * 1664525 + 1013904223;
		old[i] = new[i] = (uint8_t)(x >> 24);
	}
	memset(new + LEN / 2, 'x', 10);
	assert_non_null(f);
	assert_int_equal(patch_new(&f->p), 0);
	assert_int_equal(buf_new(OUT_MAX, &f->body), 0);
	assert_int_equal(buf_new(OUT_MAX, &f->out), 0);
	assert_int_equal(buf_new(OUT_MAX, &f->delta), 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	patch_free(f->p);
	buf_free(f->body);
	buf_free(f->out);
	buf_free(f->delta);
	free(f);
	return 0;
}

/* Give the basis of a chunk; what comes of it. */
static int
basis(struct fixture *f, uint64_t batch, uint32_t chunk, uint32_t len)
{
	struct wire_basis m = { .batch = batch, .chunk = chunk, .len = len,
	    .block = BLOCK, .data = old, .data_len = LEN };
	size_t got;
	int r;

	buf_reset(f->body);
	buf_reset(f->out);
	assert_int_equal(wire_basis_encode(&m, f->body), 0);
	if ((r = patch_basis(f->p, f->body, f->out, &got)) == 0)
		/* As long as its basis: librsync has no part in it. */
		assert_int_equal(got, len == LEN ? 0 : LEN);
	else
		assert_int_equal(buf_len(f->out), 0);
	return r;
}

/* Make the delta of new from the signature in out. */
static void
delta_of_new(struct fixture *f)
{
	struct wire_signature sig;
	const uint8_t *p = buf_ptr(f->out);

	assert_int_equal(p[4], WIRE_SIGNATURE);
	assert_int_equal(buf_skip(f->out, WIRE_HEAD_LEN), 0);
	assert_int_equal(wire_signature_decode(f->out, &sig), 0);
	buf_reset(f->delta);
	assert_int_equal(delta_make(sig.data, sig.len, new, LEN, LEN,
	    f->delta), 0);
}

/* Tell the delta for the chunk of the batch; what comes of it. */
static int
delta(struct fixture *f, uint64_t batch, uint32_t chunk, const char **whyp)
{
	struct wire_delta m = { .batch = batch, .n = 1, .parts = &f->part };
	int r;

	f->part.chunk = chunk;
	f->part.len = (uint32_t)buf_len(f->delta);
	m.raw = f->part.len;
	m.data = buf_ptr(f->delta);
	m.data_len = m.raw;
	buf_reset(f->body);
	buf_reset(f->out);
	assert_int_equal(wire_delta_encode(&m, f->body), 0);
	r = patch_delta(f->p, f->body, f->out, whyp);
	if (r != 0)
		assert_int_equal(buf_len(f->out), 0);
	return r;
}

/* PATCHED, which stands in out: its only part, and its data. */
static void
patched(struct fixture *f, struct wire_delta_part *part,
    struct wire_patched *m)
{
	struct wire_delta_part none;

	assert_int_equal(buf_ptr(f->out)[4], WIRE_PATCHED);
	assert_int_equal(buf_skip(f->out, WIRE_HEAD_LEN), 0);
	assert_int_equal(wire_patched_decode(f->out, m), 0);
	assert_int_equal(m->n, 1);
	assert_int_equal(wire_patched_next(f->out, m, part), 1);
	assert_int_equal(wire_patched_next(f->out, m, &none), 0);
}

static void
good_delta_gives_the_new_chunk(void **state)
{
	struct fixture *f = *state;
	struct wire_delta_part part;
	struct wire_patched m;
	const char *why;

	assert_int_equal(basis(f, 7, 3, LEN), 0);
	delta_of_new(f);
	assert_true(buf_len(f->delta) < LEN / 10);
	assert_int_equal(delta(f, 7, 3, &why), 0);
	patched(f, &part, &m);
	assert_int_equal(m.batch, 7);
	assert_int_equal(part.chunk, 3);
	assert_true(part.good);
	assert_int_equal(m.data_len, LEN);
	assert_memory_equal(m.data, new, LEN);
}

static void
delta_of_another_length_is_not_good(void **state)
{
	struct fixture *f = *state;
	struct wire_delta_part part;
	struct wire_patched m;
	uint32_t len[] = { LEN - 1, LEN + 1, 1, WIRE_FRAME_RAW_MAX };
	const char *why;
	size_t i;

	for (i = 0; i < 4; i++) {
		assert_int_equal(basis(f, 7, 3, len[i]), 0);
		delta_of_new(f);
		assert_int_equal(delta(f, 7, 3, &why), 0);
		patched(f, &part, &m);
		assert_false(part.good);
		assert_int_equal(m.data_len, 0);
	}
}

static void
delta_beyond_its_basis_is_not_good(void **state)
{
	/* copy 100 bytes from 2^32; copy a gigabyte from 0 */
	static const uint8_t far[] = { 'r', 's', 2, 0x36, 0x51, 0, 0, 0, 1,
	    0, 0, 0, 0, 100, 0 };
	static const uint8_t big[] = { 'r', 's', 2, 0x36, 0x4f, 0, 0, 0, 0,
	    0x40, 0, 0, 0, 0 };
	struct fixture *f = *state;
	struct wire_delta_part part;
	struct wire_patched m;
	const char *why;
	int i;

	for (i = 0; i < 2; i++) {
		assert_int_equal(basis(f, 1, 0, 100), 0);
		buf_reset(f->delta);
		assert_int_equal(i == 0 ? buf_put(f->delta, far, sizeof(far)) :
		    buf_put(f->delta, big, sizeof(big)), 0);
		assert_int_equal(delta(f, 1, 0, &why), 0);
		patched(f, &part, &m);
		assert_false(part.good);
	}
}

static void
delta_nobody_asked_for_is_refused(void **state)
{
	struct fixture *f = *state;
	const char *why;

	assert_int_equal(basis(f, 7, 3, LEN), 0);
	delta_of_new(f);
	assert_int_equal(delta(f, 8, 3, &why), ERR_FORMAT);
	assert_int_equal(delta(f, 0, 3, &why), ERR_FORMAT);
	assert_string_equal(why, "that was not asked for");
	assert_int_equal(delta(f, 7, 4, &why), ERR_FORMAT);
	assert_string_equal(why, "for a chunk that has no basis");
	assert_int_equal(delta(f, 7, 3, &why), 0);
	assert_int_equal(delta(f, 7, 3, &why), ERR_FORMAT);	/* twice */
	assert_string_equal(why, "that was not asked for");
}

static void
delta_cut_short_is_refused_at_every_length(void **state)
{
	struct fixture *f = *state;
	struct buf *whole = NULL, *cut = NULL;
	const char *why;
	size_t i;

	assert_int_equal(buf_new(OUT_MAX, &whole), 0);
	assert_int_equal(basis(f, 7, 3, LEN), 0);
	delta_of_new(f);
	assert_int_equal(delta(f, 8, 3, &why), ERR_FORMAT);
	buf_reset(f->body);
	{
		struct wire_delta m = { .batch = 7, .n = 1,
		    .parts = &f->part, .raw = f->part.len,
		    .data = buf_ptr(f->delta), .data_len = f->part.len };

		f->part.chunk = 3;
		assert_int_equal(wire_delta_encode(&m, whole), 0);
	}
	for (i = 0; i < buf_len(whole); i++) {
		assert_int_equal(buf_borrow(buf_ptr(whole), i, &cut), 0);
		assert_int_not_equal(patch_delta(f->p, cut, f->out, &why), 0);
		assert_int_equal(buf_len(f->out), 0);
		buf_free(cut);
	}
	buf_free(whole);
}

static void
delta_that_unpacks_to_more_is_refused(void **state)
{
	struct fixture *f = *state;
	struct wire_delta m = { .batch = 7, .kind = 1, .raw = 100, .n = 1,
	    .parts = &f->part };
	struct compressor *c = NULL;
	struct buf *packed = NULL;
	enum frame_kind kind;
	const char *why;

	assert_int_equal(compressor_new(3, &c), 0);
	assert_int_equal(buf_new(OUT_MAX, &packed), 0);
	memset(new, 0, LEN);
	assert_int_equal(compress_frame(c, new, LEN, packed, &kind), 0);
	assert_int_equal(kind, FRAME_ZSTD);
	assert_int_equal(basis(f, 7, 3, LEN), 0);
	buf_reset(f->out);
	f->part.chunk = 3;
	f->part.len = 100;
	m.data = buf_ptr(packed);
	m.data_len = buf_len(packed);
	buf_reset(f->body);
	assert_int_equal(wire_delta_encode(&m, f->body), 0);
	assert_int_equal(patch_delta(f->p, f->body, f->out, &why),
	    ERR_FORMAT);
	assert_string_equal(why, "that does not unpack to what it says");
	assert_int_equal(buf_len(f->out), 0);
	compressor_free(c);
	buf_free(packed);
}

static void
bases_over_their_bound_are_refused(void **state)
{
	struct fixture *f = *state;
	uint64_t batch;
	uint32_t chunk;
	int r = 0;

	assert_int_equal(basis(f, 1, 0, 100), 0);
	assert_int_equal(basis(f, 1, 0, 100), ERR_FORMAT);	/* twice */
	assert_int_equal(basis(f, 0, 0, 100), ERR_FORMAT);
	assert_int_equal(basis(f, 1, 1, WIRE_FRAME_RAW_MAX), ERR_TOOBIG);
	for (batch = 2; batch <= WIRE_BATCHES_MAX; batch++)
		assert_int_equal(basis(f, batch, 0, 100), 0);
	assert_int_equal(basis(f, batch, 0, 100), ERR_FORMAT);
	for (chunk = 1; chunk < 4000 && r == 0; chunk++)
		r = basis(f, 1, chunk, 100);
	assert_int_equal(r, ERR_TOOBIG);
	assert_in_range(chunk, PATCH_BASES_MAX / LEN - 40,
	    PATCH_BASES_MAX / LEN);
}

/* Pack body as a message of the type; what comes of it. */
static int
pack(struct fixture *f, uint8_t type, uint32_t raw, const char **whyp)
{
	struct wire_packed m = { .type = type, .raw = raw };
	struct compressor *c = NULL;
	struct buf *packed = NULL;
	enum frame_kind kind;
	int r;

	assert_int_equal(compressor_new(3, &c), 0);
	assert_int_equal(buf_new(OUT_MAX, &packed), 0);
	assert_int_equal(compress_frame(c, buf_ptr(f->body),
	    buf_len(f->body), packed, &kind), 0);
	assert_int_equal(kind, FRAME_ZSTD);
	m.data = buf_ptr(packed);
	m.data_len = buf_len(packed);
	buf_reset(f->body);
	buf_reset(f->out);
	assert_int_equal(wire_packed_encode(&m, f->body), 0);
	r = patch_packed(f->p, f->body, f->out, whyp);
	if (r != 0)
		assert_int_equal(buf_len(f->out), 0);
	compressor_free(c);
	buf_free(packed);
	return r;
}

/* CHUNKS of n holes, in body. */
static size_t
chunks_make(struct fixture *f, uint32_t n)
{
	struct wire_piece hole = { .kind = WIRE_PIECE_HOLE, .len = 1 << 20 };
	struct wire_chunks m = { .batch = 1, .n = n };
	struct buf *items = NULL;
	uint32_t i;

	assert_int_equal(buf_new(OUT_MAX, &items), 0);
	for (i = 0; i < n; i++)
		assert_int_equal(wire_piece_encode(&hole, items), 0);
	m.items = buf_ptr(items);
	m.items_len = buf_len(items);
	buf_reset(f->body);
	assert_int_equal(wire_chunks_encode(&m, f->body), 0);
	buf_free(items);
	return buf_len(f->body);
}

static void
packed_message_comes_out_as_it_was(void **state)
{
	struct fixture *f = *state;
	uint8_t *was;
	const char *why;
	size_t len;

	len = chunks_make(f, 1000);
	assert_non_null(was = malloc(len));
	memcpy(was, buf_ptr(f->body), len);
	assert_int_equal(pack(f, WIRE_CHUNKS, (uint32_t)len, &why), 0);
	assert_int_equal(buf_len(f->out), WIRE_HEAD_LEN + len);
	assert_int_equal(buf_ptr(f->out)[4], WIRE_CHUNKS);
	assert_memory_equal(buf_ptr(f->out) + WIRE_HEAD_LEN, was, len);
	free(was);
}

static void
packed_lies_are_refused(void **state)
{
	struct fixture *f = *state;
	const char *why;
	uint32_t len;

	/* more, or less, than it says */
	len = (uint32_t)chunks_make(f, 1000);
	assert_int_equal(pack(f, WIRE_CHUNKS, len - 1, &why), ERR_FORMAT);
	len = (uint32_t)chunks_make(f, 1000);
	assert_int_equal(pack(f, WIRE_CHUNKS, len + 1, &why), ERR_FORMAT);
	assert_string_equal(why, "with bad CHUNKS");
	/* another message than it says */
	len = (uint32_t)chunks_make(f, 1000);
	assert_int_equal(pack(f, WIRE_PAGE, len, &why), ERR_FORMAT);
	assert_string_equal(why, "with a bad PAGE");
	/* one that may not be packed */
	len = (uint32_t)chunks_make(f, 1000);
	assert_int_equal(pack(f, WIRE_FRAME, len, &why), ERR_FORMAT);
	len = (uint32_t)chunks_make(f, 1000);
	assert_int_equal(pack(f, WIRE_PACKED, len, &why), ERR_FORMAT);
}

/* All of it, where nothing but memory is to be had; 0 if it went well. */
static int
confined(struct fixture *f)
{
	const size_t limit = (size_t)512 << 20;
	const char *why;
	uint32_t len;

	if (sandbox_limit_memory(limit) != 0 ||
	    sandbox_enter(SANDBOX_PULLER) != 0)
		return 1;
	if (basis(f, 7, 3, LEN) != 0)
		return 2;
	delta_of_new(f);
	if (delta(f, 7, 3, &why) != 0)
		return 3;
	if (basis(f, 7, 3, LEN - 1) != 0 || delta(f, 7, 3, &why) != 0)
		return 4;
	len = (uint32_t)chunks_make(f, 4000);
	if (pack(f, WIRE_CHUNKS, len, &why) != 0)
		return 5;
	return 0;
}

static void
it_works_in_the_pullers_sandbox(void **state)
{
	struct fixture *f = *state;
	pid_t pid;
	int status;

	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0)
		_exit(confined(f));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(good_delta_gives_the_new_chunk),
		TEST(delta_of_another_length_is_not_good),
		TEST(delta_beyond_its_basis_is_not_good),
		TEST(delta_nobody_asked_for_is_refused),
		TEST(delta_cut_short_is_refused_at_every_length),
		TEST(delta_that_unpacks_to_more_is_refused),
		TEST(bases_over_their_bound_are_refused),
		TEST(packed_message_comes_out_as_it_was),
		TEST(packed_lies_are_refused),
		TEST(it_works_in_the_pullers_sandbox),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
