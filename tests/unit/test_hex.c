/* test_hex.c: bytes as text and back. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "base/hex.h"

static void
test_known_bytes(void **state)
{
	const uint8_t data[] = { 0x00, 0x0f, 0xa5, 0xff };
	char text[9];

	(void)state;
	hex_format(data, 4, text);
	assert_string_equal(text, "000fa5ff");
	hex_format(data, 0, text);
	assert_string_equal(text, "");
}

static void
test_parse_gives_back_all_bytes(void **state)
{
	uint8_t data[256], back[256];
	char text[513];
	size_t i;

	(void)state;
	for (i = 0; i < 256; i++)
		data[i] = (uint8_t)i;
	hex_format(data, 256, text);
	assert_int_equal(hex_parse(text, back, 256), 0);
	assert_memory_equal(data, back, 256);
}

static void
test_parse_takes_upper_case(void **state)
{
	uint8_t v[2];

	(void)state;
	assert_int_equal(hex_parse("AbCD", v, 2), 0);
	assert_int_equal(v[0], 0xab);
	assert_int_equal(v[1], 0xcd);
}

static void
test_parse_wants_exact_length_and_digits(void **state)
{
	static const char *const bad[] = {
		"", "a", "ab", "abc", "abcde", "abcdef", "abcg", "ab d",
		"0x12", "-abc", "ab\xc3\xa9"
	};
	uint8_t v[2] = { 7, 7 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(hex_parse(bad[i], v, 2), ERR_FORMAT);
	assert_int_equal(v[0], 7);
	assert_int_equal(v[1], 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		{ "format writes lower case", test_known_bytes,
		    NULL, NULL, NULL },
		{ "parse gives back what format wrote",
		    test_parse_gives_back_all_bytes, NULL, NULL, NULL },
		{ "parse takes upper case", test_parse_takes_upper_case,
		    NULL, NULL, NULL },
		{ "parse wants exact length and digits",
		    test_parse_wants_exact_length_and_digits,
		    NULL, NULL, NULL }
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
