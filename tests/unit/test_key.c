/* test_key.c: key lines as OpenSSH writes them, and damaged ones. */
#include "ssh/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ED25519 \
    "AAAAC3NzaC1lZDI1NTE5AAAAIG5fIwkTpDtAKT5f4j9sVka37cCe1sdsDjItoJq27Wzr"
#define NISTP256 \
    "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBLCZFS89C6vdnCxu" \
    "azd8PrMDPRNoCUg1w1cdQcsvHoZL5pB/aKWzexVSTiEfh2tsYNwwdWSH9ZV64ooSZvCz" \
    "1hM="
#define NISTP521 \
    "AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAEMvDyvC+C7LrPK" \
    "E/SZaDTAFKqUzz9nmq0lO4cbIVl0lOTDtC/QW5lRyAZtESmW0nE2ma+5ArLb45eaaNgg" \
    "9gxo8gDjOL+nrLvadXEgObCegEXhLTydkeg3vuyFQ4Ky5bPQnjT/bS1qwmLwrkECbtoL" \
    "0f/Zjc3KK8wnWXECFI6U9QJzFw=="

/* The fingerprints are ssh-keygen's. */
static void
fingerprints_are_those_of_openssh(void **state)
{
	static const struct {
		const char *line, *fingerprint;
	} known[] = {
		{ "ssh-ed25519 " ED25519,
		    "SHA256:nycIja0SFJ5jLA+2vxfWFZfx6Vr6tBCZrffkX3N7ZqI" },
		{ "ssh-ed25519 " ED25519 " a comment of words",
		    "SHA256:nycIja0SFJ5jLA+2vxfWFZfx6Vr6tBCZrffkX3N7ZqI" },
		{ "ecdsa-sha2-nistp256 " NISTP256,
		    "SHA256:h0j+mMoIIAvsABv3/D8EYOhCa3zusiMUq/3T/R/Bmog" },
		{ "ecdsa-sha2-nistp521 " NISTP521,
		    "SHA256:lmRE4NB5Oi/N7ep2mxDh67oEniEMauPkWY5P5vsK8xw" }
	};
	char out[SSH_KEY_FINGERPRINT_MAX];
	struct ssh_key k;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		assert_int_equal(ssh_key_parse(known[i].line, &k), 0);
		assert_int_equal(ssh_key_fingerprint(k.blob, k.len, out), 0);
		assert_string_equal(out, known[i].fingerprint);
	}
}

static void
a_parsed_key_is_whole(void **state)
{
	struct ssh_key k;

	(void)state;
	assert_int_equal(ssh_key_parse("ssh-ed25519 " ED25519, &k), 0);
	assert_string_equal(k.type, "ssh-ed25519");
	assert_int_equal(k.len, 4 + 11 + 4 + 32);
	assert_memory_equal(k.blob, "\0\0\0\013ssh-ed25519\0\0\0 ", 19);
}

static int
check(const char *line)
{
	struct ssh_key k;

	return ssh_key_parse(line, &k);
}

static void
refused_types_are_told_from_nonsense(void **state)
{
	(void)state;
	assert_int_equal(check("ssh-rsa AAAAB3NzaC1yc2E="),
	    ERR_CONFIG);
	assert_int_equal(check("ssh-dss AAAA"), ERR_CONFIG);
	assert_int_equal(check(
	    "sk-ssh-ed25519@openssh.com AAAA"), ERR_CONFIG);
	assert_int_equal(check(""), ERR_FORMAT);
	assert_int_equal(check("ssh-ed25519"), ERR_FORMAT);
	assert_int_equal(check("ssh-ed25519 "), ERR_FORMAT);
	assert_int_equal(check("hello world"), ERR_FORMAT);
	assert_int_equal(check(
	    "host ssh-ed25519 " ED25519), ERR_FORMAT);
	assert_int_equal(check(
	    "SHA256:nycIja0SFJ5jLA+2vxfWFZfx6Vr6tBCZrffkX3N7ZqI"),
	    ERR_FORMAT);
}

static void
outer_and_inner_type_must_agree(void **state)
{
	(void)state;
	assert_int_equal(check("ssh-ed25519 " NISTP256), ERR_FORMAT);
	assert_int_equal(check(
	    "ecdsa-sha2-nistp256 " ED25519), ERR_FORMAT);
	assert_int_equal(check(
	    "ecdsa-sha2-nistp384 " NISTP256), ERR_FORMAT);
}

static void
every_shortened_line_is_refused(void **state)
{
	static const char line[] = "ecdsa-sha2-nistp256 " NISTP256;
	char cut[sizeof(line)];
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(line) - 1; len++) {
		(void)snprintf(cut, sizeof(cut), "%.*s", (int)len, line);
		assert_int_not_equal(check(cut), 0);
	}
}

static void
a_second_line_is_refused(void **state)
{
	(void)state;
	assert_int_equal(check("ssh-ed25519 " ED25519 "\n"),
	    ERR_FORMAT);
	assert_int_equal(check(
	    "ssh-ed25519 " ED25519 " x\nssh-ed25519 " ED25519), ERR_FORMAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fingerprints_are_those_of_openssh),
		cmocka_unit_test(a_parsed_key_is_whole),
		cmocka_unit_test(refused_types_are_told_from_nonsense),
		cmocka_unit_test(outer_and_inner_type_must_agree),
		cmocka_unit_test(every_shortened_line_is_refused),
		cmocka_unit_test(a_second_line_is_refused)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
