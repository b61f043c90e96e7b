/* test_token.c: the words of a policy file and their places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/internal.h"

struct fixture {
	struct arena *arena;
	struct policy_report *report;
	struct scanner s;
};

static int
setup(void **state)
{
	static struct fixture f;

	if (arena_new(&f.arena) != 0 || policy_report_new(&f.report) != 0)
		return -1;
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(f->arena);
	policy_report_free(f->report);
	return 0;
}

static void
begin(struct fixture *f, const char *text)
{
	scanner_init(&f->s, text, strlen(text), f->arena, f->report);
}

static struct token
next(struct fixture *f)
{
	struct token t;

	assert_int_equal(scanner_next(&f->s, &t), 0);
	return t;
}

static void
places_count_characters(void **state)
{
	struct fixture *f = *state;
	struct token t;

	begin(f, "\xEF\xBB\xBF# x\n\tname = \"xã A\" ; port\r\n");
	t = next(f);
	assert_int_equal(t.kind, TOKEN_NAME);
	assert_int_equal(t.place.line, 2);
	assert_int_equal(t.place.col, 2);
	assert_int_equal(t.place.width, 4);
	assert_true(t.first);
	assert_int_equal(next(f).punct, '=');
	t = next(f);
	assert_int_equal(t.kind, TOKEN_STRING);
	assert_string_equal(t.str, "xã A");
	assert_int_equal(t.place.col, 9);
	assert_int_equal(t.place.width, 6);
	t = next(f);
	assert_int_equal(t.punct, ';');
	assert_int_equal(t.place.col, 16);
	assert_int_equal(next(f).place.col, 18);
	assert_int_equal(next(f).kind, TOKEN_END);
}

static void
numbers_keep_their_value(void **state)
{
	struct fixture *f = *state;
	struct token t;

	begin(f, "-7 0x1F 2.5 0 2147483647 1e3");
	assert_int_equal(next(f).num, -7);
	assert_int_equal(next(f).num, 31);
	t = next(f);
	assert_int_equal(t.kind, TOKEN_FLOAT);
	assert_true(t.real > 2.49 && t.real < 2.51);
	assert_int_equal(next(f).num, 0);
	assert_int_equal(next(f).num, 2147483647);
	t = next(f);
	assert_int_equal(t.kind, TOKEN_FLOAT);
	assert_true(t.real > 999 && t.real < 1001);
	assert_int_equal(policy_report_count(f->report, POLICY_ERROR), 0);
}

static void
truths_have_any_case(void **state)
{
	struct fixture *f = *state;
	struct token t;

	begin(f, "True FALSE");
	t = next(f);
	assert_int_equal(t.kind, TOKEN_BOOL);
	assert_int_equal(t.num, 1);
	t = next(f);
	assert_int_equal(t.kind, TOKEN_BOOL);
	assert_int_equal(t.num, 0);
}

static void
strings_take_two_escapes(void **state)
{
	struct fixture *f = *state;

	begin(f, "\"a\\\"b\\\\c\" \"x\\ty\"");
	assert_string_equal(next(f).str, "a\"b\\c");
	assert_int_equal(policy_report_count(f->report, POLICY_ERROR), 0);
	assert_int_equal(next(f).kind, TOKEN_BAD);
	assert_int_equal(policy_report_get(f->report, 0)->code,
	    POLICY_P008_BACKSLASH);
}

static void
string_ends_with_its_line(void **state)
{
	struct fixture *f = *state;

	begin(f, "\"abc\nnext");
	assert_int_equal(next(f).kind, TOKEN_BAD);
	assert_int_equal(next(f).place.line, 2);
	assert_int_equal(policy_report_get(f->report, 0)->code,
	    POLICY_P007_UNCLOSED);
}

static void
big_numbers_are_refused(void **state)
{
	static const char *const texts[] = {
		"2147483648", "-2147483649", "5000000000", "0x80000000",
		"99999999999999999999999", "7L", "7LL", "010"
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		begin(f, texts[i]);
		assert_int_equal(next(f).kind, TOKEN_BAD);
		assert_int_equal(policy_report_get(f->report, i)->code,
		    POLICY_P009_NUMBER);
	}
}

static void
comments_of_all_kinds_are_skipped(void **state)
{
	struct fixture *f = *state;
	struct token t;

	begin(f, "# a\n// b\n/* c\n * d */ e");
	t = next(f);
	assert_int_equal(t.kind, TOKEN_NAME);
	assert_int_equal(t.place.line, 4);
	assert_int_equal(t.place.col, 9);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(places_count_characters,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(numbers_keep_their_value,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(truths_have_any_case,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(strings_take_two_escapes,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(string_ends_with_its_line,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(big_numbers_are_refused,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    comments_of_all_kinds_are_skipped, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
