/* sftp_fixture.c: SFTP over a pipe: to a real server, or to a script. */
#include "config.h"

#include "tests/unit/sftp_fixture.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fdio.h"

static int
pipe_read(void *arg, void *data, size_t len, size_t *lenp)
{
	struct pipe_stream *p = arg;
	ssize_t n;

	if (p->piece != 0 && len > p->piece)
		len = p->piece;
	n = recv(p->fd, data, len, MSG_DONTWAIT);
	if (n == -1)
		return errno == EAGAIN ? ERR_BUSY : ERR_CLOSED;
	*lenp = (size_t)n;
	return 0;
}

static int
pipe_write(void *arg, const void *data, size_t len, size_t *lenp)
{
	struct pipe_stream *p = arg;
	ssize_t n = send(p->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n == -1)
		return errno == EAGAIN ? ERR_BUSY : ERR_CLOSED;
	*lenp = (size_t)n;
	return 0;
}

static int
pipe_poll_fd(void *arg)
{
	return ((struct pipe_stream *)arg)->fd;
}

static short
pipe_wants(void *arg)
{
	(void)arg;
	return POLLIN;
}

static bool
pipe_blocked(void *arg)
{
	(void)arg;
	return false;
}

static int
pipe_keepalive(void *arg)
{
	return ((struct pipe_stream *)arg)->asleep ? ERR_TIMEOUT : 0;
}

const struct sftp_stream pipe_stream_ops = {
	.read = pipe_read,
	.write = pipe_write,
	.poll_fd = pipe_poll_fd,
	.wants = pipe_wants,
	.blocked = pipe_blocked,
	.keepalive = pipe_keepalive
};

const char *
fixture_server(void)
{
	static const char *const paths[] = { "/usr/lib/openssh/sftp-server",
	    "/usr/libexec/openssh/sftp-server", "/usr/libexec/sftp-server" };
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	return NULL;
}

void
fixture_script(struct pipe_stream *p)
{
	int fds[2];

	*p = (struct pipe_stream){ .pid = -1 };
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    fds), 0);
	p->fd = fds[0];
	p->far = fds[1];
}

void
fixture_start(struct pipe_stream *p, const char *dir)
{
	fixture_script(p);
	p->pid = fork();
	assert_int_not_equal(p->pid, -1);
	if (p->pid == 0) {
		if (chdir(dir) == 0 && dup2(p->far, 0) == 0 &&
		    dup2(p->far, 1) == 1)
			execl(fixture_server(), "sftp-server", (char *)NULL);
		_exit(127);
	}
	(void)fdio_close(&p->far);
}

void
fixture_stop(struct pipe_stream *p)
{
	int status;

	(void)fdio_close(&p->fd);
	(void)fdio_close(&p->far);
	if (p->pid != -1)
		assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
}
