/* client_child.h: the ssh client as a process of its own, private. */
#ifndef SSH_CLIENT_CHILD_H
#define SSH_CLIENT_CHILD_H

#include "base/err.h"

/*
 * The client runs below a keeper process, which is nobody's child: it waits
 * for the client, tells how it ended, and ends it when our end of the life
 * pipe closes, be it by client_child_clear or because we died.  So the
 * session needs neither wait nor kill, which the sandbox forbids, and leaves
 * no process behind.
 */
struct client_child {
	int	 sock;		/* the client's stdin and stdout */
	int	 err;		/* reads its stderr, what fits the pipe */
	int	 status;	/* reads one int of wait(2) when it has ended */
	int	 life;		/* closing it ends the client */
};

/* All descriptors -1. */
void	 client_child_init(struct client_child *c);

/*
 * Start the program argv[0], found by PATH, with the environment envp.  The
 * descriptors of c are non-blocking (but for life) and owned by c.
 */
int	 client_child_start(struct client_child *c, char *const argv[],
	    char *const envp[]) ERR_MUST_USE;

/* End the program if it runs; wait for it, at most 5 seconds. */
void	 client_child_clear(struct client_child *c);

#endif /* SSH_CLIENT_CHILD_H */
