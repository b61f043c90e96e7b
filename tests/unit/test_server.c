/* test_server.c: the control socket, with clients that behave and others. */
#include <sys/socket.h>
#include <sys/un.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "backupd/loop.h"
#include "backupd/server.h"
#include "base/buf.h"
#include "base/clock.h"

struct fixture {
	char	 dir[32], path[48];
	struct loop *loop;
	struct loop_watch *stop;
	struct server *server;
	struct server_client *asking;
	unsigned int requests;
	bool	 answer;
};

static void
on_stop(void *arg)
{
	loop_stop(arg);
}

static void
on_request(void *arg, struct server_client *client, const struct control *c)
{
	struct fixture *f = arg;

	f->requests++;
	f->asking = client;
	assert_int_equal(server_role(client), ACCESS_ADMIN);
	if (c->type == CONTROL_RUN)
		assert_string_equal(c->u.run.names, "h");
	if (f->answer)
		server_done(client, 4, "text", "");
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const struct server_calls calls = { on_request, f };
	struct loop_call stop = { on_stop, NULL };

	assert_non_null(f);
	snprintf(f->dir, sizeof(f->dir), "/tmp/kho-server-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/control", f->dir);
	assert_int_equal(loop_new(&f->loop), 0);
	stop.arg = f->loop;
	assert_int_equal(loop_timer(f->loop, &stop, &f->stop), 0);
	assert_int_equal(server_new(f->loop, f->path, &calls, &f->server), 0);
	f->answer = true;
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	server_free(f->server);
	loop_watch_free(f->stop);
	loop_free(f->loop);
	assert_int_equal(access(f->path, F_OK), -1);
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

static void
turn(struct fixture *f, int ms)
{
	assert_int_equal(loop_after(f->stop, ms), 0);
	assert_int_equal(loop_run(f->loop), 0);
}

static int
dial(const struct fixture *f)
{
	struct sockaddr_un a;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_not_equal(fd, -1);
	assert_int_equal(control_address(f->path, &a), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static struct buf *
request(void)
{
	struct control c = { .type = CONTROL_RUN };
	struct buf *b = NULL;

	c.u.run.names = "h";
	assert_int_equal(buf_new(1024, &b), 0);
	assert_int_equal(control_encode(&c, b), 0);
	return b;
}

static void
say(int fd, const void *p, size_t len)
{
	assert_int_equal(send(fd, p, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* All that has come; true if the other side has closed. */
static bool
listen_to(int fd, struct buf *in)
{
	uint8_t *p;
	ssize_t n;

	do {
		assert_int_equal(buf_reserve(in, 4096, &p), 0);
		n = recv(fd, p, 4096, 0);
		buf_trim(in, 4096 - (n > 0 ? (size_t)n : 0));
	} while (n > 0);
	return n == 0 || errno != EAGAIN;
}

static void
expect_done(int fd, uint64_t code)
{
	struct buf *in = NULL;
	struct control c;
	int r;

	assert_int_equal(buf_new(1u << 20, &in), 0);
	assert_true(listen_to(fd, in));
	while ((r = control_decode(in, CONTROL_REPLY_MAX, &c)) == 1 &&
	    c.type != CONTROL_DONE)
		control_clear(&c);
	assert_int_equal(r, 1);
	assert_int_equal(c.u.done.code, code);
	control_clear(&c);
	assert_int_equal(buf_len(in), 0);
	buf_free(in);
}

static void
a_request_is_answered_however_it_is_cut(void **state)
{
	struct fixture *f = *state;
	struct buf *b = request();
	size_t cut;
	int fd;

	for (cut = 0; cut < buf_len(b); cut++) {
		fd = dial(f);
		if (cut > 0) {
			say(fd, buf_ptr(b), cut);
			turn(f, 2);
		}
		assert_int_equal(f->requests, cut);
		say(fd, buf_ptr(b) + cut, buf_len(b) - cut);
		turn(f, 2);
		assert_int_equal(f->requests, cut + 1);
		expect_done(fd, 4);
		close(fd);
		turn(f, 2);
		assert_int_equal(server_clients(f->server), 0);
	}
	buf_free(b);
}

static void
garbage_harms_nobody(void **state)
{
	struct fixture *f = *state;
	uint8_t bytes[300];
	unsigned int seed = 3, i;
	size_t k, len;
	int fd;

	for (i = 0; i < 400; i++) {
		seed = seed * 1103515245u + 12345u;
		len = 1 + (seed >> 16) % (sizeof(bytes) - 1);
		for (k = 0; k < len; k++) {
			seed = seed * 1103515245u + 12345u;
			bytes[k] = (uint8_t)(seed >> 16);
		}
		if (i % 2 == 0 && len > 5) {
			memset(bytes, 0, 3);
			bytes[3] = (uint8_t)(len - 4);
			bytes[4] = CONTROL_VERSION;
		}
		fd = dial(f);
		say(fd, bytes, len);
		if (i % 3 == 0)
			turn(f, 1);
		close(fd);
		turn(f, 1);
	}
	turn(f, 20);
	assert_int_equal(server_clients(f->server), 0);
	f->requests = 0;
	a_request_is_answered_however_it_is_cut(state);
}

static void
the_silent_wait_alone_and_the_many_are_sent_away(void **state)
{
	struct fixture *f = *state;
	int fd[SERVER_CLIENTS_MAX + 8], more;
	struct buf *b = request();
	size_t i;

	for (i = 0; i < SERVER_CLIENTS_MAX + 8; i++) {
		fd[i] = dial(f);
		if (i % 8 == 0)
			turn(f, 2);
	}
	turn(f, 20);
	assert_int_equal(server_clients(f->server), SERVER_CLIENTS_MAX);
	/* One of them speaks up: it is heard at once. */
	say(fd[0], buf_ptr(b), buf_len(b));
	turn(f, 5);
	expect_done(fd[0], 4);
	close(fd[0]);
	turn(f, 5);
	more = dial(f);
	say(more, buf_ptr(b), buf_len(b));
	turn(f, 5);
	expect_done(more, 4);
	close(more);
	for (i = 1; i < SERVER_CLIENTS_MAX + 8; i++)
		close(fd[i]);
	turn(f, 20);
	assert_int_equal(server_clients(f->server), 0);
	buf_free(b);
}

static void
who_does_not_read_is_cut_off(void **state)
{
	struct fixture *f = *state;
	struct control c = { .type = CONTROL_ISSUE };
	struct buf *b = request();
	int64_t began = clock_mono_ms();
	char *text = malloc(CONTROL_TEXT_MAX);
	size_t i;
	int fd = dial(f);

	assert_non_null(text);
	memset(text, 'x', CONTROL_TEXT_MAX - 1);
	text[CONTROL_TEXT_MAX - 1] = '\0';
	f->answer = false;
	say(fd, buf_ptr(b), buf_len(b));
	turn(f, 5);
	server_watch(f->asking, 7);
	c.u.issue.text = text;
	for (i = 0; i < 100; i++) {
		server_publish(f->server, 7, &c);
		turn(f, 1);
	}
	assert_int_equal(server_clients(f->server), 1);
	/* Progress is left out where nobody reads. */
	memset(&c, 0, sizeof(c));
	c.type = CONTROL_PROGRESS;
	for (i = 0; i < 200000; i++)
		server_publish(f->server, 7, &c);
	assert_int_equal(server_clients(f->server), 1);
	memset(&c, 0, sizeof(c));
	c.type = CONTROL_ISSUE;
	c.u.issue.text = text;
	for (i = 0; i < 400; i++)
		server_publish(f->server, 7, &c);
	turn(f, 5);
	assert_int_equal(server_clients(f->server), 0);
	assert_true(clock_mono_ms() - began < 20000);
	close(fd);
	free(text);
	buf_free(b);
}

static void
the_last_of_the_watched_ends_it_with_the_worst_code(void **state)
{
	struct fixture *f = *state;
	struct control c = { .type = CONTROL_END };
	struct buf *b = request();
	struct buf *in = NULL;
	int fd = dial(f);

	f->answer = false;
	say(fd, buf_ptr(b), buf_len(b));
	turn(f, 5);
	server_watch(f->asking, 1);
	server_watch(f->asking, 2);
	server_watch(f->asking, 2);
	c.u.end.code = 8;
	server_publish(f->server, 2, &c);
	server_publish(f->server, 3, &c);
	turn(f, 5);
	assert_int_equal(buf_new(1u << 20, &in), 0);
	assert_false(listen_to(fd, in));
	assert_int_equal(control_decode(in, CONTROL_REPLY_MAX, &c), 1);
	control_clear(&c);
	assert_int_equal(buf_len(in), 0);
	memset(&c, 0, sizeof(c));
	c.type = CONTROL_END;
	c.u.end.code = 3;
	server_publish(f->server, 1, &c);
	turn(f, 5);
	expect_done(fd, 8);
	close(fd);
	turn(f, 5);
	buf_free(in);
	buf_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_request_is_answered_however_it_is_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(garbage_harms_nobody, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    the_silent_wait_alone_and_the_many_are_sent_away, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    who_does_not_read_is_cut_off, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    the_last_of_the_watched_ends_it_with_the_worst_code,
		    setup, teardown)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
