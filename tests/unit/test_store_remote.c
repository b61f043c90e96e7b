/* test_store_remote.c: a store behind a process of its own, honest or not. */
#include "config.h"

#include <sys/stat.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "store/internal.h"
#include "store/remote.h"

#define OBJECT_MAX (1u << 20)
#define SLOW_MS 300
#define PACK "packs/aa/one"

struct fixture {
	char	 dir[64], url[128];
	struct buf *out;
	unsigned int lines;
};

/* ---- what runs in the process that serves ---- */

static struct store *inner;

/* Puts of packs/slow take a while, those of packs/bad fail. */
static int
odd_put(void *impl, const char *name, const void *data, size_t len,
    bool exclusive)
{
	const struct timespec t = { 0, SLOW_MS * 1000000L };

	(void)impl;
	if (strncmp(name, "packs/slow", 10) == 0)
		nanosleep(&t, NULL);
	if (strncmp(name, "packs/bad", 9) == 0) {
		log_error("the disk is full");
		return ERR_NOSPACE;
	}
	return exclusive ? store_put_exclusive(inner, name, data, len) :
	    store_put(inner, name, data, len);
}

static int
odd_get(void *impl, const char *name, uint64_t off, size_t len,
    struct buf *out)
{
	(void)impl;
	return store_get(inner, name, off, len, out);
}

static int
odd_size(void *impl, const char *name, uint64_t *sizep)
{
	(void)impl;
	return store_size(inner, name, sizep);
}

static int
odd_remove(void *impl, const char *name)
{
	(void)impl;
	return store_delete(inner, name);
}

static int
odd_list(void *impl, const char *prefix, struct store_list *l)
{
	(void)impl;
	return store_list_through(inner, prefix, l);
}

static int
odd_promises(void *impl, struct store_promises *pp)
{
	(void)impl;
	*pp = (struct store_promises){ .lock_s = 7 };
	return 0;
}

static void
odd_close(void *impl)
{
	(void)impl;
	store_close(inner);
}

static const struct store_ops odd_ops = {
	.close = odd_close, .put = odd_put, .get = odd_get, .size = odd_size,
	.remove = odd_remove, .list = odd_list, .promises = odd_promises
};

/* sftp://DIR in place of a server. */
static int
open_odd(const char *url, const struct store_access *a, struct store **sp)
{
	int r;

	if (a->identity == NULL || strcmp(a->identity, "an identity") != 0 ||
	    a->host_key != NULL || a->lock_s != 5)
		return ERR_FORMAT;
	if ((r = store_dir_open(url + strlen("sftp://"), a, &inner)) != 0)
		return r;
	return store_new(&odd_ops, &inner, "odd", sp);
}

static void
answer(uint32_t kind, int32_t code, uint32_t len, const void *data)
{
	const struct remote_head h = { .kind = kind, .code = code,
	    .data_len = len };

	if (remote_send(REMOTE_FD, &h, "", data) != 0)
		_exit(0);
}

/* One that was taken over: what it says to the first real question. */
static void
lie(const char *how)
{
	static uint8_t bytes[REMOTE_PART_LEN + 1];
	const struct remote_head huge = { .kind = REMOTE_DONE,
	    .data_len = UINT32_MAX };

	if (strcmp(how, "dies") == 0)
		_exit(0);
	if (strcmp(how, "more") == 0)
		answer(REMOTE_DONE, 0, 101, bytes);
	else if (strcmp(how, "less") == 0)
		answer(REMOTE_DONE, 0, 99, bytes);
	else if (strcmp(how, "huge") == 0)
		(void)!remote_send(REMOTE_FD, &huge, "", NULL);
	else if (strcmp(how, "kind") == 0)
		answer(99, 0, 0, NULL);
	else if (strcmp(how, "code") == 0)
		answer(REMOTE_DONE, 1, 100, bytes);
	else if (strcmp(how, "part") == 0)
		answer(REMOTE_PART, 0, 100, bytes);
	else if (strcmp(how, "room") == 0)
		answer(REMOTE_DONE, 0, sizeof(struct store_room),
		    memset(bytes, 0xee, sizeof(struct store_room)));
	else if (strcmp(how, "promises") == 0)
		answer(REMOTE_DONE, 0, sizeof(struct store_promises),
		    memset(bytes, 0xee, sizeof(struct store_promises)));
	else if (strcmp(how, "line") == 0)
		answer(REMOTE_LOG, 0, REMOTE_PART_LEN, bytes);
	pause();
}

static void
serve_lies(const char *how)
{
	struct remote_head h;
	struct buf *b;
	uint8_t *p;

	while (remote_receive(REMOTE_FD, &h, sizeof(h)) == 0) {
		if (buf_new(REMOTE_DATA_MAX, &b) != 0 ||
		    buf_reserve(b, h.name_len + h.data_len, &p) != 0 ||
		    remote_receive(REMOTE_FD, p, h.name_len + h.data_len) != 0)
			_exit(1);
		buf_free(b);
		if (h.kind == REMOTE_OPEN)
			answer(REMOTE_DONE, 0, 0, NULL);
		else
			lie(how);
	}
	_exit(0);
}

/* ---- tests ---- */

static void
count(enum log_level level, const char *line, void *arg)
{
	struct fixture *f = arg;

	if (level == LOG_ERROR && strstr(line, "disk is full") != NULL)
		f->lines++;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->dir, "/tmp/kho-remote-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->url, sizeof(f->url), "sftp://%s", f->dir);
	assert_int_equal(buf_new(OBJECT_MAX, &f->out), 0);
	log_sink(count, f);
	unsetenv("KHO_TEST_LIE");
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char cmd[96];

	log_sink(NULL, NULL);
	buf_free(f->out);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", f->dir);
	assert_int_equal(system(cmd), 0);
	free(f);
	return 0;
}

static const struct store_access access_here = {
	.identity = "an identity", .lock_s = 5, .connections = 3
};

static struct store *
opened(struct fixture *f)
{
	struct store *s = NULL;

	assert_int_equal(store_open(f->url, &access_here, &s), 0);
	return s;
}

static void
what_is_put_comes_back(void **state)
{
	static uint8_t data[300000];
	struct fixture *f = *state;
	struct store *s = opened(f);
	struct store_promises p;
	uint64_t size = 0;

	memset(data, 'x', sizeof(data));
	assert_int_equal(store_put(s, PACK, data, sizeof(data)), 0);
	assert_int_equal(store_size(s, PACK, &size), 0);
	assert_int_equal(size, sizeof(data));
	assert_int_equal(store_get(s, PACK, 10, 100, f->out), 0);
	assert_int_equal(buf_len(f->out), 100);
	buf_reset(f->out);
	assert_int_equal(store_get_all(s, PACK, OBJECT_MAX, f->out), 0);
	assert_memory_equal(buf_ptr(f->out), data, sizeof(data));
	assert_int_equal(store_get_all(s, PACK, 1000, f->out), ERR_TOOBIG);
	assert_int_equal(store_put_exclusive(s, "config", "a", 1), 0);
	assert_int_equal(store_put_exclusive(s, "config", "b", 1), ERR_EXIST);
	assert_int_equal(store_get_all(s, "nothing", 10, f->out), ERR_NOENT);
	assert_int_equal(store_promises(s, &p), 0);
	assert_int_equal(p.lock_s, 7);
	assert_int_equal(store_delete(s, PACK), 0);
	assert_int_equal(store_size(s, PACK, &size), ERR_NOENT);
	store_close(s);
}

static void
long_lists_come_whole(void **state)
{
	struct fixture *f = *state;
	struct store *s = opened(f);
	struct store_list *l = NULL;
	char name[64];
	const char *got;
	uint64_t size;
	int i;

	for (i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "refs/%050d", i);
		snprintf(f->url, sizeof(f->url), "%s/refs", f->dir);
		(void)mkdir(f->url, 0700);
		snprintf(f->url, sizeof(f->url), "%s/%s", f->dir, name);
		assert_int_equal(fdio_replace_file(f->url, 0600, "1234", 4),
		    0);
	}
	assert_int_equal(store_list_new(s, "refs/", &l), 0);
	for (i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "refs/%050d", i);
		assert_int_equal(store_list_next(l, &got, &size), 1);
		assert_string_equal(got, name);
		assert_int_equal(size, 4);
	}
	assert_int_equal(store_list_next(l, &got, &size), 0);
	store_list_free(l);
	store_close(s);
}

static void
packs_are_put_behind_but_nothing_else(void **state)
{
	struct fixture *f = *state;
	struct store *s = opened(f);
	int64_t began = clock_mono_ms();
	uint64_t size;

	assert_int_equal(store_put(s, "packs/slow1", "1", 1), 0);
	assert_int_equal(store_put(s, "packs/slow2", "2", 1), 0);
	/* Of three connections two are busy; nothing was waited for. */
	assert_true(clock_mono_ms() - began < SLOW_MS);
	assert_int_equal(store_put_exclusive(s, "snapshot", "s", 1), 0);
	/* It came after both. */
	assert_true(clock_mono_ms() - began >= SLOW_MS);
	assert_int_equal(store_size(s, "packs/slow1", &size), 0);
	assert_int_equal(store_size(s, "packs/slow2", &size), 0);
	store_close(s);
}

static void
a_pack_that_failed_fails_all_that_comes_after(void **state)
{
	struct fixture *f = *state;
	struct store *s = opened(f), *again;
	uint64_t size;

	assert_int_equal(store_put(s, "packs/bad", "1", 1), 0);
	assert_int_equal(store_put_exclusive(s, "snapshot", "s", 1),
	    ERR_NOSPACE);
	assert_int_equal(store_put(s, PACK, "1", 1), ERR_NOSPACE);
	assert_int_equal(store_size(s, PACK, &size), ERR_NOSPACE);
	assert_int_equal(f->lines, 1);
	store_close(s);
	again = opened(f);
	assert_int_equal(store_size(again, "snapshot", &size), ERR_NOENT);
	store_close(again);
}

static void
what_is_fetched_ahead_is_what_is_there(void **state)
{
	static const char data[] = "0123456789abcdef";
	struct fixture *f = *state;
	struct store *s = opened(f);
	uint64_t size;
	int i;

	assert_int_equal(store_put(s, PACK, data, 16), 0);
	assert_int_equal(store_size(s, PACK, &size), 0);
	for (i = 0; i < 8; i++)		/* more than there are connections */
		store_ahead(s, PACK, (uint64_t)i * 2, 2);
	store_ahead(s, "packs/none", 0, 5);
	store_ahead(s, PACK, 15, 5);	/* more than there is */
	for (i = 0; i < 8; i += 2) {
		buf_reset(f->out);
		assert_int_equal(store_get(s, PACK, (uint64_t)i * 2, 2,
		    f->out), 0);
		assert_memory_equal(buf_ptr(f->out), data + (size_t)i * 2, 2);
		/* Something else in between. */
		assert_int_equal(store_size(s, PACK, &size), 0);
		store_ahead(s, PACK, (uint64_t)i, 3);
	}
	assert_int_equal(store_get(s, PACK, 15, 5, f->out), ERR_CORRUPT);
	store_close(s);
}

static void
closing_awaits_nobody(void **state)
{
	struct fixture *f = *state;
	struct store *s = opened(f);
	int64_t began;

	assert_int_equal(store_put(s, "packs/slow1", "1", 1), 0);
	began = clock_mono_ms();
	store_close(s);
	assert_true(clock_mono_ms() - began < SLOW_MS);
}

static void
what_cannot_be_opened_is_told(void **state)
{
	struct store_access other = access_here;
	struct fixture *f = *state;
	struct store *s = NULL;

	assert_int_equal(store_open("sftp:///nowhere/at/all", &access_here,
	    &s), ERR_NOENT);
	other.identity = NULL;
	assert_int_equal(store_open(f->url, &other, &s), ERR_FORMAT);
	assert_int_equal(store_open(f->url, NULL, &s), ERR_FORMAT);
	assert_null(s);
}

static void
no_lie_is_believed(void **state)
{
	static const char *const lies[] = { "dies", "more", "less", "huge",
	    "kind", "code", "part", "line" };
	struct fixture *f = *state;
	struct store *s;
	size_t i;

	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		setenv("KHO_TEST_LIE", lies[i], 1);
		s = opened(f);
		buf_reset(f->out);
		assert_int_equal(store_get(s, PACK, 0, 100, f->out),
		    ERR_CLOSED);
		assert_int_equal(buf_len(f->out), 0);
		/* And it is never asked again. */
		assert_int_equal(store_get(s, PACK, 0, 100, f->out),
		    ERR_CLOSED);
		store_close(s);
	}
}

static void
no_structure_is_believed(void **state)
{
	struct fixture *f = *state;
	struct store_promises promises;
	struct store_room room;
	struct store *s;

	setenv("KHO_TEST_LIE", "room", 1);
	s = opened(f);
	assert_int_equal(store_room(s, &room), ERR_FORMAT);
	store_close(s);
	setenv("KHO_TEST_LIE", "promises", 1);
	s = opened(f);
	assert_int_equal(store_promises(s, &promises), ERR_FORMAT);
	store_close(s);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_put_comes_back, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(long_lists_come_whole, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    packs_are_put_behind_but_nothing_else, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_pack_that_failed_fails_all_that_comes_after, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    what_is_fetched_ahead_is_what_is_there, setup, teardown),
		cmocka_unit_test_setup_teardown(closing_awaits_nobody, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_opened_is_told,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(no_structure_is_believed,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(no_lie_is_believed, setup,
		    teardown)
	};

	if (remote_is_server(argc, argv)) {
		if (getenv("KHO_TEST_LIE") != NULL)
			serve_lies(getenv("KHO_TEST_LIE"));
		return remote_serve(open_odd) == 0 ? 0 : 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
