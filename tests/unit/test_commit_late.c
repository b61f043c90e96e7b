/* test_commit_late.c: commits where what was put shows late. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/sign.h"
#include "repo/writer_impl.h"
#include "store/impl.h"
#include "tests/unit/job_fixture.h"
#include "tests/unit/repo_fixture.h"

static const struct job_model first = {
	{ { 1, 2, 3, 4 }, { 5, 6, 7, 8 }, { 9, 10, 0, 0 } }
};
static const struct job_model second = {
	{ { 1, 2, 3, 4 }, { 5, 26, 0, 8 }, { 29, 10, 31, 2 } }
};

/*
 * A store around another.  It lists no snapshots if told so; and it may be in
 * no hurry with the next of them that is put: who puts it is told that there
 * was no answer, and it is there only when it was asked for some times.
 */
struct late {
	struct store *inner;		/* borrowed */
	bool	 lists_none, slow;
	unsigned int asked;
	char	 name[STORE_NAME_MAX];	/* "": nothing is on its way */
	uint8_t	 data[4096];
	size_t	 len;
};

#define ASKED_FOR 3

static bool
is_snapshot(const char *name)
{
	return strncmp(name, "snapshots/", 10) == 0;
}

static void
late_close(void *impl)
{
	(void)impl;	/* the test's */
}

static int
late_put(void *impl, const char *name, const void *data, size_t len,
    bool exclusive)
{
	struct late *l = impl;

	if (l->slow && is_snapshot(name)) {
		assert_true(len <= sizeof(l->data));
		snprintf(l->name, sizeof(l->name), "%s", name);
		memcpy(l->data, data, len);
		l->len = len;
		l->slow = false;
		return ERR_TIMEOUT;
	}
	return exclusive ? store_put_exclusive(l->inner, name, data, len) :
	    store_put(l->inner, name, data, len);
}

static int
late_size(void *impl, const char *name, uint64_t *sizep)
{
	struct late *l = impl;

	if (strcmp(name, l->name) == 0 && ++l->asked == ASKED_FOR) {
		l->name[0] = '\0';
		assert_int_equal(store_put_exclusive(l->inner, name, l->data,
		    l->len), 0);
	}
	return store_size(l->inner, name, sizep);
}

static int
late_get(void *impl, const char *name, uint64_t off, size_t len,
    struct buf *out)
{
	struct late *l = impl;

	return store_get(l->inner, name, off, len, out);
}

static int
late_remove(void *impl, const char *name)
{
	struct late *l = impl;

	return store_delete(l->inner, name);
}

static int
late_list(void *impl, const char *prefix, struct store_list *to)
{
	struct late *l = impl;
	struct store_list *all;
	const char *name;
	uint64_t size;
	int r;

	if ((r = store_list_new(l->inner, prefix, &all)) != 0)
		return r;
	while (r == 0 && store_list_next(all, &name, &size) == 1)
		if (!l->lists_none || !is_snapshot(name))
			r = store_list_add(to, name, size);
	store_list_free(all);
	return r;
}

static int
late_promises(void *impl, struct store_promises *pp)
{
	struct late *l = impl;
	int r = store_promises(l->inner, pp);

	pp->listed = false;
	return r;
}

static const struct store_ops late_ops = {
	.close = late_close,
	.put = late_put,
	.get = late_get,
	.size = late_size,
	.remove = late_remove,
	.list = late_list,
	.promises = late_promises
};

/* Open the repository of f through l; both are the caller's. */
static void
late_open(struct repo_fixture *f, struct late *l, struct store **sp,
    struct repo **rp)
{
	struct key_input key;

	l->inner = f->s;
	assert_int_equal(store_new(&late_ops, l, "late", sp), 0);
	repo_key(f, KEY_HOST, &key);
	assert_int_equal(repo_open(*sp, &key, rp), 0);
}

/* Killed with its snapshot on the way, a server begins again. */
static void
what_comes_late_keeps_its_place(void **state)
{
	struct repo_fixture *f = *state;
	struct late l = { .slow = false };
	struct job j = { .seed = f->kf.signer, .host = "h" };
	char dir[] = "/tmp/kho-late-XXXXXX", command[40];
	struct store *s;

	assert_non_null(mkdtemp(dir));
	late_open(f, &l, &s, &j.r);
	j.state_dir = dir;
	assert_int_equal(job_run(&j, &first), 0);
	l.slow = true;
	assert_int_equal(job_run(&j, &second), ERR_TIMEOUT);
	/* Another source, whose snapshot could not meet that one. */
	j.host = "other";
	assert_int_equal(job_run(&j, &first), 0);
	assert_int_equal(l.asked, ASKED_FOR);
	assert_int_equal(job_verify(f->r, true, NULL), 0);
	repo_close(j.r);
	store_close(s);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

static void
what_a_list_lacks_is_met_and_passed(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = { .r = f->r, .seed = f->kf.signer, .host = "h" };
	struct job late = j;
	static const uint8_t seed[SIGN_SEED_LEN] = { 7 };
	struct sign_key *signer;
	struct late l = { .lists_none = true };
	struct store *s;
	unsigned int i;

	/* Another server, of the same source. */
	assert_int_equal(sign_from_seed(seed, &signer), 0);
	assert_int_equal(key_signer_add(f->r, sign_public(signer), "two"), 0);
	late.seed = seed;
	sign_free(signer);
	late_open(f, &l, &s, &late.r);
	for (i = 0; i < 3; i++)
		assert_int_equal(job_run(&j, &first), 0);
	assert_int_equal(job_run(&late, &second), 0);
	repo_close(late.r);
	store_close(s);
	job_check(&j, 3, &first);
	job_check(&j, 4, &second);
	assert_int_equal(job_verify(f->r, true, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		{ "what comes late keeps its place",
		    what_comes_late_keeps_its_place, repo_setup,
		    repo_teardown, NULL },
		{ "what a list lacks is met and passed",
		    what_a_list_lacks_is_met_and_passed, repo_setup,
		    repo_teardown, NULL }
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
