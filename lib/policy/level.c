/* level.c: values through defaults, group, host and set. */
#include "policy/level.h"

#include <stdio.h>
#include <string.h>

#define STEP_MAX 64

const config_setting_t *
level_member(const config_setting_t *s, const char *path)
{
	char step[STEP_MAX];
	size_t len;

	for (; s != NULL && *path != '\0'; path += len + (path[len] == '.')) {
		len = strcspn(path, ".");
		if (len >= sizeof(step) || config_setting_is_group(s) == 0)
			return NULL;
		memcpy(step, path, len);
		step[len] = '\0';
		s = config_setting_get_member(s, step);
	}
	return s;
}

size_t
level_length(const config_setting_t *s)
{
	return s == NULL ? 0 : (size_t)config_setting_length(s);
}

const config_setting_t *
level_find(const struct levels *l, const char *path, enum level *lp)
{
	const config_setting_t *s;
	size_t i;

	for (i = LEVELS; i > 0; i--)
		if ((s = level_member(l->v[i - 1], path)) != NULL) {
			*lp = (enum level)(i - 1);
			return s;
		}
	return NULL;
}

/* Tell whether the string stands among the n items already. */
static bool
is_there(const struct level_item *v, size_t n, const config_setting_t *s)
{
	const char *word = config_setting_get_string(s);
	size_t i;

	for (i = 0; word != NULL && i < n; i++)
		if (strcmp(config_setting_get_string(v[i].s), word) == 0)
			return true;
	return false;
}

/* Append what the list s of that level holds; the new length. */
static size_t
append(struct level_item *v, size_t n, const config_setting_t *s,
    enum level level, bool added)
{
	const config_setting_t *e;
	size_t i, len = level_length(s);

	for (i = 0; i < len; i++) {
		e = config_setting_get_elem(s, (unsigned int)i);
		if (is_there(v, n, e))
			continue;
		v[n].s = e;
		v[n].level = level;
		v[n++].added = added;
	}
	return n;
}

int
level_list(const struct levels *l, const char *path, struct arena *a,
    const struct level_item **vp, size_t *np)
{
	const config_setting_t *own[LEVELS], *more[LEVELS];
	bool excludes = strcmp(path, "exclude") == 0;
	size_t i, n = 0, room = 1;
	struct level_item *v;
	char add[128];

	snprintf(add, sizeof(add), "%s_add", path);
	for (i = 0; i < LEVELS; i++) {
		own[i] = level_member(l->v[i], path);
		more[i] = level_member(l->v[i], add);
		room += level_length(own[i]) + level_length(more[i]);
	}
	if ((v = arena_alloc(a, room, sizeof(*v))) == NULL)
		return ERR_NOMEM;
	for (i = 0; i < LEVELS; i++) {
		if (own[i] != NULL && !(excludes && i == LEVEL_SET))
			n = 0;
		n = append(v, n, own[i], (enum level)i,
		    excludes && i == LEVEL_SET);
		n = append(v, n, more[i], (enum level)i, true);
	}
	*vp = v;
	*np = n;
	return 0;
}
