/* test_phrase.c: keys on paper; typing errors are found, and where. */
#include "crypto/phrase.h"

#include <ctype.h>
#include <stdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/secret.h"

#define KEYS 100
#define STRIDE (PHRASE_GROUP_LEN + 1)

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static const char count_text[] = "000G48-0R40M5-30E206-9185GE-R38E1G-W81246-"
    "GK2GAZ-HC5RRC-34D1PZ-70X3RZ-FRMGZB";

static int
setup(void **state)
{
	(void)state;
	return crypto_init();
}

static void
count_key(uint8_t key[PHRASE_KEY_LEN])
{
	uint8_t i;

	for (i = 0; i < PHRASE_KEY_LEN; i++)
		key[i] = i;
}

/* The texts are from an independent implementation of the header's words. */
static void
known_phrases(void **state)
{
	uint8_t key[PHRASE_KEY_LEN], got[PHRASE_KEY_LEN];
	char text[PHRASE_MAX];

	(void)state;
	count_key(key);
	phrase_format(key, text);
	assert_string_equal(text, count_text);
	assert_int_equal(phrase_parse(text, got), 0);
	assert_memory_equal(got, key, PHRASE_KEY_LEN);
	memset(key, 0, sizeof(key));
	phrase_format(key, text);
	assert_string_equal(text, "00000A-00000M-00000Y-00000D-000007-00000S-"
	    "00000K-00000T-00000G-00000E-06BD2C");
}

static void
every_key_comes_back(void **state)
{
	uint8_t key[PHRASE_KEY_LEN], got[PHRASE_KEY_LEN];
	char text[PHRASE_MAX];
	int i;

	(void)state;
	for (i = 0; i < 20 * KEYS; i++) {
		crypto_random(key, sizeof(key));
		phrase_format(key, text);
		assert_int_equal(strlen(text), PHRASE_MAX - 1);
		assert_int_equal(phrase_parse(text, got), 0);
		assert_memory_equal(got, key, sizeof(key));
		assert_int_equal(phrase_error_group(text), 0);
	}
}

static void
typing_habits_are_accepted(void **state)
{
	uint8_t key[PHRASE_KEY_LEN], got[PHRASE_KEY_LEN];
	char lower[PHRASE_MAX], bare[PHRASE_MAX], odd[3 * PHRASE_MAX];
	size_t i, n = 0, m = 0;
	int c;

	(void)state;
	count_key(key);
	for (i = 0; i <= strlen(count_text); i++) {
		c = tolower((unsigned char)count_text[i]);
		lower[i] = (char)(c == '0' ? 'o' : c == '1' ? 'l' : c);
		if (c != '-')
			bare[n++] = count_text[i];
		odd[m++] = i % 2 == 0 ? ' ' : '-';
		odd[m++] = i % 3 == 0 ? '\n' : '\t';
		odd[m++] = (char)(c == '0' ? 'O' : c == '1' ? 'I' : c);
	}
	assert_int_equal(phrase_parse(lower, got), 0);
	assert_memory_equal(got, key, sizeof(key));
	memset(got, 0, sizeof(got));
	assert_int_equal(phrase_parse(bare, got), 0);
	assert_memory_equal(got, key, sizeof(key));
	memset(got, 0, sizeof(got));
	assert_int_equal(phrase_parse(odd, got), 0);
	assert_memory_equal(got, key, sizeof(key));
}

static void
wrong_shape_is_format(void **state)
{
	uint8_t key[PHRASE_KEY_LEN];
	char text[PHRASE_MAX + 8];

	(void)state;
	assert_int_equal(phrase_parse("", key), ERR_FORMAT);
	assert_int_equal(phrase_error_group(""), 1);
	(void)snprintf(text, sizeof(text), "%sA", count_text);
	assert_int_equal(phrase_parse(text, key), ERR_FORMAT);
	assert_int_equal(phrase_error_group(text), 0);
	(void)snprintf(text, sizeof(text), "%s", count_text);
	text[PHRASE_MAX - 2] = '\0';
	assert_int_equal(phrase_parse(text, key), ERR_FORMAT);
	assert_int_equal(phrase_error_group(text), PHRASE_GROUPS);
	(void)snprintf(text, sizeof(text), "%s", count_text);
	text[2 * STRIDE + 1] = 'U';
	assert_int_equal(phrase_parse(text, key), ERR_FORMAT);
	assert_int_equal(phrase_error_group(text), 3);
	text[2 * STRIDE + 1] = '\xc3';
	assert_int_equal(phrase_parse(text, key), ERR_FORMAT);
}

/* The text differs from what was formatted: it must be found, in group. */
static void
check_found(const char *text, size_t group)
{
	uint8_t key[PHRASE_KEY_LEN];

	if (phrase_parse(text, key) != ERR_CORRUPT ||
	    phrase_error_group(text) != group)
		fail_msg("unnoticed, or not in group %zu: %s", group, text);
}

static void
each_wrong_character_is_found(void **state)
{
	uint8_t key[PHRASE_KEY_LEN];
	char text[PHRASE_MAX], right;
	size_t i, j;
	int n;

	(void)state;
	for (n = 0; n < KEYS; n++) {
		crypto_random(key, sizeof(key));
		phrase_format(key, text);
		for (i = 0; i < PHRASE_MAX - 1; i++) {
			if ((right = text[i]) == '-')
				continue;
			for (j = 0; j < 32; j++) {
				text[i] = alphabet[j];
				if (alphabet[j] != right)
					check_found(text, i / STRIDE + 1);
			}
			text[i] = right;
		}
	}
}

static void
each_exchange_of_neighbours_is_found(void **state)
{
	uint8_t key[PHRASE_KEY_LEN];
	char text[PHRASE_MAX], first;
	size_t i, j;
	int n;

	(void)state;
	for (n = 0; n < 10 * KEYS; n++) {
		crypto_random(key, sizeof(key));
		phrase_format(key, text);
		for (i = 0; i < PHRASE_MAX - 2; i++) {
			j = text[i + 1] == '-' ? i + 2 : i + 1;
			first = text[i];
			if (first == '-' || first == text[j])
				continue;
			text[i] = text[j];
			text[j] = first;
			check_found(text, i / STRIDE + 1);
			text[j] = text[i];
			text[i] = first;
		}
	}
}

static void
each_exchange_of_groups_is_found(void **state)
{
	uint8_t key[PHRASE_KEY_LEN];
	char text[PHRASE_MAX], first[PHRASE_GROUP_LEN];
	size_t i, j;

	(void)state;
	crypto_random(key, sizeof(key));
	phrase_format(key, text);
	for (i = 0; i < PHRASE_GROUPS; i++) {
		for (j = i + 1; j < PHRASE_GROUPS; j++) {
			memcpy(first, text + i * STRIDE, sizeof(first));
			memmove(text + i * STRIDE, text + j * STRIDE,
			    sizeof(first));
			memcpy(text + j * STRIDE, first, sizeof(first));
			check_found(text, i + 1);
			phrase_format(key, text);
		}
	}
}

/* A group changed so that its own check still holds. */
static void
checksum_guards_what_groups_cannot(void **state)
{
	char text[PHRASE_MAX];
	uint8_t got[PHRASE_KEY_LEN];

	(void)state;
	/* The first group of the key of zeros before the rest of the other. */
	(void)snprintf(text, sizeof(text), "00000A%s", count_text + 6);
	assert_int_equal(phrase_error_group(text), 0);
	assert_int_equal(phrase_parse(text, got), ERR_CORRUPT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_phrases),
		cmocka_unit_test(every_key_comes_back),
		cmocka_unit_test(typing_habits_are_accepted),
		cmocka_unit_test(wrong_shape_is_format),
		cmocka_unit_test(each_wrong_character_is_found),
		cmocka_unit_test(each_exchange_of_neighbours_is_found),
		cmocka_unit_test(each_exchange_of_groups_is_found),
		cmocka_unit_test(checksum_guards_what_groups_cannot),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
