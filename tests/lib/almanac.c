/*
 * almanac.c: a source driven through simulated time by lib/policy/schedule.
 *
 * Reads cases from standard input, one KEY VALUE a line, and prints what
 * happens in each; tests/lib/almanac.py says the same by other means.
 *
 *	zone NAME  host NAME  set NAME  calendar TEXT  window TEXT
 *	holiday TEXT  at_end 0..2  jitter S  catch_up 0|1  rpo S WORKING
 *	retry TIMES FIRST FACTOR MAX
 *	span FROM TO		true seconds since 1970, whole minutes
 *	off FROM TO		the daemon is not there
 *	sleep FROM TO		the host is not there
 *	jump AT SECONDS		the clock is set
 *	try RESULT SECONDS	of the tries, in turn: 0 good, 1 failed
 *	list			print moments of calendars and windows
 *	go			print the tries; forget the case
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/schedule.h"
#include "policy/zone.h"

#define MANY 64
#define MINUTE 60

struct pair {
	int64_t	 a, b;
};

struct pairs {
	struct pair v[MANY];
	size_t	 n;
};

struct almanac {
	struct schedule s;
	char	 host[64], set[64];
	struct calendar calendars[MANY];
	struct window windows[MANY];
	struct workday_span holidays[MANY];
	struct pair span;
	struct pairs off, sleep, jump, tries;

	/* The simulation. */
	struct schedule_state state;
	int64_t	 t;			/* true time */
	int64_t	 began, left;		/* of the try that runs */
	enum schedule_result result;	/* that it will have */
	size_t	 next_try;
};

static void
die(const char *line)
{
	fprintf(stderr, "almanac: not understood: %s\n", line);
	exit(1);
}

static bool
within(const struct pairs *p, int64_t t, int64_t *endp)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (t >= p->v[i].a && t < p->v[i].b) {
			*endp = p->v[i].b;
			return true;
		}
	return false;
}

static int64_t
wall(const struct almanac *a)
{
	int64_t w = a->t;
	size_t i;

	for (i = 0; i < a->jump.n; i++)
		if (a->t >= a->jump.v[i].a)
			w += a->jump.v[i].b;
	return w;
}

/* The first start after t of any, but not later than best. */
static int64_t
sooner(const struct pairs *p, int64_t t, int64_t best)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->v[i].a > t && p->v[i].a < best)
			best = p->v[i].a;
	return best;
}

/* End the try that runs if it is over, or if its window is. */
static void
end_try(struct almanac *a, const struct schedule_verdict *v, int64_t now)
{
	enum schedule_result result = a->result;

	if (a->t < a->began + a->left) {
		if (v->at > now)
			return;
		result = a->s.at_end == SCHEDULE_END_PAUSE ?
		    SCHEDULE_PAUSED : SCHEDULE_STOPPED;
		a->left -= a->t - a->began;
	}
	schedule_ended(&a->state, result, now);
	printf("%lld end %d\n", (long long)now, (int)result);
}

static void
start_try(struct almanac *a, const struct schedule_verdict *v, int64_t now)
{
	const struct pair *try;
	int64_t end;

	printf("%lld %s %lld age %lld late %lld\n", (long long)now,
	    schedule_why_word(v->why), (long long)v->planned,
	    (long long)schedule_age(&a->s, &a->state, now),
	    (long long)schedule_late(&a->s, &a->state));
	schedule_started(&a->state, v, now);
	a->began = a->t;
	if (within(&a->sleep, a->t, &end)) {
		a->result = SCHEDULE_ASLEEP;
		a->left = MINUTE;
	} else if (v->why != SCHEDULE_RESUME) {
		try = &a->tries.v[a->next_try++ % a->tries.n];
		a->result = (enum schedule_result)try->a;
		a->left = try->b;
	}
}

/* Do what is to be done at a->t, and go to the moment to come back. */
static void
step(struct almanac *a)
{
	struct schedule_verdict v;
	int64_t now = wall(a), best = a->span.b, wait;

	schedule_mend(&a->state, now);
	schedule_decide(&a->s, &a->state, now, &v);
	if (a->state.running) {
		end_try(a, &v, now);
		schedule_decide(&a->s, &a->state, now, &v);
	}
	if (v.run) {
		start_try(a, &v, now);
		schedule_decide(&a->s, &a->state, now, &v);
	}
	best = sooner(&a->off, a->t, sooner(&a->jump, a->t, best));
	if (a->state.running && a->began + a->left < best)
		best = a->began + a->left;
	if (v.at != ZONE_NEVER) {
		wait = (v.at - now + MINUTE - 1) / MINUTE * MINUTE;
		if (wait < MINUTE)
			wait = MINUTE;
		if (a->t + wait < best)
			best = a->t + wait;
	}
	a->t = best;
}

static void
go(struct almanac *a)
{
	int64_t end;

	a->t = a->span.a;
	a->state.since = wall(a);
	while (a->t < a->span.b) {
		if (!within(&a->off, a->t, &end)) {
			step(a);
			continue;
		}
		a->t = end;
		if (a->state.running && a->t < a->span.b) {
			schedule_ended(&a->state, SCHEDULE_FAILED, wall(a));
			printf("%lld crash\n", (long long)wall(a));
		}
	}
	printf("done\n");
}

static void
list(const struct almanac *a)
{
	int64_t t, last;

	for (t = a->span.a; (t = calendar_next(&a->s.calendar, t)) <
	    a->span.b;) {
		last = calendar_last(&a->s.calendar, a->span.a, t + 7);
		printf("calendar %lld\n", (long long)t);
		if (last != t)
			printf("last %lld\n", (long long)last);
	}
	for (t = a->span.a; (t = window_opens(&a->s.window, t)) <
	    a->span.b;) {
		printf("opens %lld\n", (long long)t);
		if ((t = window_closes(&a->s.window, t)) >= a->span.b)
			break;
		printf("closes %lld\n", (long long)t);
	}
	printf("done\n");
}

static void
clear(struct almanac *a)
{
	memset(a, 0, sizeof(*a));
	a->s.host = a->host;
	a->s.set = a->set;
	a->s.calendar.v = a->calendars;
	a->s.window.v = a->windows;
	a->s.holidays.v = a->holidays;
}

static void
read_pair(const char *value, struct pair *p)
{
	long long x, y;

	if (sscanf(value, "%lld %lld", &x, &y) != 2)
		die(value);
	p->a = x;
	p->b = y;
}

/* The lists of pairs; false if the key is none. */
static bool
read_pairs(struct almanac *a, const char *key, const char *value)
{
	struct pairs *p = strcmp(key, "off") == 0 ? &a->off :
	    strcmp(key, "sleep") == 0 ? &a->sleep :
	    strcmp(key, "jump") == 0 ? &a->jump :
	    strcmp(key, "try") == 0 ? &a->tries : NULL;

	if (p == NULL)
		return false;
	if (p->n == MANY)
		die(key);
	read_pair(value, &p->v[p->n++]);
	return true;
}

/* What is text; false if the key is none of it. */
static bool
read_text(struct almanac *a, const char *key, const char *value)
{
	char why[CALENDAR_WHY_MAX];
	int r = 0;

	if (strcmp(key, "zone") == 0)
		r = zone_use(value);
	else if (strcmp(key, "host") == 0)
		snprintf(a->host, sizeof(a->host), "%s", value);
	else if (strcmp(key, "set") == 0)
		snprintf(a->set, sizeof(a->set), "%s", value);
	else if (strcmp(key, "calendar") == 0 && a->s.calendar.n < MANY)
		r = calendar_parse(value, &a->calendars[a->s.calendar.n++],
		    why);
	else if (strcmp(key, "window") == 0 && a->s.window.n < MANY)
		r = window_parse(value, &a->windows[a->s.window.n++], why);
	else if (strcmp(key, "holiday") == 0 && a->s.holidays.n < MANY)
		r = workday_parse(value, &a->holidays[a->s.holidays.n++]);
	else
		return false;
	if (r != 0)
		die(value);
	return true;
}

static void
read_number(struct almanac *a, const char *key, const char *value)
{
	struct schedule_retry *retry = &a->s.retry;
	long long first, max;
	struct pair p;

	if (strcmp(key, "at_end") == 0)
		a->s.at_end = (enum schedule_at_end)atoi(value);
	else if (strcmp(key, "jitter") == 0)
		a->s.jitter = atoll(value);
	else if (strcmp(key, "catch_up") == 0)
		a->s.catch_up = atoi(value) != 0;
	else if (strcmp(key, "span") == 0)
		read_pair(value, &a->span);
	else if (strcmp(key, "rpo") == 0) {
		read_pair(value, &p);
		a->s.rpo = p.a;
		a->s.rpo_working_days = p.b != 0;
	} else if (strcmp(key, "retry") == 0) {
		if (sscanf(value, "%d %lld %lf %lld", &retry->times, &first,
		    &retry->factor, &max) != 4)
			die(value);
		retry->first = first;
		retry->max = max;
	} else
		die(key);
}

int
main(void)
{
	static struct almanac a;
	char line[512], *value;

	clear(&a);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, "list") == 0) {
			list(&a);
			continue;
		}
		if (strcmp(line, "go") == 0) {
			go(&a);
			clear(&a);
			continue;
		}
		if ((value = strchr(line, ' ')) == NULL)
			die(line);
		*value++ = '\0';
		if (!read_pairs(&a, line, value) &&
		    !read_text(&a, line, value))
			read_number(&a, line, value);
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
