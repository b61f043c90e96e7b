/* test_catalog.c: opening, upgrading, checking; damage, full disks. */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "catalog/internal.h"
#include "catalog/pause.h"
#include "catalog_fixture.h"

/* What was said last. */
#define STEPS 7		/* of the schema, so far */

static char said[1024];

static void
listen_to(enum log_level level, const char *line, void *arg)
{
	(void)level;
	(void)arg;
	snprintf(said, sizeof(said), "%s", line);
}

static void
overwrite(const char *path, off_t at, size_t len)
{
	char *junk = calloc(1, len);
	int fd = open(path, O_WRONLY);

	assert_non_null(junk);
	memset(junk, 0xa5, len);
	assert_true(fd != -1);
	assert_int_equal(pwrite(fd, junk, len, at), (ssize_t)len);
	close(fd);
	free(junk);
}

static void
a_reader_finds_none_and_makes_none(void **state)
{
	struct catalog_fixture *f = *state;
	struct catalog *c = NULL;
	char empty[80];

	snprintf(empty, sizeof(empty), "%s/empty", f->dir);
	assert_int_equal(mkdir(empty, 0700), 0);
	assert_int_equal(catalog_open(empty, CATALOG_READ, &c), ERR_NOENT);
	assert_int_equal(rmdir(empty), 0);
}

static void
only_its_owner_can_read_it(void **state)
{
	struct catalog_fixture *f = *state;
	struct stat st;

	assert_int_equal(stat(catalog_path(f->c), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static int64_t
pragma(struct catalog *c, const char *sql)
{
	sqlite3_stmt *st = NULL;
	int64_t v;

	assert_int_equal(sqlite3_prepare_v2(c->db, sql, -1, &st, NULL), 0);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	v = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return v;
}

static void
it_is_kept_as_carefully_as_can_be(void **state)
{
	struct catalog_fixture *f = *state;

	assert_int_equal(pragma(f->c, "PRAGMA synchronous"), 3);
	assert_int_equal(pragma(f->c, "PRAGMA foreign_keys"), 1);
	assert_int_equal(pragma(f->c, "PRAGMA trusted_schema"), 0);
	assert_int_equal(pragma(f->c, "PRAGMA application_id"),
	    CATALOG_APPLICATION);
	assert_int_equal(pragma(f->c, "SELECT journal_mode = 'delete' FROM"
	    " pragma_journal_mode"), 1);
	assert_int_not_equal(sqlite3_exec(f->c->db, "INSERT INTO job (source,"
	    " target, name, rebuilt, started, outcome) VALUES"
	    " (77, 't', 'n', 0, 1, 1)", NULL, NULL, NULL), SQLITE_OK);
}

static void
a_pause_is_kept(void **state)
{
	struct catalog_fixture *f = *state;
	struct catalog_pause p = { "h", "moves house", 100, INT64_MAX, 7 };
	struct catalog_pauses *l = NULL;

	assert_int_equal(catalog_pause_put(f->c, &p), 0);
	p.until = 300;
	assert_int_equal(catalog_pause_put(f->c, &p), 0);
	p.host = "g";
	assert_int_equal(catalog_pause_put(f->c, &p), 0);
	assert_int_equal(catalog_pause_end(f->c, "g"), 0);
	assert_int_equal(catalog_pause_end(f->c, "nobody"), 0);
	catalog_reopen(f);
	assert_int_equal(catalog_pauses_new(f->c, &l), 0);
	assert_int_equal(catalog_pauses_next(l, &p), 1);
	assert_string_equal(p.host, "h");
	assert_string_equal(p.reason, "moves house");
	assert_true(p.since == 100 && p.until == 300 && p.uid == 7);
	assert_int_equal(catalog_pauses_next(l, &p), 0);
	catalog_pauses_free(l);
}

static void
a_later_version_keeps_what_was_there(void **state)
{
	struct catalog_fixture *f = *state;
	struct schema_step steps[STEPS + 1];
	struct catalog *c = NULL;
	size_t n;
	int64_t id;

	id = job_started(f->c, "h", 100);
	job_ended(f->c, id, 1);
	memcpy(steps, schema_steps(&n), sizeof(steps[0]) * STEPS);
	assert_int_equal(n, STEPS);
	steps[STEPS].sql = "ALTER TABLE job ADD COLUMN test TEXT NOT NULL"
	    " DEFAULT 'new'; PRAGMA user_version = 8;";
	assert_int_equal(schema_migrate(f->c, steps, STEPS + 1), 0);
	assert_int_equal(pragma(f->c, "PRAGMA user_version"), STEPS + 1);
	assert_int_equal(pragma(f->c, "SELECT count(*) FROM job WHERE"
	    " test = 'new' AND started = 100"), 1);
	/* Once more: nothing is left to do. */
	assert_int_equal(schema_migrate(f->c, steps, STEPS + 1), 0);
	catalog_close(f->c);
	f->c = NULL;

	/* And for a Kho that does not know it it is too new. */
	assert_int_equal(catalog_open(f->dir, CATALOG_READ, &c), ERR_VERSION);
	assert_int_equal(catalog_open(f->dir, CATALOG_WRITE, &c),
	    ERR_VERSION);
}

static void
a_step_that_fails_leaves_the_version_before_it(void **state)
{
	struct catalog_fixture *f = *state;
	struct schema_step steps[STEPS + 1];
	size_t n;

	memcpy(steps, schema_steps(&n), sizeof(steps[0]) * STEPS);
	steps[STEPS].sql = "ALTER TABLE job ADD COLUMN test TEXT;"
	    "PRAGMA user_version = 8; DROP TABLE nothing;";
	assert_int_not_equal(schema_migrate(f->c, steps, STEPS + 1), 0);
	assert_int_equal(pragma(f->c, "PRAGMA user_version"), STEPS);
	assert_int_equal(pragma(f->c, "SELECT count(*) FROM"
	    " pragma_table_info('job') WHERE name = 'test'"), 0);
	catalog_reopen(f);
}

static void
a_file_of_somebody_else_is_refused(void **state)
{
	struct catalog_fixture *f = *state;
	struct catalog *c = NULL;

	assert_int_equal(sqlite3_exec(f->c->db, "PRAGMA application_id = 7",
	    NULL, NULL, NULL), 0);
	catalog_close(f->c);
	f->c = NULL;
	assert_int_equal(catalog_open(f->dir, CATALOG_WRITE, &c), ERR_FORMAT);
	assert_int_equal(catalog_open(f->dir, CATALOG_READ, &c), ERR_FORMAT);
}

static void
fill(struct catalog *c, int n)
{
	int64_t id = job_started(c, "h", 1);
	struct catalog_issue i = { .code = ERR_DENIED, .text = "no" };
	uint8_t path[200];
	int k;

	memset(path, 'p', sizeof(path));
	i.path = path;
	i.path_len = sizeof(path);
	for (k = 0; k < n; k++)
		assert_int_equal(catalog_job_issue(c, id, &i), 0);
	job_ended(c, id, 1);
}

static void
damage_is_told_with_its_remedy(void **state)
{
	struct catalog_fixture *f = *state;
	char path[128], *aside = NULL;
	struct catalog *c = NULL;

	fill(f->c, 300);
	snprintf(path, sizeof(path), "%s", catalog_path(f->c));
	catalog_close(f->c);
	f->c = NULL;
	overwrite(path, 4096, 8192);
	log_sink(listen_to, NULL);
	assert_int_equal(catalog_open(f->dir, CATALOG_WRITE, &c),
	    ERR_CORRUPT);
	assert_non_null(strstr(said, "backupctl catalog rebuild"));

	assert_int_equal(catalog_set_aside(f->dir, &aside), 0);
	assert_int_equal(access(aside, F_OK), 0);
	free(aside);
	assert_int_equal(catalog_open(f->dir, CATALOG_WRITE, &f->c), 0);
	assert_int_equal(job_outcome(f->c, 1), -1);
}

static void
a_file_that_is_none_is_damage(void **state)
{
	struct catalog_fixture *f = *state;
	struct catalog *c = NULL;
	char path[128];

	fill(f->c, 1);
	snprintf(path, sizeof(path), "%s", catalog_path(f->c));
	catalog_close(f->c);
	f->c = NULL;
	overwrite(path, 0, 512);
	assert_int_equal(catalog_open(f->dir, CATALOG_WRITE, &c),
	    ERR_CORRUPT);
	assert_int_equal(catalog_open(f->dir, CATALOG_READ, &c), ERR_CORRUPT);
	assert_int_equal(truncate(path, 5000), 0);
	assert_int_equal(catalog_open(f->dir, CATALOG_READ, &c), ERR_CORRUPT);
}

static void
check_sees_what_a_quick_look_does_not(void **state)
{
	struct catalog_fixture *f = *state;
	char text[CATALOG_TEXT_MAX];

	fill(f->c, 3);
	assert_int_equal(catalog_check(f->c, text), 0);
	assert_string_equal(text, "");
	assert_int_equal(sqlite3_exec(f->c->db, "PRAGMA foreign_keys = OFF;"
	    "DELETE FROM job;", NULL, NULL, NULL), 0);
	assert_int_equal(catalog_check(f->c, text), ERR_CORRUPT);
	assert_non_null(strstr(text, "issue"));
}

static void
nobody_moves_it_from_under_a_writer(void **state)
{
	struct catalog_fixture *f = *state;
	char *aside = NULL;

	assert_int_equal(catalog_set_aside(f->dir, &aside), ERR_BUSY);
}

static void
a_full_disk_is_told_and_survived(void **state)
{
	struct catalog_fixture *f = *state;
	struct catalog_issue i = { .code = ERR_DENIED, .text = "no" };
	uint8_t path[4000];
	int64_t id;
	int k, r = 0;

	memset(path, 'p', sizeof(path));
	i.path = path;
	i.path_len = sizeof(path);
	id = job_started(f->c, "h", 5);
	/* As many pages as there are, and eight. */
	assert_int_equal(sqlite3_exec(f->c->db, "PRAGMA max_page_count = 32",
	    NULL, NULL, NULL), 0);
	for (k = 0; k < 400 && r == 0; k++)
		r = catalog_job_issue(f->c, id, &i);
	assert_int_equal(r, ERR_NOSPACE);
	assert_int_equal(job_outcome(f->c, id), CATALOG_RUNNING);
	/* There is room for the end, which takes no page. */
	job_ended(f->c, id, 0);
	assert_int_equal(job_outcome(f->c, id), CATALOG_FAILED);
	catalog_reopen(f);
	assert_int_equal(job_outcome(f->c, id), CATALOG_FAILED);
}

/* Run as nobody: root may write everywhere. */
static int
open_in_child(const char *dir, enum catalog_mode mode)
{
	struct catalog *c = NULL;
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		if (geteuid() == 0 && (setgid(65534) != 0 ||
		    setuid(65534) != 0))
			_exit(100);
		_exit(-catalog_open(dir, mode, &c));
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return -WEXITSTATUS(status);
}

static void
a_directory_that_cannot_be_written_is_told(void **state)
{
	struct catalog_fixture *f = *state;
	char path[96];

	snprintf(path, sizeof(path), "%s", catalog_path(f->c));
	fill(f->c, 1);
	catalog_close(f->c);
	f->c = NULL;
	assert_int_equal(chmod(path, 0444), 0);
	assert_int_equal(chmod(f->dir, 0555), 0);
	assert_int_equal(open_in_child(f->dir, CATALOG_WRITE), ERR_DENIED);
	assert_int_equal(chmod(f->dir, 0755), 0);
}

/* The journal of a commit that was cut off is played back. */
static void
a_reader_gets_over_an_unfinished_commit(void **state)
{
	struct catalog_fixture *f = *state;
	struct catalog *c = NULL;
	char text[CATALOG_TEXT_MAX];
	int status;
	pid_t pid;

	fill(f->c, 5);
	catalog_close(f->c);
	f->c = NULL;
	if ((pid = fork()) == 0) {
		if (catalog_open(f->dir, CATALOG_WRITE, &c) != 0)
			_exit(1);
		/* Pages are written out before the commit, then it dies. */
		sqlite3_exec(c->db, "PRAGMA cache_spill = ON;"
		    "PRAGMA cache_size = 1; BEGIN; DELETE FROM issue;"
		    "DELETE FROM snapshot; UPDATE job SET text = 'spoilt';"
		    "CREATE TABLE junk AS WITH RECURSIVE r (n) AS (SELECT 1"
		    " UNION ALL SELECT n + 1 FROM r WHERE n < 20000)"
		    " SELECT n, hex(randomblob(100)) FROM r;",
		    NULL, NULL, NULL);
		_exit(42);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 42);
	snprintf(text, sizeof(text), "%s/" CATALOG_NAME "-journal", f->dir);
	assert_int_equal(access(text, F_OK), 0);
	assert_int_equal(catalog_open(f->dir, CATALOG_READ, &c), 0);
	assert_int_equal(catalog_check(c, text), 0);
	assert_int_equal(job_outcome(c, 1), CATALOG_COMPLETE);
	assert_int_equal(pragma(c, "SELECT count(*) FROM issue"), 5);
	catalog_close(c);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, catalog_setup, \
	    catalog_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_reader_finds_none_and_makes_none),
		TEST(only_its_owner_can_read_it),
		TEST(it_is_kept_as_carefully_as_can_be),
		TEST(a_pause_is_kept),
		TEST(a_later_version_keeps_what_was_there),
		TEST(a_step_that_fails_leaves_the_version_before_it),
		TEST(a_file_of_somebody_else_is_refused),
		TEST(damage_is_told_with_its_remedy),
		TEST(a_file_that_is_none_is_damage),
		TEST(check_sees_what_a_quick_look_does_not),
		TEST(nobody_moves_it_from_under_a_writer),
		TEST(a_full_disk_is_told_and_survived),
		TEST(a_directory_that_cannot_be_written_is_told),
		TEST(a_reader_gets_over_an_unfinished_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
