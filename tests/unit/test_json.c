/* test_json.c: envelopes and lines, whatever the names are made of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/json.h"
#include "cli/json_read.h"

static char *out;
static size_t outlen;

static FILE *
memory(void)
{
	FILE *f = open_memstream(&out, &outlen);

	assert_non_null(f);
	return f;
}

static void
lines_begin_with_their_type(void **state)
{
	struct cli_json *j;
	FILE *f = memory();

	(void)state;
	assert_int_equal(cli_json_new(&j), 0);
	cli_json_int(j, "n", INT64_MAX);
	cli_json_bool(j, "b", true);
	cli_json_str(j, "none", NULL);
	cli_json_array(j, "list");
	cli_json_str(j, NULL, "x\ny");
	cli_json_object(j, NULL);
	cli_json_end(j);
	cli_json_end(j);
	assert_int_equal(cli_json_line(j, f, "end"), 0);
	fclose(f);
	assert_string_equal(out, "{\"t\":\"end\",\"n\":9223372036854775807,"
	    "\"b\":true,\"none\":null,\"list\":[\"x\\ny\",{}]}\n");
	free(out);
	cli_json_free(j);
}

static void
paths_keep_their_bytes(void **state)
{
	struct cli_json *j;
	FILE *f = memory();

	(void)state;
	assert_int_equal(cli_json_new(&j), 0);
	cli_json_path(j, "a", "h\xE1\xBB\x93", 4);
	cli_json_path(j, "p", "a\xff" "b\xfe", 4);
	assert_int_equal(cli_json_line(j, f, "x"), 0);
	fclose(f);
	assert_non_null(strstr(out,
	    "\"a\":\"h\\u1ED3\",\"a_b64\":null"));
	assert_non_null(strstr(out, "\"p_b64\":\"Yf9i/g==\""));
	free(out);
	cli_json_free(j);
}

static void
envelopes_carry_the_data(void **state)
{
	struct cli_json *j;
	FILE *f = memory();

	(void)state;
	assert_int_equal(cli_json_new(&j), 0);
	cli_json_str(j, "k", "v");
	assert_int_equal(cli_json_envelope(j, f, "status", 3), 0);
	fclose(f);
	assert_ptr_equal(strstr(out, "{\"schema\":\"backupd/1\",\"cmd\":"
	    "\"status\",\"time\":\""), out);
	assert_non_null(strstr(out, "\"code\":3,\"data\":{\"k\":\"v\"}}\n"));
	free(out);
	cli_json_free(j);
}

static void
mistakes_come_out_at_the_end(void **state)
{
	struct cli_json *j;
	FILE *f = memory();

	(void)state;
	assert_int_equal(cli_json_new(&j), 0);
	cli_json_int(j, NULL, 1);		/* a member without a key */
	cli_json_int(j, "a", 1);
	assert_int_equal(cli_json_line(j, f, "x"), ERR_CONFIG);
	cli_json_free(j);
	assert_int_equal(cli_json_new(&j), 0);
	cli_json_array(j, "never ended");
	assert_int_equal(cli_json_line(j, f, "x"), ERR_CONFIG);
	cli_json_free(j);
	fclose(f);
	assert_int_equal(outlen, 0);
	free(out);
}

static void
what_was_printed_can_be_read(void **state)
{
	static const char *const bad[] = { "", "[]", "3", "{", "{}{}",
	    "{\"a\":1,\"a\":2}" };
	struct cli_json_object *o = NULL;
	size_t i;

	(void)state;
	assert_int_equal(cli_json_read("{\"s\":\"x\",\"n\":-5,\"z\":null}",
	    &o), 0);
	assert_string_equal(cli_json_read_str(o, "s"), "x");
	assert_int_equal(cli_json_read_int(o, "n"), -5);
	assert_null(cli_json_read_str(o, "n"));
	assert_null(cli_json_read_str(o, "z"));
	assert_null(cli_json_read_str(o, "none"));
	assert_int_equal(cli_json_read_int(o, "s"), 0);
	cli_json_read_free(o);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(cli_json_read(bad[i], &o), ERR_FORMAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_begin_with_their_type),
		cmocka_unit_test(paths_keep_their_bytes),
		cmocka_unit_test(envelopes_carry_the_data),
		cmocka_unit_test(mistakes_come_out_at_the_end),
		cmocka_unit_test(what_was_printed_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
