/* client.c: asking a running backupd. */
#include "control/client.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fdio.h"

#define READ_BYTES 8192

struct control_client {
	int	 fd;
	struct buf *in;
};

int
control_connect(const char *path, struct control_client **cp)
{
	struct control_client *c;
	struct sockaddr_un a;
	int r;

	if ((r = control_address(path, &a)) != 0)
		return r;
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return ERR_NOMEM;
	if ((c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1) {
		r = err_from_errno(errno);
		goto out;
	}
	if ((r = buf_new(CONTROL_REPLY_MAX + CONTROL_HEAD + READ_BYTES,
	    &c->in)) != 0)
		goto out;
	if (connect(c->fd, (struct sockaddr *)&a, sizeof(a)) == -1) {
		r = errno == ECONNREFUSED ? ERR_NOENT :
		    err_from_errno(errno);
		goto out;
	}
	*cp = c;
	c = NULL;	/* the caller's now */
 out:
	control_close(c);
	return r;
}

void
control_close(struct control_client *client)
{
	if (client == NULL)
		return;
	fdio_close(&client->fd);
	buf_free(client->in);
	free(client);
}

int
control_send(struct control_client *client, const struct control *c)
{
	struct buf *b = NULL;
	const uint8_t *p;
	ssize_t n;
	int r;

	if ((r = buf_new(CONTROL_REQUEST_MAX + CONTROL_HEAD, &b)) != 0)
		return r;
	if ((r = control_encode(c, b)) != 0)
		r = ERR_TOOBIG;
	while (r == 0 && buf_len(b) > 0) {
		p = buf_ptr(b);
		n = send(client->fd, p, buf_len(b), MSG_NOSIGNAL);
		if (n >= 0)
			r = buf_skip(b, (size_t)n);
		else if (errno == EPIPE)
			r = ERR_CLOSED;
		else if (errno != EINTR)
			r = err_from_errno(errno);
	}
	buf_free(b);
	return r;
}

/* Wait for something to read until the deadline; -1: for ever. */
static int
wait_readable(int fd, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t left;
	int n;

	for (;;) {
		left = deadline == -1 ? -1 : deadline - clock_mono_ms();
		if (deadline != -1 && left < 0)
			return ERR_TIMEOUT;
		if ((n = poll(&p, 1, (int)left)) > 0)
			return 0;
		if (n == -1 && errno != EINTR)
			return err_from_errno(errno);
	}
}

int
control_receive(struct control_client *client, int ms, struct control *cp)
{
	int64_t deadline = ms < 0 ? -1 : clock_mono_ms() + ms;
	uint8_t *p;
	size_t n;
	int r;

	while ((r = control_decode(client->in, CONTROL_REPLY_MAX, cp)) == 0) {
		if ((r = wait_readable(client->fd, deadline)) != 0 ||
		    (r = buf_reserve(client->in, READ_BYTES, &p)) != 0)
			return r;
		n = 0;
		r = fdio_read(client->fd, p, READ_BYTES, &n);
		buf_trim(client->in, READ_BYTES - n);
		if (r != 0)
			return r;
		if (n == 0)
			return ERR_CLOSED;
	}
	return r == 1 ? 0 : r;
}
