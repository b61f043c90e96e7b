/* calendar.h: "Mon..Fri 11:45" and the moments that it names. */
#ifndef POLICY_CALENDAR_H
#define POLICY_CALENDAR_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * A subset of systemd's calendar events, in the zone of policy/zone.h:
 *
 *	[WEEKDAYS] [[YEAR-]MONTH-DAY] [HOUR:MINUTE[:00]]
 *	hourly daily weekly monthly quarterly yearly
 *
 * WEEKDAYS are Mon to Sun (or whole words), as "Mon..Fri" or "Mon,Thu".
 * Each number of date and time may be "*", "7", "1..5", "0/15" (from 0 on in
 * steps of 15), or several with commas; a year is one number, a span or "*".
 * A lacking time is 00:00.  Cron lines are refused with their translation.
 */
struct calendar {
	uint8_t	 weekdays;	/* bit 0 is Monday */
	uint16_t months;	/* bit 1 is January */
	uint32_t days;		/* bit 1 is the first */
	uint32_t hours;		/* bit 0 is midnight */
	uint64_t minutes;
	int	 first_year, last_year;
};

/* Some of them: a moment of any is a moment of all. */
struct calendar_list {
	const struct calendar *v;
	size_t	 n;
};

#define CALENDAR_WHY_MAX 160

/*
 * Read text.  ERR_FORMAT leaves in whyp what is wrong, as one phrase, and
 * what to write instead where that is known.
 */
int	 calendar_parse(const char *text, struct calendar *cp,
	    char whyp[CALENDAR_WHY_MAX]) ERR_MUST_USE;

/* The first moment later than t, or ZONE_NEVER. */
int64_t	 calendar_next(const struct calendar_list *list, int64_t t);

/* The last moment later than from and not later than t, or ZONE_NEVER. */
int64_t	 calendar_last(const struct calendar_list *list, int64_t from,
	    int64_t t);

/* Read a span of weekdays, "Mon..Fri", into bits; *endp is behind it. */
int	 calendar_weekdays_parse(const char *text, uint8_t *daysp,
	    const char **endp) ERR_MUST_USE;

#endif /* POLICY_CALENDAR_H */
