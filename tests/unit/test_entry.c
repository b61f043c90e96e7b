/* test_entry.c: entries come back as they were, and nothing else passes. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "repo/entry.h"

#define CASE(name, fn) { name, fn, NULL, NULL, NULL }

/* An entry of that type with all that the type may have. */
static void
fill(struct entry *e, uint8_t type)
{
	size_t i;

	memset(e, 0, sizeof(*e));
	e->name = (const uint8_t *)"some name";
	e->name_len = 9;
	e->attr.type = type;
	e->attr.have = ATTR_MODE | ATTR_OWNER | ATTR_MTIME | ATTR_INODE;
	e->attr.mode = 0640;
	e->attr.uid = 1000;
	e->attr.gid = 70000;
	e->attr.mtime = -5;
	e->attr.dev = 3;
	e->attr.ino = UINT64_MAX;
	e->flags = ENTRY_CHANGED | ENTRY_RACY;
	e->has_xattrs = true;
	memset(e->xattrs, 7, sizeof(e->xattrs));
	switch (type) {
	case ATTR_SYMLINK:
		e->target = (const uint8_t *)"../there";
		e->target_len = 8;
		break;
	case ATTR_DIR:
		e->has_subtree = true;
		e->subtree.present = true;
		e->subtree.level = 2;
		memset(e->subtree.id, 9, sizeof(e->subtree.id));
		e->has_digest = true;
		memset(e->digest, 4, sizeof(e->digest));
		break;
	case ATTR_FILE:
		e->ninline = ENTRY_INLINE_MAX;
		for (i = 0; i < e->ninline; i++) {
			e->inl[i].len = 1 + i * 1000;
			e->inl[i].hole = i == 2;
			if (i != 2)
				memset(e->inl[i].id, (int)i, 32);
		}
		break;
	default:
		break;
	}
}

static struct buf *
encode(const struct entry *e)
{
	struct buf *b;

	assert_int_equal(buf_new(1 << 20, &b), 0);
	assert_int_equal(entry_encode(e, b), 0);
	return b;
}

/* Decode a copy of the first len bytes of b to their end. */
static int
decode(const struct buf *b, size_t len, bool any, struct entry *ep)
{
	struct buf *in;
	int r;

	assert_int_equal(buf_borrow(buf_ptr(b), len, &in), 0);
	if ((r = entry_decode(in, any, ep)) == 0)
		r = buf_end(in);
	buf_free(in);
	return r;
}

/* Compare by encoding again: the encoding has one form. */
static void
assert_entry_equal(const struct entry *a, const struct entry *b)
{
	struct buf *x = encode(a), *y = encode(b);

	assert_int_equal(buf_len(x), buf_len(y));
	assert_memory_equal(buf_ptr(x), buf_ptr(y), buf_len(x));
	buf_free(x);
	buf_free(y);
}

static void
test_every_type_comes_back(void **state)
{
	struct entry e, back;
	struct buf *b;
	uint8_t type;

	(void)state;
	for (type = ATTR_FILE; type <= ATTR_BLOCK; type++) {
		fill(&e, type);
		b = encode(&e);
		assert_int_equal(decode(b, buf_len(b), false, &back), 0);
		assert_entry_equal(&e, &back);
		assert_int_equal(back.name_len, e.name_len);
		assert_int_equal(back.flags, e.flags);
		assert_int_equal(back.target_len, e.target_len);
		assert_int_equal(back.ninline, e.ninline);
		assert_memory_equal(back.inl, e.inl, sizeof(e.inl));
		assert_memory_equal(&back.subtree, &e.subtree,
		    sizeof(e.subtree));
		assert_memory_equal(back.xattrs, e.xattrs, 32);
		buf_free(b);
	}
}

static void
test_an_empty_directory_and_a_listed_file(void **state)
{
	struct entry e, back;
	struct buf *b;

	(void)state;
	fill(&e, ATTR_DIR);
	e.subtree.present = false;
	b = encode(&e);
	assert_int_equal(decode(b, buf_len(b), false, &back), 0);
	assert_true(back.has_subtree);
	assert_false(back.subtree.present);
	buf_free(b);
	fill(&e, ATTR_FILE);
	e.ninline = 0;
	e.content.present = true;
	e.content.level = 1;
	memset(e.content.id, 5, 32);
	b = encode(&e);
	assert_int_equal(decode(b, buf_len(b), false, &back), 0);
	assert_true(back.content.present);
	assert_int_equal(back.content.level, 1);
	buf_free(b);
}

static void
test_every_truncation_is_refused(void **state)
{
	struct entry e, back;
	struct buf *b;
	uint8_t type;
	size_t len;

	(void)state;
	for (type = ATTR_FILE; type <= ATTR_BLOCK; type++) {
		fill(&e, type);
		b = encode(&e);
		for (len = 0; len < buf_len(b); len++)
			assert_int_equal(decode(b, len, false, &back),
			    ERR_FORMAT);
		buf_free(b);
	}
}

static void
test_names(void **state)
{
	static const char *const bad[] = { "/", ".", "..", "a/b" };
	struct entry e, back;
	struct buf *b;
	uint8_t longest[256];
	size_t i;

	(void)state;
	fill(&e, ATTR_FIFO);
	for (i = 0; i < 4; i++) {
		e.name = (const uint8_t *)bad[i];
		e.name_len = strlen(bad[i]);
		b = encode(&e);
		assert_int_equal(decode(b, buf_len(b), false, &back),
		    ERR_FORMAT);
		assert_int_equal(decode(b, buf_len(b), true, &back), 0);
		buf_free(b);
	}
	memset(longest, 'x', sizeof(longest));
	e.name = longest;
	e.name_len = 255;
	b = encode(&e);
	assert_int_equal(decode(b, buf_len(b), false, &back), 0);
	e.name_len = 256;
	assert_int_equal(entry_encode(&e, b), ERR_FORMAT);
	e.name_len = 0;
	assert_int_equal(entry_encode(&e, b), ERR_FORMAT);
	buf_free(b);
}

static void
test_what_a_type_cannot_have(void **state)
{
	struct entry e, file, dir;
	struct buf *b;

	(void)state;
	assert_int_equal(buf_new(1 << 20, &b), 0);
	fill(&file, ATTR_FILE);
	fill(&dir, ATTR_DIR);
	e = file;
	e.attr.type = ATTR_DIR;
	assert_int_equal(entry_encode(&e, b), ERR_FORMAT);
	e = dir;
	e.attr.type = ATTR_FILE;
	assert_int_equal(entry_encode(&e, b), ERR_FORMAT);
	e = file;
	e.target = (const uint8_t *)"x";
	e.target_len = 1;
	assert_int_equal(entry_encode(&e, b), ERR_FORMAT);
	e = file;		/* both inline and listed */
	e.content.present = true;
	assert_int_equal(entry_encode(&e, b), ERR_FORMAT);
	e = file;
	e.flags = 8;
	assert_int_equal(entry_encode(&e, b), ERR_FORMAT);
	e = file;
	e.inl[0].len = 0;
	assert_int_equal(entry_encode(&e, b), ERR_FORMAT);
	assert_int_equal(buf_len(b), 0);
	buf_free(b);
}

/* A fifo's entry by hand, with these flags and extras. */
static int
decode_by_hand(uint64_t flags, uint64_t extra, const void *rest, size_t len)
{
	struct buf *b;
	struct entry e;
	int r;

	assert_int_equal(buf_new(1000, &b), 0);
	assert_int_equal(buf_put_bytes(b, "f", 1), 0);
	assert_int_equal(buf_put_u8(b, ATTR_FILE), 0);
	assert_int_equal(buf_put_varint(b, 0), 0);
	assert_int_equal(buf_put_varint(b, flags), 0);
	assert_int_equal(buf_put_varint(b, extra), 0);
	assert_int_equal(buf_put(b, rest, len), 0);
	r = decode(b, buf_len(b), false, &e);
	buf_free(b);
	return r;
}

static void
test_unknown_bits_are_refused(void **state)
{
	static const uint8_t zeros[64], one[] = { 1, 0x03 };
	static const uint8_t many[] = { 5, 3, 3, 3, 3, 3 };

	(void)state;
	assert_int_equal(decode_by_hand(0, 0, zeros, 0), 0);
	assert_int_equal(decode_by_hand(7, 0, zeros, 0), 0);
	assert_int_equal(decode_by_hand(8, 0, zeros, 0), ERR_FORMAT);
	assert_int_equal(decode_by_hand(0, 64, zeros, 0), ERR_FORMAT);
	assert_int_equal(decode_by_hand(0, 4, one, 2), 0);
	assert_int_equal(decode_by_hand(0, 4, many, 6), ERR_FORMAT);
	assert_int_equal(decode_by_hand(0, 4, zeros, 1), ERR_FORMAT);
	assert_int_equal(decode_by_hand(0, 2, zeros, 33), ERR_FORMAT);
	assert_int_equal(decode_by_hand(0, 6, zeros, 33), ERR_FORMAT);
	assert_int_equal(decode_by_hand(0, 8, zeros, 1), ERR_FORMAT);
	assert_int_equal(decode_by_hand(0, 1, zeros, 1), ERR_FORMAT);
}

static void
test_content_lengths(void **state)
{
	struct content_item i = { .hole = true, .len = UINT64_MAX >> 1 }, j;
	struct buf *b;

	(void)state;
	assert_int_equal(buf_new(1000, &b), 0);
	assert_int_equal(content_encode(&i, b), 0);
	assert_int_equal(content_decode(b, &j), 0);
	assert_true(j.hole);
	assert_true(j.len == i.len);
	i.len++;
	assert_int_equal(content_encode(&i, b), ERR_FORMAT);
	i.hole = false;
	i.len = (2 << 20) + 1;
	assert_int_equal(content_encode(&i, b), ERR_FORMAT);
	assert_int_equal(buf_put_varint(b, i.len << 1), 0);
	assert_int_equal(buf_put(b, i.id, 32), 0);
	assert_int_equal(content_decode(b, &j), ERR_FORMAT);
	buf_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("every type comes back", test_every_type_comes_back),
		CASE("an empty directory and a listed file",
		    test_an_empty_directory_and_a_listed_file),
		CASE("every truncation is refused",
		    test_every_truncation_is_refused),
		CASE("names are checked", test_names),
		CASE("a type has what it may have",
		    test_what_a_type_cannot_have),
		CASE("unknown bits are refused",
		    test_unknown_bits_are_refused),
		CASE("content has a length", test_content_lengths)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
