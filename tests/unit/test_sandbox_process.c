/* test_sandbox_process.c: threads, children and limits inside a sandbox. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/pool.h"
#include "base/sandbox.h"

static void
square(void *arg)
{
	uint64_t *v = arg;
	void *p;

	if ((p = malloc(300000)) == NULL)
		return;
	memset(p, 1, 300000);
	free(p);
	*v *= *v;
}

/* Start a pool, enter profile, use the pool and end it. */
static int
pool_in_sandbox(enum sandbox_profile profile)
{
	uint64_t v[32];
	struct pool_job job[32];
	struct pool *p;
	size_t i;

	if (pool_new(2, 5, &p) != 0 || sandbox_harden() != 0 ||
	    sandbox_enter(profile) != 0)
		return 1;
	for (i = 0; i < 32; i++) {
		v[i] = i;
		job[i].run = square;
		job[i].arg = &v[i];
		pool_submit(p, &job[i]);
	}
	for (i = 0; i < 32; i++) {
		pool_wait(p, &job[i]);
		if (v[i] != i * i)
			return 2;
	}
	pool_free(p);
	return 0;
}

static void
test_pool_works_inside(void **state)
{
	static const enum sandbox_profile profiles[] = {
		SANDBOX_KEEPER, SANDBOX_AGENT
	};
	size_t i;
	int status;
	pid_t pid;

	(void)state;
	for (i = 0; i < 2; i++) {
		if ((pid = fork()) == 0)
			_exit(pool_in_sandbox(profiles[i]));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
}

static void
breach(void *arg)
{
	(void)arg;
	if (socket(AF_INET, SOCK_STREAM, 0) == -1)
		_exit(2);
}

/* A thread that ran before sandbox_enter is inside, too. */
static void
test_filter_holds_for_all_threads(void **state)
{
	struct pool_job job = { .run = breach };
	struct pool *p;
	int status;
	pid_t pid;

	(void)state;
	if ((pid = fork()) == 0) {
		if (pool_new(1, 0, &p) != 0 ||
		    sandbox_enter(SANDBOX_KEEPER) != 0)
			_exit(99);
		pool_submit(p, &job);
		pool_wait(p, &job);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
#ifndef KHO_SANITIZED
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
#endif
}

/* Fork a child that sleeps, enter, end and await it. */
static int
end_own_child(void)
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		pause();
		_exit(0);
	}
	if (sandbox_harden() != 0 || sandbox_enter(SANDBOX_PULLER) != 0)
		return 1;
	if (kill(pid, SIGTERM) != 0)
		return 2;
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		return 3;
	return 0;
}

static void
test_puller_ends_its_own_child(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if ((pid = fork()) == 0)
		_exit(end_own_child());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int
check_hardened(void)
{
	struct rlimit limit;

	if (sandbox_harden() != 0)
		return 1;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return 2;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 3;
	if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != 0)
		return 4;
	return 0;
}

static void
test_harden_takes_effect(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if ((pid = fork()) == 0)
		_exit(check_hardened());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int
check_limited(void)
{
	void *volatile p;

	if (sandbox_limit_memory(0) != 0)
		return 1;
	if ((p = malloc(256 << 20)) == NULL)
		return 2;
	free(p);
	if (sandbox_limit_memory(128 << 20) != 0)
		return 3;
#ifndef KHO_SANITIZED
	if ((p = malloc(256 << 20)) != NULL)
		return 4;
#endif
	return 0;
}

static void
test_memory_limit_holds(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if ((pid = fork()) == 0)
		_exit(check_limited());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		{ "puller ends its own ssh child",
		    test_puller_ends_its_own_child, NULL, NULL, NULL },
		{ "pool works inside keeper and agent",
		    test_pool_works_inside, NULL, NULL, NULL },
		{ "filter holds for threads started before",
		    test_filter_holds_for_all_threads, NULL, NULL, NULL },
		{ "harden forbids dumps and new privileges",
		    test_harden_takes_effect, NULL, NULL, NULL },
		{ "memory limit holds",
		    test_memory_limit_holds, NULL, NULL, NULL }
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
