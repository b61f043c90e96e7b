/* test_repo.c: repositories are made whole, and opened with a key. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "hash/sha256.h"
#include "repo/core.h"
#include "store/impl.h"
#include "tests/unit/repo_fixture.h"

#define CONFIG_LEN 116

static void
every_kind_of_key_opens(void **state)
{
	struct repo_fixture *f = *state;
	struct key_input key = { .kind = KEY_PASSPHRASE,
	    .passphrase = "correct horse" };
	uint8_t seed[32], again[32];
	struct repo *r;

	repo_chunker_seed(f->r, seed);
	assert_int_equal(key_slot_add(f->r, &key, "console"), 0);
	assert_int_equal(repo_open(f->s, &key, &r), 0);
	repo_chunker_seed(r, again);
	assert_memory_equal(seed, again, 32);
	repo_close(r);
	repo_key(f, KEY_RECOVERY, &key);
	assert_int_equal(repo_open(f->s, &key, &r), 0);
	repo_chunker_seed(r, again);
	assert_memory_equal(seed, again, 32);
	assert_memory_equal(repo_params(r)->id, f->kf.repo_id, REPO_ID_LEN);
	assert_ptr_equal(repo_store(r), f->s);
	repo_close(r);
	key.token[31] ^= 1;
	assert_int_equal(repo_open(f->s, &key, &r), ERR_DENIED);
	key.kind = KEY_HOST;
	memcpy(key.token, f->recovery, 32);
	assert_int_equal(repo_open(f->s, &key, &r), ERR_DENIED);
	repo_close(NULL);
}

static void
ids_depend_on_keys_and_content(void **state)
{
	struct repo_fixture *f = *state;
	uint8_t hash[32] = { 1 }, a[32], b[32];
	char ab[33], a_b[33];
	struct repo *r;

	repo_chunk_id(f->r, hash, a);
	hash[0] = 2;
	repo_chunk_id(f->r, hash, b);
	assert_memory_not_equal(a, b, 32);
	assert_int_equal(repo_reopen(f, &r), 0);
	repo_chunk_id(r, hash, a);
	assert_memory_equal(a, b, 32);
	repo_close(r);
	repo_source_id(f->r, "ab", "c", ab);
	repo_source_id(f->r, "a", "bc", a_b);
	assert_int_equal(strlen(ab), 32);
	assert_string_not_equal(ab, a_b);
}

static void
create_refuses_what_is_not_empty(void **state)
{
	struct repo_fixture *f = *state;
	struct key_file kf;
	uint8_t recovery[32];
	struct store *s;

	assert_int_equal(repo_create(f->s, "x", &kf, recovery), ERR_EXIST);
	assert_int_equal(store_mem_open(&s), 0);
	assert_int_equal(store_put(s, "readme", "", 0), 0);
	assert_int_equal(repo_create(s, "x", &kf, recovery), ERR_EXIST);
	assert_int_equal(object_count(s, ""), 1);
	store_close(s);
}

/* Create with a fault at operation n; give what repo_open says then. */
static int
create_with_fault(enum store_fault kind, unsigned int n, bool after,
    size_t *objectsp)
{
	struct repo_fixture f = { .r = NULL };
	struct store *faulty;
	struct repo *r = NULL;
	int opened;

	assert_int_equal(store_mem_open(&f.s), 0);
	assert_int_equal(store_fault_open(f.s, kind, n, after, ERR_NOSPACE,
	    &faulty), 0);
	assert_int_equal(repo_create(faulty, "x", &f.kf, f.recovery),
	    ERR_NOSPACE);
	opened = repo_reopen(&f, &r);
	repo_close(r);
	*objectsp = object_count(f.s, "");
	store_close(faulty);
	store_close(f.s);
	return opened;
}

static void
create_that_fails_is_no_repository(void **state)
{
	unsigned int n;
	size_t objects;

	(void)state;
	for (n = 1; n <= 6; n++) {
		assert_int_equal(create_with_fault(STORE_FAULT_FAIL, n, false,
		    &objects), ERR_NOENT);
		assert_int_equal(objects, 0);
		/* The key was not given out: whatever is left is shut. */
		assert_int_not_equal(create_with_fault(STORE_FAULT_DEAD, n,
		    true, &objects), 0);
		if (n < 4)
			assert_int_equal(create_with_fault(STORE_FAULT_DEAD,
			    n, true, &objects), ERR_NOENT);
	}
}

static void
nothing_there_is_noent(void **state)
{
	struct key_input key = { .kind = KEY_HOST };
	struct repo_params p;
	struct store *s;
	struct repo *r;

	(void)state;
	assert_int_equal(store_mem_open(&s), 0);
	assert_int_equal(repo_open(s, &key, &r), ERR_NOENT);
	assert_int_equal(repo_peek(s, &p), ERR_NOENT);
	store_close(s);
}

static void
one_copy_of_the_config_is_enough(void **state)
{
	struct repo_fixture *f = *state;
	struct repo_params p;
	struct repo *r;
	uint8_t *copy;
	unsigned int i;
	size_t len;

	copy = object_copy(f->s, "config", &len);
	assert_int_equal(len, CONFIG_LEN);
	for (i = 0; i < 3; i++) {
		assert_int_equal(store_delete(f->s, config_name(0)), 0);
		object_replace(f->s, config_name(1), "junk", 4);
		object_replace(f->s, config_name(2), "", 0);
		object_replace(f->s, config_name(i), copy, len);
		memset(&p, 0, sizeof(p));
		assert_int_equal(repo_peek(f->s, &p), 0);
		assert_memory_equal(p.id, f->kf.repo_id, sizeof(p.id));
		assert_int_equal(p.chunk_min, 65536);
		assert_int_equal(p.chunk_avg, 262144);
		assert_int_equal(p.chunk_max, 1048576);
		assert_int_equal(p.frame_max, 1048576);
		assert_int_equal(p.pack_max, 33554432);
		assert_int_equal(repo_reopen(f, &r), 0);
		repo_close(r);
	}
	free(copy);
}

/* Make all copies of the config these bytes. */
static void
set_config(struct store *s, const uint8_t *bytes, size_t len)
{
	unsigned int i;

	for (i = 0; i < CONFIG_COPIES; i++)
		object_replace(s, config_name(i), bytes, len);
}

static void
every_flip_and_cut_of_the_config_is_noticed(void **state)
{
	struct repo_fixture *f = *state;
	struct repo_params p;
	uint8_t *copy;
	size_t len, i;

	copy = object_copy(f->s, "config", &len);
	for (i = 0; i < len * 8; i++) {
		copy[i / 8] ^= (uint8_t)(1 << i % 8);
		set_config(f->s, copy, len);
		assert_int_equal(repo_peek(f->s, &p), ERR_CORRUPT);
		copy[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (i = 0; i <= len; i++) {
		copy[len] = 0;
		set_config(f->s, copy, i == len ? len + 1 : i);
		assert_int_equal(repo_peek(f->s, &p), ERR_CORRUPT);
	}
	set_config(f->s, copy, len);
	assert_int_equal(repo_peek(f->s, &p), 0);
	free(copy);
}

/* Change a byte of the config as one who knows no key could. */
static int
open_forged(struct repo_fixture *f, size_t at, uint8_t value)
{
	struct repo *r = NULL;
	uint8_t *copy, was;
	size_t len;
	int e;

	copy = object_copy(f->s, "config", &len);
	was = copy[at];
	copy[at] = value;
	assert_int_equal(sha256_of(copy, len - 32, copy + len - 32), 0);
	set_config(f->s, copy, len);
	e = repo_reopen(f, &r);
	repo_close(r);
	copy[at] = was;
	assert_int_equal(sha256_of(copy, len - 32, copy + len - 32), 0);
	set_config(f->s, copy, len);
	free(copy);
	return e;
}

static void
a_forged_config_is_refused(void **state)
{
	struct repo_fixture *f = *state;

	assert_int_equal(open_forged(f, 31, 0xaa), ERR_CORRUPT);   /* created */
	assert_int_equal(open_forged(f, 35, 1), ERR_CORRUPT);
	assert_int_equal(open_forged(f, 60, 0xaa), ERR_CORRUPT);   /* mac */
	assert_int_equal(open_forged(f, 4, 2), ERR_VERSION);
	assert_int_equal(open_forged(f, 48, 0xff), ERR_FORMAT); /* pack_max */
	assert_int_equal(open_forged(f, 33, 0), ERR_FORMAT);  /* chunk_min 0 */
	assert_int_equal(open_forged(f, 4, 1), 0);
}

#define CASE(name) \
	cmocka_unit_test_setup_teardown(name, repo_setup, repo_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_kind_of_key_opens),
		CASE(ids_depend_on_keys_and_content),
		CASE(create_refuses_what_is_not_empty),
		CASE(create_that_fails_is_no_repository),
		CASE(nothing_there_is_noent),
		CASE(one_copy_of_the_config_is_enough),
		CASE(every_flip_and_cut_of_the_config_is_noticed),
		CASE(a_forged_config_is_refused)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
