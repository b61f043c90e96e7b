/* client_text.h: what the ssh client is told and what it says, private. */
#ifndef SSH_CLIENT_TEXT_H
#define SSH_CLIENT_TEXT_H

#include "base/err.h"
#include "ssh/internal.h"

/*
 * Pure functions.  A client's arguments are built in one block of memory;
 * host_alias stands for the host in its known_hosts file.
 */
#define SSH_CLIENT_ALIAS "kho-host"

/* How the client was to be started. */
struct client_args {
	char	**argv;		/* NULL-terminated, in memory of this struct */
	size_t	 count;
};

/*
 * Build the arguments.  When it has logged in, and before the host can say
 * anything, the client writes marker and a newline to stderr.  The caller
 * clears *ap.
 */
int	 client_args_build(const struct ssh_session *s,
	    const char *known_hosts, const char *marker,
	    const struct ssh_command *c, struct client_args *ap) ERR_MUST_USE;

/* Free what a holds. */
void	 client_args_clear(struct client_args *a);

/*
 * Turn what the client wrote to stderr before it gave up into a failure; the
 * code is returned.
 */
int	 client_explain(const struct ssh_session *s, const char *text,
	    struct ssh_failure *failp);

#endif /* SSH_CLIENT_TEXT_H */
