/* test_wire_limits.c: names, lengths and numbers out of their bounds. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "wire/content.h"
#include "wire/page.h"
#include "wire/reply.h"
#include "wire/request.h"
#include "wire/start.h"
#include "wire/wire.h"

#define CAP (4u << 20)

static const struct attr file_attr = { .type = ATTR_FILE };

/* What _next says of a page with these two names. */
static int
page_of(const char *first, const char *second)
{
	const char *const names[] = { first, second };
	struct wire_page m = { .n = 2 };
	struct wire_entry e = { .attr = file_attr };
	struct buf *items, *b;
	size_t i;
	int r;

	assert_int_equal(buf_new(CAP, &items), 0);
	assert_int_equal(buf_new(CAP, &b), 0);
	for (i = 0; i < 2; i++) {
		e.name = (const uint8_t *)names[i];
		e.name_len = strlen(names[i]);
		assert_int_equal(wire_entry_encode(&e, items), 0);
	}
	m.items = buf_ptr(items);
	m.items_len = buf_len(items);
	assert_int_equal(wire_page_encode(&m, b), 0);
	assert_int_equal(wire_page_decode(b, &m), 0);
	while ((r = wire_page_next(b, &m, &e)) == 1)
		;
	buf_free(items);
	buf_free(b);
	return r;
}

static void
test_names_are_checked(void **state)
{
	(void)state;
	assert_int_equal(page_of("a", "b"), 0);
	assert_int_equal(page_of("a", "aa"), 0);
	assert_int_equal(page_of("b", "a"), ERR_FORMAT);
	assert_int_equal(page_of("a", "a"), ERR_FORMAT);
	assert_int_equal(page_of("aa", "a"), ERR_FORMAT);
	assert_int_equal(page_of("", "a"), ERR_FORMAT);
	assert_int_equal(page_of(".", "a"), ERR_FORMAT);
	assert_int_equal(page_of("..", "a"), ERR_FORMAT);
	assert_int_equal(page_of("a", "b/c"), ERR_FORMAT);
}

static void
test_lengths_over_their_limit(void **state)
{
	static uint8_t big[WIRE_PATH_MAX + 1];
	struct wire_bytes roots[WIRE_ROOTS_MAX + 1];
	uint32_t numbers[2] = { 5, 5 };
	struct wire_start start = {
		.frame_max = 1, .roots = roots, .nroots = WIRE_ROOTS_MAX + 1
	};
	struct wire_list list = { .path = big, .path_len = sizeof(big) };
	struct wire_want want = { .n = 2, .numbers = numbers };
	struct wire_need need = { 1, big, WIRE_BITMAP_MAX + 1 };
	struct wire_entry entry = {
		.name = big, .name_len = 1, .attr = file_attr,
		.xattrs = big, .xattrs_len = WIRE_XATTRS_MAX + 1
	};
	struct buf *b;

	(void)state;
	assert_int_equal(buf_new(CAP, &b), 0);
	assert_int_equal(wire_start_encode(&start, b), ERR_TOOBIG);
	assert_int_equal(wire_list_encode(&list, b), ERR_TOOBIG);
	assert_int_equal(wire_want_encode(&want, b), ERR_FORMAT);
	assert_int_equal(wire_need_encode(&need, b), ERR_TOOBIG);
	assert_int_equal(wire_entry_encode(&entry, b), ERR_TOOBIG);
	/* The same from the other side. */
	buf_reset(b);
	assert_int_equal(buf_put_u64(b, 1), 0);
	assert_int_equal(buf_put_varint(b, 0), 0);
	assert_int_equal(buf_put_varint(b, 0), 0);
	assert_int_equal(buf_put_bytes(b, big, sizeof(big)), 0);
	assert_int_equal(wire_list_decode(b, &list), ERR_TOOBIG);
	buf_reset(b);
	assert_int_equal(buf_put_u64(b, 1), 0);
	assert_int_equal(buf_put_varint(b, 0), 0);
	assert_int_equal(buf_put_varint(b, WIRE_ENTRIES_MAX + 1), 0);
	assert_int_equal(wire_want_decode(b, &want), ERR_TOOBIG);
	buf_free(b);
}

static void
test_dir_of_a_list_is_the_keepers(void **state)
{
	struct wire_list m = { .dir = WIRE_DIR_AGENT };
	struct buf *b;

	(void)state;
	assert_int_equal(buf_new(CAP, &b), 0);
	assert_int_equal(wire_list_encode(&m, b), 0);
	assert_int_equal(wire_list_decode(b, &m), ERR_FORMAT);
	buf_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_checked),
		cmocka_unit_test(test_lengths_over_their_limit),
		cmocka_unit_test(test_dir_of_a_list_is_the_keepers)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
