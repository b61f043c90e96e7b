/* test_ssh.c: parameters that are refused before anything is connected. */
#include "ssh/ssh.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define KEY "ssh-ed25519 " \
    "AAAAC3NzaC1lZDI1NTE5AAAAIG5fIwkTpDtAKT5f4j9sVka37cCe1sdsDjItoJq27Wzr"

static struct ssh_params
good(void)
{
	struct ssh_params p;

	memset(&p, 0, sizeof(p));
	p.address = "127.0.0.1";
	p.port = 1;
	p.user = "kho";
	p.identity_file = "/nonexistent/identity";
	p.host_key = KEY;
	p.connect_timeout_s = 1;
	return p;
}

static void
refused(const struct ssh_params *p, const char *says)
{
	static const enum ssh_transport both[] = { SSH_LIBSSH2, SSH_OPENSSH };
	struct ssh_session *s = NULL;
	struct ssh_failure f;
	struct ssh_params copy;
	size_t i;

	for (i = 0; i < 2; i++) {
		copy = *p;
		copy.transport = both[i];
		assert_int_equal(ssh_open(&copy, &s, &f), ERR_CONFIG);
		assert_null(s);
		assert_non_null(strstr(f.reason, says));
		assert_null(strchr(f.reason, '\n'));
		assert_true(f.remedy[0] != '\0');
	}
}

static void
bad_addresses(void **state)
{
	static const char *const bad[] = {
		"", "-oProxyCommand=x", "a b", "user@host", "h;x",
		"ssh://host", "h\n"
	};
	struct ssh_params p = good();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		p.address = bad[i];
		refused(&p, "address");
	}
	p = good();
	p.port = 0;
	refused(&p, "port");
}

static void
bad_users(void **state)
{
	static const char *const bad[] = { "", "-l", "a b", "a\tb", "a%u" };
	struct ssh_params p = good();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		p.user = bad[i];
		refused(&p, "user");
	}
}

static void
bad_pinned_keys(void **state)
{
	struct ssh_params p = good();

	(void)state;
	p.host_key = "SHA256:nycIja0SFJ5jLA+2vxfWFZfx6Vr6tBCZrffkX3N7ZqI";
	refused(&p, "not a whole public key line");
	p.host_key = "ssh-rsa AAAAB3NzaC1yc2E=";
	refused(&p, "ssh-rsa is not supported");
}

static void
a_missing_identity_is_named(void **state)
{
	struct ssh_params p = good();

	(void)state;
	refused(&p, "/nonexistent/identity");
}

static void
names_that_ssh_would_expand(void **state)
{
	struct ssh_params p = good();
	struct ssh_session *s = NULL;
	struct ssh_failure f;

	(void)state;
	p.transport = SSH_OPENSSH;
	p.identity_file = "/tmp/%u";
	assert_int_equal(ssh_open(&p, &s, &f), ERR_CONFIG);
	assert_non_null(strstr(f.reason, "not a plain file name"));
}

static void
no_session_is_closed_without_harm(void **state)
{
	(void)state;
	ssh_close(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_addresses),
		cmocka_unit_test(bad_users),
		cmocka_unit_test(bad_pinned_keys),
		cmocka_unit_test(a_missing_identity_is_named),
		cmocka_unit_test(names_that_ssh_would_expand),
		cmocka_unit_test(no_session_is_closed_without_harm)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
