/* test_client_text.c: the ssh client's arguments and its complaints. */
#include "ssh/client_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char address[] = "host.example", user[] = "kho", identity[] = "/k/id";

static void
make_session(struct ssh_session *s)
{
	memset(s, 0, sizeof(*s));
	s->address = address;
	s->user = user;
	s->identity_file = identity;
	s->port = 2222;
	s->connect_timeout_s = 7;
	strcpy(s->host_key.type, "ssh-ed25519");
	memset(s->host_key.blob, 'k', 51);
	s->host_key.len = 51;
}

static int
has_arg(const struct client_args *a, const char *text)
{
	size_t i;

	for (i = 0; i < a->count; i++) {
		if (strcmp(a->argv[i], text) == 0)
			return 1;
	}
	return 0;
}

static void
arguments_pin_what_matters(void **state)
{
	static const char *const want[] = {
		"-T", "-F", "none", "-oBatchMode=yes",
		"-oStrictHostKeyChecking=yes", "-oForwardAgent=no",
		"-oGlobalKnownHostsFile=/dev/null", "-oIdentitiesOnly=yes",
		"-oUserKnownHostsFile=/d/known", "-oConnectTimeout=7",
		"-oHostKeyAlgorithms=ssh-ed25519", "-p2222", "-lkho",
		"-i/k/id", "-oLocalCommand=echo MARK >&2"
	};
	struct ssh_command c = { .text = "-o evil" };
	struct client_args a;
	struct ssh_session s;
	size_t i;

	(void)state;
	make_session(&s);
	assert_int_equal(client_args_build(&s, "/d/known", "MARK", &c, &a),
	    0);
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_true(has_arg(&a, want[i]));
	/* The last three cannot be taken for options. */
	assert_string_equal(a.argv[a.count - 3], "--");
	assert_string_equal(a.argv[a.count - 2], "host.example");
	assert_string_equal(a.argv[a.count - 1], "-o evil");
	assert_null(a.argv[a.count]);
	assert_false(has_arg(&a, "-s"));
	client_args_clear(&a);
	c.subsystem = true;
	assert_int_equal(client_args_build(&s, "/d/known", "MARK", &c, &a),
	    0);
	assert_string_equal(a.argv[a.count - 4], "-s");
	client_args_clear(&a);
}

static void
complaints_become_codes(void **state)
{
	static const struct {
		const char *text;
		int	 code;
		const char *says;
	} known[] = {
		{ "kho@host: Permission denied (publickey).\r\n", ERR_DENIED,
		    "refuses user kho" },
		{ "ssh: connect to host h port 2: Connection refused\r\n",
		    ERR_CLOSED, "Connection refused" },
		{ "ssh: connect to host h port 2: Connection timed out\r\n",
		    ERR_TIMEOUT, "timed out" },
		{ "ssh: Could not resolve hostname h: Name or service not"
		    " known\r\n", ERR_CLOSED, "resolve" },
		{ "Unable to negotiate with h port 2: no matching host key"
		    " type found. Their offer: rsa-sha2-512\r\n", ERR_CONFIG,
		    "offers only: rsa-sha2-512" },
		{ "Unable to negotiate with h port 2: no matching cipher"
		    " found. Their offer: 3des-cbc\r\n", ERR_CONFIG,
		    "3des-cbc" },
		{ "ssh: cannot be started\n", ERR_CONFIG, "started" },
		{ "", ERR_CLOSED, "ended" }
	};
	struct ssh_failure f;
	struct ssh_session s;
	size_t i;

	(void)state;
	make_session(&s);
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		memset(&f, 0, sizeof(f));
		assert_int_equal(client_explain(&s, known[i].text, &f),
		    known[i].code);
		assert_non_null(strstr(f.reason, known[i].says));
		assert_null(strchr(f.reason, '\n'));
		assert_true(f.remedy[0] != '\0');
		assert_true(f.offered[0] == '\0');
	}
}

static void
changed_key_gives_both_fingerprints(void **state)
{
	static const char text[] =
	    "The fingerprint for the ED25519 key sent by the remote host is\n"
	    "SHA256:3Rc4iWVUQxsuVBcnbcKZQq2EcLKXQpVBjMZYAiXRW2c.\n"
	    "Please contact your system administrator.\n"
	    "Host key verification failed.\r\n";
	struct ssh_failure f;
	struct ssh_session s;

	(void)state;
	make_session(&s);
	memset(&f, 0, sizeof(f));
	assert_int_equal(client_explain(&s, text, &f), ERR_CORRUPT);
	assert_string_equal(f.offered,
	    "SHA256:3Rc4iWVUQxsuVBcnbcKZQq2EcLKXQpVBjMZYAiXRW2c");
	assert_int_equal(strlen(f.expected), 7 + 43);
	assert_non_null(strstr(f.reason, f.expected));
	assert_non_null(strstr(f.reason, f.offered));
}

static void
terminal_controls_do_not_pass(void **state)
{
	struct ssh_failure f;
	struct ssh_session s;

	(void)state;
	make_session(&s);
	assert_int_equal(client_explain(&s, "a\033[31mb\n", &f), ERR_CLOSED);
	assert_null(strchr(f.reason, '\033'));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_pin_what_matters),
		cmocka_unit_test(complaints_become_codes),
		cmocka_unit_test(changed_key_gives_both_fingerprints),
		cmocka_unit_test(terminal_controls_do_not_pass)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
