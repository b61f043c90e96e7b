/* test_control.c: control records as bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#include "base/buf.h"
#include "control/control.h"

#define CAP (1u << 20)

static struct control
sample(void)
{
	struct control c = { .type = CONTROL_END };

	c.u.end.job = 4812;
	c.u.end.code = 3;
	c.u.end.problems = UINT64_MAX;
	c.u.end.host = "ketoan-01";
	c.u.end.set = "documents";
	c.u.end.snapshot = "00ff";
	c.u.end.text = "3 files \xff were locked\n";
	return c;
}

static struct buf *
encoded(const struct control *c)
{
	struct buf *b = NULL;

	assert_int_equal(buf_new(CAP, &b), 0);
	assert_int_equal(control_encode(c, b), 0);
	return b;
}

static void
a_record_comes_back_as_it_was(void **state)
{
	struct control c = sample(), d;
	struct buf *b = encoded(&c);

	(void)state;
	assert_int_equal(control_decode(b, CONTROL_REPLY_MAX, &d), 1);
	assert_int_equal(buf_len(b), 0);
	assert_int_equal(d.type, CONTROL_END);
	assert_int_equal(d.u.end.job, 4812);
	assert_int_equal(d.u.end.code, 3);
	assert_true(d.u.end.problems == UINT64_MAX);
	assert_string_equal(d.u.end.host, "ketoan-01");
	assert_string_equal(d.u.end.set, "documents");
	assert_string_equal(d.u.end.snapshot, "00ff");
	assert_string_equal(d.u.end.text, c.u.end.text);
	assert_string_equal(d.u.end.remedy, "");
	control_clear(&d);
	buf_free(b);
}

static void
a_part_of_a_record_waits_for_the_rest(void **state)
{
	struct control c = sample(), d;
	struct buf *b = encoded(&c), *part = NULL;
	size_t n, len = buf_len(b);

	(void)state;
	for (n = 0; n < len; n++) {
		assert_int_equal(buf_borrow(buf_ptr(b), n, &part), 0);
		assert_int_equal(control_decode(part, CONTROL_REPLY_MAX, &d),
		    0);
		assert_int_equal(buf_len(part), n);
		buf_free(part);
	}
	/* Cut inside: the length says that this is all of it. */
	for (n = CONTROL_HEAD; n < len; n++) {
		uint8_t *copy = malloc(n);

		assert_non_null(copy);
		memcpy(copy, buf_ptr(b), n);
		copy[0] = copy[1] = 0;
		copy[2] = (uint8_t)((n - CONTROL_HEAD) >> 8);
		copy[3] = (uint8_t)(n - CONTROL_HEAD);
		assert_int_equal(buf_borrow(copy, n, &part), 0);
		assert_int_equal(control_decode(part, CONTROL_REPLY_MAX, &d),
		    ERR_FORMAT);
		buf_free(part);
		free(copy);
	}
	buf_free(b);
}

static void
what_is_too_long_is_refused_at_its_head(void **state)
{
	const uint8_t head[] = { 0xff, 0xff, 0xff, 0xff };
	struct control c = { .type = CONTROL_STATUS }, d;
	struct buf *b = NULL;
	char *text;

	(void)state;
	assert_int_equal(buf_borrow(head, sizeof(head), &b), 0);
	assert_int_equal(control_decode(b, CONTROL_REQUEST_MAX, &d),
	    ERR_TOOBIG);
	buf_free(b);
	text = malloc(CONTROL_TEXT_MAX + 2);
	assert_non_null(text);
	memset(text, 'x', CONTROL_TEXT_MAX + 1);
	text[CONTROL_TEXT_MAX + 1] = '\0';
	c.u.status.host = text;
	assert_int_equal(buf_new(CAP, &b), 0);
	assert_int_equal(control_encode(&c, b), ERR_TOOBIG);
	assert_int_equal(buf_len(b), 0);
	text[CONTROL_TEXT_MAX] = '\0';
	assert_int_equal(control_encode(&c, b), 0);
	assert_int_equal(control_decode(b, CONTROL_REQUEST_MAX, &d), 1);
	control_clear(&d);
	buf_free(b);
	free(text);
}

static void
other_versions_and_types_are_told_apart_from_nonsense(void **state)
{
	const uint8_t version[] = { 0, 0, 0, 2, CONTROL_VERSION + 1, 4 };
	const uint8_t type[] = { 0, 0, 0, 2, CONTROL_VERSION, 99 };
	const uint8_t more[] = { 0, 0, 0, 3, CONTROL_VERSION, 4, 0 };
	struct control d;
	struct buf *b = NULL;

	(void)state;
	assert_int_equal(buf_borrow(version, sizeof(version), &b), 0);
	assert_int_equal(control_decode(b, 100, &d), ERR_VERSION);
	buf_free(b);
	assert_int_equal(buf_borrow(type, sizeof(type), &b), 0);
	assert_int_equal(control_decode(b, 100, &d), ERR_FORMAT);
	buf_free(b);
	assert_int_equal(buf_borrow(more, sizeof(more), &b), 0);
	assert_int_equal(control_decode(b, 100, &d), ERR_FORMAT);
	buf_free(b);
}

static void
random_bytes_never_do_harm(void **state)
{
	uint8_t bytes[64];
	struct control d;
	struct buf *b = NULL;
	unsigned int seed = 7, i, k;

	(void)state;
	for (i = 0; i < 200000; i++) {
		for (k = 0; k < sizeof(bytes); k++) {
			seed = seed * 1103515245u + 12345u;
			bytes[k] = (uint8_t)(seed >> 16);
		}
		bytes[0] = bytes[1] = bytes[2] = 0;
		bytes[3] = (uint8_t)(bytes[3] % 60);
		bytes[4] = CONTROL_VERSION;
		bytes[5] = (uint8_t)(bytes[5] % 2 == 0 ? 1 + bytes[5] % 5 :
		    64 + bytes[5] % 7);
		assert_int_equal(buf_borrow(bytes, sizeof(bytes), &b), 0);
		if (control_decode(b, CONTROL_REQUEST_MAX, &d) == 1)
			control_clear(&d);
		buf_free(b);
	}
}

static void
a_socket_has_a_place_and_a_longest_name(void **state)
{
	struct sockaddr_un a;
	char path[200];
	char *place = NULL;

	(void)state;
	memset(path, 'x', sizeof(path));
	path[sizeof(a.sun_path) - 1] = '\0';
	assert_int_equal(control_address(path, &a), 0);
	assert_string_equal(a.sun_path, path);
	path[sizeof(a.sun_path) - 1] = 'x';
	path[sizeof(a.sun_path)] = '\0';
	assert_int_equal(control_address(path, &a), ERR_TOOBIG);
	assert_int_equal(control_socket("/policy.cfg", &place), 0);
	assert_string_equal(place, "/state/control");
	free(place);
	assert_int_equal(control_socket("/no-such-dir/policy.cfg", &place),
	    ERR_NOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_comes_back_as_it_was),
		cmocka_unit_test(a_part_of_a_record_waits_for_the_rest),
		cmocka_unit_test(what_is_too_long_is_refused_at_its_head),
		cmocka_unit_test(
		    other_versions_and_types_are_told_apart_from_nonsense),
		cmocka_unit_test(random_bytes_never_do_harm),
		cmocka_unit_test(a_socket_has_a_place_and_a_longest_name)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
