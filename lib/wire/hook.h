/* hook.h: HOOK, HOOKED and LOAD: what the keeper asks beside reading. */
#ifndef WIRE_HOOK_H
#define WIRE_HOOK_H

#include <stdbool.h>

#include "base/err.h"
#include "wire/limits.h"
#include "wire/wire.h"

/*
 * doc/protocol.md section 6.  A HOOK holds two names and two numbers, no
 * more: what a name means is the host's secret.
 */
#define WIRE_FEATURE_HOOKS 4u
#define WIRE_FEATURE_LOAD 8u

enum wire_phase {
	WIRE_BEFORE = 1,
	WIRE_AFTER = 2,
	WIRE_AFTER_FAILURE = 3
};

struct wire_hook {
	enum wire_phase phase;
	uint32_t timeout;		/* seconds, 1 to WIRE_HOOK_TIME_MAX */
	char	 name[WIRE_NAME_MAX + 1];
	char	 set[WIRE_NAME_MAX + 1];
};

enum wire_hook_result {
	WIRE_HOOK_EXITED = 0,		/* status: its exit status */
	WIRE_HOOK_SIGNAL = 1,		/* status: the signal's number */
	WIRE_HOOK_TIMEOUT = 2,
	WIRE_HOOK_HALTED = 3,
	WIRE_HOOK_REFUSED = 4		/* output says why */
};

struct wire_hooked {
	enum wire_hook_result result;
	uint32_t status;		/* 0 but for the first two results */
	uint64_t ms;			/* how long it ran */
	const uint8_t *output;		/* the last that it wrote */
	size_t	 output_len;
};

enum wire_io {
	WIRE_IO_AS_IT_IS = 0,
	WIRE_IO_LOW = 1,
	WIRE_IO_IDLE = 2
};

struct wire_load {
	uint32_t nice;			/* at most WIRE_NICE_MAX */
	enum wire_io io;
};

/*
 * Tell whether len bytes are a name as a HOOK may hold: 1 to WIRE_NAME_MAX
 * of letters, digits, '.', '_' and '-', the first a letter or a digit.
 */
bool	 wire_name_ok(const uint8_t *name, size_t len);

/* A name that is none, and a number out of its range, are ERR_FORMAT. */
int	 wire_hook_encode(const struct wire_hook *m, struct buf *b)
	    ERR_MUST_USE;
int	 wire_hook_decode(struct buf *b, struct wire_hook *mp) ERR_MUST_USE;

/* The output is any bytes. */
int	 wire_hooked_encode(const struct wire_hooked *m, struct buf *b)
	    ERR_MUST_USE;
int	 wire_hooked_decode(struct buf *b, struct wire_hooked *mp)
	    ERR_MUST_USE;

/* How much of the host the agent may take. */
int	 wire_load_encode(const struct wire_load *m, struct buf *b)
	    ERR_MUST_USE;
int	 wire_load_decode(struct buf *b, struct wire_load *mp) ERR_MUST_USE;

#endif /* WIRE_HOOK_H */
