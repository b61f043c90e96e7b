/* test_store_cache.c: a far target is asked once, and for what is now. */
#include "config.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/hex.h"
#include "base/log.h"
#include "hash/sha256.h"
#include "store/impl.h"
#include "store/store_cache.h"

#define LEN 100000

struct fixture {
	char	 dir[32];
	struct store *far;		/* what s is a cache of */
	struct store *s, *other;
	struct store_reads reads;
	struct buf *out;
	uint8_t	 data[LEN];
	char	 name[2 * SHA256_LEN + 16];	/* of data */
};

static int
rm_one(const char *path, const struct stat *st, int kind, struct FTW *f)
{
	(void)st;
	(void)kind;
	(void)f;
	return remove(path);
}

static void
quiet(enum log_level level, const char *line, void *arg)
{
	(void)level;
	(void)line;
	(void)arg;
}

static void
name_after(const char *in, const void *data, size_t len, char *name)
{
	uint8_t hash[SHA256_LEN];

	assert_int_equal(sha256_of(data, len, hash), 0);
	strcpy(name, in);
	hex_format(hash, sizeof(hash), name + strlen(in));
}

/* A cache of f->far; a fault store, since it borrows. */
static struct store *
cache_of(struct fixture *f, const char *dir)
{
	struct store *s;

	assert_int_equal(store_fault_open(f->far, STORE_FAULT_FAIL, 0, false,
	    ERR_IO, &s), 0);
	assert_int_equal(store_cache(&s, dir, 8u << 20), 0);
	return s;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	size_t i;

	assert_non_null(f);
	log_sink(quiet, NULL);
	strcpy(f->dir, "/tmp/kho-cached.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	for (i = 0; i < LEN; i++)
		f->data[i] = (uint8_t)(i * 7 + i / 251);
	name_after("packs/aa/", f->data, LEN, f->name);
	assert_int_equal(buf_new(1u << 20, &f->out), 0);
	assert_int_equal(store_mem_open(&f->far), 0);
	f->s = cache_of(f, f->dir);
	f->other = cache_of(f, f->dir);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	int r;

	store_close(f->s);
	store_close(f->other);
	store_close(f->far);
	buf_free(f->out);
	r = nftw(f->dir, rm_one, 16, FTW_DEPTH | FTW_PHYS);
	free(f);
	log_sink(NULL, NULL);
	return r;
}

/* A range of data is read through s, and the target is asked so often. */
static void
assert_range(struct fixture *f, struct store *s, size_t off, size_t len,
    unsigned int asked)
{
	struct store_reads before, after;

	store_cache_reads(s, &before);
	buf_reset(f->out);
	assert_int_equal(store_get(s, f->name, off, len, f->out), 0);
	assert_int_equal(buf_len(f->out), len);
	assert_memory_equal(buf_ptr(f->out), f->data + off, len);
	store_cache_reads(s, &after);
	assert_int_equal(after.target - before.target, asked);
	assert_int_equal(after.target_bytes - before.target_bytes,
	    asked * len);
	assert_int_equal(after.cache - before.cache, 1 - asked);
}

static void
what_was_put_is_not_read_back(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(store_put(f->s, f->name, f->data, LEN), 0);
	assert_range(f, f->s, 0, LEN, 0);
	assert_range(f, f->s, 70000, 1000, 0);
	assert_range(f, f->other, 1, 2, 0);
}

static void
a_range_is_read_once(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(store_put(f->far, f->name, f->data, LEN), 0);
	assert_range(f, f->s, 500, 3000, 1);
	assert_range(f, f->s, 500, 3000, 0);
	assert_range(f, f->other, 500, 3000, 0);
	assert_range(f, f->s, 501, 3000, 1);
}

static void
a_whole_object_is_read_once(void **state)
{
	struct fixture *f = *state;
	struct store_reads reads;
	int i;

	assert_int_equal(store_put(f->far, f->name, f->data, LEN), 0);
	for (i = 0; i < 3; i++) {
		buf_reset(f->out);
		assert_int_equal(store_get_all(f->s, f->name, LEN, f->out),
		    0);
		assert_int_equal(buf_len(f->out), LEN);
		assert_memory_equal(buf_ptr(f->out), f->data, LEN);
	}
	store_cache_reads(f->s, &reads);
	assert_int_equal(reads.target, 1);
	assert_int_equal(reads.cache_bytes, 2 * LEN);
	assert_int_equal(store_get_all(f->s, f->name, LEN - 1, f->out),
	    ERR_TOOBIG);
}

/* A number may come again, a hash may not. */
static void
only_what_is_named_by_its_hash_is_kept(void **state)
{
	static const char *const names[] = { "config", "snapshots/aa/1",
	    "writers/aa/0-bb" };
	struct fixture *f = *state;
	struct store_reads reads;
	size_t i;

	for (i = 0; i < 3; i++) {
		assert_int_equal(store_put_exclusive(f->s, names[i], "abc",
		    3), 0);
		assert_int_equal(store_get_all(f->s, names[i], 3, f->out), 0);
		assert_int_equal(store_delete(f->far, names[i]), 0);
		assert_int_equal(store_put(f->far, names[i], "xyz", 3), 0);
		buf_reset(f->out);
		assert_int_equal(store_get(f->s, names[i], 0, 3, f->out), 0);
		assert_memory_equal(buf_ptr(f->out), "xyz", 3);
	}
	store_cache_reads(f->s, &reads);
	assert_int_equal(reads.cache, 0);
	/* Nor what is not what its name says. */
	assert_int_equal(store_put(f->far, f->name, "damaged", 7), 0);
	assert_int_equal(store_get_all(f->s, f->name, 7, f->out), 0);
	assert_int_equal(store_delete(f->far, f->name), 0);
	assert_int_equal(store_put(f->far, f->name, f->data, LEN), 0);
	assert_range(f, f->s, 0, LEN, 1);
}

static void
what_is_there_is_asked_of_the_target(void **state)
{
	struct fixture *f = *state;
	struct store_list *l;
	const char *name;
	uint64_t size;

	assert_int_equal(store_put(f->s, f->name, f->data, LEN), 0);
	assert_int_equal(store_delete(f->far, f->name), 0);
	assert_int_equal(store_size(f->s, f->name, &size), ERR_NOENT);
	assert_int_equal(store_list_new(f->s, "", &l), 0);
	assert_int_equal(store_list_next(l, &name, &size), 0);
	store_list_free(l);
}

static void
what_is_deleted_is_gone(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(store_put(f->s, f->name, f->data, LEN), 0);
	assert_range(f, f->s, 5, 10, 0);
	assert_int_equal(store_delete(f->other, f->name), 0);
	assert_int_equal(store_get(f->s, f->name, 5, 10, f->out), ERR_NOENT);
	assert_int_equal(store_get_all(f->s, f->name, LEN, f->out),
	    ERR_NOENT);
}

/* The target was damaged when it was read, and then was mended. */
static void
what_is_distrusted_is_read_again(void **state)
{
	struct fixture *f = *state;
	struct store *dry;
	uint8_t bad[LEN] = { 0 };

	assert_int_equal(store_put(f->far, f->name, bad, LEN), 0);
	assert_int_equal(store_get(f->s, f->name, 5, 10, f->out), 0);
	assert_int_equal(store_delete(f->far, f->name), 0);
	assert_int_equal(store_put(f->far, f->name, f->data, LEN), 0);
	buf_reset(f->out);
	assert_int_equal(store_get(f->s, f->name, 5, 10, f->out), 0);
	assert_memory_equal(buf_ptr(f->out), bad, 10);
	dry = cache_of(f, f->dir);
	assert_int_equal(store_dry(&dry), 0);
	assert_true(store_distrust(dry, f->name));
	assert_false(store_distrust(dry, f->name));
	store_close(dry);
	assert_range(f, f->s, 5, 10, 1);
	assert_false(store_distrust(f->far, f->name));
}

static void
without_a_directory_it_only_counts(void **state)
{
	struct fixture *f = *state;
	struct store *s = cache_of(f, NULL);

	assert_int_equal(store_put(s, f->name, f->data, LEN), 0);
	assert_range(f, s, 0, LEN, 1);
	assert_range(f, s, 0, LEN, 1);
	store_close(s);
	s = cache_of(f, "/dev/null/cache");
	assert_range(f, s, 0, LEN, 1);
	store_close(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_put_is_not_read_back),
		TEST(a_range_is_read_once),
		TEST(a_whole_object_is_read_once),
		TEST(only_what_is_named_by_its_hash_is_kept),
		TEST(what_is_there_is_asked_of_the_target),
		TEST(what_is_deleted_is_gone),
		TEST(what_is_distrusted_is_read_again),
		TEST(without_a_directory_it_only_counts)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
