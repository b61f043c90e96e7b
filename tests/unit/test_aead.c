/* test_aead.c: known box, every byte tampered with, boxes in place. */
#include "crypto/aead.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "crypto/secret.h"

/* draft-irtf-cfrg-xchacha-03, A.3.1. */
static const char text[] = "Ladies and Gentlemen of the class of '99: If I "
    "could offer you only one tip for the future, sunscreen would be it.";
static const char box_hex[] =
    "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
    "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
    "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
    "21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49";

#define TEXT_LEN (sizeof(text) - 1)
#define BOX_LEN (TEXT_LEN + AEAD_TAG_LEN)

static uint8_t key[AEAD_KEY_LEN], nonce[AEAD_NONCE_LEN], ad[12];
static uint8_t box[BOX_LEN];
static const struct aead params = { key, nonce, ad, sizeof(ad) };

static int
setup(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(0x80 + i);
	for (i = 0; i < sizeof(nonce); i++)
		nonce[i] = (uint8_t)(0x40 + i);
	if (hex_parse("50515253c0c1c2c3c4c5c6c7", ad, sizeof(ad)) != 0 ||
	    hex_parse(box_hex, box, sizeof(box)) != 0)
		return -1;
	return crypto_init();
}

static void
known_box(void **state)
{
	uint8_t out[BOX_LEN];

	(void)state;
	aead_seal(&params, text, TEXT_LEN, out);
	assert_memory_equal(out, box, BOX_LEN);
	memset(out, 0, sizeof(out));
	assert_int_equal(aead_open(&params, box, BOX_LEN, out), 0);
	assert_memory_equal(out, text, TEXT_LEN);
}

static void
in_place(void **state)
{
	uint8_t buf[BOX_LEN];

	(void)state;
	memcpy(buf, text, TEXT_LEN);
	aead_seal(&params, buf, TEXT_LEN, buf);
	assert_memory_equal(buf, box, BOX_LEN);
	assert_int_equal(aead_open(&params, buf, BOX_LEN, buf), 0);
	assert_memory_equal(buf, text, TEXT_LEN);
}

static void
empty_messages(void **state)
{
	const struct aead bare = { key, nonce, NULL, 0 };
	uint8_t buf[AEAD_TAG_LEN], out[1] = { 7 };

	(void)state;
	aead_seal(&bare, NULL, 0, buf);
	assert_int_equal(aead_open(&bare, buf, sizeof(buf), out), 0);
	assert_int_equal(out[0], 7);
	assert_int_equal(aead_open(&params, buf, sizeof(buf), out),
	    ERR_CORRUPT);
}

/* With each bit of data flipped in turn, the box must not open. */
static void
flip_each_bit(uint8_t *data, size_t len)
{
	uint8_t out[BOX_LEN];
	size_t i;

	for (i = 0; i < len * 8; i++) {
		data[i / 8] ^= (uint8_t)(1 << i % 8);
		memcpy(out, text, TEXT_LEN);
		assert_int_equal(aead_open(&params, box, BOX_LEN, out),
		    ERR_CORRUPT);
		assert_memory_not_equal(out, text, TEXT_LEN);
		data[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_int_equal(aead_open(&params, box, BOX_LEN, out), 0);
}

static void
any_flipped_bit_is_found(void **state)
{
	(void)state;
	flip_each_bit(box, sizeof(box));
	flip_each_bit(key, sizeof(key));
	flip_each_bit(nonce, sizeof(nonce));
	flip_each_bit(ad, sizeof(ad));
}

static void
any_other_length_is_found(void **state)
{
	uint8_t longer[BOX_LEN + 1] = { 0 }, out[BOX_LEN];
	struct aead shorter = params;
	size_t len;

	(void)state;
	for (len = 0; len < BOX_LEN; len++)
		assert_int_equal(aead_open(&params, box, len, out),
		    ERR_CORRUPT);
	memcpy(longer, box, BOX_LEN);
	assert_int_equal(aead_open(&params, longer, sizeof(longer), out),
	    ERR_CORRUPT);
	shorter.ad_len--;
	assert_int_equal(aead_open(&shorter, box, BOX_LEN, out), ERR_CORRUPT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_box),
		cmocka_unit_test(in_place),
		cmocka_unit_test(empty_messages),
		cmocka_unit_test(any_flipped_bit_is_found),
		cmocka_unit_test(any_other_length_is_found),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
