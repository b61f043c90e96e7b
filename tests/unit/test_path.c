/* test_path.c: names and paths, clean or not. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"

static bool
name_ok(const char *s)
{
	return path_name_ok((const uint8_t *)s, strlen(s));
}

static bool
abs_ok(const char *s)
{
	return path_abs_ok((const uint8_t *)s, strlen(s));
}

static void
test_names(void **state)
{
	uint8_t longest[PATH_NAME_MAX + 1];

	(void)state;
	assert_true(name_ok("a"));
	assert_true(name_ok("..."));
	assert_true(name_ok(".a"));
	assert_true(name_ok("..a"));
	assert_true(name_ok("a\nb \xff"));
	assert_false(name_ok(""));
	assert_false(name_ok("."));
	assert_false(name_ok(".."));
	assert_false(name_ok("a/b"));
	assert_false(path_name_ok((const uint8_t *)"a\0b", 3));
	memset(longest, 'n', sizeof(longest));
	assert_true(path_name_ok(longest, PATH_NAME_MAX));
	assert_false(path_name_ok(longest, PATH_NAME_MAX + 1));
}

static void
test_absolute_paths(void **state)
{
	static const char *const good[] = { "/", "/a", "/a/b", "/.a/..b/..." };
	static const char *const bad[] = {
		"", "a", "a/b", "//", "/a/", "//a", "/a//b", "/.", "/a/.",
		"/..", "/a/..", "/a/../b", "/./a"
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(abs_ok(good[i]));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(abs_ok(bad[i]));
	assert_false(path_abs_ok((const uint8_t *)"/a\0b", 4));
}

static void
test_within(void **state)
{
	(void)state;
	assert_true(path_within("/a", "/a"));
	assert_true(path_within("/a", "/a/b/c"));
	assert_true(path_within("/", "/"));
	assert_true(path_within("/", "/a"));
	assert_false(path_within("/a", "/ab"));
	assert_false(path_within("/a/b", "/a"));
	assert_false(path_within("/a", "/"));
}

static void
assert_joins(const char *dir, const char *name, const char *want)
{
	char *path;

	assert_int_equal(path_join(dir, name, &path), 0);
	assert_string_equal(path, want);
	free(path);
}

static void
test_join(void **state)
{
	(void)state;
	assert_joins("/a", "b", "/a/b");
	assert_joins("/", "b", "/b");
	assert_joins("a/", "b", "a/b");
	assert_joins("", "b", "b");
}

static void
assert_dirname(const char *path, const char *want)
{
	char *dir;

	assert_int_equal(path_dirname(path, &dir), 0);
	assert_string_equal(dir, want);
	free(dir);
}

static void
test_dirname(void **state)
{
	(void)state;
	assert_dirname("/a/b", "/a");
	assert_dirname("/a", "/");
	assert_dirname("/", "/");
	assert_dirname("a", ".");
	assert_dirname("", ".");
	assert_dirname("a/b/", "a");
	assert_dirname("a//b", "a");
	assert_dirname("//a", "/");
}

static void
test_mkdirs(void **state)
{
	char top[] = "/tmp/kho-path.XXXXXX", mid[32], deep[64];
	struct stat st;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(top));
	snprintf(mid, sizeof(mid), "%s/a", top);
	snprintf(deep, sizeof(deep), "%s/b", mid);
	assert_int_equal(path_mkdirs(deep, 0700), 0);
	assert_int_equal(stat(deep, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(path_mkdirs(deep, 0700), 0);

	assert_int_equal(rmdir(deep), 0);
	assert_non_null(f = fopen(deep, "w"));
	fclose(f);
	assert_int_equal(path_mkdirs(deep, 0700), ERR_EXIST);
	assert_int_equal(unlink(deep), 0);
	assert_int_equal(rmdir(mid), 0);
	assert_int_equal(rmdir(top), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		{ "name is one component", test_names, NULL, NULL, NULL },
		{ "absolute path is clean", test_absolute_paths,
		    NULL, NULL, NULL },
		{ "within stops at a component", test_within,
		    NULL, NULL, NULL },
		{ "join puts one slash", test_join, NULL, NULL, NULL },
		{ "dirname gives the directory", test_dirname,
		    NULL, NULL, NULL },
		{ "mkdirs makes what is missing, refuses a file",
		    test_mkdirs, NULL, NULL, NULL }
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
