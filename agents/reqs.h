/* reqs.h: requests on their way to the walker. */
#ifndef AGENTS_REQS_H
#define AGENTS_REQS_H

#include <stdint.h>
#include <sys/queue.h>

#include "agents/hub.h"
#include "base/err.h"
#include "wire/wire.h"

#define REQS_MAX 4096	/* a keeper within its limits never has so many */

/* DIGEST, LIST, WANT or NEXT, copied out of its message. */
struct req {
	STAILQ_ENTRY(req) link;
	enum wire_type type;
	uint32_t root;		/* DIGEST, LIST */
	uint64_t dir;		/* LIST, WANT, NEXT */
	unsigned int flags;	/* LIST */
	uint32_t page;		/* WANT */
	uint32_t n;		/* WANT: numbers; LIST: bytes of the path */
	union {
		uint8_t	 path[1];	/* LIST */
		uint32_t numbers[1];	/* WANT */
	} u;			/* longer than it says */
};

/* In order of arrival; under the hub's lock. */
struct reqs {
	struct hub *hub;	/* borrows */
	STAILQ_HEAD(, req) queue;
	unsigned int n;
};

/* Make q ready; h is borrowed. */
void	 reqs_init(struct reqs *q, struct hub *h);

/* Free what is queued. */
void	 reqs_clear(struct reqs *q);

/*
 * Decode m.  ERR_FORMAT if it is of another type.  The caller owns *rp
 * (free(3)).
 */
int	 reqs_read(const struct wire_msg *m, struct req **rp) ERR_MUST_USE;

/* The main thread: queue and take req.  ERR_TOOBIG if REQS_MAX are queued. */
int	 reqs_put(struct reqs *q, struct req *req) ERR_MUST_USE;

/*
 * The walker: 1 and the next request, which the caller owns (free(3)); 0 if
 * there is none.
 */
int	 reqs_take(struct reqs *q, struct req **rp) ERR_MUST_USE;

/* The walker: as reqs_take, but wait for one.  ERR_CANCELLED at the end. */
int	 reqs_wait(struct reqs *q, struct req **rp) ERR_MUST_USE;

#endif /* AGENTS_REQS_H */
