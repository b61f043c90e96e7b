/* test_text.c: sizes, durations, tables and progress as people read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/progress.h"
#include "cli/text.h"

static void
expect_size(uint64_t bytes, const char *want)
{
	char out[CLI_TEXT_MAX];

	cli_size_format(bytes, out);
	assert_string_equal(out, want);
}

static void
sizes_have_one_decimal(void **state)
{
	(void)state;
	expect_size(0, "0 B");
	expect_size(1023, "1023 B");
	expect_size(1024, "1.0 KiB");
	expect_size(1536, "1.5 KiB");
	expect_size(1048575, "1.0 MiB");
	expect_size(33715493273, "31.4 GiB");
	expect_size(UINT64_MAX, "16.0 EiB");
}

static void
expect_duration(int64_t s, const char *want)
{
	char out[CLI_TEXT_MAX];

	cli_duration_format(s, out);
	assert_string_equal(out, want);
}

static void
durations_and_counts_are_short(void **state)
{
	char out[CLI_TEXT_MAX];

	(void)state;
	expect_duration(45, "45 s");
	expect_duration(59 * 60 + 59, "59 min");
	expect_duration(2 * 3600 + 5 * 60, "2 h 05 min");
	expect_duration(3 * 86400 + 7, "3 days");
	expect_duration(-5, "0 s");
	cli_count_format(48902, out);
	assert_string_equal(out, "48,902");
	cli_count_format(UINT64_MAX, out);
	assert_string_equal(out, "18,446,744,073,709,551,615");
	cli_count_format(999, out);
	assert_string_equal(out, "999");
}

static void
tables_pad_by_width(void **state)
{
	struct cli_table *t;
	char *out = NULL;
	size_t len;
	FILE *f;

	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	assert_int_equal(cli_text_width("h\xE1\xBB\x93"), 2);
	assert_non_null(f = open_memstream(&out, &len));
	assert_int_equal(cli_table_new(3, 1u << 1, &t), 0);
	cli_table_cell(t, "NAME");
	cli_table_cell(t, "N");
	cli_table_cell(t, "NOTE");
	cli_table_cell(t, "h\xE1\xBB\x93");
	cli_table_cell(t, "12");
	cli_table_cell(t, "");
	cli_table_cell(t, "a\033b");
	cli_table_cell(t, "3");
	cli_table_cell(t, "x");
	assert_int_equal(cli_table_print(t, f, 1), 0);
	fclose(f);
	assert_null(strchr(out, '\033'));
	assert_non_null(strstr(out, " h\xE1\xBB\x93      12\n"));
	assert_non_null(strstr(out, " a\\x1bb   3  x\n"));
	free(out);
	cli_table_free(t);
}

static void
progress_tells_what_is_known(void **state)
{
	struct cli_progress_state s = {
		.phase = 3, .phases = 4, .name = "copy",
		.files_done = 30310, .files_total = 48902,
		.bytes_done = 21260088115, .bytes_total = 34252364186
	};
	char out[CLI_PROGRESS_MAX];

	(void)state;
	cli_progress_format(&s, 24 << 20, 520, out);
	assert_string_equal(out, "[3/4 copy] 62%  30,310/48,902 files  "
	    "19.8/31.9 GiB  24 MiB/s  8 min left");
	s = (struct cli_progress_state){ .files_done = 7, .bytes_done = 512,
		.problems = 1 };
	cli_progress_format(&s, 0, -1, out);
	assert_string_equal(out, "7 files  512 B  1 problem");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_have_one_decimal),
		cmocka_unit_test(durations_and_counts_are_short),
		cmocka_unit_test(tables_pad_by_width),
		cmocka_unit_test(progress_tells_what_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
