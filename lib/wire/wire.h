/* wire.h: frames of the pull protocol, written and read. */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * doc/protocol.md is the law; its limits are named in limits.h.  The messages
 * themselves stand in start.h, request.h, reply.h, page.h, content.h,
 * delta.h, hook.h and weak.h: for each a struct, an _encode that appends its
 * body, and a _decode that consumes one.  Pointers in a decoded message are
 * borrowed from the bytes that it was decoded from.
 *
 * A _decode checks every limit and that the body ends where it should; where
 * items follow (pages, chunks, wants, starts), the last call of the _next
 * cursor, the one that returns 0, checks the end.  What does not decode is
 * ERR_FORMAT, a length over its limit ERR_TOOBIG: both end the job.
 *
 * To write a message:
 *
 *	if ((r = wire_begin(out, WIRE_LIST, &mark)) != 0 ||
 *	    (r = wire_list_encode(&list, out)) != 0 ||
 *	    (r = wire_end(out, mark)) != 0)
 *
 * Nothing here logs; nothing is safe to share between threads.
 */
struct buf;
struct wire_reader;

/*
 * Types; PING is the same in both directions.  BASIS, PATCHED and PACE are
 * spoken between keeper and puller only.
 */
enum wire_type {
	WIRE_HELLO = 0x01,
	WIRE_START = 0x02,
	WIRE_DIGEST = 0x03,
	WIRE_LIST = 0x04,
	WIRE_WANT = 0x05,
	WIRE_NEXT = 0x06,
	WIRE_NEED = 0x07,
	WIRE_PING = 0x08,
	WIRE_BYE = 0x09,
	WIRE_SIGNATURE = 0x0a,
	WIRE_AGAIN = 0x0b,
	WIRE_HOOK = 0x0c,
	WIRE_HALT = 0x0d,
	WIRE_LOAD = 0x0e,
	WIRE_REREAD = 0x0f,
	WIRE_BASIS = 0x40,
	WIRE_AGENT_HELLO = 0x81,
	WIRE_ROOT = 0x82,
	WIRE_PAGE = 0x83,
	WIRE_DIREND = 0x84,
	WIRE_CHUNKS = 0x85,
	WIRE_FRAME = 0x86,
	WIRE_ISSUE = 0x87,
	WIRE_DONE = 0x88,
	WIRE_ERROR = 0x89,
	WIRE_DELTA = 0x8a,
	WIRE_PACKED = 0x8b,
	WIRE_HOOKED = 0x8c,
	WIRE_PATCHED = 0xc0,
	WIRE_PACE = 0xc1
};

/*
 * Who speaks, and to whom.  In between stands the puller: to it the keeper
 * says BASIS where the agent gets SIGNATURE; from it the keeper gets PATCHED
 * where the agent said DELTA, what was PACKED as it was before, and PACE.
 */
enum wire_side {
	WIRE_KEEPER,		/* as the agent hears it */
	WIRE_AGENT,		/* as the puller hears it */
	WIRE_KEEPER_LOCAL,	/* as its puller hears it */
	WIRE_PULLER		/* as the keeper hears it */
};

/* A message as it came; frame and body are borrowed from the reader. */
struct wire_msg {
	enum wire_type type;
	struct buf *body;	/* for the _decode of its type */
	const uint8_t *frame;	/* all of it, length and type too: to relay */
	size_t	 frame_len;
};

/* The name of a type as in doc/protocol.md; "?" for one that is not. */
const char *wire_type_name(unsigned int type);

/* Append the eight bytes that each side sends first. */
int	 wire_preamble(struct buf *out) ERR_MUST_USE;

/*
 * Append the head of a message, whose length wire_end will fill in.  Its body
 * is then appended to out, and nothing may be consumed from out meanwhile.
 */
int	 wire_begin(struct buf *out, enum wire_type type, size_t *markp)
	    ERR_MUST_USE;

/* Fill in the length.  ERR_TOOBIG, and the message is gone from out. */
int	 wire_end(struct buf *out, size_t mark) ERR_MUST_USE;

/* Append a whole message without a body: PING, BYE. */
int	 wire_put_empty(struct buf *out, enum wire_type type) ERR_MUST_USE;

/* Read what the given side says, from its preamble on.  Caller owns *rp. */
int	 wire_reader_new(enum wire_side from, struct wire_reader **rp)
	    ERR_MUST_USE;

/*
 * The features that were agreed (delta.h, hook.h, weak.h), none until this is
 * called: after the agent's HELLO.  Without its feature, a type is none of
 * this side's.
 */
void	 wire_reader_features(struct wire_reader *r, uint64_t agreed);

/* Free r, which may be NULL. */
void	 wire_reader_free(struct wire_reader *r);

/*
 * The place where the next bytes belong, *lenp of them at least 1; never more
 * memory than one message and a read-ahead.  Call wire_reader_next until it
 * returns 0 before.  The place is borrowed until the next call on r.
 */
int	 wire_reader_space(struct wire_reader *r, uint8_t **pp, size_t *lenp)
	    ERR_MUST_USE;

/* So many bytes were put there. */
void	 wire_reader_fed(struct wire_reader *r, size_t len);

/*
 * Both in one, with a single read(2).  ERR_CLOSED at end of file, ERR_BUSY
 * where a non-blocking descriptor has nothing.
 */
int	 wire_reader_read(struct wire_reader *r, int fd) ERR_MUST_USE;

/*
 * 1 and the next message, 0 if more bytes are needed.  ERR_VERSION for
 * another version in the preamble; ERR_TOOBIG for a length over the limit;
 * ERR_FORMAT for anything that is no preamble, an empty message, and a type
 * that this side must not send in its present state.  The message is
 * borrowed until the next call on r.
 */
int	 wire_reader_next(struct wire_reader *r, struct wire_msg *mp)
	    ERR_MUST_USE;

/*
 * Tell whether the stream may end here: the last message was DONE, ERROR or
 * BYE, and nothing came after it.
 */
bool	 wire_reader_ended(const struct wire_reader *r);

#endif /* WIRE_WIRE_H */
