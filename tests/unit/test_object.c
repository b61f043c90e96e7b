/* test_object.c: heads and boxes bind what they are about. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "repo/core.h"
#include "repo/internal.h"
#include "tests/unit/repo_fixture.h"

static void
heads_are_as_the_format_says(void **state)
{
	struct repo_fixture *f = *state;
	uint8_t head[OBJECT_HEAD_LEN], was;
	size_t i;

	object_head(f->r, OBJECT_REFS, head);
	assert_memory_equal(head, "KHO1\1\7\0\0", 8);
	assert_memory_equal(head + 8, f->kf.repo_id, 16);
	assert_int_equal(object_check(f->r, OBJECT_REFS, head, 24), 0);
	assert_int_equal(object_check(f->r, OBJECT_INDEX, head, 24),
	    ERR_FORMAT);
	for (i = 0; i < 24; i++)
		assert_int_equal(object_check(f->r, OBJECT_REFS, head, i),
		    ERR_FORMAT);
	for (i = 0; i < 24 * 8; i++) {
		was = head[i / 8];
		head[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(object_check(f->r, OBJECT_REFS, head, 24),
		    i / 8 == 4 && head[4] > 1 ? ERR_VERSION : ERR_FORMAT);
		head[i / 8] = was;
	}
}

/* A box of "secret", number 3, of a refs object. */
static struct buf *
make_box(struct repo_fixture *f, uint8_t head[OBJECT_HEAD_LEN])
{
	struct buf *plain, *out;

	object_head(f->r, OBJECT_REFS, head);
	assert_int_equal(buf_new(100, &plain), 0);
	assert_int_equal(buf_new(100, &out), 0);
	assert_int_equal(buf_put(plain, "secret", 6), 0);
	assert_int_equal(box_seal(f->r, head, 3, plain, out), 0);
	assert_int_equal(buf_len(out), 6 + BOX_OVERHEAD);
	buf_free(plain);
	return out;
}

static void
a_box_opens_in_its_place_only(void **state)
{
	struct repo_fixture *f = *state;
	uint8_t head[OBJECT_HEAD_LEN], other[OBJECT_HEAD_LEN];
	struct buf *box = make_box(f, head), *out;
	size_t n = buf_len(box);

	assert_int_equal(buf_new(100, &out), 0);
	assert_int_equal(box_open(f->r, head, 3, buf_ptr(box), n, out), 0);
	assert_int_equal(buf_len(out), 6);
	assert_memory_equal(buf_ptr(out), "secret", 6);
	assert_int_equal(box_open(f->r, head, 2, buf_ptr(box), n, out),
	    ERR_CORRUPT);
	object_head(f->r, OBJECT_INDEX, other);
	assert_int_equal(box_open(f->r, other, 3, buf_ptr(box), n, out),
	    ERR_CORRUPT);
	memcpy(other, head, sizeof(other));
	other[23] ^= 1;		/* another repository */
	assert_int_equal(box_open(f->r, other, 3, buf_ptr(box), n, out),
	    ERR_CORRUPT);
	assert_int_equal(buf_len(out), 6);
	buf_free(box);
	buf_free(out);
}

static void
every_flip_and_cut_of_a_box_is_noticed(void **state)
{
	struct repo_fixture *f = *state;
	uint8_t head[OBJECT_HEAD_LEN], bytes[100];
	struct buf *box = make_box(f, head), *out;
	size_t i, n = buf_len(box);

	assert_int_equal(buf_new(100, &out), 0);
	memcpy(bytes, buf_ptr(box), n);
	for (i = 0; i < n * 8; i++) {
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(box_open(f->r, head, 3, bytes, n, out),
		    ERR_CORRUPT);
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (i = 0; i < n; i++)
		assert_int_equal(box_open(f->r, head, 3, bytes, i, out),
		    ERR_CORRUPT);
	assert_int_equal(buf_len(out), 0);
	buf_free(box);
	buf_free(out);
}

static void
two_boxes_of_the_same_differ(void **state)
{
	struct repo_fixture *f = *state;
	uint8_t head[OBJECT_HEAD_LEN];
	struct buf *a = make_box(f, head), *b = make_box(f, head);

	assert_memory_not_equal(buf_ptr(a), buf_ptr(b), BOX_NONCE_LEN);
	buf_free(a);
	buf_free(b);
}

static void
objects_are_named_after_their_bytes(void **state)
{
	struct repo_fixture *f = *state;
	char name[OBJECT_NAME_MAX];
	uint8_t hash[32];
	struct buf *b;

	assert_int_equal(buf_new(100, &b), 0);
	assert_int_equal(object_put(f->r, "refs", "abc", 3, hash), 0);
	object_name("refs", hash, name);
	assert_string_equal(name, "refs/ba7816bf8f01cfea414140de5dae2223b003"
	    "61a396177a9cb410ff61f20015ad");
	assert_int_equal(object_get_from(f->s, name, hash, 3, b), 0);
	assert_memory_equal(buf_ptr(b), "abc", 3);
	assert_int_equal(object_get_from(f->s, name, hash, 2, b), ERR_TOOBIG);
	object_replace(f->s, name, "abd", 3);
	assert_int_equal(object_get_from(f->s, name, hash, 3, b), ERR_CORRUPT);
	assert_int_equal(buf_len(b), 3);
	hash[0]++;
	object_name("refs", hash, name);
	assert_int_equal(object_get_from(f->s, name, hash, 3, b), ERR_NOENT);
	buf_free(b);
}

#define CASE(name) \
	cmocka_unit_test_setup_teardown(name, repo_setup, repo_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(heads_are_as_the_format_says),
		CASE(a_box_opens_in_its_place_only),
		CASE(every_flip_and_cut_of_a_box_is_noticed),
		CASE(two_boxes_of_the_same_differ),
		CASE(objects_are_named_after_their_bytes)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
