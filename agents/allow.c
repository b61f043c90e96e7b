/* allow.c: the hooks that this host allows. */
#include "config.h"

#include "agents/allow.h"

#include <sys/stat.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire/hook.h"

#define OTHERS (S_IWGRP | S_IWOTH)	/* an ACL's mask shows as the group */

static int
denied(char why[ALLOW_WHY_MAX], const char *what, const char *path)
{
	snprintf(why, ALLOW_WHY_MAX, "%.180s %s", path, what);
	return ERR_DENIED;
}

static int
not_seen(char why[ALLOW_WHY_MAX], int errnum, const char *path)
{
	snprintf(why, ALLOW_WHY_MAX, "%.180s: %s", path, strerror(errnum));
	return err_from_errno(errnum);
}

static bool
owner_ok(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

/* One directory of the way. */
static int
step(const char *path, bool last, char why[ALLOW_WHY_MAX])
{
	struct stat st;

	if (stat(path, &st) == -1)
		return not_seen(why, errno, path);
	if (!S_ISDIR(st.st_mode))
		return denied(why, "is not a directory", path);
	if (!owner_ok(&st))
		return denied(why, "belongs to another user", path);
	/* In a sticky one nobody moves what is not his. */
	if ((st.st_mode & OTHERS) != 0 &&
	    (last || (st.st_mode & S_ISVTX) == 0))
		return denied(why, "can be written by others", path);
	return 0;
}

int
allow_directory(const char *dir, char why[ALLOW_WHY_MAX])
{
	char *path, *slash;
	bool last = true;
	int r;

	if ((path = realpath(dir, NULL)) == NULL)
		return not_seen(why, errno, dir);
	while ((r = step(path, last, why)) == 0 && path[1] != '\0') {
		last = false;
		slash = strrchr(path, '/');
		slash[slash == path ? 1 : 0] = '\0';
	}
	free(path);
	return r;
}

int
allow_hook(const char *dir, const char *name, char why[ALLOW_WHY_MAX])
{
	char path[PATH_MAX];
	struct stat st;

	if (!wire_name_ok((const uint8_t *)name, strlen(name)))
		return denied(why, "is not the name of a hook", name);
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    sizeof(path))
		return denied(why, "is too long", name);
	if (lstat(path, &st) == -1) {
		if (errno == ENOENT)
			return denied(why, "is not allowed on this host",
			    name);
		return not_seen(why, errno, name);
	}
	if (S_ISLNK(st.st_mode))
		return denied(why, "is a symbolic link", name);
	if (!S_ISREG(st.st_mode))
		return denied(why, "is not a regular file", name);
	if (!owner_ok(&st))
		return denied(why, "belongs to another user", name);
	if ((st.st_mode & OTHERS) != 0)
		return denied(why, "can be written by others", name);
	if (access(path, X_OK) == -1)
		return denied(why, "cannot be executed", name);
	return 0;
}
