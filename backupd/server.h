/* server.h: the control socket, and those who ask at it. */
#ifndef BACKUPD_SERVER_H
#define BACKUPD_SERVER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "backupd/access.h"
#include "control/control.h"

/*
 * One request a client, then answers until one of CONTROL_DONE.  A client is
 * never waited for: what it does not read is kept up to a bound, progress is
 * left out, and one that is silent, slow or talks nonsense is cut off, which
 * harms no job.  There is room for SERVER_CLIENTS_MAX, of one user that is
 * no administrator a quarter of them.
 *
 * A client may watch jobs: it gets what is published of them, and when the
 * last of them has ended CONTROL_DONE with the worst exit code.
 */
#define SERVER_CLIENTS_MAX 64

struct loop;
struct server;
struct server_client;

struct server_calls {
	/* c is borrowed until this returns; client lives until told. */
	void	(*request)(void *arg, struct server_client *client,
		    const struct control *c);
	void	*arg;			/* borrowed */
};

/*
 * Listen at path, in place of any socket left there.  Every user may
 * connect; who has no role is sent away.  Caller owns *sp.
 */
int	 server_new(struct loop *l, const char *path,
	    const struct server_calls *calls, struct server **sp)
	    ERR_MUST_USE;

/*
 * Give roles by these, which are borrowed, from the next client on; without
 * them only administrators are served.
 */
void	 server_access(struct server *s, const struct access *a);

/* Send what can be sent, close all, remove the socket, free s or NULL. */
void	 server_free(struct server *s);

/* What a client may do, and whose it is. */
enum access_role server_role(const struct server_client *client);
uid_t	 server_uid(const struct server_client *client);

/*
 * Send a record to a client; one that cannot be sent cuts the client off
 * before the next request, so that these never fail.
 */
void	 server_send(struct server_client *client, const struct control *c);
void	 server_done(struct server_client *client, int code,
	    const char *text, const char *remedy);

/* Let a client have what is published of a job. */
void	 server_watch(struct server_client *client, uint64_t job);

/* Tell all who watch the job of a record; CONTROL_END is the last. */
void	 server_publish(struct server *s, uint64_t job,
	    const struct control *c);

/* Clients that are connected. */
size_t	 server_clients(const struct server *s);

#endif /* BACKUPD_SERVER_H */
