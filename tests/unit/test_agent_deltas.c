/* test_agent_deltas.c: deltas and packed listings of backup-agent. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "codec/delta.h"
#include "tests/unit/agent_fixture.h"
#include "wire/delta.h"
#include "wire/request.h"

#define OLD_LEN (1500u << 10)

static uint8_t old[OLD_LEN];

/* The file "new", which is the old bytes but for a few, and some more. */
static void
make_versions(void)
{
	FILE *f;

	make_file("new", OLD_LEN, 1);
	f = fopen(at("new"), "r+");
	assert_non_null(f);
	assert_int_equal(fread(old, 1, OLD_LEN, f), OLD_LEN);
	assert_int_equal(fseek(f, 700000, SEEK_SET), 0);
	assert_int_equal(fwrite("inserted", 1, 8, f), 8);
	assert_int_equal(fwrite(old + 700000, 1, OLD_LEN - 700000, f),
	    OLD_LEN - 700000);
	assert_int_equal(fseek(f, 100000, SEEK_SET), 0);
	assert_int_equal(fwrite("changed", 1, 7, f), 7);
	assert_int_equal(fclose(f), 0);
}

/* An agent with one root, the test's directory, and these features. */
static void
begin_with(struct keeper *k, uint64_t features)
{
	const char *const bases[] = { dir, NULL };
	const struct kstart s = { .roots = bases, .features = features };

	assert_int_equal(keeper_spawn(k, bases), 0);
	assert_int_equal(keeper_start(k, &s), 0);
}

static void
pull_all(struct keeper *k)
{
	assert_int_equal(keeper_list(k, 1, 0, true, ""), 0);
	assert_int_equal(keeper_run(k), 0);
	assert_true(keeper_same(k, keeper_entry(k, "new"), at("new")));
}

static void
test_changed_chunks_come_as_deltas(void **state)
{
	struct keeper k = { .paged = NULL };

	(void)state;
	make_versions();
	begin_with(&k, WIRE_FEATURE_DELTAS | 64);
	k.basis = old;
	k.basis_len = OLD_LEN;
	pull_all(&k);
	assert_int_equal(k.features, WIRE_FEATURE_DELTAS);
	assert_true(k.parts >= 3);
	assert_int_equal(k.framed, 0);
	assert_in_range(k.delta_bytes, 1, 20000);
	end(&k);
}

static void
test_what_fails_comes_whole(void **state)
{
	struct keeper k = { .paged = NULL };

	(void)state;
	make_versions();
	begin_with(&k, WIRE_FEATURE_DELTAS);
	k.basis = old;
	k.basis_len = OLD_LEN;
	k.fail_each = 2;
	pull_all(&k);
	assert_in_range(k.framed, 1, k.nbatches);
	end(&k);
}

/* Half of the chunks go well and the rest is not worth it. */
static void
test_delta_and_frame_share_a_batch(void **state)
{
	struct keeper k = { .paged = NULL };

	(void)state;
	make_versions();
	begin_with(&k, WIRE_FEATURE_DELTAS);
	k.basis = old;
	k.basis_len = OLD_LEN / 2;
	k.fail_each = 3;
	pull_all(&k);
	assert_true(k.parts > 0 && k.framed > 0);
	end(&k);
}

static void
test_unlike_basis_gives_an_empty_delta(void **state)
{
	struct keeper k = { .paged = NULL };
	size_t i;

	(void)state;
	make_versions();
	begin_with(&k, WIRE_FEATURE_DELTAS);
	for (i = 0; i < OLD_LEN; i++)
		old[i] ^= 0x55;
	k.basis = old;
	k.basis_len = OLD_LEN;
	pull_all(&k);
	assert_int_equal(k.parts, 0);
	assert_int_equal(k.framed, k.nbatches);
	end(&k);
}

/* More signatures than the agent keeps: the rest goes whole. */
static void
test_signatures_beyond_the_bound_are_let_go(void **state)
{
	struct keeper k = { .paged = NULL };
	char name[32];
	unsigned int i;

	(void)state;
	make_versions();
	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "file%u", i);
		make_file(name, 3000, i + 10);
	}
	begin_with(&k, WIRE_FEATURE_DELTAS);
	k.basis = old;
	k.basis_len = OLD_LEN;
	pull_all(&k);
	assert_true(k.framed > 0);
	end(&k);
	assert_in_range(k.totals.peak_kib, 0, 64 << 10);
}

static void
test_listings_come_packed(void **state)
{
	struct keeper k = { .paged = NULL };
	char name[64];
	unsigned int i;

	(void)state;
	make_versions();
	for (i = 0; i < 600; i++) {
		snprintf(name, sizeof(name), "a_name_of_some_length-%u", i);
		make_file(name, i % 7, i);
	}
	begin_with(&k, WIRE_FEATURE_PACKED);
	k.basis = old;
	k.basis_len = OLD_LEN;
	pull_all(&k);
	assert_int_equal(k.nentries, 601);
	assert_true(k.packed >= 2);
	assert_true(k.packed_bytes < k.unpacked_bytes / 2);
	end(&k);
	/* The reader of a keeper that did not ask would refuse it. */
	begin_with(&k, 0);
	pull_all(&k);
	assert_int_equal(k.packed, 0);
	end(&k);
}

/* A request that the agent must not take: how it is made. */
struct refused {
	const char *name;
	uint64_t features;
	enum wire_type type;
	uint64_t batch;
	uint32_t chunk;
	const char *bad;	/* instead of a signature */
	unsigned int times;
};

/* Send SIGNATURE, or NEED or AGAIN that do not fit. */
static void
send_refused(struct keeper *k, const struct refused *c)
{
	struct wire_signature s = { .batch = c->batch, .chunk = c->chunk };
	const struct wire_need need = { c->batch, (const uint8_t *)"", 1 };
	const struct wire_again again = {
		c->batch, (const uint8_t *)"\1", 1
	};
	struct buf *b, *sig;
	size_t mark;
	int r;

	assert_int_equal(buf_new(WIRE_SIGNATURE_MAX, &sig), 0);
	assert_int_equal(delta_sign(old, OLD_LEN, 2048, sig), 0);
	s.data = c->bad != NULL ? (const uint8_t *)c->bad : buf_ptr(sig);
	s.len = c->bad != NULL ? 12 : buf_len(sig);
	assert_int_equal(keeper_send_begin(c->type, &b, &mark), 0);
	if (c->type == WIRE_NEED)
		r = wire_need_encode(&need, b);
	else if (c->type == WIRE_AGAIN)
		r = wire_again_encode(&again, b);
	else
		r = wire_signature_encode(&s, b);
	/* It may be gone already. */
	r = keeper_send_end(k, b, mark, r);
	assert_true(r == 0 || r == ERR_CLOSED);
	buf_free(sig);
}

static void
test_requests_that_fit_no_batch(void **state)
{
	static const struct refused cases[] = {
		{ "not agreed", WIRE_FEATURE_PACKED, WIRE_SIGNATURE, 1, 0,
		    NULL, 1 },
		{ "no such batch", WIRE_FEATURE_DELTAS, WIRE_SIGNATURE, 9, 0,
		    NULL, 1 },
		{ "no such chunk", WIRE_FEATURE_DELTAS, WIRE_SIGNATURE, 1,
		    4000, NULL, 1 },
		{ "twice", WIRE_FEATURE_DELTAS, WIRE_SIGNATURE, 1, 0, NULL,
		    2 },
		{ "no signature", WIRE_FEATURE_DELTAS, WIRE_SIGNATURE, 1, 0,
		    "rs\1F\0\0\4\0\0\0\0\x08", 1 },
		{ "too small a block", WIRE_FEATURE_DELTAS, WIRE_SIGNATURE, 1,
		    0, "rs\1G\0\0\0\1\0\0\0\x08", 1 },
		{ "AGAIN of nothing", WIRE_FEATURE_DELTAS, WIRE_AGAIN, 1, 0,
		    NULL, 1 }
	};
	struct keeper k = { .paged = NULL };
	unsigned int n;
	size_t i;

	(void)state;
	make_versions();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin_with(&k, cases[i].features);
		k.holds = true;
		assert_int_equal(keeper_list(&k, 1, 0, true, ""), 0);
		while (k.nbatches == 0)
			assert_int_equal(keeper_step(&k), 0);
		for (n = 0; n < cases[i].times; n++)
			send_refused(&k, &cases[i]);
		while (!k.done)
			assert_int_equal(keeper_step(&k), 0);
		if (k.error != ERR_FORMAT)
			fail_msg("%s", cases[i].name);
		assert_int_equal(keeper_close(&k), 1);
		keeper_clear(&k);
	}
}

static void
test_signed_chunk_must_be_needed(void **state)
{
	const struct refused sign = { "", 0, WIRE_SIGNATURE, 1, 0, NULL, 1 };
	const struct refused need = { "", 0, WIRE_NEED, 1, 0, NULL, 1 };
	struct keeper k = { .paged = NULL };

	(void)state;
	make_file("new", 1000, 1);
	begin_with(&k, WIRE_FEATURE_DELTAS);
	k.holds = true;
	assert_int_equal(keeper_list(&k, 1, 0, true, ""), 0);
	while (k.nbatches == 0)
		assert_int_equal(keeper_step(&k), 0);
	send_refused(&k, &sign);
	send_refused(&k, &need);
	while (!k.done)
		assert_int_equal(keeper_step(&k), 0);
	assert_int_equal(k.error, ERR_FORMAT);
	assert_int_equal(keeper_close(&k), 1);
	keeper_clear(&k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_changed_chunks_come_as_deltas),
		TEST(test_what_fails_comes_whole),
		TEST(test_delta_and_frame_share_a_batch),
		TEST(test_unlike_basis_gives_an_empty_delta),
		TEST(test_signatures_beyond_the_bound_are_let_go),
		TEST(test_listings_come_packed),
		TEST(test_requests_that_fit_no_batch),
		TEST(test_signed_chunk_must_be_needed)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
