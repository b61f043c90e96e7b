/* far.h: a machine without an agent, read by SFTP as if it had one. */
#ifndef READER_FAR_H
#define READER_FAR_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/throttle.h"

/*
 * The agent's side of the pull protocol (agents/serve.h), whose source of
 * files is a server behind an ssh session with the subsystem "sftp".  What
 * will be asked for is fetched ahead, in the order in which it is needed:
 * directories of a walk many at a time, then the files in them, so that no
 * file costs a round trip of its own.  What is fetched and not yet needed is
 * bounded in memory; what the walker waits for comes first.
 *
 * The main thread has the connection, the walker waits on the hub; what both
 * look at is under the hub's lock.  All that the server says is hostile.
 */
struct far;
struct ssh_session;

struct far_params {
	struct ssh_session *ssh;	/* borrows */
	const struct throttle_limit *limits;	/* borrows */
	size_t	 nlimits;
	uint64_t began;			/* of the limits */
	uint64_t silence;		/* seconds that it may owe an answer */
};

/* Nothing is asked yet.  Caller owns *rp. */
int	 far_new(const struct far_params *p, struct far **rp)
	    ERR_MUST_USE;

/* Free r, which may be NULL. */
void	 far_free(struct far *r);

/*
 * Serve one keeper on descriptors 0 and 1 until it says BYE (0) or anything
 * goes wrong, which is told to it.  The process is in SANDBOX_PULLER before
 * the server's first byte is read, and from then on.
 */
int	 far_serve(struct far *r) ERR_MUST_USE;

/* Why the server cannot be spoken to any more; "" if it can. */
const char *far_why(const struct far *r);

/* The bytes that came and went so far, as far as they are known. */
void	 far_traffic(const struct far *r, uint64_t *inp,
	    uint64_t *outp);

#endif /* READER_FAR_H */
