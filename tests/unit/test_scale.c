/* test_scale.c: what a job asks for does not grow with what others store. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/hex.h"
#include "crypto/sign.h"
#include "repo/index_impl.h"
#include "repo/key.h"
#include "repo/seen.h"
#include "tests/unit/count_store.h"
#include "tests/unit/job_fixture.h"
#include "tests/unit/repo_fixture.h"

#define CASE(name, fn) { name, fn, repo_setup, repo_teardown, NULL }

static const struct job_model first = {
	{ { 1, 2, 3, 4 }, { 5, 6, 7, 8 }, { 9, 10, 0, 0 } }
};

/* Run a job for each of n hosts. */
static void
run_hosts(const struct job *j, unsigned int from, unsigned int n)
{
	struct job one = *j;
	char host[16];
	unsigned int i;

	for (i = from; i < from + n; i++) {
		snprintf(host, sizeof(host), "h%u", i);
		one.host = host;
		assert_int_equal(job_run(&one, &first), 0);
	}
}

/* Run a job of j and give the reads that it took. */
static uint64_t
job_reads(const struct repo_fixture *f, const struct job *j)
{
	struct store_counts c;
	struct key_input key;
	struct store *s;
	struct job one = *j;

	memset(&c, 0, sizeof(c));
	repo_key(f, KEY_HOST, &key);
	assert_int_equal(count_store_open(f->s, &c, &s), 0);
	assert_int_equal(repo_open(s, &key, &one.r), 0);
	assert_int_equal(job_run(&one, &first), 0);
	repo_close(one.r);
	store_close(s);
	return c.gets + c.sizes;
}

/* A second server, that this repository knows. */
static void
other_server(const struct repo_fixture *f, struct job *j)
{
	static const uint8_t seed[SIGN_SEED_LEN] = { 9 };
	struct sign_key *key;

	assert_int_equal(sign_from_seed(seed, &key), 0);
	assert_int_equal(key_signer_add(f->r, sign_public(key), "two"), 0);
	sign_free(key);
	j->seed = seed;
}

static void
commits_read_what_is_new(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = { .r = f->r, .seed = f->kf.signer, .host = "mine" };
	struct job other = j;
	char dir[] = "/tmp/kho-test-XXXXXX", command[64];
	struct snapshot *sn;
	char source[33];
	uint64_t few, many;

	assert_non_null(mkdtemp(dir));
	j.state_dir = dir;
	other_server(f, &other);
	clock_stand(1000000);
	run_hosts(&other, 0, 3);
	assert_int_equal(job_run(&j, &first), 0);
	few = job_reads(f, &j);
	run_hosts(&other, 3, 30);
	/* What is new waits for the next look, and is read once. */
	many = job_reads(f, &j);
	assert_true(many <= few + 10);	/* their runs of the index */
	clock_stand(1000000 + 16 * 60);
	assert_true(job_reads(f, &j) >= many + 30);
	assert_true(job_reads(f, &j) <= many);
	clock_stand(1000000 + 60);	/* and set back: it looks again */
	assert_true(job_reads(f, &j) <= many);
	repo_source_id(f->r, "mine", "s", source);
	assert_int_equal(snapshot_get(f->r, source, 6, &sn), 0);
	assert_int_equal(sn->nheads, 1);
	assert_int_equal(sn->heads[0].seq, 33);
	snapshot_free(sn);
	assert_int_equal(job_verify(f->r, false, NULL), 0);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
	clock_stand(0);
}

static void
names_are_found_by_their_source(void **state)
{
	static const struct { const char *text; uint64_t most; int r; }
	    selectors[] = {
		/* The first has the keys of epochs and signers read. */
		{ "h7/s", 8, 0 }, { "h7", 20, 0 }, { "h7/t", 0, ERR_NOENT },
		{ "latest", 20, ERR_EXIST }, { "nobody", 20, ERR_NOENT },
		{ "feed", 40, ERR_NOENT }
	};
	struct repo_fixture *f = *state;
	struct job j = { .r = f->r, .seed = f->kf.signer };
	struct store_counts c;
	struct key_input key;
	struct snapshot *sn;
	struct store *s;
	struct repo *r;
	size_t i;

	run_hosts(&j, 0, 20);
	run_hosts(&j, 0, 20);
	repo_key(f, KEY_HOST, &key);
	assert_int_equal(count_store_open(f->s, &c, &s), 0);
	assert_int_equal(repo_open(s, &key, &r), 0);
	for (i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++) {
		memset(&c, 0, sizeof(c));
		sn = NULL;
		assert_int_equal(snapshot_find(r, selectors[i].text, &sn),
		    selectors[i].r);
		if (sn != NULL)
			assert_int_equal(sn->seq, 2);
		snapshot_free(sn);
		assert_true(c.gets <= selectors[i].most);
	}
	repo_close(r);
	store_close(s);
}

static void
a_source_is_passed_over(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = { .r = f->r, .seed = f->kf.signer };
	struct snapshot_list *l;
	struct snapshot *sn;
	int n = 0;

	run_hosts(&j, 0, 4);
	run_hosts(&j, 0, 4);
	assert_int_equal(snapshot_list_new(f->r, &l), 0);
	while (snapshot_list_next(l, &sn) == 1) {
		assert_int_equal(sn->seq, 1);
		snapshot_free(sn);
		snapshot_list_skip(l);
		n++;
	}
	assert_int_equal(n, 4);
	snapshot_list_free(l);
}

static void
long_head_boxes_are_not_merged(void **state)
{
	struct run u;

	(void)state;
	memset(&u, 0, sizeof(u));
	u.n[RUN_FRAMES] = u.n[RUN_RECORDS] = 100000;
	assert_true(run_mergeable(&u));
	u.n[RUN_SUPERSEDES] = 200000;
	assert_false(run_mergeable(&u));
	u.n[RUN_SUPERSEDES] = 0;
	u.n[RUN_FRAMES] = u.n[RUN_RECORDS] = 1000000;
	assert_false(run_mergeable(&u));
	/* Nor are long objects: few frames, each of many chunks. */
	u.n[RUN_FRAMES] = 1000;
	u.n[RUN_RECORDS] = INDEX_OBJECT_MAX / INDEX_FANOUT / 64 + 1;
	assert_false(run_mergeable(&u));
}

/* Write text to path, and read it as what was seen. */
static int
seen_of(const char *path, const char *text, const uint8_t signer[32],
    struct seen *s)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	return seen_read(path, signer, s);
}

static void
what_was_seen_comes_back_whole_or_not(void **state)
{
	static const char sources[] =
	    "source 0123456789abcdef0123456789abcdef 7\n"
	    "source 1123456789abcdef0123456789abcdef 9999999999\n";
	static const uint8_t signer[32] = { 1 }, another[32] = { 2 };
	char path[] = "/tmp/kho-test-XXXXXX", hex[65], text[1024];
	struct seen s;
	int fd;

	(void)state;
	assert_int_not_equal(fd = mkstemp(path), -1);
	seen_init(&s);
	hex_format(signer, 32, hex);
	snprintf(text, sizeof(text), "KHO-SEEN-1\nsigner %s\nlooked 5\n"
	    "head %s 3 %s\n%send\n", hex, hex, hex, sources);
	assert_int_equal(seen_of(path, text, signer, &s), 0);
	assert_int_equal(seen_write(path, signer, &s), 0);
	seen_clear(&s);
	assert_int_equal(seen_read(path, signer, &s), 0);
	assert_int_equal(s.looked, 5);
	assert_int_equal(s.heads.n, 1);
	assert_int_equal(seen_seq(&s, "0123456789abcdef0123456789abcdef"), 7);
	assert_int_equal(seen_seq(&s, "1123456789abcdef0123456789abcdef"),
	    9999999999);
	assert_int_equal(seen_seq(&s, "2123456789abcdef0123456789abcdef"), 0);
	seen_clear(&s);
	assert_int_equal(seen_read(path, another, &s), ERR_NOENT);
	text[strlen(text) - 2] = '\0';	/* cut off */
	assert_int_equal(seen_of(path, text, signer, &s), ERR_NOENT);
	assert_int_equal(s.sources.n, 0);
	assert_int_equal(seen_of(path, "", signer, &s), ERR_NOENT);
	assert_int_equal(remove(path), 0);
	assert_int_equal(seen_read(path, signer, &s), ERR_NOENT);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("commits read what is new", commits_read_what_is_new),
		CASE("names are found by their source",
		    names_are_found_by_their_source),
		CASE("a source is passed over", a_source_is_passed_over),
		CASE("long head boxes are not merged",
		    long_head_boxes_are_not_merged),
		CASE("what was seen comes back whole or not",
		    what_was_seen_comes_back_whole_or_not)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
