/* client.h: the side of backupctl of the control socket. */
#ifndef CONTROL_CLIENT_H
#define CONTROL_CLIENT_H

#include "control/control.h"

/*
 * A connection belongs to one thread, which waits for it.  The server is the
 * same user's or root's, and is believed.
 */
struct control_client;

/*
 * Connect to the socket at path.  ERR_NOENT if nobody listens there,
 * ERR_DENIED if the caller may not, ERR_TOOBIG if path is too long.  Caller
 * owns *cp.
 */
int	 control_connect(const char *path, struct control_client **cp)
	    ERR_MUST_USE;

/* Close and free; client may be NULL. */
void	 control_close(struct control_client *client);

/* Send one request. */
int	 control_send(struct control_client *client, const struct control *c)
	    ERR_MUST_USE;

/*
 * Wait for the next record, at most ms milliseconds (-1: for ever); the
 * caller clears *cp.  ERR_CLOSED at the end, ERR_TIMEOUT.
 */
int	 control_receive(struct control_client *client, int ms,
	    struct control *cp) ERR_MUST_USE;

#endif /* CONTROL_CLIENT_H */
