/* test_store_sftp_url.c: where a server is, and when it is asked again. */
#include "config.h"

#include "store/sftp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

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

static int64_t slept_ms;

/* Instead of libc's. */
int
nanosleep(const struct timespec *t, struct timespec *left)
{
	(void)left;
	slept_ms += (int64_t)t->tv_sec * 1000 + t->tv_nsec / 1000000;
	return 0;
}

static int
never(struct store_sftp *d, void *job)
{
	(void)d;
	(void)job;
	fail_msg("there is no connection");
	return 0;
}

/*
 * However long a server was away, it is asked again in a moment; and what it
 * then has against us is no word about an object.
 */
static void
pauses_end(void **state)
{
	char host[] = "127.0.0.1", user[] = "u", root[] = "/b", name[] = "n";
	const struct store_access access = { .identity = "/nonexistent",
	    .host_key = "ssh-ed25519 AAAA" };
	struct store_sftp d = { .name = name, .access = &access,
	    .url = { user, host, root, 1 } };
	unsigned int tries;

	(void)state;
	for (tries = 1; tries < 100; tries++) {
		d.tries = tries;
		slept_ms = 0;
		assert_int_equal(store_sftp_do(&d, never, NULL), ERR_CLOSED);
		assert_in_range(slept_ms, 100, 15000);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_taken_apart),
		cmocka_unit_test(others_are_refused),
		cmocka_unit_test(pauses_end)
	};

	log_sink(quiet, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
