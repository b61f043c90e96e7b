/* test_outcome.c: what people read of the deltas of a job. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backupd/outcome.h"

static void
nothing_to_say_is_no_line(void **state)
{
	struct event_delta d = { .mode = JOB_DELTA_AUTO };
	char text[OUTCOME_TEXT_MAX];

	(void)state;
	d.rate = 1000;
	outcome_delta(&d, text);
	assert_string_equal(text, "");
}

static void
deltas_are_told_with_their_reason(void **state)
{
	struct event_delta d = { .why = EVENT_WHY_SLOW };
	char text[OUTCOME_TEXT_MAX];

	(void)state;
	d.rate = 5u << 20;
	d.chunks = 1901;
	d.by_delta = 812;
	d.delta_bytes = 3u << 20;
	d.signature_bytes = 1u << 20;
	d.raw_bytes = 130u << 20;
	d.again = 2;
	d.given_up = 1;
	d.stored = 500;
	outcome_delta(&d, text);
	assert_string_equal(text, "812 of 1,901 changed chunks came as"
	    " deltas; 4.0 MiB sent for 130.0 MiB; the link is slower than"
	    " making them (5.0 MiB/s); 2 went wrong and came whole; files"
	    " given up: 1; 500 chunks stored as deltas");
}

static void
deltas_left_out_are_told_with_their_reason(void **state)
{
	struct event_delta d = { .why = EVENT_WHY_FAST };
	char text[OUTCOME_TEXT_MAX];

	(void)state;
	d.rate = 118u << 20;
	d.chunks = 901;
	outcome_delta(&d, text);
	assert_string_equal(text, "0 of 901 changed chunks came as deltas;"
	    " the link is faster than making them (118.0 MiB/s)");
}

static void
the_longest_line_fits(void **state)
{
	struct event_delta d = { .why = EVENT_WHY_FAST };
	char text[OUTCOME_TEXT_MAX];

	(void)state;
	d.rate = d.chunks = d.by_delta = d.again = d.given_up = d.raw_bytes =
	    d.delta_bytes = d.stored = UINT64_MAX;
	outcome_delta(&d, text);
	assert_non_null(strstr(text, "chunks stored as deltas"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_to_say_is_no_line),
		cmocka_unit_test(deltas_are_told_with_their_reason),
		cmocka_unit_test(deltas_left_out_are_told_with_their_reason),
		cmocka_unit_test(the_longest_line_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
