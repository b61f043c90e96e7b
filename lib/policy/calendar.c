/* calendar.c: "Mon..Fri 11:45" and the moments that it names. */
#include "policy/calendar.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "policy/internal.h"
#include "policy/zone.h"

#define EVERY_DAY 0x7f
#define WORDS_MAX 3
#define WORD_MAX 128
#define MINUTE 60
#define HOUR 3600
#define YEAR_MIN 1970
#define YEAR_MAX 9999

/* The 29th of February falls on each weekday within so many days. */
#define DAYS_MAX (41 * 366)

static const char *const weekdays[] = {
	"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
	"Sunday"
};

static const struct {
	const char *word, *text;
} shorthands[] = {
	{ "hourly", "*-*-* *:00" },
	{ "daily", "*-*-* 00:00" },
	{ "weekly", "Mon *-*-* 00:00" },
	{ "monthly", "*-*-01 00:00" },
	{ "quarterly", "*-01,04,07,10-01 00:00" },
	{ "yearly", "*-01-01 00:00" }
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int
fail(char why[CALENDAR_WHY_MAX], const char *text)
{
	snprintf(why, CALENDAR_WHY_MAX, "%s", text);
	return ERR_FORMAT;
}

/* Consume "Mon" or "monday"; its number, or -1. */
static int
parse_weekday(const char **sp)
{
	size_t i, len = 0;

	while (isalpha((unsigned char)(*sp)[len]))
		len++;
	for (i = 0; i < COUNT(weekdays); i++)
		if ((len == 3 || len == strlen(weekdays[i])) &&
		    strncasecmp(*sp, weekdays[i], len) == 0) {
			*sp += len;
			return (int)i;
		}
	return -1;
}

int
calendar_weekdays_parse(const char *text, uint8_t *daysp, const char **endp)
{
	const char *s = text;
	uint8_t days = 0;
	int first, last;

	for (;;) {
		if ((first = last = parse_weekday(&s)) == -1)
			return ERR_FORMAT;
		if (strncmp(s, "..", 2) == 0) {
			s += 2;
			if ((last = parse_weekday(&s)) == -1)
				return ERR_FORMAT;
		}
		/* "Sat..Mon" goes over the end of the week. */
		for (; first != last; first = (first + 1) % 7)
			days |= (uint8_t)(1u << first);
		days |= (uint8_t)(1u << last);
		if (*s != ',')
			break;
		s++;
	}
	*daysp = days;
	*endp = s;
	return 0;
}

/* Consume a number of at most max; or -1. */
static int
parse_number(const char **sp, int max)
{
	const char *s = *sp;
	int v = 0;

	if (!isdigit((unsigned char)*s))
		return -1;
	for (; isdigit((unsigned char)*s); s++)
		if ((v = v * 10 + (*s - '0')) > max)
			return -1;
	*sp = s;
	return v;
}

/* Consume "*", "7", "1..5" or "0/15" into bits. */
static int
parse_item(const char **sp, int min, int max, uint64_t *bitsp)
{
	const char *s = *sp;
	int first = min, last = max, step = 1;
	bool single = false;

	if (*s == '*')
		s++;
	else {
		if ((first = parse_number(&s, max)) < min)
			return ERR_FORMAT;
		if (strncmp(s, "..", 2) == 0) {
			s += 2;
			if ((last = parse_number(&s, max)) < first)
				return ERR_FORMAT;
		} else
			single = true;
	}
	if (*s == '/') {
		s++;
		if ((step = parse_number(&s, max)) < 1)
			return ERR_FORMAT;
	} else if (single)
		last = first;
	for (; first <= last; first += step)
		*bitsp |= UINT64_C(1) << first;
	*sp = s;
	return 0;
}

/* Consume items with commas, up to a byte that belongs to none. */
static int
parse_field(const char **sp, int min, int max, uint64_t *bitsp)
{
	int r;

	*bitsp = 0;
	while ((r = parse_item(sp, min, max, bitsp)) == 0 && **sp == ',')
		(*sp)++;
	return r;
}

/* "11:45", "0/2:00", "*:0/15", "11:45:00". */
static int
parse_time(const char *s, struct calendar *c, char why[CALENDAR_WHY_MAX])
{
	uint64_t bits;

	if (parse_field(&s, 0, 23, &bits) != 0 || *s != ':')
		return fail(why, "hours are 0 to 23, minutes stand after a "
		    "colon: 18:30");
	c->hours = (uint32_t)bits;
	s++;
	if (parse_field(&s, 0, 59, &c->minutes) != 0)
		return fail(why, "minutes are 0 to 59: 18:30");
	if (*s == ':' && strcmp(s, ":00") != 0)
		return fail(why, "seconds can only be :00");
	return *s == '\0' || *s == ':' ? 0 :
	    fail(why, "a time ends after its minutes: 18:30");
}

static int
parse_year(const char **sp, struct calendar *c)
{
	if (**sp == '*') {
		(*sp)++;
		return 0;
	}
	c->first_year = parse_number(sp, YEAR_MAX);
	c->last_year = c->first_year;
	if (strncmp(*sp, "..", 2) == 0) {
		*sp += 2;
		c->last_year = parse_number(sp, YEAR_MAX);
	}
	return c->first_year >= YEAR_MIN && c->last_year >= c->first_year ?
	    0 : ERR_FORMAT;
}

/* Does any month named have any of the days? */
static bool
date_exists(const struct calendar *c)
{
	static const int lengths[] = {
		31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};
	int i;

	for (i = 0; i < 12; i++)
		if ((c->months >> (i + 1) & 1) != 0 && (c->days &
		    ((UINT64_C(1) << (lengths[i] + 1)) - 1)) != 0)
			return true;
	return false;
}

/* "*-01,04-05", "2026-12-24", "12-24". */
static int
parse_date(const char *s, struct calendar *c, char why[CALENDAR_WHY_MAX])
{
	const char *dash = strchr(s, '-');
	uint64_t bits;

	if (dash != NULL && strchr(dash + 1, '-') != NULL) {
		if (parse_year(&s, c) != 0 || *s++ != '-')
			return fail(why, "a year is * or four digits: "
			    "2026-12-24");
	}
	if (parse_field(&s, 1, 12, &bits) != 0 || *s++ != '-')
		return fail(why, "months are 1 to 12, spans are written "
		    "1..3: *-01..03-15");
	c->months = (uint16_t)bits;
	if (parse_field(&s, 1, 31, &bits) != 0 || *s != '\0')
		return fail(why, "days are 1 to 31, after the month: *-12-24");
	c->days = (uint32_t)bits;
	return date_exists(c) ? 0 : fail(why, "there is no such date");
}

/* Weekdays, a date, a time: each may be there, in this order. */
static int
parse_words(char words[WORDS_MAX][WORD_MAX], size_t n, struct calendar *c,
    char why[CALENDAR_WHY_MAX])
{
	const char *end;
	size_t i = 0;
	int r;

	if (i < n && isalpha((unsigned char)words[i][0])) {
		if (calendar_weekdays_parse(words[i], &c->weekdays, &end) !=
		    0 || *end != '\0')
			return fail(why, strchr(words[i], '-') != NULL ?
			    "a span is written with two dots: Mon..Fri" :
			    "weekdays are Mon Tue Wed Thu Fri Sat Sun");
		i++;
	}
	if (i < n && strchr(words[i], '-') != NULL) {
		if ((r = parse_date(words[i], c, why)) != 0)
			return r;
		i++;
	}
	if (i < n && strchr(words[i], ':') != NULL) {
		if ((r = parse_time(words[i], c, why)) != 0)
			return r;
		i++;
	}
	if (i == n)
		return 0;
	if (isalpha((unsigned char)words[i][0]))
		return fail(why, "the time zone is office.timezone for all; "
		    "weekdays stand first");
	return fail(why, "write days and a time, such as Mon..Fri 18:30");
}

/* Cut text into words; their number, or -1 if there are too many. */
static int
split(const char *text, char words[WORDS_MAX][WORD_MAX])
{
	size_t len;
	int n = 0;

	for (;;) {
		text += strspn(text, " \t");
		if ((len = strcspn(text, " \t")) == 0)
			return n;
		if (n == WORDS_MAX || len >= WORD_MAX)
			return -1;
		memcpy(words[n], text, len);
		words[n++][len] = '\0';
		text += len;
	}
}

int
calendar_parse(const char *text, struct calendar *cp,
    char why[CALENDAR_WHY_MAX])
{
	struct calendar c = {
		.weekdays = EVERY_DAY, .months = 0x1ffe, .days = 0xfffffffe,
		.hours = 1, .minutes = 1,
		.first_year = YEAR_MIN, .last_year = YEAR_MAX
	};
	char words[WORDS_MAX][WORD_MAX], cron[64];
	size_t i;
	int n, r;

	if (policy_cron(text, cron, sizeof(cron))) {
		snprintf(why, CALENDAR_WHY_MAX, cron[0] != '\0' ?
		    "this is a cron line; write \"%s\"" : "this is a cron "
		    "line; write days and a time, such as \"Mon..Fri 18:30\"",
		    cron);
		return ERR_FORMAT;
	}
	for (i = 0; i < COUNT(shorthands); i++)
		if (strcmp(text, shorthands[i].word) == 0)
			text = shorthands[i].text;
	if ((n = split(text, words)) <= 0)
		return fail(why, "write days and a time, such as "
		    "Mon..Fri 18:30");
	if ((r = parse_words(words, (size_t)n, &c, why)) == 0)
		*cp = c;
	return r;
}

static bool
day_matches(const struct calendar *c, int64_t day)
{
	struct zone_date date;

	if ((c->weekdays >> zone_weekday(day) & 1) == 0)
		return false;
	zone_date(day, &date);
	return (c->months >> date.month & 1) != 0 &&
	    (c->days >> date.day & 1) != 0 &&
	    date.year >= c->first_year && date.year <= c->last_year;
}

/* The first moment of that day later than t, or ZONE_NEVER. */
static int64_t
first_of_day(const struct calendar *c, int64_t day, int64_t t)
{
	int64_t at;
	int hour, minute;

	for (hour = 0; hour < 24; hour++) {
		if ((c->hours >> hour & 1) == 0 ||
		    zone_moment(day, hour * HOUR + 59 * MINUTE) <= t)
			continue;
		for (minute = 0; minute < 60; minute++) {
			if ((c->minutes >> minute & 1) == 0)
				continue;
			at = zone_moment(day, hour * HOUR + minute * MINUTE);
			if (at > t)
				return at;
		}
	}
	return ZONE_NEVER;
}

/* The last moment of that day not later than t, or ZONE_NEVER. */
static int64_t
last_of_day(const struct calendar *c, int64_t day, int64_t t)
{
	int64_t at;
	int hour, minute;

	for (hour = 23; hour >= 0; hour--) {
		if ((c->hours >> hour & 1) == 0 ||
		    zone_moment(day, hour * HOUR) > t)
			continue;
		for (minute = 59; minute >= 0; minute--) {
			if ((c->minutes >> minute & 1) == 0)
				continue;
			at = zone_moment(day, hour * HOUR + minute * MINUTE);
			if (at <= t)
				return at;
		}
	}
	return ZONE_NEVER;
}

/* Clocks set back at midnight make a day come twice: one more on each side. */
static int64_t
next_of(const struct calendar *c, int64_t t)
{
	int64_t day, today, at;
	int second;

	today = zone_day(t, &second);
	for (day = today - 1; day < today + DAYS_MAX; day++)
		if (day_matches(c, day) &&
		    (at = first_of_day(c, day, t)) != ZONE_NEVER)
			return at;
	return ZONE_NEVER;
}

static int64_t
last_of(const struct calendar *c, int64_t from, int64_t t)
{
	int64_t day, oldest, at;
	int second;

	oldest = zone_day(from, &second) - 1;
	for (day = zone_day(t, &second) + 1; day >= oldest; day--)
		if (day_matches(c, day) &&
		    (at = last_of_day(c, day, t)) != ZONE_NEVER)
			return at > from ? at : ZONE_NEVER;
	return ZONE_NEVER;
}

int64_t
calendar_next(const struct calendar_list *list, int64_t t)
{
	int64_t at, best = ZONE_NEVER;
	size_t i;

	for (i = 0; i < list->n; i++)
		if ((at = next_of(&list->v[i], t)) < best)
			best = at;
	return best;
}

int64_t
calendar_last(const struct calendar_list *list, int64_t from, int64_t t)
{
	int64_t at, best = ZONE_NEVER;
	size_t i;

	for (i = 0; i < list->n; i++) {
		at = last_of(&list->v[i], from, t);
		if (at != ZONE_NEVER && (best == ZONE_NEVER || at > best))
			best = at;
	}
	return best;
}
