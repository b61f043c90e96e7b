/* test_escape.c: any bytes as one line, and back. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "restore/escape.h"

/* Escape, look, and come back. */
static void
round_trip(const void *data, size_t len)
{
	struct buf *b;
	uint8_t *text;
	size_t n, i;

	assert_int_equal(buf_new(65536, &b), 0);
	assert_int_equal(escape_format(data, len, b), 0);
	text = (uint8_t *)(uintptr_t)buf_ptr(b);
	n = buf_len(b);
	for (i = 0; i < n; i++)
		assert_true(text[i] >= 0x20 && text[i] != 0x7f);
	assert_int_equal(escape_parse((char *)text, n, &n), 0);
	assert_int_equal(n, len);
	if (len > 0)
		assert_memory_equal(text, data, len);
	buf_free(b);
}

static void
test_every_byte_comes_back(void **state)
{
	uint8_t all[256], one;
	unsigned int i;

	(void)state;
	for (i = 0; i < 256; i++) {
		all[i] = one = (uint8_t)i;
		round_trip(&one, 1);
	}
	round_trip(all, sizeof(all));
	round_trip("", 0);
	round_trip("\\x41", 4);
	round_trip("H\xe1\xbb\x93 s\xc6\xa1", 8);
}

static void
test_wrong_escapes_are_refused(void **state)
{
	static const char *const wrong[] = { "\\", "\\x", "\\x4", "\\y41",
	    "a\\xzz", "a\\" };
	char text[16];
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		strcpy(text, wrong[i]);
		assert_int_equal(escape_parse(text, strlen(text), &n),
		    ERR_FORMAT);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_byte_comes_back),
		cmocka_unit_test(test_wrong_escapes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
