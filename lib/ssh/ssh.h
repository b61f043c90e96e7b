/* ssh.h: the byte stream to a source host, by libssh2 or by the ssh client. */
#ifndef SSH_SSH_H
#define SSH_SSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ssh/connect.h"
#include "ssh/key.h"

/*
 * One session runs one command and carries its stdin, stdout and (bounded)
 * stderr.  The host proves that it holds the pinned key before a user name
 * or anything else of ours is sent: there is no trust on first use, and a
 * host with another key is never spoken to.
 *
 * ssh_open, ssh_exec and ssh_subsystem wait, up to the connect timeout; they
 * resolve names, read files and start programs.  All others only move
 * bytes on descriptors that are open by then, never wait (ssh_close: at most
 * 5 seconds) and work inside SANDBOX_PULLER.  ERR_BUSY means: poll for
 * ssh_wants() on ssh_poll_fd() and call again.
 *
 * A session belongs to one thread.  Nothing is logged here: a failure is
 * told in struct ssh_failure, for the caller to log with the host's name.
 */
struct ssh_session;

enum ssh_transport {
	SSH_LIBSSH2,		/* in this process: the usual way */
	SSH_OPENSSH		/* the ssh client in a process of its own */
};

/* All texts are borrowed for the duration of ssh_open. */
struct ssh_params {
	const char *address;		/* name or address */
	uint16_t port;
	const char *user;
	const char *identity_file;	/* private key, not passphrase-locked */
	const char *host_key;		/* pinned key line: see ssh/key.h */
	enum ssh_transport transport;
	enum ssh_resolver resolver;	/* of SSH_LIBSSH2 */
	uint32_t connect_timeout_s;	/* for ssh_open and ssh_exec each */
	uint64_t rate;			/* bytes a second that will be read at
					   most; 0: any */
};

#define SSH_FAILURE_TEXT_MAX 512

/* Terminated texts, empty where there is nothing to say. */
struct ssh_failure {
	char reason[SSH_FAILURE_TEXT_MAX];	/* one line, no full stop */
	char remedy[SSH_FAILURE_TEXT_MAX];	/* what the officer can do */
	char expected[SSH_KEY_FINGERPRINT_MAX];	/* on a host key mismatch: */
	char offered[SSH_KEY_FINGERPRINT_MAX];	/* both fingerprints */
};

/*
 * Connect, check the host's key and authenticate; the openssh transport
 * checks its parameters now and does the rest in ssh_exec.  The caller owns
 * *sp.  On failure *failp says why:
 *
 *	ERR_CORRUPT	the host showed another key than the pinned one
 *	ERR_DENIED	the host does not accept the identity or the user
 *	ERR_TIMEOUT	no answer in time
 *	ERR_CLOSED	not reachable, or it hung up
 *	ERR_CONFIG	a bad pinned key or identity file, or a host that
 *			supports nothing we accept
 */
int	 ssh_open(const struct ssh_params *p, struct ssh_session **sp,
	    struct ssh_failure *failp) ERR_MUST_USE;

/*
 * Start command (the host's forced command may replace it).  Once in the
 * life of s.  Errors and *failp as for ssh_open.
 */
int	 ssh_exec(struct ssh_session *s, const char *command,
	    struct ssh_failure *failp) ERR_MUST_USE;

/*
 * Start a subsystem of the host instead of a command ("sftp"); in all that
 * follows it is the command.  Once in the life of s, errors as ssh_exec.
 */
int	 ssh_subsystem(struct ssh_session *s, const char *name,
	    struct ssh_failure *failp) ERR_MUST_USE;

/*
 * Read up to len bytes of the command's output; *lenp is 0 at its end.
 * ERR_BUSY: nothing now.  ERR_CLOSED: the connection was lost.  Poll only
 * after ERR_BUSY: bytes may be waiting in memory where poll cannot see them.
 */
int	 ssh_read(struct ssh_session *s, void *data, size_t len, size_t *lenp)
	    ERR_MUST_USE;

/*
 * Write up to len bytes to the command's input; *lenp tells how many were
 * taken, at least one.  ERR_BUSY: none now.  ERR_CLOSED: the connection was
 * lost or the command's output has ended.
 */
int	 ssh_write(struct ssh_session *s, const void *data, size_t len,
	    size_t *lenp) ERR_MUST_USE;

/* Tell the command that its input ends.  ERR_BUSY: call again. */
int	 ssh_send_eof(struct ssh_session *s) ERR_MUST_USE;

/*
 * The descriptor to poll, owned by s; and POLLIN, POLLOUT or both.  Both may
 * change with every other call: ask again before each poll.  After any of
 * these events call ssh_read, which also sends what ssh_write took and could
 * not send.  A caller with more to write adds POLLOUT itself, unless
 * ssh_blocked.
 */
int	 ssh_poll_fd(const struct ssh_session *s);
short	 ssh_wants(const struct ssh_session *s);

/*
 * Tell whether ssh_write waits for the command to take more, not for the
 * socket: then it is not POLLOUT that ends the wait.
 */
bool	 ssh_blocked(const struct ssh_session *s);

/*
 * Copy up to len bytes of what the command wrote to stderr and was not yet
 * copied; 0 where there is nothing.  At most SSH_STDERR_MAX bytes are kept
 * unread; what comes beyond that is dropped.  Hostile bytes: escape them.
 */
#define SSH_STDERR_MAX 8192
size_t	 ssh_stderr_read(struct ssh_session *s, void *data, size_t len);

/*
 * Give the command's exit status, 0 to 255, or SSH_EXIT_SIGNAL if a signal
 * ended it.  Call it after ssh_read has told the end of output; ERR_BUSY
 * until the status has come.  It is the host's word only: a protocol must
 * also end in a trailer of its own.
 */
#define SSH_EXIT_SIGNAL 256
int	 ssh_exit_status(struct ssh_session *s, int *statusp) ERR_MUST_USE;

/*
 * Keep an idle connection alive and find a dead one: call it at least every
 * 10 seconds of monotonic time.  ERR_TIMEOUT: the host has been silent for
 * SSH_SILENCE_S seconds although it was asked.
 */
#define SSH_SILENCE_S 60
int	 ssh_keepalive(struct ssh_session *s) ERR_MUST_USE;

/* End the command and the connection, free s.  s may be NULL. */
void	 ssh_close(struct ssh_session *s);

#endif /* SSH_SSH_H */
