/* test_index.c: runs, their merging, and their cache. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "codec/compress.h"
#include "repo/index_impl.h"
#include "repo/internal.h"
#include "store/impl.h"
#include "tests/unit/index_fixture.h"
#include "tests/unit/repo_fixture.h"

static void
an_empty_index_has_nothing(void **state)
{
	struct repo_fixture *f = *state;
	struct index_place p;
	uint8_t id[32] = { 0 };
	struct index *x;
	size_t runs;

	assert_int_equal(index_open(f->r, &x), 0);
	assert_int_equal(index_find(x, id, &p), ERR_NOENT);
	assert_int_equal(index_count(x, &runs), 0);
	assert_int_equal(runs, 0);
	index_close(x);
	index_close(NULL);
	index_run_free(NULL);
}

static void
runs_answer_at_once_and_later(void **state)
{
	struct repo_fixture *f = *state;
	uint8_t hash[32];
	uint64_t records;
	struct index *x;
	size_t runs;

	assert_int_equal(index_open(f->r, &x), 0);
	put_chunks(x, 0, 5000, hash);
	assert_chunks(x, 0, 5000);
	put_chunks(x, 6000, 1, hash);
	assert_chunks(x, 6000, 1);
	index_close(x);
	assert_int_equal(index_open(f->r, &x), 0);
	assert_int_equal(index_count(x, &runs), 5001);
	assert_int_equal(runs, 2);
	assert_int_equal(index_unread(x), 0);
	assert_chunks(x, 0, 5000);
	assert_chunks(x, 6000, 1);
	assert_int_equal(index_run_check(f->r, hash, &records), 0);
	assert_int_equal(records, 1);
	index_close(x);
}

/* A run with chunk 1 only, at that depth. */
static void
put_depth(struct index *x, uint8_t depth, uint8_t who)
{
	struct pack_chunk c = { .len = 5, .depth = depth };
	struct pack_frame f = { .offset = 24, .nchunks = 1, .chunks = &c };
	struct index_run *run;
	uint8_t hash[32], pack[32];

	chunk_id(1, c.id);
	memset(c.base, who, 32);
	memset(pack, who, 32);
	f.info.kind = depth > 0 ? FRAME_ZSTD_PREFIX : FRAME_ZSTD;
	f.info.stored_len = 100;
	f.info.raw_len = 5;
	assert_int_equal(index_run_new(&run), 0);
	assert_int_equal(index_run_add(run, pack, &f, 1), 0);
	assert_int_equal(index_run_put(x, run, hash), 0);
	index_run_free(run);
}

static void
the_shallowest_instance_wins(void **state)
{
	static const uint8_t depths[] = { 3, 9, 2, 2, 7 };
	struct repo_fixture *f = *state;
	struct index_place p;
	uint8_t id[32];
	struct index *x;
	unsigned int i;

	chunk_id(1, id);
	assert_int_equal(index_open(f->r, &x), 0);
	for (i = 0; i < sizeof(depths); i++)
		put_depth(x, depths[i], (uint8_t)(i + 1));
	assert_int_equal(index_find(x, id, &p), 0);
	assert_int_equal(p.depth, 2);
	assert_int_equal(p.pack[0], 3);
	assert_int_equal(p.base[31], 3);
	index_close(x);
	assert_int_equal(index_open(f->r, &x), 0);
	assert_int_equal(index_unread(x), 0);
	assert_int_equal(index_find(x, id, &p), 0);
	assert_int_equal(p.depth, 2);
	put_depth(x, 0, 77);
	assert_int_equal(index_find(x, id, &p), 0);
	assert_int_equal(p.depth, 0);
	assert_int_equal(p.pack[0], 77);
	assert_int_equal(p.base[0], 0);
	index_close(x);
}

static void
eight_runs_become_one(void **state)
{
	struct repo_fixture *f = *state;
	struct index_cursor *c;
	struct index_place p;
	uint8_t hash[32], id[32], last[32] = { 0 };
	struct index *x;
	size_t runs, n = 0;
	uint32_t i;
	int r;

	assert_int_equal(index_open(f->r, &x), 0);
	for (i = 0; i < 7; i++)
		put_chunks(x, i * 1000, 600, hash);
	index_count(x, &runs);
	assert_int_equal(runs, 7);
	put_depth(x, 4, 9);		/* a delta of chunk 1, too */
	assert_int_equal(index_count(x, &runs), 7 * 600 + 1);
	assert_int_equal(runs, 1);
	assert_int_equal(object_count(f->s, "index/"), 9);
	index_close(x);
	assert_int_equal(index_open(f->r, &x), 0);
	assert_int_equal(index_count(x, &runs), 7 * 600 + 1);
	assert_int_equal(runs, 1);
	for (i = 0; i < 7; i++)
		assert_chunks(x, i * 1000, 600);
	assert_int_equal(index_cursor_new(x, &c), 0);
	while ((r = index_cursor_next(c, id, &p)) == 1) {
		assert_true(memcmp(last, id, 32) < 0 || p.depth == 4);
		memcpy(last, id, 32);
		n++;
	}
	assert_int_equal(r, 0);
	assert_int_equal(n, 7 * 600 + 1);
	index_cursor_free(c);
	index_cursor_free(NULL);
	index_close(x);
}

static void
merging_goes_on_and_on(void **state)
{
	struct repo_fixture *f = *state;
	uint8_t hash[32];
	struct index *x;
	size_t runs;
	uint32_t i;

	assert_int_equal(index_open(f->r, &x), 0);
	for (i = 0; i < 40; i++)
		put_chunks(x, i * 100, 3, hash);
	assert_int_equal(index_count(x, &runs), 120);
	assert_in_range(runs, 1, 7);
	index_close(x);
	/* The merged runs name all they replaced, also at second hand. */
	assert_int_equal(index_open(f->r, &x), 0);
	assert_int_equal(index_count(x, &runs), 120);
	assert_in_range(runs, 1, 7);
	for (i = 0; i < 40; i++)
		assert_chunks(x, i * 100, 3);
	index_close(x);
}

static void
merging_at_the_same_time_does_not_grow(void **state)
{
	struct repo_fixture *f = *state;
	struct index *x, *y;
	char name[128];
	uint8_t hash[32];
	uint64_t size;
	uint32_t i;
	size_t n, runs;

	for (i = 0; i < 60; i++) {
		assert_int_equal(index_open(f->r, &x), 0);
		assert_int_equal(index_open(f->r, &y), 0);
		put_chunks(x, i * 200, 1, hash);
		put_chunks(y, i * 200 + 100, 1, hash);
		index_close(x);
		index_close(y);
	}
	assert_int_equal(index_open(f->r, &x), 0);
	/* What two have merged is in both, until it is merged again. */
	assert_in_range(index_count(x, &runs), 120, 240);
	assert_in_range(runs, 1, 16);
	index_close(x);
	/* No run names more than there are, nor has more than all records. */
	n = object_count(f->s, "index/");
	for (i = 0; i < n; i++) {
		object_nth(f->s, "index/", i, name, sizeof(name));
		assert_int_equal(store_size(f->s, name, &size), 0);
		assert_true(size < 32 * n + 150 * 120 + 1000);
	}
}

static void
the_same_instance_is_kept_once(void **state)
{
	struct repo_fixture *f = *state;
	uint8_t hash[32];
	struct index *x;
	size_t runs;
	int i;

	assert_int_equal(index_open(f->r, &x), 0);
	for (i = 0; i < 8; i++)
		put_chunks(x, 0, 20, hash);
	assert_int_equal(index_count(x, &runs), 20);
	assert_int_equal(runs, 1);
	assert_chunks(x, 0, 20);
	index_close(x);
}

static void
tiers_are_as_the_format_says(void **state)
{
	(void)state;
	assert_int_equal(run_tier(0), 0);
	assert_int_equal(run_tier(512), 0);
	assert_int_equal(run_tier(8 * 512 - 1), 0);
	assert_int_equal(run_tier(8 * 512), 1);
	assert_int_equal(run_tier(64 * 512 - 1), 1);
	assert_int_equal(run_tier(64 * 512), 2);
	assert_int_equal(run_tier(512 * 512), 3);
}

/* The name of the only index object. */
static uint8_t *
only_run(struct repo_fixture *f, char name[128], uint8_t hash[32],
    size_t *lenp)
{
	object_nth(f->s, "index/", 0, name, 128);
	assert_int_equal(hex_parse(name + 6, hash, 32), 0);
	return object_copy(f->s, name, lenp);
}

static void
every_flip_and_cut_is_noticed(void **state)
{
	struct repo_fixture *f = *state;
	uint8_t hash[32], *copy;
	struct index_run *run;
	uint64_t records;
	struct index *x;
	char name[128];
	size_t len, i;
	int r;

	assert_int_equal(index_open(f->r, &x), 0);
	assert_int_equal(index_run_new(&run), 0);
	add_chunks(run, 0, 3, 1);
	assert_int_equal(index_run_put(x, run, hash), 0);
	index_run_free(run);
	index_close(x);
	copy = only_run(f, name, hash, &len);
	for (i = 0; i < len * 8; i++) {
		copy[i / 8] ^= (uint8_t)(1 << i % 8);
		object_replace(f->s, name, copy, len);
		r = index_run_check(f->r, hash, &records);
		assert_true(r == ERR_CORRUPT || r == ERR_FORMAT ||
		    (r == ERR_VERSION && i / 8 == 4));
		copy[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (i = 0; i < len; i++) {
		object_replace(f->s, name, copy, i);
		r = index_run_check(f->r, hash, &records);
		assert_true(r == ERR_CORRUPT || r == ERR_FORMAT);
	}
	copy[len] = 0;
	object_replace(f->s, name, copy, len + 1);
	assert_int_equal(index_run_check(f->r, hash, &records), ERR_FORMAT);
	object_replace(f->s, name, copy, len);
	assert_int_equal(index_run_check(f->r, hash, &records), 0);
	free(copy);
}

static void
exchanged_runs_are_noticed(void **state)
{
	struct repo_fixture *f = *state;
	uint8_t hash[2][32], *copy[2];
	char name[2][OBJECT_NAME_MAX];
	uint64_t records;
	struct index *x;
	size_t len[2], i;

	assert_int_equal(index_open(f->r, &x), 0);
	for (i = 0; i < 2; i++) {
		put_chunks(x, 0, 10, hash[i]);
		object_name("index", hash[i], name[i]);
		copy[i] = object_copy(f->s, name[i], &len[i]);
	}
	for (i = 0; i < 2; i++) {
		object_replace(f->s, name[i], copy[!i], len[!i]);
		assert_int_equal(index_run_check(f->r, hash[i], &records),
		    ERR_CORRUPT);
		free(copy[!i]);
	}
	index_close(x);
}

static void
a_damaged_run_costs_only_itself(void **state)
{
	struct repo_fixture *f = *state;
	uint8_t first[32], second[32];
	char name[OBJECT_NAME_MAX];
	struct index *x;
	size_t runs;

	assert_int_equal(index_open(f->r, &x), 0);
	put_chunks(x, 0, 10, first);
	put_chunks(x, 100, 10, second);
	index_close(x);
	object_name("index", first, name);
	object_replace(f->s, name, "junk", 4);
	assert_int_equal(index_open(f->r, &x), 0);
	assert_int_equal(index_unread(x), 1);
	assert_int_equal(index_count(x, &runs), 10);
	assert_chunks(x, 100, 10);
	index_close(x);
}

static void
without_the_merged_run_its_parts_live(void **state)
{
	struct repo_fixture *f = *state;
	char name[128], big[128] = "";
	uint64_t size, max = 0;
	uint8_t hash[32];
	struct index *x;
	size_t runs, i;

	assert_int_equal(index_open(f->r, &x), 0);
	for (i = 0; i < 8; i++)
		put_chunks(x, (uint32_t)i * 100, 10, hash);
	index_close(x);
	for (i = 0; i < 9; i++) {
		object_nth(f->s, "index/", i, name, sizeof(name));
		assert_int_equal(store_size(f->s, name, &size), 0);
		if (size > max) {
			max = size;
			strcpy(big, name);
		}
	}
	object_replace(f->s, big, "junk", 4);
	assert_int_equal(index_open(f->r, &x), 0);
	assert_int_equal(index_count(x, &runs), 80);
	assert_int_equal(runs, 8);
	assert_int_equal(index_unread(x), 1);
	for (i = 0; i < 8; i++)
		assert_chunks(x, (uint32_t)i * 100, 10);
	index_close(x);
}

static int
count_to_50(const uint8_t id[32], void *arg)
{
	unsigned int *n = arg;

	(void)id;
	return ++*n == 50 ? 1 : 0;
}

static void
walks_see_superseded_runs_too(void **state)
{
	struct repo_fixture *f = *state;
	uint8_t hash[8][32], none[32] = { 0 };
	unsigned int n, i;
	struct index *x;

	assert_int_equal(index_open(f->r, &x), 0);
	for (i = 0; i < 8; i++)
		put_chunks(x, i * 100, 10 + 10 * i, hash[i]);
	for (i = 0; i < 8; i++) {
		n = 0;
		assert_int_equal(index_run_walk(x, hash[i], count_to_50, &n),
		    i >= 4 ? 1 : 0);
		assert_int_equal(n, i >= 4 ? 50 : 10 + 10 * i);
	}
	assert_int_equal(index_run_walk(x, none, count_to_50, &n), ERR_NOENT);
	index_close(x);
}

static void
many_records_are_found(void **state)
{
	struct repo_fixture *f = *state;
	uint8_t hash[32];
	struct index *x;
	size_t runs;

	assert_int_equal(index_open(f->r, &x), 0);
	put_chunks(x, 0, 200000, hash);
	assert_chunks(x, 0, 200000);
	index_close(x);
	assert_int_equal(index_open(f->r, &x), 0);
	assert_int_equal(index_count(x, &runs), 200000);
	assert_chunks(x, 0, 200000);
	index_close(x);
}

static void
a_failing_store_loses_nothing(void **state)
{
	struct repo_fixture *f = *state;
	uint8_t hash[32] = { 0 }, zero[32] = { 0 };
	struct index_run *run;
	struct store *faulty;
	struct key_input key;
	struct index *x;
	struct repo *r;

	assert_int_equal(store_fault_open(f->s, STORE_FAULT_FAIL, 1, false,
	    ERR_NOSPACE, &faulty), 0);
	repo_key(f, KEY_HOST, &key);
	assert_int_equal(repo_open(faulty, &key, &r), 0);
	assert_int_equal(index_open(r, &x), 0);
	assert_int_equal(index_run_new(&run), 0);
	add_chunks(run, 0, 100, 0x55);
	assert_int_equal(index_run_put(x, run, hash), ERR_NOSPACE);
	assert_memory_equal(hash, zero, 32);
	assert_int_equal(index_run_put(x, run, hash), 0);
	assert_chunks(x, 0, 100);
	index_run_free(run);
	index_close(x);
	repo_close(r);
	store_close(faulty);
}

#define CASE(name) \
	cmocka_unit_test_setup_teardown(name, repo_setup, repo_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_empty_index_has_nothing),
		CASE(runs_answer_at_once_and_later),
		CASE(the_shallowest_instance_wins),
		CASE(eight_runs_become_one),
		CASE(merging_goes_on_and_on),
		CASE(merging_at_the_same_time_does_not_grow),
		CASE(the_same_instance_is_kept_once),
		CASE(tiers_are_as_the_format_says),
		CASE(every_flip_and_cut_is_noticed),
		CASE(exchanged_runs_are_noticed),
		CASE(a_damaged_run_costs_only_itself),
		CASE(without_the_merged_run_its_parts_live),
		CASE(walks_see_superseded_runs_too),
		CASE(many_records_are_found),
		CASE(a_failing_store_loses_nothing)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
