/* limits.c: how fast, in the time to come, by the windows of a policy. */
#include "backupd/limits.h"

#include "base/clock.h"
#include "policy/bandwidth.h"
#include "policy/zone.h"

#define LIMIT_DAYS 30		/* no job takes longer */

size_t
limits_from(const struct policy_bandwidths *b, uint64_t share,
    struct throttle_limit v[JOB_LIMITS_MAX])
{
	int64_t now = clock_wall(), t = now, next;
	uint64_t rate;
	size_t n = 0;

	if (b->n == 0)
		return 0;
	while (n < JOB_LIMITS_MAX && t != ZONE_NEVER &&
	    t - now < LIMIT_DAYS * 86400) {
		rate = bandwidth_limit(b, t, &next);
		if (rate > 0)
			rate = (rate + share - 1) / share;
		if (n == 0 || v[n - 1].rate != rate)
			v[n++] = (struct throttle_limit){
			    (uint64_t)(t - now), rate };
		t = next;
	}
	return n;
}
