/* schema.h: the one table of every key a policy may hold. */
#ifndef POLICY_SCHEMA_H
#define POLICY_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Validation, `backupctl policy keys` and the manual page all come from this
 * table.  A key stands in one or more scopes: in a list of hosts or targets
 * ("hosts[]") its path begins below the element.  "[]" in a path means the
 * groups within a list, "*" a name the officer chooses.
 */
enum schema_scope {
	SCOPE_TOP = 1u << 0,
	SCOPE_DEFAULTS = 1u << 1,
	SCOPE_GROUPS = 1u << 2,
	SCOPE_HOSTS = 1u << 3,
	SCOPE_SETS = 1u << 4
};

enum schema_type {
	TYPE_GROUP,		/* { ... } */
	TYPE_MAP,		/* { ... } with names the officer chooses */
	TYPE_LIST,		/* ( { ... }, ... ) */
	TYPE_STRING,
	TYPE_STRINGS,		/* [ "...", ... ] */
	TYPE_PATHS,		/* strings that are absolute paths */
	TYPE_CALENDARS,		/* strings that are calendar expressions */
	TYPE_CALENDAR,
	TYPE_NAME,		/* a string that names something */
	TYPE_PATH,		/* a string that is a path, maybe relative */
	TYPE_CHOICE,		/* one of words, separated by '|' */
	TYPE_INT,		/* min to max */
	TYPE_FLOAT,		/* min to max */
	TYPE_BOOL,
	TYPE_SIZE,		/* see policy/quantity.h */
	TYPE_TIME,
	TYPE_RATE,
	TYPE_PERCENT
};

struct schema_key {
	const char *path;	/* "retention.daily", "hosts[].name" */
	unsigned int scopes;	/* SCOPE_ bits */
	enum schema_type type;
	int	 min, max;	/* numbers; both 0: any */
	const char *words;	/* of TYPE_CHOICE; or NULL */
	bool	 acted;		/* this version acts on it */
	const char *help;	/* one phrase, no full stop */
};

/* The table, and how many keys it has. */
const struct schema_key *policy_schema(size_t *np);

/* The word for a type: "list of strings". */
const char *policy_schema_type(enum schema_type type);

#define SCHEMA_SCOPES_MAX 64

/* Where the key may stand: "defaults, groups, hosts"; "" at the top. */
void	 policy_schema_scopes(const struct schema_key *k,
	    char out[SCHEMA_SCOPES_MAX]);

#endif /* POLICY_SCHEMA_H */
