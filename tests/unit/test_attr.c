/* test_attr.c: attributes as bytes and back, and nothing else. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/buf.h"

#define NS_PER_S 1000000000u

static uint64_t seed = 0x2545f4914f6cdd1d;

static uint64_t
random64(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Any attributes that are in range; unknown fields are zero. */
static void
random_attr(struct attr *a)
{
	memset(a, 0, sizeof(*a));
	a->type = (uint8_t)(1 + random64() % 7);
	a->have = (uint32_t)random64() & ATTR_ALL;
	if (a->have & ATTR_MODE)
		a->mode = (uint32_t)random64() & 07777;
	if (a->have & ATTR_OWNER) {
		a->uid = (uint32_t)random64();
		a->gid = (uint32_t)random64();
	}
	if (a->have & ATTR_SIZE)
		a->size = random64() >> (random64() % 64);
	if (a->have & ATTR_MTIME)
		a->mtime = (int64_t)random64();
	if (a->have & ATTR_MTIME_NS)
		a->mtime_ns = (uint32_t)(random64() % NS_PER_S);
	if (a->have & ATTR_CTIME) {
		a->ctime = (int64_t)random64();
		a->ctime_ns = (uint32_t)(random64() % NS_PER_S);
	}
	if (a->have & ATTR_INODE) {
		a->dev = random64();
		a->ino = random64() >> (random64() % 64);
	}
	if (a->have & ATTR_LINKS)
		a->links = random64() >> (random64() % 64);
	if (a->have & ATTR_RDEV) {
		a->rdev_major = (uint32_t)random64();
		a->rdev_minor = (uint32_t)random64();
	}
}

static struct buf *
make(void)
{
	struct buf *b;

	assert_int_equal(buf_new(4 * ATTR_ENCODED_MAX, &b), 0);
	return b;
}

static void
assert_attr_equal(const struct attr *a, const struct attr *b)
{
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->have, b->have);
	assert_int_equal(a->mode, b->mode);
	assert_int_equal(a->uid, b->uid);
	assert_int_equal(a->gid, b->gid);
	assert_true(a->size == b->size);
	assert_true(a->mtime == b->mtime);
	assert_int_equal(a->mtime_ns, b->mtime_ns);
	assert_true(a->ctime == b->ctime);
	assert_int_equal(a->ctime_ns, b->ctime_ns);
	assert_true(a->dev == b->dev && a->ino == b->ino);
	assert_true(a->links == b->links);
	assert_int_equal(a->rdev_major, b->rdev_major);
	assert_int_equal(a->rdev_minor, b->rdev_minor);
}

static void
test_known_bytes(void **state)
{
	static const uint8_t want[] = {
		1, 0x1f,			/* file; five fields */
		0xa4, 0x03,			/* mode 0644 */
		0xe8, 0x07, 0x64,		/* uid 1000, gid 100 */
		0x80, 0x01,			/* size 128 */
		0, 0, 0, 0, 0x65, 0, 0, 0,	/* mtime */
		0x3b, 0x9a, 0xc9, 0xff		/* 999999999 ns */
	};
	struct attr a = {
		.type = ATTR_FILE,
		.have = ATTR_MODE | ATTR_OWNER | ATTR_SIZE | ATTR_MTIME |
		    ATTR_MTIME_NS,
		.mode = 0644, .uid = 1000, .gid = 100, .size = 128,
		.mtime = 0x65000000, .mtime_ns = 999999999
	};
	struct buf *b = make();

	(void)state;
	assert_int_equal(attr_encode(&a, b), 0);
	assert_int_equal(buf_len(b), sizeof(want));
	assert_memory_equal(buf_ptr(b), want, sizeof(want));
	buf_free(b);
}

static void
test_decode_gives_back(void **state)
{
	struct attr a, back;
	struct buf *b = make();
	int i;

	(void)state;
	for (i = 0; i < 3000; i++) {
		random_attr(&a);
		assert_int_equal(attr_encode(&a, b), 0);
		assert_true(buf_len(b) <= ATTR_ENCODED_MAX);
		assert_int_equal(buf_put_u8(b, 0x5a), 0);	/* not ours */
		memset(&back, 0xff, sizeof(back));
		assert_int_equal(attr_decode(b, &back), 0);
		assert_attr_equal(&a, &back);
		assert_int_equal(buf_len(b), 1);
		buf_reset(b);
	}
	buf_free(b);
}

static void
test_every_truncation_fails(void **state)
{
	struct attr a, back;
	struct buf *b = make(), *cut;
	size_t n;
	int i;

	(void)state;
	memset(&back, 0, sizeof(back));
	for (i = 0; i < 200; i++) {
		random_attr(&a);
		assert_int_equal(attr_encode(&a, b), 0);
		for (n = 0; n < buf_len(b); n++) {
			assert_int_equal(buf_borrow(buf_ptr(b), n, &cut), 0);
			assert_int_equal(attr_decode(cut, &back), ERR_FORMAT);
			assert_int_equal(buf_len(cut), n);
			buf_free(cut);
		}
		buf_reset(b);
	}
	assert_int_equal(back.type, 0);
	buf_free(b);
}

static void
assert_malformed(const char *bytes, size_t len)
{
	struct attr a;
	struct buf *b;

	assert_int_equal(buf_borrow(bytes, len, &b), 0);
	assert_int_equal(attr_decode(b, &a), ERR_FORMAT);
	assert_int_equal(buf_len(b), len);
	buf_free(b);
}

#define MALFORMED(s) assert_malformed(s, sizeof(s) - 1)

static void
test_decode_refuses_out_of_range(void **state)
{
	(void)state;
	MALFORMED("\x00\x00");			/* type */
	MALFORMED("\x08\x00");
	MALFORMED("\x01\x80\x04");		/* bit 9 */
	MALFORMED("\x01\xff\xff\xff\xff\x7f");	/* more than 32 bits */
	MALFORMED("\x01\x01\x80\x20");		/* mode 010000 */
	MALFORMED("\x01\x10\x3b\x9a\xca\x00");	/* mtime_ns 10^9 */
	MALFORMED("\x01\x20\0\0\0\0\0\0\0\0\x3b\x9a\xca\x00");
	MALFORMED("\x01\x02\x80\x80\x80\x80\x10\x00");	/* uid 2^32 */
	MALFORMED("\x01\x04\x80\x00");		/* size, not shortest */
}

static void
test_encode_refuses_out_of_range(void **state)
{
	struct attr bad[] = {
		{ .type = 0 }, { .type = 8 },
		{ .type = 1, .have = ATTR_ALL + 1 },
		{ .type = 1, .have = ATTR_MODE, .mode = 010000 },
		{ .type = 1, .have = ATTR_MTIME_NS, .mtime_ns = NS_PER_S },
		{ .type = 1, .have = ATTR_CTIME, .ctime_ns = NS_PER_S }
	};
	struct buf *b = make();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(attr_encode(&bad[i], b), ERR_FORMAT);
	assert_int_equal(buf_len(b), 0);
	buf_free(b);
}

static void
test_encode_adds_nothing_when_full(void **state)
{
	struct attr a = { .type = ATTR_FILE, .have = ATTR_ALL };
	struct buf *b;
	size_t cap, need;

	(void)state;
	b = make();
	assert_int_equal(attr_encode(&a, b), 0);
	need = buf_len(b);
	buf_free(b);
	for (cap = 1; cap < need + 1; cap++) {
		assert_int_equal(buf_new(cap, &b), 0);
		assert_int_equal(buf_put_u8(b, 9), 0);
		assert_int_equal(attr_encode(&a, b), ERR_NOMEM);
		assert_int_equal(buf_len(b), 1);
		buf_free(b);
	}
}

static void
test_decode_survives_any_bytes(void **state)
{
	uint8_t data[64], again[64];
	struct attr a;
	struct buf *b, *out = make();
	size_t n, used;
	int i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		for (n = 0; n < sizeof(data); n++)
			data[n] = (uint8_t)random64();
		data[0] = (uint8_t)(data[0] % 9);
		assert_int_equal(buf_borrow(data, sizeof(data), &b), 0);
		if (attr_decode(b, &a) == 0) {
			/* What is accepted has one encoding only. */
			used = sizeof(data) - buf_len(b);
			assert_int_equal(attr_encode(&a, out), 0);
			assert_int_equal(buf_len(out), used);
			assert_int_equal(buf_get(out, again, used), 0);
			assert_memory_equal(again, data, used);
		} else
			assert_int_equal(buf_len(b), sizeof(data));
		buf_free(b);
	}
	buf_free(out);
}

static void
test_stat_of_a_file(void **state)
{
	char path[] = "/tmp/kho-attr.XXXXXX", other[32];
	struct stat st;
	struct attr a;
	int fd;

	(void)state;
	assert_true((fd = mkstemp(path)) != -1);
	assert_int_equal(write(fd, "12345", 5), 5);
	assert_int_equal(fchmod(fd, 04750), 0);
	assert_int_equal(fstat(fd, &st), 0);
	attr_from_stat(&st, &a);
	assert_int_equal(a.type, ATTR_FILE);
	assert_int_equal(a.mode, 04750);
	assert_int_equal(a.size, 5);
	assert_true(a.ino == st.st_ino && a.mtime == st.st_mtim.tv_sec);
	assert_int_equal(a.have, ATTR_ALL & ~(ATTR_LINKS | ATTR_RDEV));
	memcpy(other, path, sizeof(path));
	memcpy(other + sizeof(path) - 1, "2", 2);
	assert_int_equal(link(path, other), 0);
	assert_int_equal(fstat(fd, &st), 0);
	attr_from_stat(&st, &a);
	assert_int_equal(a.have & ATTR_LINKS, ATTR_LINKS);
	assert_int_equal(a.links, 2);
	unlink(other);
	unlink(path);
	close(fd);
}

static void
test_stat_of_other_types(void **state)
{
	struct stat st;
	struct attr a;

	(void)state;
	assert_int_equal(stat("/tmp", &st), 0);
	attr_from_stat(&st, &a);
	assert_int_equal(a.type, ATTR_DIR);
	assert_int_equal(a.have & (ATTR_SIZE | ATTR_LINKS | ATTR_RDEV), 0);
	assert_int_equal(stat("/dev/null", &st), 0);
	attr_from_stat(&st, &a);
	assert_int_equal(a.type, ATTR_CHAR);
	assert_int_equal(a.have & ATTR_RDEV, ATTR_RDEV);
	assert_int_equal(a.rdev_major, 1);
	assert_int_equal(a.rdev_minor, 3);
}

static void
test_same_needs_all_evidence(void **state)
{
	static const uint32_t need[] = {
		ATTR_SIZE, ATTR_MTIME, ATTR_MTIME_NS, ATTR_CTIME, ATTR_INODE
	};
	struct attr a, b;
	size_t i;

	(void)state;
	random_attr(&a);
	a.have = ATTR_ALL;
	b = a;
	b.mode ^= 1;		/* does not change content */
	assert_true(attr_same(&a, &b));
	for (i = 0; i < sizeof(need) / sizeof(need[0]); i++) {
		b = a;
		b.have &= ~need[i];
		assert_false(attr_same(&a, &b));
		assert_false(attr_same(&b, &a));
	}
#define DIFFERS(field) do {						\
	b = a;								\
	b.field++;							\
	assert_false(attr_same(&a, &b));				\
} while (0)
	DIFFERS(type);
	DIFFERS(size);
	DIFFERS(mtime_ns);
	DIFFERS(ctime_ns);
	DIFFERS(dev);
	DIFFERS(ino);
	b = a;
	b.mtime ^= 1;
	assert_false(attr_same(&a, &b));
	b = a;
	b.ctime ^= 1;
	assert_false(attr_same(&a, &b));
#undef DIFFERS
}

#define CASE(name, fn) { name, fn, NULL, NULL, NULL }

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("encode writes known bytes", test_known_bytes),
		CASE("decode gives back what encode wrote",
		    test_decode_gives_back),
		CASE("decode refuses every truncation",
		    test_every_truncation_fails),
		CASE("decode refuses values out of range",
		    test_decode_refuses_out_of_range),
		CASE("encode refuses values out of range",
		    test_encode_refuses_out_of_range),
		CASE("encode adds nothing when full",
		    test_encode_adds_nothing_when_full),
		CASE("decode survives any bytes, one encoding each",
		    test_decode_survives_any_bytes),
		CASE("stat of a file is kept", test_stat_of_a_file),
		CASE("stat of directories and devices is kept",
		    test_stat_of_other_types),
		CASE("same needs all evidence",
		    test_same_needs_all_evidence)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
