/* agent_fixture.c: a directory and an agent for each test. */
#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "tests/unit/agent_fixture.h"
#include "wire/page.h"
#include "wire/request.h"
#include "wire/start.h"

/* Each test has a directory of its own, removed at its end. */
char dir[64];

int
set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/kho-agent-XXXXXX");
	return mkdtemp(dir) == NULL ? -1 : 0;
}

int
tear_down(void **state)
{
	char cmd[256];

	(void)state;
	snprintf(cmd, sizeof(cmd), "chmod -R u+rwx %s; rm -rf %s", dir, dir);
	return system(cmd) == 0 ? 0 : -1;
}

/* A path in the directory; four may be in use at once. */
const char *
at(const char *name)
{
	static char paths[4][4096];
	static int next;

	next = (next + 1) % 4;
	snprintf(paths[next], sizeof(paths[next]), "%s/%s", dir, name);
	return paths[next];
}

/* Write len bytes that a seed decides. */
void
make_file(const char *name, size_t len, unsigned int seed)
{
	FILE *f = fopen(at(name), "w");
	uint32_t x = seed * 2654435761u + 1;

	assert_non_null(f);
	for (; len > 0; len--) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		putc((int)(x & 0xff), f);
	}
	assert_int_equal(fclose(f), 0);
}

/* Let times grow old enough not to be racy. */
void
settle(void)
{
	const struct timespec t = { 0, 250000000 };

	nanosleep(&t, NULL);
}

/* Start an agent for dir with one root; "" is dir itself. */
void
begin(struct keeper *k, const char *root, unsigned int flags,
    const char *const *excludes)
{
	const char *const bases[] = { dir, NULL };
	const char *const roots[] = { root[0] == '\0' ? dir : root, NULL };
	const struct kstart s = {
		.roots = roots, .excludes = excludes, .flags = flags
	};

	assert_int_equal(keeper_spawn(k, bases), 0);
	assert_int_equal(keeper_start(k, &s), 0);
}

/* List all below dir with its content. */
void
pull(struct keeper *k, unsigned int flags, const char *const *excludes)
{
	begin(k, "", flags, excludes);
	assert_int_equal(keeper_list(k, 1, 0, true, ""), 0);
	assert_int_equal(keeper_run(k), 0);
}

/* BYE; then all memory of k. */
void
end(struct keeper *k)
{
	int status = -1;

	assert_int_equal(keeper_bye(k, &status), 0);
	assert_int_equal(status, 0);
	keeper_clear(k);
}

void
make_tree(void)
{
	int fd;

	assert_int_equal(mkdir(at("a"), 0755), 0);
	assert_int_equal(mkdir(at("a/b"), 0700), 0);
	assert_int_equal(mkdir(at("empty"), 0755), 0);
	make_file("a/small", 100, 1);
	make_file("a/b/nothing", 0, 1);
	make_file("a/b/medium", 200000, 2);
	make_file("large", 5000000, 3);
	make_file("large2", 5000000, 3);
	make_file("a/same", 100, 1);
	make_file("a/n\xff\x01\n", 10, 4);
	assert_int_equal(symlink("../large", at("a/link")), 0);
	assert_int_equal(mkfifo(at("a/fifo"), 0600), 0);
	fd = open(at("sparse"), O_CREAT | O_WRONLY, 0600);
	assert_true(fd != -1);
	assert_int_equal(pwrite(fd, "x", 1, 3 << 20), 1);
	assert_int_equal(ftruncate(fd, 8 << 20), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(link(at("a/small"), at("hard")), 0);
}
