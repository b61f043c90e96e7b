/* when.c: backupctl when: the coming runs, or those of one calendar. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backupctl/command.h"
#include "base/clock.h"
#include "cli/json.h"
#include "cli/text.h"
#include "policy/policy.h"
#include "policy/report.h"
#include "policy/zone.h"

#define DAYS_DEFAULT 7
#define DAYS_MAX 366
#define RUNS_SHOWN 5		/* of one calendar */
#define CALENDAR_MAX 256
#define TEXT_MAX 64

/* A run of one source. */
struct coming {
	const struct policy_host *host;
	const struct policy_source *source;
	struct schedule_run run;
};

struct plan {
	const char *zone;	/* "": the system's */
	int64_t	 from, until;
	struct coming *v;
	size_t	 n, room;
};

static const char *
weekday(int64_t day)
{
	static const char *const names[] = {
		"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"
	};

	return names[zone_weekday(day)];
}

/* "Fri 2026-08-07 11:45". */
static void
format_day(int64_t t, char out[TEXT_MAX])
{
	struct zone_date date;
	int64_t day;
	int second;

	day = zone_day(t, &second);
	zone_date(day, &date);
	snprintf(out, TEXT_MAX, "%s %04d-%02d-%02d %02d:%02d", weekday(day),
	    date.year, date.month, date.day, second / 3600,
	    second / 60 % 60);
}

/* "11:45", or with its weekday where it is not the day of other. */
static void
format_time(int64_t t, int64_t other, char out[TEXT_MAX])
{
	int64_t day;
	int second, unused;

	day = zone_day(t, &second);
	snprintf(out, TEXT_MAX, "%s%s%02d:%02d",
	    day != zone_day(other, &unused) ? weekday(day) : "",
	    day != zone_day(other, &unused) ? " " : "", second / 3600,
	    second / 60 % 60);
}

/* The moment that the runs are asked for: now, or the start of a day. */
static enum cli_exit
get_from(const struct cli *cli, int64_t *fromp)
{
	const char *text = cli_option_get(cli, "from", 0);
	int64_t day;

	if (text == NULL) {
		*fromp = clock_wall();
		return CLI_EXIT_OK;
	}
	if (zone_date_parse(text, &day) != 0)
		return cli_fail(cli, CLI_EXIT_USAGE,
		    "--from takes a date, such as 2026-12-24");
	/* Runs are later than it, and midnight is to be one of them. */
	*fromp = zone_moment(day, 0) - 1;
	return CLI_EXIT_OK;
}

static enum cli_exit
get_days(const struct cli *cli, int *daysp)
{
	const char *text = cli_option_get(cli, "days", 0);
	char *end;
	long v;

	*daysp = DAYS_DEFAULT;
	if (text == NULL)
		return CLI_EXIT_OK;
	v = strtol(text, &end, 10);
	if (end == text || *end != '\0' || v < 1 || v > DAYS_MAX)
		return cli_fail(cli, CLI_EXIT_USAGE,
		    "--days takes a number from 1 to %d", DAYS_MAX);
	*daysp = (int)v;
	return CLI_EXIT_OK;
}

static enum cli_exit
use_zone(const struct cli *cli, const char *name)
{
	int r;

	if ((r = zone_use(name)) == 0)
		return CLI_EXIT_OK;
	if (r == ERR_NOENT)
		return cli_fail(cli, CLI_EXIT_POLICY, "office.timezone: this "
		    "machine knows no zone %s; is tzdata installed?", name);
	return cli_fail(cli, CLI_EXIT_FAILED, "%s", err_text(r));
}

static int
plan_add(struct plan *p, const struct coming *c)
{
	size_t room = p->room > 0 ? p->room * 2 : 64;
	struct coming *v;

	if (p->n == p->room) {
		if ((v = reallocarray(p->v, room, sizeof(*v))) == NULL)
			return ERR_NOMEM;
		p->v = v;
		p->room = room;
	}
	p->v[p->n++] = *c;
	return 0;
}

static int
plan_source(struct plan *p, const struct policy_host *h,
    const struct policy_source *src)
{
	struct coming c = { .host = h, .source = src };
	int64_t t = p->from;
	int r = 0;

	while (r == 0 && schedule_next(&src->schedule, t, &c.run) &&
	    c.run.start <= p->until) {
		r = plan_add(p, &c);
		t = c.run.planned;
	}
	return r;
}

static int
compare(const void *va, const void *vb)
{
	const struct coming *a = va, *b = vb;
	int d;

	if (a->run.start != b->run.start)
		return a->run.start < b->run.start ? -1 : 1;
	if (a->source->schedule.priority != b->source->schedule.priority)
		return b->source->schedule.priority -
		    a->source->schedule.priority;
	if ((d = strcmp(a->host->name, b->host->name)) != 0)
		return d;
	return strcmp(a->source->set->name, b->source->set->name);
}

static int
plan_make(struct plan *p, const struct policy *policy)
{
	const struct policy_host *h;
	size_t i, j;
	int r = 0;

	for (i = 0; i < policy->nhosts && r == 0; i++) {
		h = &policy->hosts[i];
		for (j = 0; h->enabled && j < h->nsources && r == 0; j++)
			r = plan_source(p, h, &h->sources[j]);
	}
	if (p->n > 1)
		qsort(p->v, p->n, sizeof(*p->v), compare);
	return r;
}

static void
json_time(struct cli_json *j, const char *key, int64_t t)
{
	char text[CLOCK_TEXT_MAX];

	if (t != ZONE_NEVER)
		clock_format(t, text);
	cli_json_str(j, key, t != ZONE_NEVER ? text : NULL);
}

static const char *
at_end(const struct policy_source *src)
{
	static const char *const words[] = {
		[SCHEDULE_END_PAUSE] = "pause",
		[SCHEDULE_END_FINISH] = "finish",
		[SCHEDULE_END_STOP] = "stop"
	};

	return words[src->schedule.at_end];
}

/* Will it never start by itself? */
static bool
by_hand(const struct policy_host *h, const struct policy_source *src,
    int64_t from)
{
	struct schedule_run run;

	return h->enabled && !schedule_next(&src->schedule, from, &run);
}

static enum cli_exit
answer_json(const struct cli *cli, const struct plan *p,
    const struct policy *policy)
{
	const struct policy_host *h;
	const struct coming *c;
	struct cli_json *j;
	size_t i, k;

	if (cli_json_new(&j) != 0)
		return cli_fail(cli, CLI_EXIT_FAILED, "out of memory");
	cli_json_str(j, "timezone", p->zone[0] != '\0' ? p->zone : NULL);
	json_time(j, "until", p->until);
	cli_json_array(j, "runs");
	for (i = 0; i < p->n; i++) {
		c = &p->v[i];
		cli_json_object(j, NULL);
		cli_json_str(j, "host", c->host->name);
		cli_json_str(j, "set", c->source->set->name);
		json_time(j, "planned", c->run.planned);
		json_time(j, "start", c->run.start);
		json_time(j, "window_end", c->run.closes);
		cli_json_str(j, "at_window_end", at_end(c->source));
		cli_json_int(j, "priority", c->source->schedule.priority);
		cli_json_end(j);
	}
	cli_json_end(j);
	cli_json_array(j, "by_hand");
	for (i = 0; i < policy->nhosts; i++)
		for (k = 0; k < policy->hosts[i].nsources; k++) {
			h = &policy->hosts[i];
			if (!by_hand(h, &h->sources[k], p->from))
				continue;
			cli_json_object(j, NULL);
			cli_json_str(j, "host", h->name);
			cli_json_str(j, "set", h->sources[k].set->name);
			cli_json_end(j);
		}
	cli_json_end(j);
	return command_answer(cli, j, CLI_EXIT_OK);
}

static void
add_row(struct cli_table *t, const struct coming *c)
{
	char text[TEXT_MAX];

	format_day(c->run.start, text);
	cli_table_cell(t, text);
	cli_table_cell(t, c->host->name);
	cli_table_cell(t, c->source->set->name);
	format_time(c->run.planned, c->run.start, text);
	cli_table_cell(t, text);
	if (c->run.closes == ZONE_NEVER) {
		cli_table_cell(t, "always");
		return;
	}
	format_time(c->run.closes, c->run.start, text);
	snprintf(text + strlen(text), TEXT_MAX - strlen(text), ", then %s",
	    at_end(c->source));
	cli_table_cell(t, text);
}

static enum cli_exit
print_table(const struct cli *cli, const struct plan *p)
{
	static const char *const heads[] = {
		"START", "HOST", "SET", "PLANNED", "WINDOW UNTIL"
	};
	struct cli_table *t = NULL;
	size_t i;
	int r;

	if ((r = cli_table_new(5, 0, &t)) != 0)
		goto out;
	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		cli_table_cell(t, heads[i]);
	for (i = 0; i < p->n; i++)
		add_row(t, &p->v[i]);
	r = cli_table_print(t, stdout, 0);
 out:
	cli_table_free(t);
	return r == 0 ? CLI_EXIT_OK :
	    cli_fail(cli, CLI_EXIT_FAILED, "%s", err_text(r));
}

static enum cli_exit
answer_text(const struct cli *cli, const struct plan *p,
    const struct policy *policy)
{
	const struct policy_host *h;
	enum cli_exit code = CLI_EXIT_OK;
	char text[TEXT_MAX];
	size_t i, j;

	format_day(p->until, text);
	printf("%s%s until %s, in the time of %s\n",
	    p->n > 0 ? "Coming runs" : "No run is planned",
	    p->n > 0 ? "" : " by itself", text,
	    p->zone[0] != '\0' ? p->zone : "this machine");
	if (p->n > 0)
		code = print_table(cli, p);
	for (i = 0; i < policy->nhosts; i++)
		for (j = 0; j < policy->hosts[i].nsources; j++) {
			h = &policy->hosts[i];
			if (by_hand(h, &h->sources[j], p->from))
				printf("%s/%s is run by hand only: its "
				    "schedule names no calendar that comes\n",
				    h->name, h->sources[j].set->name);
		}
	return code;
}

static enum cli_exit
show_plan(const struct cli *cli)
{
	const struct policy *policy = NULL;
	struct plan p = { .zone = "" };
	enum cli_exit code;
	int64_t day;
	int days, second, r;

	if ((code = get_days(cli, &days)) != CLI_EXIT_OK ||
	    (code = command_load_policy(cli, &policy)) != CLI_EXIT_OK)
		return code;
	p.zone = policy->office.timezone;
	if ((code = use_zone(cli, p.zone)) != CLI_EXIT_OK ||
	    (code = get_from(cli, &p.from)) != CLI_EXIT_OK)
		goto out;
	day = zone_day(p.from + 1, &second);
	p.until = zone_moment(day + days, second) - 1;
	if ((r = plan_make(&p, policy)) != 0)
		code = cli_fail(cli, CLI_EXIT_FAILED, "%s", err_text(r));
	else
		code = cli->json ? answer_json(cli, &p, policy) :
		    answer_text(cli, &p, policy);
 out:
	free(p.v);
	policy_free(policy);
	return code;
}

/*
 * The zone of the office; without a valid policy, that of the system.  The
 * name is kept in zone.
 */
static enum cli_exit
use_office_zone(const struct cli *cli, char zone[TEXT_MAX])
{
	const struct policy *policy = NULL;
	struct policy_report *report = NULL;
	enum cli_exit code = CLI_EXIT_OK;

	zone[0] = '\0';
	if (policy_report_new(&report) != 0)
		return cli_fail(cli, CLI_EXIT_FAILED, "out of memory");
	if (policy_load(cli->config, report, &policy) == 0) {
		snprintf(zone, TEXT_MAX, "%s", policy->office.timezone);
		code = use_zone(cli, policy->office.timezone);
	}
	policy_free(policy);
	policy_report_free(report);
	return code;
}

/* The words of the calendar, if a shell has taken them apart. */
static enum cli_exit
get_calendar(const struct cli *cli, char text[CALENDAR_MAX],
    struct calendar *cp)
{
	char why[CALENDAR_WHY_MAX];
	size_t used = 0;
	int i;

	text[0] = '\0';
	for (i = 0; i < cli->nargs; i++) {
		used += (size_t)snprintf(text + used, CALENDAR_MAX - used,
		    "%s%s", i > 0 ? " " : "", cli->args[i]);
		if (used >= CALENDAR_MAX)
			return cli_fail(cli, CLI_EXIT_USAGE,
			    "this is too long for a calendar");
	}
	if (calendar_parse(text, cp, why) != 0)
		return cli_fail(cli, CLI_EXIT_USAGE, "\"%s\": %s", text, why);
	return CLI_EXIT_OK;
}

static enum cli_exit
calendar_json(const struct cli *cli, const char *text, const char *zone,
    const int64_t *v, size_t n)
{
	struct cli_json *j;
	size_t i;

	if (cli_json_new(&j) != 0)
		return cli_fail(cli, CLI_EXIT_FAILED, "out of memory");
	cli_json_str(j, "calendar", text);
	cli_json_str(j, "timezone", zone[0] != '\0' ? zone : NULL);
	cli_json_array(j, "runs");
	for (i = 0; i < n; i++)
		json_time(j, NULL, v[i]);
	cli_json_end(j);
	return command_answer(cli, j, CLI_EXIT_OK);
}

static void
calendar_text(const char *text, const char *zone, int64_t from,
    const int64_t *v, size_t n)
{
	char when[TEXT_MAX], in[CLI_TEXT_MAX];
	size_t i;

	if (n == 0) {
		printf("\"%s\" never comes again\n", text);
		return;
	}
	printf("\"%s\" comes, in the time of %s:\n", text,
	    zone[0] != '\0' ? zone : "this machine");
	for (i = 0; i < n; i++) {
		format_day(v[i], when);
		cli_duration_format(v[i] - from, in);
		printf("  %s  in %s\n", when, in);
	}
}

static enum cli_exit
show_calendar(const struct cli *cli)
{
	char text[CALENDAR_MAX], zone[TEXT_MAX];
	struct calendar calendar;
	struct calendar_list list = { &calendar, 1 };
	int64_t v[RUNS_SHOWN], from, t;
	enum cli_exit code;
	size_t n;

	if (cli_option_count(cli, "days") > 0)
		return cli_fail(cli, CLI_EXIT_USAGE,
		    "--days is for the runs of the policy, not for a calendar");
	if ((code = get_calendar(cli, text, &calendar)) != CLI_EXIT_OK ||
	    (code = use_office_zone(cli, zone)) != CLI_EXIT_OK ||
	    (code = get_from(cli, &from)) != CLI_EXIT_OK)
		return code;
	t = from;
	for (n = 0; n < RUNS_SHOWN; n++)
		if ((t = v[n] = calendar_next(&list, t)) == ZONE_NEVER)
			break;
	if (cli->json)
		return calendar_json(cli, text, zone, v, n);
	calendar_text(text, zone, from, v, n);
	return CLI_EXIT_OK;
}

enum cli_exit
command_when(struct cli *cli)
{
	return cli->nargs > 0 ? show_calendar(cli) : show_plan(cli);
}
