/* test_store_dir_share.c: a directory on a share that misbehaves. */
#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/log.h"
#include "store/impl.h"
#include "tests/unit/share.h"

#define OBJECT_MAX (1u << 20)
#define BIG 70000u
#define SWEEP_MAX 400u		/* no call of a store makes so many */

struct fixture {
	struct share sh;
	struct store *s;
	struct buf *out;
	uint8_t	 big[BIG];
};

static void
quiet(enum log_level level, const char *line, void *arg)
{
	(void)level;
	(void)line;
	(void)arg;
}

static int
setup_for(void **state, const char *seconds)
{
	struct fixture *f = calloc(1, sizeof(*f));
	size_t i;

	assert_non_null(f);
	for (i = 0; i < BIG; i++)
		f->big[i] = (uint8_t)(i * 13 + i / 256);
	assert_int_equal(buf_new(OBJECT_MAX, &f->out), 0);
	log_sink(quiet, NULL);
	*state = f;
	if (!share_start(&f->sh, seconds))
		return 0;
	assert_int_equal(store_dir_open(f->sh.path, NULL, &f->s), 0);
	return 0;
}

static int
setup(void **state)
{
	return setup_for(state, NULL);
}

/* The kernel believes what it saw for a minute. */
static int
setup_stale(void **state)
{
	return setup_for(state, "60");
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	store_close(f->s);
	if (f->sh.pid != 0)
		share_stop(&f->sh);
	buf_free(f->out);
	free(f);
	log_sink(NULL, NULL);
	return 0;
}

/* The share, or the end of the test. */
static struct fixture *
need(void **state)
{
	struct fixture *f = *state;

	if (f->s == NULL)
		skip();
	return f;
}

/* The object is there, whole, as the server has it. */
static void
assert_stored(struct fixture *f, const char *name, const void *data,
    size_t len)
{
	struct store *s;

	assert_int_equal(store_dir_open(f->sh.base, NULL, &s), 0);
	buf_reset(f->out);
	assert_int_equal(store_get_all(s, name, OBJECT_MAX, f->out), 0);
	assert_int_equal(buf_len(f->out), len);
	assert_memory_equal(buf_ptr(f->out), data, len);
	store_close(s);
}

/* There is no such object, or it is whole. */
static void
assert_whole_or_absent(struct fixture *f, const char *name)
{
	struct store *s;
	uint64_t size;

	assert_int_equal(store_dir_open(f->sh.base, NULL, &s), 0);
	if (store_size(s, name, &size) == 0)
		assert_stored(f, name, f->big, BIG);
	store_close(s);
}

static void
no_links_no_noreplace_no_sync(void **state)
{
	struct fixture *f = need(state);
	struct store_promises p;

	assert_int_equal(store_promises(f->s, &p), 0);
	assert_int_equal(p.exclusive, STORE_EXCLUSIVE_ATOMIC);
	assert_false(p.listed);
	share_rules(&f->sh, "link:1+:EPERM noreplace:1+:EINVAL"
	    " fsyncdir:1+:EBADF");
	assert_int_equal(store_put_exclusive(f->s, "a/b", f->big, BIG), 0);
	assert_int_equal(store_put_exclusive(f->s, "a/b", "x", 1),
	    ERR_EXIST);
	assert_int_equal(store_put(f->s, "a/b", f->big, BIG), 0);
	assert_stored(f, "a/b", f->big, BIG);
	assert_int_equal(store_promises(f->s, &p), 0);
	assert_int_equal(p.exclusive, STORE_EXCLUSIVE_CHECKED);
	assert_int_equal(p.durable, STORE_DURABLE_WORD);
}

/* What is late is told by the last call that can tell it. */
static void
what_is_told_late_is_heard(void **state)
{
	static const struct {
		const char *rules;
		int	 code;
	} cases[] = { { "fsync:1:ENOSPC", ERR_NOSPACE },
	    { "fsync:1:EIO", ERR_IO }, { "flush:1:ENOSPC", ERR_NOSPACE },
	    { "flush:1:EDQUOT", ERR_NOSPACE }, { "flush:1:EIO", ERR_IO },
	    { "write:1:EIO", ERR_IO }, { "write:1:ENOSPC", ERR_NOSPACE },
	    { "fsyncdir:2:EIO", ERR_IO } };
	struct fixture *f = need(state);
	char name[32];
	size_t i;

	assert_int_equal(store_put(f->s, "a/b", "x", 1), 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(name, sizeof(name), "a/%zu", i);
		share_rules(&f->sh, cases[i].rules);
		assert_int_equal(store_put(f->s, name, f->big, BIG),
		    cases[i].code);
		assert_int_equal(share_struck(&f->sh), 1);
		assert_whole_or_absent(f, name);
		share_rules(&f->sh, "");
		assert_int_equal(store_put(f->s, name, f->big, BIG), 0);
		assert_stored(f, name, f->big, BIG);
	}
}

static void
lost_answers_are_looked_for(void **state)
{
	static const char *const rules[] = { "link:1:late-EIO",
	    "link:1:late-EEXIST", "link:1:late-ETIMEDOUT",
	    "link:1:late-ESTALE", "link:1:EPERM noreplace:1:late-EIO",
	    "link:1:EPERM noreplace:1:late-EEXIST",
	    "link:1:EPERM noreplace:1:EINVAL rename:1:late-EIO",
	    "mkdir:1:late-EIO", "mkdir:1:late-EEXIST" };
	struct fixture *f = need(state);
	char name[32];
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		snprintf(name, sizeof(name), "%zu/a", i);
		share_rules(&f->sh, rules[i]);
		assert_int_equal(store_put_exclusive(f->s, name, f->big, BIG),
		    0);
		assert_true(share_struck(&f->sh) > 0);
		assert_stored(f, name, f->big, BIG);
	}
	share_rules(&f->sh, "unlink:1:late-EIO");
	assert_int_equal(store_delete(f->s, "0/a"), 0);
	share_rules(&f->sh, "unlink:1:EIO");
	assert_int_equal(store_delete(f->s, "1/a"), ERR_IO);
	assert_stored(f, "1/a", f->big, BIG);
}

static void
short_and_slow_is_only_slow(void **state)
{
	struct fixture *f = need(state);
	struct store_room room;

	share_rules(&f->sh, "statfs:1+:short");
	assert_int_equal(store_room(f->s, &room), 0);
	assert_true(room.free == UINT64_MAX);	/* not: it is full */
	share_rules(&f->sh, "read:1+:short write:1+:short fsync:1+:slow-50");
	assert_int_equal(store_put(f->s, "a/b", f->big, BIG), 0);
	assert_int_equal(store_get_all(f->s, "a/b", OBJECT_MAX, f->out), 0);
	assert_memory_equal(buf_ptr(f->out), f->big, BIG);
	assert_true(share_struck(&f->sh) > 10);
	assert_stored(f, "a/b", f->big, BIG);
}

/* The operations of a sweep, each after the other: the code of step. */
#define STEPS 5

static int
step(struct fixture *f, unsigned int which, const char *name)
{
	struct store_list *l;
	uint64_t size;
	int r;

	switch (which) {
	case 0:
		return store_put(f->s, name, f->big, BIG);
	case 1:
		buf_reset(f->out);
		r = store_get_all(f->s, "kept", OBJECT_MAX, f->out);
		if (r == 0)
			assert_memory_equal(buf_ptr(f->out), f->big, BIG);
		return r;
	case 2:
		if ((r = store_list_new(f->s, "", &l)) != 0)
			return r;
		for (r = 0; store_list_next(l, &name, &size) == 1; )
			r += strcmp(name, "kept") == 0;
		store_list_free(l);
		assert_int_equal(r, 1);
		return 0;
	case 3:
		return store_put_exclusive(f->s, name, f->big, BIG);
	default:
		return store_delete(f->s, name);
	}
}

/* Each step, with the nth operation in it going wrong, until it no longer
 * makes so many.  Codes that say something of an object must be true. */
static void
sweep(struct fixture *f, const char *what, bool lasting, int want)
{
	char name[40], rules[64];
	unsigned int i, n, struck;
	static unsigned int made;
	int r;

	for (i = 0; i < STEPS; i++) {
		for (n = 1, struck = 1; struck > 0; n++) {
			assert_true(n < SWEEP_MAX);
			made++;
			snprintf(name, sizeof(name), "o%u/%u", made % 7,
			    made);
			if (i == 4)
				assert_int_equal(store_put(f->s, name,
				    f->big, BIG), 0);
			snprintf(rules, sizeof(rules), "any:%u%s:%s", n,
			    lasting ? "+" : "", what);
			share_rules(&f->sh, rules);
			r = step(f, i, name);
			struck = share_struck(&f->sh);
			share_rules(&f->sh, "");
			assert_true(r == 0 || (r == want && struck > 0));
			if (r == 0 && (i == 0 || i == 3))
				assert_stored(f, name, f->big, BIG);
			assert_whole_or_absent(f, name);
			if (i == 0 || i == 4)
				assert_int_equal(step(f, i, name), 0);
			assert_int_equal(step(f, 4, name), 0);
		}
	}
}

static void
any_operation_may_fail(void **state)
{
	struct fixture *f = need(state);

	assert_int_equal(store_put(f->s, "kept", f->big, BIG), 0);
	sweep(f, "EIO", false, ERR_IO);
	sweep(f, "ENOTCONN", true, ERR_CLOSED);
	sweep(f, "ENOSPC", false, ERR_NOSPACE);
	sweep(f, "late-EIO", false, ERR_IO);
}

/* One forgotten handle is no trouble at all; if all are, that is. */
static void
what_the_share_forgot_is_asked_again(void **state)
{
	struct fixture *f = need(state);

	assert_int_equal(store_put(f->s, "kept", f->big, BIG), 0);
	sweep(f, "ESTALE", false, 0);
	sweep(f, "late-ESTALE", false, 0);
	sweep(f, "ESTALE", true, ERR_IO);
}

static void
a_share_that_dies_is_closed(void **state)
{
	struct fixture *f = need(state);
	uint64_t size;

	assert_int_equal(store_put(f->s, "a/b", f->big, BIG), 0);
	share_rules(&f->sh, "write:1:die");
	assert_int_equal(store_put(f->s, "a/c", f->big, BIG), ERR_CLOSED);
	assert_int_equal(store_size(f->s, "a/b", &size), ERR_CLOSED);
	assert_int_equal(store_put(f->s, "a/b", f->big, BIG), ERR_CLOSED);
	assert_stored(f, "a/b", f->big, BIG);
	assert_whole_or_absent(f, "a/c");
}

/* Another client's object: there on the server, not yet seen here. */
static void
what_others_put_is_not_put_over(void **state)
{
	struct fixture *f = need(state);
	struct store *other;
	uint64_t size;

	assert_int_equal(store_dir_open(f->sh.base, NULL, &other), 0);
	assert_int_equal(store_put(f->s, "a/b", "x", 1), 0);
	assert_int_equal(store_size(f->s, "a/c", &size), ERR_NOENT);
	assert_int_equal(store_size(f->s, "a/d", &size), ERR_NOENT);
	assert_int_equal(store_put(other, "a/c", "theirs", 6), 0);
	assert_int_equal(store_put(other, "a/d", f->big, BIG), 0);
	assert_int_equal(store_put_exclusive(f->s, "a/c", "ours", 4),
	    ERR_EXIST);
	assert_int_equal(store_put(f->s, "a/d", f->big, BIG), 0);
	assert_stored(f, "a/c", "theirs", 6);
	assert_stored(f, "a/d", f->big, BIG);
	store_close(other);
}

/* It believes that the name is not there, and the answer gets lost. */
static void
a_lost_answer_is_found_in_spite_of_a_belief(void **state)
{
	static const char *const rules[] = { "link:1:late-EIO",
	    "link:1+:EPERM noreplace:1:late-EIO",
	    "link:1+:EPERM noreplace:1+:EINVAL rename:1:late-EIO" };
	struct fixture *f = need(state);
	char name[32];
	uint64_t size;
	size_t i;

	assert_int_equal(store_put(f->s, "a/b", "x", 1), 0);
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		snprintf(name, sizeof(name), "a/%zu", i);
		assert_int_equal(store_size(f->s, name, &size), ERR_NOENT);
		share_rules(&f->sh, rules[i]);
		assert_int_equal(store_put_exclusive(f->s, name, f->big, BIG),
		    0);
		assert_stored(f, name, f->big, BIG);
	}
}

/* Neither is what has been mounted or put at the path meanwhile. */
static void
another_directory_is_not_gone_on_in(void **state)
{
	struct fixture *f = need(state);
	char sub[100], moved[100];
	struct store *s;

	snprintf(sub, sizeof(sub), "%s/sub", f->sh.path);
	snprintf(moved, sizeof(moved), "%s/moved", f->sh.path);
	assert_int_equal(mkdir(sub, 0700), 0);
	assert_int_equal(store_dir_open(sub, NULL, &s), 0);
	assert_int_equal(rename(sub, moved), 0);
	assert_int_equal(mkdir(sub, 0700), 0);
	/* The handles of what was opened are forgotten. */
	share_rules(&f->sh, "any@/moved:1+:ESTALE");
	assert_int_equal(store_put(s, "a", "x", 1), ERR_IO);
	snprintf(moved, sizeof(moved), "%s/sub", f->sh.base);
	assert_int_equal(rmdir(moved), 0);	/* nothing is in it */
	store_close(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_links_no_noreplace_no_sync),
		TEST(what_is_told_late_is_heard),
		TEST(lost_answers_are_looked_for),
		TEST(short_and_slow_is_only_slow),
		TEST(any_operation_may_fail),
		TEST(what_the_share_forgot_is_asked_again),
		TEST(a_share_that_dies_is_closed),
		TEST(another_directory_is_not_gone_on_in),
		cmocka_unit_test_setup_teardown(
		    a_lost_answer_is_found_in_spite_of_a_belief, setup_stale,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    what_others_put_is_not_put_over, setup_stale, teardown)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
