/* effective.c: every value that holds for a host, and who said so. */
#include "policy/effective.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "policy/level.h"

#define TEXT_MAX 65536		/* of one value */

struct policy_effective {
	struct arena *arena;
	struct policy_value *v;
	size_t	 n;
};

struct settle {
	struct policy_effective *e;
	struct levels levels;
	const char *names[LEVELS];	/* of the group, host, set */
	const char *set;		/* whose values are looked for now */
	int	 err;			/* sticky */
};

static int setting_text(const config_setting_t *s, struct buf *b);

static int
put(struct buf *b, const char *text)
{
	return buf_put(b, text, strlen(text));
}

/* { name = value; ... } or ( value, ... ) */
static int
aggregate_text(const config_setting_t *s, struct buf *b)
{
	bool group = config_setting_is_group(s) != 0;
	size_t i, n = level_length(s);
	const config_setting_t *e;
	int r;

	if ((r = put(b, group ? "{ " : config_setting_is_array(s) ? "[ " :
	    "( ")) != 0)
		return r;
	for (i = 0; i < n; i++) {
		e = config_setting_get_elem(s, (unsigned int)i);
		if (group && ((r = put(b, config_setting_name(e))) != 0 ||
		    (r = put(b, " = ")) != 0))
			return r;
		if ((r = setting_text(e, b)) != 0 ||
		    (r = put(b, group ? "; " : i + 1 < n ? ", " : " ")) != 0)
			return r;
	}
	return put(b, group ? "}" : config_setting_is_array(s) ? "]" : ")");
}

/* A value inside another one: strings are quoted. */
static int
setting_text(const config_setting_t *s, struct buf *b)
{
	const char *p;
	char number[64];
	int r;

	switch (config_setting_type(s)) {
	case CONFIG_TYPE_STRING:
		r = put(b, "\"");
		for (p = config_setting_get_string(s); r == 0 && *p != '\0';
		    p++) {
			if (*p == '"' || *p == '\\')
				r = put(b, "\\");
			if (r == 0)
				r = buf_put(b, p, 1);
		}
		return r != 0 ? r : put(b, "\"");
	case CONFIG_TYPE_BOOL:
		return put(b, config_setting_get_bool(s) ? "true" : "false");
	case CONFIG_TYPE_FLOAT:
		snprintf(number, sizeof(number), "%g",
		    config_setting_get_float(s));
		return put(b, number);
	case CONFIG_TYPE_INT:
		snprintf(number, sizeof(number), "%d",
		    config_setting_get_int(s));
		return put(b, number);
	default:
		return aggregate_text(s, b);
	}
}

/* One item: a string as it is, all else as text of the policy. */
static const char *
item_text(struct settle *t, const config_setting_t *s)
{
	struct buf *b = NULL;
	const char *text = NULL;

	if (config_setting_type(s) == CONFIG_TYPE_STRING) {
		text = config_setting_get_string(s);
		text = arena_strndup(t->e->arena, text, strlen(text));
	} else if ((t->err = buf_new(TEXT_MAX, &b)) == 0 &&
	    (t->err = setting_text(s, b)) == 0)
		text = arena_strndup(t->e->arena, (const char *)buf_ptr(b),
		    buf_len(b));
	if (text == NULL && t->err == 0)
		t->err = ERR_NOMEM;
	buf_free(b);
	return text;
}

static struct policy_origin
origin(const struct settle *t, enum level level, const config_setting_t *s,
    bool added)
{
	static const char *const scopes[] = {
		"defaults", "group", "host", "set"
	};
	struct policy_origin o = { scopes[level], t->names[level], 0, added };

	o.line = config_setting_source_line(s);
	return o;
}

static struct policy_value *
value_new(struct settle *t, const struct schema_key *k, size_t n)
{
	struct policy_value *v = &t->e->v[t->e->n];

	v->items = arena_alloc(t->e->arena, n + 1, sizeof(*v->items));
	v->origins = arena_alloc(t->e->arena, n + 1, sizeof(*v->origins));
	if (v->items == NULL || v->origins == NULL) {
		t->err = ERR_NOMEM;
		return NULL;
	}
	v->key = k;
	v->set = t->set;
	t->e->n++;
	return v;
}

/* Where the same list said it, it is said once. */
static void
add_origin(struct policy_value *v, struct policy_origin o)
{
	const struct policy_origin *last = v->norigins == 0 ? NULL :
	    &v->origins[v->norigins - 1];

	if (last == NULL || last->line != o.line ||
	    last->scope != o.scope || last->added != o.added)
		v->origins[v->norigins++] = o;
}

/* What holds if nobody says anything: '|' separates elements of a list. */
static void
settle_fallback(struct settle *t, const struct schema_key *k)
{
	const char *s = k->fallback;
	bool plural = policy_schema_plural(k->type);
	struct policy_value *v;
	size_t len;
	char *item;

	if (s == NULL || (t->set != NULL && (k->scopes & SCOPE_HOSTS)) ||
	    (v = value_new(t, k, strlen(s))) == NULL)
		return;
	for (;; s += len + 1) {
		len = plural ? strcspn(s, "|") : strlen(s);
		if ((item = arena_strndup(t->e->arena, s, len)) == NULL) {
			t->err = ERR_NOMEM;
			return;
		}
		v->items[v->nitems++] = item;
		if (s[len] == '\0')
			return;
	}
}

static void
settle_list(struct settle *t, const struct schema_key *k)
{
	const struct level_item *items;
	struct policy_value *v;
	size_t i, n;
	bool own = t->set == NULL;

	if ((t->err = level_list(&t->levels, k->path, t->e->arena, &items,
	    &n)) != 0)
		return;
	for (i = 0; i < n; i++)
		own = own || items[i].level == LEVEL_SET;
	if (n == 0)
		settle_fallback(t, k);
	if (n == 0 || !own || (v = value_new(t, k, n)) == NULL)
		return;
	for (i = 0; i < n && t->err == 0; i++) {
		v->items[v->nitems++] = item_text(t, items[i].s);
		add_origin(v, origin(t, items[i].level, items[i].s,
		    items[i].added));
	}
}

static void
settle_scalar(struct settle *t, const struct schema_key *k)
{
	const config_setting_t *s;
	enum level level;
	struct policy_value *v;

	if ((s = level_find(&t->levels, k->path, &level)) == NULL) {
		settle_fallback(t, k);
		return;
	}
	if ((t->set != NULL && level != LEVEL_SET) ||
	    (v = value_new(t, k, 1)) == NULL)
		return;
	v->items[v->nitems++] = item_text(t, s);
	add_origin(v, origin(t, level, s, false));
}

/* All rows of these scopes, without the members of lists of groups. */
static void
settle_rows(struct settle *t, unsigned int scopes)
{
	const struct schema_key *k;
	size_t n;

	for (k = policy_schema(&n); n > 0 && t->err == 0; n--, k++) {
		if ((k->scopes & scopes) == 0 || k->type == TYPE_GROUP ||
		    strstr(k->path, "[]") != NULL ||
		    (k->scopes & SCOPE_TOP) != 0)
			continue;
		if (k->type == TYPE_LIST || policy_schema_plural(k->type))
			settle_list(t, k);
		else
			settle_scalar(t, k);
	}
}

static const config_setting_t *
find_host(const config_t *cfg, const char *name)
{
	const config_setting_t *all = config_lookup(cfg, "hosts"), *h;
	const char *word;
	size_t i;

	for (i = 0; i < level_length(all); i++) {
		h = config_setting_get_elem(all, (unsigned int)i);
		if (config_setting_lookup_string(h, "name", &word) &&
		    strcmp(word, name) == 0)
			return h;
	}
	return NULL;
}

static void
settle_host(struct settle *t, const config_t *cfg,
    const config_setting_t *host)
{
	const config_setting_t *sets = config_lookup(cfg, "sets");
	const struct level_item *names;
	const char *group = "", *name;
	size_t i, n;

	(void)config_setting_lookup_string(host, "name", &t->names[
	    LEVEL_HOST]);
	(void)config_setting_lookup_string(host, "group", &group);
	t->names[LEVEL_GROUP] = group;
	t->levels.v[LEVEL_DEFAULTS] = config_lookup(cfg, "defaults");
	t->levels.v[LEVEL_GROUP] = level_member(config_lookup(cfg, "groups"),
	    group[0] != '\0' ? group : "-");
	t->levels.v[LEVEL_HOST] = host;
	settle_rows(t, SCOPE_HOSTS);
	if (t->err != 0 || (t->err = level_list(&t->levels, "sets",
	    t->e->arena, &names, &n)) != 0)
		return;
	for (i = 0; i < n && t->err == 0; i++) {
		name = config_setting_get_string(names[i].s);
		t->levels.v[LEVEL_SET] = level_member(sets, name);
		name = arena_strndup(t->e->arena, name, strlen(name));
		t->set = t->names[LEVEL_SET] = name;
		if (name == NULL)
			t->err = ERR_NOMEM;
		else
			settle_rows(t, SCOPE_SETS);
	}
}

/* Names are borrowed from libconfig until here. */
static void
keep_names(struct settle *t)
{
	struct policy_origin *o;
	size_t i, j;

	for (i = 0; i < t->e->n && t->err == 0; i++)
		for (j = 0; j < t->e->v[i].norigins; j++) {
			o = &t->e->v[i].origins[j];
			o->name = arena_strndup(t->e->arena, o->name,
			    strlen(o->name));
			if (o->name == NULL)
				t->err = ERR_NOMEM;
		}
}

int
effective_build(const char *text, const char *host, struct policy_report *r,
    struct policy_effective **ep)
{
	struct settle t = { .names = { "", "", "", "" } };
	const config_setting_t *h;
	size_t n, nsets;
	config_t cfg;

	config_init(&cfg);
	if ((t.err = policy_libconfig(&cfg, text, r)) != 0)
		goto out;
	if ((h = find_host(&cfg, host)) == NULL) {
		t.err = ERR_NOENT;
		goto out;
	}
	nsets = level_length(config_lookup(&cfg, "sets"));
	(void)policy_schema(&n);
	if ((t.e = calloc(1, sizeof(*t.e))) == NULL ||
	    (t.e->v = calloc(n * (nsets + 1), sizeof(*t.e->v))) == NULL) {
		t.err = ERR_NOMEM;
		goto out;
	}
	if ((t.err = arena_new(&t.e->arena)) != 0)
		goto out;
	settle_host(&t, &cfg, h);
	keep_names(&t);
	if (t.err == 0) {
		*ep = t.e;
		t.e = NULL;		/* now the caller's */
	}
 out:
	policy_effective_free(t.e);
	config_destroy(&cfg);
	return t.err;
}

void
policy_effective_free(struct policy_effective *e)
{
	if (e == NULL)
		return;
	arena_free(e->arena);
	free(e->v);
	free(e);
}

const struct policy_value *
policy_effective_get(const struct policy_effective *e, size_t i)
{
	return i < e->n ? &e->v[i] : NULL;
}
