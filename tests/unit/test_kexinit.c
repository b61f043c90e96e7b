/* test_kexinit.c: the host key list of a server's first message. */
#include "ssh/kexinit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define START "SSH-2.0-OpenSSH_9.2\r\n\0\0\1\0\4\24" "0123456789abcdef" \
    "\0\0\0\3kex"
#define MESSAGE START "\0\0\0\27rsa-sha2-512,some-other"

static void
list_is_found(void **state)
{
	static const char message[] = MESSAGE;
	char out[64];

	(void)state;
	assert_int_equal(ssh_kexinit_hostkeys((const uint8_t *)message,
	    sizeof(message) - 1, out, sizeof(out)), 0);
	assert_string_equal(out, "rsa-sha2-512,some-other");
	assert_int_equal(ssh_kexinit_hostkeys((const uint8_t *)message,
	    sizeof(message) - 1, out, 8), 0);
	assert_string_equal(out, "rsa-sha");
}

static void
lines_before_the_version_are_skipped(void **state)
{
	static const char message[] = "welcome\r\nto SSH-2.0\r\n" MESSAGE;
	char out[64];

	(void)state;
	assert_int_equal(ssh_kexinit_hostkeys((const uint8_t *)message,
	    sizeof(message) - 1, out, sizeof(out)), 0);
	assert_string_equal(out, "rsa-sha2-512,some-other");
}

static void
every_cut_message_is_refused(void **state)
{
	static const char message[] = MESSAGE;
	char out[64];
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(message) - 1; len++)
		assert_int_equal(ssh_kexinit_hostkeys(
		    (const uint8_t *)message, len, out, sizeof(out)),
		    ERR_FORMAT);
}

static void
terminal_controls_are_refused(void **state)
{
	static const char message[] = START "\0\0\0\4a\033[m";
	char out[64];

	(void)state;
	assert_int_equal(ssh_kexinit_hostkeys((const uint8_t *)message,
	    sizeof(message) - 1, out, sizeof(out)), ERR_FORMAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(list_is_found),
		cmocka_unit_test(lines_before_the_version_are_skipped),
		cmocka_unit_test(every_cut_message_is_refused),
		cmocka_unit_test(terminal_controls_are_refused)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
