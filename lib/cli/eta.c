/* eta.c: how long something will still take, from how it went so far. */
#include "cli/eta.h"

#include <string.h>

#define STEP_MS 500
#define RECENT_MS 20000.0
#define LONGEST (100 * 86400.0)	/* seconds: more is no answer */

void
eta_init(struct eta *e)
{
	memset(e, 0, sizeof(*e));
}

void
eta_add(struct eta *e, int64_t now_ms, uint64_t done)
{
	double ms, speed, share;

	if (e->begun == 0 || done < e->last || now_ms < e->last_ms) {
		*e = (struct eta){ now_ms, now_ms, done, done, 0, 1 };
		return;
	}
	if (now_ms - e->last_ms < STEP_MS)
		return;
	ms = (double)(now_ms - e->last_ms);
	speed = (double)(done - e->last) * 1000 / ms;
	share = ms / (RECENT_MS + ms);
	/* The first speed is the best that there is. */
	if (e->last_ms == e->start_ms)
		share = 1;
	e->recent += share * (speed - e->recent);
	e->last_ms = now_ms;
	e->last = done;
}

static double
speed_of(const struct eta *e)
{
	int64_t ms = e->last_ms - e->start_ms;

	if (e->begun == 0 || ms < ETA_FIRST_MS)
		return 0;
	return ((double)(e->last - e->start) * 1000 / (double)ms +
	    e->recent) / 2;
}

uint64_t
eta_rate(const struct eta *e)
{
	return (uint64_t)speed_of(e);
}

int64_t
eta_left(const struct eta *e, uint64_t total)
{
	double speed = speed_of(e), left;

	if (total == 0)
		return -1;
	if (e->begun != 0 && e->last >= total)
		return 0;
	if (speed <= 0)
		return -1;
	left = (double)(total - e->last) / speed;
	return left < LONGEST ? (int64_t)(left + 0.5) : -1;
}
