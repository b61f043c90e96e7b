/* test_b64.c: base64 against RFC 4648, and what is not base64. */
#include "ssh/b64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
known_texts(void **state)
{
	static const struct {
		const char *data, *unpadded, *padded;
	} known[] = {
		{ "f", "Zg", "Zg==" },
		{ "fo", "Zm8", "Zm8=" },
		{ "foo", "Zm9v", "Zm9v" },
		{ "foob", "Zm9vYg", "Zm9vYg==" },
		{ "foobar", "Zm9vYmFy", "Zm9vYmFy" },
		{ "\xfb\xff", "+/8", "+/8=" }
	};
	uint8_t data[16];
	char text[16];
	size_t i, len, n;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		n = strlen(known[i].data);
		ssh_b64_encode((const uint8_t *)known[i].data, n, text);
		assert_string_equal(text, known[i].unpadded);
		assert_int_equal(ssh_b64_decode(known[i].padded,
		    strlen(known[i].padded), n, data, &len), 0);
		assert_int_equal(len, n);
		assert_memory_equal(data, known[i].data, n);
		assert_int_equal(ssh_b64_decode(known[i].padded,
		    strlen(known[i].padded), n - 1, data, &len), ERR_TOOBIG);
	}
}

static void
other_texts_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Zm 9", "Zm9v\n",
		"Zh==", "Zm9=", "Zm_v", "=Zg="
	};
	uint8_t data[16];
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(ssh_b64_decode(bad[i], strlen(bad[i]),
		    sizeof(data), data, &len), ERR_FORMAT);
	assert_int_equal(ssh_b64_decode("Zm\0v", 4, sizeof(data), data,
	    &len), ERR_FORMAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_texts),
		cmocka_unit_test(other_texts_are_refused)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
