/* test_index_cache.c: cached runs are used if they are whole, and only then. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "base/hex.h"
#include "tests/unit/index_fixture.h"
#include "tests/unit/repo_fixture.h"

/* The path of the only run in the cache. */
static void
cache_file(struct repo_fixture *f, const char *dir, char *path, size_t len)
{
	char id[33], name[128];

	hex_format(f->kf.repo_id, 16, id);
	object_nth(f->s, "index/", 0, name, sizeof(name));
	snprintf(path, len, "%s/%s/%s.run", dir, id, name + 6);
}

/* Open with the cache, of a store that fails if it is read. */
static int
open_from_cache(struct repo_fixture *f, const char *dir)
{
	struct index *x;
	struct repo *r;
	char name[128];
	uint8_t *copy;
	size_t len;
	int unread;

	object_nth(f->s, "index/", 0, name, sizeof(name));
	copy = object_copy(f->s, name, &len);
	object_replace(f->s, name, "junk", 4);
	assert_int_equal(repo_reopen(f, &r), 0);
	assert_int_equal(repo_set_cache(r, dir), 0);
	assert_int_equal(index_open(r, &x), 0);
	unread = (int)index_unread(x);
	if (unread == 0)
		assert_chunks(x, 0, 40);
	index_close(x);
	repo_close(r);
	object_replace(f->s, name, copy, len);
	free(copy);
	return unread;
}

static void
a_cached_run_is_used_unless_changed(void **state)
{
	struct repo_fixture *f = *state;
	char dir[] = "/tmp/kho-cache-XXXXXX", path[256], cmd[300];
	uint8_t hash[32], bytes[8192 + 1];
	struct index *x;
	struct buf *b;
	size_t i, len;

	assert_non_null(mkdtemp(dir));
	assert_int_equal(repo_set_cache(f->r, dir), 0);
	assert_int_equal(index_open(f->r, &x), 0);
	put_chunks(x, 0, 40, hash);
	index_close(x);
	assert_int_equal(open_from_cache(f, dir), 0);
	cache_file(f, dir, path, sizeof(path));
	assert_int_equal(buf_new(8192, &b), 0);
	assert_int_equal(fdio_read_file(path, 8192, b), 0);
	len = buf_len(b);
	memcpy(bytes, buf_ptr(b), len);
	for (i = 0; i < len; i += i < 200 ? 1 : 13) {
		bytes[i] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(fdio_replace_file(path, 0600, bytes, len),
		    0);
		assert_int_equal(open_from_cache(f, dir), 1);
		bytes[i] ^= (uint8_t)(1 << i % 8);
	}
	bytes[len] = 0;
	assert_int_equal(fdio_replace_file(path, 0600, bytes, len + 1), 0);
	assert_int_equal(open_from_cache(f, dir), 1);
	for (i = 0; i < len; i += 31) {
		assert_int_equal(fdio_replace_file(path, 0600, bytes, i), 0);
		assert_int_equal(open_from_cache(f, dir), 1);
	}
	/* It is made anew from the store. */
	assert_int_equal(index_open(f->r, &x), 0);
	assert_chunks(x, 0, 40);
	index_close(x);
	assert_int_equal(open_from_cache(f, dir), 0);
	buf_free(b);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	assert_int_equal(system(cmd), 0);
}

static void
the_cache_keeps_live_runs_only(void **state)
{
	struct repo_fixture *f = *state;
	char dir[] = "/tmp/kho-cache-XXXXXX", cmd[300];
	uint8_t hash[32];
	struct index *x;
	uint32_t i;

	assert_non_null(mkdtemp(dir));
	assert_int_equal(repo_set_cache(f->r, dir), 0);
	assert_int_equal(index_open(f->r, &x), 0);
	for (i = 0; i < 9; i++)
		put_chunks(x, i * 100, 40, hash);
	index_close(x);
	assert_int_equal(index_open(f->r, &x), 0);
	index_close(x);
	/* Two runs; a temporary of a writer that may live, and a dead one. */
	snprintf(cmd, sizeof(cmd), "cd %s/* && touch tmp.1 && "
	    "touch -d '2 days ago' tmp.2", dir);
	assert_int_equal(system(cmd), 0);
	assert_int_equal(index_open(f->r, &x), 0);
	index_close(x);
	snprintf(cmd, sizeof(cmd), "cd %s/* && test $(ls *.run | wc -l) = 2 "
	    "&& test -e tmp.1 && test ! -e tmp.2", dir);
	assert_int_equal(system(cmd), 0);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	assert_int_equal(system(cmd), 0);
}

#define CASE(name) \
	cmocka_unit_test_setup_teardown(name, repo_setup, repo_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_cached_run_is_used_unless_changed),
		CASE(the_cache_keeps_live_runs_only)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
