/* test_write.c: entries made safely, whatever the tree and the place. */
#include "config.h"

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

#include "base/err.h"
#include "hash/sha256.h"
#include "restore/problems.h"
#include "restore/write.h"

static char top[] = "/tmp/kho-write-XXXXXX";
static int topfd = -1;
static struct cli cli;

/* One restore into top/to, beside which stands top/out. */
static struct plan *plan;
static struct problems *problems;
static struct dest *dest;
static struct write *w;

static int
setup(void **state)
{
	char to[64];

	(void)state;
	strcpy(top, "/tmp/kho-write-XXXXXX");
	if (mkdtemp(top) == NULL)
		return -1;
	topfd = open(top, O_RDONLY | O_DIRECTORY);
	snprintf(to, sizeof(to), "%s/to", top);
	if (mkdirat(topfd, "to", 0755) != 0 ||
	    mkdirat(topfd, "out", 0755) != 0 || plan_new(&plan) != 0 ||
	    problems_new(&cli, &problems) != 0)
		return -1;
	return dest_open(to, plan, &dest);
}

static int
teardown(void **state)
{
	char command[64];

	(void)state;
	write_free(w);
	w = NULL;
	dest_close(dest);
	problems_free(problems);
	plan_free(plan);
	close(topfd);
	snprintf(command, sizeof(command), "rm -rf %s", top);
	return system(command);
}

static void
begin(bool careful)
{
	struct write_params p = { .plan = plan, .dest = dest,
	    .problems = problems, .careful = careful, .umask = 022 };

	assert_int_equal(write_new(&p, &w), 0);
}

static uint64_t
add(const char *path, uint8_t type, const char *target)
{
	struct entry e = { .name = NULL };
	uint64_t i;

	e.attr.type = type;
	e.attr.have = ATTR_MODE | ATTR_MTIME;
	e.attr.mode = type == ATTR_DIR ? 0755 : 0644;
	e.attr.mtime = 1000000000;
	if (target != NULL) {
		e.target = (const uint8_t *)target;
		e.target_len = strlen(target);
	}
	assert_int_equal(plan_add(plan, (const uint8_t *)path, strlen(path),
	    &e, &i), 0);
	return i;
}

/* Add a piece to the file added last. */
static void
add_piece(const char *text)
{
	struct content_item c = { .len = strlen(text) };
	struct chain chain = { .n = 1 };

	chain.links[0].at.len = (uint32_t)strlen(text);
	chain.links[0].at.frame_stored = 100;
	assert_int_equal(plan_add_item(plan, &c, &chain), 0);
}

static void
make_all(void)
{
	uint64_t i;

	for (i = 0; i < plan_count(plan); i++)
		assert_int_equal(write_entry(w, i), 0);
}

/* Deliver the n-th piece, in plan order. */
static void
deliver(uint64_t n, const char *text)
{
	const struct plan_item *items;
	uint8_t hash[SHA256_LEN];
	uint64_t count;

	items = plan_items(plan, &count);
	assert_true(n < count);
	assert_int_equal(sha256_of(text, strlen(text), hash), 0);
	assert_int_equal(write_item(w, &items[n], (const uint8_t *)text,
	    hash), 0);
}

static void
content_is(const char *path, const char *text)
{
	char got[64] = "";
	int fd;

	assert_int_not_equal(fd = openat(topfd, path, O_RDONLY | O_NOFOLLOW),
	    -1);
	assert_true(read(fd, got, sizeof(got) - 1) >= 0);
	close(fd);
	assert_string_equal(got, text);
}

static bool
exists(const char *path)
{
	struct stat st;

	return fstatat(topfd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool
empty(const char *path)
{
	/* rmdir tells, and what it removes is put back. */
	if (unlinkat(topfd, path, AT_REMOVEDIR) != 0)
		return false;
	return mkdirat(topfd, path, 0755) == 0;
}

static void
test_never_writes_through_a_link(void **state)
{
	uint64_t inner, b, c, d;
	char target[64];

	(void)state;
	snprintf(target, sizeof(target), "%s/out", top);
	add("/a", ATTR_SYMLINK, target);
	inner = add("/a/inner", ATTR_DIR, NULL);
	b = add("/a/b", ATTR_FILE, NULL);
	add_piece("stolen");
	c = add("/a/c", ATTR_FILE, NULL);
	d = add("/a/d", ATTR_SYMLINK, "x");
	begin(false);
	make_all();
	deliver(0, "stolen");
	assert_int_equal(plan_entry(plan, inner)->state, PLAN_FAILED);
	assert_int_equal(plan_entry(plan, b)->state, PLAN_FAILED);
	assert_int_equal(plan_entry(plan, c)->state, PLAN_FAILED);
	assert_int_equal(plan_entry(plan, d)->state, PLAN_FAILED);
	assert_true(empty("out"));
	assert_true(exists("to/a"));
	assert_true(problems_count(problems, PROBLEM_FAILED) >= 4);
}

static void
test_a_link_put_there_meanwhile(void **state)
{
	uint64_t f, dir;

	(void)state;
	dir = add("/dir", ATTR_DIR, NULL);
	f = add("/dir/f", ATTR_FILE, NULL);
	add_piece("text");
	begin(false);
	assert_int_equal(write_entry(w, dir), 0);
	assert_int_equal(unlinkat(topfd, "to/dir", AT_REMOVEDIR), 0);
	assert_int_equal(symlinkat("../out", topfd, "to/dir"), 0);
	deliver(0, "text");
	assert_int_equal(plan_entry(plan, f)->state, PLAN_FAILED);
	assert_int_equal(write_dir(w, dir), 0);
	assert_true(empty("out"));
}

static void
test_nothing_is_overwritten(void **state)
{
	uint64_t f;
	int fd;

	(void)state;
	f = add("/f", ATTR_FILE, NULL);
	add_piece("new");
	fd = openat(topfd, "to/f", O_WRONLY | O_CREAT, 0644);
	assert_int_equal(write(fd, "old", 3), 3);
	close(fd);
	begin(false);
	make_all();
	deliver(0, "new");
	assert_int_equal(plan_entry(plan, f)->state, PLAN_FAILED);
	content_is("to/f", "old");
	plan_entry(plan, f)->state = PLAN_TODO;
	plan_entry(plan, f)->flags |= PLAN_EXISTS;
	deliver(0, "new");
	assert_int_equal(plan_entry(plan, f)->state, PLAN_DONE);
	content_is("to/f", "new");
}

static void
test_pieces_in_any_order(void **state)
{
	uint8_t hash[SHA256_LEN];
	uint64_t f, g;

	(void)state;
	f = add("/f", ATTR_FILE, NULL);
	add_piece("one ");
	add_piece("two ");
	add_piece("three");
	g = add("/g", ATTR_FILE, NULL);
	add_piece("one ");
	add_piece("two");
	begin(true);
	deliver(2, "three");
	deliver(3, "one ");
	deliver(0, "one ");
	assert_false(exists("to/f"));
	deliver(1, "two ");
	deliver(4, "two");
	content_is("to/f", "one two three");
	content_is("to/g", "one two");
	assert_int_equal(sha256_of("one two three", 13, hash), 0);
	assert_memory_equal(plan_entry(plan, f)->hash, hash, sizeof(hash));
	assert_int_equal(sha256_of("one two", 7, hash), 0);
	assert_memory_equal(plan_entry(plan, g)->hash, hash, sizeof(hash));
}

static void
test_damage_leaves_no_file(void **state)
{
	const struct plan_item *items;
	uint64_t n, f;

	(void)state;
	f = add("/f", ATTR_FILE, NULL);
	add_piece("one ");
	add_piece("two ");
	begin(false);
	items = plan_items(plan, &n);
	deliver(0, "one ");
	assert_true(exists("to/f"));
	write_damaged(w, &items[1], "damaged");
	assert_false(exists("to/f"));
	deliver(0, "one ");
	assert_false(exists("to/f"));
	assert_int_equal(plan_entry(plan, f)->state, PLAN_FAILED);
	assert_int_equal(problems_count(problems, PROBLEM_DAMAGED), 1);
}

static void
test_an_end_removes_what_is_not_whole(void **state)
{
	(void)state;
	add("/f", ATTR_FILE, NULL);
	add_piece("one ");
	add_piece("two ");
	add("/g", ATTR_FILE, NULL);
	add_piece("whole");
	begin(false);
	deliver(0, "one ");
	deliver(2, "whole");
	assert_true(exists("to/f"));
	write_free(w);
	w = NULL;
	assert_false(exists("to/f"));
	content_is("to/g", "whole");
}

static void
test_directories_keep_their_times(void **state)
{
	struct stat st;
	uint64_t i, n;

	(void)state;
	add("/d", ATTR_DIR, NULL);
	add("/d/e", ATTR_DIR, NULL);
	add("/d/e/f", ATTR_FILE, NULL);
	add_piece("x");
	begin(false);
	make_all();
	deliver(0, "x");
	n = plan_count(plan);
	for (i = n; i > 0; i--)
		assert_int_equal(write_dir(w, i - 1), 0);
	assert_int_equal(fstatat(topfd, "to/d/e", &st, 0), 0);
	assert_int_equal(st.st_mtim.tv_sec, 1000000000);
	assert_int_equal(fstatat(topfd, "to/d", &st, 0), 0);
	assert_int_equal(st.st_mtim.tv_sec, 1000000000);
	assert_int_equal(st.st_mode & 07777, 0755);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_never_writes_through_a_link, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_a_link_put_there_meanwhile, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_nothing_is_overwritten, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_pieces_in_any_order, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_damage_leaves_no_file, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_an_end_removes_what_is_not_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_directories_keep_their_times, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
