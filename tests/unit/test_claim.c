/* test_claim.c: who is alive. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "catalog/claim.h"
#include "catalog_fixture.h"

static void
one_daemon_holds_its_lock(void **state)
{
	struct catalog_fixture *f = *state;
	int fd = -1, other = -1;

	assert_false(catalog_daemon_runs(f->dir));
	assert_int_equal(catalog_daemon_lock(f->dir, &fd), 0);
	assert_true(catalog_daemon_runs(f->dir));
	assert_int_equal(catalog_daemon_lock(f->dir, &other), ERR_BUSY);
	close(fd);
	assert_false(catalog_daemon_runs(f->dir));
}

static void
a_killed_daemon_holds_nothing(void **state)
{
	struct catalog_fixture *f = *state;
	int fd = -1, ready[2], status;
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	if ((pid = fork()) == 0) {
		if (catalog_daemon_lock(f->dir, &fd) != 0 ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_true(pid > 0);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_true(catalog_daemon_runs(f->dir));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_false(catalog_daemon_runs(f->dir));
	close(ready[0]);
	close(ready[1]);
}

static void
locks_are_of_one_byte_and_one_description(void **state)
{
	struct catalog_fixture *f = *state;
	int a = -1, b = -1, c = -1;

	assert_int_equal(claim_open(f->dir, true, &a), 0);
	assert_int_equal(claim_open(f->dir, true, &b), 0);
	assert_int_equal(claim_take(a, CLAIM_JOBS + 5, false), 0);
	assert_true(claim_held(b, CLAIM_JOBS + 5));
	assert_false(claim_held(b, CLAIM_JOBS + 4));
	assert_false(claim_held(-1, CLAIM_JOBS + 5));
	assert_int_equal(claim_take(b, CLAIM_JOBS + 5, false), ERR_BUSY);
	/* Another description of the same process does not end it. */
	assert_int_equal(claim_open(f->dir, false, &c), 0);
	close(c);
	assert_true(claim_held(b, CLAIM_JOBS + 5));
	claim_drop(a, CLAIM_JOBS + 5);
	assert_false(claim_held(b, CLAIM_JOBS + 5));
	assert_int_equal(claim_take(a, CLAIM_JOBS, true), 0);
	assert_int_equal(claim_take(b, CLAIM_JOBS, true), 0);
	close(a);
	close(b);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, catalog_setup, \
	    catalog_teardown)
	const struct CMUnitTest tests[] = {
		TEST(one_daemon_holds_its_lock),
		TEST(a_killed_daemon_holds_nothing),
		TEST(locks_are_of_one_byte_and_one_description),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
