/* test_wire_vectors_hooks.c: recorded messages of hooks, to the byte. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "tests/unit/wire_vectors.h"
#include "wire/hook.h"

/* Each function named like a message is the again of its vector. */

static int
hook(struct buf *b, struct buf *out, FILE *t)
{
	struct wire_hook m;

	assert_int_equal(wire_hook_decode(b, &m), 0);
	say_number(t, "phase", m.phase);
	say_number(t, "timeout", m.timeout);
	say_bytes(t, "name", (const uint8_t *)m.name, strlen(m.name));
	say_bytes(t, "set", (const uint8_t *)m.set, strlen(m.set));
	return wire_hook_encode(&m, out);
}

static int
halt(struct buf *b, struct buf *out, FILE *t)
{
	(void)out;
	(void)t;
	return buf_end(b);
}

static int
load(struct buf *b, struct buf *out, FILE *t)
{
	struct wire_load m;

	assert_int_equal(wire_load_decode(b, &m), 0);
	say_number(t, "nice", m.nice);
	say_number(t, "io", m.io);
	return wire_load_encode(&m, out);
}

static int
hooked(struct buf *b, struct buf *out, FILE *t)
{
	struct wire_hooked m;

	assert_int_equal(wire_hooked_decode(b, &m), 0);
	say_number(t, "result", m.result);
	say_number(t, "status", m.status);
	say_number(t, "ms", m.ms);
	say_bytes(t, "output", m.output, m.output_len);
	return wire_hooked_encode(&m, out);
}

static const struct vector vectors[] = {
	{ "hook", WIRE_HOOK, hook },
	{ "hook-last", WIRE_HOOK, hook },
	{ "halt", WIRE_HALT, halt },
	{ "load", WIRE_LOAD, load },
	{ "hooked", WIRE_HOOKED, hooked },
	{ "hooked-refused", WIRE_HOOKED, hooked }
};

static void
recorded_messages_say_what_they_said(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		vector_check("protocol-v1-hooks", &vectors[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded_messages_say_what_they_said)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
