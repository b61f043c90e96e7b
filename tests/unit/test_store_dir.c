/* test_store_dir.c: what only a directory can do to a store. */
#include "config.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utime.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/impl.h"

#define NOBODY 65534

struct fixture {
	struct store *s;
	char	 dir[64];
	struct buf *out;
};

static void
quiet(enum log_level level, const char *line, void *arg)
{
	(void)level;
	(void)line;
	(void)arg;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->dir, "/tmp/kho-dir-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(store_dir_open(f->dir, NULL, &f->s), 0);
	assert_int_equal(buf_new(4096, &f->out), 0);
	log_sink(quiet, NULL);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char cmd[96];

	store_close(f->s);
	buf_free(f->out);
	umount(f->dir);		/* where a test failed with it mounted */
	snprintf(cmd, sizeof(cmd), "rm -rf %s", f->dir);
	assert_int_equal(system(cmd), 0);
	free(f);
	log_sink(NULL, NULL);
	return 0;
}

/* "dir/name" in text that lives until the next call. */
static const char *
in(const struct fixture *f, const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	return path;
}

static void
touch(const char *path, time_t when)
{
	struct utimbuf t = { when, when };
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	assert_int_not_equal(fd, -1);
	close(fd);
	assert_int_equal(utime(path, &t), 0);
}

/* How many names the store lists; the last one is in *lastp. */
static int
count(struct store *s, char *last, size_t len)
{
	struct store_list *l;
	const char *name;
	uint64_t size;
	int n = 0;

	assert_int_equal(store_list_new(s, "", &l), 0);
	for (; store_list_next(l, &name, &size) == 1; n++)
		snprintf(last, len, "%s", name);
	store_list_free(l);
	return n;
}

static void
open_of_nothing_is_noent(void **state)
{
	struct fixture *f = *state;
	struct store *s = NULL;

	assert_int_equal(store_open(in(f, "absent"), NULL, &s), ERR_NOENT);
	touch(in(f, "file"), 1);
	assert_int_not_equal(store_open(in(f, "file"), NULL, &s), 0);
	assert_int_equal(store_open("ftp://host/x", NULL, &s), ERR_CONFIG);
	assert_null(s);
	assert_string_equal(store_name(f->s), f->dir);
	store_close(NULL);
}

static void
put_leaves_no_temporary(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(store_put(f->s, "a/b/c", "x", 1), 0);
	assert_int_equal(store_put(f->s, "a/b/c", "x", 1), 0);
	assert_int_equal(store_put_exclusive(f->s, "a/b/c", "x", 1),
	    ERR_EXIST);
	assert_int_equal(rmdir(in(f, "tmp")), 0);
	assert_int_equal(stat(in(f, "a/b/c"), &st), 0);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(in(f, "a/b"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

#define DAY (24 * 60 * 60)
#define TMP_OLD "tmp/_00112233445566778899aabbccddeeff"
#define TMP_NEW "tmp/_0123456789abcdef0123456789abcdef"

static void
what_killed_writers_left_goes(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	time_t now = (time_t)clock_system();

	assert_int_equal(mkdir(in(f, "tmp"), 0700), 0);
	touch(in(f, TMP_OLD), now - 8 * DAY);
	touch(in(f, TMP_NEW), now - 6 * DAY);
	touch(in(f, "tmp/letter"), now - 80 * DAY);
	touch(in(f, "_00112233445566778899aabbccddeeff"), now - 80 * DAY);
	assert_int_equal(store_put(f->s, "a", "x", 1), 0);
	assert_int_equal(stat(in(f, TMP_OLD), &st), -1);
	assert_int_equal(stat(in(f, TMP_NEW), &st), 0);
	assert_int_equal(stat(in(f, "tmp/letter"), &st), 0);
	assert_int_equal(stat(in(f, "_00112233445566778899aabbccddeeff"),
	    &st), 0);
}

static void
only_old_temporaries_are_listed(void **state)
{
	struct fixture *f = *state;
	char last[256] = "";

	assert_int_equal(store_put(f->s, "a", "x", 1), 0);
	touch(in(f, "tmp/_0123456789abcdef"), clock_wall() - 60);
	assert_int_equal(count(f->s, last, sizeof(last)), 1);
	assert_string_equal(last, "a");
	touch(in(f, "tmp/_0123456789abcdef"), clock_wall() - 90000);
	assert_int_equal(count(f->s, last, sizeof(last)), 2);
	assert_string_equal(last, "tmp/_0123456789abcdef");
	assert_false(store_name_ok(last));
	assert_int_equal(store_put(f->s, "b", "x", 1), 0);
}

/* What a NAS keeps in a share: snapshots of it all, what was removed. */
static void
directories_of_a_nas_are_not_listed(void **state)
{
	static const char *const dirs[] = { ".snapshot", "@Recycle",
	    ".@__thumb", "packs/@eaDir", "$RECYCLE.BIN" };
	struct fixture *f = *state;
	char last[256], name[64];
	size_t i;

	assert_int_equal(store_put(f->s, "packs/a", "x", 1), 0);
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		assert_int_equal(mkdir(in(f, dirs[i]), 0700), 0);
		snprintf(name, sizeof(name), "%s/b", dirs[i]);
		touch(in(f, name), 1);
	}
	assert_int_equal(count(f->s, last, sizeof(last)), 1);
	assert_string_equal(last, "packs/a");
}

static void
links_are_not_followed(void **state)
{
	struct fixture *f = *state;
	char target[600], last[256];
	uint64_t size;

	assert_int_equal(store_put(f->s, "real/a", "x", 1), 0);
	snprintf(target, sizeof(target), "%s", in(f, "real"));
	assert_int_equal(symlink(target, in(f, "link")), 0);
	assert_int_equal(symlink("a", in(f, "real/b")), 0);
	assert_int_equal(mkfifo(in(f, "fifo"), 0600), 0);
	assert_int_equal(store_get(f->s, "link/a", 0, 1, f->out),
	    ERR_CORRUPT);
	assert_int_equal(store_put(f->s, "link/c", "x", 1), ERR_CORRUPT);
	assert_int_equal(store_get(f->s, "real/b", 0, 1, f->out),
	    ERR_CORRUPT);
	assert_int_equal(store_put(f->s, "real/b", "x", 1), ERR_CORRUPT);
	assert_int_equal(store_put_exclusive(f->s, "real/b", "x", 1),
	    ERR_EXIST);
	assert_int_equal(store_size(f->s, "fifo", &size), ERR_CORRUPT);
	assert_int_equal(store_size(f->s, "real", &size), ERR_CORRUPT);
	assert_int_equal(store_size(f->s, "real/a/b", &size), ERR_CORRUPT);
	assert_int_equal(count(f->s, last, sizeof(last)), 4);
}

static void
the_root_may_be_renamed(void **state)
{
	struct fixture *f = *state;
	char moved[80];

	snprintf(moved, sizeof(moved), "%s.moved", f->dir);
	assert_int_equal(rename(f->dir, moved), 0);
	assert_int_equal(store_put(f->s, "a/b", "x", 1), 0);
	assert_int_equal(store_get(f->s, "a/b", 0, 1, f->out), 0);
	assert_int_equal(rename(moved, f->dir), 0);
}

static void
a_readonly_directory_is_denied(void **state)
{
	struct fixture *f = *state;
	uid_t uid = geteuid();
	char last[256] = "";

	assert_int_equal(store_put(f->s, "a", "x", 1), 0);
	assert_int_equal(chmod(in(f, "tmp"), 0555), 0);
	assert_int_equal(chmod(f->dir, 0555), 0);
	if (uid == 0)		/* whom no mode keeps out */
		assert_int_equal(seteuid(NOBODY), 0);
	assert_int_equal(store_put(f->s, "a", "x", 1), 0);
	assert_int_equal(store_put(f->s, "b", "x", 1), ERR_DENIED);
	assert_int_equal(store_put(f->s, "d/e", "x", 1), ERR_DENIED);
	assert_int_equal(store_delete(f->s, "a"), ERR_DENIED);
	assert_int_equal(count(f->s, last, sizeof(last)), 1);
	assert_int_equal(seteuid(uid), 0);
	assert_int_equal(chmod(f->dir, 0700), 0);
	assert_int_equal(chmod(in(f, "tmp"), 0700), 0);
}

/* In a mount namespace of its own, the tests' directory a small tmpfs. */
static void
a_full_disk_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	static uint8_t big[300 * 1024];
	char last[256] = "";
	struct store *s;

	if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", f->dir, "tmpfs", 0, "size=256k") != 0)
		skip();
	assert_int_equal(store_dir_open(f->dir, NULL, &s), 0);
	assert_int_equal(store_put(s, "big", big, sizeof(big)), ERR_NOSPACE);
	assert_int_equal(store_put_exclusive(s, "x/big", big, sizeof(big)),
	    ERR_NOSPACE);
	assert_int_equal(rmdir(in(f, "tmp")), 0);
	assert_int_equal(count(s, last, sizeof(last)), 0);
	assert_int_equal(store_put(s, "small", big, 100 * 1024), 0);
	assert_int_equal(count(s, last, sizeof(last)), 1);
	store_close(s);
	assert_int_equal(umount(f->dir), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(open_of_nothing_is_noent,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(put_leaves_no_temporary,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(what_killed_writers_left_goes,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    only_old_temporaries_are_listed, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    directories_of_a_nas_are_not_listed, setup, teardown),
		cmocka_unit_test_setup_teardown(links_are_not_followed,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(the_root_may_be_renamed,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_readonly_directory_is_denied, setup, teardown),
		cmocka_unit_test_setup_teardown(a_full_disk_leaves_nothing,
		    setup, teardown)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
