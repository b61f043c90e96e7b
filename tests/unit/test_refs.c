/* test_refs.c: what is referred to is counted, over chains of objects. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repo/internal.h"
#include "repo/refs_impl.h"
#include "tests/unit/repo_fixture.h"

#define CASE(name, fn) { name, fn, repo_setup, repo_teardown, NULL }
#define IDS 300
#define ROUNDS 80

static const uint8_t none[32];
static uint64_t seed = 88172645463325252;

static uint64_t
random64(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Id number i; many begin alike. */
static void
id_of_number(size_t i, uint8_t idp[32])
{
	memset(idp, 0, 32);
	idp[0] = (uint8_t)(i % 5);
	idp[20] = (uint8_t)(i >> 8);
	idp[31] = (uint8_t)i;
}

/* The test fails unless the set of hash is what the model counts. */
static void
check_set(struct repo *r, const uint8_t hash[32], const int *model)
{
	struct refs_set *s;
	uint8_t id[32];
	size_t i, n = 0;
	int64_t count;

	assert_int_equal(refs_set_load(r, hash, &s), 0);
	for (i = 0; i < IDS; i++) {
		id_of_number(i, id);
		assert_int_equal(refs_set_has(s, id), model[i] > 0);
		n += model[i] > 0;
	}
	assert_int_equal(refs_set_count(s), n);
	for (i = 0; i < n; i++) {
		memcpy(id, refs_set_id(s, i, &count), 32);
		assert_int_equal(count, model[id[20] << 8 | id[31]]);
	}
	refs_set_free(s);
}

/* Add some random changes to b and the model, whose sums stay above zero. */
static void
change_some(struct refs_builder *b, int *model)
{
	size_t i, k;
	uint8_t id[32];
	int change;

	for (k = 0; k < 200; k++) {
		i = (size_t)(random64() % IDS);
		id_of_number(i, id);
		change = (int)(random64() % 5) - 2;
		if (model[i] + change < 0)
			change = -model[i];
		model[i] += change;
		assert_int_equal(refs_builder_add(b, id, change), 0);
	}
}

static void
test_chains_add_up_as_the_model_does(void **state)
{
	struct repo_fixture *f = *state;
	struct refs_builder *b;
	struct refs_set *old;
	struct refs_head h;
	uint8_t hash[ROUNDS + 1][32];
	int model[IDS] = { 0 };
	size_t i;

	memset(hash[0], 0, 32);
	for (i = 0; i < ROUNDS; i++) {
		assert_int_equal(refs_builder_new(&b), 0);
		change_some(b, model);
		assert_int_equal(refs_set_load(f->r, hash[i], &old), 0);
		assert_int_equal(refs_builder_put(b, f->r, hash[i], old,
		    hash[i + 1]), 0);
		check_set(f->r, hash[i + 1], model);
		assert_int_equal(refs_head_get(f->r, hash[i + 1], &h), 0);
		assert_int_equal(h.chain, i % (REFS_CHAIN_MAX + 1));
		refs_set_free(old);
		refs_builder_free(b);
	}
}

static void
test_no_change_is_the_same_object(void **state)
{
	struct repo_fixture *f = *state;
	struct refs_builder *b;
	uint8_t one[32], two[32], id[32];

	assert_int_equal(refs_builder_new(&b), 0);
	assert_int_equal(refs_builder_put(b, f->r, none, NULL, one), 0);
	assert_memory_equal(one, none, 32);
	id_of_number(7, id);
	assert_int_equal(refs_builder_add(b, id, 1), 0);
	assert_int_equal(refs_builder_put(b, f->r, none, NULL, one), 0);
	refs_builder_free(b);
	assert_int_equal(refs_builder_new(&b), 0);
	assert_int_equal(refs_builder_add(b, id, 3), 0);
	assert_int_equal(refs_builder_add(b, id, -3), 0);
	assert_int_equal(refs_builder_put(b, f->r, one, NULL, two), 0);
	assert_memory_equal(one, two, 32);
	assert_int_equal(object_count(f->s, "refs/"), 1);
	refs_builder_free(b);
}

static void
test_many_references_and_large_sums(void **state)
{
	struct repo_fixture *f = *state;
	struct refs_builder *b;
	struct refs_set *s;
	uint8_t id[32], hash[32];
	uint64_t v;
	size_t i;
	int64_t count;

	assert_int_equal(refs_builder_new(&b), 0);
	for (i = 0; i < 20000; i++) {
		v = random64();
		memset(id, 0xff, sizeof(id));
		memcpy(id, &v, sizeof(v));
		assert_int_equal(refs_builder_add(b, id, 1), 0);
	}
	memset(id, 0, sizeof(id));
	for (i = 0; i < 5; i++)
		assert_int_equal(refs_builder_add(b, id, INT32_MAX), 0);
	assert_int_equal(refs_builder_put(b, f->r, none, NULL, hash), 0);
	refs_builder_free(b);
	assert_int_equal(refs_set_load(f->r, hash, &s), 0);
	assert_int_equal(refs_set_count(s), 20001);
	assert_memory_equal(refs_set_id(s, 0, &count), id, 32);
	assert_true(count == 5 * (int64_t)INT32_MAX);
	refs_set_free(s);
}

static void
test_damage_and_negative_sums_are_refused(void **state)
{
	struct repo_fixture *f = *state;
	struct refs_builder *b;
	struct refs_set *s;
	uint8_t id[32], hash[32], *copy;
	char name[OBJECT_NAME_MAX];
	size_t i, len;

	assert_int_equal(refs_builder_new(&b), 0);
	for (i = 0; i < 5; i++) {
		id_of_number(i, id);
		assert_int_equal(refs_builder_add(b, id, 1), 0);
	}
	assert_int_equal(refs_builder_put(b, f->r, none, NULL, hash), 0);
	object_name("refs", hash, name);
	copy = object_copy(f->s, name, &len);
	for (i = 0; i < len; i++) {
		copy[i] ^= 4;
		object_replace(f->s, name, copy, len);
		assert_int_not_equal(refs_set_load(f->r, hash, &s), 0);
		copy[i] ^= 4;
		object_replace(f->s, name, copy, i);
		assert_int_not_equal(refs_set_load(f->r, hash, &s), 0);
	}
	object_replace(f->s, name, copy, len);
	free(copy);
	assert_int_equal(refs_set_load(f->r, hash, &s), 0);
	refs_set_free(s);
	assert_int_equal(refs_builder_add(b, id, -9), 0);
	assert_int_equal(refs_builder_put(b, f->r, none, NULL, hash), 0);
	assert_int_equal(refs_set_load(f->r, hash, &s), ERR_FORMAT);
	assert_int_equal(store_delete(f->s, name), 0);
	object_name("refs", hash, name);
	assert_int_equal(store_delete(f->s, name), 0);
	assert_int_equal(refs_set_load(f->r, hash, &s), ERR_NOENT);
	refs_builder_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("chains add up as the model does",
		    test_chains_add_up_as_the_model_does),
		CASE("no change is the same object",
		    test_no_change_is_the_same_object),
		CASE("many references and large sums",
		    test_many_references_and_large_sums),
		CASE("damage and negative sums are refused",
		    test_damage_and_negative_sums_are_refused)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
