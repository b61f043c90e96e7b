/* test_exclude.c: patterns against paths, and against git where it is. */
#include "config.h"

#include <sys/stat.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "agents/exclude.h"

/* Match path (a directory if it ends in a slash) against patterns. */
static bool
excluded(const char *const *patterns, const char *path)
{
	struct exclude *e;
	size_t len = strlen(path), name;
	bool dir = len > 0 && path[len - 1] == '/', out;

	len -= dir ? 1 : 0;
	for (name = len; name > 0 && path[name - 1] != '/'; name--)
		;
	assert_int_equal(exclude_new(&e), 0);
	for (; *patterns != NULL; patterns++)
		assert_int_equal(exclude_add(e, (const uint8_t *)*patterns,
		    strlen(*patterns)), 0);
	out = exclude_match(e, (const uint8_t *)path, len, name, dir);
	exclude_free(e);
	return out;
}

static bool
one(const char *pattern, const char *path)
{
	const char *const patterns[] = { pattern, NULL };

	return excluded(patterns, path);
}

static void
test_names_match_at_any_depth(void **state)
{
	(void)state;
	assert_true(one("core", "core"));
	assert_true(one("core", "a/b/core"));
	assert_true(one("core", "a/core/"));
	assert_false(one("core", "a/core2"));
	assert_false(one("core", "core/a"));
	assert_true(one("*.o", "a/b.o"));
	assert_true(one("*.o", ".o"));
	assert_false(one("*.o", "b.oo"));
	assert_true(one("a?c", "x/abc"));
	assert_false(one("a?c", "a/c"));
}

static void
test_slash_anchors(void **state)
{
	(void)state;
	assert_true(one("/core", "core"));
	assert_false(one("/core", "a/core"));
	assert_true(one("a/core", "a/core"));
	assert_false(one("a/core", "b/a/core"));
	assert_true(one("a/*/c", "a/b/c"));
	assert_false(one("a/*/c", "a/b/b/c"));
	assert_false(one("a/*", "a/b/c"));
}

static void
test_trailing_slash_means_directories(void **state)
{
	(void)state;
	assert_true(one("tmp/", "a/tmp/"));
	assert_false(one("tmp/", "a/tmp"));
	assert_true(one("/a/tmp/", "a/tmp/"));
	assert_false(one("/a/tmp/", "b/a/tmp/"));
}

static void
test_two_stars_span_directories(void **state)
{
	(void)state;
	assert_true(one("**/foo", "foo"));
	assert_true(one("**/foo", "a/b/foo"));
	assert_true(one("**/a/foo", "x/a/foo"));
	assert_true(one("a/**", "a/b"));
	assert_true(one("a/**", "a/b/c"));
	assert_false(one("a/**", "a/"));
	assert_true(one("a/**/b", "a/b"));
	assert_true(one("a/**/b", "a/x/b"));
	assert_true(one("a/**/b", "a/x/y/b"));
	assert_false(one("a/**/b", "a/x/y/c"));
	assert_true(one("a/**/b/*.c", "a/b/x/b/y.c"));
	assert_true(one("a**b", "axxb"));
	assert_false(one("x/a**b", "x/a/b"));
}

static void
test_last_match_wins(void **state)
{
	const char *const p[] = { "*.log", "!keep.log", "/a/keep.log", NULL };

	(void)state;
	assert_true(excluded(p, "x.log"));
	assert_false(excluded(p, "b/keep.log"));
	assert_true(excluded(p, "a/keep.log"));
}

static void
test_brackets(void **state)
{
	(void)state;
	assert_true(one("[abc]x", "bx"));
	assert_false(one("[abc]x", "dx"));
	assert_true(one("[a-c]x", "bx"));
	assert_true(one("[!a-c]x", "dx"));
	assert_false(one("[^a-c]x", "bx"));
	assert_true(one("[]]x", "]x"));
	assert_true(one("[]-]x", "-x"));
	assert_true(one("[[:digit:]]x", "7x"));
	assert_false(one("[[:digit:]]x", "ax"));
	assert_true(one("[a\\]]x", "]x"));
	assert_false(one("[abc", "a"));
	assert_false(one("[[:nonsense:]]", "a"));
}

static void
test_escapes_spaces_and_comments(void **state)
{
	(void)state;
	assert_true(one("\\#a", "#a"));
	assert_false(one("#a", "#a"));
	assert_true(one("\\!a", "!a"));
	assert_true(one("a  ", "a"));
	assert_true(one("a\\ ", "a "));
	assert_true(one("\\*", "*"));
	assert_false(one("\\*", "a"));
	assert_true(one("\\?", "?"));
	assert_false(one("", "a"));
	assert_false(one("   ", "a"));
	assert_false(one("/", "a"));
	assert_false(one("!", "a"));
	assert_false(one("a\\", "a"));
}

static void
test_bytes_are_bytes(void **state)
{
	(void)state;
	assert_true(one("\xff*", "\xff\xfe"));
	assert_true(one("[\x80-\xff]", "\x90"));
	assert_true(one("a?", "a\xc3"));
}

static void
test_stars_take_polynomial_time(void **state)
{
	char pattern[2001], text[256];
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		memcpy(pattern + 2 * i, "*a", 2);
	pattern[2000] = '\0';
	memset(text, 'a', 255);
	text[255] = '\0';
	assert_false(one(pattern, text));
	memcpy(pattern + 200, "b", 2);
	assert_false(one(pattern, text));
}

static const char *const git_patterns[][6] = {
	{ "*.o", NULL }, { "/a", NULL }, { "a/b", NULL }, { "b/", NULL },
	{ "**/c", NULL }, { "a/**", NULL }, { "a/**/c", NULL },
	{ "*", "!*/", "!*.o", NULL }, { "[ab]", NULL }, { "[!a]", NULL },
	{ "a*", "!a/b", NULL }, { "**", "!a", NULL }, { "/*/c", NULL },
	{ "b/**/", NULL }, { "**/b/**", NULL }, { "*/", "!b", NULL },
	{ "?.o", "\\a", NULL }, { "[[:alpha:]].o", NULL }, { "/**", NULL },
	{ "/**/a", NULL }, { "a/", "!a", NULL }, { "**/**/c", NULL },
	{ "**b", NULL }, { "a/b/**/c.o", NULL }, { "[a-", NULL },
	{ "b[/]c", NULL }, { "a[/x]", NULL }, { "**/", NULL },
	{ "a/*/../c", NULL }, { "//a", NULL }, { "a//b", NULL }
};

static const char *const git_names[] = { "a", "b", "c", "a.o", "c.o", " " };

/* Ask git about each path; how many it leaves out. */
static unsigned int
git_compare(const char *const *patterns, const char *dir)
{
	char cmd[512], path[64], line[128];
	size_t i, j, k, n = sizeof(git_names) / sizeof(git_names[0]);
	unsigned int left_out = 0;
	FILE *f;
	bool git, ours;

	snprintf(cmd, sizeof(cmd), "%s/.git/info/exclude", dir);
	f = fopen(cmd, "w");
	assert_non_null(f);
	for (i = 0; patterns[i] != NULL; i++)
		fprintf(f, "%s\n", patterns[i]);
	fclose(f);
	snprintf(cmd, sizeof(cmd), "cd %s && git check-ignore -v --no-index "
	    "-n --stdin < paths", dir);
	f = popen(cmd, "r");
	assert_non_null(f);
	for (i = 0; i < n; i++)
		for (j = 0; j < n; j++)
			for (k = 0; k < n; k++) {
				assert_non_null(fgets(line, sizeof(line), f));
				/* "source:line:pattern<tab>path" */
				git = line[0] != ':' &&
				    strstr(line, ":!") == NULL;
				left_out += git ? 1 : 0;
				snprintf(path, sizeof(path), "%s/%s/%s",
				    git_names[i], git_names[j],
				    git_names[k]);
				/* Ours is asked from the top down. */
				ours = false;
				path[strlen(git_names[i])] = '\0';
				snprintf(cmd, sizeof(cmd), "%s/",
				    git_names[i]);
				ours = excluded(patterns, cmd);
				snprintf(cmd, sizeof(cmd), "%s/%s/",
				    git_names[i], git_names[j]);
				ours = ours || excluded(patterns, cmd);
				snprintf(cmd, sizeof(cmd), "%s/%s/%s",
				    git_names[i], git_names[j],
				    git_names[k]);
				ours = ours || excluded(patterns, cmd);
				if (git != ours)
					fail_msg("%s %s: git %d, ours %d",
					    patterns[0], cmd, git, ours);
			}
	pclose(f);
	return left_out;
}

/* Three levels of directories and the list of the files in the lowest. */
static void
git_tree(const char *dir)
{
	char path[512];
	size_t i, j, k, n = sizeof(git_names) / sizeof(git_names[0]);
	FILE *f;

	snprintf(path, sizeof(path), "%s/paths", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	for (i = 0; i < n; i++)
		for (j = 0; j < n; j++) {
			snprintf(path, sizeof(path), "mkdir -p '%s/%s/%s'",
			    dir, git_names[i], git_names[j]);
			assert_int_equal(system(path), 0);
			for (k = 0; k < n; k++) {
				snprintf(path, sizeof(path), "%s/%s/%s/%s",
				    dir, git_names[i], git_names[j],
				    git_names[k]);
				assert_int_equal(close(open(path, O_CREAT |
				    O_WRONLY, 0600)), 0);
				fprintf(f, "%s/%s/%s\n", git_names[i],
				    git_names[j], git_names[k]);
			}
		}
	fclose(f);
}

static void
test_git_agrees(void **state)
{
	char dir[] = "/tmp/kho-exclude-XXXXXX", cmd[256];
	unsigned int left_out = 0;
	size_t i;

	(void)state;
	if (system("git --version >/dev/null 2>&1") != 0)
		skip();
	assert_non_null(mkdtemp(dir));
	snprintf(cmd, sizeof(cmd), "git init -q %s >/dev/null 2>&1", dir);
	assert_int_equal(system(cmd), 0);
	git_tree(dir);
	for (i = 0; i < sizeof(git_patterns) / sizeof(git_patterns[0]); i++)
		left_out += git_compare(git_patterns[i], dir);
	assert_in_range(left_out, 1000, 5000);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	assert_int_equal(system(cmd), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_match_at_any_depth),
		cmocka_unit_test(test_slash_anchors),
		cmocka_unit_test(test_trailing_slash_means_directories),
		cmocka_unit_test(test_two_stars_span_directories),
		cmocka_unit_test(test_last_match_wins),
		cmocka_unit_test(test_brackets),
		cmocka_unit_test(test_escapes_spaces_and_comments),
		cmocka_unit_test(test_bytes_are_bytes),
		cmocka_unit_test(test_stars_take_polynomial_time),
		cmocka_unit_test(test_git_agrees)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
