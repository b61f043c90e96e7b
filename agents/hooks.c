/* hooks.c: the agent's side of the hook runner. */
#include "config.h"

#include "agents/hooks.h"

#include <sys/socket.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "base/log.h"

#define PACKET_MAX 8192		/* more than any message between the two */

struct hooks {
	int	 fd;
	bool	 runs;		/* asked for, and not answered */
};

int
hooks_start(const char *dir, struct hooks **hp)
{
	struct hooks *h;
	int pair[2];
	pid_t pid;

	if ((h = calloc(1, sizeof(*h))) == NULL)
		return ERR_NOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) ==
	    -1 || (pid = fork()) == -1) {
		log_errno(errno, "hooks: start their runner");
		free(h);
		return ERR_IO;
	}
	if (pid == 0) {
		close(pair[0]);
		hookrun_main(pair[1], dir);
	}
	close(pair[1]);
	h->fd = pair[0];
	*hp = h;
	return 0;
}

int
hooks_fd(const struct hooks *h)
{
	return h != NULL ? h->fd : -1;
}

/* Say one packet: a type, and its body. */
static int
packet_write(int fd, enum wire_type type, const struct buf *body)
{
	uint8_t packet[PACKET_MAX];
	size_t len = body != NULL ? buf_len(body) : 0;
	ssize_t n;

	if (len + 1 > sizeof(packet))
		return ERR_TOOBIG;
	packet[0] = (uint8_t)type;
	if (len > 0)
		memcpy(packet + 1, buf_ptr(body), len);
	do
		n = write(fd, packet, len + 1);
	while (n == -1 && errno == EINTR);
	return n == (ssize_t)len + 1 ? 0 : ERR_CLOSED;
}

int
hooks_begin(struct hooks *h, const struct wire_hook *m)
{
	struct buf *b = NULL;
	int r;

	if (h->runs)
		return ERR_FORMAT;
	if ((r = buf_new(PACKET_MAX, &b)) == 0 &&
	    (r = wire_hook_encode(m, b)) == 0 &&
	    (r = packet_write(h->fd, WIRE_HOOK, b)) == 0)
		h->runs = true;
	buf_free(b);
	return r;
}

int
hooks_halt(struct hooks *h)
{
	if (h == NULL || !h->runs)
		return 0;
	return packet_write(h->fd, WIRE_HALT, NULL);
}

int
hooks_answer(struct hooks *h, struct buf *out, bool *gotp)
{
	uint8_t packet[PACKET_MAX];
	ssize_t n;

	n = read(h->fd, packet, sizeof(packet));
	if (n == -1 && (errno == EINTR || errno == EAGAIN)) {
		*gotp = false;
		return 0;
	}
	if (n <= 0)
		return ERR_CLOSED;
	h->runs = false;
	*gotp = true;
	return buf_put(out, packet, (size_t)n);
}

int
hooks_refuse(const char *why, struct buf *out)
{
	const struct wire_hooked m = { .result = WIRE_HOOK_REFUSED,
	    .output = (const uint8_t *)why, .output_len = strlen(why) };

	return wire_hooked_encode(&m, out);
}

void
hooks_free(struct hooks *h)
{
	if (h == NULL)
		return;
	fdio_close(&h->fd);
	free(h);
}
