/* test_secret.c: secrets are zero, random, guarded. */
#include "crypto/secret.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <signal.h>
#include <unistd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int
setup(void **state)
{
	(void)state;
	return crypto_init();
}

static void
new_secret_is_zero(void **state)
{
	static const uint8_t zero[48];
	struct secret *s = NULL;

	(void)state;
	assert_int_equal(secret_new(sizeof(zero), &s), 0);
	assert_int_equal(secret_len(s), sizeof(zero));
	assert_memory_equal(secret_view(s), zero, sizeof(zero));
	secret_bytes(s)[47] = 9;
	assert_int_equal(secret_view(s)[47], 9);
	secret_free(s);
	secret_free(NULL);
}

static void
random_secrets_differ(void **state)
{
	static const uint8_t zero[32];
	struct secret *a = NULL, *b = NULL;

	(void)state;
	assert_int_equal(secret_random(32, &a), 0);
	assert_int_equal(secret_random(32, &b), 0);
	assert_memory_not_equal(secret_view(a), secret_view(b), 32);
	assert_memory_not_equal(secret_view(a), zero, 32);
	secret_free(a);
	secret_free(b);
}

static void
too_long_is_out_of_memory(void **state)
{
	struct secret *s = NULL;

	(void)state;
	assert_int_equal(secret_new(SIZE_MAX - 64, &s), ERR_NOMEM);
	assert_null(s);
}

/* In a child: touch the byte at offset, which must kill it. */
static void
expect_fault(struct secret *s, ptrdiff_t offset)
{
	const struct rlimit none = { 0, 0 };
	int status = 0;
	pid_t pid;

	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0) {
		(void)setrlimit(RLIMIT_CORE, &none);
		(void)signal(SIGSEGV, SIG_DFL);
		*(volatile uint8_t *)(secret_bytes(s) + offset) = 1;
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
}

static void
guard_pages_stop_overruns(void **state)
{
	struct secret *s = NULL;

	(void)state;
	assert_int_equal(secret_new(32, &s), 0);
	expect_fault(s, 32);
	expect_fault(s, -sysconf(_SC_PAGESIZE));
	secret_free(s);
}

static void
wipe_leaves_zeros(void **state)
{
	static const uint8_t zero[40];
	uint8_t buf[42];

	(void)state;
	memset(buf, 7, sizeof(buf));
	crypto_wipe(buf + 1, 40);
	assert_memory_equal(buf + 1, zero, 40);
	assert_int_equal(buf[0], 7);
	assert_int_equal(buf[41], 7);
}

static void
random_fills_everything(void **state)
{
	uint8_t buf[64] = { 0 }, seen[62] = { 0 };
	int i, j;

	(void)state;
	for (i = 0; i < 40; i++) {
		crypto_random(buf + 1, 62);
		for (j = 0; j < 62; j++)
			seen[j] |= buf[j + 1];
	}
	for (j = 0; j < 62; j++)
		assert_int_not_equal(seen[j], 0);
	assert_int_equal(buf[0], 0);
	assert_int_equal(buf[63], 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_secret_is_zero),
		cmocka_unit_test(random_secrets_differ),
		cmocka_unit_test(too_long_is_out_of_memory),
		cmocka_unit_test(guard_pages_stop_overruns),
		cmocka_unit_test(wipe_leaves_zeros),
		cmocka_unit_test(random_fills_everything),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
