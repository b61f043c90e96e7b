/* test_snapshot.c: snapshots come back, stand where they belong, are found. */
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
#include "base/hex.h"
#include "repo/tree.h"
#include "tests/unit/job_fixture.h"
#include "tests/unit/repo_fixture.h"

#define CASE(name, fn) { name, fn, repo_setup, repo_teardown, NULL }

static const struct job_model model = {
	{ { 1, 2, 0, 0 }, { 0, 3, 0, 0 }, { 0, 0, 0, 0 } }
};

static struct job
job_of(const struct repo_fixture *f, const char *host)
{
	struct job j = { .r = f->r, .seed = f->kf.signer, .host = host };

	return j;
}

static void
test_names(void **state)
{
	static const char *const bad[] = {
		"", "snapshots/",
		"snapshots/00112233445566778899aabbccddeeff/1",
		"snapshots/00112233445566778899aabbccddeeff/0000000000",
		"snapshots/00112233445566778899aabbccddeefF/0000000001",
		"snapshots/00112233445566778899aabbccddeeff/000000001x",
		"snapshots/00112233445566778899aabbccddeeff/00000000012",
		"snapshotz/00112233445566778899aabbccddeeff/0000000001"
	};
	char name[SNAPSHOT_NAME_MAX], source[33];
	uint64_t seq;
	size_t i;

	(void)state;
	snapshot_name("00112233445566778899aabbccddeeff", 9999999999, name);
	assert_int_equal(snapshot_name_parse(name, source, &seq), 0);
	assert_string_equal(source, "00112233445566778899aabbccddeeff");
	assert_true(seq == 9999999999);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(snapshot_name_parse(bad[i], source, &seq),
		    ERR_FORMAT);
}

static void
test_everything_comes_back(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = job_of(f, "h");
	struct writer *w;
	struct snapshot *sn, *back;
	struct entry e;

	assert_int_equal(job_begin(&j, &w), 0);
	assert_int_equal(job_write(&j, w, &model, &sn), 0);
	memset(&e, 0, sizeof(e));
	e.name = (const uint8_t *)"/";
	e.name_len = 1;
	e.attr.type = ATTR_DIR;
	assert_int_equal(snapshot_add_root(sn, "/", &e), 0);
	assert_int_equal(snapshot_add_root(sn, "/x", &e), ERR_FORMAT);
	assert_int_equal(snapshot_add_root(sn, "x", &e), ERR_FORMAT);
	assert_int_equal(snapshot_add_root(sn, "/sr", &e), ERR_FORMAT);
	assert_int_equal(snapshot_add_root(sn, "/", &e), ERR_EXIST);
	assert_int_equal(sn->nroots, 2);
	sn->outcome = SNAPSHOT_INCOMPLETE;
	sn->started = -1;
	sn->ended = 1ll << 40;
	sn->source_time = 77;
	sn->files = 3;
	sn->directories = 4;
	sn->others = 5;
	sn->bytes = UINT64_MAX;
	sn->new_bytes = 6;
	sn->issues = 7;
	assert_int_equal(writer_commit(w, sn), 0);
	assert_int_equal(snapshot_get(f->r, sn->source, 1, &back), 0);
	assert_memory_equal(back->hash, sn->hash, 32);
	assert_memory_equal(back->refs, sn->refs, 32);
	assert_string_equal(back->host, "h");
	assert_string_equal(back->set, "s");
	assert_string_equal(back->job, "j");
	assert_string_equal(back->agent, "");
	assert_string_equal(back->writer, sn->writer);
	assert_int_equal(back->outcome, SNAPSHOT_INCOMPLETE);
	assert_true(back->started == -1 && back->ended == 1ll << 40);
	assert_true(back->source_time == 77 && back->files == 3);
	assert_true(back->directories == 4 && back->others == 5);
	assert_true(back->bytes == UINT64_MAX && back->new_bytes == 6);
	assert_true(back->issues == 7 && back->nroots == 2);
	assert_string_equal(back->roots[0].path, "/srv");
	assert_true(back->roots[0].entry.subtree.present);
	assert_string_equal(back->roots[1].path, "/");
	snapshot_free(back);
	snapshot_free(sn);
	writer_end(w);
}

static void
test_a_moved_snapshot_is_refused(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = job_of(f, "h");
	struct snapshot *sn;
	char source[33], name[SNAPSHOT_NAME_MAX];
	uint8_t *copy;
	size_t len;

	assert_int_equal(job_run(&j, &model), 0);
	repo_source_id(f->r, "h", "s", source);
	snapshot_name(source, 1, name);
	copy = object_copy(f->s, name, &len);
	snapshot_name(source, 2, name);
	object_replace(f->s, name, copy, len);
	assert_int_equal(snapshot_get(f->r, source, 2, &sn), ERR_CORRUPT);
	assert_int_equal(snapshot_get(f->r, source, 3, &sn), ERR_NOENT);
	free(copy);
}

/* What a selector leads to: the sequence, or an error. */
static int
select_seq(struct repo *r, const char *selector)
{
	struct snapshot *sn;
	int res;

	if ((res = snapshot_find(r, selector, &sn)) != 0)
		return res;
	res = (int)sn->seq;
	snapshot_free(sn);
	return res;
}

static void
test_selectors(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = job_of(f, "alpha"), k = job_of(f, "beta");
	struct snapshot *sn;
	char source[33], hex[65], name[128];
	uint8_t *copy;
	size_t len;

	assert_int_equal(select_seq(f->r, "latest"), ERR_NOENT);
	assert_int_equal(job_run(&j, &model), 0);
	assert_int_equal(job_run(&j, &model), 0);
	assert_int_equal(select_seq(f->r, "latest"), 2);
	assert_int_equal(job_run(&k, &model), 0);
	assert_int_equal(select_seq(f->r, "latest"), ERR_EXIST);
	assert_int_equal(select_seq(f->r, "alpha"), 2);
	assert_int_equal(select_seq(f->r, "alpha/s"), 2);
	assert_int_equal(select_seq(f->r, "alpha/t"), ERR_NOENT);
	assert_int_equal(select_seq(f->r, "alph"), ERR_NOENT);
	assert_int_equal(select_seq(f->r, "beta/s"), 1);
	repo_source_id(f->r, "alpha", "s", source);
	assert_int_equal(snapshot_get(f->r, source, 1, &sn), 0);
	hex_format(sn->hash, 32, hex);
	snapshot_free(sn);
	assert_int_equal(select_seq(f->r, hex), 1);
	hex[12] = '\0';
	assert_int_equal(select_seq(f->r, hex), 1);
	hex[3] = '\0';
	assert_int_equal(select_seq(f->r, hex), ERR_NOENT);
	/* A damaged latest is not passed over in silence. */
	snapshot_name(source, 2, name);
	copy = object_copy(f->s, name, &len);
	copy[len - 1] ^= 1;
	object_replace(f->s, name, copy, len);
	free(copy);
	assert_int_equal(select_seq(f->r, "alpha"), ERR_CORRUPT);
	assert_int_equal(select_seq(f->r, "beta"), 1);
}

/* How many entries a walk below path gives; or its error. */
static int
walk_count(struct reader *rd, const struct snapshot *sn, const char *path,
    bool skip)
{
	struct tree_walk *w;
	struct entry e;
	const uint8_t *p;
	size_t len;
	int n = 0, r;

	if ((r = tree_walk_new(rd, sn, path, &w)) != 0)
		return r;
	for (; (r = tree_walk_next(w, &p, &len, &e)) == 1; n++) {
		assert_true(len >= strlen(path));
		if (skip && n > 0)
			tree_walk_skip(w);
	}
	assert_int_equal(r, 0);
	tree_walk_free(w);
	return n;
}

static void
test_walks_begin_anywhere(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = job_of(f, "h");
	struct snapshot *sn;
	struct index *x;
	struct reader *rd;

	assert_int_equal(job_run(&j, &model), 0);
	assert_int_equal(snapshot_find(f->r, "h", &sn), 0);
	assert_int_equal(index_open(f->r, &x), 0);
	assert_int_equal(reader_new(f->r, x, &rd), 0);
	assert_int_equal(walk_count(rd, sn, "/", false), 7);
	assert_int_equal(walk_count(rd, sn, "/srv", false), 7);
	assert_int_equal(walk_count(rd, sn, "/srv", true), 4);
	assert_int_equal(walk_count(rd, sn, "/srv/d0", false), 3);
	assert_int_equal(walk_count(rd, sn, "/srv/d2", false), 1);
	assert_int_equal(walk_count(rd, sn, "/srv/d1/f1", false), 1);
	assert_int_equal(walk_count(rd, sn, "/srv/d1/f0", false), ERR_NOENT);
	assert_int_equal(walk_count(rd, sn, "/srv/d1/f1/x", false),
	    ERR_NOENT);
	assert_int_equal(walk_count(rd, sn, "/sr", false), ERR_NOENT);
	assert_int_equal(walk_count(rd, sn, "srv", false), ERR_CONFIG);
	reader_free(rd);
	index_close(x);
	snapshot_free(sn);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("names are exact", test_names),
		CASE("everything comes back", test_everything_comes_back),
		CASE("a moved snapshot is refused",
		    test_a_moved_snapshot_is_refused),
		CASE("selectors", test_selectors),
		CASE("walks begin anywhere", test_walks_begin_anywhere)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
