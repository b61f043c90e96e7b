/* test_catalog_job.c: jobs and issues come back; no kill harms them. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "catalog/internal.h"
#include "catalog_fixture.h"

static void
a_job_comes_back_as_it_was(void **state)
{
	struct catalog_fixture *f = *state;
	struct catalog_job j = { .host = "h\xff", .set = "s'; --",
	    .target = "t", .name = "n", .started = 1000 }, k;
	struct catalog_filter by = { .host = "h\xff" };
	struct catalog_jobs *l = NULL;

	assert_int_equal(catalog_job_begin(f->c, &j, &j.id), 0);
	j.ended = 1010;
	j.outcome = CATALOG_INCOMPLETE;
	j.exit = 3;
	j.has_snapshot = true;
	memset(j.snapshot, 0xab, sizeof(j.snapshot));
	j.sequence = 9;
	j.counts = (struct catalog_counts){ 1, 2, 3, UINT64_MAX, 5, 6, 7, 8,
	    9, 10, 11, 12 };
	j.text = "one file\nis locked";
	j.remedy = "close it";
	j.has_delta = true;
	j.delta = (struct catalog_delta){ "auto", "slow", "3 of 4", 1, 2, 3,
	    4, 5, 6, 7, 8, 9, 10 };
	assert_int_equal(catalog_job_end(f->c, &j), 0);
	catalog_reopen(f);

	assert_int_equal(catalog_jobs_new(f->c, &by, &l), 0);
	assert_int_equal(catalog_jobs_next(l, &k), 1);
	assert_int_equal(k.id, j.id);
	assert_string_equal(k.host, "h\xff");
	assert_string_equal(k.set, "s'; --");
	assert_string_equal(k.target, "t");
	assert_string_equal(k.name, "n");
	assert_int_equal(k.started, 1000);
	assert_int_equal(k.ended, 1010);
	assert_int_equal(k.outcome, CATALOG_INCOMPLETE);
	assert_int_equal(k.exit, 3);
	assert_true(k.has_snapshot && !k.rebuilt);
	assert_memory_equal(k.snapshot, j.snapshot, 32);
	assert_int_equal(k.sequence, 9);
	assert_int_equal(k.counts.files, 1);
	assert_true(k.counts.bytes == INT64_MAX);	/* as much as fits */
	assert_int_equal(k.counts.read, 6);
	assert_int_equal(k.counts.issues, 10);
	assert_string_equal(k.text, j.text);
	assert_string_equal(k.remedy, "close it");
	assert_true(k.has_delta);
	assert_string_equal(k.delta.line, "3 of 4");
	assert_int_equal(k.delta.rate, 1);
	assert_int_equal(k.delta.stored, 10);
	assert_int_equal(catalog_jobs_next(l, &k), 0);
	catalog_jobs_free(l);
}

static void
jobs_are_found_by_what_is_asked(void **state)
{
	struct catalog_fixture *f = *state;
	struct catalog_filter by = { .limit = 2 };
	struct catalog_jobs *l = NULL;
	struct catalog_job j;
	int k;

	for (k = 1; k <= 5; k++)
		job_ended(f->c, job_started(f->c, k % 2 ? "a" : "b", 10 * k),
		    0);
	assert_int_equal(catalog_jobs_new(f->c, &by, &l), 0);
	assert_int_equal(catalog_jobs_next(l, &j), 1);
	assert_int_equal(j.started, 50);
	assert_int_equal(catalog_jobs_next(l, &j), 1);
	assert_int_equal(j.started, 40);
	assert_int_equal(catalog_jobs_next(l, &j), 0);
	catalog_jobs_free(l);

	by = (struct catalog_filter){ .host = "a", .set = "s", .since = 20 };
	assert_int_equal(catalog_jobs_new(f->c, &by, &l), 0);
	assert_int_equal(catalog_jobs_next(l, &j), 1);
	assert_int_equal(j.started, 50);
	assert_int_equal(catalog_jobs_next(l, &j), 1);
	assert_int_equal(j.started, 30);
	assert_int_equal(catalog_jobs_next(l, &j), 0);
	catalog_jobs_free(l);

	by.set = "other";
	assert_int_equal(catalog_jobs_new(f->c, &by, &l), 0);
	assert_int_equal(catalog_jobs_next(l, &j), 0);
	catalog_jobs_free(l);
}

static void
issues_keep_their_bytes_and_their_order(void **state)
{
	struct catalog_fixture *f = *state;
	static const uint8_t name[] = { '/', 'a', 0xff, '\n', '\'', 0x80 };
	struct catalog_issue i = { .code = ERR_CHANGED, .path = name,
	    .path_len = sizeof(name), .text = "changed" };
	struct catalog_issues *l = NULL;
	int64_t id, other;

	id = job_started(f->c, "h", 1);
	other = job_started(f->c, "g", 1);
	assert_int_equal(catalog_job_issue(f->c, id, &i), 0);
	i.path_len = 0;
	i.text = "nowhere";
	assert_int_equal(catalog_job_issue(f->c, other, &i), 0);
	i.text = "second";
	assert_int_equal(catalog_job_issue(f->c, id, &i), 0);
	catalog_reopen(f);

	assert_int_equal(catalog_issues_new(f->c, id, &l), 0);
	assert_int_equal(catalog_issues_next(l, &i), 1);
	assert_int_equal(i.code, ERR_CHANGED);
	assert_int_equal(i.path_len, sizeof(name));
	assert_memory_equal(i.path, name, sizeof(name));
	assert_string_equal(i.text, "changed");
	assert_int_equal(catalog_issues_next(l, &i), 1);
	assert_int_equal(i.path_len, 0);
	assert_string_equal(i.text, "second");
	assert_int_equal(catalog_issues_next(l, &i), 0);
	catalog_issues_free(l);
}

static void
a_flood_of_issues_is_cut(void **state)
{
	struct catalog_fixture *f = *state;
	struct catalog_issue i = { .code = ERR_DENIED, .text = "no" };
	struct catalog_issues *l = NULL;
	int64_t id = job_started(f->c, "h", 1);
	uint8_t *path = calloc(1, CATALOG_PATH_MAX + 1);
	int k, n = 0, r;

	assert_non_null(path);
	i.path = path;
	i.path_len = CATALOG_PATH_MAX + 1;
	assert_int_equal(catalog_job_issue(f->c, id, &i), 0);
	i.path_len = 1;
	for (k = 1; k < CATALOG_ISSUES_MAX + 10; k++)
		assert_int_equal(catalog_job_issue(f->c, id, &i), 0);
	assert_int_equal(catalog_issues_new(f->c, id, &l), 0);
	while ((r = catalog_issues_next(l, &i)) == 1)
		if (n++ == 0)
			assert_int_equal(i.path_len, CATALOG_PATH_MAX);
	assert_int_equal(r, 0);
	assert_int_equal(n, CATALOG_ISSUES_MAX);
	catalog_issues_free(l);
	free(path);
}

static void
a_job_is_alive_until_its_holder_ends(void **state)
{
	struct catalog_fixture *f = *state;
	struct catalog *reader = NULL, *second = NULL;
	int64_t id = job_started(f->c, "h", 1), done;

	done = job_started(f->c, "h", 2);
	job_ended(f->c, done, 0);
	assert_int_equal(catalog_open(f->dir, CATALOG_READ, &reader), 0);
	assert_int_equal(job_outcome(reader, id), CATALOG_RUNNING);
	assert_int_equal(job_outcome(f->c, id), CATALOG_RUNNING);
	/* A second writer does not take it for dead. */
	assert_int_equal(catalog_open(f->dir, CATALOG_WRITE, &second), 0);
	assert_int_equal(job_outcome(second, id), CATALOG_RUNNING);
	catalog_close(f->c);
	f->c = NULL;
	assert_int_equal(job_outcome(reader, id), CATALOG_INTERRUPTED);
	assert_int_equal(job_outcome(reader, done), CATALOG_FAILED);
	catalog_close(second);
	catalog_close(reader);
	assert_int_equal(catalog_open(f->dir, CATALOG_WRITE, &f->c), 0);
	assert_int_equal(job_outcome(f->c, id), CATALOG_INTERRUPTED);
}

static void
sources_tell_their_last_jobs(void **state)
{
	struct catalog_fixture *f = *state;
	struct catalog_sources *l = NULL;
	struct catalog_source s;

	job_ended(f->c, job_started(f->c, "b", 10), 1);
	job_ended(f->c, job_started(f->c, "b", 20), 0);
	job_started(f->c, "a", 30);
	assert_int_equal(catalog_sources_new(f->c, &l), 0);
	assert_int_equal(catalog_sources_next(l, &s), 1);
	assert_string_equal(s.host, "a");
	assert_int_equal(s.last_outcome, CATALOG_RUNNING);
	assert_int_equal(s.last_snapshot, 0);
	assert_int_equal(catalog_sources_next(l, &s), 1);
	assert_string_equal(s.host, "b");
	assert_int_equal(s.since, 10);
	assert_int_equal(s.last_started, 20);
	assert_int_equal(s.last_outcome, CATALOG_FAILED);
	assert_int_equal(s.last_snapshot, 10);
	assert_int_equal(s.last_complete, 10);
	assert_int_equal(catalog_sources_next(l, &s), 0);
	catalog_sources_free(l);
}

/* Write jobs until killed; the pipe tells each that was ended. */
static void
write_until_killed(const char *dir, int fd)
{
	struct catalog_issue i = { .code = ERR_DENIED, .path_len = 1,
	    .path = (const uint8_t *)"p", .text = "no" };
	struct catalog *c = NULL;
	int64_t id;
	int k;

	if (catalog_open(dir, CATALOG_WRITE, &c) != 0)
		_exit(1);
	for (;;) {
		id = job_started(c, "h", 1);
		for (k = 0; k < 20; k++)
			if (catalog_job_issue(c, id, &i) != 0)
				_exit(2);
		job_ended(c, id, (uint8_t)(id % 200 + 1));
		if (write(fd, &id, sizeof(id)) != (ssize_t)sizeof(id))
			_exit(3);
	}
}

static void
kill_a_writer(const char *dir, long ms, int64_t *lastp)
{
	struct timespec wait = { .tv_nsec = ms * 1000000 };
	int fds[2], status;
	int64_t id;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	if ((pid = fork()) == 0)
		write_until_killed(dir, fds[1]);
	assert_true(pid > 0);
	close(fds[1]);
	nanosleep(&wait, NULL);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	while (read(fds[0], &id, sizeof(id)) == (ssize_t)sizeof(id))
		*lastp = id;
	close(fds[0]);
}

static void
no_kill_harms_it(void **state)
{
	struct catalog_fixture *f = *state;
	struct catalog_filter by = { .limit = 0 };
	char text[CATALOG_TEXT_MAX];
	struct catalog_jobs *l = NULL;
	struct catalog_job j;
	int64_t last = 0;
	int k, r;

	catalog_close(f->c);
	f->c = NULL;
	srand(1);
	for (k = 0; k < 40; k++) {
		kill_a_writer(f->dir, 5 + rand() % 60, &last);
		/* A reader comes first in half of the cases. */
		assert_int_equal(catalog_open(f->dir, k % 2 == 0 ?
		    CATALOG_READ : CATALOG_WRITE, &f->c), 0);
		assert_int_equal(catalog_check(f->c, text), 0);
		if (last != 0)
			assert_int_equal(job_outcome(f->c, last),
			    CATALOG_COMPLETE);
		assert_int_equal(catalog_jobs_new(f->c, &by, &l), 0);
		while ((r = catalog_jobs_next(l, &j)) == 1)
			assert_true(j.outcome == CATALOG_COMPLETE ||
			    j.outcome == CATALOG_INTERRUPTED);
		assert_int_equal(r, 0);
		catalog_jobs_free(l);
		catalog_close(f->c);
		f->c = NULL;
	}
	assert_true(last > 0);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, catalog_setup, \
	    catalog_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_job_comes_back_as_it_was),
		TEST(jobs_are_found_by_what_is_asked),
		TEST(issues_keep_their_bytes_and_their_order),
		TEST(a_flood_of_issues_is_cut),
		TEST(a_job_is_alive_until_its_holder_ends),
		TEST(sources_tell_their_last_jobs),
		TEST(no_kill_harms_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
