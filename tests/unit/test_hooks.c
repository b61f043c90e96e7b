/* test_hooks.c: what a host allows, and the hook runner. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/allow.h"
#include "agents/hooks.h"
#include "base/buf.h"

#define PATIENCE_MS 20000

static char dir[] = "/tmp/kho-hooks-XXXXXX";

static void
put(const char *name, const char *text, mode_t mode)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_non_null(f = fopen(path, "w"));
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void
take(const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	(void)unlink(path);
}

/* Wait for the answer. */
static void
answer(struct hooks *h, struct wire_hooked *m, struct buf *b)
{
	struct pollfd p = { hooks_fd(h), POLLIN, 0 };
	bool got = false;

	buf_reset(b);
	while (!got) {
		assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
		assert_int_equal(hooks_answer(h, b, &got), 0);
	}
	assert_int_equal(wire_hooked_decode(b, m), 0);
}

static void
run(struct hooks *h, const char *name, uint32_t timeout)
{
	struct wire_hook m = { .phase = WIRE_BEFORE, .timeout = timeout,
	    .set = "s" };

	snprintf(m.name, sizeof(m.name), "%s", name);
	assert_int_equal(hooks_begin(h, &m), 0);
}

static int
setup(void **state)
{
	struct hooks *h;

	if (mkdtemp(dir) == NULL || hooks_start(dir, &h) != 0)
		return 1;
	*state = h;
	return 0;
}

static int
teardown(void **state)
{
	hooks_free(*state);
	return rmdir(dir);
}

static void
only_what_others_cannot_change_is_allowed(void **state)
{
	char why[ALLOW_WHY_MAX];

	(void)state;
	assert_int_equal(allow_directory(dir, why), 0);
	put("good", "#!/bin/sh\n", 0700);
	assert_int_equal(allow_hook(dir, "good", why), 0);
	assert_int_equal(allow_hook(dir, "../good", why), ERR_DENIED);
	assert_int_equal(allow_hook(dir, "none", why), ERR_DENIED);
	put("good", "#!/bin/sh\n", 0720);
	assert_int_equal(allow_hook(dir, "good", why), ERR_DENIED);
	put("good", "#!/bin/sh\n", 0702);
	assert_int_equal(allow_hook(dir, "good", why), ERR_DENIED);
	put("good", "#!/bin/sh\n", 0600);
	assert_int_equal(allow_hook(dir, "good", why), ERR_DENIED);
	assert_int_equal(chmod(dir, 0770), 0);
	assert_int_equal(allow_directory(dir, why), ERR_DENIED);
	/* Sticky does for those above it, not for itself. */
	assert_int_equal(chmod(dir, 01777), 0);
	assert_int_equal(allow_directory(dir, why), ERR_DENIED);
	assert_int_equal(chmod(dir, 0700), 0);
	assert_int_not_equal(allow_directory("/nowhere/at/all", why), 0);
	take("good");
}

static void
its_end_and_its_last_words_are_told(void **state)
{
	struct wire_hooked m;
	struct buf *b = NULL;

	assert_int_equal(buf_new(65536, &b), 0);
	put("words", "#!/bin/sh\nhead -c 100000 /dev/zero | tr '\\0' x\n"
	    "echo end\nexit 200\n", 0700);
	run(*state, "words", 60);
	answer(*state, &m, b);
	assert_int_equal(m.result, WIRE_HOOK_EXITED);
	assert_int_equal(m.status, 200);
	assert_int_equal(m.output_len, WIRE_HOOK_OUTPUT_MAX);
	assert_memory_equal(m.output + m.output_len - 5, "xend\n", 5);
	put("words", "#!/bin/sh\nkill -9 $$\n", 0700);
	run(*state, "words", 60);
	answer(*state, &m, b);
	assert_int_equal(m.result, WIRE_HOOK_SIGNAL);
	assert_int_equal(m.status, SIGKILL);
	put("words", "#!/nowhere/sh\n", 0700);
	run(*state, "words", 60);
	answer(*state, &m, b);
	assert_int_equal(m.result, WIRE_HOOK_EXITED);
	assert_int_equal(m.status, 126);
	run(*state, "nothing", 60);
	answer(*state, &m, b);
	assert_int_equal(m.result, WIRE_HOOK_REFUSED);
	take("words");
	buf_free(b);
}

static void
one_that_will_not_end_is_killed(void **state)
{
	struct wire_hook again = { WIRE_BEFORE, 1, "deaf", "s" };
	struct wire_hooked m;
	struct buf *b = NULL;

	assert_int_equal(buf_new(65536, &b), 0);
	put("deaf", "#!/bin/sh\ntrap '' TERM\necho on\n"
	    "while :; do sleep 0.2; done\n", 0700);
	run(*state, "deaf", 1);
	assert_int_equal(hooks_begin(*state, &again), ERR_FORMAT);
	answer(*state, &m, b);
	assert_int_equal(m.result, WIRE_HOOK_TIMEOUT);
	assert_true(m.ms >= 1000);
	run(*state, "deaf", 600);
	assert_int_equal(hooks_halt(*state), 0);
	answer(*state, &m, b);
	assert_int_equal(m.result, WIRE_HOOK_HALTED);
	/* Nothing runs: nothing is halted. */
	assert_int_equal(hooks_halt(*state), 0);
	take("deaf");
	buf_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_others_cannot_change_is_allowed),
		cmocka_unit_test(its_end_and_its_last_words_are_told),
		cmocka_unit_test(one_that_will_not_end_is_killed)
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
