/* build.c: the typed policy, with inheritance done, from libconfig's tree. */
#include <libconfig.h>
#include <stdio.h>
#include <string.h>

#include "policy/internal.h"
#include "policy/quantity.h"

#define LEVELS 3		/* defaults, group, host */
#define WRONG_MAX 256

struct build {
	struct arena *arena;
	struct policy *policy;
	config_t cfg;
	bool	 oom;
	char	 wrong[WRONG_MAX];	/* what no check has found before */
};

static char *
copy(struct build *b, const char *s)
{
	char *p = arena_strndup(b->arena, s, strlen(s));

	if (p == NULL)
		b->oom = true;
	return p;
}

static void *
array(struct build *b, size_t n, size_t size)
{
	void *p = arena_alloc(b->arena, n, size);

	if (p == NULL)
		b->oom = true;
	return p;
}

static size_t
length(const config_setting_t *s)
{
	return s == NULL ? 0 : (size_t)config_setting_length(s);
}

static const config_setting_t *
member(const config_setting_t *s, const char *name)
{
	return s == NULL ? NULL : config_setting_get_member(s, name);
}

static const char *
string(struct build *b, const config_setting_t *s, const char *name,
    const char *fallback)
{
	const config_setting_t *m = member(s, name);

	if (m != NULL)
		return copy(b, config_setting_get_string(m));
	return fallback != NULL ? copy(b, fallback) : NULL;
}

/* A path, relative to the directory of the policy file. */
static const char *
path(struct build *b, const char *text)
{
	size_t len;
	char *p;

	if (text[0] == '/')
		return copy(b, text);
	len = strlen(b->policy->dir) + strlen(text) + 2;
	if ((p = array(b, len, 1)) != NULL)
		snprintf(p, len, "%s/%s", b->policy->dir, text);
	return p;
}

static bool
list_has(const char *const *v, size_t n, const char *word)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(v[i], word) == 0)
			return true;
	return false;
}

/* Append the strings of s to v, each once; the new length. */
static size_t
append(struct build *b, const char **v, size_t n, const config_setting_t *s)
{
	const char *word;
	size_t i, len = length(s);

	for (i = 0; i < len; i++) {
		word = config_setting_get_string_elem(s, (int)i);
		if (!list_has(v, n, word))
			v[n++] = copy(b, word);
	}
	return n;
}

/* The innermost level that has the key. */
static const config_setting_t *
inherit(const config_setting_t *const levels[LEVELS], const char *group,
    const char *name)
{
	const config_setting_t *m, *found = NULL;
	size_t i;

	for (i = 0; i < LEVELS; i++) {
		m = group == NULL ? levels[i] : member(levels[i], group);
		if ((m = member(m, name)) != NULL)
			found = m;
	}
	return found;
}

/*
 * A list through the levels and then last: KEY replaces what was inherited,
 * KEY_add appends to it.
 */
static struct policy_list
inherit_list(struct build *b, const config_setting_t *const levels[LEVELS],
    const char *name, const config_setting_t *last)
{
	struct policy_list list = { NULL, 0 };
	const config_setting_t *m;
	size_t i, n = 0, room = length(last);
	char add[64];
	const char **v;

	snprintf(add, sizeof(add), "%s_add", name);
	for (i = 0; i < LEVELS; i++)
		room += length(member(levels[i], name)) +
		    length(member(levels[i], add));
	if ((v = array(b, room + 1, sizeof(*v))) == NULL)
		return list;
	for (i = 0; i < LEVELS; i++) {
		if ((m = member(levels[i], name)) != NULL)
			n = append(b, v, 0, m);
		n = append(b, v, n, member(levels[i], add));
	}
	list.n = append(b, v, n, last);
	list.v = v;
	return list;
}

static struct policy_list
own_list(struct build *b, const config_setting_t *s, const char *name)
{
	static const config_setting_t *const none[LEVELS];

	return inherit_list(b, none, name, member(s, name));
}

static bool
truth(const config_setting_t *s, bool fallback)
{
	return s == NULL ? fallback : config_setting_get_bool(s) != 0;
}

static void
build_sets(struct build *b)
{
	const config_setting_t *all = config_lookup(&b->cfg, "sets"), *s;
	size_t n = length(all), i;
	struct policy_set *sets;

	if ((sets = array(b, n + 1, sizeof(*sets))) == NULL)
		return;
	for (i = 0; i < n; i++) {
		s = config_setting_get_elem(all, (unsigned int)i);
		sets[i].name = copy(b, config_setting_name(s));
		sets[i].paths = own_list(b, s, "paths");
		sets[i].exclude = own_list(b, s, "exclude");
		sets[i].exclude_caches = truth(member(s, "exclude_caches"),
		    false);
		sets[i].line = config_setting_source_line(s);
	}
	b->policy->sets = sets;
	b->policy->nsets = n;
}

static const struct policy_set *
find_set(const struct build *b, const char *name, size_t *ip)
{
	size_t i;

	for (i = 0; i < b->policy->nsets; i++)
		if (strcmp(b->policy->sets[i].name, name) == 0) {
			*ip = i;
			return &b->policy->sets[i];
		}
	return NULL;
}

static enum policy_delta
delta_of(const config_setting_t *s)
{
	const char *word = s != NULL ? config_setting_get_string(s) : "auto";

	if (strcmp(word, "always") == 0)
		return POLICY_DELTA_ALWAYS;
	return strcmp(word, "never") == 0 ? POLICY_DELTA_NEVER :
	    POLICY_DELTA_AUTO;
}

static void
wrong(struct build *b, const char *text, const char *why)
{
	snprintf(b->wrong, sizeof(b->wrong), "\"%.64s\": %s", text, why);
}

/* What `schedule` says at the levels and, last, in the set. */
struct timing {
	const config_setting_t *levels[LEVELS];
	const config_setting_t *set;
};

/* The innermost value of NAME, or of GROUP.NAME, in `schedule`; or NULL. */
static const config_setting_t *
timing(const struct timing *t, const char *group, const char *name)
{
	const config_setting_t *m = group == NULL ? t->set :
	    member(t->set, group);

	m = member(m, name);
	return m != NULL ? m : inherit(t->levels, group, name);
}

static struct policy_list
timing_list(struct build *b, const struct timing *t, const char *name)
{
	if (member(t->set, name) != NULL)
		return own_list(b, t->set, name);
	return inherit_list(b, t->levels, name, NULL);
}

static bool
timing_word(const struct timing *t, const char *name, const char *word)
{
	const config_setting_t *m = timing(t, NULL, name);

	return m != NULL && strcmp(config_setting_get_string(m), word) == 0;
}

static int
timing_int(const struct timing *t, const char *group, const char *name,
    int fallback)
{
	const config_setting_t *m = timing(t, group, name);

	return m != NULL ? config_setting_get_int(m) : fallback;
}

static int64_t
timing_seconds(struct build *b, const struct timing *t, const char *group,
    const char *name, int64_t fallback)
{
	const config_setting_t *m = timing(t, group, name);
	int64_t v = fallback;

	if (m != NULL && quantity_parse(config_setting_get_string(m),
	    QUANTITY_TIME, &v) != 0)
		wrong(b, config_setting_get_string(m), "not a time");
	return v;
}

static struct calendar_list
build_calendars(struct build *b, struct policy_list texts)
{
	struct calendar_list list = { NULL, 0 };
	char why[CALENDAR_WHY_MAX];
	struct calendar *v;
	size_t i;

	if ((v = array(b, texts.n + 1, sizeof(*v))) == NULL)
		return list;
	for (i = 0; i < texts.n && !b->oom; i++)
		if (calendar_parse(texts.v[i], &v[i], why) != 0)
			wrong(b, texts.v[i], why);
	list.v = v;
	list.n = texts.n;
	return list;
}

static struct window_list
build_windows(struct build *b, struct policy_list texts)
{
	struct window_list list = { NULL, 0 };
	char why[WINDOW_WHY_MAX];
	struct window *v;
	size_t i;

	if ((v = array(b, texts.n + 1, sizeof(*v))) == NULL)
		return list;
	for (i = 0; i < texts.n && !b->oom; i++)
		if (window_parse(texts.v[i], &v[i], why) != 0)
			wrong(b, texts.v[i], why);
	list.v = v;
	list.n = texts.n;
	return list;
}

static struct workday_list
build_holidays(struct build *b, struct policy_list texts)
{
	struct workday_list list = { NULL, 0 };
	struct workday_span *v;
	size_t i;

	if ((v = array(b, texts.n + 1, sizeof(*v))) == NULL)
		return list;
	for (i = 0; i < texts.n && !b->oom; i++)
		if (workday_parse(texts.v[i], &v[i]) != 0)
			wrong(b, texts.v[i], "not a day or FIRST..LAST");
	list.v = v;
	list.n = texts.n;
	return list;
}

static void
build_schedule(struct build *b, const struct timing *t, struct schedule *s)
{
	const config_setting_t *m;

	s->calendar = build_calendars(b, timing_list(b, t, "calendar"));
	s->window = build_windows(b, timing_list(b, t, "window"));
	s->at_end = timing_word(t, "at_window_end", "finish") ?
	    SCHEDULE_END_FINISH : timing_word(t, "at_window_end", "stop") ?
	    SCHEDULE_END_STOP : SCHEDULE_END_PAUSE;
	s->jitter = timing_seconds(b, t, NULL, "jitter", 0);
	s->catch_up = !timing_word(t, "catch_up", "no");
	s->retry.times = timing_int(t, "retry", "times", 4);
	s->retry.first = timing_seconds(b, t, "retry", "first", 5 * 60);
	m = timing(t, "retry", "factor");
	s->retry.factor = m == NULL ? 2.0 :
	    config_setting_type(m) == CONFIG_TYPE_INT ?
	    config_setting_get_int(m) : config_setting_get_float(m);
	s->retry.max = timing_seconds(b, t, "retry", "max", 60 * 60);
	s->rpo = timing_seconds(b, t, NULL, "rpo", 0);
	s->rpo_working_days = timing_word(t, "rpo_clock", "working_days");
	s->rto = timing_seconds(b, t, NULL, "rto", 0);
	s->max_parallel = timing_int(t, NULL, "max_parallel", 4);
	s->priority = timing_int(t, NULL, "priority", 5);
	s->holidays = b->policy->office.holidays;
}

/* What a set says of itself comes after all that it inherits. */
static void
build_source(struct build *b, const config_setting_t *const levels[LEVELS],
    const char *name, struct policy_source *src)
{
	struct timing t;
	const config_setting_t *m, *set;
	size_t i = 0;

	src->set = find_set(b, name, &i);
	set = config_setting_get_elem(config_lookup(&b->cfg, "sets"),
	    (unsigned int)i);
	src->exclude = inherit_list(b, levels, "exclude",
	    member(set, "exclude"));
	src->exclude_caches = src->set->exclude_caches;
	src->one_file_system = truth(inherit(levels, "limits",
	    "one_file_system"), false);
	if ((m = member(member(set, "limits"), "one_file_system")) != NULL ||
	    (m = member(set, "one_file_system")) != NULL)
		src->one_file_system = truth(m, false);
	m = inherit(levels, "compression", "method");
	src->compression.method = copy(b, m != NULL ?
	    config_setting_get_string(m) : "zstd");
	m = inherit(levels, "compression", "level");
	src->compression.level = m != NULL ? config_setting_get_int(m) : 3;
	if ((m = member(set, "delta")) == NULL)
		m = inherit(levels, NULL, "delta");
	src->delta = delta_of(m);
	for (i = 0; i < LEVELS; i++)
		t.levels[i] = member(levels[i], "schedule");
	t.set = member(set, "schedule");
	build_schedule(b, &t, &src->schedule);
	src->schedule.set = src->set->name;
}

static void
build_sources(struct build *b, const config_setting_t *const levels[LEVELS],
    struct policy_host *h)
{
	struct policy_list names = inherit_list(b, levels, "sets", NULL);
	struct policy_source *v;
	size_t i;

	if ((v = array(b, names.n + 1, sizeof(*v))) == NULL)
		return;
	for (i = 0; i < names.n && !b->oom; i++)
		build_source(b, levels, names.v[i], &v[i]);
	for (i = 0; i < names.n; i++)
		v[i].schedule.host = h->name;
	h->sources = v;
	h->nsources = names.n;
}

static const char *
inherit_string(struct build *b, const config_setting_t *const levels[LEVELS],
    const char *name, const char *fallback)
{
	const config_setting_t *m = inherit(levels, NULL, name);

	return copy(b, m != NULL ? config_setting_get_string(m) : fallback);
}

static void
build_host(struct build *b, const config_setting_t *s, struct policy_host *h)
{
	const config_setting_t *levels[LEVELS] = { 0 }, *m;

	h->name = string(b, s, "name", NULL);
	h->group = string(b, s, "group", NULL);
	h->address = string(b, s, "address", NULL);
	h->host_keys = own_list(b, s, "host_key");
	h->enabled = truth(member(s, "enabled"), true);
	h->line = config_setting_source_line(s);
	levels[0] = config_lookup(&b->cfg, "defaults");
	if (h->group != NULL)
		levels[1] = member(config_lookup(&b->cfg, "groups"),
		    h->group);
	levels[2] = s;
	m = inherit(levels, NULL, "port");
	h->port = m != NULL ? (uint16_t)config_setting_get_int(m) : 22;
	h->user = inherit_string(b, levels, "user", "backup");
	h->agent = inherit_string(b, levels, "agent", "backup-agent serve");
	m = inherit(levels, NULL, "identity");
	h->identity = path(b, m != NULL ? config_setting_get_string(m) :
	    "keys/id_ed25519");
	m = inherit(levels, NULL, "transport");
	h->transport = m != NULL && strcmp(config_setting_get_string(m),
	    "openssh") == 0 ? POLICY_TRANSPORT_OPENSSH :
	    POLICY_TRANSPORT_LIBSSH2;
	build_sources(b, levels, h);
}

static void
build_hosts(struct build *b)
{
	const config_setting_t *all = config_lookup(&b->cfg, "hosts");
	size_t n = length(all), i;
	struct policy_host *hosts;

	if ((hosts = array(b, n + 1, sizeof(*hosts))) == NULL)
		return;
	for (i = 0; i < n && !b->oom; i++)
		build_host(b, config_setting_get_elem(all, (unsigned int)i),
		    &hosts[i]);
	b->policy->hosts = hosts;
	b->policy->nhosts = n;
}

static void
build_target(struct build *b, const config_setting_t *s, bool only,
    struct policy_target *t)
{
	const config_setting_t *m;
	char key[POLICY_NAME_MAX + 16];

	t->name = string(b, s, "name", NULL);
	t->line = config_setting_source_line(s);
	m = member(s, "type");
	t->type = m != NULL && strcmp(config_setting_get_string(m), "dir") ==
	    0 ? POLICY_TARGET_DIR : POLICY_TARGET_OTHER;
	m = member(s, "role");
	t->primary = m != NULL ? strcmp(config_setting_get_string(m),
	    "primary") == 0 : only;
	if (t->type == POLICY_TARGET_DIR)
		t->path = path(b, config_setting_get_string(member(s,
		    "path")));
	m = member(s, "key_file");
	snprintf(key, sizeof(key), "keys/%s.key", t->name != NULL ? t->name :
	    "");
	t->key_file = path(b, m != NULL ? config_setting_get_string(m) : key);
}

static void
build_targets(struct build *b)
{
	const config_setting_t *all = config_lookup(&b->cfg, "targets");
	size_t n = length(all), i;
	struct policy_target *targets;

	if ((targets = array(b, n + 1, sizeof(*targets))) == NULL)
		return;
	for (i = 0; i < n && !b->oom; i++)
		build_target(b, config_setting_get_elem(all, (unsigned int)i),
		    n == 1, &targets[i]);
	b->policy->targets = targets;
	b->policy->ntargets = n;
}

/* Our own reading found no mistake, but libconfig has the last word. */
static int
read_text(struct build *b, const char *text, struct policy_report *r)
{
	struct place at = { 0 };

	if (config_read_string(&b->cfg, text) == CONFIG_TRUE)
		return 0;
	at.line = (unsigned int)config_error_line(&b->cfg);
	at.col = at.width = 1;
	report_add(r, POLICY_P005_SYNTAX, &at, "", "%s",
	    config_error_text(&b->cfg));
	return ERR_CONFIG;
}

int
policy_build(const char *text, const char *dir, struct arena *a,
    struct policy_report *r, struct policy **pp)
{
	struct build b = { .arena = a };
	const config_setting_t *office;
	int err;

	if ((b.policy = array(&b, 1, sizeof(*b.policy))) == NULL)
		return ERR_NOMEM;
	b.policy->dir = dir;
	config_init(&b.cfg);
	if ((err = read_text(&b, text, r)) != 0)
		goto out;
	office = config_lookup(&b.cfg, "office");
	b.policy->office.name = string(&b, office, "name", "");
	b.policy->office.timezone = string(&b, office, "timezone", "");
	b.policy->office.language = string(&b, office, "language", "");
	b.policy->office.holidays = build_holidays(&b, own_list(&b, office,
	    "holidays"));
	build_sets(&b);
	if (!b.oom)
		build_hosts(&b);
	if (!b.oom)
		build_targets(&b);
	if (b.oom) {
		err = ERR_NOMEM;
		goto out;
	}
	if (b.wrong[0] != '\0') {
		report_add(r, POLICY_P005_SYNTAX, NULL, "", "%s", b.wrong);
		err = ERR_CONFIG;
		goto out;
	}
	*pp = b.policy;
 out:
	config_destroy(&b.cfg);
	return err;
}
