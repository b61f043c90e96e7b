/* test_store_sftp_url.c: where a directory on a server is. */
#include "config.h"

#include "store/sftp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"

static void
urls_are_taken_apart(void **state)
{
	static const struct {
		const char *url, *user, *host;
		uint16_t port;
		const char *root;
	} good[] = {
		{ "sftp://kho@nas/backup", "kho", "nas", 22, "/backup" },
		{ "sftp://kho@nas:2222/a/b/", "kho", "nas", 2222, "/a/b" },
		{ "sftp://k@[::1]/b", "k", "::1", 22, "/b" },
		{ "sftp://k@[fe80::1%eth0]:22022/b", "k", "fe80::1%eth0",
		    22022, "/b" },
		{ "sftp://u@h/", "u", "h", 22, "" },
		{ "sftp://u123@h.example/a b@c:1", "u123", "h.example", 22,
		    "/a b@c:1" },
		{ "sftp://me@office@h/b", "me@office", "h", 22, "/b" }
	};
	struct store_sftp_url u;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(store_sftp_url_parse(good[i].url, &u), 0);
		assert_string_equal(u.user, good[i].user);
		assert_string_equal(u.host, good[i].host);
		assert_int_equal(u.port, good[i].port);
		assert_string_equal(u.root, good[i].root);
		store_sftp_url_clear(&u);
	}
}

static void
others_are_refused(void **state)
{
	static const char *const bad[] = { "", "sftp:", "sftp://",
	    "sftp://h/b", "sftp://@h/b", "sftp://u@/b", "sftp://u@h",
	    "sftp://u@h:/b", "sftp://u@h:0/b", "sftp://u@h:65536/b",
	    "sftp://u@h:22x/b", "sftp://u@h:222222/b", "sftp://u@[::1/b",
	    "sftp://u@[::1]x/b", "sftp://u@[]/b", "sftp://u@h/../b",
	    "sftp://u@h/b/..", "sftp://u@h//b", "ssh://u@h/b" };
	struct store_sftp_url u;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(store_sftp_url_parse(bad[i], &u),
		    ERR_CONFIG);
		assert_null(u.host);
	}
}

static void
quiet(enum log_level level, const char *line, void *arg)
{
	(void)level;
	(void)line;
	(void)arg;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_taken_apart),
		cmocka_unit_test(others_are_refused)
	};

	log_sink(quiet, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
