/* zone.h: the office's time zone: days and times of day, and moments. */
#ifndef POLICY_ZONE_H
#define POLICY_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * A moment is seconds since 1970 UTC, as from clock_wall.  A day is counted
 * from 1970-01-01 of the local calendar; a time of day is in seconds from
 * its midnight, 0 to 86400.
 *
 * There is one zone in a process, the C library's own: see
 * doc/decisions/0018-schedule.md.  zone_use sets the environment variable
 * TZ, so it is called while the process has one thread: at the start and at
 * a reload.  All else may then be called from any thread.
 *
 * Where clocks are changed: a local time that does not exist is the first
 * moment after the gap, one that exists twice is the first of the two.  So
 * later local times never are earlier moments.
 */
#define ZONE_DAY 86400
#define ZONE_NEVER INT64_MAX	/* later than any moment */
#define ZONE_LAST INT64_C(253402300799)	/* of the year 9999, that is read */

struct zone_date {
	int	 year;
	int	 month;		/* 1 to 12 */
	int	 day;		/* 1 to 31 */
};

/* Tell whether name ("Europe/Berlin") is a zone that the system knows. */
bool	 zone_known(const char *name);

/*
 * Make it the zone of this process; "" leaves the system's.  ERR_NOENT, and
 * nothing changed, if it is not known.
 */
int	 zone_use(const char *name) ERR_MUST_USE;

/* The local day at the moment t, and into *secondp its time of day. */
int64_t	 zone_day(int64_t t, int *secondp);

/* The moment at which clocks show that time (0 to 86400) of that day. */
int64_t	 zone_moment(int64_t day, int second);

/* The date of a day, and the day of a date (which may not exist: 02-31). */
void	 zone_date(int64_t day, struct zone_date *datep);
int64_t	 zone_date_day(const struct zone_date *date);

/* 0 for Monday to 6 for Sunday. */
int	 zone_weekday(int64_t day);

/* Read "2027-02-04" into its day.  ERR_FORMAT, also for 2027-02-30. */
int	 zone_date_parse(const char *text, int64_t *dayp) ERR_MUST_USE;

/*
 * Read a moment: "2027-02-04 18:30" in the zone, with a T for the space and
 * ":05" for seconds if wanted, or "2027-02-04" for its midnight; with "Z" or
 * "+07:00" behind the time, in that offset, as clock_format writes it; or
 * "@SECONDS" since 1970.  ERR_FORMAT for anything else, and before 1970 or
 * after ZONE_LAST.
 */
int	 zone_time_parse(const char *text, int64_t *tp) ERR_MUST_USE;

#endif /* POLICY_ZONE_H */
