/* test_frame.c: frames open under their epoch, whole and unchanged only. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "codec/compress.h"
#include "repo/frame.h"
#include "tests/unit/repo_fixture.h"

#define RAW_LEN 5000

static const uint8_t signer[32] = { 7 };

struct made {
	const struct frame_epoch *e;
	uint8_t	 raw[RAW_LEN], back[RAW_LEN];
	uint8_t	 stored[RAW_LEN + 1000];
	size_t	 len;
	struct decompressor *d;
};

/* A sealed frame of text that compresses, or is kept plain. */
static void
make_frame(struct repo_fixture *f, struct made *m, bool plain)
{
	struct frame_info info = { .class = FRAME_META, .raw_len = RAW_LEN };
	struct compressor *c;
	enum frame_kind kind = FRAME_PLAIN;
	const uint8_t *data = m->raw;
	struct buf *b;
	size_t i;

	for (i = 0; i < RAW_LEN; i++)
		m->raw[i] = (uint8_t)(i % 251 + i / 1000);
	m->len = RAW_LEN;
	assert_int_equal(buf_new(RAW_LEN + 1000, &b), 0);
	assert_int_equal(compressor_new(3, &c), 0);
	if (!plain) {
		assert_int_equal(compress_frame(c, m->raw, RAW_LEN, b, &kind),
		    0);
		assert_int_equal(kind, FRAME_ZSTD);
		data = buf_ptr(b);
		m->len = buf_len(b);
	}
	info.kind = (uint8_t)kind;
	assert_int_equal(frame_epoch_current(f->r, signer, &m->e), 0);
	assert_int_equal(frame_seal(m->e, &info, data, m->len, m->stored), 0);
	m->len += FRAME_OVERHEAD;
	assert_int_equal(decompressor_new(&m->d), 0);
	compressor_free(c);
	buf_free(b);
}

static void
seal_and_open_are_inverse(void **state)
{
	struct repo_fixture *f = *state;
	struct frame_info info;
	uint8_t epoch[16];
	struct made m;
	int plain;

	for (plain = 0; plain <= 1; plain++) {
		make_frame(f, &m, plain == 1);
		assert_int_equal(frame_peek(m.stored, m.len, &info, epoch),
		    0);
		assert_int_equal(info.kind, plain ? FRAME_PLAIN : FRAME_ZSTD);
		assert_int_equal(info.class, FRAME_META);
		assert_int_equal(info.stored_len, m.len);
		assert_int_equal(info.raw_len, RAW_LEN);
		assert_memory_equal(epoch, m.e->id, sizeof(epoch));
		assert_int_equal(frame_open(m.e, m.stored, m.len, m.d,
		    m.back), 0);
		assert_memory_equal(m.raw, m.back, RAW_LEN);
		decompressor_free(m.d);
	}
}

static void
every_flip_and_cut_is_noticed(void **state)
{
	struct repo_fixture *f = *state;
	struct made m;
	size_t i;
	int r;

	make_frame(f, &m, false);
	for (i = 0; i < m.len * 8; i++) {
		m.stored[i / 8] ^= (uint8_t)(1 << i % 8);
		r = frame_open(m.e, m.stored, m.len, m.d, m.back);
		assert_true(r == ERR_CORRUPT || r == ERR_FORMAT);
		m.stored[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (i = 0; i < m.len; i++)
		assert_int_equal(frame_open(m.e, m.stored, i, m.d, m.back),
		    ERR_FORMAT);
	decompressor_free(m.d);
}

static void
a_raw_length_over_the_cap_is_refused(void **state)
{
	struct repo_fixture *f = *state;
	struct frame_info info = { .raw_len = FRAME_RAW_MAX + 1 };
	const struct frame_epoch *e;
	uint8_t stored[FRAME_OVERHEAD], epoch[16];

	assert_int_equal(frame_epoch_current(f->r, signer, &e), 0);
	assert_int_equal(frame_seal(e, &info, stored, 0, stored), ERR_TOOBIG);
	info.raw_len = FRAME_RAW_MAX;
	assert_int_equal(frame_seal(e, &info, stored, 0, stored), 0);
	assert_int_equal(frame_peek(stored, sizeof(stored), &info, epoch), 0);
	stored[11]++;
	assert_int_equal(frame_peek(stored, sizeof(stored), &info, epoch),
	    ERR_FORMAT);
}

static void
an_epoch_lasts_and_is_found_by_others(void **state)
{
	static const uint8_t other[32] = { 8 }, unknown[16] = { 9 };
	struct repo_fixture *f = *state;
	const struct frame_epoch *a, *b, *c;
	struct repo *r;

	assert_int_equal(frame_epoch_current(f->r, signer, &a), 0);
	assert_int_equal(frame_epoch_current(f->r, signer, &b), 0);
	assert_ptr_equal(a, b);
	assert_int_equal(repo_reopen(f, &r), 0);
	assert_int_equal(frame_epoch_find(r, a->id, &b), 0);
	assert_memory_equal(a, b, sizeof(*a));
	assert_int_equal(frame_epoch_current(r, signer, &c), 0);
	assert_ptr_equal(b, c);
	assert_int_equal(object_count(f->s, "keys/epochs/"), 1);
	/* One of another server, made while this one was open. */
	assert_int_equal(frame_epoch_current(r, other, &c), 0);
	assert_memory_not_equal(a->key, c->key, 32);
	assert_int_equal(frame_epoch_find(f->r, c->id, &b), 0);
	assert_memory_equal(b, c, sizeof(*b));
	assert_int_equal(frame_epoch_find(r, unknown, &b), ERR_NOENT);
	repo_close(r);
}

static void
a_damaged_epoch_is_passed_over(void **state)
{
	struct repo_fixture *f = *state;
	const struct frame_epoch *a, *b;
	uint8_t id[16], *copy;
	struct repo *r;
	char name[128];
	size_t len, i;

	assert_int_equal(frame_epoch_current(f->r, signer, &a), 0);
	memcpy(id, a->id, sizeof(id));
	object_nth(f->s, "keys/epochs/", 0, name, sizeof(name));
	copy = object_copy(f->s, name, &len);
	assert_int_equal(len, 24 + 16 + 8 + 32 + 24 + 32 + 16);
	assert_int_equal(repo_reopen(f, &r), 0);
	for (i = 0; i < len * 8; i++) {
		copy[i / 8] ^= (uint8_t)(1 << i % 8);
		object_replace(f->s, name, copy, len);
		assert_int_equal(frame_epoch_find(r, id, &b), ERR_NOENT);
		copy[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (i = 0; i < len; i++) {
		object_replace(f->s, name, copy, i);
		assert_int_equal(frame_epoch_find(r, id, &b), ERR_NOENT);
	}
	object_replace(f->s, name, copy, len);
	assert_int_equal(frame_epoch_find(r, id, &b), 0);
	free(copy);
	repo_close(r);
}

#define CASE(name) \
	cmocka_unit_test_setup_teardown(name, repo_setup, repo_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(seal_and_open_are_inverse),
		CASE(every_flip_and_cut_is_noticed),
		CASE(a_raw_length_over_the_cap_is_refused),
		CASE(an_epoch_lasts_and_is_found_by_others),
		CASE(a_damaged_epoch_is_passed_over)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
