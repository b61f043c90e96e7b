/*
 * store.c: what every kind of store must do.  With KHO_STORE_URL, one that is
 * reached by URL/t1 to URL/t99 (a directory for each test, which must be there
 * where it is directories) instead of those of this machine; a server with
 * KHO_STORE_IDENTITY and KHO_STORE_HOST_KEY, or KHO_STORE_CREDENTIALS,
 * KHO_STORE_CA_FILE and KHO_STORE_REGION.  Any argument leaves out the
 * process in which the programs have their remote stores.
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/log.h"
#include "store/impl.h"
#include "store/store_cache.h"
#include "tests/unit/share.h"

#define OBJECT_MAX (1u << 20)
#define RACES 100

/* A store under test, and what it stands on. */
struct fixture {
	struct store *s, *inner;
	char	 dir[64], url[512];
	struct share share;
	struct buf *out;
};

static void
quiet(enum log_level level, const char *line, void *arg)
{
	(void)level;
	(void)line;
	(void)arg;
}

/* The target that was named, and how to reach it. */
static const char *target;
static struct store_access target_access;

static struct fixture *
fixture_new(void)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(buf_new(OBJECT_MAX, &f->out), 0);
	log_sink(quiet, NULL);
	return f;
}

static int
setup_mem(void **state)
{
	struct fixture *f = fixture_new();

	assert_int_equal(store_mem_open(&f->s), 0);
	*state = f;
	return 0;
}

static int
setup_fault(void **state)
{
	struct fixture *f = fixture_new();

	assert_int_equal(store_mem_open(&f->inner), 0);
	assert_int_equal(store_fault_open(f->inner, STORE_FAULT_FAIL, 0, false,
	    ERR_IO, &f->s), 0);
	*state = f;
	return 0;
}

static int
setup_cached(void **state)
{
	struct fixture *f = fixture_new();

	strcpy(f->dir, "/tmp/kho-store-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(store_mem_open(&f->s), 0);
	assert_int_equal(store_cache(&f->s, f->dir, 1u << 20), 0);
	*state = f;
	return 0;
}

static int
setup_dir(void **state)
{
	struct fixture *f = fixture_new();

	strcpy(f->dir, "/tmp/kho-store-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->url, sizeof(f->url), "dir:%s", f->dir);
	assert_int_equal(store_open(f->url, NULL, &f->s), 0);
	*state = f;
	return 0;
}

static struct fixture *
fixture_remote(void)
{
	static unsigned int count;
	struct fixture *f = fixture_new();

	snprintf(f->url, sizeof(f->url), "%s/t%u", target, ++count);
	return f;
}

/* In a process of its own, as the programs have it. */
static int
setup_remote(void **state)
{
	struct fixture *f = fixture_remote();

	assert_int_equal(store_open(f->url, &target_access, &f->s), 0);
	*state = f;
	return 0;
}

/* In this process. */
static int
setup_direct(void **state)
{
	struct fixture *f = fixture_remote();

	if (strncmp(target, "sftp:", 5) == 0)
		assert_int_equal(store_sftp_open(f->url, &target_access,
		    &f->s), 0);
	else
		assert_int_equal(store_s3_open(f->url, &target_access,
		    &f->s), 0);
	*state = f;
	return 0;
}

/* A directory on a share that answers this way. */
static int
setup_share_with(void **state, const char *rules)
{
	struct fixture *f = fixture_new();

	*state = f;
	if (!share_start(&f->share, NULL))
		return 0;
	share_rules(&f->share, rules);
	strcpy(f->url, f->share.path);
	assert_int_equal(store_open(f->url, NULL, &f->s), 0);
	return 0;
}

static int
setup_share(void **state)
{
	return setup_share_with(state, "");
}

/* As poor as they come: no links, no exclusive rename, no directory sync. */
static int
setup_poor_share(void **state)
{
	return setup_share_with(state, "link:1+:ENOTSUP noreplace:1+:EINVAL"
	    " fsyncdir:1+:EINVAL read:1+:short write:1+:short");
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char cmd[96];

	store_close(f->s);
	store_close(f->inner);
	buf_free(f->out);
	if (f->dir[0] != '\0') {
		snprintf(cmd, sizeof(cmd), "rm -rf %s", f->dir);
		assert_int_equal(system(cmd), 0);
	}
	if (f->share.pid != 0)
		share_stop(&f->share);
	free(f);
	log_sink(NULL, NULL);
	return 0;
}

/* The store, or the end of the test where this machine has none of it. */
static struct fixture *
need(void **state)
{
	struct fixture *f = *state;

	if (f->s == NULL)
		skip();
	return f;
}

static void
assert_object(struct fixture *f, const char *name, const void *data,
    size_t len)
{
	uint64_t size;

	assert_int_equal(store_size(f->s, name, &size), 0);
	assert_int_equal(size, len);
	buf_reset(f->out);
	assert_int_equal(store_get_all(f->s, name, OBJECT_MAX, f->out), 0);
	assert_int_equal(buf_len(f->out), len);
	assert_memory_equal(buf_ptr(f->out), data, len);
}

static void
get_gives_what_was_put(void **state)
{
	struct fixture *f = need(state);
	uint8_t big[100000];
	size_t i;

	for (i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i * 7 + i / 256);
	assert_int_equal(store_put(f->s, "config", "abc", 3), 0);
	assert_int_equal(store_put(f->s, "packs/0a/0a-1", big, sizeof(big)),
	    0);
	assert_int_equal(store_put(f->s, "empty", "", 0), 0);
	assert_object(f, "config", "abc", 3);
	assert_object(f, "packs/0a/0a-1", big, sizeof(big));
	assert_object(f, "empty", "", 0);
}

static void
get_appends_ranges(void **state)
{
	struct fixture *f = need(state);

	assert_int_equal(store_put(f->s, "a/b", "0123456789", 10), 0);
	assert_int_equal(store_get(f->s, "a/b", 2, 3, f->out), 0);
	assert_int_equal(store_get(f->s, "a/b", 9, 1, f->out), 0);
	assert_int_equal(store_get(f->s, "a/b", 10, 0, f->out), 0);
	assert_int_equal(buf_len(f->out), 4);
	assert_memory_equal(buf_ptr(f->out), "2349", 4);
}

static void
get_past_the_end_is_corrupt(void **state)
{
	struct fixture *f = need(state);

	assert_int_equal(store_put(f->s, "a", "0123456789", 10), 0);
	assert_int_equal(store_get(f->s, "a", 0, 11, f->out), ERR_CORRUPT);
	assert_int_equal(store_get(f->s, "a", 10, 1, f->out), ERR_CORRUPT);
	assert_int_equal(store_get(f->s, "a", 11, 0, f->out), ERR_CORRUPT);
	assert_int_equal(store_get(f->s, "a", UINT64_MAX, 2, f->out),
	    ERR_CORRUPT);
	assert_int_equal(store_get(f->s, "a", 1, SIZE_MAX, f->out),
	    ERR_CORRUPT);
	assert_int_equal(buf_len(f->out), 0);
	assert_int_equal(store_get_all(f->s, "a", 9, f->out), ERR_TOOBIG);
	assert_int_equal(store_get_all(f->s, "a", 10, f->out), 0);
}

static void
absent_objects_are_noent(void **state)
{
	struct fixture *f = need(state);
	uint64_t size = 77;

	assert_int_equal(store_put(f->s, "a/b", "x", 1), 0);
	assert_int_equal(store_size(f->s, "a/c", &size), ERR_NOENT);
	assert_int_equal(store_size(f->s, "b/c", &size), ERR_NOENT);
	assert_int_equal(size, 77);
	assert_int_equal(store_get(f->s, "a/c", 0, 0, f->out), ERR_NOENT);
	assert_int_equal(store_get_all(f->s, "x/y/z", 9, f->out), ERR_NOENT);
	assert_int_equal(store_delete(f->s, "a/c"), 0);
	assert_int_equal(store_delete(f->s, "x/y/z"), 0);
}

static void
put_exclusive_keeps_the_first(void **state)
{
	struct fixture *f = need(state);

	assert_int_equal(store_put_exclusive(f->s, "a/b", "one", 3), 0);
	assert_int_equal(store_put_exclusive(f->s, "a/b", "two", 3),
	    ERR_EXIST);
	assert_int_equal(store_put_exclusive(f->s, "a/b", "longer", 6),
	    ERR_EXIST);
	assert_int_equal(store_put(f->s, "a/b", "one", 3), 0);
	assert_object(f, "a/b", "one", 3);
	assert_int_equal(store_delete(f->s, "a/b"), 0);
	assert_int_equal(store_put_exclusive(f->s, "a/b", "two", 3), 0);
	assert_object(f, "a/b", "two", 3);
}

static void
put_over_another_size_is_corrupt(void **state)
{
	struct fixture *f = need(state);

	assert_int_equal(store_put(f->s, "a", "torn", 4), 0);
	assert_int_equal(store_put(f->s, "a", "torn not", 8), ERR_CORRUPT);
	assert_object(f, "a", "torn", 4);
}

static void
list_is_sorted_and_takes_prefixes(void **state)
{
	static const char *const names[] = { "a-b/x", "a.b", "a/b/c",
	    "a/b/d", "a/bc", "a0", "b/0", "b/1" };
	static const struct {
		const char *prefix;
		size_t first, n;
	} cases[] = { { "", 0, 8 }, { "a/", 2, 3 }, { "a/b", 2, 3 },
	    { "a/b/", 2, 2 }, { "b/1", 7, 1 }, { "c/", 0, 0 },
	    { "a", 0, 6 } };
	struct fixture *f = need(state);
	struct store_list *l;
	const char *name;
	uint64_t size;
	size_t i, j;

	for (i = 8; i-- > 0; )
		assert_int_equal(store_put(f->s, names[i], "12345678", i), 0);
	for (i = 0; i < 7; i++) {
		assert_int_equal(store_list_new(f->s, cases[i].prefix, &l), 0);
		for (j = 0; j < cases[i].n; j++) {
			assert_int_equal(store_list_next(l, &name, &size), 1);
			assert_string_equal(name, names[cases[i].first + j]);
			assert_int_equal(size, cases[i].first + j);
		}
		assert_int_equal(store_list_next(l, &name, &size), 0);
		store_list_free(l);
	}
	assert_int_equal(store_list_new(f->s, "../", &l), ERR_CONFIG);
	assert_int_equal(store_list_new(f->s, "/", &l), ERR_CONFIG);
	store_list_free(NULL);
}

static void
bad_names_are_refused(void **state)
{
	static const char *const bad[] = { "", "/", "/a", "a/", "a//b", ".",
	    "..", "./a", "a/.", "a/..", "a/../b", "../a", "A", "a_b", "a b",
	    "a\n", "\xc3\xa1", "a\\b", "tmp/_0" };
	struct fixture *f = need(state);
	char longest[STORE_NAME_MAX + 1];
	uint64_t size;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(store_name_ok(bad[i]));
		assert_int_equal(store_put(f->s, bad[i], "x", 1), ERR_CONFIG);
		assert_int_equal(store_put_exclusive(f->s, bad[i], "x", 1),
		    ERR_CONFIG);
		assert_int_equal(store_get(f->s, bad[i], 0, 0, f->out),
		    ERR_CONFIG);
		assert_int_equal(store_size(f->s, bad[i], &size), ERR_CONFIG);
		assert_int_equal(store_delete(f->s, bad[i]), ERR_CONFIG);
	}
	assert_true(store_name_ok("..a/.b/c..-"));
	memset(longest, 'a', sizeof(longest));
	longest[STORE_NAME_MAX] = '\0';
	assert_int_equal(store_put(f->s, longest, "x", 1), ERR_CONFIG);
	longest[STORE_NAME_MAX - 1] = '\0';
	assert_int_equal(store_put(f->s, longest, "x", 1), 0);
	assert_object(f, longest, "x", 1);
}

static void
deleted_objects_are_gone(void **state)
{
	struct fixture *f = need(state);
	struct store_list *l;
	const char *name;
	uint64_t size;

	assert_int_equal(store_put(f->s, "a/b", "1", 1), 0);
	assert_int_equal(store_put(f->s, "a/c", "2", 1), 0);
	assert_int_equal(store_delete(f->s, "a/b"), 0);
	assert_int_equal(store_get(f->s, "a/b", 0, 1, f->out), ERR_NOENT);
	assert_int_equal(store_list_new(f->s, "", &l), 0);
	assert_int_equal(store_list_next(l, &name, &size), 1);
	assert_string_equal(name, "a/c");
	assert_int_equal(store_list_next(l, &name, &size), 0);
	store_list_free(l);
	assert_object(f, "a/c", "2", 1);
}

/* The child's half of the race: how many of the objects it won. */
static int
race(const char *url, char who, int start)
{
	char name[32], go;
	struct store *s;
	int i, won = 0, r;

	if (store_open(url, &target_access, &s) != 0 ||
	    read(start, &go, 1) != 0)
		return 255;
	for (i = 0; i < RACES; i++) {
		snprintf(name, sizeof(name), "race/%d", i);
		r = store_put_exclusive(s, name, &who, 1);
		if (r == 0)
			won++;
		else if (r != ERR_EXIST)
			return 255;
	}
	store_close(s);
	return won;
}

static void
one_of_two_processes_wins(void **state)
{
	struct fixture *f = need(state);
	struct store_promises p;
	int fds[2], i, status, won[2];
	pid_t pid[2];

	/* Some is known only after a put. */
	assert_int_equal(store_put_exclusive(f->s, "first", "", 0), 0);
	assert_int_equal(store_promises(f->s, &p), 0);
	if (p.exclusive != STORE_EXCLUSIVE_ATOMIC)
		skip();
	assert_int_equal(pipe(fds), 0);
	for (i = 0; i < 2; i++) {
		pid[i] = fork();
		assert_int_not_equal(pid[i], -1);
		if (pid[i] == 0) {
			close(fds[1]);
			_exit(race(f->url, (char)('a' + i), fds[0]));
		}
	}
	close(fds[0]);
	close(fds[1]);		/* end of file: both begin */
	for (i = 0; i < 2; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_true(WIFEXITED(status));
		won[i] = WEXITSTATUS(status);
		assert_int_not_equal(won[i], 255);
	}
	assert_int_equal(won[0] + won[1], RACES);
}

#define CASE(name, kind) \
	{ #kind ": " #name, name, setup_##kind, teardown, NULL }
#define SUITE(kind) \
	CASE(get_gives_what_was_put, kind), \
	CASE(get_appends_ranges, kind), \
	CASE(get_past_the_end_is_corrupt, kind), \
	CASE(absent_objects_are_noent, kind), \
	CASE(put_exclusive_keeps_the_first, kind), \
	CASE(put_over_another_size_is_corrupt, kind), \
	CASE(list_is_sorted_and_takes_prefixes, kind), \
	CASE(bad_names_are_refused, kind), \
	CASE(deleted_objects_are_gone, kind)

static void
promises_are_told(void **state)
{
	static const char *const exclusive[] = { "atomic", "checked" };
	static const char *const durable[] = { "synced", "read back",
	    "the server's word" };
	struct fixture *f = need(state);
	struct store_promises p;
	struct store_room room;

	assert_int_equal(store_put_exclusive(f->s, "a", "x", 1), 0);
	assert_int_equal(store_promises(f->s, &p), 0);
	assert_true(p.listed || p.exclusive == STORE_EXCLUSIVE_CHECKED);
	assert_true(p.deletes);
	assert_int_equal(store_room(f->s, &room), 0);
	assert_true(room.free <= room.total && room.free > 0);
	print_message("exclusive: %s; durable: %s; room: %s\n",
	    exclusive[p.exclusive], durable[p.durable],
	    room.total == UINT64_MAX ? "not told" : "told");
}

static int
run_target(bool direct)
{
	const struct CMUnitTest tests[] = {
		SUITE(direct),
		CASE(promises_are_told, direct),
		CASE(one_of_two_processes_wins, direct)
	};
	const struct CMUnitTest remote[] = {
		SUITE(direct),
		SUITE(remote),
		CASE(promises_are_told, remote),
		CASE(one_of_two_processes_wins, remote)
	};

	target_access.identity = getenv("KHO_STORE_IDENTITY");
	target_access.host_key = getenv("KHO_STORE_HOST_KEY");
	target_access.credentials = getenv("KHO_STORE_CREDENTIALS");
	target_access.region = getenv("KHO_STORE_REGION");
	target_access.ca_file = getenv("KHO_STORE_CA_FILE");
	return direct ? cmocka_run_group_tests(tests, NULL, NULL) :
	    cmocka_run_group_tests(remote, NULL, NULL);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		SUITE(mem),
		SUITE(fault),
		SUITE(cached),
		SUITE(dir),
		SUITE(share),
		CASE(one_of_two_processes_wins, share),
		SUITE(poor_share),
		CASE(one_of_two_processes_wins, dir)
	};

	store_remote_main(argc, argv);
	if ((target = getenv("KHO_STORE_URL")) != NULL)
		return run_target(argc > 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
