/* wire_samples.c: messages there and back, cut short, too long, changed. */
#include "config.h"

#include "tests/unit/wire_samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

#define CAP (4u << 20)

/* Decode len bytes of data; with out, expect the same bytes again. */
static int
try(const struct sample *s, const uint8_t *data, size_t len)
{
	struct buf *view, *out;
	int r;

	assert_int_equal(buf_borrow(data, len, &view), 0);
	assert_int_equal(buf_new(CAP, &out), 0);
	r = s->again(view, out);
	if (r == 0) {
		assert_int_equal(buf_len(out), len);
		assert_memory_equal(buf_ptr(out), data, len);
	}
	buf_free(out);
	buf_free(view);
	return r;
}

/* The encoded sample with one byte behind it. */
static struct buf *
encoded(const struct sample *s)
{
	struct buf *b;

	assert_int_equal(buf_new(CAP, &b), 0);
	assert_int_equal(s->make(b), 0);
	assert_int_equal(buf_put_u8(b, 0), 0);
	return b;
}

static void
test_messages_come_back_as_they_were(void **state)
{
	const struct samples *all = *state;
	struct buf *b;
	size_t i;

	for (i = 0; i < all->n; i++) {
		b = encoded(&all->of[i]);
		if (try(&all->of[i], buf_ptr(b), buf_len(b) - 1) != 0)
			fail_msg("%s", all->of[i].name);
		buf_free(b);
	}
}

static void
test_every_truncation_is_an_error(void **state)
{
	const struct samples *all = *state;
	struct buf *b;
	uint8_t *exact;
	size_t i, n;

	for (i = 0; i < all->n; i++) {
		b = encoded(&all->of[i]);
		for (n = 0; n + 1 < buf_len(b); n++) {
			/* In its own block, so that a sanitizer sees it. */
			exact = malloc(n + 1);
			assert_non_null(exact);
			memcpy(exact, buf_ptr(b), n);
			if (try(&all->of[i], exact, n) >= 0)
				fail_msg("%s at %zu", all->of[i].name, n);
			free(exact);
		}
		buf_free(b);
	}
}

static void
test_trailing_byte_is_an_error(void **state)
{
	const struct samples *all = *state;
	struct buf *b;
	size_t i;

	for (i = 0; i < all->n; i++) {
		b = encoded(&all->of[i]);
		if (try(&all->of[i], buf_ptr(b), buf_len(b)) != ERR_FORMAT)
			fail_msg("%s", all->of[i].name);
		buf_free(b);
	}
}

static void
test_changed_bytes_never_crash(void **state)
{
	const struct samples *all = *state;
	struct buf *b;
	uint8_t *data;
	size_t i, n, len;
	int v, r;

	for (i = 0; i < all->n; i++) {
		b = encoded(&all->of[i]);
		len = buf_len(b) - 1;
		data = malloc(len);
		assert_non_null(data);
		memcpy(data, buf_ptr(b), len);
		for (n = 0; n < len; n++) {
			for (v = 0; v < 256; v++) {
				data[n] = (uint8_t)v;
				r = try(&all->of[i], data, len);
				assert_true(r <= 0);
			}
			data[n] = buf_ptr(b)[n];
		}
		free(data);
		buf_free(b);
	}
}

int
samples_run(const struct samples *all)
{
	/* cmocka hands it on as it came. */
	void *state = (void *)(uintptr_t)all;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(
		    test_messages_come_back_as_they_were, state),
		cmocka_unit_test_prestate(
		    test_every_truncation_is_an_error, state),
		cmocka_unit_test_prestate(
		    test_trailing_byte_is_an_error, state),
		cmocka_unit_test_prestate(
		    test_changed_bytes_never_crash, state)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
