/* test_sign.c: Ed25519 against RFC 8032, every bit tampered with. */
#include "crypto/sign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "crypto/secret.h"

struct vector {
	const char	*seed;
	const char	*public;
	const char	*msg;
	const char	*sig;
};

/* RFC 8032, 7.1, tests 1 to 3. */
static const struct vector vectors[] = {
	{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
	    "",
	    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
	    "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
	},
	{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
	    "72",
	    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
	    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
	},
	{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
	    "af82",
	    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
	    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
	},
};

static int
setup(void **state)
{
	(void)state;
	return crypto_init();
}

static void
check_vector(const struct vector *v)
{
	uint8_t seed[SIGN_SEED_LEN], public[SIGN_PUBLIC_LEN], msg[2];
	uint8_t want[SIGN_LEN], sig[SIGN_LEN];
	size_t len = strlen(v->msg) / 2;
	struct sign_key *key = NULL;

	assert_int_equal(hex_parse(v->seed, seed, sizeof(seed)), 0);
	assert_int_equal(hex_parse(v->public, public, sizeof(public)), 0);
	assert_int_equal(hex_parse(v->msg, msg, len), 0);
	assert_int_equal(hex_parse(v->sig, want, sizeof(want)), 0);
	assert_int_equal(sign_from_seed(seed, &key), 0);
	assert_memory_equal(sign_public(key), public, sizeof(public));
	sign_make(key, msg, len, sig);
	assert_memory_equal(sig, want, SIGN_LEN);
	assert_int_equal(sign_check(public, msg, len, sig), 0);
	sign_free(key);
}

static void
known_signatures(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		check_vector(&vectors[i]);
}

static void
seeds_make_different_keys(void **state)
{
	static const uint8_t seeds[2][SIGN_SEED_LEN] = { { 1 }, { 2 } };
	struct sign_key *a = NULL, *b = NULL, *c = NULL;
	uint8_t sig[SIGN_LEN];

	(void)state;
	assert_int_equal(sign_from_seed(seeds[0], &a), 0);
	assert_int_equal(sign_from_seed(seeds[1], &b), 0);
	assert_memory_not_equal(sign_public(a), sign_public(b),
	    SIGN_PUBLIC_LEN);
	assert_int_equal(sign_from_seed(seeds[0], &c), 0);
	assert_memory_equal(sign_public(a), sign_public(c), SIGN_PUBLIC_LEN);
	sign_make(a, "text", 4, sig);
	assert_int_equal(sign_check(sign_public(c), "text", 4, sig), 0);
	assert_int_equal(sign_check(sign_public(b), "text", 4, sig),
	    ERR_CORRUPT);
	sign_free(a);
	sign_free(b);
	sign_free(c);
	sign_free(NULL);
}

static void
any_flipped_bit_is_found(void **state)
{
	uint8_t msg[] = "a snapshot", sig[SIGN_LEN], public[SIGN_PUBLIC_LEN];
	uint8_t *parts[] = { msg, sig, public };
	size_t lens[] = { sizeof(msg), sizeof(sig), sizeof(public) }, i, j;
	static const uint8_t seed[SIGN_SEED_LEN] = { 3 };
	struct sign_key *key = NULL;

	(void)state;
	assert_int_equal(sign_from_seed(seed, &key), 0);
	memcpy(public, sign_public(key), sizeof(public));
	sign_make(key, msg, sizeof(msg), sig);
	for (i = 0; i < 3; i++) {
		for (j = 0; j < lens[i] * 8; j++) {
			parts[i][j / 8] ^= (uint8_t)(1 << j % 8);
			assert_int_equal(sign_check(public, msg, sizeof(msg),
			    sig), ERR_CORRUPT);
			parts[i][j / 8] ^= (uint8_t)(1 << j % 8);
		}
	}
	assert_int_equal(sign_check(public, msg, sizeof(msg), sig), 0);
	assert_int_equal(sign_check(public, msg, sizeof(msg) - 1, sig),
	    ERR_CORRUPT);
	sign_free(key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_signatures),
		cmocka_unit_test(seeds_make_different_keys),
		cmocka_unit_test(any_flipped_bit_is_found),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
