/* test_hmac.c: the vectors of RFC 4231. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "hash/hmac.h"

static void
assert_mac(const void *key, size_t keylen, const char *data, const char *mac)
{
	char hex[2 * SHA256_LEN + 1];
	uint8_t out[SHA256_LEN];

	assert_int_equal(hmac_sha256(key, keylen, data, strlen(data), out),
	    0);
	hex_format(out, sizeof(out), hex);
	assert_string_equal(hex, mac);
}

static void
macs_are_right(void **state)
{
	uint8_t key[131];

	(void)state;
	memset(key, 0x0b, sizeof(key));
	assert_mac(key, 20, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b"
	    "881dc200c9833da726e9376c2e32cff7");
	assert_mac("Jefe", 4, "what do ya want for nothing?",
	    "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	assert_mac(key, sizeof(key), "Test Using Larger Than Block-Size Key"
	    " - Hash Key First", "60e431591ee0b67f0d8a26aacbf5b77f"
	    "8e0bc6213728c5140546040f0ee37f54");
}

static void
the_key_may_be_overwritten(void **state)
{
	uint8_t key[SHA256_LEN] = "Jefe", mac[SHA256_LEN];

	(void)state;
	assert_int_equal(hmac_sha256(key, 4, "x", 1, mac), 0);
	assert_int_equal(hmac_sha256(key, 4, "x", 1, key), 0);
	assert_memory_equal(key, mac, sizeof(mac));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(macs_are_right),
		cmocka_unit_test(the_key_may_be_overwritten)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
