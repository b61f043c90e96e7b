/* internal.h: what the files of lib/sftp share. */
#ifndef SFTP_INTERNAL_H
#define SFTP_INTERNAL_H

#include "sftp/sftp.h"

struct buf;

/* Packet types and status codes of the draft. */
enum {
	FXP_INIT = 1,
	FXP_VERSION = 2,
	FXP_OPEN = 3,
	FXP_CLOSE = 4,
	FXP_READ = 5,
	FXP_WRITE = 6,
	FXP_LSTAT = 7,
	FXP_FSTAT = 8,
	FXP_SETSTAT = 9,
	FXP_OPENDIR = 11,
	FXP_READDIR = 12,
	FXP_REMOVE = 13,
	FXP_MKDIR = 14,
	FXP_RMDIR = 15,
	FXP_REALPATH = 16,
	FXP_STAT = 17,
	FXP_RENAME = 18,
	FXP_READLINK = 19,
	FXP_STATUS = 101,
	FXP_HANDLE = 102,
	FXP_DATA = 103,
	FXP_NAME = 104,
	FXP_ATTRS = 105,
	FXP_EXTENDED = 200,
	FXP_EXTENDED_REPLY = 201
};

#define FX_OK 0
#define FX_EOF 1

#define ATTR_EXTENDED 0x80000000u
#define SFTP_VERSION 3

/* The bytes below SFTP: an ssh session, or what a test puts there. */
struct sftp_stream {
	int	 (*read)(void *arg, void *data, size_t len, size_t *lenp);
	int	 (*write)(void *arg, const void *data, size_t len,
		    size_t *lenp);
	int	 (*poll_fd)(void *arg);
	short	 (*wants)(void *arg);	/* besides bytes to write */
	bool	 (*blocked)(void *arg);	/* POLLOUT would not help a write */
	int	 (*keepalive)(void *arg);
};

/* What a request wants to be answered with. */
enum sftp_want {
	SFTP_WANT_STATUS,
	SFTP_WANT_HANDLE,
	SFTP_WANT_DATA,
	SFTP_WANT_NAMES,
	SFTP_WANT_PATH,
	SFTP_WANT_ATTRS,
	SFTP_WANT_SPACE,
	SFTP_WANT_LIMITS
};

/* So many requests may be open; the last ones only for who did not ask. */
#define SFTP_SLOTS 1024
#define SFTP_SLOTS_SOFT 960
#define SFTP_OUT_SOFT (4u << 20)
#define SFTP_OUT_MAX (6u << 20)

/* An open request. */
struct sftp_slot {
	bool	 used;
	enum sftp_want want;
	uint32_t id;
	size_t	 max;			/* of data */
	struct sftp_done done;
	size_t	 next;			/* the next free one */
};

struct sftp {
	const struct sftp_stream *stream;
	void	*arg;
	struct sftp_server server;
	uint32_t silence_ms;
	int	 failed;
	bool	 greeted;		/* the version has come */
	bool	 more;			/* to read, where poll cannot see it */
	int64_t	 moved_ms;		/* when something went on */
	int64_t	 alive_ms;		/* when the connection was cared for */
	struct buf *packet;		/* a request that is being made */
	struct buf *out;		/* what is to be sent */
	uint8_t	*in;			/* whole packets and a part */
	size_t	 inlen, inoff, inalloc;
	struct sftp_slot slots[SFTP_SLOTS];
	size_t	 first_free, open;
	uint32_t count;			/* of requests: half of an id */
	struct sftp_name *names;	/* of the answer at hand */
	size_t	 nnames_alloc;
	char	 message[SFTP_MESSAGE_MAX];
	char	 path[SFTP_PATH_MAX];
};

/* Make a session over stream, to which nothing was said yet. */
int	 sftp_new(const struct sftp_stream *stream, void *arg,
	    uint32_t silence_ms, struct sftp **xp) ERR_MUST_USE;

/* Exchange versions and learn what the server is. */
int	 sftp_hello(struct sftp *x) ERR_MUST_USE;

/* End the session with code: all that is open is answered with it. */
void	 sftp_fail(struct sftp *x, int code);

/*
 * Begin a request in x->packet, which its fields are then added to; then
 * queue it, followed by len bytes of data, to be answered with want.
 */
int	 sftp_begin(struct sftp *x, uint8_t type) ERR_MUST_USE;
struct sftp_asked {
	enum sftp_want want;
	size_t	 max;			/* SFTP_WANT_DATA: at most so many */
	const void *data;		/* or NULL */
	size_t	 len;
};

/* As said above sftp_begin. */
int	 sftp_queue(struct sftp *x, const struct sftp_asked *asked,
	    struct sftp_done done) ERR_MUST_USE;

/* Take one whole packet, which is written to; what is wrong with it. */
int	 sftp_take(struct sftp *x, uint8_t *packet, size_t len) ERR_MUST_USE;

/* Call what waits for the slot's answer; the slot is free before. */
void	 sftp_answered(struct sftp *x, struct sftp_slot *slot,
	    const struct sftp_reply *reply);

/* Ask for limits (SFTP_EXT_LIMITS); they go to x->server. */
int	 sftp_limits(struct sftp *x, struct sftp_done done) ERR_MUST_USE;

#endif /* SFTP_INTERNAL_H */
