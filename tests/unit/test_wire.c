/* test_wire.c: the stream of frames, whole and in pieces, and what is not. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "wire/delta.h"
#include "wire/hook.h"
#include "wire/limits.h"
#include "wire/weak.h"
#include "wire/wire.h"

#define CAP (8u << 20)

/* Put len bytes into r as fast as it takes them; the first result but 1. */
static int
feed(struct wire_reader *r, const uint8_t *data, size_t len, size_t step,
    unsigned int *np)
{
	struct wire_msg m;
	uint8_t *p;
	size_t room;
	int e = 0;

	*np = 0;
	while (len > 0) {
		assert_int_equal(wire_reader_space(r, &p, &room), 0);
		room = room < len ? room : len;
		room = room < step ? room : step;
		memcpy(p, data, room);
		wire_reader_fed(r, room);
		data += room;
		len -= room;
		while ((e = wire_reader_next(r, &m)) == 1)
			++*np;
		if (e != 0)
			return e;
	}
	return 0;
}

/* The same with a reader of its own. */
static int
feed_new(enum wire_side side, const void *data, size_t len, size_t step,
    unsigned int *np)
{
	struct wire_reader *r;
	int e;

	assert_int_equal(wire_reader_new(side, &r), 0);
	e = feed(r, data, len, step, np);
	wire_reader_free(r);
	return e;
}

/* A message of len bytes of body. */
static void
put(struct buf *b, enum wire_type type, size_t len)
{
	size_t mark;
	uint8_t *p;

	assert_int_equal(wire_begin(b, type, &mark), 0);
	assert_int_equal(buf_reserve(b, len, &p), 0);
	if (len > 0)
		memset(p, 7, len);
	assert_int_equal(wire_end(b, mark), 0);
}

static struct buf *
stream(void)
{
	struct buf *b;

	assert_int_equal(buf_new(CAP, &b), 0);
	assert_int_equal(wire_preamble(b), 0);
	put(b, WIRE_HELLO, 1);
	put(b, WIRE_START, 100);
	put(b, WIRE_LIST, 70000);
	assert_int_equal(wire_put_empty(b, WIRE_PING), 0);
	put(b, WIRE_NEED, WIRE_BODY_MAX);
	assert_int_equal(wire_put_empty(b, WIRE_BYE), 0);
	return b;
}

static void
test_any_cut_gives_the_same_messages(void **state)
{
	static const size_t steps[] = { 3, 13, 4096, 65536, CAP };
	struct buf *b = stream();
	unsigned int n;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert_int_equal(feed_new(WIRE_KEEPER, buf_ptr(b),
		    buf_len(b), steps[i], &n), 0);
		assert_int_equal(n, 6);
	}
	buf_free(b);
}

static void
test_message_is_given_whole(void **state)
{
	struct wire_reader *r;
	struct wire_msg m;
	struct buf *b;
	uint8_t *p;
	size_t room;

	(void)state;
	assert_int_equal(buf_new(CAP, &b), 0);
	assert_int_equal(wire_preamble(b), 0);
	put(b, WIRE_HELLO, 3);
	assert_int_equal(wire_reader_new(WIRE_KEEPER, &r), 0);
	assert_int_equal(wire_reader_space(r, &p, &room), 0);
	memcpy(p, buf_ptr(b), buf_len(b));
	wire_reader_fed(r, buf_len(b));
	assert_int_equal(wire_reader_next(r, &m), 1);
	assert_int_equal(m.type, WIRE_HELLO);
	assert_int_equal(buf_len(m.body), 3);
	assert_int_equal(m.frame_len, 8);
	assert_memory_equal(m.frame, buf_ptr(b) + 8, 8);
	assert_int_equal(wire_reader_next(r, &m), 0);
	assert_false(wire_reader_ended(r));
	wire_reader_free(r);
	buf_free(b);
}

static void
test_what_is_no_preamble(void **state)
{
	unsigned int n;

	(void)state;
	assert_int_equal(feed_new(WIRE_AGENT, "Welcome!", 8, 8, &n),
	    ERR_FORMAT);
	assert_int_equal(feed_new(WIRE_AGENT, "K!", 2, 1, &n), ERR_FORMAT);
	assert_int_equal(feed_new(WIRE_AGENT, "KHOP\0\2\0\0", 8, 8, &n),
	    ERR_VERSION);
	assert_int_equal(feed_new(WIRE_AGENT, "KHOP\0\1\0\1", 8, 8, &n),
	    ERR_FORMAT);
	assert_int_equal(feed_new(WIRE_AGENT, "KHOP\0\1\0\0", 8, 3, &n), 0);
}

static void
test_lengths_are_refused_at_once(void **state)
{
	unsigned int n;

	(void)state;
	assert_int_equal(feed_new(WIRE_AGENT,
	    "KHOP\0\1\0\0\xff\xff\xff\xff", 12, 12, &n), ERR_TOOBIG);
	assert_int_equal(feed_new(WIRE_AGENT,
	    "KHOP\0\1\0\0\x00\x22\x00\x01", 12, 12, &n), ERR_TOOBIG);
	assert_int_equal(feed_new(WIRE_AGENT,
	    "KHOP\0\1\0\0\x00\x22\x00\x00", 12, 12, &n), 0);
	assert_int_equal(feed_new(WIRE_AGENT,
	    "KHOP\0\1\0\0\x00\x00\x00\x00", 12, 12, &n), ERR_FORMAT);
}

static void
test_types_have_their_side_and_state(void **state)
{
	static const struct {
		enum wire_side side;
		const char *data;
		int	 e;
	} cases[] = {
		{ WIRE_KEEPER, "\0\0\0\1\x02", ERR_FORMAT },	/* START */
		{ WIRE_KEEPER, "\0\0\0\1\x81", ERR_FORMAT },
		{ WIRE_KEEPER, "\0\0\0\1\x09", ERR_FORMAT },
		{ WIRE_KEEPER, "\0\0\0\1\x00", ERR_FORMAT },
		{ WIRE_KEEPER, "\0\0\0\1\x01", 0 },
		{ WIRE_AGENT, "\0\0\0\1\x01", ERR_FORMAT },
		{ WIRE_AGENT, "\0\0\0\1\x83", ERR_FORMAT },
		{ WIRE_AGENT, "\0\0\0\1\x08", ERR_FORMAT },
		{ WIRE_AGENT, "\0\0\0\1\x81", 0 },
		{ WIRE_AGENT, "\0\0\0\1\x89", 0 }
	};
	uint8_t data[13] = { 'K', 'H', 'O', 'P', 0, 1, 0, 0 };
	unsigned int n;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memcpy(data + 8, cases[i].data, 5);
		assert_int_equal(feed_new(cases[i].side, data, 13, 13, &n),
		    cases[i].e);
	}
}

/* The features, and who hears it, decide as well. */
static void
test_types_have_their_feature_and_hearer(void **state)
{
	static const struct {
		enum wire_type type;
		uint64_t feature;
		int	 e[4];		/* of each side, with the feature */
	} cases[] = {
		{ WIRE_SIGNATURE, WIRE_FEATURE_DELTAS, { 0, 1, 1, 1 } },
		{ WIRE_AGAIN, WIRE_FEATURE_DELTAS, { 0, 1, 0, 1 } },
		{ WIRE_BASIS, WIRE_FEATURE_DELTAS, { 1, 1, 0, 1 } },
		{ WIRE_DELTA, WIRE_FEATURE_DELTAS, { 1, 0, 1, 1 } },
		{ WIRE_PACKED, WIRE_FEATURE_PACKED, { 1, 0, 1, 1 } },
		{ WIRE_PATCHED, WIRE_FEATURE_DELTAS, { 1, 1, 1, 0 } },
		{ WIRE_PACE, WIRE_FEATURE_DELTAS, { 1, 1, 1, 0 } },
		{ WIRE_HOOK, WIRE_FEATURE_HOOKS, { 0, 1, 0, 1 } },
		{ WIRE_HALT, WIRE_FEATURE_HOOKS, { 0, 1, 0, 1 } },
		{ WIRE_LOAD, WIRE_FEATURE_LOAD, { 0, 1, 0, 1 } },
		{ WIRE_REREAD, WIRE_FEATURE_WEAK, { 0, 1, 0, 1 } },
		{ WIRE_HOOKED, WIRE_FEATURE_HOOKS, { 1, 0, 1, 0 } },
		{ WIRE_LIST, 0, { 0, 1, 0, 1 } },
		{ WIRE_PAGE, 0, { 1, 0, 1, 0 } }
	};
	static const char *const hello[] = {
		"KHOP\0\1\0\0\0\0\0\1\x01\0\0\0\1\x02",
		"KHOP\0\1\0\0\0\0\0\1\x81"
	};
	const uint64_t all = WIRE_FEATURE_DELTAS | WIRE_FEATURE_PACKED |
	    WIRE_FEATURE_HOOKS | WIRE_FEATURE_LOAD | WIRE_FEATURE_WEAK;
	struct wire_reader *r;
	uint8_t msg[] = { 0, 0, 0, 1, 0 };
	unsigned int n, agreed;
	size_t i, side;
	int e;

	(void)state;
	for (i = 0; i < 8 * sizeof(cases) / sizeof(cases[0]); i++) {
		side = i % 4;
		agreed = i / 4 % 2;
		e = agreed || cases[i / 8].feature == 0 ?
		    cases[i / 8].e[side] : 1;
		msg[4] = (uint8_t)cases[i / 8].type;
		assert_int_equal(wire_reader_new((enum wire_side)side, &r),
		    0);
		assert_int_equal(feed(r, (const uint8_t *)hello[side % 2],
		    side % 2 == 0 ? 18 : 13, 18, &n), 0);
		wire_reader_features(r, agreed ? all :
		    all & ~cases[i / 8].feature);
		if (feed(r, msg, 5, 5, &n) != (e ? ERR_FORMAT : 0))
			fail_msg("type %x, side %zu, agreed %u", msg[4], side,
			    agreed);
		wire_reader_free(r);
	}
}

static void
test_nothing_follows_the_end(void **state)
{
	struct wire_reader *r;
	struct buf *b = stream();
	unsigned int n;

	(void)state;
	assert_int_equal(wire_reader_new(WIRE_KEEPER, &r), 0);
	assert_int_equal(feed(r, buf_ptr(b), buf_len(b), CAP, &n), 0);
	assert_true(wire_reader_ended(r));
	assert_int_equal(feed(r, (const uint8_t *)"\0\0\0\1\x08", 5, 5, &n),
	    ERR_FORMAT);
	assert_false(wire_reader_ended(r));
	wire_reader_free(r);
	buf_free(b);
}

static void
test_reader_reads_a_pipe(void **state)
{
	struct wire_reader *r;
	struct wire_msg m;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(fdio_nonblock(fds[0], 1), 0);
	assert_int_equal(wire_reader_new(WIRE_KEEPER, &r), 0);
	assert_int_equal(wire_reader_read(r, fds[0]), ERR_BUSY);
	assert_int_equal(write(fds[1], "KHOP\0\1\0\0\0\0\0\1\x01", 13), 13);
	close(fds[1]);
	assert_int_equal(wire_reader_read(r, fds[0]), 0);
	assert_int_equal(wire_reader_next(r, &m), 1);
	assert_int_equal(wire_reader_next(r, &m), 0);
	assert_int_equal(wire_reader_read(r, fds[0]), ERR_CLOSED);
	close(fds[0]);
	wire_reader_free(r);
}

static void
test_too_long_a_message_is_taken_back(void **state)
{
	struct buf *b;
	uint8_t *p;
	size_t mark;

	(void)state;
	assert_int_equal(buf_new(CAP, &b), 0);
	assert_int_equal(buf_put_u8(b, 1), 0);
	assert_int_equal(wire_begin(b, WIRE_FRAME, &mark), 0);
	assert_int_equal(buf_reserve(b, WIRE_BODY_MAX + 1, &p), 0);
	assert_int_equal(wire_end(b, mark), ERR_TOOBIG);
	assert_int_equal(buf_len(b), 1);
	buf_free(b);
}

static void
test_types_have_names(void **state)
{
	(void)state;
	assert_string_equal(wire_type_name(WIRE_CHUNKS), "CHUNKS");
	assert_string_equal(wire_type_name(WIRE_WANT), "WANT");
	assert_string_equal(wire_type_name(0x7f), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_cut_gives_the_same_messages),
		cmocka_unit_test(test_message_is_given_whole),
		cmocka_unit_test(test_what_is_no_preamble),
		cmocka_unit_test(test_lengths_are_refused_at_once),
		cmocka_unit_test(test_types_have_their_side_and_state),
		cmocka_unit_test(test_types_have_their_feature_and_hearer),
		cmocka_unit_test(test_nothing_follows_the_end),
		cmocka_unit_test(test_reader_reads_a_pipe),
		cmocka_unit_test(test_too_long_a_message_is_taken_back),
		cmocka_unit_test(test_types_have_names)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
