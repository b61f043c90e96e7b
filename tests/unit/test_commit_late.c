/* test_commit_late.c: commits where a list lacks what others have just put. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

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

/* A store around another that lists no snapshots; all else is in time. */
static void
late_close(void *impl)
{
	(void)impl;	/* borrowed */
}

static int
late_put(void *impl, const char *name, const void *data, size_t len,
    bool exclusive)
{
	return exclusive ? store_put_exclusive(impl, name, data, len) :
	    store_put(impl, name, data, len);
}

static int
late_get(void *impl, const char *name, uint64_t off, size_t len,
    struct buf *out)
{
	return store_get(impl, name, off, len, out);
}

static int
late_size(void *impl, const char *name, uint64_t *sizep)
{
	return store_size(impl, name, sizep);
}

static int
late_remove(void *impl, const char *name)
{
	return store_delete(impl, name);
}

static int
late_list(void *impl, const char *prefix, struct store_list *l)
{
	struct store_list *all;
	const char *name;
	uint64_t size;
	int r;

	if ((r = store_list_new(impl, prefix, &all)) != 0)
		return r;
	while (r == 0 && store_list_next(all, &name, &size) == 1)
		if (strncmp(name, "snapshots/", 10) != 0)
			r = store_list_add(l, name, size);
	store_list_free(all);
	return r;
}

static int
late_promises(void *impl, struct store_promises *pp)
{
	return store_promises(impl, pp);
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

static void
what_a_list_lacks_is_met_and_passed(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = { .r = f->r, .seed = f->kf.signer, .host = "h" };
	struct job late = j;
	static const uint8_t seed[SIGN_SEED_LEN] = { 7 };
	struct sign_key *signer;
	struct key_input key;
	struct store *s;
	unsigned int i;

	/* Another server, of the same source. */
	assert_int_equal(sign_from_seed(seed, &signer), 0);
	assert_int_equal(key_signer_add(f->r, sign_public(signer), "two"), 0);
	late.seed = seed;
	sign_free(signer);
	assert_int_equal(store_new(&late_ops, f->s, "late", &s), 0);
	repo_key(f, KEY_HOST, &key);
	assert_int_equal(repo_open(s, &key, &late.r), 0);
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
		{ "what a list lacks is met and passed",
		    what_a_list_lacks_is_met_and_passed, repo_setup,
		    repo_teardown, NULL }
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
