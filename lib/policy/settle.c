/* settle.c: typed values of a host and of its sources. */
#include "policy/settle.h"

#include <stdlib.h>
#include <string.h>

#include "policy/calendar.h"
#include "policy/window.h"
#include "policy/workday.h"

/* How a value is kept in its field. */
enum keep {
	KEEP_INT,		/* int; hundredths of a percentage, too */
	KEEP_REAL,		/* double */
	KEEP_LONG,		/* int64_t */
	KEEP_TRUTH,		/* bool; of two words the second is true */
	KEEP_WORD		/* enum, in the order of the words */
};

struct field {
	const char *path;
	enum keep keep;
	size_t	 offset;
};

#define SOURCE(path, keep, member) \
	{ path, keep, offsetof(struct policy_source, member) }
#define HOST(path, keep, member) \
	{ path, keep, offsetof(struct policy_host, member) }

static const struct field source_fields[] = {
	SOURCE("schedule.at_window_end", KEEP_WORD, schedule.at_end),
	SOURCE("schedule.jitter", KEEP_LONG, schedule.jitter),
	SOURCE("schedule.catch_up", KEEP_TRUTH, schedule.catch_up),
	SOURCE("schedule.retry.times", KEEP_INT, schedule.retry.times),
	SOURCE("schedule.retry.first", KEEP_LONG, schedule.retry.first),
	SOURCE("schedule.retry.factor", KEEP_REAL, schedule.retry.factor),
	SOURCE("schedule.retry.max", KEEP_LONG, schedule.retry.max),
	SOURCE("schedule.rpo", KEEP_LONG, schedule.rpo),
	SOURCE("schedule.rpo_clock", KEEP_TRUTH, schedule.rpo_working_days),
	SOURCE("schedule.rto", KEEP_LONG, schedule.rto),
	SOURCE("schedule.max_parallel", KEEP_INT, schedule.max_parallel),
	SOURCE("schedule.priority", KEEP_INT, schedule.priority),
	SOURCE("schedule.max_time", KEEP_LONG, max_time),
	SOURCE("schedule.max_stall", KEEP_LONG, max_stall),
	SOURCE("limits.max_file", KEEP_LONG, limits.max_file),
	SOURCE("limits.max_host", KEEP_LONG, limits.max_host),
	SOURCE("limits.max_growth", KEEP_INT, limits.max_growth),
	SOURCE("limits.min_files", KEEP_INT, limits.min_files),
	SOURCE("limits.over", KEEP_TRUTH, limits.fails)
};

static const struct field host_fields[] = {
	HOST("reread", KEEP_LONG, reread),
	HOST("limits.nice", KEEP_INT, load.nice),
	HOST("limits.ionice", KEEP_WORD, load.io),
	HOST("limits.cpu_threads", KEEP_INT, load.threads)
};

static const struct schema_key *
find_row(const char *path)
{
	const struct schema_key *k;
	size_t n;

	for (k = policy_schema(&n); n > 0; n--, k++)
		if (strcmp(k->path, path) == 0)
			return k;
	return NULL;
}

/* Which of the '|'-separated words it is. */
static unsigned int
word_index(const char *words, const char *word)
{
	size_t len = strlen(word), n;
	unsigned int i;

	for (i = 0; ; i++, words += n + 1) {
		n = strcspn(words, "|");
		if ((n == len && strncmp(words, word, n) == 0) ||
		    words[n] == '\0')
			return i;
	}
}

static int64_t
quantity(const char *text, enum schema_type type)
{
	int64_t v = 0;

	return quantity_parse(text, schema_quantity(type), &v) == 0 ? v : 0;
}

/* The whole number that a setting, or else the fallback, stands for. */
static int64_t
whole(const config_setting_t *s, const struct schema_key *k)
{
	const char *text = s != NULL ? config_setting_get_string(s) :
	    k->fallback;

	switch (k->type) {
	case TYPE_INT:
		return s != NULL ? config_setting_get_int(s) : atoi(text);
	case TYPE_BOOL:
		return s != NULL ? config_setting_get_bool(s) :
		    strcmp(text, "true") == 0;
	case TYPE_CHOICE:
		return word_index(k->words, text);
	default:
		return quantity(text, k->type);
	}
}

static double
real(const config_setting_t *s, const struct schema_key *k)
{
	if (s == NULL)
		return atof(k->fallback);
	return config_setting_type(s) == CONFIG_TYPE_INT ?
	    config_setting_get_int(s) : config_setting_get_float(s);
}

/* Write v, as the field keeps it, to p. */
static void
keep_value(void *p, enum keep keep, const config_setting_t *s,
    const struct schema_key *k)
{
	int64_t v;

	if (keep == KEEP_REAL) {
		*(double *)p = real(s, k);
		return;
	}
	v = whole(s, k);
	if (keep == KEEP_LONG)
		*(int64_t *)p = v;
	else if (keep == KEEP_TRUTH)
		*(bool *)p = v != 0;
	else if (keep == KEEP_WORD)
		*(unsigned int *)p = (unsigned int)v;
	else
		*(int *)p = (int)v;
}

static void
settle_fields(const struct levels *l, const struct field *f, size_t n,
    void *out)
{
	const config_setting_t *s;
	const struct schema_key *k;
	enum level level;

	for (; n > 0; n--, f++) {
		s = level_find(l, f->path, &level);
		k = find_row(f->path);
		if (s != NULL || k->fallback != NULL)
			keep_value((char *)out + f->offset, f->keep, s, k);
	}
}

static int
settle_calendar(const struct levels *l, struct arena *a,
    struct calendar_list *listp)
{
	char why[CALENDAR_WHY_MAX];
	const struct level_item *items;
	struct calendar *v;
	size_t i, n;
	int r;

	if ((r = level_list(l, "schedule.calendar", a, &items, &n)) != 0)
		return r;
	if ((v = arena_alloc(a, n + 1, sizeof(*v))) == NULL)
		return ERR_NOMEM;
	for (i = 0; i < n; i++)
		if ((r = calendar_parse(config_setting_get_string(items[i].s),
		    &v[i], why)) != 0)
			return r;
	listp->v = v;
	listp->n = n;
	return 0;
}

static int
settle_window(const struct levels *l, struct arena *a,
    struct window_list *listp)
{
	char why[WINDOW_WHY_MAX];
	const struct level_item *items;
	struct window *v;
	size_t i, n;
	int r;

	if ((r = level_list(l, "schedule.window", a, &items, &n)) != 0)
		return r;
	if ((v = arena_alloc(a, n + 1, sizeof(*v))) == NULL)
		return ERR_NOMEM;
	for (i = 0; i < n; i++)
		if ((r = window_parse(config_setting_get_string(items[i].s),
		    &v[i], why)) != 0)
			return r;
	listp->v = v;
	listp->n = n;
	return 0;
}

static int
settle_hooks(const struct levels *l, const char *key, struct arena *a,
    struct policy_hooks *hooksp)
{
	const config_setting_t *all = level_member(l->v[LEVEL_SET], key);
	const config_setting_t *s, *m;
	size_t i, n = level_length(all);
	char timeout[32];
	struct policy_hook *v;
	const char *use;

	snprintf(timeout, sizeof(timeout), "%s[].timeout", key);
	if ((v = arena_alloc(a, n + 1, sizeof(*v))) == NULL)
		return ERR_NOMEM;
	for (i = 0; i < n; i++) {
		s = config_setting_get_elem(all, (unsigned int)i);
		use = config_setting_get_string(level_member(s, "use"));
		v[i].use = arena_strndup(a, use, strlen(use));
		if (v[i].use == NULL)
			return ERR_NOMEM;
		v[i].timeout = whole(level_member(s, "timeout"),
		    find_row(timeout));
		if ((m = level_member(s, "on_fail")) != NULL)
			v[i].warns = whole(m, find_row(
			    "before[].on_fail")) != 0;
		if ((m = level_member(s, "always")) != NULL)
			v[i].always = config_setting_get_bool(m) != 0;
	}
	hooksp->v = v;
	hooksp->n = n;
	return 0;
}

int
settle_source(const struct levels *l, struct arena *a,
    struct policy_source *src)
{
	int r;

	settle_fields(l, source_fields, sizeof(source_fields) /
	    sizeof(source_fields[0]), src);
	if ((r = settle_calendar(l, a, &src->schedule.calendar)) != 0 ||
	    (r = settle_window(l, a, &src->schedule.window)) != 0 ||
	    (r = settle_hooks(l, "before", a, &src->before)) != 0)
		return r;
	return settle_hooks(l, "after", a, &src->after);
}

static int
bandwidth(const struct levels *l, struct arena *a,
    struct policy_bandwidths *bp)
{
	char why[WINDOW_WHY_MAX];
	const struct level_item *items;
	struct policy_bandwidth *v;
	size_t i, n;
	int r;

	if ((r = level_list(l, "bandwidth", a, &items, &n)) != 0)
		return r;
	if ((v = arena_alloc(a, n + 1, sizeof(*v))) == NULL)
		return ERR_NOMEM;
	for (i = 0; i < n; i++) {
		v[i].limit = whole(level_member(items[i].s, "limit"),
		    find_row("bandwidth[].limit"));
		if ((r = window_parse(config_setting_get_string(level_member(
		    items[i].s, "window")), &v[i].window, why)) != 0)
			return r;
	}
	bp->v = v;
	bp->n = n;
	return 0;
}

int
settle_host(const struct levels *l, struct arena *a, struct policy_host *h)
{
	settle_fields(l, host_fields, sizeof(host_fields) /
	    sizeof(host_fields[0]), h);
	return bandwidth(l, a, &h->bandwidth);
}

int
settle_bandwidth(const config_setting_t *s, struct arena *a,
    struct policy_bandwidths *bp)
{
	const struct levels alone = { .v = { [LEVEL_HOST] = s } };

	return bandwidth(&alone, a, bp);
}

int
settle_parallel(const config_setting_t *s)
{
	const config_setting_t *m = level_member(s, "schedule.max_parallel");

	return m != NULL ? config_setting_get_int(m) : 0;
}

int
settle_percent(const config_setting_t *s, const char *name, const char *row)
{
	return (int)whole(level_member(s, name), find_row(row));
}

int64_t
settle_whole(const config_setting_t *s, const char *name, const char *row)
{
	const struct schema_key *k = find_row(row);
	const config_setting_t *m = level_member(s, name);

	return m != NULL || k->fallback != NULL ? whole(m, k) : 0;
}

int
settle_holidays(const config_setting_t *s, struct arena *a,
    struct workday_list *listp)
{
	size_t i, n = level_length(s);
	struct workday_span *v;
	int r;

	if ((v = arena_alloc(a, n + 1, sizeof(*v))) == NULL)
		return ERR_NOMEM;
	for (i = 0; i < n; i++)
		if ((r = workday_parse(config_setting_get_string_elem(s,
		    (int)i), &v[i])) != 0)
			return r;
	listp->v = v;
	listp->n = n;
	return 0;
}
