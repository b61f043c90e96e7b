/* test_kdf.c: derived keys against other implementations, Argon2's caps. */
#include "crypto/kdf.h"

#include <sys/resource.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "crypto/secret.h"

static uint8_t count[32];	/* 0, 1, 2, ... */

static int
setup(void **state)
{
	uint8_t i;

	(void)state;
	for (i = 0; i < sizeof(count); i++)
		count[i] = i;
	return crypto_init();
}

static void
check_key(const uint8_t key[KDF_KEY_LEN], const char *want)
{
	char text[2 * KDF_KEY_LEN + 1];

	hex_format(key, KDF_KEY_LEN, text);
	assert_string_equal(text, want);
}

/* The values are from Python's hashlib.blake2b. */
static void
subkey_is_blake2b_with_salt_and_person(void **state)
{
	uint8_t key[KDF_KEY_LEN], other[KDF_KEY_LEN];
	struct secret *master = NULL;

	(void)state;
	assert_int_equal(secret_new(KDF_KEY_LEN, &master), 0);
	memcpy(secret_bytes(master), count, KDF_KEY_LEN);
	kdf_subkey(master, 1, "khorepo1", key);
	check_key(key, "8003ca6c6a4d839ef7979dfa6f81ecf1"
	    "2957197026c13ae4cd24ddbb88cc1435");
	kdf_subkey(master, 2, "khorepo1", other);
	assert_memory_not_equal(key, other, KDF_KEY_LEN);
	kdf_subkey(master, 1, "khorepo2", other);
	assert_memory_not_equal(key, other, KDF_KEY_LEN);
	secret_free(master);
}

static void
frame_key_and_token_are_blake2b(void **state)
{
	uint8_t key[KDF_KEY_LEN], other[KDF_KEY_LEN];

	(void)state;
	kdf_frame_key(count, count, key);
	check_key(key, "979329ff5a1f096c81ca88f7843c9264"
	    "14577d67b70c8ed15349739d41d9a942");
	kdf_token(count, "kho host slot", count, key);
	check_key(key, "942a266a7f551f518ab306bf58f0d1f3"
	    "92aee8460b8f6f4c6f965c2db8790898");
	kdf_token(count, "kho recovery slot", count, other);
	assert_memory_not_equal(key, other, KDF_KEY_LEN);
	kdf_token(count, "kho host slot", count + 1, other);
	assert_memory_not_equal(key, other, KDF_KEY_LEN);
}

/* The value is from the reference libargon2: 2 passes, 8 MiB, 1 lane. */
static void
passphrase_is_argon2id(void **state)
{
	struct kdf_pass p = { count, 2, 8 << 20 };
	uint8_t key[KDF_KEY_LEN], other[KDF_KEY_LEN];

	(void)state;
	assert_int_equal(kdf_passphrase(&p, "correct horse", 13, key), 0);
	check_key(key, "5d6feb78fec962f9fe4465119605b64a"
	    "5dbce8acde9e8ae0c8b3d4c2f518c9a4");
	assert_int_equal(kdf_passphrase(&p, "correct horse", 12, other), 0);
	assert_memory_not_equal(key, other, KDF_KEY_LEN);
	p.salt = count + 1;
	assert_int_equal(kdf_passphrase(&p, "correct horse", 13, other), 0);
	assert_memory_not_equal(key, other, KDF_KEY_LEN);
}

static void
passphrase_refuses_costs_over_the_caps(void **state)
{
	struct kdf_pass p = { count, 1, 64 << 10 };
	uint8_t key[KDF_KEY_LEN] = { 0 };
	struct rusage before, after;

	(void)state;
	(void)getrusage(RUSAGE_SELF, &before);
	p.mem = KDF_PASS_MEM_MAX + 1;
	assert_int_equal(kdf_passphrase(&p, "x", 1, key), ERR_TOOBIG);
	p.mem = UINT64_C(64) << 30;
	assert_int_equal(kdf_passphrase(&p, "x", 1, key), ERR_TOOBIG);
	p.mem = UINT64_MAX;
	assert_int_equal(kdf_passphrase(&p, "x", 1, key), ERR_TOOBIG);
	p.mem = KDF_PASS_MEM_MAX;
	p.ops = KDF_PASS_OPS_MAX + 1;
	assert_int_equal(kdf_passphrase(&p, "x", 1, key), ERR_TOOBIG);
	p.ops = UINT64_MAX;
	assert_int_equal(kdf_passphrase(&p, "x", 1, key), ERR_TOOBIG);
	/* Nothing was allocated on the way: at most 16 MiB (here KiB). */
	(void)getrusage(RUSAGE_SELF, &after);
	assert_true(after.ru_maxrss - before.ru_maxrss < 16 << 10);
}

static void
passphrase_refuses_costs_below_argon2(void **state)
{
	struct kdf_pass p = { count, 0, 64 << 10 };
	uint8_t key[KDF_KEY_LEN] = { 0 };

	(void)state;
	assert_int_equal(kdf_passphrase(&p, "x", 1, key), ERR_FORMAT);
	p.ops = 1;
	p.mem = 0;
	assert_int_equal(kdf_passphrase(&p, "x", 1, key), ERR_FORMAT);
	p.mem = 8191;
	assert_int_equal(kdf_passphrase(&p, "x", 1, key), ERR_FORMAT);
	p.mem = 8192;
	assert_int_equal(kdf_passphrase(&p, "x", 1, key), 0);
	assert_int_equal(kdf_passphrase(&p, "", 0, key), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(subkey_is_blake2b_with_salt_and_person),
		cmocka_unit_test(frame_key_and_token_are_blake2b),
		cmocka_unit_test(passphrase_is_argon2id),
		cmocka_unit_test(passphrase_refuses_costs_over_the_caps),
		cmocka_unit_test(passphrase_refuses_costs_below_argon2),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
