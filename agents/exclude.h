/* exclude.h: what is left out, by patterns as in gitignore(5). */
#ifndef AGENTS_EXCLUDE_H
#define AGENTS_EXCLUDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Patterns are relative to the root; of all that match a name, the last one
 * decides, and "!" takes it in again.  A name below an excluded directory is
 * never asked for: the directory is not entered.  Blank patterns and those
 * that begin with "#" match nothing, as in the file.
 */
struct exclude;

/* An empty list, which excludes nothing.  Caller owns *ep. */
int	 exclude_new(struct exclude **ep) ERR_MUST_USE;

/* Free e, which may be NULL. */
void	 exclude_free(struct exclude *e);

/* Append a pattern, copied.  It may hold any bytes. */
int	 exclude_add(struct exclude *e, const uint8_t *pattern, size_t len)
	    ERR_MUST_USE;

/* Tell whether there are no patterns at all. */
bool	 exclude_empty(const struct exclude *e);

/*
 * Tell whether the path below the root, whose last name begins at name_off,
 * is left out.
 */
bool	 exclude_match(const struct exclude *e, const uint8_t *path,
	    size_t len, size_t name_off, bool is_dir);

#endif /* AGENTS_EXCLUDE_H */
