/* connect.c: TCP connections in bounded time. */
#include "config.h"

#include "ssh/connect.h"

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"

#define ADDRESSES_MAX 16
#define UNACKED_MAX_MS 60000	/* then the kernel gives the peer up */

/* An answer of the resolver, as it comes through the pipe. */
struct answer {
	struct sockaddr_storage ss;
	socklen_t len;
	int	 family;
};

int
ssh_wait(int fd, short events, int64_t deadline)
{
	struct pollfd pfd = { .fd = fd, .events = events };
	int64_t left;
	int n;

	for (;;) {
		if ((left = deadline - clock_mono_ms()) <= 0)
			left = 0;
		if (left > INT_MAX)
			left = INT_MAX;
		if ((n = poll(&pfd, 1, (int)left)) > 0)
			return 0;
		if (n == 0)
			return ERR_TIMEOUT;
		if (errno != EINTR)
			return err_from_errno(errno);
	}
}

/* Look the name up; at most ADDRESSES_MAX answers. */
static int
lookup(const char *address, uint16_t port, int flags, struct answer *list,
    size_t *countp)
{
	struct addrinfo hints, *found = NULL, *ai;
	char service[8];
	size_t n = 0;
	int e;

	memset(&hints, 0, sizeof(hints));
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = flags | AI_NUMERICSERV;
	(void)snprintf(service, sizeof(service), "%u", (unsigned int)port);
	if ((e = getaddrinfo(address, service, &hints, &found)) != 0)
		return e == EAI_MEMORY ? ERR_NOMEM : ERR_NOENT;
	for (ai = found; ai != NULL && n < ADDRESSES_MAX; ai = ai->ai_next) {
		if (ai->ai_addrlen > sizeof(list[n].ss))
			continue;
		memset(&list[n], 0, sizeof(list[n]));
		memcpy(&list[n].ss, ai->ai_addr, ai->ai_addrlen);
		list[n].len = ai->ai_addrlen;
		list[n].family = ai->ai_family;
		n++;
	}
	freeaddrinfo(found);
	*countp = n;
	return n > 0 ? 0 : ERR_NOENT;
}

/* Write all answers, in one piece each: together, less than a pipe takes. */
static int
lookup_write(const char *address, uint16_t port, int fd)
{
	struct answer list[ADDRESSES_MAX];
	size_t i, n = 0;
	int r;

	r = lookup(address, port, AI_ADDRCONFIG, list, &n);
	for (i = 0; i < n && r == 0; i++)
		r = fdio_write_all(fd, &list[i], sizeof(list[i]));
	return r;
}

/* What a thread of its own looks up; the thread's. */
struct question {
	char	*address;
	uint16_t port;
	int	 fd;
};

static void *
lookup_thread(void *arg)
{
	struct question *q = arg;

	(void)!lookup_write(q->address, q->port, q->fd);
	(void)fdio_close(&q->fd);
	free(q->address);
	free(q);
	return NULL;
}

/* Start a thread that takes *fdp.  Nobody waits for its end. */
static int
start_thread(const char *address, uint16_t port, int *fdp)
{
	struct question *q;
	sigset_t all, old;
	pthread_t thread;
	int e;

	if ((q = calloc(1, sizeof(*q))) == NULL ||
	    (q->address = strdup(address)) == NULL) {
		free(q);
		return ERR_NOMEM;
	}
	q->port = port;
	q->fd = *fdp;
	/* Nor does it learn by SIGPIPE that nobody listens any more. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	e = pthread_create(&thread, NULL, lookup_thread, q);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (e != 0) {
		free(q->address);
		free(q);
		return err_from_errno(e);
	}
	(void)pthread_detach(thread);
	*fdp = -1;
	return 0;
}

/* Collect the answers until the resolver is done or time is up. */
static int
lookup_collect(int fd, int64_t deadline, struct answer *list, size_t *countp)
{
	size_t n;
	int r;

	for (n = 0; n < ADDRESSES_MAX; n++) {
		if ((r = ssh_wait(fd, POLLIN, deadline)) != 0)
			return r;
		r = fdio_read_all(fd, &list[n], sizeof(list[n]));
		if (r == ERR_CLOSED)
			break;
		if (r != 0)
			return r;
	}
	*countp = n;
	return n > 0 ? 0 : ERR_NOENT;
}

/* Have the answers written to fds[1], by a process that *pidp names or not. */
static int
resolver_start(const char *address, uint16_t port,
    enum ssh_resolver resolver, int fds[2], pid_t *pidp)
{
	*pidp = -1;
	if (resolver == SSH_RESOLVER_THREAD)
		return start_thread(address, port, &fds[1]);
	if ((*pidp = fork()) == 0)
		_exit(lookup_write(address, port, fds[1]) == 0 ? 0 : 1);
	return *pidp == -1 ? err_from_errno(errno) : 0;
}

static int
resolve(const char *address, uint16_t port, enum ssh_resolver resolver,
    int64_t deadline, struct answer list[ADDRESSES_MAX], size_t *countp)
{
	pid_t pid;
	int fds[2], r;

	if (lookup(address, port, AI_NUMERICHOST, list, countp) == 0)
		return 0;
	if (pipe2(fds, O_CLOEXEC) == -1)
		return err_from_errno(errno);
	r = resolver_start(address, port, resolver, fds, &pid);
	(void)fdio_close(&fds[1]);
	if (r == 0)
		r = lookup_collect(fds[0], deadline, list, countp);
	if (pid != -1) {
		(void)kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
			continue;
	}
	(void)fdio_close(&fds[0]);
	return r;
}

/* None of these is worth failing for. */
static void
tune(int fd)
{
	static const int on = 1, idle = 30, interval = 10, probes = 3;
	static const unsigned int unacked = UNACKED_MAX_MS;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval,
	    sizeof(interval));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes,
	    sizeof(probes));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacked,
	    sizeof(unacked));
}

static int
connect_one(const struct answer *a, int64_t deadline, int *fdp)
{
	socklen_t elen = sizeof(int);
	int e = 0, fd, r = 0;

	fd = socket(a->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return err_from_errno(errno);
	tune(fd);
	if (connect(fd, (const struct sockaddr *)&a->ss, a->len) == -1) {
		e = errno;
		if (e == EINPROGRESS &&
		    (r = ssh_wait(fd, POLLOUT, deadline)) == 0 &&
		    getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &elen) == -1)
			e = errno;
	}
	if (r == 0 && e != 0)
		r = e == ETIMEDOUT ? ERR_TIMEOUT : ERR_CLOSED;
	if (r != 0)
		(void)fdio_close(&fd);
	else
		*fdp = fd;
	return r;
}

int
ssh_connect(const char *address, uint16_t port, enum ssh_resolver resolver,
    int64_t deadline, int *fdp)
{
	struct answer list[ADDRESSES_MAX];
	int64_t now, until;
	size_t i, n = 0;
	int r;

	if ((r = resolve(address, port, resolver, deadline, list,
	    &n)) != 0)
		return r;
	r = ERR_CLOSED;
	for (i = 0; i < n; i++) {
		/* A silent first address leaves time for the others. */
		now = clock_mono_ms();
		until = now + (deadline - now) / (int64_t)(n - i);
		if ((r = connect_one(&list[i], until, fdp)) == 0)
			break;
	}
	return r;
}
