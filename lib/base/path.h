/* path.h: paths as text for programs, names as bytes for what is backed up. */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define PATH_NAME_MAX 255	/* bytes in one name, as on Linux */

/*
 * Tell whether len bytes are a name that may stand in a directory: 1 to
 * PATH_NAME_MAX bytes, no NUL, no slash, neither "." nor "..".
 */
bool	 path_name_ok(const uint8_t *name, size_t len);

/*
 * Tell whether len bytes are a clean absolute path: it begins with a slash,
 * its names are all ok, no slash doubled or last, except for "/" itself.
 */
bool	 path_abs_ok(const uint8_t *path, size_t len);

/* Tell whether path is dir or lies below it; both clean and absolute. */
bool	 path_within(const char *dir, const char *path);

/* "a/b" of two parts in new memory that the caller owns. */
int	 path_join(const char *dir, const char *name, char **pathp)
	    ERR_MUST_USE;

/* The directory part of path ("." if none), in new memory. */
int	 path_dirname(const char *path, char **dirp) ERR_MUST_USE;

/* Make dir and what is missing above it, with mode. */
int	 path_mkdirs(const char *dir, unsigned int mode) ERR_MUST_USE;

#endif /* BASE_PATH_H */
