/* window.c: "Mon..Fri 11:30-17:00": when something may go on. */
#include "policy/window.h"

#include <stdio.h>
#include <string.h>

#include "policy/calendar.h"
#include "policy/zone.h"

#define EVERY_DAY 0x7f
#define MINUTE 60
#define HOUR 3600

/*
 * Some windows lie in a gap on one day of the year; a month has others.  One
 * that is open for longer than that is open always.
 */
#define DAYS_MAX 35

static int
fail(char why[WINDOW_WHY_MAX], const char *text)
{
	snprintf(why, WINDOW_WHY_MAX, "%s", text);
	return ERR_FORMAT;
}

/* Consume "11:30" (to "24:00") into seconds, or return -1. */
static int
parse_time(const char **sp)
{
	const char *s = *sp;
	int hour = 0, minute, n;

	for (n = 0; n < 2 && s[n] >= '0' && s[n] <= '9'; n++)
		hour = hour * 10 + (s[n] - '0');
	if (n == 0 || s[n] != ':' || s[n + 1] < '0' || s[n + 1] > '5' ||
	    s[n + 2] < '0' || s[n + 2] > '9')
		return -1;
	minute = (s[n + 1] - '0') * 10 + (s[n + 2] - '0');
	*sp = s + n + 3;
	return hour < 24 || (hour == 24 && minute == 0) ?
	    hour * HOUR + minute * MINUTE : -1;
}

static int
parse_span(const char *s, struct window *w, char why[WINDOW_WHY_MAX])
{
	if ((w->from = parse_time(&s)) == -1 || w->from == ZONE_DAY ||
	    *s++ != '-' || (w->to = parse_time(&s)) == -1 || *s != '\0')
		return fail(why, "write a span of time, such as 11:30-17:00");
	if (w->to <= w->from)
		w->to += ZONE_DAY;
	return 0;
}

int
window_parse(const char *text, struct window *wp, char why[WINDOW_WHY_MAX])
{
	struct window w = { EVERY_DAY, 0, ZONE_DAY };
	const char *s = text;
	int r = 0;

	if (strcmp(text, "always") == 0) {
		*wp = w;
		return 0;
	}
	if ((*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z')) {
		if (calendar_weekdays_parse(s, &w.weekdays, &s) != 0 ||
		    (*s != ' ' && *s != '\0'))
			return fail(why, "write weekdays as Mon..Fri or "
			    "Mon,Thu, or write \"always\"");
		while (*s == ' ')
			s++;
	} else if (*s == '\0')
		return fail(why, "write \"always\" or a span of time");
	if (*s != '\0')
		r = parse_span(s, &w, why);
	if (r == 0)
		*wp = w;
	return r;
}

/* When w is open that begins on that day; false if it does not. */
static bool
span(const struct window *w, int64_t day, int64_t *fromp, int64_t *top)
{
	if ((w->weekdays >> zone_weekday(day) & 1) == 0)
		return false;
	*fromp = zone_moment(day, w->from);
	*top = w->to <= ZONE_DAY ? zone_moment(day, w->to) :
	    zone_moment(day + 1, w->to - ZONE_DAY);
	return *fromp < *top;
}

/*
 * The latest end of those that are open at t, or t if none is.  Clocks that
 * are set back at midnight make a local day begin before the last one ends:
 * so the next day counts as well.
 */
static int64_t
latest_end(const struct window_list *list, int64_t t)
{
	int64_t day, d, from, to, end = t;
	size_t i;
	int second;

	day = zone_day(t, &second);
	for (i = 0; i < list->n; i++)
		for (d = day - 2; d <= day + 1; d++)
			if (span(&list->v[i], d, &from, &to) && from <= t &&
			    to > end)
				end = to;
	return end;
}

/* Is one of them never closed?  That spares much counting. */
static bool
always(const struct window_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (list->v[i].weekdays == EVERY_DAY && list->v[i].from == 0 &&
		    list->v[i].to == ZONE_DAY)
			return true;
	return list->n == 0;
}

bool
window_open(const struct window_list *list, int64_t t)
{
	return always(list) || latest_end(list, t) > t;
}

int64_t
window_opens(const struct window_list *list, int64_t t)
{
	int64_t day, d, from, to, best = ZONE_NEVER;
	size_t i;
	int second;

	if (window_open(list, t))
		return t;
	day = zone_day(t, &second);
	for (d = day; d < day + DAYS_MAX && best == ZONE_NEVER; d++)
		for (i = 0; i < list->n; i++)
			if (span(&list->v[i], d, &from, &to) && from >= t &&
			    from < best)
				best = from;
	return best;
}

int64_t
window_closes(const struct window_list *list, int64_t t)
{
	int64_t end = t, last;

	if (always(list))
		return ZONE_NEVER;
	do {
		last = end;
		end = latest_end(list, last);
		if (end - t > (int64_t)DAYS_MAX * ZONE_DAY)
			return ZONE_NEVER;
	} while (end != last);
	return end;
}
