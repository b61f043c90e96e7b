/* test_identity.c: what kind of private key a file holds, made-up ones. */
#include "ssh/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "ssh/b64.h"

#define ROOM 1024

static enum ssh_identity_kind
kind_of(const char *text, size_t len)
{
	enum ssh_identity_kind kind;
	struct buf *b = NULL;

	assert_int_equal(buf_borrow(text, len, &b), 0);
	kind = ssh_identity_kind(b);
	buf_free(b);
	return kind;
}

static void
put_text(struct buf *b, const char *text)
{
	assert_int_equal(buf_put_u32(b, (uint32_t)strlen(text)), 0);
	assert_int_equal(buf_put(b, text, strlen(text)), 0);
}

/* An OpenSSH private key as far as it is looked at; no key is in it. */
static size_t
make_openssh(const char *cipher, const char *type, char text[2 * ROOM])
{
	struct buf *b = NULL;
	char digits[2 * ROOM];
	size_t len;
	int n;

	assert_int_equal(buf_new(ROOM, &b), 0);
	assert_int_equal(buf_put(b, "openssh-key-v1", 15), 0);
	put_text(b, cipher);
	put_text(b, "kdf");
	put_text(b, "");
	assert_int_equal(buf_put_u32(b, 1), 0);
	assert_int_equal(buf_put_u32(b, (uint32_t)strlen(type) + 4), 0);
	put_text(b, type);
	ssh_b64_encode(buf_ptr(b), buf_len(b), digits);
	for (len = strlen(digits); len % 4 != 0; len++)
		digits[len] = '=';
	digits[len] = '\0';
	buf_free(b);
	n = snprintf(text, 2 * ROOM, "-----BEGIN OPENSSH PRIVATE KEY-----\n"
	    "%.20s\n%s\n-----END OPENSSH PRIVATE KEY-----\n", digits,
	    digits + 20);
	return (size_t)n;
}

static void
openssh_keys_are_told_by_their_type(void **state)
{
	static const struct {
		const char *cipher, *type;
		enum ssh_identity_kind kind;
	} known[] = {
		{ "none", "ssh-ed25519", SSH_IDENTITY_FINE },
		{ "none", "ecdsa-sha2-nistp256", SSH_IDENTITY_FINE },
		{ "none", "ssh-rsa", SSH_IDENTITY_RSA },
		{ "none", "ssh-dss", SSH_IDENTITY_UNKNOWN },
		{ "aes256-ctr", "ssh-ed25519", SSH_IDENTITY_LOCKED },
		{ "aes256-ctr", "ssh-rsa", SSH_IDENTITY_LOCKED }
	};
	char text[2 * ROOM];
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		len = make_openssh(known[i].cipher, known[i].type, text);
		assert_int_equal(kind_of(text, len), known[i].kind);
	}
}

static void
a_cut_key_is_unknown(void **state)
{
	char text[2 * ROOM];
	size_t len, whole;

	(void)state;
	whole = make_openssh("none", "ssh-ed25519", text);
	whole -= strlen("-----END OPENSSH PRIVATE KEY-----\n");
	for (len = 0; len < whole; len++)
		assert_int_equal(kind_of(text, len), SSH_IDENTITY_UNKNOWN);
}

static void
pem_keys_are_told_by_their_armour(void **state)
{
	static const struct {
		const char *text;
		enum ssh_identity_kind kind;
	} known[] = {
		{ "-----BEGIN RSA PRIVATE KEY-----\n", SSH_IDENTITY_RSA },
		{ "-----BEGIN RSA PRIVATE KEY-----\n"
		    "Proc-Type: 4,ENCRYPTED\n", SSH_IDENTITY_LOCKED },
		{ "-----BEGIN ENCRYPTED PRIVATE KEY-----\n",
		    SSH_IDENTITY_LOCKED },
		{ "-----BEGIN EC PRIVATE KEY-----\n", SSH_IDENTITY_FINE },
		{ "-----BEGIN PRIVATE KEY-----\n", SSH_IDENTITY_FINE },
		{ "-----BEGIN DSA PRIVATE KEY-----\n",
		    SSH_IDENTITY_UNKNOWN },
		{ "ssh-ed25519 AAAA", SSH_IDENTITY_UNKNOWN },
		{ "", SSH_IDENTITY_UNKNOWN }
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_int_equal(kind_of(known[i].text,
		    strlen(known[i].text)), known[i].kind);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(openssh_keys_are_told_by_their_type),
		cmocka_unit_test(a_cut_key_is_unknown),
		cmocka_unit_test(pem_keys_are_told_by_their_armour)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
