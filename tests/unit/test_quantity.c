/* test_quantity.c: sizes, times, rates and percentages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/quantity.h"

struct good {
	const char *text;
	enum quantity_kind kind;
	int64_t	 value;
};

struct bad {
	const char *text;
	enum quantity_kind kind;
	int	 err;
};

static void
reads_what_is_right(void **state)
{
	static const struct good cases[] = {
		{ "0 B", QUANTITY_SIZE, 0 },
		{ "20 GiB", QUANTITY_SIZE, 20LL << 30 },
		{ "20GiB", QUANTITY_SIZE, 20LL << 30 },
		{ "1.5 KiB", QUANTITY_SIZE, 1536 },
		{ "0.000001 TiB", QUANTITY_SIZE, 1099511 },
		{ "9223372036854775807 B", QUANTITY_SIZE, INT64_MAX },
		{ "5 min", QUANTITY_TIME, 300 },
		{ "1 h", QUANTITY_TIME, 3600 },
		{ "1 day", QUANTITY_TIME, 86400 },
		{ "24 months", QUANTITY_TIME, 24LL * 30 * 86400 },
		{ "2 MiB/s", QUANTITY_RATE, 2LL << 20 },
		{ "30 %", QUANTITY_PERCENT, 3000 },
		{ "0.6%", QUANTITY_PERCENT, 60 },
		{ "100 %", QUANTITY_PERCENT, 10000 }
	};
	int64_t v;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		v = -1;
		assert_int_equal(quantity_parse(cases[i].text, cases[i].kind,
		    &v), 0);
		if (v != cases[i].value)
			fail_msg("%s: %lld", cases[i].text, (long long)v);
	}
}

static void
refuses_what_is_wrong(void **state)
{
	static const struct bad cases[] = {
		{ "", QUANTITY_SIZE, ERR_FORMAT },
		{ "20", QUANTITY_SIZE, ERR_FORMAT },
		{ "20 KB", QUANTITY_SIZE, ERR_FORMAT },
		{ "20 gib", QUANTITY_SIZE, ERR_FORMAT },
		{ "-1 GiB", QUANTITY_SIZE, ERR_FORMAT },
		{ " 1 GiB", QUANTITY_SIZE, ERR_FORMAT },
		{ "1 GiB ", QUANTITY_SIZE, ERR_FORMAT },
		{ "1. GiB", QUANTITY_SIZE, ERR_FORMAT },
		{ "1e3 B", QUANTITY_SIZE, ERR_FORMAT },
		{ "9223372036854775808 B", QUANTITY_SIZE, ERR_TOOBIG },
		{ "8388608 TiB", QUANTITY_SIZE, ERR_TOOBIG },
		{ "99999999999999999999 B", QUANTITY_SIZE, ERR_TOOBIG },
		{ "5", QUANTITY_TIME, ERR_FORMAT },
		{ "5 GiB", QUANTITY_TIME, ERR_FORMAT },
		{ "2 MiB", QUANTITY_RATE, ERR_FORMAT },
		{ "101 %", QUANTITY_PERCENT, ERR_TOOBIG },
		{ "100.1 %", QUANTITY_PERCENT, ERR_TOOBIG }
	};
	int64_t v = 77;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r = quantity_parse(cases[i].text, cases[i].kind, &v);
		if (r != cases[i].err)
			fail_msg("\"%s\": %d", cases[i].text, r);
	}
	assert_int_equal(v, 77);
}

static void
examples_are_right(void **state)
{
	int64_t v;
	int kind;

	(void)state;
	for (kind = QUANTITY_SIZE; kind <= QUANTITY_PERCENT; kind++)
		assert_int_equal(quantity_parse(quantity_example(
		    (enum quantity_kind)kind), (enum quantity_kind)kind, &v),
		    0);
}

static void
values_are_told_in_their_largest_unit(void **state)
{
	static const struct {
		int64_t	 v;
		enum quantity_kind kind;
		const char *text;
	} cases[] = {
		{ 0, QUANTITY_TIME, "0 s" },
		{ 90, QUANTITY_TIME, "90 s" },
		{ 3600, QUANTITY_TIME, "1 h" },
		{ 86400, QUANTITY_TIME, "1 day" },
		{ 2 * 86400, QUANTITY_TIME, "2 days" },
		{ 7 * 86400, QUANTITY_TIME, "1 week" },
		{ 14 * 86400, QUANTITY_TIME, "2 weeks" },
		{ 1 << 20, QUANTITY_SIZE, "1 MiB" },
		{ 1025, QUANTITY_RATE, "1025 B/s" },
		{ 1250, QUANTITY_PERCENT, "12.50 %" },
		{ 9000, QUANTITY_PERCENT, "90 %" }
	};
	char text[QUANTITY_TEXT_MAX];
	int64_t v;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		quantity_format(cases[i].v, cases[i].kind, text);
		assert_string_equal(text, cases[i].text);
		assert_int_equal(quantity_parse(text, cases[i].kind, &v), 0);
		assert_int_equal(v, cases[i].v);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_is_right),
		cmocka_unit_test(refuses_what_is_wrong),
		cmocka_unit_test(examples_are_right),
		cmocka_unit_test(values_are_told_in_their_largest_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
