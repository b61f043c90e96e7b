/* path.c: paths as text for programs, names as bytes for what is backed up. */
#include "base/path.h"

#include <sys/stat.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
path_name_ok(const uint8_t *name, size_t len)
{
	if (len == 0 || len > PATH_NAME_MAX)
		return false;
	if (memchr(name, '\0', len) != NULL || memchr(name, '/', len) != NULL)
		return false;
	if (name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.')))
		return false;
	return true;
}

bool
path_abs_ok(const uint8_t *path, size_t len)
{
	const uint8_t *name, *end, *slash;

	if (len == 0 || path[0] != '/')
		return false;
	if (len == 1)
		return true;
	end = path + len;
	for (name = path + 1;; name = slash + 1) {
		slash = memchr(name, '/', (size_t)(end - name));
		if (slash == NULL)
			return path_name_ok(name, (size_t)(end - name));
		if (!path_name_ok(name, (size_t)(slash - name)))
			return false;
	}
}

bool
path_within(const char *dir, const char *path)
{
	size_t len = strlen(dir);

	if (strcmp(dir, "/") == 0)
		return path[0] == '/';
	return strncmp(dir, path, len) == 0 &&
	    (path[len] == '\0' || path[len] == '/');
}

int
path_join(const char *dir, const char *name, char **pathp)
{
	size_t dirlen = strlen(dir), size = dirlen + strlen(name) + 2;
	const char *slash = "/";
	char *path;

	if (dirlen == 0 || dir[dirlen - 1] == '/')
		slash = "";
	if ((path = malloc(size)) == NULL)
		return ERR_NOMEM;
	snprintf(path, size, "%s%s%s", dir, slash, name);
	*pathp = path;
	return 0;
}

int
path_dirname(const char *path, char **dirp)
{
	size_t len = strlen(path);
	char *dir;

	while (len > 1 && path[len - 1] == '/')
		len--;
	while (len > 0 && path[len - 1] != '/')
		len--;
	while (len > 1 && path[len - 1] == '/')
		len--;
	if ((dir = len == 0 ? strdup(".") : strndup(path, len)) == NULL)
		return ERR_NOMEM;
	*dirp = dir;
	return 0;
}

/* Make one directory; one that is there already is fine. */
static int
path_mkdir(const char *dir, mode_t mode)
{
	struct stat st;
	int errnum;

	if (mkdir(dir, mode) == 0)
		return 0;
	errnum = errno;
	/* Ask what is there rather than why not: EROFS and EACCES count too. */
	if (stat(dir, &st) == -1)
		return err_from_errno(errnum);
	return S_ISDIR(st.st_mode) ? 0 : ERR_EXIST;
}

int
path_mkdirs(const char *dir, unsigned int mode)
{
	char *copy, *slash;
	int r = 0;

	if ((copy = strdup(dir)) == NULL)
		return ERR_NOMEM;
	for (slash = strchr(copy + (copy[0] == '/'), '/');
	    slash != NULL && r == 0; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		r = path_mkdir(copy, (mode_t)mode);
		*slash = '/';
	}
	if (r == 0)
		r = path_mkdir(copy, (mode_t)mode);
	free(copy);
	return r;
}
