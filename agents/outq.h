/* outq.h: messages on their way to the standard output. */
#ifndef AGENTS_OUTQ_H
#define AGENTS_OUTQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agents/hub.h"
#include "base/err.h"
#include "wire/wire.h"

/*
 * Small messages are gathered and written together, FRAMEs keep the buffer
 * they were made in.  The walker waits while too much is queued; the main
 * thread never does: what it queues is bounded elsewhere.
 */
struct buf;
struct outq;

/* An empty queue under h's lock; h is borrowed.  Caller owns *qp. */
int	 outq_new(struct hub *h, struct outq **qp) ERR_MUST_USE;

/* Free q, which may be NULL, and what is in it. */
void	 outq_free(struct outq *q);

/*
 * Begin a message: its body is encoded into *bp, at once, for the hub stays
 * locked until outq_end.  With wait, the caller is the walker.
 */
int	 outq_begin(struct outq *q, enum wire_type type, bool wait,
	    struct buf **bp) ERR_MUST_USE;

/* End it.  r, if not 0, says that encoding failed; it is returned again. */
int	 outq_end(struct outq *q, int r) ERR_MUST_USE;

/* The main thread: queue the preamble. */
int	 outq_preamble(struct outq *q) ERR_MUST_USE;

/* The main thread: queue whole messages.  Takes b, also on failure. */
int	 outq_take(struct outq *q, struct buf *b) ERR_MUST_USE;

/* Tell whether nothing is queued. */
bool	 outq_empty(struct outq *q);

/*
 * The main thread: write once.  *takenp counts the buffers of outq_take that
 * went out whole.  ERR_BUSY if fd would block.
 */
int	 outq_write(struct outq *q, int fd, unsigned int *takenp)
	    ERR_MUST_USE;

#endif /* AGENTS_OUTQ_H */
