/* test_writer.c: a job either leaves a snapshot or leaves all as it was. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "crypto/sign.h"
#include "repo/writer_impl.h"
#include "store/impl.h"
#include "tests/unit/job_fixture.h"
#include "tests/unit/repo_fixture.h"

#define CASE(name, fn) { name, fn, repo_setup, repo_teardown, NULL }

static const struct job_model first = {
	{ { 1, 2, 3, 4 }, { 5, 6, 7, 8 }, { 9, 10, 0, 0 } }
};
static const struct job_model second = {
	{ { 1, 2, 3, 4 }, { 5, 26, 0, 8 }, { 29, 10, 31, 2 } }
};
static const struct job_model third = {
	{ { 41, 2, 0, 4 }, { 5, 26, 1, 8 }, { 0, 0, 0, 0 } }
};

static struct job
job_of(const struct repo_fixture *f)
{
	struct job j = { .r = f->r, .seed = f->kf.signer, .host = "h" };

	return j;
}

static void
test_snapshots_follow_each_other(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = job_of(f);
	struct verify_totals t;

	assert_int_equal(job_run(&j, &first), 0);
	assert_int_equal(job_run(&j, &second), 0);
	assert_int_equal(job_run(&j, &second), 0);
	assert_int_equal(job_run(&j, &third), 0);
	job_check(&j, 1, &first);
	job_check(&j, 2, &second);
	job_check(&j, 3, &second);
	job_check(&j, 4, &third);
	assert_int_equal(job_verify(f->r, true, &t), 0);
	assert_int_equal(t.alarms, 0);
	assert_int_equal(t.notes, 0);
	assert_int_equal(t.snapshots, 4);
	/* The third job had nothing to store. */
	assert_int_equal(object_count(f->s, "packs/"), 3);
	assert_int_equal(object_count(f->s, "refs/"), 3);
}

static void
test_counting_by_hand_adds_up(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = job_of(f);
	struct verify_totals t;

	j.count = true;
	assert_int_equal(job_run(&j, &first), 0);
	assert_int_equal(job_run(&j, &second), 0);
	j.count = false;
	assert_int_equal(job_run(&j, &third), 0);
	j.count = true;
	assert_int_equal(job_run(&j, &first), 0);
	assert_int_equal(job_verify(f->r, false, &t), 0);
}

static void
test_a_wrong_count_is_found(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = job_of(f);
	struct verify_totals t;
	struct writer *w;
	struct snapshot *sn;
	uint8_t id[32];

	j.count = true;
	assert_int_equal(job_begin(&j, &w), 0);
	assert_int_equal(job_write(&j, w, &first, &sn), 0);
	job_chunk_id(f->r, 1, 0, id);
	assert_int_equal(writer_ref(w, id, 1), 0);
	assert_int_equal(writer_commit(w, sn), 0);
	snapshot_free(sn);
	writer_end(w);
	assert_int_equal(job_verify(f->r, false, &t), ERR_CORRUPT);
	assert_int_equal(t.alarms, 1);
}

static void
test_two_sources_share_chunks_but_not_answers(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = job_of(f), other = j;
	struct writer *w;
	uint8_t id[32];

	other.host = "other";
	assert_int_equal(job_run(&j, &first), 0);
	job_chunk_id(f->r, 1, 0, id);
	assert_int_equal(job_begin(&other, &w), 0);
	assert_true(writer_has(w, id));
	assert_false(writer_knows(w, id));
	writer_end(w);
	assert_int_equal(job_begin(&j, &w), 0);
	assert_true(writer_has(w, id));
	assert_true(writer_knows(w, id));
	id[0] ^= 1;
	assert_false(writer_has(w, id));
	writer_end(w);
}

static void
test_pending_metadata_can_be_read(void **state)
{
	static uint8_t big[600000];
	struct repo_fixture *f = *state;
	struct job j = job_of(f);
	struct writer *w;
	const uint8_t *data;
	uint8_t ids[40][32];
	size_t i, round, len;

	assert_int_equal(job_begin(&j, &w), 0);
	for (i = 0; i < 40; i++) {
		/* Hard to compress, so that held frames overflow. */
		for (len = 0; len < sizeof(big); len++)
			big[len] = (uint8_t)(rand() >> 7);
		memcpy(big, &i, sizeof(i));
		assert_int_equal(writer_add_meta(big, sizeof(big), ids[i],
		    w), 0);
		assert_true(writer_has(w, ids[i]));
	}
	for (round = 0; round < 2; round++)
		for (i = 0; i < 40; i++) {
			assert_int_equal(reader_chunk(writer_reader(w),
			    ids[i], &data, &len), 0);
			assert_int_equal(len, sizeof(big));
			assert_memory_equal(data, &i, sizeof(i));
		}
	assert_true(object_count(f->s, "packs/") > 0);
	writer_end(w);
}

static void
test_a_killed_writer_has_not_sent_in_vain(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = job_of(f);
	struct store *dead;
	struct key_input key;
	struct writer *w;
	struct snapshot *sn;
	uint8_t id[32];

	/* Power fails right after a checkpoint. */
	assert_int_equal(job_run(&j, &first), 0);
	assert_int_equal(store_fault_open(f->s, STORE_FAULT_DEAD, 5, false,
	    ERR_IO, &dead), 0);
	repo_key(f, KEY_HOST, &key);
	assert_int_equal(repo_open(dead, &key, &j.r), 0);
	assert_int_equal(job_begin(&j, &w), 0);
	assert_int_equal(job_write(&j, w, &second, &sn), 0);
	assert_int_equal(writer_pack_flush(w), 0);
	assert_int_equal(writer_checkpoint(w), 0);
	assert_int_not_equal(writer_commit(w, sn), 0);
	writer_end(w);
	snapshot_free(sn);
	repo_close(j.r);
	store_close(dead);

	j.r = f->r;
	job_chunk_id(f->r, 29, 3, id);
	assert_int_equal(job_begin(&j, &w), 0);
	assert_true(writer_knows(w, id));
	writer_end(w);
	assert_int_equal(job_run(&j, &second), 0);
	job_check(&j, 2, &second);
	assert_int_equal(job_verify(f->r, true, NULL), 0);
}

static void
test_given_up_leaves_a_checkpoint(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = job_of(f);
	struct writer *w;
	struct snapshot *sn;
	uint8_t id[32];

	assert_int_equal(job_begin(&j, &w), 0);
	assert_int_equal(job_write(&j, w, &first, &sn), 0);
	snapshot_free(sn);
	writer_end(w);
	assert_int_equal(object_count(f->s, "snapshots/"), 0);
	job_chunk_id(f->r, 5, 2, id);
	assert_int_equal(job_begin(&j, &w), 0);
	assert_true(writer_knows(w, id));
	writer_end(w);
}

static void
test_an_ended_writer_cannot_commit(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = job_of(f);
	struct writer *w;
	struct snapshot *sn;

	assert_int_equal(job_begin(&j, &w), 0);
	assert_int_equal(job_write(&j, w, &first, &sn), 0);
	assert_int_equal(writer_put_end(w, MARKER_ENDED), 0);
	assert_int_equal(writer_commit(w, sn), ERR_CANCELLED);
	snapshot_free(sn);
	writer_end(w);
	assert_int_equal(object_count(f->s, "snapshots/"), 0);
}

static void
test_a_lost_race_takes_the_next_number(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = job_of(f);
	struct writer *w;
	struct snapshot *sn;

	assert_int_equal(job_run(&j, &first), 0);
	assert_int_equal(job_begin(&j, &w), 0);
	assert_int_equal(job_write(&j, w, &second, &sn), 0);
	assert_int_equal(job_run(&j, &third), 0);
	assert_int_equal(writer_commit(w, sn), 0);
	assert_int_equal(sn->seq, 3);
	snapshot_free(sn);
	writer_end(w);
	job_check(&j, 2, &third);
	job_check(&j, 3, &second);
	assert_int_equal(job_verify(f->r, true, NULL), 0);
}

static void
test_a_missing_pack_stops_the_commit(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = job_of(f);
	struct writer *w;
	struct snapshot *sn;
	char name[128];

	assert_int_equal(job_run(&j, &first), 0);
	object_nth(f->s, "packs/", 0, name, sizeof(name));
	assert_int_equal(job_begin(&j, &w), 0);
	assert_int_equal(job_write(&j, w, &second, &sn), 0);
	assert_int_equal(store_delete(f->s, name), 0);
	assert_int_not_equal(writer_commit(w, sn), 0);
	snapshot_free(sn);
	writer_end(w);
	assert_int_equal(object_count(f->s, "snapshots/"), 1);
}

static void
test_a_lost_pack_is_sent_again(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = job_of(f);
	struct writer *w;
	char name[128];
	uint8_t id[32];

	assert_int_equal(job_run(&j, &first), 0);
	object_nth(f->s, "packs/", 0, name, sizeof(name));
	assert_int_equal(store_delete(f->s, name), 0);
	job_chunk_id(f->r, 1, 0, id);
	assert_int_equal(job_begin(&j, &w), 0);
	assert_false(writer_knows(w, id));
	assert_false(writer_has(w, id));
	writer_end(w);
}

static void
test_a_damaged_snapshot_does_not_stop_its_source(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = job_of(f);
	char name[128];
	uint8_t *copy;
	size_t len;

	assert_int_equal(job_run(&j, &first), 0);
	assert_int_equal(job_run(&j, &second), 0);
	object_nth(f->s, "snapshots/", 1, name, sizeof(name));
	copy = object_copy(f->s, name, &len);
	copy[len / 2] ^= 1;
	object_replace(f->s, name, copy, len);
	free(copy);
	assert_int_equal(job_run(&j, &third), 0);
	job_check(&j, 1, &first);
	job_check(&j, 3, &third);
}

static void
test_damaged_refs_are_counted_anew(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = job_of(f);
	struct verify_totals t;
	char name[128];

	j.count = true;
	assert_int_equal(job_run(&j, &first), 0);
	object_nth(f->s, "refs/", 0, name, sizeof(name));
	assert_int_equal(store_delete(f->s, name), 0);
	assert_int_equal(job_run(&j, &second), 0);
	assert_int_equal(job_verify(f->r, false, &t), ERR_CORRUPT);
	assert_true(t.alarms <= 2);	/* the first snapshot alone */
}

static void
test_the_sequence_survives_its_file(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = job_of(f);
	char dir[] = "/tmp/kho-test-XXXXXX", command[64];

	assert_non_null(mkdtemp(dir));
	j.state_dir = dir;
	assert_int_equal(job_run(&j, &first), 0);
	assert_int_equal(job_run(&j, &second), 0);
	j.state_dir = NULL;
	assert_int_equal(job_run(&j, &third), 0);
	/* Stale now, which a look at all sources finds out. */
	j.state_dir = dir;
	j.host = "other";
	clock_stand(clock_system() + 60 * 60);
	assert_int_equal(job_run(&j, &third), 0);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(job_run(&j, &first), 0);
	assert_int_equal(job_verify(f->r, true, NULL), 0);
	assert_int_equal(system(command), 0);
	clock_stand(0);
}

static void
test_two_signers_see_each_other(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = job_of(f), other = j;
	static const uint8_t seed[SIGN_SEED_LEN] = { 9 };
	struct sign_key *key;
	struct snapshot *sn;
	char source[33];

	assert_int_equal(sign_from_seed(seed, &key), 0);
	other.host = "other";
	other.seed = seed;
	assert_int_equal(job_run(&j, &first), 0);
	/* Nobody vouches for it yet. */
	assert_int_equal(job_run(&other, &second), ERR_DENIED);
	assert_int_equal(object_count(f->s, "writers/"), 2);
	assert_int_equal(key_signer_add(f->r, sign_public(key), "two"), 0);
	assert_int_equal(job_run(&other, &second), 0);
	repo_source_id(f->r, "other", "s", source);
	assert_int_equal(snapshot_get(f->r, source, 1, &sn), 0);
	assert_int_equal(sn->nheads, 1);
	assert_int_equal(sn->heads[0].seq, 1);
	assert_int_equal(sn->signer_seq, 1);
	snapshot_free(sn);
	assert_int_equal(job_run(&j, &third), 0);
	assert_int_equal(job_verify(f->r, false, NULL), 0);
	sign_free(key);
}

/* Run the second job over a store that fails at its nth change; give
 * whether it got that far. */
static bool
fault_round(enum store_fault kind, unsigned int nth, bool after)
{
	struct repo_fixture *f;
	struct key_input key;
	struct store *s;
	struct job j;
	void *state;
	bool reached;
	int r;

	assert_int_equal(repo_setup(&state), 0);
	f = state;
	j = job_of(f);
	assert_int_equal(job_run(&j, &first), 0);
	assert_int_equal(store_fault_open(f->s, kind, nth, after, ERR_IO,
	    &s), 0);
	repo_key(f, KEY_HOST, &key);
	assert_int_equal(repo_open(s, &key, &j.r), 0);
	r = job_run(&j, &second);
	reached = store_fault_count(s) >= nth;
	if (!reached)
		assert_int_equal(r, 0);
	repo_close(j.r);
	store_close(s);

	j.r = f->r;
	job_check(&j, 1, &first);
	if (r == 0)
		job_check(&j, 2, &second);
	assert_int_equal(job_verify(f->r, true, NULL), 0);
	assert_int_equal(job_run(&j, &third), 0);
	job_check(&j, 1, &first);
	job_check(&j, 1 + object_count(f->s, "snapshots/") - 1, &third);
	assert_int_equal(job_verify(f->r, true, NULL), 0);
	assert_int_equal(repo_teardown(&state), 0);
	return reached;
}

static void
test_any_failure_leaves_what_was(void **state)
{
	static const enum store_fault kinds[] = {
		STORE_FAULT_FAIL, STORE_FAULT_DEAD
	};
	unsigned int k, nth, after;

	(void)state;
	for (k = 0; k < 2; k++)
		for (after = 0; after < 2; after++) {
			for (nth = 1; fault_round(kinds[k], nth,
			    after == 1); nth++)
				continue;
			assert_true(nth > 5);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("snapshots follow each other",
		    test_snapshots_follow_each_other),
		CASE("counting by hand adds up",
		    test_counting_by_hand_adds_up),
		CASE("a wrong count is found", test_a_wrong_count_is_found),
		CASE("two sources share chunks but not answers",
		    test_two_sources_share_chunks_but_not_answers),
		CASE("pending metadata can be read",
		    test_pending_metadata_can_be_read),
		CASE("a killed writer has not sent in vain",
		    test_a_killed_writer_has_not_sent_in_vain),
		CASE("given up leaves a checkpoint",
		    test_given_up_leaves_a_checkpoint),
		CASE("an ended writer cannot commit",
		    test_an_ended_writer_cannot_commit),
		CASE("a lost race takes the next number",
		    test_a_lost_race_takes_the_next_number),
		CASE("a missing pack stops the commit",
		    test_a_missing_pack_stops_the_commit),
		CASE("a lost pack is sent again",
		    test_a_lost_pack_is_sent_again),
		CASE("a damaged snapshot does not stop its source",
		    test_a_damaged_snapshot_does_not_stop_its_source),
		CASE("damaged refs are counted anew",
		    test_damaged_refs_are_counted_anew),
		CASE("the sequence survives its file",
		    test_the_sequence_survives_its_file),
		CASE("two signers see each other",
		    test_two_signers_see_each_other),
		{ "any failure leaves what was",
		    test_any_failure_leaves_what_was, NULL, NULL, NULL }
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
