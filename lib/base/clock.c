/* clock.c: wall time for records, monotonic time for waiting. */
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_S 1000000000
#define NS_PER_MS 1000000
#define MS_PER_S 1000

static int64_t stands;		/* 0: it does not */

int64_t
clock_wall(void)
{
	return clock_wall_ns() / NS_PER_S;
}

static int64_t
system_ns(void)
{
	struct timespec ts = { 0, 0 };

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int64_t
clock_wall_ns(void)
{
	return stands != 0 ? stands * NS_PER_S : system_ns();
}

int64_t
clock_system(void)
{
	return system_ns() / NS_PER_S;
}

void
clock_stand(int64_t wall)
{
	stands = wall;
}

int64_t
clock_stands(void)
{
	return stands;
}

int64_t
clock_mono_ms(void)
{
	struct timespec ts = { 0, 0 };

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * MS_PER_S + ts.tv_nsec / NS_PER_MS;
}

uint64_t
clock_mono_ns(void)
{
	struct timespec ts = { 0, 0 };

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

void
clock_format(int64_t wall, char out[CLOCK_TEXT_MAX])
{
	time_t t = (time_t)wall;
	struct tm tm;
	long zone;
	int n;

	if (localtime_r(&t, &tm) == NULL) {
		snprintf(out, CLOCK_TEXT_MAX, "@%lld", (long long)wall);
		return;
	}
	zone = labs(tm.tm_gmtoff) / 60;
	n = snprintf(out, CLOCK_TEXT_MAX,
	    "%lld-%02d-%02dT%02d:%02d:%02d%c%02ld:%02ld",
	    (long long)tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
	    tm.tm_hour, tm.tm_min, tm.tm_sec,
	    tm.tm_gmtoff < 0 ? '-' : '+', zone / 60, zone % 60);
	if (n < 0 || n >= CLOCK_TEXT_MAX)	/* beyond the year 9999999 */
		snprintf(out, CLOCK_TEXT_MAX, "@%lld", (long long)wall);
}
