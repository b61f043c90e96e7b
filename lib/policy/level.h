/* level.h: values through defaults, group, host and set. */
#ifndef POLICY_LEVEL_H
#define POLICY_LEVEL_H

#include <libconfig.h>

#include "policy/internal.h"

/*
 * Settings are borrowed from libconfig's tree of a policy that was checked.
 * A path is that of a schema row: "schedule.retry.first".
 */
enum level {
	LEVEL_DEFAULTS,
	LEVEL_GROUP,
	LEVEL_HOST,
	LEVEL_SET,
	LEVELS
};

struct levels {
	const config_setting_t *v[LEVELS];	/* NULL: nothing said there */
};

/* An element of a list, and where it was said. */
struct level_item {
	const config_setting_t *s;
	enum level level;
	bool	 added;			/* by KEY_add */
};

/* The member of s (which may be NULL) at the path, or NULL. */
const config_setting_t *level_member(const config_setting_t *s,
	    const char *path);

/* How many elements s (which may be NULL) has. */
size_t	 level_length(const config_setting_t *s);

/* The innermost setting, and into *lp its level; NULL if there is none. */
const config_setting_t *level_find(const struct levels *l, const char *path,
	    enum level *lp);

/*
 * The elements of a list: KEY replaces what was inherited, KEY_add appends;
 * but what a set excludes is always added.  Strings come once.  *vp is from
 * the arena.
 */
int	 level_list(const struct levels *l, const char *path, struct arena *a,
	    const struct level_item **vp, size_t *np) ERR_MUST_USE;

#endif /* POLICY_LEVEL_H */
