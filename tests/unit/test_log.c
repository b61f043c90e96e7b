/* test_log.c: lines are whole, escaped, and where they belong. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"

static char last[16384];
static enum log_level last_level;
static int lines;

static void
sink(enum log_level level, const char *line, void *arg)
{
	assert_ptr_equal(arg, &lines);
	snprintf(last, sizeof(last), "%s", line);
	last_level = level;
	lines++;
}

static void
assert_escapes(const char *src, size_t len, const char *want)
{
	char dst[256];

	log_escape(dst, sizeof(dst), src, len);
	assert_string_equal(dst, want);
}

#define ESCAPES(src, want) assert_escapes(src, sizeof(src) - 1, want)

static void
test_escape_keeps_text(void **state)
{
	(void)state;
	ESCAPES("", "");
	ESCAPES("plain ~!", "plain ~!");
	ESCAPES("Kho l\xc6\xb0u tr\xe1\xbb\xaf",
	    "Kho l\xc6\xb0u tr\xe1\xbb\xaf");
	ESCAPES("\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf",
	    "\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf");
}

static void
test_escape_stops_forgery(void **state)
{
	(void)state;
	ESCAPES("a\nkho: b", "a\\x0akho: b");
	ESCAPES("\r\t\x1b[2J\x7f", "\\x0d\\x09\\x1b[2J\\x7f");
	ESCAPES("a\0b", "a\\x00b");
	ESCAPES("\\x41", "\\x5cx41");
	ESCAPES("\xc2\x9b" "2J", "\\xc2\\x9b2J");
	ESCAPES("\xe2\x80\xae", "\\xe2\\x80\\xae");
	ESCAPES("\xe2\x81\xa6", "\\xe2\\x81\\xa6");
}

static void
test_escape_knows_bad_utf8(void **state)
{
	(void)state;
	ESCAPES("\x80", "\\x80");
	ESCAPES("\xc0\xaf", "\\xc0\\xaf");
	ESCAPES("\xe0\x9f\xbf", "\\xe0\\x9f\\xbf");
	ESCAPES("\xed\xa0\x80", "\\xed\\xa0\\x80");
	ESCAPES("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
	ESCAPES("\xe1\xbb", "\\xe1\\xbb");
	ESCAPES("\xc3(", "\\xc3(");
}

static void
test_escape_cuts(void **state)
{
	char dst[64];
	size_t n;

	(void)state;
	log_escape(dst, 7, "abcdef", 6);
	assert_string_equal(dst, "abcdef");
	log_escape(dst, 7, "abcdefg", 7);
	assert_string_equal(dst, "abc...");
	log_escape(dst, 8, "ab\ncd", 5);
	assert_string_equal(dst, "ab...");
	log_escape(dst, 8, "abc\xe1\xbb\xaf" "de", 8);
	assert_string_equal(dst, "abc...");
	for (n = 1; n < sizeof(dst); n++) {
		memset(dst, 'x', sizeof(dst));
		log_escape(dst, n, "a\n\xc6\xb0\\\xff" "bcdefghijklmno", 20);
		assert_non_null(memchr(dst, '\0', n));
		assert_int_equal(dst[n], 'x');
	}
	dst[0] = 'x';
	log_escape(dst, 0, "a", 1);
	assert_int_equal(dst[0], 'x');
}

static void
test_level_filters(void **state)
{
	(void)state;
	log_open("test", LOG_WARN);
	log_sink(sink, &lines);
	lines = 0;
	log_info("no");
	log_debug("no");
	assert_int_equal(lines, 0);
	log_warn("disk %d", 3);
	assert_string_equal(last, "disk 3");
	assert_int_equal(last_level, LOG_WARN);
	log_error("bad\n");
	assert_string_equal(last, "bad\\x0a");
	assert_int_equal(lines, 2);
	log_sink(NULL, NULL);
}

static void
test_reason_follows(void **state)
{
	char want[128];

	(void)state;
	log_sink(sink, &lines);
	log_err(ERR_NOENT, "store %s: get", "x");
	snprintf(want, sizeof(want), "store x: get: %s", err_text(ERR_NOENT));
	assert_string_equal(last, want);
	log_errno(EACCES, "file %s: open", "f");
	snprintf(want, sizeof(want), "file f: open: %s", strerror(EACCES));
	assert_string_equal(last, want);
	log_sink(NULL, NULL);
}

static void
test_long_line_keeps_reason(void **state)
{
	char *name, want[128];

	(void)state;
	assert_non_null(name = malloc(5001));
	memset(name, '\n', 5000);
	name[5000] = '\0';
	log_sink(sink, &lines);
	log_err(ERR_NOENT, "%s", name);
	snprintf(want, sizeof(want), "\\x0a...: %s", err_text(ERR_NOENT));
	assert_true(strlen(last) > strlen(want));
	assert_string_equal(last + strlen(last) - strlen(want), want);
	log_error("%s", name);
	assert_string_equal(last + strlen(last) - 7, "\\x0a...");
	log_sink(NULL, NULL);
	free(name);
}

static void *
log_many(void *arg)
{
	int i;

	for (i = 0; i < 100; i++)
		log_error("%s", (const char *)arg);
	return NULL;
}

/* Log from two threads into file; stderr is put back before any assert. */
static void
log_to(FILE *file, char *a, char *b)
{
	pthread_t thread;
	int saved;

	fflush(stderr);
	saved = dup(STDERR_FILENO);
	dup2(fileno(file), STDERR_FILENO);
	if (pthread_create(&thread, NULL, log_many, a) == 0) {
		log_many(b);
		pthread_join(thread, NULL);
	}
	dup2(saved, STDERR_FILENO);
	close(saved);
}

static void
test_lines_of_threads_do_not_mix(void **state)
{
	char a[501], b[501], want_a[600], want_b[600], line[1024];
	FILE *f;
	int n = 0;

	(void)state;
	memset(a, 'a', 500);
	memset(b, 'b', 500);
	a[500] = b[500] = '\0';
	log_open("test", LOG_INFO);
	snprintf(want_a, sizeof(want_a), "test: error: %s\n", a);
	snprintf(want_b, sizeof(want_b), "test: error: %s\n", b);
	assert_non_null(f = tmpfile());
	log_to(f, a, b);
	rewind(f);
	for (; fgets(line, sizeof(line), f) != NULL; n++)
		assert_true(strcmp(line, want_a) == 0 ||
		    strcmp(line, want_b) == 0);
	assert_int_equal(n, 200);
	fclose(f);
}

static void
test_works_unopened(void **state)
{
	(void)state;
	log_sink(sink, &lines);
	log_info("early");
	assert_string_equal(last, "early");
	log_sink(NULL, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		{ "logs before it is opened", test_works_unopened,
		    NULL, NULL, NULL },
		{ "escape keeps valid text", test_escape_keeps_text,
		    NULL, NULL, NULL },
		{ "escape stops forged lines and terminal codes",
		    test_escape_stops_forgery, NULL, NULL, NULL },
		{ "escape knows bad UTF-8", test_escape_knows_bad_utf8,
		    NULL, NULL, NULL },
		{ "escape cuts between characters", test_escape_cuts,
		    NULL, NULL, NULL },
		{ "level filters", test_level_filters, NULL, NULL, NULL },
		{ "reason follows the message", test_reason_follows,
		    NULL, NULL, NULL },
		{ "a long line is cut and keeps its reason",
		    test_long_line_keeps_reason, NULL, NULL, NULL },
		{ "lines of threads do not mix",
		    test_lines_of_threads_do_not_mix, NULL, NULL, NULL }
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
