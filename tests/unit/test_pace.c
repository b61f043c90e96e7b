/* test_pace.c: what the puller takes for the speed of the link. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backupd/pace.h"
#include "base/buf.h"
#include "wire/delta.h"

#define MS 1000000u
#define LEN (1u << 20)
#define FIRST (64u << 10)

/* A message of LEN bytes whose rest after FIRST takes ns. */
static void
message(struct pace *p, uint64_t from, uint64_t ns)
{
	pace_fed(p, FIRST);
	pace_rest(p, from);
	pace_fed(p, LEN - FIRST);
	pace_taken(p, LEN, from + ns);
}

/* What PACE says now; false if it says nothing. */
static int
told(struct pace *p, struct wire_pace *mp)
{
	struct buf *b = NULL;
	int any;

	assert_int_equal(buf_new(1000, &b), 0);
	assert_int_equal(pace_tell(p, b), 0);
	any = buf_len(b) > 0;
	if (any) {
		assert_int_equal(buf_skip(b, WIRE_HEAD_LEN), 0);
		assert_int_equal(wire_pace_decode(b, mp), 0);
	}
	buf_free(b);
	return any;
}

static void
long_message_tells_the_rate(void **state)
{
	struct pace p = { .fed = 0 };
	struct wire_pace m;

	(void)state;
	assert_false(told(&p, &m));
	message(&p, 5 * MS, 100 * MS);
	assert_true(told(&p, &m));
	/* 983,040 bytes in a tenth of a second */
	assert_in_range(m.rate, 9830000, 9831000);
	assert_int_equal(m.sign_ns, 0);
	assert_false(told(&p, &m));
}

static void
short_messages_and_whole_ones_tell_nothing(void **state)
{
	struct pace p = { .fed = 0 };
	struct wire_pace m;
	int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		pace_fed(&p, 100);
		pace_rest(&p, (uint64_t)i * MS);
		pace_fed(&p, 100);
		pace_taken(&p, 200, (uint64_t)i * MS + 7);
	}
	pace_fed(&p, LEN);
	pace_taken(&p, LEN, 1000 * MS);	/* it came with one read */
	assert_false(told(&p, &m));
}

static void
small_changes_are_not_told_and_large_ones_are(void **state)
{
	struct pace p = { .fed = 0 };
	struct wire_pace m;
	int i;

	(void)state;
	message(&p, 0, 100 * MS);
	assert_true(told(&p, &m));
	for (i = 1; i < 100; i++) {
		message(&p, (uint64_t)i * 1000 * MS, 110 * MS);
		assert_false(told(&p, &m));
	}
	for (i = 100; i < 200; i++)
		message(&p, (uint64_t)i * 1000 * MS, 10 * MS);
	assert_true(told(&p, &m));
	assert_in_range(m.rate, 97000000, 98400000);
}

static void
piled_up_bytes_are_not_measured(void **state)
{
	struct pace p = { .fed = 0 };
	struct wire_pace m;

	(void)state;
	pace_fed(&p, FIRST);
	pace_rest(&p, 0);
	pace_spoil(&p);
	pace_fed(&p, LEN - FIRST);
	pace_taken(&p, LEN, 1);
	/* the next has begun meanwhile, but after half of it we wait */
	pace_fed(&p, LEN / 2);
	pace_rest(&p, 2);
	assert_false(told(&p, &m));
	pace_dry(&p, 10 * MS);
	pace_fed(&p, LEN / 2);
	pace_taken(&p, LEN, 60 * MS);
	assert_true(told(&p, &m));
	assert_in_range(m.rate, 10485000, 10486000);
}

static void
signing_is_told_for_a_mebibyte(void **state)
{
	struct pace p = { .fed = 0 };
	struct wire_pace m;

	(void)state;
	pace_signed(&p, LEN / 4, MS);
	assert_true(told(&p, &m));
	assert_int_equal(m.rate, 0);
	assert_in_range(m.sign_ns, 4 * MS, 4 * MS + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_message_tells_the_rate),
		cmocka_unit_test(short_messages_and_whole_ones_tell_nothing),
		cmocka_unit_test(
		    small_changes_are_not_told_and_large_ones_are),
		cmocka_unit_test(piled_up_bytes_are_not_measured),
		cmocka_unit_test(signing_is_told_for_a_mebibyte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
