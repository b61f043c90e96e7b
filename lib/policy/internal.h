/* internal.h: the steps from the bytes of a policy file to a struct policy. */
#ifndef POLICY_INTERNAL_H
#define POLICY_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "policy/policy.h"
#include "policy/quantity.h"
#include "policy/report.h"
#include "policy/schema.h"

#define POLICY_FILE_MAX (4u * 1024 * 1024)
#define POLICY_DEPTH_MAX 100
#define POLICY_DIAGS_MAX 200	/* no more are recorded */
#define POLICY_NAME_MAX 64

/* arena.c: memory that is freed as a whole. */
struct arena;

/* Caller owns *ap. */
int	 arena_new(struct arena **ap) ERR_MUST_USE;

/* Free a, which may be NULL, and all that came from it. */
void	 arena_free(struct arena *a);

/* Zeroed memory, aligned for anything; NULL when there is none. */
void	*arena_alloc(struct arena *a, size_t n, size_t size);

/* A terminated copy; NULL when there is no memory. */
char	*arena_strndup(struct arena *a, const char *s, size_t len);

/* Where something stands in the file; from 1; columns are characters. */
struct place {
	unsigned int line, col, width;
	unsigned int other;	/* another line to name, or 0 */
};

/* token.c: the words of a policy file. */
enum token_kind {
	TOKEN_END,
	TOKEN_NAME,
	TOKEN_STRING,
	TOKEN_INT,
	TOKEN_FLOAT,
	TOKEN_BOOL,
	TOKEN_PUNCT,		/* one of = : ; , { } ( ) [ ] */
	TOKEN_BAD		/* reported already */
};

struct token {
	enum token_kind kind;
	struct place place;
	const char *text;	/* the bytes, borrowed from the file */
	size_t	 len;
	char	 punct;
	char	*str;		/* decoded, from the arena */
	int64_t	 num;		/* also the truth of a TOKEN_BOOL */
	double	 real;
	bool	 first;		/* of its line */
};

struct scanner {
	const char *p, *end;
	const char *line_start;
	const char *mark;	/* the last place that was counted */
	unsigned int mark_col;
	unsigned int line;
	bool	 fresh;		/* no token on this line yet */
	unsigned int indent;	/* columns before the first one */
	struct arena *arena;
	struct policy_report *report;
};

/* Start at the first byte after a byte order mark.  Borrows everything. */
void	 scanner_init(struct scanner *s, const char *text, size_t len,
	    struct arena *a, struct policy_report *r);

/* Read the next token.  Mistakes are reported here and give TOKEN_BAD. */
int	 scanner_next(struct scanner *s, struct token *tp) ERR_MUST_USE;

/* parse.c: the file as a tree whose nodes know their places. */
enum node_kind {
	NODE_GROUP,
	NODE_LIST,
	NODE_ARRAY,
	NODE_STRING,
	NODE_INT,
	NODE_FLOAT,
	NODE_BOOL,
	NODE_BAD		/* a mistake reported already */
};

struct node {
	enum node_kind kind;
	const char *name;	/* NULL for elements of lists and arrays */
	struct place at;	/* of the name, or of the value without one */
	struct place value;
	const char *str;
	int64_t	 num;
	double	 real;
	struct node *parent, *first, *last, *next;
	const struct schema_key *key;	/* set by check */
};

/* Build the tree.  Syntax errors are reported and the rest goes on. */
int	 policy_parse(const char *text, size_t len, struct arena *a,
	    struct policy_report *r, struct node **rootp) ERR_MUST_USE;

/* The child of that name, or NULL (also for a NULL or scalar n). */
struct node *node_child(const struct node *n, const char *name);

/* The descendant at "a.b.c", or NULL. */
struct node *node_path(const struct node *n, const char *path);

/* check.c, rules.c: is each key known and well-formed; does it make sense. */
void	 policy_check(struct node *root, struct policy_report *r);
void	 policy_rules(struct node *root, struct policy_report *r);

/* value.c: a scalar, or an element of a list, whose key is known. */
void	 policy_value(const struct node *n, struct policy_report *r);

/* Report that a value, whose key is known, is of another type. */
void	 report_type(struct policy_report *r, const struct node *n,
	    const char *help);

/* Tell whether s may name a host, a set, a group, a target or a hook. */
bool	 policy_name_ok(const char *s);

/* cron.c: tell whether text is a cron line; its translation or "". */
bool	 policy_cron(const char *text, char *out, size_t outlen);

/* hostkey.c: the key line of a host, as lib/ssh will accept it. */
enum hostkey_state {
	HOSTKEY_OK,
	HOSTKEY_FINGERPRINT,	/* SHA256:... or MD5:... */
	HOSTKEY_TYPE,		/* whole, but RSA, DSA or unknown */
	HOSTKEY_BROKEN
};
enum hostkey_state policy_hostkey(const char *line);

/* lookup.c: the row for a node, by its place in the tree, or NULL. */
const struct schema_key *schema_find(const struct node *n);

/* The key that a misspelt one should be, as text for a help; or "". */
void	 schema_suggest(const struct node *n, char *out, size_t outlen);

/* schema.c: the kind of a size, time, rate or percentage. */
enum quantity_kind schema_quantity(enum schema_type type);

/* Tell whether word is one of the '|'-separated words. */
bool	 schema_word(const char *words, const char *word);

/*
 * build.c: the values, as libconfig reads them, of a terminated text without
 * errors.  Everything, *pp too, comes from the arena.
 */
int	 policy_build(const char *text, const char *dir, struct arena *a,
	    struct policy_report *r, struct policy **pp) ERR_MUST_USE;

/* Let libconfig read the text.  It should, for no mistake was found. */
struct config_t;
int	 policy_libconfig(struct config_t *cfg, const char *text,
	    struct policy_report *r) ERR_MUST_USE;

/* effective.c: as policy_build, for policy_effective_load. */
struct policy_effective;
int	 effective_build(const char *text, const char *host,
	    struct policy_report *r, struct policy_effective **ep)
	    ERR_MUST_USE;

/*
 * Add a diagnostic.  A NULL place means the file as a whole.  Beyond
 * POLICY_DIAGS_MAX they are only counted.  Out of memory sticks, see
 * report_oom.
 */
void	 report_add(struct policy_report *r, enum policy_code code,
	    const struct place *at, const char *help, const char *fmt, ...)
	    __attribute__((format(printf, 5, 6)));

/* The file that diagnostics are about from now on; text is borrowed. */
int	 report_file(struct policy_report *r, const char *file,
	    const char *text, size_t len) ERR_MUST_USE;

/* Tell whether any diagnostic has a code from first to last. */
bool	 report_has(const struct policy_report *r, enum policy_code first,
	    enum policy_code last);

/*
 * Sort; drop what only follows from another mistake; forget the text.
 * ERR_NOMEM if memory ran out at any time.
 */
int	 report_finish(struct policy_report *r) ERR_MUST_USE;

#endif /* POLICY_INTERNAL_H */
