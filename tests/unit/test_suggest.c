/* test_suggest.c: edit distance, and what is worth suggesting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/suggest.h"

static const char *const words[] = {
	"daily", "hourly", "monthly", "last", NULL
};

static void
distance_counts_edits(void **state)
{
	(void)state;
	assert_int_equal(suggest_distance("daily", "daily"), 0);
	assert_int_equal(suggest_distance("dayly", "daily"), 1);
	assert_int_equal(suggest_distance("dialy", "daily"), 1);
	assert_int_equal(suggest_distance("", "daily"), 5);
	assert_int_equal(suggest_distance("dailyy", "daily"), 1);
}

static void
distance_refuses_long_words(void **state)
{
	char word[200];

	(void)state;
	memset(word, 'a', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_int_equal(suggest_distance(word, word), SUGGEST_WORD_MAX);
	assert_null(suggest_word(word, words));
}

static void
word_forgives_a_prefix(void **state)
{
	(void)state;
	assert_string_equal(suggest_word("keep_dayly", words), "daily");
	assert_string_equal(suggest_word("montly", words), "monthly");
}

static void
word_suggests_nothing_far(void **state)
{
	(void)state;
	assert_null(suggest_word("compression", words));
	assert_null(suggest_word("x", words));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distance_counts_edits),
		cmocka_unit_test(distance_refuses_long_words),
		cmocka_unit_test(word_forgives_a_prefix),
		cmocka_unit_test(word_suggests_nothing_far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
