/* workday.c: time that counts: all of it, or that of working days. */
#include "policy/workday.h"

#include <stdio.h>
#include <string.h>

#include "policy/zone.h"

#define DATE_LEN 10		/* "2027-02-04" */
#define SATURDAY 5
#define DAYS_MAX (100 * 366)

int
workday_parse(const char *text, struct workday_span *sp)
{
	char first[DATE_LEN + 1];
	struct workday_span span;
	size_t len = strcspn(text, ".");

	if (len != DATE_LEN)
		return ERR_FORMAT;
	snprintf(first, sizeof(first), "%s", text);
	if (zone_date_parse(first, &span.first) != 0)
		return ERR_FORMAT;
	span.last = span.first;
	if (text[len] != '\0' && (strncmp(text + len, "..", 2) != 0 ||
	    zone_date_parse(text + len + 2, &span.last) != 0))
		return ERR_FORMAT;
	if (span.last < span.first)
		return ERR_FORMAT;
	*sp = span;
	return 0;
}

bool
workday_is(const struct workday_list *holidays, int64_t day)
{
	size_t i;

	if (zone_weekday(day) >= SATURDAY)
		return false;
	for (i = 0; i < holidays->n; i++)
		if (day >= holidays->v[i].first && day <= holidays->v[i].last)
			return false;
	return true;
}

int64_t
workday_between(const struct workday_list *holidays, int64_t from, int64_t to)
{
	int64_t day, begin, end, sum = 0;
	int second;

	for (day = zone_day(from, &second); from < to; day++) {
		begin = zone_moment(day, 0);
		end = zone_moment(day + 1, 0);
		if (begin < from)
			begin = from;
		if (end > to)
			end = to;
		if (begin >= to)
			break;
		if (end > begin && workday_is(holidays, day))
			sum += end - begin;
	}
	return sum;
}

int64_t
workday_after(const struct workday_list *holidays, int64_t from,
    int64_t seconds)
{
	int64_t day, begin, end, i;
	int second;

	day = zone_day(from, &second);
	for (i = 0; i < DAYS_MAX; i++, day++) {
		if (!workday_is(holidays, day))
			continue;
		begin = zone_moment(day, 0);
		end = zone_moment(day + 1, 0);
		if (begin < from)
			begin = from;
		if (end <= begin)
			continue;
		if (seconds <= end - begin)
			return begin + seconds;
		seconds -= end - begin;
	}
	return ZONE_NEVER;
}
