/* build.c: the typed policy, with inheritance done, from libconfig's tree. */
#include <stdio.h>
#include <string.h>

#include "policy/settle.h"

#define PARALLEL_FALLBACK 4	/* as schema.c has it */
#define CACHE_REMOTE (INT64_C(1) << 30)	/* as schema.c says */
#define POLICY_HOST_MAX 300
#define POLICY_URL_MAX 4096

struct build {
	struct arena *arena;
	struct policy *policy;
	config_t cfg;
	bool	 oom;
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

static const char *
string(struct build *b, const config_setting_t *s, const char *name,
    const char *fallback)
{
	const config_setting_t *m = level_member(s, name);

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

/* The innermost setting, or NULL. */
static const config_setting_t *
inherit(const struct levels *l, const char *path)
{
	enum level level;

	return level_find(l, path, &level);
}

/* A list of strings through the levels. */
static struct policy_list
inherit_list(struct build *b, const struct levels *l, const char *path)
{
	struct policy_list list = { NULL, 0 };
	const struct level_item *items;
	const char **v;
	size_t i, n;

	if (level_list(l, path, b->arena, &items, &n) != 0) {
		b->oom = true;
		return list;
	}
	if ((v = array(b, n + 1, sizeof(*v))) == NULL)
		return list;
	for (i = 0; i < n; i++)
		v[i] = copy(b, config_setting_get_string(items[i].s));
	list.v = v;
	list.n = n;
	return list;
}

static struct policy_list
own_list(struct build *b, const config_setting_t *s, const char *name)
{
	struct levels alone = { .v = { [LEVEL_HOST] = s } };

	return inherit_list(b, &alone, name);
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
	size_t n = level_length(all), i;
	struct policy_set *sets;

	if ((sets = array(b, n + 1, sizeof(*sets))) == NULL)
		return;
	for (i = 0; i < n; i++) {
		s = config_setting_get_elem(all, (unsigned int)i);
		sets[i].name = copy(b, config_setting_name(s));
		sets[i].paths = own_list(b, s, "paths");
		sets[i].exclude = own_list(b, s, "exclude");
		sets[i].exclude_caches = truth(level_member(s,
		    "exclude_caches"), false);
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
build_source(struct build *b, const struct levels *host, const char *name,
    const struct policy_host *h, struct policy_source *src)
{
	const config_setting_t *m;
	struct levels l = *host;
	size_t i = 0;

	src->set = find_set(b, name, &i);
	l.v[LEVEL_SET] = config_setting_get_elem(config_lookup(&b->cfg,
	    "sets"), (unsigned int)i);
	src->exclude = inherit_list(b, &l, "exclude");
	src->exclude_caches = src->set->exclude_caches;
	m = level_member(l.v[LEVEL_SET], "one_file_system");
	if (m == NULL || level_member(l.v[LEVEL_SET],
	    "limits.one_file_system") != NULL)
		m = inherit(&l, "limits.one_file_system");
	src->one_file_system = truth(m, false);
	m = inherit(host, "compression.method");
	src->compression.method = copy(b, m != NULL ?
	    config_setting_get_string(m) : "zstd");
	m = inherit(host, "compression.level");
	src->compression.level = m != NULL ? config_setting_get_int(m) : 3;
	src->delta = delta_of(inherit(&l, "delta"));
	src->schedule.host = h->name;
	src->schedule.set = src->set->name;
	src->schedule.holidays = b->policy->office.holidays;
	if (settle_source(&l, b->arena, src) != 0)
		b->oom = true;
}

static void
build_sources(struct build *b, const struct levels *l, struct policy_host *h)
{
	struct policy_list names = inherit_list(b, l, "sets");
	struct policy_source *v;
	size_t i;

	if ((v = array(b, names.n + 1, sizeof(*v))) == NULL)
		return;
	for (i = 0; i < names.n && !b->oom; i++)
		build_source(b, l, names.v[i], h, &v[i]);
	h->sources = v;
	h->nsources = names.n;
}

static const char *
inherit_string(struct build *b, const struct levels *l, const char *name,
    const char *fallback)
{
	const config_setting_t *m = inherit(l, name);

	return copy(b, m != NULL ? config_setting_get_string(m) : fallback);
}

static void
build_host(struct build *b, const config_setting_t *s, struct policy_host *h)
{
	struct levels l = { 0 };
	const config_setting_t *m;

	h->name = string(b, s, "name", NULL);
	h->group = string(b, s, "group", NULL);
	h->address = string(b, s, "address", NULL);
	h->host_keys = own_list(b, s, "host_key");
	h->enabled = truth(level_member(s, "enabled"), true);
	h->max_parallel = settle_parallel(s);
	h->line = config_setting_source_line(s);
	l.v[LEVEL_DEFAULTS] = config_lookup(&b->cfg, "defaults");
	if (h->group != NULL)
		l.v[LEVEL_GROUP] = config_setting_get_member(config_lookup(
		    &b->cfg, "groups"), h->group);
	l.v[LEVEL_HOST] = s;
	m = inherit(&l, "port");
	h->port = m != NULL ? (uint16_t)config_setting_get_int(m) : 22;
	h->user = inherit_string(b, &l, "user", "backup");
	h->agent = inherit_string(b, &l, "agent", "backup-agent serve");
	h->sftp = h->agent != NULL && strcmp(h->agent, POLICY_NO_AGENT) == 0;
	m = inherit(&l, "identity");
	h->identity = path(b, m != NULL ? config_setting_get_string(m) :
	    "keys/id_ed25519");
	m = inherit(&l, "transport");
	h->transport = m != NULL && strcmp(config_setting_get_string(m),
	    "openssh") == 0 ? POLICY_TRANSPORT_OPENSSH :
	    POLICY_TRANSPORT_LIBSSH2;
	if (settle_host(&l, b->arena, h) != 0)
		b->oom = true;
	build_sources(b, &l, h);
}

static void
build_groups(struct build *b)
{
	const config_setting_t *all = config_lookup(&b->cfg, "groups"), *s;
	size_t n = level_length(all), i;
	struct policy_group *groups;

	if ((groups = array(b, n + 1, sizeof(*groups))) == NULL)
		return;
	for (i = 0; i < n; i++) {
		s = config_setting_get_elem(all, (unsigned int)i);
		groups[i].name = copy(b, config_setting_name(s));
		groups[i].label = string(b, s, "label", "");
		groups[i].max_parallel = settle_parallel(s);
		groups[i].line = config_setting_source_line(s);
	}
	b->policy->groups = groups;
	b->policy->ngroups = n;
}

static void
build_hosts(struct build *b)
{
	const config_setting_t *all = config_lookup(&b->cfg, "hosts");
	size_t n = level_length(all), i;
	struct policy_host *hosts;

	if ((hosts = array(b, n + 1, sizeof(*hosts))) == NULL)
		return;
	for (i = 0; i < n && !b->oom; i++)
		build_host(b, config_setting_get_elem(all, (unsigned int)i),
		    &hosts[i]);
	b->policy->hosts = hosts;
	b->policy->nhosts = n;
}

/* A path of this machine, where the setting has one. */
static const char *
own_path(struct build *b, const config_setting_t *s, const char *name)
{
	const config_setting_t *m = level_member(s, name);

	return m != NULL ? path(b, config_setting_get_string(m)) : NULL;
}

/* HOST or HOST:PORT of a URL. */
static void
url_host(const config_setting_t *s, char *out, size_t len)
{
	const config_setting_t *m = level_member(s, "address");
	const char *host = m != NULL ? config_setting_get_string(m) : "";
	bool bare = strchr(host, ':') != NULL && host[0] != '[';
	size_t n;

	n = (size_t)snprintf(out, len, "%s%s%s", bare ? "[" : "", host,
	    bare ? "]" : "");
	if ((m = level_member(s, "port")) != NULL && n < len)
		snprintf(out + n, len - n, ":%d", config_setting_get_int(m));
}

static const char *
member_text(const config_setting_t *s, const char *name)
{
	const config_setting_t *m = level_member(s, name);

	return m != NULL ? config_setting_get_string(m) : "";
}

static const char *
target_url(struct build *b, const config_setting_t *s,
    const struct policy_target *t)
{
	char host[POLICY_HOST_MAX], url[POLICY_URL_MAX];
	const char *prefix = member_text(s, "prefix");

	if (t->type == POLICY_TARGET_DIR || t->type == POLICY_TARGET_REMOVABLE)
		return t->path;
	url_host(s, host, sizeof(host));
	if (t->type == POLICY_TARGET_SFTP)
		snprintf(url, sizeof(url), "sftp://%s@%s%s",
		    member_text(s, "user"), host, member_text(s, "path"));
	else
		snprintf(url, sizeof(url), "s3%s://%s/%s%s%s",
		    truth(level_member(s, "tls"), true) ? "" : "+http", host,
		    member_text(s, "bucket"), prefix[0] != '\0' ? "/" : "",
		    prefix);
	return copy(b, url);
}

static enum policy_target_type
target_type(const char *kind)
{
	if (strcmp(kind, "removable") == 0)
		return POLICY_TARGET_REMOVABLE;
	if (strcmp(kind, "sftp") == 0)
		return POLICY_TARGET_SFTP;
	if (strcmp(kind, "s3") == 0)
		return POLICY_TARGET_S3;
	return POLICY_TARGET_DIR;
}

/* What only copies have. */
static void
target_copy(struct build *b, const config_setting_t *s,
    struct policy_target *t)
{
	const config_setting_t *m = level_member(s, "every");
	char why[CALENDAR_WHY_MAX];
	struct calendar *c;

	t->offline = truth(level_member(s, "offline"), false) ||
	    t->type == POLICY_TARGET_REMOVABLE;
	t->max_age = settle_whole(s, "max_age", "targets[].max_age");
	if (m == NULL || (c = array(b, 1, sizeof(*c))) == NULL)
		return;
	/* It was checked. */
	if (calendar_parse(config_setting_get_string(m), c, why) == 0)
		t->every = (struct calendar_list){ c, 1 };
}

static void
build_target(struct build *b, const config_setting_t *s, bool only,
    struct policy_target *t)
{
	const config_setting_t *m;
	char key[POLICY_NAME_MAX + 16];
	struct policy_list pinned;

	t->name = string(b, s, "name", NULL);
	t->line = config_setting_source_line(s);
	if ((t->kind = string(b, s, "type", "dir")) == NULL)
		return;
	t->type = target_type(t->kind);
	m = level_member(s, "role");
	t->offsite = truth(level_member(s, "offsite"), false);
	t->primary = m != NULL ? strcmp(config_setting_get_string(m),
	    "primary") == 0 : only;
	if (t->type == POLICY_TARGET_DIR || t->type == POLICY_TARGET_REMOVABLE)
		t->path = own_path(b, s, "path");
	t->url = target_url(b, s, t);
	t->identity = own_path(b, s, "identity");
	pinned = own_list(b, s, "host_key");
	t->host_key = pinned.n > 0 ? pinned.v[0] : NULL;
	t->credentials = own_path(b, s, "credentials");
	t->ca_file = own_path(b, s, "ca_file");
	t->region = string(b, s, "region", NULL);
	t->lock = settle_whole(s, "lock", "targets[].lock");
	t->min_free = settle_percent(s, "min_free", "targets[].min_free");
	if ((m = level_member(s, "max_parallel")) != NULL)
		t->max_parallel = config_setting_get_int(m);
	t->max_connections = (int)settle_whole(s, "max_connections",
	    "targets[].max_connections");
	t->cache = level_member(s, "cache") != NULL ? settle_whole(s,
	    "cache", "targets[].cache") : t->type == POLICY_TARGET_SFTP ||
	    t->type == POLICY_TARGET_S3 ? CACHE_REMOTE : 0;
	if (settle_bandwidth(s, b->arena, &t->bandwidth) != 0)
		b->oom = true;
	target_copy(b, s, t);
	m = level_member(s, "key_file");
	snprintf(key, sizeof(key), "keys/%s.key", t->name != NULL ? t->name :
	    "");
	t->key_file = path(b, m != NULL ? config_setting_get_string(m) : key);
}

static void
build_targets(struct build *b)
{
	const config_setting_t *all = config_lookup(&b->cfg, "targets");
	size_t n = level_length(all), i;
	struct policy_target *targets;

	if ((targets = array(b, n + 1, sizeof(*targets))) == NULL)
		return;
	for (i = 0; i < n && !b->oom; i++)
		build_target(b, config_setting_get_elem(all, (unsigned int)i),
		    n == 1, &targets[i]);
	b->policy->targets = targets;
	b->policy->ntargets = n;
}

static void
build_require(struct build *b)
{
	const config_setting_t *s = config_lookup(&b->cfg, "require_copies");
	struct posture_need *n = &b->policy->require;

	n->total = (int)settle_whole(s, "total", "require_copies.total");
	n->media = (int)settle_whole(s, "media", "require_copies.media");
	n->offsite = (int)settle_whole(s, "offsite",
	    "require_copies.offsite");
	n->offline = (int)settle_whole(s, "offline",
	    "require_copies.offline");
}

int
policy_libconfig(struct config_t *cfg, const char *text,
    struct policy_report *r)
{
	struct place at = { 0 };

	if (config_read_string(cfg, text) == CONFIG_TRUE)
		return 0;
	at.line = (unsigned int)config_error_line(cfg);
	at.col = at.width = 1;
	report_add(r, POLICY_P005_SYNTAX, &at, "", "%s",
	    config_error_text(cfg));
	return ERR_CONFIG;
}

static int
build_office(struct build *b)
{
	const config_setting_t *office = config_lookup(&b->cfg, "office");
	const config_setting_t *access = config_lookup(&b->cfg, "access");
	int parallel = settle_parallel(config_lookup(&b->cfg, "defaults"));

	b->policy->office.name = string(b, office, "name", "");
	b->policy->office.timezone = string(b, office, "timezone", "");
	b->policy->office.language = string(b, office, "language", "");
	b->policy->access.viewers = own_list(b, access, "viewers");
	b->policy->access.operators = own_list(b, access, "operators");
	b->policy->access.admins = own_list(b, access, "admins");
	b->policy->max_parallel = parallel > 0 ? parallel :
	    PARALLEL_FALLBACK;
	return settle_holidays(level_member(office, "holidays"), b->arena,
	    &b->policy->office.holidays);
}

int
policy_build(const char *text, const char *dir, struct arena *a,
    struct policy_report *r, struct policy **pp)
{
	struct build b = { .arena = a };
	int err;

	if ((b.policy = array(&b, 1, sizeof(*b.policy))) == NULL)
		return ERR_NOMEM;
	b.policy->dir = dir;
	config_init(&b.cfg);
	if ((err = policy_libconfig(&b.cfg, text, r)) != 0 ||
	    (err = build_office(&b)) != 0)
		goto out;
	build_sets(&b);
	if (!b.oom)
		build_groups(&b);
	if (!b.oom)
		build_hosts(&b);
	if (!b.oom)
		build_targets(&b);
	build_require(&b);
	if (b.oom) {
		err = ERR_NOMEM;
		goto out;
	}
	*pp = b.policy;
 out:
	config_destroy(&b.cfg);
	return err;
}
