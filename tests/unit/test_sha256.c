/* test_sha256.c: digests against FIPS 180-4, contexts, threads. */
#include "hash/sha256.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"

static void
check_hex(const uint8_t digest[SHA256_LEN], const char *want)
{
	char text[2 * SHA256_LEN + 1];

	hex_format(digest, SHA256_LEN, text);
	assert_string_equal(text, want);
}

static const char digest_empty[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
static const char digest_abc[] =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char digest_two_blocks[] =
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
static const char digest_million[] =
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

static void
known_digests(void **state)
{
	static const char two[] =
	    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	uint8_t digest[SHA256_LEN];

	(void)state;
	assert_int_equal(sha256_of("", 0, digest), 0);
	check_hex(digest, digest_empty);
	assert_int_equal(sha256_of("abc", 3, digest), 0);
	check_hex(digest, digest_abc);
	assert_int_equal(sha256_of(two, strlen(two), digest), 0);
	check_hex(digest, digest_two_blocks);
}

static void
one_context_makes_many_digests(void **state)
{
	uint8_t digest[SHA256_LEN];
	struct sha256 *s = NULL;
	char as[1000];
	int i;

	(void)state;
	memset(as, 'a', sizeof(as));
	assert_int_equal(sha256_new(&s), 0);
	sha256_init(s);
	for (i = 0; i < 1000; i++)
		sha256_update(s, as, sizeof(as));
	assert_int_equal(sha256_final(s, digest), 0);
	check_hex(digest, digest_million);
	sha256_init(s);
	assert_int_equal(sha256_final(s, digest), 0);
	check_hex(digest, digest_empty);
	/* What was begun and dropped leaves no trace. */
	sha256_init(s);
	sha256_update(s, as, sizeof(as));
	sha256_init(s);
	sha256_update(s, "a", 1);
	sha256_update(s, "", 0);
	sha256_update(s, "bc", 2);
	assert_int_equal(sha256_final(s, digest), 0);
	check_hex(digest, digest_abc);
	sha256_free(s);
	sha256_free(NULL);
}

static void *
hash_often(void *arg)
{
	uint8_t *same = arg, first[SHA256_LEN], digest[SHA256_LEN];
	int i;

	*same = 0;
	if (sha256_of(arg, 0, first) != 0)
		return NULL;
	for (i = 0; i < 5000; i++) {
		if (sha256_of("abc", i % 2 == 0 ? 0 : 3, digest) != 0 ||
		    (memcmp(digest, first, SHA256_LEN) == 0) != (i % 2 == 0))
			return NULL;
	}
	*same = 1;
	return NULL;
}

static void
threads_do_not_disturb_each_other(void **state)
{
	pthread_t threads[4];
	uint8_t same[4] = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hash_often,
		    &same[i]), 0);
	for (i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(same[i], 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_digests),
		cmocka_unit_test(one_context_makes_many_digests),
		cmocka_unit_test(threads_do_not_disturb_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
