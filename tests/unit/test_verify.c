/* test_verify.c: whatever is wrong with a repository is found. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "repo/core.h"
#include "repo/internal.h"
#include "repo/writer_impl.h"
#include "tests/unit/job_fixture.h"
#include "tests/unit/repo_fixture.h"

#define CASE(name, fn) { name, fn, setup, repo_teardown, NULL }
#define OBJECTS_MAX 64

static const struct job_model first = {
	{ { 1, 2, 0, 0 }, { 0, 3, 0, 0 }, { 0, 0, 0, 0 } }
};
static const struct job_model second = {
	{ { 1, 2, 0, 0 }, { 0, 4, 0, 0 }, { 0, 0, 0, 0 } }
};

static struct job
job_of(const struct repo_fixture *f)
{
	struct job j = { .r = f->r, .seed = f->kf.signer, .host = "h" };

	return j;
}

/* A repository with two snapshots and a writer that gave up. */
static int
setup(void **state)
{
	struct repo_fixture *f;
	struct job j;
	struct job_model other = first;
	struct writer *w;
	struct snapshot *sn;

	if (repo_setup(state) != 0)
		return -1;
	f = *state;
	j = job_of(f);
	assert_int_equal(job_run(&j, &first), 0);
	assert_int_equal(job_run(&j, &second), 0);
	other.version[2][1] = 5;
	assert_int_equal(job_begin(&j, &w), 0);
	assert_int_equal(job_write(&j, w, &other, &sn), 0);
	snapshot_free(sn);
	writer_end(w);
	return 0;
}

/* A repository with a delta of a delta. */
static int
setup_deltas(void **state)
{
	struct job_model m = { { { 0, 100, 0, 0 } } };
	struct job j;

	if (repo_setup(state) != 0)
		return -1;
	j = job_of(*state);
	j.delta = true;
	for (; m.version[0][1] <= 102; m.version[0][1]++)
		assert_int_equal(job_run(&j, &m), 0);
	return 0;
}

/* Verify as another process would: with a new struct repo. */
static int
verify_anew(struct repo_fixture *f, bool full, struct verify_totals *tp)
{
	struct repo *r;
	int res;

	assert_int_equal(repo_reopen(f, &r), 0);
	res = job_verify(r, full, tp);
	repo_close(r);
	return res;
}

static void
test_a_good_one_is_quiet(void **state)
{
	struct repo_fixture *f = *state;
	struct verify_totals t;

	assert_int_equal(verify_anew(f, true, &t), 0);
	assert_int_equal(t.alarms, 0);
	assert_int_equal(t.notes, 0);
	assert_int_equal(t.snapshots, 2);
	assert_int_equal(t.packs, 3);
	assert_int_equal(t.objects, object_count(f->s, ""));
	assert_true(t.frames > 8 && t.chunks > 10 && t.bytes > 4000);
	assert_int_equal(verify_anew(f, false, &t), 0);
	assert_int_equal(t.notes, 0);
}

/* Copy all names below prefix. */
static size_t
names_of(struct store *s, const char *prefix, char (*names)[128])
{
	size_t i, n = object_count(s, prefix);

	assert_true(n <= OBJECTS_MAX);
	for (i = 0; i < n; i++)
		object_nth(s, prefix, i, names[i], sizeof(names[i]));
	return n;
}

static void
test_every_flipped_byte_is_found(void **state)
{
	static char names[OBJECTS_MAX][128];
	struct repo_fixture *f = *state;
	struct verify_totals t;
	uint8_t *copy;
	size_t i, n, at, len;

	n = names_of(f->s, "", names);
	assert_true(n > 15);
	for (i = 0; i < n; i++) {
		copy = object_copy(f->s, names[i], &len);
		for (at = 0; at < len; at++) {
			copy[at] ^= (uint8_t)(1u << (at % 8));
			object_replace(f->s, names[i], copy, len);
			if (job_verify(f->r, true, &t) != ERR_CORRUPT)
				fail_msg("%s: byte %zu", names[i], at);
			copy[at] ^= (uint8_t)(1u << (at % 8));
		}
		object_replace(f->s, names[i], copy, len);
		free(copy);
	}
	assert_int_equal(job_verify(f->r, true, &t), 0);
}

static void
test_a_truncated_or_longer_object_is_found(void **state)
{
	static char names[OBJECTS_MAX][128];
	struct repo_fixture *f = *state;
	struct verify_totals t;
	uint8_t *copy;
	size_t i, n, len, cut;

	n = names_of(f->s, "", names);
	for (i = 0; i < n; i++) {
		copy = object_copy(f->s, names[i], &len);
		for (cut = 0; cut < len; cut += cut < 40 ? 1 : 37) {
			object_replace(f->s, names[i], copy, cut);
			assert_int_equal(job_verify(f->r, true, &t),
			    ERR_CORRUPT);
		}
		copy[len] = 0;	/* object_copy leaves room for it */
		object_replace(f->s, names[i], copy, len + 1);
		if (job_verify(f->r, true, &t) != ERR_CORRUPT)
			fail_msg("%s: one byte more", names[i]);
		object_replace(f->s, names[i], copy, len);
		free(copy);
	}
}

static void
test_a_missing_object_is_found(void **state)
{
	static const char *const needed[] = {
		"config", "index/", "keys/epochs/", "packs/", "refs/",
		"snapshots/"
	};
	static char names[OBJECTS_MAX][128];
	struct repo_fixture *f = *state;
	struct verify_totals t;
	uint8_t *copy;
	size_t i, k, n, len, lost;

	for (k = 0; k < sizeof(needed) / sizeof(needed[0]); k++) {
		n = names_of(f->s, needed[k], names);
		for (i = lost = 0; i < n; i++) {
			copy = object_copy(f->s, names[i], &len);
			assert_int_equal(store_delete(f->s, names[i]), 0);
			lost += verify_anew(f, false, &t) == ERR_CORRUPT;
			object_replace(f->s, names[i], copy, len);
			free(copy);
		}
		/* One pack and run are only of the writer that gave up: of
		 * a run alone nothing is missed. */
		assert_true(lost >= (k == 1 ? n - 1 : n));
	}
}

static void
test_strays_are_noted(void **state)
{
	static const char *const strays[] = {
		"hello", "packs/00/tmp", "refs/x", "snapshots/latest",
		"writers/x", "index/abc"
	};
	struct repo_fixture *f = *state;
	struct verify_totals t;
	size_t i, n = sizeof(strays) / sizeof(strays[0]);

	for (i = 0; i < n; i++)
		object_replace(f->s, strays[i], "?", 1);
	assert_int_equal(verify_anew(f, true, &t), 0);
	assert_int_equal(t.notes, n);
}

static void
test_an_unindexed_pack_and_unused_refs_are_noted(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = job_of(f);
	struct refs_builder *b;
	struct verify_totals t;
	struct writer *w;
	struct snapshot *sn;
	uint8_t hash[32], id[32] = { 1 };
	static const uint8_t none[32];

	assert_int_equal(refs_builder_new(&b), 0);
	assert_int_equal(refs_builder_add(b, id, 1), 0);
	assert_int_equal(refs_builder_put(b, f->r, none, NULL, hash), 0);
	refs_builder_free(b);
	assert_int_equal(job_begin(&j, &w), 0);
	assert_int_equal(job_write(&j, w, &first, &sn), 0);
	assert_int_equal(writer_add_meta("something new", 13, id, w), 0);
	assert_int_equal(meta_flush(w), 0);
	assert_int_equal(pack_writer_put(w->pack, hash), 0);
	snapshot_free(sn);
	w->ended = true;	/* as if it was killed */
	writer_end(w);
	assert_int_equal(verify_anew(f, true, &t), 0);
	assert_int_equal(t.notes, 3);
}

/* Put a snapshot of the source that is signed, but says seq, previous and
 * signer_seq as given. */
static void
plant_snapshot(struct repo_fixture *f, const struct snapshot *as)
{
	const struct frame_epoch *e;
	struct buf *b;
	char name[SNAPSHOT_NAME_MAX];

	assert_int_equal(frame_epoch_current(f->r, as->signer, &e), 0);
	assert_int_equal(buf_new(1 << 20, &b), 0);
	assert_int_equal(snapshot_encode(f->r, as, e, f->kf.signer, b), 0);
	snapshot_name(as->source, as->seq, name);
	object_replace(f->s, name, buf_ptr(b), buf_len(b));
	buf_free(b);
}

static void
test_broken_chains_are_found(void **state)
{
	struct repo_fixture *f = *state;
	struct verify_totals t;
	struct snapshot *sn;
	char source[33];

	repo_source_id(f->r, "h", "s", source);
	assert_int_equal(snapshot_get(f->r, source, 2, &sn), 0);
	plant_snapshot(f, sn);
	assert_int_equal(verify_anew(f, false, &t), 0);
	sn->previous[0] ^= 1;
	plant_snapshot(f, sn);
	assert_int_equal(verify_anew(f, false, &t), ERR_CORRUPT);
	assert_int_equal(t.alarms, 1);
	sn->previous[0] ^= 1;
	sn->signer_previous[0] ^= 1;
	plant_snapshot(f, sn);
	assert_int_equal(verify_anew(f, false, &t), ERR_CORRUPT);
	assert_int_equal(t.alarms, 1);
	sn->signer_previous[0] ^= 1;
	sn->signer_seq++;
	plant_snapshot(f, sn);
	assert_int_equal(verify_anew(f, false, &t), ERR_CORRUPT);
	assert_int_equal(t.alarms, 1);
	sn->signer_seq--;
	sn->refs[0] ^= 1;
	plant_snapshot(f, sn);
	assert_int_equal(verify_anew(f, false, &t), ERR_CORRUPT);
	sn->refs[0] ^= 1;
	plant_snapshot(f, sn);
	assert_int_equal(verify_anew(f, false, &t), 0);
	snapshot_free(sn);
}

static void
test_another_seed_cannot_sign(void **state)
{
	struct repo_fixture *f = *state;
	struct snapshot *sn;
	struct buf *b;
	const struct frame_epoch *e;
	uint8_t seed[32] = { 7 };
	char source[33];

	repo_source_id(f->r, "h", "s", source);
	assert_int_equal(snapshot_get(f->r, source, 2, &sn), 0);
	assert_int_equal(frame_epoch_current(f->r, sn->signer, &e), 0);
	assert_int_equal(buf_new(1 << 20, &b), 0);
	assert_int_equal(snapshot_encode(f->r, sn, e, seed, b), ERR_CONFIG);
	assert_int_equal(buf_len(b), 0);
	buf_free(b);
	snapshot_free(sn);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("a good one is quiet", test_a_good_one_is_quiet),
		CASE("every flipped byte is found",
		    test_every_flipped_byte_is_found),
		{ "every flipped byte is found where deltas are",
		    test_every_flipped_byte_is_found, setup_deltas,
		    repo_teardown, NULL },
		CASE("a truncated or longer object is found",
		    test_a_truncated_or_longer_object_is_found),
		CASE("a missing object is found",
		    test_a_missing_object_is_found),
		CASE("strays are noted", test_strays_are_noted),
		CASE("an unindexed pack and unused refs are noted",
		    test_an_unindexed_pack_and_unused_refs_are_noted),
		CASE("broken chains are found", test_broken_chains_are_found),
		CASE("another seed cannot sign",
		    test_another_seed_cannot_sign)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
