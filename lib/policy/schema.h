/* schema.h: the one table of every key a policy may hold. */
#ifndef POLICY_SCHEMA_H
#define POLICY_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Validation, the values of what is not given, `backupctl policy keys`, the
 * sample policy, the manual page and the shell completion all come from this
 * table.  Values in it stand without quotes and brackets; '|' separates the
 * elements of a list.
 *
 * A key stands in one or more scopes; in all but SCOPE_TOP its path begins
 * below the group, set or host.  "[]" in a path means the groups in a list.
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
	TYPE_PERCENT,
	TYPE_WORD,		/* a string that may stand in a command line */
	TYPE_ZONE,		/* a time zone */
	TYPE_CLOCK,		/* "07:15" */
	TYPE_CHOICES,		/* some of words */
	TYPE_DAYS,		/* strings "FIRST..LAST" */
	TYPE_WINDOW,		/* see policy/window.h */
	TYPE_WINDOWS
};

struct schema_key {
	const char *path;	/* "retention.daily", "hosts[].name" */
	unsigned int scopes;	/* SCOPE_ bits */
	enum schema_type type;
	int	 min, max;	/* numbers; both 0: any.  Of quantities as
				   policy/quantity.h has them; max 0 is any */
	const char *words;	/* of TYPE_CHOICE and _CHOICES; or NULL */
	bool	 acted;		/* this version acts on it */
	const char *help;	/* one phrase, no full stop */
	const char *fallback;	/* the value if not given, or NULL */
	const char *sample;	/* another that shows its use, or NULL */
};

/* The table, and how many keys it has. */
const struct schema_key *policy_schema(size_t *np);

/* The word for a type: "list of strings". */
const char *policy_schema_type(enum schema_type type);

/* Tell whether a value of the type is a list of scalars. */
bool	 policy_schema_plural(enum schema_type type);

/* Tell whether a value, or each element of a list, stands in quotes. */
bool	 policy_schema_quoted(enum schema_type type);

#define SCHEMA_LIMITS_MAX 320

/* "integer, 0 to 100000", "time, 60 s to 10 years" or "word: zstd|none". */
void	 policy_schema_limits(const struct schema_key *k,
	    char out[SCHEMA_LIMITS_MAX]);

#define SCHEMA_SCOPES_MAX 64

/* Where the key may stand: "defaults, groups, hosts"; "" at the top. */
void	 policy_schema_scopes(const struct schema_key *k,
	    char out[SCHEMA_SCOPES_MAX]);

#endif /* POLICY_SCHEMA_H */
