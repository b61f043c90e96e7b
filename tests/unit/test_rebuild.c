/* test_rebuild.c: a catalog is made anew from the snapshots there are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "catalog/rebuild.h"
#include "catalog_fixture.h"

/* The snapshot that job_ended(c, id, n) makes of the job begun at started. */
static void
seen(struct catalog_rebuild *b, int64_t started, uint8_t n)
{
	char name[32];
	struct catalog_snapshot s = { .host = "h", .set = "s", .job = name,
	    .sequence = n, .started = started, .ended = started + 1,
	    .outcome = CATALOG_COMPLETE, .files = 10u * n,
	    .bytes = 1000u * n };

	snprintf(name, sizeof(name), "job of %lld", (long long)started);
	memset(s.id, n, sizeof(s.id));
	assert_int_equal(catalog_rebuild_add(b, &s), 0);
}

static void
rebuild(struct catalog *c, const uint8_t *n, size_t count,
    struct catalog_rebuilt *donep)
{
	struct catalog_rebuild *b = NULL;
	size_t i;

	assert_int_equal(catalog_rebuild_new(c, "t", &b), 0);
	for (i = 0; i < count; i++)
		seen(b, 100 * n[i], n[i]);
	assert_int_equal(catalog_rebuild_apply(b, donep), 0);
	catalog_rebuild_free(b);
}

static void
a_lost_catalog_gives_the_same_answers(void **state)
{
	static const uint8_t all[] = { 3, 1, 2 };
	struct catalog_fixture *f = *state;
	struct catalog_filter by = { .limit = 1 };
	struct catalog_jobs *l = NULL;
	struct catalog_rebuilt done;
	char *before, *after, *aside = NULL;
	struct catalog_job j;
	uint8_t n;

	for (n = 1; n <= 3; n++)
		job_ended(f->c, job_started(f->c, "h", 100 * n), n);
	before = snapshots_text(f->c);
	catalog_close(f->c);
	assert_int_equal(catalog_set_aside(f->dir, &aside), 0);
	free(aside);
	assert_int_equal(catalog_open(f->dir, CATALOG_WRITE, &f->c), 0);
	rebuild(f->c, all, 3, &done);
	assert_int_equal(done.snapshots, 3);
	assert_int_equal(done.jobs, 3);
	assert_int_equal(done.adopted, 0);
	after = snapshots_text(f->c);
	assert_string_equal(before, after);
	free(before);
	free(after);

	/* The jobs are back, in the order in which they ran. */
	assert_int_equal(catalog_jobs_new(f->c, &by, &l), 0);
	assert_int_equal(catalog_jobs_next(l, &j), 1);
	assert_int_equal(j.id, 3);
	assert_int_equal(j.started, 300);
	assert_true(j.rebuilt && j.has_snapshot);
	catalog_jobs_free(l);
}

static void
what_only_the_catalog_knows_stays(void **state)
{
	static const uint8_t all[] = { 2, 3 };
	struct catalog_fixture *f = *state;
	struct catalog_rebuilt done;
	int64_t failed, complete;
	char *text;

	complete = job_started(f->c, "h", 100);
	job_ended(f->c, complete, 1);
	failed = job_started(f->c, "h", 150);
	job_ended(f->c, failed, 0);
	job_ended(f->c, job_started(f->c, "h", 200), 2);
	/* Snapshot 1 is gone from the repository, 3 came from elsewhere. */
	rebuild(f->c, all, 2, &done);
	assert_int_equal(done.snapshots, 2);
	assert_int_equal(done.jobs, 1);
	assert_int_equal(job_outcome(f->c, complete), CATALOG_COMPLETE);
	assert_int_equal(job_outcome(f->c, failed), CATALOG_FAILED);
	text = snapshots_text(f->c);
	assert_null(strstr(text, "0101"));
	assert_non_null(strstr(text, "0202"));
	assert_non_null(strstr(text, "0303"));
	free(text);
	/* Once more: nothing is new. */
	rebuild(f->c, all, 2, &done);
	assert_int_equal(done.snapshots, 2);
	assert_int_equal(done.jobs, 0);
}

static void
an_interrupted_job_gets_the_snapshot_it_made(void **state)
{
	static const uint8_t all[] = { 1, 2 };
	struct catalog_fixture *f = *state;
	struct catalog_rebuilt done;
	int64_t killed, running;

	killed = job_started(f->c, "h", 100);
	catalog_reopen(f);
	assert_int_equal(job_outcome(f->c, killed), CATALOG_INTERRUPTED);
	/* One that runs, and has just made its snapshot, is left alone. */
	running = job_started(f->c, "h", 200);
	rebuild(f->c, all, 2, &done);
	assert_int_equal(done.adopted, 1);
	assert_int_equal(done.jobs, 0);
	assert_int_equal(job_outcome(f->c, killed), CATALOG_COMPLETE);
	assert_int_equal(job_outcome(f->c, running), CATALOG_RUNNING);
	job_ended(f->c, running, 2);
}

static void
what_is_not_applied_changes_nothing(void **state)
{
	struct catalog_fixture *f = *state;
	struct catalog_rebuild *b = NULL;
	struct catalog_rebuilt done;
	char *text;

	job_ended(f->c, job_started(f->c, "h", 100), 1);
	assert_int_equal(catalog_rebuild_new(f->c, "t", &b), 0);
	seen(b, 500, 5);
	catalog_rebuild_free(b);
	/* What was gathered then does not come up now. */
	rebuild(f->c, (const uint8_t[]){ 1 }, 1, &done);
	text = snapshots_text(f->c);
	assert_null(strstr(text, "0505"));
	assert_non_null(strstr(text, "0101"));
	free(text);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, catalog_setup, \
	    catalog_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_lost_catalog_gives_the_same_answers),
		TEST(what_only_the_catalog_knows_stays),
		TEST(an_interrupted_job_gets_the_snapshot_it_made),
		TEST(what_is_not_applied_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
