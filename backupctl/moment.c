/* moment.c: moments and ages as an officer reads them. */
#include "backupctl/moment.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define HOUR 3600
#define DAY (24 * HOUR)
#define WEEK_ALMOST (6 * DAY)	/* a weekday alone means this week's */

static void
format(int64_t t, const char *how, char out[MOMENT_MAX])
{
	time_t wall = (time_t)t;
	struct tm tm;

	if (localtime_r(&wall, &tm) == NULL ||
	    strftime(out, MOMENT_MAX, how, &tm) == 0)
		snprintf(out, MOMENT_MAX, "?");
}

void
moment_now(int64_t t, char out[MOMENT_MAX])
{
	char zone[MOMENT_MAX], text[MOMENT_MAX - 16];
	size_t len;

	format(t, "%z", zone);
	len = strlen(zone);
	if (len > 3 && strcmp(zone + 3, "00") == 0)
		zone[3] = '\0';
	format(t, "%a %Y-%m-%d %H:%M", out);
	snprintf(text, sizeof(text), "%.24s", out);
	snprintf(out, MOMENT_MAX, "%s (%.8s)", text, zone);
}

void
moment_short(int64_t t, int64_t now, char out[MOMENT_MAX])
{
	if (t == 0)
		snprintf(out, MOMENT_MAX, "never");
	else if (now - t < WEEK_ALMOST && t - now < WEEK_ALMOST)
		format(t, "%a %H:%M", out);
	else
		format(t, "%a %Y-%m-%d", out);
}

void
moment_age(int64_t t, int64_t now, char out[MOMENT_MAX])
{
	long long s = now > t ? now - t : 0;

	if (t == 0)
		out[0] = '\0';
	else if (s < HOUR)
		snprintf(out, MOMENT_MAX, "%lldm", s / 60);
	else if (s < 100 * HOUR)
		snprintf(out, MOMENT_MAX, "%lldh", s / HOUR);
	else
		snprintf(out, MOMENT_MAX, "%lldd", s / DAY);
}
