/* test_state.c: what a destination is before anything is written. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "restore/state.h"

static char dir[] = "/tmp/kho-state-XXXXXX";
static int dirfd = -1;

static int
setup(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	dirfd = open(dir, O_RDONLY | O_DIRECTORY);
	return dirfd == -1 ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlinkat(dirfd, STATE_DIR "/state", 0);
	unlinkat(dirfd, STATE_DIR, AT_REMOVEDIR);
	close(dirfd);
	return rmdir(dir);
}

static enum state_ground
look(const char *path, const struct state_run *run)
{
	enum state_ground g;

	assert_int_equal(state_look(path, run, &g), 0);
	return g;
}

static void
test_new_empty_and_used(void **state)
{
	struct state_run run = { .npaths = 0 };
	enum state_ground g;

	(void)state;
	assert_int_equal(look("/tmp/kho-no-such-directory", &run),
	    STATE_EMPTY);
	assert_int_equal(look(dir, &run), STATE_EMPTY);
	assert_int_equal(mkdirat(dirfd, "lost+found", 0700), 0);
	assert_int_equal(look(dir, &run), STATE_EMPTY);
	assert_int_equal(mkdirat(dirfd, "x", 0700), 0);
	assert_int_equal(look(dir, &run), STATE_USED);
	unlinkat(dirfd, "x", AT_REMOVEDIR);
	unlinkat(dirfd, "lost+found", AT_REMOVEDIR);
	assert_int_equal(state_look("/dev/null", &run, &g), ERR_EXIST);
}

static void
test_only_the_same_run_goes_on(void **state)
{
	static const char *const paths[] = { "/a", "/b\nc" };
	struct state_run run = { .npaths = 2, .paths = paths }, other;
	int fd;

	(void)state;
	run.snapshot[5] = 1;
	assert_int_equal(state_begin(dirfd, &run, true, &fd), 0);
	assert_int_equal(look(dir, &run), STATE_RESUME);
	other = run;
	other.npaths = 1;
	assert_int_equal(look(dir, &other), STATE_OTHER);
	other = run;
	other.safe = true;
	assert_int_equal(look(dir, &other), STATE_OTHER);
	other = run;
	other.snapshot[31] = 1;
	assert_int_equal(look(dir, &other), STATE_OTHER);
	state_end(fd);
	assert_int_equal(look(dir, &run), STATE_EMPTY);
	close(fd);
}

static void
test_a_link_is_not_state(void **state)
{
	struct state_run run = { .npaths = 0 };
	enum state_ground g;
	int fd;

	(void)state;
	unlinkat(dirfd, STATE_DIR, AT_REMOVEDIR);
	assert_int_equal(symlinkat("/tmp", dirfd, STATE_DIR), 0);
	assert_int_not_equal(state_begin(dirfd, &run, true, &fd), 0);
	assert_int_not_equal(state_look(dir, &run, &g), 0);
	assert_int_equal(unlinkat(dirfd, STATE_DIR, 0), 0);
}

static void
test_space_and_place(void **state)
{
	enum state_room room;
	uint64_t have;

	(void)state;
	assert_int_equal(state_space("/tmp/kho-none/x/y", 1, 1, &room,
	    &have), 0);
	assert_int_equal(room, STATE_ROOM);
	assert_int_equal(state_space(dir, UINT64_MAX, 1, &room, &have), 0);
	assert_int_equal(room, STATE_NO_BYTES);
	assert_true(state_inside(dir, "/tmp"));
	assert_true(state_inside("/tmp/kho-none/x", "/tmp"));
	assert_true(state_inside("/tmp/../tmp/x", "/tmp"));
	assert_false(state_inside("/usr/x", "/tmp"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_empty_and_used),
		cmocka_unit_test(test_only_the_same_run_goes_on),
		cmocka_unit_test(test_a_link_is_not_state),
		cmocka_unit_test(test_space_and_place),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
