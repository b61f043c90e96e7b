/* test_sftp.c: requests to OpenSSH's sftp-server, many at once. */
#include "config.h"

#include "sftp/sftp.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sftp/answer.h"
#include "sftp/bulk.h"
#include "tests/unit/sftp_fixture.h"

#define BIG (5u << 20)

/* A session with a real server in a directory of its own. */
struct fixture {
	struct pipe_stream pipe;
	struct sftp *x;
	char	 dir[32];
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->dir, "/tmp/kho-sftp-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	*state = f;
	if (fixture_server() == NULL)
		return 0;
	fixture_start(&f->pipe, f->dir);
	assert_int_equal(sftp_new(&pipe_stream_ops, &f->pipe, 20000, &f->x),
	    0);
	assert_int_equal(sftp_hello(f->x), 0);
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char command[64];

	if (f->x != NULL) {
		sftp_end(f->x);
		fixture_stop(&f->pipe);
	}
	snprintf(command, sizeof(command), "rm -rf %s", f->dir);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static struct sftp *
session(void **state)
{
	struct fixture *f = *state;

	if (f->x == NULL)
		skip();
	return f->x;
}

/* Wait for one request, which must be answered with code. */
#define EXPECT(code, request) \
	assert_int_equal(sftp_answer_wait(x, request, &a), code)

static void
put_file(struct sftp *x, const char *path, const void *data, size_t len)
{
	struct sftp_handle h;
	struct sftp_answer a;
	size_t done = 0;

	EXPECT(0, sftp_open(x, path, SFTP_OPEN_WRITE | SFTP_OPEN_CREATE |
	    SFTP_OPEN_NEW, NULL, sftp_answer(&a)));
	h = a.handle;
	assert_int_equal(sftp_write_range(x, &(struct sftp_range){ .handle = &h,
	    .len = len }, data, &done), 0);
	assert_int_equal(done, len);
	EXPECT(0, sftp_fsync(x, &h, sftp_answer(&a)));
	EXPECT(0, sftp_close(x, &h, sftp_answer(&a)));
}

static void
the_server_says_what_it_can(void **state)
{
	const struct sftp_server *server = sftp_server(session(state));

	assert_int_equal(server->extensions, SFTP_EXT_FSYNC |
	    SFTP_EXT_HARDLINK | SFTP_EXT_POSIX_RENAME | SFTP_EXT_STATVFS |
	    SFTP_EXT_LIMITS);
	assert_true(server->read_max >= 65536);
	assert_true(server->write_max >= 65536);
	assert_true(server->window >= 1u << 20);
}

static void
names_are_made_and_removed(void **state)
{
	struct sftp *x = session(state);
	struct sftp_answer a;

	EXPECT(0, sftp_mkdir(x, "d", 0700, sftp_answer(&a)));
	EXPECT(ERR_IO, sftp_mkdir(x, "d", 0700, sftp_answer(&a)));
	assert_string_equal(a.message, "Failure");
	put_file(x, "d/a", "one", 3);
	EXPECT(ERR_IO, sftp_open(x, "d/a", SFTP_OPEN_WRITE |
	    SFTP_OPEN_CREATE | SFTP_OPEN_NEW, NULL, sftp_answer(&a)));
	put_file(x, "d/b", "three", 5);
	EXPECT(ERR_IO, sftp_rename(x, "d/a", "d/b", sftp_answer(&a)));
	EXPECT(ERR_IO, sftp_hardlink(x, "d/a", "d/b", sftp_answer(&a)));
	EXPECT(0, sftp_hardlink(x, "d/a", "d/c", sftp_answer(&a)));
	EXPECT(0, sftp_replace(x, "d/a", "d/b", sftp_answer(&a)));
	EXPECT(ERR_NOENT, sftp_lstat(x, "d/a", sftp_answer(&a)));
	EXPECT(0, sftp_stat(x, "d/b", sftp_answer(&a)));
	assert_int_equal(a.attrs.size, 3);
	assert_true(S_ISREG(a.attrs.mode));
	EXPECT(0, sftp_rename(x, "d/b", "d/a", sftp_answer(&a)));
	EXPECT(ERR_IO, sftp_rmdir(x, "d", sftp_answer(&a)));
	EXPECT(0, sftp_remove(x, "d/a", sftp_answer(&a)));
	EXPECT(0, sftp_remove(x, "d/c", sftp_answer(&a)));
	EXPECT(ERR_NOENT, sftp_remove(x, "d/a", sftp_answer(&a)));
	EXPECT(0, sftp_rmdir(x, "d", sftp_answer(&a)));
}

static void
links_and_attributes(void **state)
{
	struct fixture *f = *state;
	struct sftp *x = session(state);
	const struct sftp_attrs set = { .has = SFTP_HAS_MODE |
	    SFTP_HAS_TIMES, .mode = 0640, .atime = 5, .mtime = 7 };
	struct sftp_answer a;
	struct sftp_handle h;
	char path[64];

	snprintf(path, sizeof(path), "%s/l", f->dir);
	assert_int_equal(symlink("to where", path), 0);
	EXPECT(0, sftp_readlink(x, "l", sftp_answer(&a)));
	assert_string_equal(a.path, "to where");
	EXPECT(0, sftp_lstat(x, "l", sftp_answer(&a)));
	assert_true(S_ISLNK(a.attrs.mode));
	EXPECT(ERR_NOENT, sftp_stat(x, "l", sftp_answer(&a)));
	EXPECT(0, sftp_realpath(x, ".", sftp_answer(&a)));
	assert_string_equal(a.path, f->dir);
	put_file(x, "f", "12345", 5);
	EXPECT(0, sftp_setstat(x, "f", &set, sftp_answer(&a)));
	EXPECT(0, sftp_open(x, "f", SFTP_OPEN_READ, NULL, sftp_answer(&a)));
	h = a.handle;
	EXPECT(0, sftp_fstat(x, &h, sftp_answer(&a)));
	assert_int_equal(a.attrs.mode & 07777, 0640);
	assert_int_equal(a.attrs.mtime, 7);
	assert_int_equal(a.attrs.uid, getuid());
	EXPECT(0, sftp_close(x, &h, sftp_answer(&a)));
	EXPECT(0, sftp_statvfs(x, ".", sftp_answer(&a)));
	assert_true(a.space.total >= a.space.free && a.space.total > 0);
}

static void
ranges_come_back_as_they_went(void **state)
{
	struct sftp *x = session(state);
	uint8_t *data = malloc(BIG), *back = calloc(1, BIG);
	struct sftp_answer a;
	struct sftp_handle h;
	size_t i, n = 0;

	assert_non_null(data);
	assert_non_null(back);
	for (i = 0; i < BIG; i++)
		data[i] = (uint8_t)(i * 31 + i / 251);
	put_file(x, "big", data, BIG);
	EXPECT(0, sftp_open(x, "big", SFTP_OPEN_READ, NULL,
	    sftp_answer(&a)));
	h = a.handle;
	assert_int_equal(sftp_read_range(x, &(struct sftp_range){ .handle = &h,
	    .len = BIG }, back, &n), 0);
	assert_int_equal(n, BIG);
	assert_memory_equal(data, back, BIG);
	/* One that reaches over the end. */
	assert_int_equal(sftp_read_range(x, &(struct sftp_range){ .handle = &h,
	    .off = BIG - 1000000, .len = 2000000 }, back, &n), 0);
	assert_int_equal(n, 1000000);
	assert_memory_equal(data + BIG - 1000000, back, 1000000);
	assert_int_equal(sftp_read_range(x, &(struct sftp_range){ .handle = &h,
	    .off = BIG, .len = 5 }, back, &n), 0);
	assert_int_equal(n, 0);
	/* It is open for reading only. */
	assert_int_not_equal(sftp_write_range(x, &(struct sftp_range){
	    .handle = &h, .len = BIG }, data, &n), 0);
	assert_int_equal(n, 0);
	EXPECT(0, sftp_close(x, &h, sftp_answer(&a)));
	free(data);
	free(back);
}

/* How far a listing is. */
struct listing {
	struct sftp *x;
	struct sftp_handle h;
	size_t	 n;
	bool	 end, ready;
};

static void
listed(void *arg, const struct sftp_reply *reply)
{
	struct listing *l = arg;
	const struct sftp_done again = { listed, l };

	assert_int_equal(reply->code, 0);
	l->n += reply->nnames;
	l->end = reply->end;
	if (!l->end)
		assert_int_equal(sftp_readdir(l->x, &l->h, again), 0);
}

static void
many_requests_are_open_at_once(void **state)
{
	struct sftp *x = session(state);
	struct listing l = { .x = x };
	struct sftp_answer a, *many = calloc(300, sizeof(*many));
	char path[16];
	size_t i;

	assert_non_null(many);
	for (i = 0; i < 300; i++) {
		snprintf(path, sizeof(path), "f%zu", i);
		assert_true(sftp_ready(x, 0));
		assert_int_equal(sftp_open(x, path, SFTP_OPEN_WRITE |
		    SFTP_OPEN_CREATE, NULL, sftp_answer(&many[i])), 0);
	}
	assert_int_equal(sftp_open_requests(x), 300);
	for (i = 0; i < 300; i++) {
		assert_int_equal(sftp_answer_wait(x, 0, &many[i]), 0);
		l.h = many[i].handle;
		assert_int_equal(sftp_close(x, &l.h, sftp_answer(&many[i])),
		    0);
	}
	for (i = 0; i < 300; i++)
		assert_int_equal(sftp_answer_wait(x, 0, &many[i]), 0);
	EXPECT(0, sftp_opendir(x, ".", sftp_answer(&a)));
	l.h = a.handle;
	assert_int_equal(sftp_readdir(x, &l.h,
	    (struct sftp_done){ listed, &l }), 0);
	assert_int_equal(sftp_wait(x, &l.end), 0);
	assert_int_equal(l.n, 300);
	EXPECT(0, sftp_close(x, &l.h, sftp_answer(&a)));
	free(many);
}

static void
a_dead_server_answers_everything(void **state)
{
	struct sftp *x = session(state);
	struct fixture *f = *state;
	struct sftp_answer a, b;

	assert_int_equal(sftp_lstat(x, "/", sftp_answer(&a)), 0);
	assert_int_equal(sftp_lstat(x, "/", sftp_answer(&b)), 0);
	assert_int_equal(shutdown(f->pipe.fd, SHUT_RDWR), 0);
	assert_int_equal(sftp_answer_wait(x, 0, &a), ERR_CLOSED);
	assert_true(b.done);
	assert_int_equal(b.code, ERR_CLOSED);
	assert_int_equal(sftp_failed(x), ERR_CLOSED);
	assert_false(sftp_ready(x, 0));
	assert_int_equal(sftp_lstat(x, "/", sftp_answer(&a)), ERR_CLOSED);
	assert_int_equal(sftp_pump(x), ERR_CLOSED);
}

static void
too_much_is_refused(void **state)
{
	struct sftp *x = session(state);
	struct sftp_answer a, *many = calloc(SFTP_SLOTS, sizeof(*many));
	char path[SFTP_PATH_MAX + 1];
	size_t i, soft = 0;

	assert_non_null(many);
	memset(path, 'a', sizeof(path));
	path[SFTP_PATH_MAX] = '\0';
	EXPECT(ERR_TOOBIG, sftp_lstat(x, path, sftp_answer(&a)));
	EXPECT(ERR_TOOBIG, sftp_read(x, &a.handle, 0,
	    sftp_server(x)->read_max + 1, sftp_answer(&a)));
	for (i = 0; i < SFTP_SLOTS; i++) {
		soft += sftp_ready(x, 0);
		assert_int_equal(sftp_lstat(x, "/",
		    sftp_answer(&many[i])), 0);
	}
	assert_true(soft < SFTP_SLOTS && soft > SFTP_SLOTS / 2);
	EXPECT(ERR_BUSY, sftp_lstat(x, "/", sftp_answer(&a)));
	for (i = 0; i < SFTP_SLOTS; i++)
		assert_int_equal(sftp_answer_wait(x, 0, &many[i]), 0);
	free(many);
	EXPECT(0, sftp_lstat(x, "/", sftp_answer(&a)));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_server_says_what_it_can),
		CASE(names_are_made_and_removed),
		CASE(links_and_attributes),
		CASE(ranges_come_back_as_they_went),
		CASE(many_requests_are_open_at_once),
		CASE(a_dead_server_answers_everything),
		CASE(too_much_is_refused)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
