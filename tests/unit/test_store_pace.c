/* test_store_pace.c: all who use a target keep to its limit together. */
#include "config.h"

#include <sys/wait.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/throttle.h"
#include "store/impl.h"
#include "store/pace.h"

#define RATE (512u << 10)
#define PROCESSES 4
#define EACH (64u << 10)

static char dir[] = "/tmp/kho-pace.XXXXXX";
static char file[sizeof(dir) + 8];

static const struct throttle_limit limit = { 0, RATE };

static struct store_access
access_of(const char *pace_file)
{
	return (struct store_access){ .limits = &limit, .nlimits = 1,
	    .began = clock_mono_ns(), .pace_file = pace_file };
}

static int
setup(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(file, sizeof(file), "%s/pace", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(file);
	return rmdir(dir);
}

/* Move EACH bytes, and exit. */
static void
mover(void)
{
	const struct store_access a = access_of(file);
	struct store_pace *p;
	size_t left = EACH, n;

	if (store_pace_new(&a, &p) != 0)
		_exit(1);
	while (left > 0) {
		if ((n = store_pace(p, left)) == 0 || n > left)
			_exit(1);
		left -= n;
	}
	store_pace_free(p);
	_exit(0);
}

static void
processes_share_it(void **state)
{
	int64_t began = clock_mono_ms(), took;
	pid_t pids[PROCESSES];
	int i, status;

	(void)state;
	for (i = 0; i < PROCESSES; i++) {
		if ((pids[i] = fork()) == 0)
			mover();
		assert_true(pids[i] > 0);
	}
	for (i = 0; i < PROCESSES; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	/* Half a second's worth, but for the pieces that go at once. */
	took = clock_mono_ms() - began;
	assert_true(took >= 300);
	/* Less than if each had taken the turn of all others. */
	assert_true(took < 60000);
}

/* As a restart leaves it, or somebody's hand. */
static void
what_the_file_holds_is_no_matter(void **state)
{
	static const char texts[][9] = { "\377\377\377\377\377\377\377\177",
	    "x", "" };
	struct store_access a = access_of(file);
	struct store_pace *p;
	int64_t began;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		assert_true(fd != -1);
		assert_true(write(fd, texts[i], strlen(texts[i])) >= 0);
		close(fd);
		began = clock_mono_ms();
		assert_int_equal(store_pace_new(&a, &p), 0);
		assert_true(store_pace(p, 1) == 1);
		store_paced(p, 1);
		store_pace_free(p);
		assert_true(clock_mono_ms() - began < 10000);
	}
}

/* A file that cannot be is no reason to fail, or to be without a limit. */
static void
alone_it_holds_too(void **state)
{
	struct store_access a = access_of("/dev/null/pace");
	int64_t began = clock_mono_ms();
	struct store_pace *p;

	(void)state;
	assert_int_equal(store_pace_new(&a, &p), 0);
	assert_non_null(p);
	store_paced(p, RATE / 4);
	assert_true(store_pace(p, RATE) < RATE);
	assert_true(clock_mono_ms() - began >= 200);
	store_pace_free(p);
}

static void
on_signal(int sig)
{
	(void)sig;
}

/* A job that is cancelled ends, however slow its target may be used. */
static void
a_signal_ends_the_wait(void **state)
{
	static const struct throttle_limit slow = { 0, 1024 };
	const struct store_access a = { .limits = &slow, .nlimits = 1 };
	const struct sigaction sa = { .sa_handler = on_signal };
	struct store_pace *p;
	int64_t began = clock_mono_ms();
	size_t left = EACH;

	(void)state;
	sigaction(SIGALRM, &sa, NULL);
	assert_int_equal(store_pace_new(&a, &p), 0);
	alarm(1);
	while (left > 0)
		left -= store_pace(p, left);
	store_paced(p, EACH);
	store_pace_free(p);
	/* Else it takes a minute. */
	assert_true(clock_mono_ms() - began < 30000);
	assert_true(clock_mono_ms() - began >= 900);
}

static void
without_limits_there_is_none(void **state)
{
	static const struct throttle_limit any = { 0, 0 };
	struct store_access a = { .nlimits = 0 };
	struct store_pace *p;

	(void)state;
	assert_int_equal(store_pace_new(NULL, &p), 0);
	assert_null(p);
	assert_int_equal(store_pace_new(&a, &p), 0);
	assert_null(p);
	assert_true(store_pace(p, SIZE_MAX) == SIZE_MAX);
	a.limits = &any;
	a.nlimits = 1;
	assert_int_equal(store_pace_new(&a, &p), 0);
	assert_true(store_pace(p, SIZE_MAX) == SIZE_MAX);
	store_pace_free(p);
}

static void
a_directory_keeps_to_it(void **state)
{
	const struct store_access a = access_of(NULL);
	static const uint8_t data[RATE / 4];
	int64_t began = clock_mono_ms();
	char path[sizeof(dir) + 16];
	struct store *s;

	(void)state;
	assert_int_equal(store_open(dir, &a, &s), 0);
	assert_int_equal(store_put(s, "o", data, sizeof(data)), 0);
	assert_true(clock_mono_ms() - began >= 150);
	assert_int_equal(store_delete(s, "o"), 0);
	store_close(s);
	snprintf(path, sizeof(path), "%s/tmp", dir);
	assert_int_equal(rmdir(path), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(processes_share_it),
		cmocka_unit_test(what_the_file_holds_is_no_matter),
		cmocka_unit_test(alone_it_holds_too),
		cmocka_unit_test(a_signal_ends_the_wait),
		cmocka_unit_test(without_limits_there_is_none),
		cmocka_unit_test(a_directory_keeps_to_it)
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
