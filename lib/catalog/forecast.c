/* forecast.c: when a target will be full, as far as its history tells. */
#include "catalog/forecast.h"

#include <stdlib.h>
#include <string.h>

#define DAY 86400
#define SLOPES_MAX (FORECAST_DAYS * (FORECAST_DAYS + 1) / 2)

static double
used(const struct catalog_usage *u)
{
	return (double)u->total - (double)u->free;
}

/* Tell whether it is another disk, or one that was made larger. */
static bool
resized(const struct catalog_usage *a, const struct catalog_usage *b)
{
	double d = (double)a->total - (double)b->total;

	return (d < 0 ? -d : d) > (double)b->total / 100;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Bytes a second: the median of the slopes between any two. */
static double
slope(const struct catalog_usage *v, size_t n)
{
	double s[SLOPES_MAX] = { 0 };
	size_t i, k, m = 0;

	for (i = 0; i < n; i++)
		for (k = i + 1; k < n && m < SLOPES_MAX; k++)
			s[m++] = (used(&v[k]) - used(&v[i])) /
			    (double)(v[k].time - v[i].time);
	qsort(s, m, sizeof(s[0]), compare);
	return m % 2 == 1 ? s[m / 2] : (s[m / 2 - 1] + s[m / 2]) / 2;
}

void
forecast_make(const struct catalog_usage *v, size_t n, struct forecast *fp)
{
	struct forecast f = { .outlook = FORECAST_UNKNOWN };
	const struct catalog_usage *last;
	double rate, left;
	size_t i;

	memset(fp, 0, sizeof(*fp));
	if (n == 0)
		return;
	if (n > FORECAST_DAYS) {
		v += n - FORECAST_DAYS;
		n = FORECAST_DAYS;
	}
	last = &v[n - 1];
	for (i = n - 1; i > 0 && !resized(&v[i - 1], last); i--)
		;
	f.days = n - i;
	f.total = last->total;
	f.free = last->free;
	f.measured = last->time;
	if (f.days >= FORECAST_POINTS &&
	    last->time - v[i].time >= FORECAST_SPAN) {
		rate = slope(&v[i], f.days);
		f.per_day = (int64_t)(rate * DAY);
		f.outlook = FORECAST_STEADY;
		left = rate > 0 ? (double)last->free / rate : -1;
		if (left >= 0 && left < (double)FORECAST_LAST * DAY) {
			f.outlook = FORECAST_FILLS;
			f.full = last->time + (int64_t)left;
		}
	}
	*fp = f;
}

int
forecast_target(struct catalog *c, const char *target, int64_t now,
    struct forecast *fp)
{
	struct catalog_usage days[FORECAST_DAYS + 2], u;
	struct catalog_usages *l = NULL;
	size_t n = 0;
	int r;

	if ((r = catalog_usages_new(c, target, now - FORECAST_DAYS * DAY,
	    &l)) != 0)
		return r;
	/* The last of each day; what a wrong clock dated later is no past. */
	while ((r = catalog_usages_next(l, &u)) == 1) {
		u.target = NULL;	/* the row's own goes with it */
		if (u.time > now + DAY)
			continue;
		if (n > 0 && days[n - 1].time / DAY == u.time / DAY)
			days[n - 1] = u;
		else if (n < FORECAST_DAYS + 2)
			days[n++] = u;
	}
	catalog_usages_free(l);
	if (r == 0)
		forecast_make(days, n, fp);
	return r;
}
