/* connect.h: TCP connections in bounded time. */
#ifndef SSH_CONNECT_H
#define SSH_CONNECT_H

#include <stdint.h>

#include "base/err.h"

/*
 * Who looks a name up, as getaddrinfo(3) knows no deadline and may load any
 * code that the system's configuration names.
 */
enum ssh_resolver {
	SSH_RESOLVER_PROCESS,	/* of its own: the usual way */
	SSH_RESOLVER_THREAD	/* where none may be started */
};

/* Deadlines are moments of clock_mono_ms. */

/*
 * Connect to a host by name or address, trying all its addresses in turn.
 * The socket is non-blocking and tuned for a long, busy stream.  The caller
 * owns *fdp.  ERR_NOENT: no such name; ERR_TIMEOUT; ERR_CLOSED: refused or
 * not reachable.
 */
int	 ssh_connect(const char *address, uint16_t port,
	    enum ssh_resolver resolver, int64_t deadline, int *fdp)
	    ERR_MUST_USE;

/* Wait until fd has one of the poll events.  ERR_TIMEOUT. */
int	 ssh_wait(int fd, short events, int64_t deadline) ERR_MUST_USE;

#endif /* SSH_CONNECT_H */
