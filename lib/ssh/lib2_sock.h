/* lib2_sock.h: the socket below libssh2, private to lib/ssh. */
#ifndef SSH_LIB2_SOCK_H
#define SSH_LIB2_SOCK_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libssh2.h>

#include "base/err.h"

/*
 * libssh2 insists that a packet which the socket took only in part is sent
 * on before anything else is done, which a full-duplex stream cannot promise
 * (reading sends window adjustments).  So its socket functions are replaced:
 * what the socket does not take is queued here, and libssh2 sees a socket
 * that takes everything.  Who writes must hold back while the queue is long.
 */
#define SSH_LIB2_FIRST_MAX 4096

struct lib2_sock {
	int	 fd;
	struct buf *out;	/* the queue: encrypted bytes */
	bool	 lost;		/* of no more use: set also to let it go */
	int64_t	 deadline_ms;	/* after which nothing is read; or 0 */
	bool	 fresh;		/* bytes came; the owner clears it */
	int64_t	 heard_ms;	/* when bytes last came */
	int64_t	 sent_ms;	/* when, if none came since; or 0 */
	int64_t	 rtt_ms;	/* of the last question and answer */
	uint8_t	 first[SSH_LIB2_FIRST_MAX];	/* what the server began with */
	size_t	 firstlen;
};

/* Start without a descriptor. */
int	 lib2_sock_init(struct lib2_sock *k) ERR_MUST_USE;

/* Close the descriptor, free the queue.  Harmless after a failed init. */
void	 lib2_sock_clear(struct lib2_sock *k);

/* Make a non-blocking session on k, which must outlive it.  Caller owns it. */
int	 lib2_sock_session(struct lib2_sock *k, LIBSSH2_SESSION **sessionp)
	    ERR_MUST_USE;

/* Send what is queued, as far as it goes.  ERR_CLOSED if k is lost. */
int	 lib2_sock_flush(struct lib2_sock *k) ERR_MUST_USE;

/* Tell whether anything is queued, and whether too much for more. */
bool	 lib2_sock_queued(const struct lib2_sock *k);
bool	 lib2_sock_full(const struct lib2_sock *k);

#endif /* SSH_LIB2_SOCK_H */
