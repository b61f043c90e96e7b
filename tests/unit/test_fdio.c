/* test_fdio.c: whole reads and writes, and files replaced whole. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdio.h"

#define BIG 300000

static char dir[] = "/tmp/kho-fdio.XXXXXX";
static char file[sizeof(dir) + 8];

static int
setup(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(file, sizeof(file), "%s/file", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(file);
	return rmdir(dir);
}

static int
names_in_dir(void)
{
	DIR *d = opendir(dir);
	int n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

/* Write n bytes of a pattern in odd pieces, then close. */
static pid_t
trickle(int fds[2], size_t n)
{
	uint8_t c;
	size_t i;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	if ((pid = fork()) == 0) {
		for (i = 0; i < n; i++) {
			c = (uint8_t)(i * 7);
			if (write(fds[1], &c, 1) != 1)
				_exit(1);
		}
		_exit(0);
	}
	assert_true(pid > 0);
	close(fds[1]);
	return pid;
}

static void
test_read_all_joins_pieces(void **state)
{
	uint8_t data[1000];
	int fds[2], i;
	pid_t pid;

	(void)state;
	pid = trickle(fds, sizeof(data));
	assert_int_equal(fdio_read_all(fds[0], data, sizeof(data)), 0);
	for (i = 0; i < 1000; i++)
		assert_int_equal(data[i], (uint8_t)(i * 7));
	assert_int_equal(fdio_read_all(fds[0], data, 1), ERR_CLOSED);
	assert_int_equal(fdio_read_all(fds[0], data, 0), 0);
	waitpid(pid, NULL, 0);
	close(fds[0]);
}

static void
test_read_all_tells_torn_from_ended(void **state)
{
	uint8_t data[10];
	int fds[2];
	pid_t pid;

	(void)state;
	pid = trickle(fds, 9);
	assert_int_equal(fdio_read_all(fds[0], data, 10), ERR_FORMAT);
	waitpid(pid, NULL, 0);
	close(fds[0]);
}

static void
test_read_nonblocking_is_busy(void **state)
{
	uint8_t c;
	size_t n = 7;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(fdio_nonblock(fds[0], 1), 0);
	assert_int_equal(fdio_read(fds[0], &c, 1, &n), ERR_BUSY);
	assert_int_equal(n, 7);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(fdio_read(fds[0], &c, 1, &n), 0);
	assert_int_equal(n, 1);
	close(fds[1]);
	assert_int_equal(fdio_nonblock(fds[0], 0), 0);
	assert_int_equal(fcntl(fds[0], F_GETFL) & O_NONBLOCK, 0);
	assert_int_equal(fdio_read(fds[0], &c, 1, &n), 0);
	assert_int_equal(n, 0);
	close(fds[0]);
	assert_int_equal(fdio_read(-1, &c, 1, &n), ERR_IO);
}

static void
on_alarm(int sig)
{
	(void)sig;
}

/* A slow reader and many signals: writes are cut short and interrupted. */
static void
test_write_all_survives_signals(void **state)
{
	const struct sigaction sa = { .sa_handler = on_alarm };
	static uint8_t data[BIG], back[BIG];
	int fds[2], status;
	pid_t parent = getpid(), pid;
	size_t i;

	(void)state;
	for (i = 0; i < BIG; i++)
		data[i] = (uint8_t)(i * 31 >> 3);
	assert_int_equal(sigaction(SIGUSR1, &sa, NULL), 0);
	assert_int_equal(pipe(fds), 0);
	if ((pid = fork()) == 0) {
		close(fds[1]);
		for (i = 0; i < BIG; i += 10000) {
			kill(parent, SIGUSR1);
			usleep(500);
			if (fdio_read_all(fds[0], back + i, 10000) != 0)
				_exit(1);
		}
		_exit(memcmp(data, back, BIG) == 0 ? 0 : 2);
	}
	close(fds[0]);
	assert_int_equal(fdio_write_all(fds[1], data, BIG), 0);
	close(fds[1]);
	while (waitpid(pid, &status, 0) == -1)
		assert_int_equal(errno, EINTR);	/* a late signal */
	assert_int_equal(status, 0);
}

static void
test_write_to_closed_is_closed(void **state)
{
	int fds[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	assert_int_equal(fdio_write_all(fds[1], "x", 1), ERR_CLOSED);
	close(fds[1]);
	signal(SIGPIPE, SIG_DFL);
}

static void
test_positioned_io(void **state)
{
	char text[16];
	size_t n;
	int fd = -1;

	(void)state;
	assert_int_equal(fdio_tmpfile(dir, &fd), 0);
	assert_int_equal(names_in_dir(), 0);
	assert_int_equal(fdio_pwrite_all(fd, "world", 5, 6), 0);
	assert_int_equal(fdio_pwrite_all(fd, "hello ", 6, 0), 0);
	assert_int_equal(fdio_pread(fd, text, 5, 6, &n), 0);
	assert_int_equal(n, 5);
	assert_memory_equal(text, "world", 5);
	assert_int_equal(fdio_pread(fd, text, 16, 6, &n), 0);
	assert_int_equal(n, 5);
	assert_int_equal(fdio_pread(fd, text, 16, 11, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(fdio_sync(fd), 0);
	assert_int_equal(fdio_close(&fd), 0);
	assert_int_equal(fd, -1);
	assert_int_equal(fdio_close(&fd), 0);
}

static void
test_read_file_has_a_maximum(void **state)
{
	uint8_t data[40000];
	struct buf *b;

	(void)state;
	memset(data, 'd', sizeof(data));
	assert_int_equal(fdio_replace_file(file, 0600, data, sizeof(data)), 0);
	assert_int_equal(buf_new(sizeof(data) + 1, &b), 0);
	assert_int_equal(buf_put_u8(b, '!'), 0);
	assert_int_equal(fdio_read_file(file, sizeof(data) - 1, b),
	    ERR_TOOBIG);
	assert_int_equal(buf_len(b), 1);
	assert_int_equal(fdio_read_file(file, sizeof(data), b), 0);
	assert_int_equal(buf_len(b), sizeof(data) + 1);
	assert_memory_equal(buf_ptr(b) + 1, data, sizeof(data));
	/* The buffer's own cap holds, too. */
	assert_int_equal(fdio_read_file(file, sizeof(data), b), ERR_NOMEM);
	assert_int_equal(buf_len(b), sizeof(data) + 1);
	assert_int_equal(fdio_read_file("/nonexistent/x", 10, b), ERR_NOENT);
	assert_int_equal(fdio_read_file(dir, 10, b), ERR_IO);
	buf_free(b);
}

static void
assert_file(const char *want, mode_t mode)
{
	struct buf *b;
	struct stat st;

	assert_int_equal(buf_new(100, &b), 0);
	assert_int_equal(fdio_read_file(file, 100, b), 0);
	assert_int_equal(buf_len(b), strlen(want));
	assert_memory_equal(buf_ptr(b), want, strlen(want));
	buf_free(b);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, mode);
	assert_int_equal(names_in_dir(), 1);
}

static void
test_replace_is_exact(void **state)
{
	mode_t mask = umask(077);

	(void)state;
	assert_int_equal(fdio_replace_file(file, 0644, "one", 3), 0);
	assert_file("one", 0644);
	assert_int_equal(fdio_replace_file(file, 0400, "second", 6), 0);
	assert_file("second", 0400);
	assert_int_equal(fdio_replace_file(file, 0600, "", 0), 0);
	assert_file("", 0600);
	umask(mask);
}

static void
test_failed_replace_leaves_nothing(void **state)
{
	char sub[sizeof(file) + 8];

	(void)state;
	assert_int_equal(fdio_replace_file(file, 0600, "old", 3), 0);
	snprintf(sub, sizeof(sub), "%s/x", file);
	assert_int_equal(fdio_replace_file(sub, 0600, "new", 3), ERR_NOENT);
	assert_file("old", 0600);
	assert_int_equal(unlink(file), 0);
	/* A directory cannot be replaced by a file: the temporary goes. */
	assert_int_equal(mkdir(file, 0700), 0);
	assert_true(fdio_replace_file(file, 0600, "new", 3) < 0);
	assert_int_equal(names_in_dir(), 1);
	assert_int_equal(rmdir(file), 0);
}

#define CASE(name, fn) { name, fn, NULL, NULL, NULL }

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("read all joins pieces", test_read_all_joins_pieces),
		CASE("read all tells a torn end from a clean one",
		    test_read_all_tells_torn_from_ended),
		CASE("read of nothing yet is busy",
		    test_read_nonblocking_is_busy),
		CASE("write all survives signals and short writes",
		    test_write_all_survives_signals),
		CASE("write to a closed pipe is closed",
		    test_write_to_closed_is_closed),
		CASE("positioned reads stop at the end", test_positioned_io),
		CASE("read file has a maximum and leaves no half",
		    test_read_file_has_a_maximum),
		CASE("replace gives exact content and mode",
		    test_replace_is_exact),
		CASE("failed replace leaves the old file and no other",
		    test_failed_replace_leaves_nothing)
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
