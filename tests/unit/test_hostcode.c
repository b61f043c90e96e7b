/* test_hostcode.c: codes of host keys, and slips in typing them. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hash/hostcode.h"

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void
known_code(void **state)
{
	char code[HOSTCODE_MAX];

	(void)state;
	/* SHA-256("abc") is ba7816bf 8f01cfea 4141...: 10111 01001 11100 ... */
	assert_int_equal(hostcode_of((const uint8_t *)"abc", 3, code), 0);
	assert_memory_equal(code, "Q9W1-DFWF-077Y-MGA", 18);
	assert_int_equal(strlen(code), HOSTCODE_MAX - 1);
}

static void
typed_in_many_ways(void **state)
{
	char code[HOSTCODE_MAX], typed[64], got[HOSTCODE_MAX];
	size_t i, n = 0;

	(void)state;
	assert_int_equal(hostcode_of((const uint8_t *)"abc", 3, code), 0);
	for (i = 0; code[i] != '\0'; i++) {
		if (code[i] == '-')
			continue;
		typed[n++] = code[i] == '0' ? 'o' : code[i] == '1' ? 'l' :
		    (char)(code[i] | 0x20);
		if (i % 3 == 0)
			typed[n++] = ' ';
	}
	typed[n] = '\0';
	assert_int_equal(hostcode_parse(typed, got), 0);
	assert_string_equal(got, code);
	assert_int_equal(hostcode_parse(code, got), 0);
	assert_string_equal(got, code);
}

static void
slips_are_found(void **state)
{
	char code[HOSTCODE_MAX], bad[HOSTCODE_MAX], got[HOSTCODE_MAX];
	size_t i, k;

	(void)state;
	assert_int_equal(hostcode_of((const uint8_t *)"abc", 3, code), 0);
	for (i = 0; code[i] != '\0'; i++) {
		if (code[i] == '-')
			continue;
		for (k = 0; digits[k] != '\0'; k++) {
			if (digits[k] == code[i])
				continue;
			memcpy(bad, code, sizeof(bad));
			bad[i] = digits[k];
			assert_int_equal(hostcode_parse(bad, got),
			    ERR_CORRUPT);
		}
	}
	assert_int_equal(hostcode_parse("", got), ERR_FORMAT);
	assert_int_equal(hostcode_parse("Q9W1-DFWF-077Y-MG", got),
	    ERR_FORMAT);
	assert_int_equal(hostcode_parse("Q9W1-DFWF-077Y-MGAA-B", got),
	    ERR_FORMAT);
	assert_int_equal(hostcode_parse("U9W1-DFWF-077Y-MGAA", got),
	    ERR_FORMAT);
	assert_int_equal(hostcode_parse("\xc3\xa9", got), ERR_FORMAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_code),
		cmocka_unit_test(typed_in_many_ways),
		cmocka_unit_test(slips_are_found)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
