/* bandwidth.h: how fast a link may be used at a moment. */
#ifndef POLICY_BANDWIDTH_H
#define POLICY_BANDWIDTH_H

#include <stdint.h>

#include "policy/policy.h"

/*
 * The limit in force at the moment t, in bytes a second, as the first window
 * gives it that is open; 0 if none is.  *untilp is the next moment at which a
 * window begins or ends, and with it perhaps the limit; or ZONE_NEVER.
 */
uint64_t bandwidth_limit(const struct policy_bandwidths *b, int64_t t,
	    int64_t *untilp);

/*
 * As bandwidth_limit, but *untilp is the moment at which the limit is another
 * one; ZONE_NEVER if that is not within two weeks.
 */
uint64_t bandwidth_until(const struct policy_bandwidths *b, int64_t t,
	    int64_t *untilp);

#endif /* POLICY_BANDWIDTH_H */
