/* test_id.c: keyed names against Python's hashlib.blake2b. */
#include "crypto/id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "crypto/secret.h"

static struct id_key key;	/* 0, 1, 2, ... */

static int
setup(void **state)
{
	uint8_t i;

	(void)state;
	for (i = 0; i < sizeof(key.k); i++)
		key.k[i] = i;
	return crypto_init();
}

static void
check_hex(const uint8_t *data, size_t len, const char *want)
{
	char text[2 * ID_LEN + 1];

	hex_format(data, len, text);
	assert_string_equal(text, want);
}

static void
id_of_chunk(void **state)
{
	struct id_key other = key;
	uint8_t hash[32], a[ID_LEN], b[ID_LEN];

	(void)state;
	assert_int_equal(hex_parse("ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad", hash, sizeof(hash)), 0);
	id_of(&key, hash, a);
	check_hex(a, ID_LEN, "e9d00ab1c8269ec0510fb0f79d7ff214"
	    "6beda3d72fee6fc66def31b321ad26d3");
	other.k[31] ^= 1;
	id_of(&other, hash, b);
	assert_memory_not_equal(a, b, ID_LEN);
}

static void
mac_of_data(void **state)
{
	uint8_t mac[ID_LEN], other[ID_LEN];
	int i;

	(void)state;
	id_mac(&key, "abc", 3, mac);
	check_hex(mac, ID_LEN, "d63a32d3e44738d7907f964316c241ad"
	    "aba0abfeabc32349677578a15a203f7f");
	memcpy(other, mac, ID_LEN);
	assert_true(id_equal(mac, other));
	for (i = 0; i < ID_LEN; i++) {
		other[i] ^= 0x10;
		assert_false(id_equal(mac, other));
		other[i] ^= 0x10;
	}
}

static void
source_keeps_host_and_set_apart(void **state)
{
	uint8_t a[ID_SOURCE_LEN], b[ID_SOURCE_LEN];

	(void)state;
	id_source(&key, "web1", "home", a);
	check_hex(a, ID_SOURCE_LEN, "aea8ae65d5f880dfd2849b12deab1410");
	id_source(&key, "web", "1home", b);
	assert_memory_not_equal(a, b, ID_SOURCE_LEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(id_of_chunk),
		cmocka_unit_test(mac_of_data),
		cmocka_unit_test(source_keeps_host_and_set_apart),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
