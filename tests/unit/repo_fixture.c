/* repo_fixture.c: a new repository in memory, for the tests of repo. */
#include "config.h"

#include "tests/unit/repo_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/log.h"
#include "repo/core.h"
#include "store/impl.h"

#define OBJECT_MAX (64u << 20)

static void
sink(enum log_level level, const char *line, void *arg)
{
	(void)level;
	(void)line;
	(void)arg;
}

void
log_nothing(void)
{
	log_sink(sink, NULL);
}

int
repo_setup(void **state)
{
	struct repo_fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	log_nothing();
	assert_int_equal(store_mem_open(&f->s), 0);
	assert_int_equal(repo_create(f->s, "server", &f->kf, f->recovery), 0);
	assert_int_equal(repo_reopen(f, &f->r), 0);
	*state = f;
	return 0;
}

int
repo_teardown(void **state)
{
	struct repo_fixture *f = *state;

	repo_close(f->r);
	store_close(f->s);
	free(f);
	log_sink(NULL, NULL);
	return 0;
}

void
repo_key(const struct repo_fixture *f, enum key_kind kind,
    struct key_input *keyp)
{
	memset(keyp, 0, sizeof(*keyp));
	keyp->kind = kind;
	memcpy(keyp->token, kind == KEY_HOST ? f->kf.host : f->recovery, 32);
}

int
repo_reopen(struct repo_fixture *f, struct repo **repop)
{
	struct key_input key;

	repo_key(f, KEY_HOST, &key);
	return repo_open(f->s, &key, repop);
}

uint8_t *
object_copy(struct store *s, const char *name, size_t *lenp)
{
	struct buf *b;
	uint8_t *copy;

	assert_int_equal(buf_new(OBJECT_MAX, &b), 0);
	assert_int_equal(store_get_all(s, name, OBJECT_MAX, b), 0);
	copy = malloc(buf_len(b) + 1);
	assert_non_null(copy);
	memcpy(copy, buf_ptr(b), buf_len(b));
	*lenp = buf_len(b);
	buf_free(b);
	return copy;
}

void
object_replace(struct store *s, const char *name, const void *data,
    size_t len)
{
	assert_int_equal(store_delete(s, name), 0);
	assert_int_equal(store_put_exclusive(s, name, data, len), 0);
}

void
object_nth(struct store *s, const char *prefix, size_t i, char *namep,
    size_t len)
{
	struct store_list *l;
	const char *name;
	uint64_t size;

	assert_int_equal(store_list_new(s, prefix, &l), 0);
	do
		assert_int_equal(store_list_next(l, &name, &size), 1);
	while (i-- > 0);
	snprintf(namep, len, "%s", name);
	store_list_free(l);
}

size_t
object_count(struct store *s, const char *prefix)
{
	struct store_list *l;
	const char *name;
	uint64_t size;
	size_t n = 0;

	assert_int_equal(store_list_new(s, prefix, &l), 0);
	while (store_list_next(l, &name, &size) == 1)
		n++;
	store_list_free(l);
	return n;
}

void
object_plant(struct store *s, const char *dir, const void *data, size_t len)
{
	uint8_t hash[32];

	assert_int_equal(object_put_in(s, dir, data, len, hash), 0);
}
