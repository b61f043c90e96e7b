/* remote_conn.h: one process of a remote store, and the choice among them. */
#ifndef STORE_REMOTE_CONN_H
#define STORE_REMOTE_CONN_H

#include "store/remote.h"

#define REMOTE_CONNS_MAX 16

/* One process; what it does now. */
enum remote_state {
	REMOTE_IDLE,
	REMOTE_PUTTING,		/* a pack, whose answer is still to come */
	REMOTE_FETCHING,	/* ahead; likewise */
	REMOTE_FETCHED,		/* idle, and got holds what was fetched */
	REMOTE_BROKEN		/* it could not connect; others could */
};

struct remote_conn {
	int	 fd;
	pid_t	 pid;
	bool	 opened;
	bool	 opening;	/* asked to, and asked for more at once */
	enum remote_state state;
	char	 name[STORE_NAME_MAX];	/* what is fetched */
	uint64_t off;
	size_t	 len;
	uint64_t asked;		/* the how manieth fetch it is */
	struct buf *got;
};

struct remote {
	char	*url;
	struct buf *access;	/* encoded */
	struct remote_conn conns[REMOTE_CONNS_MAX];
	unsigned int n;
	uint64_t asked;		/* fetches so far */
	int	 failed;	/* of a put that nobody waited for; for good */
};

/* Where the parts of a list go, or what is read. */
struct remote_sink {
	struct store_list *list;
	struct buf *out;
	size_t	 want;		/* bytes that out is to get */
	bool	 any;		/* or so many at most */
};

/* Send a request to an idle c; the answer is awaited elsewhere. */
int	 remote_conn_ask(struct remote *m, struct remote_conn *c,
	    const struct remote_head *h, const char *name, const void *data)
	    ERR_MUST_USE;

/* Await the answer, which becomes *h; h->code is the target's. */
int	 remote_conn_answer(struct remote *m, struct remote_conn *c,
	    struct remote_head *h, const struct remote_sink *k) ERR_MUST_USE;

/* Ask c to open the target; the answer comes before that to the next. */
int	 remote_conn_begin(struct remote *m, struct remote_conn *c)
	    ERR_MUST_USE;

/* Have c open the target, unless it has. */
int	 remote_conn_open(struct remote *m, struct remote_conn *c)
	    ERR_MUST_USE;

/* Await what c does, if anything. */
int	 remote_conn_settle(struct remote *m, struct remote_conn *c)
	    ERR_MUST_USE;

/* An idle connection that is open; waits for one. */
int	 remote_idle(struct remote *m, struct remote_conn **cp) ERR_MUST_USE;

/* End c's process. */
void	 remote_conn_end(struct remote_conn *c);

#endif /* STORE_REMOTE_CONN_H */
