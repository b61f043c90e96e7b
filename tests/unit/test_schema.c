/* test_schema.c: the table of keys holds what it promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/code.h"
#include "policy/internal.h"

static void
keys_stand_once_in_each_scope(void **state)
{
	const struct schema_key *k;
	size_t n, i, j;

	(void)state;
	k = policy_schema(&n);
	assert_true(n > 100);
	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++)
			if ((k[i].scopes & k[j].scopes) != 0 &&
			    strcmp(k[i].path, k[j].path) == 0)
				fail_msg("%s stands twice", k[i].path);
}

static void
parents_stand_in_the_table(void **state)
{
	const struct schema_key *k;
	char parent[128];
	size_t n, i, j;
	char *dot;

	(void)state;
	k = policy_schema(&n);
	for (i = 0; i < n; i++) {
		snprintf(parent, sizeof(parent), "%s", k[i].path);
		if ((dot = strrchr(parent, '.')) == NULL)
			continue;
		*dot = '\0';
		if (dot > parent + 1 && strcmp(dot - 2, "[]") == 0)
			dot[-2] = '\0';
		for (j = 0; j < n; j++)
			if (strcmp(k[j].path, parent) == 0 &&
			    (k[i].scopes & ~k[j].scopes) == 0)
				break;
		if (j == n)
			fail_msg("%s has no parent", k[i].path);
		if (k[i].acted && !k[j].acted)
			fail_msg("%s is acted on, %s not", k[i].path, parent);
	}
}

static void
help_is_one_phrase(void **state)
{
	const struct schema_key *k;
	size_t n;

	(void)state;
	for (k = policy_schema(&n); n > 0; n--, k++) {
		assert_true(strlen(k->help) > 4);
		assert_true(k->help[strlen(k->help) - 1] != '.');
		assert_int_equal(k->words != NULL, k->type == TYPE_CHOICE ||
		    k->type == TYPE_CHOICES);
	}
}

static void
every_code_is_explained(void **state)
{
	int code, n = 0;

	(void)state;
	for (code = 1; code < 100; code++) {
		if (policy_code_title((enum policy_code)code) == NULL)
			continue;
		n++;
		assert_true(strlen(policy_code_explanation(
		    (enum policy_code)code)) > 20);
	}
	assert_int_equal(n, 41);
	assert_null(policy_code_title((enum policy_code)99));
}

static void
cron_lines_are_translated(void **state)
{
	static const struct {
		const char *cron, *text;
	} cases[] = {
		{ "30 18 * * 1-5", "Mon..Fri 18:30" },
		{ "0 1 * * *", "01:00" },
		{ "15 3 * * 0", "Sun 03:15" },
		{ "*/5 * * * *", "" },
		{ "0 1 1 * *", "" }
	};
	char out[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(policy_cron(cases[i].cron, out, sizeof(out)));
		assert_string_equal(out, cases[i].text);
	}
	assert_false(policy_cron("Mon..Fri 11:45", out, sizeof(out)));
	assert_false(policy_cron("01:00", out, sizeof(out)));
	assert_false(policy_cron("*-01,04,07,10-05 09:00", out, sizeof(out)));
}

static void
host_keys_are_looked_at_closely(void **state)
{
	static const char key[] = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK2V8b"
	    "UKkk1lmM7kgTBdBQQFhfr/3ejD36gqJh0qbFB7";
	static const char ecdsa[] = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTIt"
	    "bmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBKsVaQNZ3ssVqDS5Q0eDfK9rvVyFu3FD"
	    "0GAYyrT2dYqRKVzvmlRm4EM3i5TrmjR9EVdBd7PMW5zVs6rB4Cyln7s=";
	char text[256];

	(void)state;
	assert_int_equal(policy_hostkey(key), HOSTKEY_OK);
	assert_int_equal(policy_hostkey(ecdsa), HOSTKEY_OK);
	snprintf(text, sizeof(text), "%s a comment", key);
	assert_int_equal(policy_hostkey(text), HOSTKEY_OK);
	text[strlen(key) - 4] = '\0';
	assert_int_equal(policy_hostkey(text), HOSTKEY_BROKEN);
	assert_int_equal(policy_hostkey("ssh-ed25519"), HOSTKEY_BROKEN);
	assert_int_equal(policy_hostkey(""), HOSTKEY_BROKEN);
	assert_int_equal(policy_hostkey(strchr(key, ' ') + 1),
	    HOSTKEY_BROKEN);
	assert_int_equal(policy_hostkey("SHA256:abc"), HOSTKEY_FINGERPRINT);
	snprintf(text, sizeof(text), "ssh-rsa %s", strchr(key, ' ') + 1);
	assert_int_equal(policy_hostkey(text), HOSTKEY_BROKEN);
	assert_int_equal(policy_hostkey("ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB"),
	    HOSTKEY_TYPE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_stand_once_in_each_scope),
		cmocka_unit_test(parents_stand_in_the_table),
		cmocka_unit_test(help_is_one_phrase),
		cmocka_unit_test(every_code_is_explained),
		cmocka_unit_test(cron_lines_are_translated),
		cmocka_unit_test(host_keys_are_looked_at_closely),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
