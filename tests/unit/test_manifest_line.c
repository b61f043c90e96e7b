/* test_manifest_line.c: a line of a manifest as text, and back. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "restore/manifest.h"

/* Format l and compare with text; parse it and format again. */
static void
round_trip(const struct manifest_line *l, const char *text)
{
	struct manifest_line back;
	struct buf *b, *again;

	assert_int_equal(buf_new(65536, &b), 0);
	assert_int_equal(buf_new(65536, &again), 0);
	assert_int_equal(manifest_line_format(l, b), 0);
	assert_int_equal(buf_len(b), strlen(text));
	assert_memory_equal(buf_ptr(b), text, strlen(text));
	assert_int_equal(manifest_line_parse((char *)(uintptr_t)buf_ptr(b),
	    buf_len(b) - 1, &back), 0);
	assert_int_equal(back.path_len, l->path_len);
	assert_memory_equal(back.path, l->path, l->path_len);
	assert_int_equal(back.attr.mtime, l->attr.mtime);
	assert_int_equal(manifest_line_format(&back, again), 0);
	assert_int_equal(buf_len(again), strlen(text));
	assert_memory_equal(buf_ptr(again), text, strlen(text));
	buf_free(b);
	buf_free(again);
}

static void
test_a_file(void **state)
{
	struct manifest_line l = { .have = MANIFEST_HASH };

	(void)state;
	l.attr.type = ATTR_FILE;
	l.attr.have = ATTR_MODE | ATTR_OWNER | ATTR_SIZE | ATTR_MTIME |
	    ATTR_MTIME_NS;
	l.attr.mode = 04755;
	l.attr.uid = 1000;
	l.attr.gid = 4294967294u;
	l.attr.size = 5;
	l.attr.mtime = -315619200;
	l.attr.mtime_ns = 500000000;
	memset(l.hash, 0xab, sizeof(l.hash));
	l.path = (const uint8_t *)"srv/a b\n\xff";
	l.path_len = 9;
	round_trip(&l, "f 4755 1000 4294967294 5 -315619200.500000000 "
	    "abababababababababababababababab"
	    "abababababababababababababababab srv/a b\\x0a\\xff\n");
	l.have |= MANIFEST_SPARSE;
	l.path_len = 5;
	round_trip(&l, "f 4755 1000 4294967294 5 -315619200.500000000 "
	    "zabababababababababababababababab"
	    "abababababababababababababababab srv/a\n");
}

static void
test_what_is_not_known(void **state)
{
	struct manifest_line l = { .have = 0 };

	(void)state;
	l.attr.type = ATTR_DIR;
	l.path = (const uint8_t *)".";
	l.path_len = 1;
	round_trip(&l, "d - - - - - - .\n");
	l.attr.type = ATTR_BLOCK;
	l.attr.have = ATTR_RDEV;
	l.attr.rdev_major = 8;
	l.attr.rdev_minor = 1;
	round_trip(&l, "b - - - 8:1 - - .\n");
	l.attr.type = 0;
	assert_int_equal(manifest_line_format(&l, NULL), ERR_FORMAT);
}

static void
test_wrong_lines_are_refused(void **state)
{
	static const char *const wrong[] = {
		"", "f", "f - - - - - -", "f - - - - - - ",
		"? - - - - - - a", "x - - - - - - a", "fd - - - - - - a",
		"f 9 - - - - - a", "f 17777 - - - - - a", "f - 1 - - - - a",
		"f - 1 4294967296 - - - a", "f - - - -1 - - a",
		"f - - - 1x - - a", "f - - - - 1 - a", "f - - - - 1.5 - a",
		"f - - - - 1.0000000000 - a", "f - - - - +1.000000000 - a",
		"f - - - - - ab a", "f - - - - - z a", "f  - - - - - - a",
		"c - - - 8 - - a", "c - - - 8:x - - a", "f - - - - - - \\x",
	};
	struct manifest_line l;
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		strcpy(text, wrong[i]);
		assert_int_equal(manifest_line_parse(text, strlen(wrong[i]),
		    &l), ERR_FORMAT);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_file),
		cmocka_unit_test(test_what_is_not_known),
		cmocka_unit_test(test_wrong_lines_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
