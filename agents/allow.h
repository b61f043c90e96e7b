/* allow.h: the hooks that this host allows. */
#ifndef AGENTS_ALLOW_H
#define AGENTS_ALLOW_H

#include <stddef.h>

#include "base/err.h"

/*
 * A hook is a program in one directory.  It is allowed if it is a regular
 * file that may be executed, is owned by root or by the agent's user, and can
 * be changed by nobody else; the same holds for the directory and for all
 * above it, where a sticky one (as /tmp) is good enough.  Nothing here runs
 * anything.
 */
#define ALLOW_WHY_MAX 256

/*
 * Tell whether the directory may be trusted.  ERR_DENIED if not, ERR_NOENT or
 * another code if it cannot be looked at, with the reason in why.
 */
int	 allow_directory(const char *dir, char why[ALLOW_WHY_MAX])
	    ERR_MUST_USE;

/* The same for the hook of that name in a directory that may be trusted. */
int	 allow_hook(const char *dir, const char *name,
	    char why[ALLOW_WHY_MAX]) ERR_MUST_USE;

#endif /* AGENTS_ALLOW_H */
