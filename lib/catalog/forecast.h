/* forecast.h: when a target will be full, as far as its history tells. */
#ifndef CATALOG_FORECAST_H
#define CATALOG_FORECAST_H

#include <stddef.h>

#include "catalog/usage.h"

/*
 * The slope is the median of those between any two days (Theil and Sen), so
 * that a day of clearing up, or one of a thousand large files, does not
 * carry the rest away.  What is too little to say something is said to be
 * so: less than FORECAST_POINTS days, or less than FORECAST_SPAN between the
 * first and the last.  History before a change of the disk's size does not
 * count.
 */
#define FORECAST_DAYS 42		/* of history that count */
#define FORECAST_POINTS 5
#define FORECAST_SPAN (7 * 86400)	/* seconds */
#define FORECAST_LAST (10 * 365)	/* days; what is later is never */

enum forecast_outlook {
	FORECAST_UNKNOWN = 0,		/* not enough history */
	FORECAST_STEADY = 1,		/* not in the next ten years */
	FORECAST_FILLS = 2
};

struct forecast {
	enum forecast_outlook outlook;
	int64_t	 per_day;		/* bytes; 0 if not known */
	int64_t	 full;			/* when; 0 unless it fills */
	size_t	 days;			/* that it was made from */
	uint64_t total, free;		/* as measured last; 0: never */
	int64_t	 measured;
};

/* Judge n measures of one target, of different days in order of time. */
void	 forecast_make(const struct catalog_usage *v, size_t n,
	    struct forecast *fp);

/* The same from the catalog, for what is known at the moment now. */
int	 forecast_target(struct catalog *c, const char *target, int64_t now,
	    struct forecast *fp) ERR_MUST_USE;

#endif /* CATALOG_FORECAST_H */
