/* sftp.h: files on a server by SFTP version 3, with many requests at once. */
#ifndef SFTP_SFTP_H
#define SFTP_SFTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * A client of draft-ietf-secsh-filexfer-02 and of some of OpenSSH's
 * extensions, over the byte stream of an ssh session on which
 * ssh_subsystem(s, "sftp", ...) was called.  Requests (sftp/request.h) are
 * queued and sent while sftp_pump or sftp_wait run; each is answered by one
 * call of its struct sftp_done, from within these two, in whatever order the
 * server answers.  Whole ranges are in sftp/bulk.h.
 *
 * The server is believed nothing: what no correct server sends (a length out
 * of bounds, an answer to nothing or of the wrong kind, more data than was
 * asked for, a name with a '/' or a NUL) is ERR_FORMAT.  That, a lost
 * connection (ERR_CLOSED) and silence (ERR_TIMEOUT) end the session: all
 * requests that are open are answered with that code, and every later call
 * returns it.  Memory is bounded by SFTP_PACKET_MAX, and by what is queued.
 *
 * All but sftp_wait never waits.  No descriptors are made: this works inside
 * SANDBOX_PULLER.  A session belongs to one thread; nothing is logged.
 */
#define SFTP_PACKET_MAX (1u << 20)	/* of an answer; a larger one ends it */
#define SFTP_HANDLE_MAX 256
#define SFTP_PATH_MAX 4096		/* its NUL included */
#define SFTP_MESSAGE_MAX 128

struct sftp;
struct ssh_session;

/* Which of them are known follows from has. */
#define SFTP_HAS_SIZE 0x1u
#define SFTP_HAS_OWNER 0x2u
#define SFTP_HAS_MODE 0x4u
#define SFTP_HAS_TIMES 0x8u

struct sftp_attrs {
	uint32_t has;
	uint64_t size;
	uint32_t uid, gid;
	uint32_t mode;		/* type bits too, when the server tells them */
	uint32_t atime, mtime;	/* seconds since 1970 */
};

/* An open file or directory of the server. */
struct sftp_handle {
	size_t	 len;
	uint8_t	 bytes[SFTP_HANDLE_MAX];
};

/* One entry of a directory: never "." or "..". */
struct sftp_name {
	const char *name;	/* terminated */
	size_t	 len;
	struct sftp_attrs attrs;
};

struct sftp_space {		/* of a file system; bytes */
	uint64_t total, free;	/* free: for this user */
	bool	 readonly;
};

/*
 * An answer.  code is 0 or ERR_: NOENT, DENIED, NOSPACE and EXIST where the
 * server tells these apart (most say no more than "failure", ERR_IO),
 * VERSION where it does not know the request; or the code that ended the
 * session.  What pointers point to is borrowed for the call of struct
 * sftp_done.  What is not of the request's kind is 0.
 */
struct sftp_reply {
	int	 code;
	const char *message;		/* the server's words: hostile bytes,
					   terminated; "" if there are none */
	struct sftp_handle handle;	/* open, opendir */
	struct sftp_attrs attrs;	/* stat, lstat, fstat */
	struct sftp_space space;	/* statvfs */
	const uint8_t *data;		/* read */
	size_t	 len;			/* read: may be less than asked for */
	bool	 end;			/* read, readdir: there is no more */
	const struct sftp_name *names;	/* readdir */
	size_t	 nnames;
	const char *path;		/* readlink, realpath: terminated */
};

/*
 * What is called with a request's answer, once for each request that was
 * accepted.  It may make requests; it may not pump, wait or close.
 */
struct sftp_done {
	void	(*fn)(void *arg, const struct sftp_reply *reply);
	void	*arg;
};

/* Extensions that a server may offer. */
#define SFTP_EXT_FSYNC 0x1u
#define SFTP_EXT_HARDLINK 0x2u
#define SFTP_EXT_POSIX_RENAME 0x4u
#define SFTP_EXT_STATVFS 0x8u
#define SFTP_EXT_LIMITS 0x10u

/* What is known of the server; constant after sftp_start. */
struct sftp_server {
	uint32_t extensions;
	uint32_t read_max;	/* bytes that one read may ask for */
	uint32_t write_max;	/* bytes of one write */
	uint32_t rtt_ms;	/* of its first answer */
	size_t	 window;	/* bytes in flight that fill the way there */
};

/*
 * Start: exchange versions, ask for limits; waits up to silence_ms.  That is
 * also how long the server may later say nothing while it owes an answer.  s
 * is borrowed for the life of *xp, which the caller owns.  ERR_VERSION: the
 * server does not speak version 3.
 */
#define SFTP_SILENCE_MS 120000
int	 sftp_start(struct ssh_session *s, uint32_t silence_ms,
	    struct sftp **xp) ERR_MUST_USE;

/*
 * Free x, which may be NULL.  Requests that are open are answered with
 * ERR_CANCELLED first.  The session is not closed.
 */
void	 sftp_end(struct sftp *x);

/* What the server is. */
const struct sftp_server *sftp_server(const struct sftp *x);

/*
 * Send what is queued and take what has come, as far as it goes at once;
 * keep the connection alive.  0, or the code that ended the session.  Call
 * it after any event, after requests were made, and every 10 seconds.
 */
int	 sftp_pump(struct sftp *x) ERR_MUST_USE;

/* The descriptor to poll, owned by the ssh session, and for what. */
int	 sftp_poll_fd(const struct sftp *x);
short	 sftp_wants(const struct sftp *x);

/* Pump, and wait, until *until is true, which a struct sftp_done sets. */
int	 sftp_wait(struct sftp *x, const bool *until) ERR_MUST_USE;

/*
 * Tell whether one more request, with len bytes of data, should be made now.
 * Who asks for many asks this before each, and pumps if not.  Some more than
 * that are accepted, so that a single request never needs to ask.
 */
bool	 sftp_ready(const struct sftp *x, size_t len);

/* How many requests are not answered yet. */
size_t	 sftp_open_requests(const struct sftp *x);

/* 0, or the code that ended the session. */
int	 sftp_failed(const struct sftp *x);

#endif /* SFTP_SFTP_H */
