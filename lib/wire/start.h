/* start.h: how a job begins: HELLO of both sides, and START. */
#ifndef WIRE_START_H
#define WIRE_START_H

#include "base/err.h"
#include "wire/limits.h"
#include "wire/wire.h"

/* Borrowed bytes: a path, a pattern, a text. */
struct wire_bytes {
	const uint8_t *data;
	size_t	 len;
};

struct wire_hello {		/* HELLO, keeper to agent */
	uint64_t features;	/* 0 */
};

struct wire_agent_hello {	/* HELLO, agent to keeper */
	uint64_t features;	/* 0 */
	struct wire_bytes version, system, host;
	int64_t	 time;
	uint64_t uid;
};

enum {
	WIRE_ONE_FILE_SYSTEM = 1,
	WIRE_EXCLUDE_CACHES = 2
};

/*
 * START.  _encode takes roots and excludes from the arrays; _decode leaves
 * the arrays NULL and sets the counts of roots only: the cursors follow.
 */
struct wire_start {
	unsigned int flags;
	unsigned int level;		/* of compression, below 256 */
	unsigned int threads;		/* below 256; 0: the agent decides */
	uint32_t chunk_min, chunk_avg, chunk_max;
	uint8_t	 seed[32];
	uint32_t frame_max;		/* 1 to WIRE_FRAME_RAW_MAX */
	const struct wire_bytes *roots;
	const struct wire_bytes *excludes;
	size_t	 nroots, nexcludes;
	size_t	 left;			/* private to the cursors */
};

/* The keeper's first message. */
int	 wire_hello_encode(const struct wire_hello *m, struct buf *b)
	    ERR_MUST_USE;
int	 wire_hello_decode(struct buf *b, struct wire_hello *mp) ERR_MUST_USE;

/* The agent's answer to it. */
int	 wire_agent_hello_encode(const struct wire_agent_hello *m,
	    struct buf *b) ERR_MUST_USE;
int	 wire_agent_hello_decode(struct buf *b, struct wire_agent_hello *mp)
	    ERR_MUST_USE;

/* The chunker's numbers are only checked against the body, not for sense. */
int	 wire_start_encode(const struct wire_start *m, struct buf *b)
	    ERR_MUST_USE;
int	 wire_start_decode(struct buf *b, struct wire_start *mp) ERR_MUST_USE;

/*
 * After _decode, from the same b: 1 and the next root, 0 after the last;
 * then the excludes likewise, m->nexcludes of them.
 */
int	 wire_start_root_next(struct buf *b, struct wire_start *m,
	    struct wire_bytes *pathp) ERR_MUST_USE;
int	 wire_start_exclude_next(struct buf *b, struct wire_start *m,
	    struct wire_bytes *patternp) ERR_MUST_USE;

#endif /* WIRE_START_H */
