/* weak.h: REREAD, of sources that know little of their files. */
#ifndef WIRE_WEAK_H
#define WIRE_WEAK_H

#include <stdint.h>

#include "base/err.h"

/* doc/protocol.md section 6. */
#define WIRE_FEATURE_WEAK 16u
#define WIRE_PERIOD_MAX UINT64_C(315360000)	/* ten years, in seconds */

struct buf;

/* In which time all is to be read again, and where in it this job is. */
struct wire_reread {
	uint64_t period;		/* seconds, 1 to WIRE_PERIOD_MAX */
	int64_t	 since, now;		/* not negative; since <= now */
};

/* A number out of its range is ERR_FORMAT. */
int	 wire_reread_encode(const struct wire_reread *m, struct buf *b)
	    ERR_MUST_USE;
int	 wire_reread_decode(struct buf *b, struct wire_reread *mp)
	    ERR_MUST_USE;

#endif /* WIRE_WEAK_H */
