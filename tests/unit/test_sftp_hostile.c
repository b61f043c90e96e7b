/* test_sftp_hostile.c: servers that lie, stop, or have never learnt it. */
#include "config.h"

#include "sftp/sftp.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "sftp/answer.h"
#include "sftp/bulk.h"
#include "tests/unit/sftp_fixture.h"

#define SILENCE_MS 300

/* A session whose server is this test. */
struct fixture {
	struct pipe_stream pipe;
	struct sftp *x;
	struct sftp_answer a;
	struct buf *b;			/* a packet for it */
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	fixture_script(&f->pipe);
	assert_int_equal(sftp_new(&pipe_stream_ops, &f->pipe, SILENCE_MS,
	    &f->x), 0);
	f->x->greeted = true;
	f->x->server.window = 100000;
	assert_int_equal(buf_new(2 * SFTP_PACKET_MAX, &f->b), 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	sftp_end(f->x);
	fixture_stop(&f->pipe);
	buf_free(f->b);
	free(f);
	return 0;
}

/* Begin an answer of that type to the request with that number. */
static void
begin(struct fixture *f, uint8_t type, uint32_t id)
{
	buf_reset(f->b);
	assert_int_equal(buf_put_u8(f->b, type), 0);
	assert_int_equal(buf_put_u32(f->b, id), 0);
}

static void
put_string(struct fixture *f, const void *data, size_t len)
{
	assert_int_equal(buf_put_u32(f->b, (uint32_t)len), 0);
	assert_int_equal(buf_put(f->b, data, len), 0);
}

/* Say it, behind its length. */
static void
say(struct fixture *f)
{
	uint32_t len = htonl((uint32_t)buf_len(f->b));

	assert_int_equal(write(f->pipe.far, &len, 4), 4);
	assert_int_equal(write(f->pipe.far, buf_ptr(f->b), buf_len(f->b)),
	    buf_len(f->b));
}

/* The session must end as one that was lied to. */
static void
assert_refused(struct fixture *f)
{
	assert_int_equal(sftp_wait(f->x, &f->a.done), 0);
	assert_int_equal(f->a.code, ERR_FORMAT);
	assert_int_equal(sftp_failed(f->x), ERR_FORMAT);
	assert_int_equal(sftp_open_requests(f->x), 0);
}

static void
ask_stat(struct fixture *f)
{
	assert_int_equal(sftp_lstat(f->x, "f", sftp_answer(&f->a)), 0);
}

static void
answers_to_nothing_end_it(void **state)
{
	struct fixture *f = *state;

	ask_stat(f);
	begin(f, FXP_STATUS, 1);	/* the id would be 0 */
	assert_int_equal(buf_put_u32(f->b, 0), 0);
	say(f);
	assert_refused(f);
}

static void
answers_of_another_kind_end_it(void **state)
{
	struct fixture *f = *state;

	ask_stat(f);
	begin(f, FXP_DATA, 0);
	put_string(f, "abc", 3);
	say(f);
	assert_refused(f);
}

static void
success_without_what_was_asked_for_ends_it(void **state)
{
	struct fixture *f = *state;

	ask_stat(f);
	begin(f, FXP_STATUS, 0);
	assert_int_equal(buf_put_u32(f->b, FX_OK), 0);
	say(f);
	assert_refused(f);
}

static void
more_data_than_was_asked_for_ends_it(void **state)
{
	struct fixture *f = *state;
	struct sftp_handle h = { .len = 1 };

	assert_int_equal(sftp_read(f->x, &h, 0, 2, sftp_answer(&f->a)), 0);
	begin(f, FXP_DATA, 0);
	put_string(f, "abc", 3);
	say(f);
	assert_refused(f);
}

static void
handles_that_are_too_long_end_it(void **state)
{
	struct fixture *f = *state;
	char handle[SFTP_HANDLE_MAX + 1] = "";

	assert_int_equal(sftp_opendir(f->x, "d", sftp_answer(&f->a)), 0);
	begin(f, FXP_HANDLE, 0);
	put_string(f, handle, sizeof(handle));
	say(f);
	assert_refused(f);
}

static void
names_with_a_slash_or_a_nul_end_it(void **state)
{
	static const struct {
		const char *name;
		size_t	 len;
	} bad[] = { { "../x", 4 }, { "/", 1 }, { "a\0b", 3 }, { "", 0 } };
	struct sftp_handle h = { .len = 1 };
	struct fixture *f;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		f = *state;
		assert_int_equal(sftp_readdir(f->x, &h,
		    sftp_answer(&f->a)), 0);
		begin(f, FXP_NAME, 0);
		assert_int_equal(buf_put_u32(f->b, 1), 0);
		put_string(f, bad[i].name, bad[i].len);
		put_string(f, "long", 4);
		assert_int_equal(buf_put_u32(f->b, 0), 0);
		say(f);
		assert_refused(f);
		teardown(state);
		setup(state);
	}
}

static void
packets_without_end_end_it(void **state)
{
	struct fixture *f = *state;
	const uint32_t len = htonl(SFTP_PACKET_MAX + 1);

	ask_stat(f);
	assert_int_equal(write(f->pipe.far, &len, 4), 4);
	assert_refused(f);
}

static void
counts_beyond_the_packet_end_it(void **state)
{
	struct fixture *f = *state;
	struct sftp_handle h = { .len = 1 };

	assert_int_equal(sftp_readdir(f->x, &h, sftp_answer(&f->a)), 0);
	begin(f, FXP_NAME, 0);
	assert_int_equal(buf_put_u32(f->b, UINT32_MAX), 0);
	say(f);
	assert_refused(f);
}

static void
silence_ends_it(void **state)
{
	struct fixture *f = *state;
	int64_t began = clock_mono_ms();

	ask_stat(f);
	assert_int_equal(sftp_wait(f->x, &f->a.done), 0);
	assert_int_equal(f->a.code, ERR_TIMEOUT);
	assert_true(clock_mono_ms() - began >= SILENCE_MS);
}

static void
a_beginning_of_an_answer_is_silence(void **state)
{
	struct fixture *f = *state;

	ask_stat(f);
	assert_int_equal(write(f->pipe.far, "\0\0\1", 3), 3);
	assert_int_equal(sftp_wait(f->x, &f->a.done), 0);
	assert_int_equal(f->a.code, ERR_TIMEOUT);
}

static void
a_connection_that_is_dead_ends_it(void **state)
{
	struct fixture *f = *state;

	f->pipe.asleep = true;
	f->x->alive_ms -= 60000;
	ask_stat(f);
	assert_int_equal(sftp_wait(f->x, &f->a.done), 0);
	assert_int_equal(f->a.code, ERR_TIMEOUT);
}

static void
other_versions_are_told(void **state)
{
	struct fixture *f = *state;

	f->x->greeted = false;
	begin(f, FXP_VERSION, 2);
	say(f);
	assert_int_equal(sftp_hello(f->x), ERR_VERSION);
}

static void
a_shell_that_greets_is_no_server(void **state)
{
	static const char hello[] = "Welcome to this machine\n";
	struct fixture *f = *state;

	f->x->greeted = false;
	assert_int_equal(write(f->pipe.far, hello, sizeof(hello) - 1),
	    sizeof(hello) - 1);
	assert_int_equal(sftp_hello(f->x), ERR_FORMAT);
}

static void
a_server_that_never_greets_is_left(void **state)
{
	struct fixture *f = *state;

	f->x->greeted = false;
	assert_int_equal(sftp_hello(f->x), ERR_TIMEOUT);
}

static void
codes_of_later_versions_are_understood(void **state)
{
	static const struct {
		uint32_t status;
		int	 code;
	} known[] = { { 2, ERR_NOENT }, { 3, ERR_DENIED }, { 4, ERR_IO },
	    { 8, ERR_VERSION }, { 11, ERR_EXIST }, { 14, ERR_NOSPACE },
	    { 15, ERR_NOSPACE }, { 99, ERR_IO }, { UINT32_MAX, ERR_IO } };
	struct fixture *f = *state;
	uint32_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		ask_stat(f);
		begin(f, FXP_STATUS, i << 10);
		assert_int_equal(buf_put_u32(f->b, known[i].status), 0);
		put_string(f, "why", 3);
		say(f);
		assert_int_equal(sftp_answer_wait(f->x, 0, &f->a),
		    known[i].code);
		assert_string_equal(f->a.message, "why");
	}
}

static void
an_answer_comes_in_pieces(void **state)
{
	struct fixture *f = *state;

	f->pipe.piece = 1;
	ask_stat(f);
	begin(f, FXP_ATTRS, 0);
	assert_int_equal(buf_put_u32(f->b, SFTP_HAS_SIZE), 0);
	assert_int_equal(buf_put_u64(f->b, 77), 0);
	say(f);
	assert_int_equal(sftp_answer_wait(f->x, 0, &f->a), 0);
	assert_int_equal(f->a.attrs.size, 77);
	assert_int_equal(f->a.attrs.has, SFTP_HAS_SIZE);
}

static void
a_read_of_nothing_is_not_repeated_for_ever(void **state)
{
	struct fixture *f = *state;
	const struct sftp_handle h = { .len = 1 };
	const struct sftp_range range = { .handle = &h, .len = 10 };
	uint8_t data[10];
	size_t n = 77;

	begin(f, FXP_DATA, 0);
	put_string(f, "", 0);
	say(f);
	assert_int_equal(sftp_read_range(f->x, &range, data, &n), ERR_IO);
	assert_int_equal(n, 0);
	assert_int_equal(sftp_failed(f->x), 0);
}

static void
a_range_counts_up_to_its_first_gap(void **state)
{
	struct fixture *f = *state;
	const struct sftp_handle h = { .len = 1 };
	const struct sftp_range range = { .handle = &h, .len = 40,
	    .piece = 10 };
	uint32_t i;
	size_t n = 0;

	/* The third of four writes fails. */
	for (i = 0; i < 4; i++) {
		begin(f, FXP_STATUS, i << 10 | i);
		assert_int_equal(buf_put_u32(f->b, i == 2 ? 4 : 0), 0);
		say(f);
	}
	assert_int_equal(sftp_write_range(f->x, &range,
	    (const uint8_t *)"0123456789012345678901234567890123456789", &n),
	    ERR_IO);
	assert_int_equal(n, 20);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(answers_to_nothing_end_it),
		CASE(answers_of_another_kind_end_it),
		CASE(success_without_what_was_asked_for_ends_it),
		CASE(more_data_than_was_asked_for_ends_it),
		CASE(handles_that_are_too_long_end_it),
		CASE(names_with_a_slash_or_a_nul_end_it),
		CASE(packets_without_end_end_it),
		CASE(counts_beyond_the_packet_end_it),
		CASE(silence_ends_it),
		CASE(a_beginning_of_an_answer_is_silence),
		CASE(a_connection_that_is_dead_ends_it),
		CASE(other_versions_are_told),
		CASE(a_shell_that_greets_is_no_server),
		CASE(a_server_that_never_greets_is_left),
		CASE(codes_of_later_versions_are_understood),
		CASE(an_answer_comes_in_pieces),
		CASE(a_read_of_nothing_is_not_repeated_for_ever),
		CASE(a_range_counts_up_to_its_first_gap)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
