/* value.c: one value, or one element of a list, against its row. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/suggest.h"
#include "policy/calendar.h"
#include "policy/internal.h"
#include "policy/window.h"
#include "policy/workday.h"
#include "policy/zone.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define WORDS_MAX 16		/* of a choice */

static const char *
node_word(const struct node *n)
{
	return n->name != NULL ? n->name : n->parent->name;
}

void
report_type(struct policy_report *r, const struct node *n, const char *help)
{
	report_add(r, POLICY_P015_TYPE, &n->value, help,
	    "`%s` must be %s%s", node_word(n),
	    policy_schema_type(n->key->type),
	    n->key->type == TYPE_INT || n->key->type == TYPE_FLOAT ?
	    ", without quotes" : "");
}

bool
policy_name_ok(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && len <= POLICY_NAME_MAX &&
	    strspn(s, LETTERS DIGITS) > 0 &&
	    len == strspn(s, LETTERS DIGITS "._-");
}

/* A hook is named, never spelt out: the host decides what runs there. */
static bool
is_hook(const struct schema_key *k)
{
	size_t len = strlen(k->path);

	return len > 4 && strcmp(k->path + len - 4, ".use") == 0;
}

static void
value_name(const struct node *n, struct policy_report *r)
{
	if (policy_name_ok(n->str))
		return;
	report_add(r, POLICY_P027_NAME, &n->value, is_hook(n->key) ?
	    "name a hook that `backup-agent hooks list` shows on the host" :
	    "use a-z A-Z 0-9 . _ - and begin with a letter or digit",
	    is_hook(n->key) ? "a command cannot be sent: `%.80s`" :
	    "`%.80s` is not a good name", n->str);
}

static bool
no_backslash(const struct node *n, struct policy_report *r)
{
	if (strchr(n->str, '\\') == NULL)
		return true;
	report_add(r, POLICY_P008_BACKSLASH, &n->value,
	    "use / in paths", "backslash in a path");
	return false;
}

/* "/srv" or "D:/HoSo", which is how a Windows agent will name it. */
static void
value_abs_path(const struct node *n, struct policy_report *r)
{
	const char *s = n->str, *help = "write it as /a/b, without ., .., //";

	if (!no_backslash(n, r))
		return;
	if (strchr(LETTERS, s[0]) != NULL && s[0] != '\0' && s[1] == ':')
		s += 2;
	if (path_abs_ok((const uint8_t *)s, strlen(s)))
		return;
	if (s[0] != '/')
		help = "begin with / (or with a drive: D:/)";
	else if (s[1] != '\0' && s[strlen(s) - 1] == '/')
		help = "remove the / at its end";
	report_add(r, POLICY_P026_PATH, &n->value, help,
	    "not a clean absolute path: %.200s", n->str);
}

static void
value_path(const struct node *n, struct policy_report *r)
{
	if (no_backslash(n, r) && n->str[0] == '\0')
		report_add(r, POLICY_P026_PATH, &n->value, "name a file",
		    "`%s` is empty", node_word(n));
}

/* What stands in a command line must not look like an option in it. */
static void
value_word(const struct node *n, struct policy_report *r)
{
	const char *s;

	for (s = n->str; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f)
			break;
	if (*s == '\0' && n->str[0] != '-')
		return;
	report_add(r, POLICY_P027_NAME, &n->value,
	    "one word without blanks that does not begin with -",
	    "`%s` cannot be \"%.80s\"", node_word(n), n->str);
}

static void
value_calendar(const struct node *n, struct policy_report *r)
{
	char text[64], why[CALENDAR_WHY_MAX], help[128];
	struct calendar c;

	if (policy_cron(n->str, text, sizeof(text))) {
		if (text[0] != '\0')
			snprintf(help, sizeof(help), "write \"%s\"", text);
		else
			snprintf(help, sizeof(help), "write days and a "
			    "time, such as \"Mon..Fri 18:30\"");
		report_add(r, POLICY_P031_CRON, &n->value, help,
		    "this is a cron line, not a calendar");
	} else if (calendar_parse(n->str, &c, why) != 0)
		report_add(r, POLICY_P032_MOMENT, &n->value, why,
		    "not a calendar: \"%.80s\"", n->str);
}

static void
value_window(const struct node *n, struct policy_report *r)
{
	char why[WINDOW_WHY_MAX];
	struct window w;

	if (window_parse(n->str, &w, why) != 0)
		report_add(r, POLICY_P032_MOMENT, &n->value, why,
		    "not a window: \"%.80s\"", n->str);
}

static void
value_days(const struct node *n, struct policy_report *r)
{
	struct workday_span span;

	if (workday_parse(n->str, &span) != 0)
		report_add(r, POLICY_P032_MOMENT, &n->value,
		    "write \"2027-02-04\" or \"2027-02-04..2027-02-10\"",
		    "no days of the calendar: \"%.80s\"", n->str);
}

static void
value_zone(const struct node *n, struct policy_report *r)
{
	if (!zone_known(n->str))
		report_add(r, POLICY_P032_MOMENT, &n->value,
		    "write it as Asia/Ho_Chi_Minh; timedatectl "
		    "list-timezones shows all",
		    "this system knows no time zone \"%.80s\"", n->str);
}

static void
value_clock(const struct node *n, struct policy_report *r)
{
	const char *s = n->str;

	if (strlen(s) == 5 && strspn(s, DIGITS) == 2 && s[2] == ':' &&
	    strspn(s + 3, DIGITS) == 2 && atoi(s) < 24 && atoi(s + 3) < 60)
		return;
	report_add(r, POLICY_P032_MOMENT, &n->value, "write \"07:15\"",
	    "not a time of day: \"%.80s\"", s);
}

static void
value_choice(const struct node *n, struct policy_report *r)
{
	char words[SCHEMA_LIMITS_MAX], help[SCHEMA_LIMITS_MAX + 16];
	char *list[WORDS_MAX], *save = NULL, *w;
	const char *best;
	size_t i = 0;

	if (schema_word(n->key->words, n->str))
		return;
	snprintf(words, sizeof(words), "%s", n->key->words);
	for (w = strtok_r(words, "|", &save); w != NULL && i < WORDS_MAX - 1;
	    w = strtok_r(NULL, "|", &save))
		list[i++] = w;
	list[i] = NULL;
	best = suggest_word(n->str, (const char *const *)list);
	if (best != NULL)
		snprintf(help, sizeof(help), "did you mean \"%s\"?", best);
	else
		snprintf(help, sizeof(help), "one of: %s", n->key->words);
	report_add(r, POLICY_P017_CHOICE, &n->value, help,
	    "`%s` cannot be \"%.80s\"", node_word(n), n->str);
}

static void
value_quantity(const struct node *n, struct policy_report *r)
{
	const struct schema_key *k = n->key;
	enum quantity_kind kind = schema_quantity(k->type);
	char help[128], limit[QUANTITY_TEXT_MAX];
	int64_t v = 0;
	int err;

	snprintf(help, sizeof(help), "write it like \"%s\"",
	    quantity_example(kind));
	if (n->kind != NODE_STRING) {
		report_add(r, POLICY_P018_QUANTITY, &n->value, help,
		    "`%s` needs a unit, in quotes", n->name);
		return;
	}
	err = quantity_parse(n->str, kind, &v);
	if (err != 0 && err != ERR_TOOBIG) {
		report_add(r, POLICY_P018_QUANTITY, &n->value, help,
		    "\"%.80s\" is not a quantity of this kind", n->str);
	} else if (err != 0 || (k->max > 0 && v > k->max)) {
		quantity_format(k->max, kind, limit);
		snprintf(help, sizeof(help), k->max > 0 ? "at most \"%s\"" :
		    "write less", limit);
		report_add(r, POLICY_P016_RANGE, &n->value, help,
		    "\"%.80s\" is too much for `%s`", n->str, n->name);
	} else if (v < k->min) {
		quantity_format(k->min, kind, limit);
		snprintf(help, sizeof(help), "at least \"%s\", or remove it",
		    limit);
		report_add(r, POLICY_P016_RANGE, &n->value, help,
		    "\"%.80s\" is too little for `%s`", n->str, n->name);
	}
}

static void
value_number(const struct node *n, struct policy_report *r)
{
	const struct schema_key *k = n->key;
	char help[64];

	if (n->kind != NODE_INT &&
	    (n->kind != NODE_FLOAT || k->type != TYPE_FLOAT)) {
		report_type(r, n, "write a number");
		return;
	}
	if ((k->min == 0 && k->max == 0) ||
	    (n->real >= k->min && n->real <= k->max))
		return;
	snprintf(help, sizeof(help), "from %d to %d", k->min, k->max);
	report_add(r, POLICY_P016_RANGE, &n->value, help,
	    "`%s` is out of range", n->name);
}

static void
value_string(const struct node *n, struct policy_report *r)
{
	static void (*const checks[])(const struct node *,
	    struct policy_report *) = {
		[TYPE_NAME] = value_name, [TYPE_PATH] = value_path,
		[TYPE_PATHS] = value_abs_path, [TYPE_WORD] = value_word,
		[TYPE_CALENDAR] = value_calendar,
		[TYPE_CALENDARS] = value_calendar,
		[TYPE_WINDOW] = value_window, [TYPE_WINDOWS] = value_window,
		[TYPE_DAYS] = value_days, [TYPE_ZONE] = value_zone,
		[TYPE_CLOCK] = value_clock, [TYPE_CHOICE] = value_choice,
		[TYPE_CHOICES] = value_choice
	};
	const enum schema_type type = n->key->type;

	if (n->kind != NODE_STRING)
		report_type(r, n, n->kind == NODE_GROUP || n->kind ==
		    NODE_LIST || n->kind == NODE_ARRAY ? "write one string" :
		    "put quotes around it");
	else if (type < sizeof(checks) / sizeof(checks[0]) &&
	    checks[type] != NULL)
		checks[type](n, r);
}

void
policy_value(const struct node *n, struct policy_report *r)
{
	switch (n->key->type) {
	case TYPE_INT:
	case TYPE_FLOAT:
		value_number(n, r);
		break;
	case TYPE_BOOL:
		if (n->kind != NODE_BOOL)
			report_type(r, n, "without quotes");
		break;
	case TYPE_SIZE:
	case TYPE_TIME:
	case TYPE_RATE:
	case TYPE_PERCENT:
		value_quantity(n, r);
		break;
	default:
		value_string(n, r);
		break;
	}
}
