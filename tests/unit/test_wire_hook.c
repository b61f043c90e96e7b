/* test_wire_hook.c: HOOK, HOOKED and LOAD, and what a name may be. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "tests/unit/wire_samples.h"
#include "wire/hook.h"

static int
hook_make(struct buf *out)
{
	return wire_hook_encode(&(struct wire_hook){ WIRE_AFTER_FAILURE,
	    WIRE_HOOK_TIME_MAX, "0-Db_dump.sh", "documents" }, out);
}

static int
hook_again(struct buf *b, struct buf *out)
{
	struct wire_hook m;
	int r = wire_hook_decode(b, &m);

	return r != 0 ? r : wire_hook_encode(&m, out);
}

static int
hooked_make(struct buf *out)
{
	return wire_hooked_encode(&(struct wire_hooked){ WIRE_HOOK_SIGNAL,
	    255, UINT64_MAX, B("no\n\xff\0more") }, out);
}

static int
hooked_again(struct buf *b, struct buf *out)
{
	struct wire_hooked m;
	int r = wire_hooked_decode(b, &m);

	return r != 0 ? r : wire_hooked_encode(&m, out);
}

static int
load_make(struct buf *out)
{
	return wire_load_encode(&(struct wire_load){ WIRE_NICE_MAX,
	    WIRE_IO_IDLE }, out);
}

static int
load_again(struct buf *b, struct buf *out)
{
	struct wire_load m;
	int r = wire_load_decode(b, &m);

	return r != 0 ? r : wire_load_encode(&m, out);
}

static const struct sample samples[] = {
	{ "HOOK", hook_make, hook_again },
	{ "HOOKED", hooked_make, hooked_again },
	{ "LOAD", load_make, load_again }
};

static void
a_name_is_nothing_but_a_name(void **state)
{
	static const char *const bad[] = { "", ".", "..", "-x", "_x", ".x",
	    "a/b", "/bin/sh", "a b", "a;b", "a\n", "$(id)", "a\xc3\xa9",
	    "x1234567890123456789012345678901234567890123456789012345678901234"
	};
	static const char *const good[] = { "a", "Z9", "0", "db-dump.sh",
	    "a_b.",
	    "1234567890123456789012345678901234567890123456789012345678901234"
	};
	struct wire_hook m = { WIRE_BEFORE, 1, "", "s" };
	struct buf *b = NULL;
	size_t i;

	(void)state;
	assert_int_equal(buf_new(4096, &b), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(wire_name_ok((const uint8_t *)bad[i],
		    strlen(bad[i])));
		if (strlen(bad[i]) > WIRE_NAME_MAX)
			continue;
		strcpy(m.name, bad[i]);
		strcpy(m.set, "s");
		assert_int_equal(wire_hook_encode(&m, b), ERR_FORMAT);
		strcpy(m.set, bad[i]);
		strcpy(m.name, "n");
		assert_int_equal(wire_hook_encode(&m, b), ERR_FORMAT);
	}
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(wire_name_ok((const uint8_t *)good[i],
		    strlen(good[i])));
	assert_false(wire_name_ok((const uint8_t *)"a\0b", 3));
	buf_free(b);
}

/* Decode a body of these bytes. */
static int
decode(const char *p, size_t len)
{
	struct wire_hook m;
	struct buf *b = NULL;
	int r;

	assert_int_equal(buf_borrow((const uint8_t *)p, len, &b), 0);
	r = wire_hook_decode(b, &m);
	buf_free(b);
	return r;
}

static void
numbers_have_their_ranges(void **state)
{
	struct wire_hooked m = { .result = WIRE_HOOK_TIMEOUT, .status = 1 };
	struct wire_load l = { WIRE_NICE_MAX + 1, WIRE_IO_LOW };
	struct buf *b = NULL;

	(void)state;
	assert_int_equal(decode("\1\1\1n\1s", 6), 0);
	assert_int_equal(decode("\0\1\1n\1s", 6), ERR_FORMAT);
	assert_int_equal(decode("\4\1\1n\1s", 6), ERR_FORMAT);
	assert_int_equal(decode("\1\0\1n\1s", 6), ERR_FORMAT);
	assert_int_equal(decode("\1\1\1n\1/", 6), ERR_FORMAT);
	assert_int_equal(decode("\1\1\2..\1s", 7), ERR_FORMAT);
	assert_int_equal(buf_new(65536, &b), 0);
	assert_int_equal(wire_hooked_encode(&m, b), ERR_FORMAT);
	m.status = 0;
	m.output = buf_ptr(b);
	m.output_len = WIRE_HOOK_OUTPUT_MAX + 1;
	assert_int_equal(wire_hooked_encode(&m, b), ERR_TOOBIG);
	assert_int_equal(wire_load_encode(&l, b), ERR_FORMAT);
	buf_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_nothing_but_a_name),
		cmocka_unit_test(numbers_have_their_ranges)
	};
	const struct samples all = {
		samples, sizeof(samples) / sizeof(samples[0])
	};

	return samples_run(&all) + cmocka_run_group_tests(tests, NULL, NULL);
}
