/* outq.c: messages on their way to the standard output. */
#include "config.h"

#include "agents/outq.h"

#include <sys/queue.h>
#include <sys/uio.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "wire/limits.h"

#define QUEUED_MAX (2u << 20)		/* beyond it the walker waits */
#define WAKE_AT (64u << 10)		/* write no less, unless idle */
#define GATHER_MAX (256u << 10)		/* small messages in one buffer */
#define GATHER_FIRST (64u << 10)
#define GATHER_CAP (GATHER_MAX + WIRE_HEAD_LEN + WIRE_LENGTH_MAX)
#define WRITE_AT_ONCE 16

struct out {
	TAILQ_ENTRY(out) link;
	struct buf *b;			/* owns */
	bool	 taken;
};

struct outq {
	struct hub *hub;		/* borrows */
	TAILQ_HEAD(outs, out) queue;	/* under the hub's lock, like all */
	size_t	 queued;		/* bytes */
	struct out *filling;		/* borrows; the message under way */
	size_t	 mark;			/* where it begins */
	bool	 writing;		/* the front ones are being written */
};

int
outq_new(struct hub *h, struct outq **qp)
{
	struct outq *q;

	if ((q = calloc(1, sizeof(*q))) == NULL)
		return ERR_NOMEM;
	q->hub = h;
	TAILQ_INIT(&q->queue);
	*qp = q;
	return 0;
}

static void
out_free(struct out *o)
{
	buf_free(o->b);
	free(o);
}

void
outq_free(struct outq *q)
{
	struct out *o;

	if (q == NULL)
		return;
	while ((o = TAILQ_FIRST(&q->queue)) != NULL) {
		TAILQ_REMOVE(&q->queue, o, link);
		out_free(o);
	}
	free(q);
}

/* Add an empty buffer at the end. */
static int
outq_grow(struct outq *q, struct out **op)
{
	struct out *o;
	uint8_t *p;
	int r;

	if ((o = calloc(1, sizeof(*o))) == NULL)
		return ERR_NOMEM;
	if ((r = buf_new(GATHER_CAP, &o->b)) != 0 ||
	    (r = buf_reserve(o->b, GATHER_FIRST, &p)) != 0) {
		out_free(o);
		return r;
	}
	buf_reset(o->b);
	TAILQ_INSERT_TAIL(&q->queue, o, link);
	*op = o;
	return 0;
}

/* The last buffer, if it may be added to, or a new one. */
static int
outq_tail(struct outq *q, struct out **op)
{
	struct out *o = TAILQ_LAST(&q->queue, outs);

	if (o != NULL && !o->taken && !q->writing &&
	    buf_len(o->b) < GATHER_MAX) {
		*op = o;
		return 0;
	}
	return outq_grow(q, op);
}

int
outq_begin(struct outq *q, enum wire_type type, bool wait, struct buf **bp)
{
	int r;

	hub_lock(q->hub);
	/* What the walker found when all was over is not worth telling. */
	r = wait && q->hub->ended ? ERR_CANCELLED : 0;
	if (wait && q->queued > QUEUED_MAX)
		hub_wake(q->hub);
	while (wait && r == 0 && q->queued > QUEUED_MAX)
		r = hub_wait(q->hub);
	if (r == 0 && (r = outq_tail(q, &q->filling)) == 0)
		r = wire_begin(q->filling->b, type, &q->mark);
	if (r != 0) {
		hub_unlock(q->hub);
		return r;
	}
	*bp = q->filling->b;
	return 0;
}

int
outq_end(struct outq *q, int r)
{
	struct buf *b = q->filling->b;

	if (r == 0)
		r = wire_end(b, q->mark);
	else
		buf_trim(b, buf_len(b) - q->mark);
	if (r == 0) {
		q->queued += buf_len(b) - q->mark;
		if (q->queued >= WAKE_AT)
			hub_wake(q->hub);
	}
	q->filling = NULL;
	hub_unlock(q->hub);
	return r;
}

int
outq_preamble(struct outq *q)
{
	struct out *o;
	int r;

	hub_lock(q->hub);
	if ((r = outq_tail(q, &o)) == 0 &&
	    (r = wire_preamble(o->b)) == 0)
		q->queued += WIRE_PREAMBLE_LEN;
	hub_unlock(q->hub);
	return r;
}

int
outq_take(struct outq *q, struct buf *b)
{
	struct out *o;

	if ((o = calloc(1, sizeof(*o))) == NULL) {
		buf_free(b);
		return ERR_NOMEM;
	}
	o->b = b;
	o->taken = true;
	hub_lock(q->hub);
	TAILQ_INSERT_TAIL(&q->queue, o, link);
	q->queued += buf_len(b);
	hub_unlock(q->hub);
	return 0;
}

bool
outq_empty(struct outq *q)
{
	bool empty;

	hub_lock(q->hub);
	empty = q->queued == 0;
	hub_unlock(q->hub);
	return empty;
}

/* Locked: let go of n bytes at the front; count the taken buffers. */
static int
outq_drop(struct outq *q, size_t n, unsigned int *takenp)
{
	struct out *o;
	size_t len;
	int r;

	q->queued -= n;
	while ((o = TAILQ_FIRST(&q->queue)) != NULL) {
		len = buf_len(o->b);
		if (len > n)
			return buf_skip(o->b, n);
		if ((r = buf_skip(o->b, len)) != 0)
			return r;
		n -= len;
		*takenp += o->taken ? 1 : 0;
		TAILQ_REMOVE(&q->queue, o, link);
		out_free(o);
	}
	return 0;
}

int
outq_write(struct outq *q, int fd, unsigned int *takenp)
{
	struct iovec iov[WRITE_AT_ONCE];
	struct out *o;
	unsigned int taken = 0;
	int n = 0, r = 0;
	ssize_t done;
	bool full;

	hub_lock(q->hub);
	TAILQ_FOREACH(o, &q->queue, link) {
		if (n == WRITE_AT_ONCE)
			break;
		/* writev reads only. */
		iov[n].iov_base = (void *)(uintptr_t)buf_ptr(o->b);
		iov[n++].iov_len = buf_len(o->b);
	}
	/* Unlocked, nobody may move what is being written. */
	q->writing = true;
	hub_unlock(q->hub);
	do
		done = writev(fd, iov, n);
	while (done == -1 && errno == EINTR);
	if (done == -1)
		r = errno == EAGAIN ? ERR_BUSY : err_from_errno(errno);
	hub_lock(q->hub);
	q->writing = false;
	full = q->queued > QUEUED_MAX;
	if (r == 0)
		r = outq_drop(q, (size_t)done, &taken);
	if (full && q->queued <= QUEUED_MAX)
		hub_tell(q->hub);
	hub_unlock(q->hub);
	if (r == 0)
		*takenp = taken;
	return r;
}
