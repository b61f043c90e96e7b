/* lib2_sock.c: the socket below libssh2. */
#include "ssh/lib2_sock.h"

#include <sys/socket.h>

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fdio.h"

#define OUT_MAX (1024 * 1024)	/* then even libssh2 has to wait */
#define OUT_FULL (128 * 1024)	/* then who writes has to wait */

int
lib2_sock_init(struct lib2_sock *k)
{
	memset(k, 0, sizeof(*k));
	k->fd = -1;
	return buf_new(OUT_MAX, &k->out);
}

void
lib2_sock_clear(struct lib2_sock *k)
{
	buf_free(k->out);
	k->out = NULL;
	(void)fdio_close(&k->fd);
}

bool
lib2_sock_queued(const struct lib2_sock *k)
{
	return buf_len(k->out) > 0;
}

bool
lib2_sock_full(const struct lib2_sock *k)
{
	return buf_len(k->out) >= OUT_FULL;
}

int
lib2_sock_flush(struct lib2_sock *k)
{
	ssize_t n;

	while (!k->lost && buf_len(k->out) > 0) {
		n = send(k->fd, buf_ptr(k->out), buf_len(k->out),
		    MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		if (n == -1) {
			k->lost = true;
			break;
		}
		if (buf_skip(k->out, (size_t)n) != 0)
			k->lost = true;
	}
	return k->lost ? ERR_CLOSED : 0;
}

static ssize_t
sock_send(libssh2_socket_t fd, const void *data, size_t len, int flags,
    void **abstract)
{
	struct lib2_sock *k = *abstract;

	(void)fd;
	(void)flags;
	if (lib2_sock_flush(k) != 0)
		return -EPIPE;
	if (buf_len(k->out) + len > OUT_MAX)
		return -EAGAIN;
	if (buf_put(k->out, data, len) != 0)
		return -ENOMEM;
	k->sent_ms = clock_mono_ms();
	return lib2_sock_flush(k) != 0 ? -EPIPE : (ssize_t)len;
}

static ssize_t
sock_recv(libssh2_socket_t fd, void *data, size_t len, int flags,
    void **abstract)
{
	struct lib2_sock *k = *abstract;
	size_t keep;
	ssize_t n;

	if (k->lost)
		return 0;
	/* A host that sends nonsense without end never lets libssh2 return. */
	if (k->deadline_ms != 0 && clock_mono_ms() >= k->deadline_ms)
		return -ETIMEDOUT;
	do
		n = recv(fd, data, len, flags);
	while (n == -1 && errno == EINTR);
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return -EAGAIN;
	if (n <= 0) {
		k->lost = true;
		return n == 0 ? 0 : -errno;
	}
	k->fresh = true;
	k->heard_ms = clock_mono_ms();
	if (k->sent_ms != 0)
		k->rtt_ms = k->heard_ms - k->sent_ms;
	k->sent_ms = 0;
	keep = sizeof(k->first) - k->firstlen;
	if (keep > (size_t)n)
		keep = (size_t)n;
	memcpy(k->first + k->firstlen, data, keep);
	k->firstlen += keep;
	return n;
}

/* Let session call sock_send and sock_recv. */
static void
set_callbacks(LIBSSH2_SESSION *session)
{
#if LIBSSH2_VERSION_NUM >= 0x010b01
	(void)libssh2_session_callback_set2(session, LIBSSH2_CALLBACK_SEND,
	    (libssh2_cb_generic *)sock_send);
	(void)libssh2_session_callback_set2(session, LIBSSH2_CALLBACK_RECV,
	    (libssh2_cb_generic *)sock_recv);
#else
	ssize_t (*const send_from)(libssh2_socket_t fd, const void *data,
	    size_t len, int flags, void **abstract) = sock_send;
	ssize_t (*const recv_from)(libssh2_socket_t fd, void *data,
	    size_t len, int flags, void **abstract) = sock_recv;
	void *send_fn, *recv_fn;

	/* ISO C has no conversion from a function to an object pointer. */
	memcpy(&send_fn, &send_from, sizeof(send_fn));
	memcpy(&recv_fn, &recv_from, sizeof(recv_fn));
	(void)libssh2_session_callback_set(session, LIBSSH2_CALLBACK_SEND,
	    send_fn);
	(void)libssh2_session_callback_set(session, LIBSSH2_CALLBACK_RECV,
	    recv_fn);
#endif
}

int
lib2_sock_session(struct lib2_sock *k, LIBSSH2_SESSION **sessionp)
{
	LIBSSH2_SESSION *session;

	if ((session = libssh2_session_init_ex(NULL, NULL, NULL, k)) == NULL)
		return ERR_NOMEM;
	set_callbacks(session);
	libssh2_session_set_blocking(session, 0);
	*sessionp = session;
	return 0;
}
