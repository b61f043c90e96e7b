/* remote.h: between a store and the process that speaks to its target. */
#ifndef STORE_REMOTE_H
#define STORE_REMOTE_H

#include <sys/types.h>
#include <stddef.h>
#include <stdint.h>

#include "store/impl.h"

/*
 * Both ends are the same program on the same machine, so a head crosses as it
 * stands in memory.  The process that speaks to the target may have been taken
 * over by it: whoever reads its answers believes no length in them.
 *
 * A request is answered by any number of REMOTE_LOG and REMOTE_PART records
 * and one REMOTE_DONE; the next is sent only after that.
 */
#define REMOTE_NAME "kho-store"	/* its argv[0] */
#define REMOTE_FD 3		/* where it finds its socket */
#define REMOTE_DATA_MAX (1u << 30)	/* references of 30 TB, in one object */
#define REMOTE_PART_LEN (64u << 10)

enum remote_kind {
	/* requests */
	REMOTE_OPEN = 1,	/* data: url and access */
	REMOTE_PUT,
	REMOTE_PUT_EXCLUSIVE,
	REMOTE_GET,		/* off, len */
	REMOTE_GET_ALL,		/* len: at most */
	REMOTE_SIZE,
	REMOTE_REMOVE,
	REMOTE_LIST,		/* name: the prefix */
	REMOTE_ROOM,
	REMOTE_PROMISES,
	/* answers */
	REMOTE_LOG,		/* code: the level; data: the line */
	REMOTE_PART,		/* data: names behind u16 length, u64 size */
	REMOTE_DONE		/* code; off: a size; data: a structure, or
				   what was read */
};

struct remote_head {
	uint32_t kind;
	int32_t	 code;
	uint64_t off, len;
	uint32_t name_len;	/* bytes that follow */
	uint32_t data_len;	/* bytes that follow them */
};

/* Send a record; h's lengths must be set.  ERR_CLOSED: nobody is there. */
int	 remote_send(int fd, const struct remote_head *h, const char *name,
	    const void *data) ERR_MUST_USE;

/* Receive exactly len bytes.  ERR_CLOSED at the end. */
int	 remote_receive(int fd, void *data, size_t len) ERR_MUST_USE;

/* Append url and access. */
int	 remote_access_encode(const char *url, const struct store_access *a,
	    struct buf *b) ERR_MUST_USE;

/* What remote_access_decode gives, to be freed by remote_access_free. */
struct remote_opened {
	char	*url;
	struct store_access access;
	char	*texts[6];
	struct throttle_limit *limits;
};

/* Consume them into o, to be freed by remote_access_free even on failure. */
int	 remote_access_decode(struct buf *b, struct remote_opened *o)
	    ERR_MUST_USE;
/* Free what o owns. */
void	 remote_access_free(struct remote_opened *o);

/* Start the process; the caller owns *fdp, its end of the socket. */
int	 remote_spawn(pid_t *pidp, int *fdp) ERR_MUST_USE;

/* Tell whether this process was started to serve a store. */
bool	 remote_is_server(int argc, char *const argv[]);

/* Serve what opener opens until the one who asks has gone. */
typedef int remote_opener(const char *url, const struct store_access *a,
	    struct store **sp);
int	 remote_serve(remote_opener *opener) ERR_MUST_USE;

#endif /* STORE_REMOTE_H */
