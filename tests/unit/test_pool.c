/* test_pool.c: jobs run once each, in order, elsewhere. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/pool.h"

#define JOBS 200

static atomic_int ran;
static int order[JOBS];

static void
count(void *arg)
{
	int *slot = arg;

	*slot = atomic_fetch_add(&ran, 1);
}

static void
test_jobs_run_once(void **state)
{
	struct pool_job job[JOBS];
	int slot[JOBS], seen[JOBS] = { 0 };
	struct pool *p;
	int i;

	(void)state;
	atomic_store(&ran, 0);
	assert_int_equal(pool_new(3, 0, &p), 0);
	for (i = 0; i < JOBS; i++) {
		job[i].run = count;
		job[i].arg = &slot[i];
		pool_submit(p, &job[i]);
	}
	for (i = JOBS - 1; i >= 0; i--) {
		pool_wait(p, &job[i]);
		assert_true(pool_done(p, &job[i]));
		seen[slot[i]]++;
	}
	for (i = 0; i < JOBS; i++)
		assert_int_equal(seen[i], 1);
	pool_free(p);
}

static void
test_one_thread_keeps_order(void **state)
{
	struct pool_job job[JOBS];
	struct pool *p;
	int i;

	(void)state;
	atomic_store(&ran, 0);
	assert_int_equal(pool_new(1, 0, &p), 0);
	for (i = 0; i < JOBS; i++) {
		job[i].run = count;
		job[i].arg = &order[i];
		pool_submit(p, &job[i]);
	}
	/* Free waits for all, also those that have not started. */
	pool_free(p);
	for (i = 0; i < JOBS; i++)
		assert_int_equal(order[i], i);
}

static void
wait_for_byte(void *arg)
{
	int *fds = arg;
	char c;

	if (read(fds[0], &c, 1) != 1)
		fds[0] = -1;
}

static void
test_fd_tells_of_an_end(void **state)
{
	struct pool_job job = { .run = wait_for_byte };
	struct pollfd pfd = { .events = POLLIN };
	struct pool *p;
	uint64_t n;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(pool_new(1, 0, &p), 0);
	job.arg = fds;
	pfd.fd = pool_fd(p);
	pool_submit(p, &job);
	assert_int_equal(poll(&pfd, 1, 0), 0);
	assert_false(pool_done(p, &job));
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(poll(&pfd, 1, 10000), 1);
	assert_true(pool_done(p, &job));
	assert_int_equal(read(pool_fd(p), &n, sizeof(n)), sizeof(n));
	assert_int_equal(n, 1);
	assert_int_equal(poll(&pfd, 1, 0), 0);
	pool_free(p);
	close(fds[0]);
	close(fds[1]);
}

static void
note_mask(void *arg)
{
	pthread_sigmask(SIG_BLOCK, NULL, arg);
}

static void
test_threads_leave_signals_alone(void **state)
{
	struct pool_job job = { .run = note_mask };
	sigset_t inside, outside;
	struct pool *p;

	(void)state;
	job.arg = &inside;
	assert_int_equal(pool_new(1, 0, &p), 0);
	pool_submit(p, &job);
	pool_wait(p, &job);
	pool_free(p);
	pthread_sigmask(SIG_BLOCK, NULL, &outside);
	assert_int_equal(sigismember(&inside, SIGTERM), 1);
	assert_int_equal(sigismember(&outside, SIGTERM), 0);
}

static void
test_bounds(void **state)
{
	struct pool *p = NULL;

	(void)state;
	assert_int_equal(pool_new(0, 0, &p), ERR_CONFIG);
	assert_null(p);
	pool_free(NULL);
	assert_true(pool_cpus() >= 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		{ "every job runs once", test_jobs_run_once,
		    NULL, NULL, NULL },
		{ "jobs start in the order submitted",
		    test_one_thread_keeps_order, NULL, NULL, NULL },
		{ "descriptor tells that a job has ended",
		    test_fd_tells_of_an_end, NULL, NULL, NULL },
		{ "threads leave signals to the main thread",
		    test_threads_leave_signals_alone, NULL, NULL, NULL },
		{ "a pool has at least one thread", test_bounds,
		    NULL, NULL, NULL }
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
