/* peer.h: who speaks for a source: an agent over SSH, or a reader of ours. */
#ifndef BACKUPD_PEER_H
#define BACKUPD_PEER_H

#include <stdbool.h>
#include <stddef.h>

#include "backupd/link.h"
#include "base/err.h"

/*
 * Where the host has no agent, another process of this program, the reader
 * (backupd/reader.c), reads it over SFTP and speaks the agent's side of the
 * protocol to the puller.  The functions are those of ssh/ssh.h: none but
 * peer_open and peer_close waits.
 */
struct peer;
struct ssh_session;

/*
 * For a reader: the session itself, with the subsystem "sftp" if l says so.
 * On failure *rep tells why.  Caller owns *sp.
 */
int	 peer_connect(const struct job_link *l, struct link_report *rep,
	    struct ssh_session **sp) ERR_MUST_USE;

/*
 * Connect as the orders say.  On failure *rep tells why.  Caller owns *pp.
 */
int	 peer_open(const struct job_link *l, struct link_report *rep,
	    struct peer **pp) ERR_MUST_USE;

/* End the connection, free p, which may be NULL. */
void	 peer_close(struct peer *p);

/* *lenp is 0 at the end; ERR_BUSY: nothing now; ERR_CLOSED: it is lost. */
int	 peer_read(struct peer *p, void *data, size_t len, size_t *lenp)
	    ERR_MUST_USE;
int	 peer_write(struct peer *p, const void *data, size_t len,
	    size_t *lenp) ERR_MUST_USE;

/* What to wait for. */
int	 peer_poll_fd(const struct peer *p);
short	 peer_wants(const struct peer *p);

/* At least every 10 seconds. */
int	 peer_keepalive(struct peer *p) ERR_MUST_USE;

/*
 * The stream is over: whole tells whether it ended as the protocol wants.
 * *rep gets what it moved, where that is not what was relayed, and on
 * failure why.
 */
int	 peer_end(struct peer *p, bool whole, struct link_report *rep)
	    ERR_MUST_USE;

#endif /* BACKUPD_PEER_H */
