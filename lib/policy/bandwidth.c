/* bandwidth.c: how fast a link may be used at a moment. */
#include "policy/bandwidth.h"

#include "policy/zone.h"

#define FAR (INT64_C(14) * ZONE_DAY)

uint64_t
bandwidth_limit(const struct policy_bandwidths *b, int64_t t, int64_t *untilp)
{
	uint64_t limit = 0;
	int64_t change;
	size_t i;
	bool open;

	*untilp = ZONE_NEVER;
	for (i = 0; i < b->n; i++) {
		const struct window_list one = { &b->v[i].window, 1 };

		open = window_open(&one, t);
		if (open && limit == 0)
			limit = (uint64_t)b->v[i].limit;
		change = open ? window_closes(&one, t) :
		    window_opens(&one, t);
		if (change < *untilp)
			*untilp = change;
	}
	return limit;
}

uint64_t
bandwidth_until(const struct policy_bandwidths *b, int64_t t, int64_t *untilp)
{
	uint64_t limit = bandwidth_limit(b, t, untilp);
	int64_t next;

	while (*untilp != ZONE_NEVER) {
		if (*untilp - t > FAR) {
			*untilp = ZONE_NEVER;
			break;
		}
		if (bandwidth_limit(b, *untilp, &next) != limit)
			break;
		*untilp = next;
	}
	return limit;
}
