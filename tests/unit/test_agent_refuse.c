/* test_agent_refuse.c: what backup-agent does not do, and how it ends. */
#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "tests/unit/agent_fixture.h"
#include "wire/page.h"
#include "wire/request.h"
#include "wire/start.h"

static void
test_roots_that_are_refused(void **state)
{
	struct keeper k = { .paged = NULL };
	char in[128], link[128], below[128], outside[128], dots[256];
	const char *roots[] = { link, below, outside, "/tmp", NULL };
	const char *const bases[] = { in, NULL };
	const struct kstart s = { .roots = roots };
	static const int want[] = {
		ERR_CONFIG, ERR_NOENT, ERR_DENIED, ERR_DENIED
	};
	uint32_t i;

	(void)state;
	assert_int_equal(mkdir(at("in"), 0755), 0);
	assert_int_equal(mkdir(at("out"), 0755), 0);
	assert_int_equal(mkdir(at("out/sub"), 0755), 0);
	assert_int_equal(symlink("../out", at("in/link")), 0);
	strcpy(in, at("in"));
	strcpy(link, at("in/link"));
	strcpy(below, at("in/link/sub"));
	strcpy(outside, at("out"));
	assert_int_equal(keeper_spawn(&k, bases), 0);
	assert_int_equal(keeper_start(&k, &s), 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(keeper_digest(&k, i), 0);
	while (k.nroots < 4)
		assert_int_equal(keeper_step(&k), 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(k.roots[i].status, want[i]);
	assert_int_equal(k.nissues, 4);
	assert_int_equal(keeper_list(&k, 1, 1, true, ""), 0);
	assert_int_equal(keeper_run(&k), 0);
	assert_int_equal(k.dirs[0].status, ERR_NOENT);
	assert_int_equal(k.nentries, 0);
	end(&k);
	/* Dots are not even a path. */
	snprintf(dots, sizeof(dots), "%s/../out", bases[0]);
	roots[0] = dots;
	assert_int_equal(keeper_spawn(&k, bases), 0);
	assert_int_equal(keeper_start(&k, &s), 0);
	while (!k.done)
		assert_int_equal(keeper_step(&k), 0);
	assert_int_equal(k.error, ERR_CONFIG);
	assert_int_equal(keeper_close(&k), 1);
	keeper_clear(&k);
}

static void
test_list_does_not_leave_the_root(void **state)
{
	static const char *const paths[] = { "..", "a/../..", "/etc", "a//b" };
	struct keeper k = { .paged = NULL };
	size_t i;

	(void)state;
	assert_int_equal(mkdir(at("a"), 0755), 0);
	for (i = 0; i < 4; i++) {
		begin(&k, "", 0, NULL);
		assert_int_equal(keeper_list(&k, 1, 0, true, paths[i]), 0);
		assert_int_equal(keeper_run(&k), ERR_FORMAT);
		assert_int_equal(keeper_close(&k), 1);
		assert_int_equal(k.nentries, 0);
		keeper_clear(&k);
	}
}

static void
test_root_that_is_a_file(void **state)
{
	struct keeper k = { .paged = NULL };
	char root[128];

	(void)state;
	make_file("file", 1000, 1);
	strcpy(root, at("file"));
	begin(&k, root, 0, NULL);
	assert_int_equal(keeper_list(&k, 1, 0, true, ""), 0);
	assert_int_equal(keeper_run(&k), 0);
	assert_int_equal(k.nentries, 1);
	assert_string_equal(k.entries[0].path, "file");
	assert_true(keeper_same(&k, &k.entries[0], at("file")));
	assert_int_equal(k.roots[0].attr.type, ATTR_FILE);
	assert_false(k.dirs[0].has_digest);
	end(&k);
}

static void
test_unreadable_is_told(void **state)
{
	struct keeper k = { .paged = NULL };

	(void)state;
	if (geteuid() == 0)
		skip();		/* root reads all */
	make_tree();
	assert_int_equal(chmod(at("a/small"), 0), 0);
	assert_int_equal(chmod(at("a/b"), 0), 0);
	pull(&k, 0, NULL);
	assert_int_equal(keeper_entry(&k, "a/small")->status, ERR_DENIED);
	assert_false(k.dirs[0].has_digest);
	assert_int_equal(k.nissues, 3);		/* hard is small, too */
	end(&k);
}

/* How long the agent takes to end after f, in milliseconds. */
static int64_t
ending(struct keeper *k, const void *data, size_t len, int *statusp)
{
	const char *const bases[] = { dir, NULL };
	int64_t t = clock_mono_ms();

	assert_int_equal(keeper_spawn(k, bases), 0);
	if (len > 0)
		assert_int_equal(keeper_send(k, data, len), 0);
	*statusp = keeper_close(k);
	keeper_clear(k);
	return clock_mono_ms() - t;
}

static void
test_ends_at_once_without_a_keeper(void **state)
{
	struct keeper k = { .paged = NULL };
	int status;
	int64_t t;

	(void)state;
	assert_true(ending(&k, "", 0, &status) < 2000);
	assert_int_equal(status, 1);
	assert_true(ending(&k, "GET / HTTP/1.0\r\n\r\n", 18, &status) <
	    2000);
	assert_int_equal(status, 1);
	assert_true(ending(&k, "KHOP\0\1\0\0\xff\xff\xff\xff", 12,
	    &status) < 2000);
	assert_int_equal(status, 1);
	/* In the midst of work. */
	make_file("large", 40 << 20, 1);
	begin(&k, "", 0, NULL);
	assert_int_equal(keeper_list(&k, 1, 0, true, ""), 0);
	while (k.nbatches < 2)
		assert_int_equal(keeper_step(&k), 0);
	t = clock_mono_ms();
	assert_int_equal(keeper_close(&k), 1);
	assert_true(clock_mono_ms() - t < 4000);
	keeper_clear(&k);
}

static void
test_requests_that_cannot_be(void **state)
{
	static const uint32_t number = 7;
	const struct wire_want want = {
		.dir = 1, .page = 0, .n = 1, .numbers = &number
	};
	const struct wire_need need = { 1, (const uint8_t *)"", 0 };
	struct keeper k = { .paged = NULL };
	struct buf *b;
	size_t mark;
	int i;

	(void)state;
	make_file("f", 10, 1);
	for (i = 0; i < 3; i++) {
		begin(&k, "", 0, NULL);
		assert_int_equal(keeper_list(&k, 1, 0, false, ""), 0);
		assert_int_equal(keeper_run(&k), 0);
		assert_int_equal(buf_new(1000, &b), 0);
		assert_int_equal(wire_begin(b, i == 0 ? WIRE_WANT : i == 1 ?
		    WIRE_NEED : WIRE_NEXT, &mark), 0);
		if (i == 0)
			assert_int_equal(wire_want_encode(&want, b), 0);
		else if (i == 1)
			assert_int_equal(wire_need_encode(&need, b), 0);
		else
			assert_int_equal(wire_next_encode(
			    &(struct wire_next){ 99 }, b), 0);
		assert_int_equal(wire_end(b, mark), 0);
		assert_int_equal(keeper_send(&k, buf_ptr(b), buf_len(b)), 0);
		buf_free(b);
		while (!k.done)
			assert_int_equal(keeper_step(&k), 0);
		assert_int_equal(k.error, ERR_FORMAT);
		assert_int_equal(keeper_close(&k), 1);
		keeper_clear(&k);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_roots_that_are_refused),
		TEST(test_list_does_not_leave_the_root),
		TEST(test_root_that_is_a_file),
		TEST(test_unreadable_is_told),
		TEST(test_ends_at_once_without_a_keeper),
		TEST(test_requests_that_cannot_be)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
