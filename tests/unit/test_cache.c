/* test_cache.c: copies are right or absent, and no more than they may be. */
#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/log.h"
#include "store/cache.h"
#include "store/cache_copy.h"

#define MAX (4u << 20)
#define LEN_MAX (256u << 10)

static char dir[] = "/tmp/kho-cache.XXXXXX";
static struct buf *out;
static uint64_t du_sum;
static char found[4096];		/* the last copy that du saw */

static int
du_one(const char *path, const struct stat *st, int kind, struct FTW *f)
{
	(void)kind;
	if (S_ISREG(st->st_mode))
		du_sum += (uint64_t)st->st_size;
	if (S_ISREG(st->st_mode) && path[f->base] == '=')
		snprintf(found, sizeof(found), "%s", path);
	return 0;
}

static uint64_t
du(void)
{
	du_sum = 0;
	found[0] = '\0';
	nftw(dir, du_one, 16, FTW_PHYS);
	return du_sum;
}

static int
rm_one(const char *path, const struct stat *st, int kind, struct FTW *f)
{
	(void)st;
	(void)kind;
	(void)f;
	return remove(path);
}

static void
quiet(enum log_level level, const char *line, void *arg)
{
	(void)level;
	(void)line;
	(*(int *)arg)++;
}

static int told;

static int
setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/kho-cache.XXXXXX");
	told = 0;
	log_sink(quiet, &told);
	return mkdtemp(dir) != NULL && buf_new(LEN_MAX, &out) == 0 ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	buf_free(out);
	log_sink(NULL, NULL);
	return nftw(dir, rm_one, 16, FTW_DEPTH | FTW_PHYS);
}

static struct cache *
open_max(uint64_t max)
{
	struct cache *c;

	assert_int_equal(cache_open(dir, max, &c), 0);
	return c;
}

/* What the object of that number holds. */
static uint8_t *
data_of(unsigned int i, size_t len)
{
	static uint8_t data[LEN_MAX];
	uint32_t x = i * 2654435761u + 1;
	size_t k;

	for (k = 0; k < len; k++) {
		x = x * 1664525u + 1013904223u;
		data[k] = (uint8_t)(x >> 24);
	}
	return data;
}

static const char *
name_of(unsigned int i)
{
	static char name[40];

	snprintf(name, sizeof(name), "packs/%02x/object-%u", i & 255, i);
	return name;
}

static void
put(struct cache *c, unsigned int i, size_t len)
{
	cache_put(c, name_of(i), CACHE_WHOLE, data_of(i, len), len);
}

/* Is it there?  Then it is right. */
static bool
has(struct cache *c, unsigned int i, size_t len)
{
	int r;

	buf_reset(out);
	r = cache_get_all(c, name_of(i), LEN_MAX, out);
	if (r == ERR_NOENT)
		return false;
	assert_int_equal(r, 0);
	assert_int_equal(buf_len(out), len);
	assert_memory_equal(buf_ptr(out), data_of(i, len), len);
	return true;
}

static void
a_copy_gives_what_was_put(void **state)
{
	static const size_t lens[] = { 0, 1, COPY_BLOCK - 1, COPY_BLOCK,
	    COPY_BLOCK + 1, 200000 };
	struct cache *c = open_max(MAX), *d;
	unsigned int i;

	(void)state;
	for (i = 0; i < 6; i++) {
		assert_false(has(c, i, lens[i]));
		put(c, i, lens[i]);
	}
	d = open_max(MAX);
	for (i = 0; i < 6; i++) {
		assert_true(has(c, i, lens[i]));
		assert_true(has(d, i, lens[i]));
	}
	buf_reset(out);
	assert_int_equal(cache_get_all(c, name_of(5), 199999, out),
	    ERR_NOENT);
	cache_close(c);
	cache_close(d);
}

static void
ranges_are_of_the_whole_or_their_own(void **state)
{
	struct cache *c = open_max(MAX);
	const uint8_t *p = data_of(1, 200000);

	(void)state;
	put(c, 1, 200000);
	assert_int_equal(cache_get(c, name_of(1), 65000, 70000, out), 0);
	assert_int_equal(buf_len(out), 70000);
	assert_memory_equal(buf_ptr(out), p + 65000, 70000);
	assert_int_equal(cache_get(c, name_of(1), 130000, 70001, out),
	    ERR_NOENT);
	assert_int_equal(buf_len(out), 70000);
	cache_put(c, "p", 5000, p, 100);
	buf_reset(out);
	assert_int_equal(cache_get(c, "p", 5000, 101, out), ERR_NOENT);
	assert_int_equal(cache_get(c, "p", 5001, 10, out), ERR_NOENT);
	assert_int_equal(cache_get_all(c, "p", 1000, out), ERR_NOENT);
	assert_int_equal(cache_get(c, "p", 5000, 100, out), 0);
	assert_memory_equal(buf_ptr(out), p, 100);
	assert_true(cache_has(c, "p", 5000) && !cache_has(c, "p", 0) &&
	    cache_has(c, name_of(1), 77));
	cache_close(c);
}

/* Change the one copy there is: a byte of it, or its length. */
static void
spoil(off_t at, off_t len)
{
	uint8_t byte;
	int fd;

	du();
	fd = open(found, O_RDWR);
	assert_true(fd != -1);
	if (len >= 0)
		assert_int_equal(ftruncate(fd, len), 0);
	else {
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		byte ^= 1;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	close(fd);
}

static void
damage_is_absence(void **state)
{
	static const off_t at[] = { 0, 9, 15, 20, 48, 100, 60000, 150000 };
	static const off_t lens[] = { 0, 47, 100, 149999, 160000 };
	struct cache *c = open_max(MAX);
	size_t i;

	(void)state;
	for (i = 0; i < 8 + 5; i++) {
		put(c, 1, 150000);
		assert_true(has(c, 1, 150000));
		spoil(i < 8 ? at[i] : 0, i < 8 ? -1 : lens[i - 8]);
		assert_false(has(c, 1, 150000));
		du();
		assert_string_equal(found, "");
	}
	assert_int_equal(told, 1);
	cache_close(c);
}

static void
a_copy_of_another_is_not_believed(void **state)
{
	struct cache *c = open_max(MAX);
	char from[sizeof(found)];

	(void)state;
	put(c, 1, 1000);
	du();
	strcpy(from, found);
	*strrchr(found, '1') = '2';
	cache_drop(c, name_of(2));
	/* The same bucket or not: look for it where it is. */
	assert_int_equal(rename(from, found), 0);
	assert_false(has(c, 1, 1000));
	buf_reset(out);
	assert_int_equal(cache_get_all(c, name_of(2), LEN_MAX, out),
	    ERR_NOENT);
	cache_close(c);
}

static void
what_is_dropped_is_gone(void **state)
{
	struct cache *c = open_max(MAX);

	(void)state;
	put(c, 1, 1000);
	cache_put(c, name_of(1), 7, "abc", 3);
	cache_put(c, name_of(1), 70, "abc", 3);
	put(c, 11, 1000);
	assert_int_equal(cache_drop(c, name_of(1)), 3);
	assert_false(has(c, 1, 1000));
	assert_false(cache_has(c, name_of(1), 7));
	assert_true(has(c, 11, 1000));
	assert_int_equal(cache_drop(c, name_of(1)), 0);
	cache_close(c);
}

static void
what_is_used_stays_and_the_bound_holds(void **state)
{
	struct cache *c = open_max(MAX);
	unsigned int i, kept = 0;

	(void)state;
	put(c, 0, 1000);
	for (i = 1; i < 1000; i++) {
		put(c, i, 1000 + i % 7 * 10000);
		assert_true(has(c, 0, 1000));
		if (i % 100 == 0)
			assert_true(du() <= MAX);
	}
	for (i = 1; i < 1000; i++)
		kept += has(c, i, 1000 + i % 7 * 10000);
	assert_true(kept > 50 && kept < 200);
	/* The newest are those that stay. */
	for (i = 960; i < 1000; i++)
		assert_true(has(c, i, 1000 + i % 7 * 10000));
	cache_close(c);
	/* A smaller bound is kept to from the next copy on. */
	c = open_max(MAX / 8);
	put(c, 2000, 10);
	put(c, 2001, 10);
	assert_true(du() <= MAX / 8);
	put(c, 1, MAX / 32);
	assert_false(has(c, 1, MAX / 32));
	cache_close(c);
}

/* Put and get at random for so many turns, or without end. */
static void
work(unsigned int seed, unsigned int turns)
{
	struct cache *c = open_max(MAX);
	unsigned int i;

	for (; turns > 0; turns--) {
		seed = seed * 1103515245u + 12345u;
		i = seed >> 16 & 511;
		if (!has(c, i, i * 100))
			put(c, i, i * 100);
		if (i == 77)
			(void)cache_drop(c, name_of(77));
	}
	cache_close(c);
}

static pid_t
worker(unsigned int seed, unsigned int turns)
{
	pid_t pid = fork();

	assert_true(pid != -1);
	if (pid == 0) {
		work(seed, turns);
		_exit(0);
	}
	return pid;
}

static void
several_may_write_at_once(void **state)
{
	pid_t pids[3];
	int i, status;

	(void)state;
	for (i = 0; i < 3; i++)
		pids[i] = worker((unsigned int)i + 1, 3000);
	for (i = 0; i < 3; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	/* Each may have been about to add one generation's worth. */
	assert_true(du() <= MAX + MAX / 4);
}

static void
killed_at_any_time_it_goes_on(void **state)
{
	int i, status;
	pid_t pid;

	(void)state;
	for (i = 0; i < 12; i++) {
		pid = worker((unsigned int)i, UINT32_MAX);
		usleep((useconds_t)(i * 7000));
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		work((unsigned int)i + 100, 100);
	}
	assert_true(du() <= MAX + MAX / 4);
}

static void
one_that_cannot_be_written_fails_nothing(void **state)
{
	struct cache *c = open_max(MAX);
	char path[sizeof(dir) + 16];

	(void)state;
	snprintf(path, sizeof(path), "%s/g0000000001", dir);
	close(open(path, O_WRONLY | O_CREAT, 0600));
	put(c, 1, 1000);
	put(c, 2, 1000);
	assert_false(has(c, 1, 1000));
	assert_int_equal(told, 1);
	cache_close(c);
	strcat(path, "/x");
	assert_int_not_equal(cache_open(path, MAX, &c), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_copy_gives_what_was_put),
		TEST(ranges_are_of_the_whole_or_their_own),
		TEST(damage_is_absence),
		TEST(a_copy_of_another_is_not_believed),
		TEST(what_is_dropped_is_gone),
		TEST(what_is_used_stays_and_the_bound_holds),
		TEST(several_may_write_at_once),
		TEST(killed_at_any_time_it_goes_on),
		TEST(one_that_cannot_be_written_fails_nothing)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
