/* test_keys.c: slots, signers, key files, and what officers type. */
#include "config.h"

#include <sys/stat.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "crypto/phrase.h"
#include "crypto/secret.h"
#include "repo/core.h"
#include "tests/unit/repo_fixture.h"

/* The object of the slot of that kind. */
static void
slot_name(struct repo_fixture *f, enum key_kind kind, char *name, size_t len)
{
	struct key_slot *slots;
	size_t n, i;

	assert_int_equal(key_slot_list(f->r, &slots, &n), 0);
	name[0] = '\0';
	for (i = 0; i < n; i++)
		if (slots[i].kind == kind)
			snprintf(name, len, "keys/slots/%s", slots[i].id);
	assert_string_not_equal(name, "");
	free(slots);
}

static void
slots_are_listed(void **state)
{
	struct repo_fixture *f = *state;
	struct key_slot *slots;
	size_t n, i, host;

	assert_int_equal(key_slot_list(f->r, &slots, &n), 0);
	assert_int_equal(n, 2);
	host = slots[0].kind == KEY_HOST ? 0 : 1;
	assert_string_equal(slots[host].label, "server");
	assert_true(slots[host].opened);
	assert_int_equal(slots[!host].kind, KEY_RECOVERY);
	assert_false(slots[!host].opened);
	for (i = 0; i < n; i++)
		assert_int_equal(strlen(slots[i].id), 64);
	free(slots);
}

static void
slots_are_added_and_removed(void **state)
{
	struct repo_fixture *f = *state;
	struct key_input key = { .kind = KEY_HOST };
	char name[128], label[70];
	struct repo *r;

	memset(label, 'x', sizeof(label));
	label[65] = '\0';
	assert_int_equal(key_slot_add(f->r, &key, label), ERR_TOOBIG);
	label[64] = '\0';
	assert_int_equal(key_slot_add(f->r, &key, label), 0);
	assert_int_equal(repo_open(f->s, &key, &r), 0);
	repo_close(r);
	assert_int_equal(object_count(f->s, "keys/slots/"), 3);
	slot_name(f, KEY_RECOVERY, name, sizeof(name));
	assert_int_equal(key_slot_remove(f->r, ""), ERR_NOENT);
	name[11 + 3] = '\0';
	assert_int_equal(key_slot_remove(f->r, name + 11), ERR_NOENT);
	slot_name(f, KEY_RECOVERY, name, sizeof(name));
	name[11 + 12] = '\0';
	assert_int_equal(key_slot_remove(f->r, name + 11), 0);
	repo_key(f, KEY_RECOVERY, &key);
	assert_int_equal(repo_open(f->s, &key, &r), ERR_DENIED);
	assert_int_equal(key_slot_remove(f->r, name + 11), ERR_NOENT);
	slot_name(f, KEY_HOST, name, sizeof(name));
	assert_int_equal(key_slot_remove(f->r, name + 11), 0);
	slot_name(f, KEY_HOST, name, sizeof(name));
	assert_int_equal(key_slot_remove(f->r, name + 11), ERR_DENIED);
	assert_int_equal(object_count(f->s, "keys/slots/"), 1);
}

static int
by_id(const void *a, const void *b)
{
	const struct key_slot *x = a, *y = b;

	return strcmp(x->id, y->id);
}

static void
a_prefix_of_two_slots_is_refused(void **state)
{
	struct repo_fixture *f = *state;
	struct key_input key = { .kind = KEY_HOST };
	struct key_slot *slots;
	char prefix[5] = "";
	size_t n, i;

	/* Two of 65,536 possible beginnings meet after some 300 slots. */
	while (prefix[0] == '\0') {
		for (i = 0; i < 100; i++)
			assert_int_equal(key_slot_add(f->r, &key, ""), 0);
		assert_int_equal(key_slot_list(f->r, &slots, &n), 0);
		qsort(slots, n, sizeof(*slots), by_id);
		for (i = 1; i < n; i++)
			if (memcmp(slots[i - 1].id, slots[i].id, 4) == 0)
				memcpy(prefix, slots[i].id, 4);
		free(slots);
	}
	assert_int_equal(key_slot_remove(f->r, prefix), ERR_EXIST);
	assert_int_equal(object_count(f->s, "keys/slots/"), n);
}

/* What opening with the host key, and with a wrong one, says. */
static void
assert_opens(struct repo_fixture *f, int right, int wrong)
{
	struct key_input key;
	struct repo *r = NULL;

	repo_key(f, KEY_HOST, &key);
	assert_int_equal(repo_open(f->s, &key, &r), right);
	repo_close(r);
	r = NULL;
	key.token[5] ^= 1;
	assert_int_equal(repo_open(f->s, &key, &r), wrong);
	repo_close(r);
}

static void
a_damaged_slot_is_told_from_a_wrong_key(void **state)
{
	struct repo_fixture *f = *state;
	char host[128], recovery[128];
	uint8_t *copy;
	size_t len, i;

	slot_name(f, KEY_HOST, host, sizeof(host));
	slot_name(f, KEY_RECOVERY, recovery, sizeof(recovery));
	copy = object_copy(f->s, host, &len);
	assert_opens(f, 0, ERR_DENIED);
	for (i = 0; i < len * 8; i++) {
		copy[i / 8] ^= (uint8_t)(1 << i % 8);
		object_replace(f->s, host, copy, len);
		assert_opens(f, ERR_DENIED, ERR_DENIED);
		copy[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_int_equal(store_delete(f->s, recovery), 0);
	for (i = 0; i < len; i++) {
		object_replace(f->s, host, copy, i);
		assert_opens(f, ERR_CORRUPT, ERR_CORRUPT);
	}
	object_replace(f->s, host, copy, len);
	assert_opens(f, 0, ERR_DENIED);
	assert_int_equal(store_delete(f->s, host), 0);
	assert_opens(f, ERR_CORRUPT, ERR_CORRUPT);
	free(copy);
}

static void
exchanged_slots_are_damaged(void **state)
{
	struct repo_fixture *f = *state;
	char host[128], recovery[128];
	uint8_t *a, *b;
	size_t alen, blen;

	slot_name(f, KEY_HOST, host, sizeof(host));
	slot_name(f, KEY_RECOVERY, recovery, sizeof(recovery));
	a = object_copy(f->s, host, &alen);
	b = object_copy(f->s, recovery, &blen);
	object_replace(f->s, host, b, blen);
	object_replace(f->s, recovery, a, alen);
	assert_opens(f, ERR_CORRUPT, ERR_CORRUPT);
	free(a);
	free(b);
}

/* What opening a passphrase slot that asks for so much says. */
static int
open_with_costs(uint64_t ops, uint64_t mem)
{
	struct key_input key = { .kind = KEY_PASSPHRASE, .passphrase = "x" };
	uint8_t id[REPO_ID_LEN] = { 0 };
	struct secret *master;
	struct slot slot;
	struct buf *b;
	uint8_t *copy;
	size_t i, len, at;
	int r;

	assert_int_equal(secret_random(SECRET_KEY_LEN, &master), 0);
	assert_int_equal(buf_new(SLOT_OBJECT_MAX, &b), 0);
	key.kind = KEY_HOST;
	assert_int_equal(slot_encode(id, &key, "label", master, b), 0);
	len = buf_len(b);
	copy = malloc(len);
	assert_non_null(copy);
	memcpy(copy, buf_ptr(b), len);
	copy[24] = KEY_PASSPHRASE;
	at = len - 72 - 16;
	for (i = 0; i < 8; i++) {
		copy[at + i] = (uint8_t)(ops >> (56 - 8 * i));
		copy[at + 8 + i] = (uint8_t)(mem >> (56 - 8 * i));
	}
	r = slot_decode(id, copy, len, &slot);
	key.kind = KEY_PASSPHRASE;
	if (r == 0)
		r = slot_open(id, &slot, &key, master);
	free(copy);
	buf_free(b);
	secret_free(master);
	return r;
}

static void
costs_of_a_slot_are_capped(void **state)
{
	(void)state;
	assert_int_equal(open_with_costs(1, 8192), ERR_DENIED);
	assert_int_equal(open_with_costs(11, 8192), ERR_TOOBIG);
	assert_int_equal(open_with_costs(1, (UINT64_C(1) << 30) + 1),
	    ERR_TOOBIG);
	assert_int_equal(open_with_costs(UINT64_MAX, UINT64_MAX), ERR_TOOBIG);
	assert_int_equal(open_with_costs(0, 8192), ERR_FORMAT);
	assert_int_equal(open_with_costs(1, 0), ERR_FORMAT);
}

static void
signers_are_those_vouched_for(void **state)
{
	static const uint8_t other[32] = { 3, 4 };
	struct repo_fixture *f = *state;
	char name[128];
	struct repo *r;
	uint8_t *copy;
	size_t len, i;

	assert_int_equal(repo_reopen(f, &r), 0);
	assert_int_equal(key_signer_check(r, other), ERR_NOENT);
	assert_int_equal(key_signer_add(f->r, other, "second server"), 0);
	assert_int_equal(key_signer_check(f->r, other), 0);
	assert_int_equal(key_signer_check(r, other), 0);
	repo_close(r);
	assert_int_equal(object_count(f->s, "keys/signers/"), 2);
	for (i = 0; i < 2; i++) {
		object_nth(f->s, "keys/signers/", i, name, sizeof(name));
		copy = object_copy(f->s, name, &len);
		copy[len / 2] ^= 4;
		object_replace(f->s, name, copy, len);
		free(copy);
	}
	assert_int_equal(repo_reopen(f, &r), 0);
	assert_int_equal(key_signer_check(r, other), ERR_NOENT);
	repo_close(r);
}

static void
key_files_come_back(void **state)
{
	struct repo_fixture *f = *state;
	char dir[] = "/tmp/kho-key-XXXXXX", path[64];
	struct key_file kf;
	struct stat st;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/key", dir);
	assert_int_equal(key_file_read(path, &kf), ERR_NOENT);
	assert_int_equal(key_file_write(path, &f->kf), 0);
	assert_int_equal(key_file_write(path, &f->kf), ERR_EXIST);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(key_file_read(path, &kf), 0);
	assert_memory_equal(&kf, &f->kf, sizeof(kf));
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(key_file_read(path, &kf), ERR_DENIED);
	assert_int_equal(chmod(path, 0602), 0);
	assert_int_equal(key_file_read(path, &kf), ERR_DENIED);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

/* The text of the fixture's key file. */
static void
key_text(struct repo_fixture *f, char *text, size_t len)
{
	char dir[] = "/tmp/kho-key-XXXXXX", path[64];
	struct buf *b;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/key", dir);
	assert_int_equal(key_file_write(path, &f->kf), 0);
	assert_int_equal(buf_new(len, &b), 0);
	assert_int_equal(fdio_read_file(path, len - 1, b), 0);
	memcpy(text, buf_ptr(b), buf_len(b));
	text[buf_len(b)] = '\0';
	buf_free(b);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void
key_input_takes_a_key_file(void **state)
{
	struct repo_fixture *f = *state;
	char text[512], copy[512];
	struct key_input key;
	size_t i, n;

	key_text(f, text, sizeof(text));
	strcpy(copy, text);
	assert_int_equal(key_input_parse(copy, &key), 0);
	assert_int_equal(key.kind, KEY_HOST);
	assert_memory_equal(key.token, f->kf.host, 32);
	n = strlen(text);
	for (i = strlen("KHO-HOST-KEY-1"); i < n; i++) {
		memcpy(copy, text, n);
		copy[i] = '\0';
		assert_int_equal(key_input_parse(copy, &key), ERR_FORMAT);
	}
	snprintf(copy, sizeof(copy), "%s\n", text);
	assert_int_equal(key_input_parse(copy, &key), ERR_FORMAT);
}

static void
key_input_takes_a_recovery_key(void **state)
{
	struct repo_fixture *f = *state;
	char text[PHRASE_MAX + 8], copy[PHRASE_MAX + 8];
	struct key_input key;

	phrase_format(f->recovery, text);
	strcat(text, "\n");
	strcpy(copy, text);
	copy[34] = '\n';	/* on two lines, in place of a dash */
	assert_int_equal(text[34], '-');
	assert_int_equal(key_input_parse(copy, &key), 0);
	assert_int_equal(key.kind, KEY_RECOVERY);
	assert_memory_equal(key.token, f->recovery, 32);
	strcpy(copy, text);
	copy[8] = copy[8] == 'A' ? 'B' : 'A';
	assert_int_equal(key_input_parse(copy, &key), ERR_CORRUPT);
}

static void
key_input_takes_a_passphrase(void **state)
{
	char text[] = "  correct horse \r\nsecond line\n", empty[] = "\nx";
	char nothing[] = "", one[] = "x";
	struct key_input key;

	(void)state;
	assert_int_equal(key_input_parse(text, &key), 0);
	assert_int_equal(key.kind, KEY_PASSPHRASE);
	assert_string_equal(key.passphrase, "  correct horse ");
	assert_int_equal(key_input_parse(one, &key), 0);
	assert_string_equal(key.passphrase, "x");
	assert_int_equal(key_input_parse(empty, &key), ERR_CONFIG);
	assert_int_equal(key_input_parse(nothing, &key), ERR_CONFIG);
}

#define CASE(name) \
	cmocka_unit_test_setup_teardown(name, repo_setup, repo_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(slots_are_listed),
		CASE(slots_are_added_and_removed),
		CASE(a_prefix_of_two_slots_is_refused),
		CASE(a_damaged_slot_is_told_from_a_wrong_key),
		CASE(exchanged_slots_are_damaged),
		CASE(costs_of_a_slot_are_capped),
		CASE(signers_are_those_vouched_for),
		CASE(key_files_come_back),
		CASE(key_input_takes_a_key_file),
		CASE(key_input_takes_a_recovery_key),
		CASE(key_input_takes_a_passphrase)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
