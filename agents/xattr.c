/* xattr.c: the extended attributes of a file, as the format has them. */
#include "config.h"

#include "agents/xattr.h"

#include <sys/xattr.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/path.h"
#include "wire/limits.h"

#define LIST_MAX (64u << 10)		/* the kernel's XATTR_LIST_MAX */
#define VALUE_MAX (64u << 10)		/* its XATTR_SIZE_MAX */
#define PROC_PATH_MAX (PATH_NAME_MAX + 48)

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Append one attribute; *np counts.  One that has just gone is left out. */
static int
put_one(const char *path, const char *name, struct buf *out, uint64_t *np)
{
	uint8_t *value;
	ssize_t len;
	int r = 0;

	if ((value = malloc(VALUE_MAX)) == NULL)
		return ERR_NOMEM;
	len = lgetxattr(path, name, value, VALUE_MAX);
	if (len == -1) {
		if (errno != ENODATA)
			r = err_from_errno(errno);
	} else if ((r = buf_put_str(out, name)) == 0 &&
	    (r = buf_put_bytes(out, value, (size_t)len)) == 0)
		++*np;
	free(value);
	return r;
}

/* Append those of the list, which is len bytes of terminated names. */
static int
put_all(const char *path, const char *list, size_t len, struct buf *out)
{
	struct buf *pairs = NULL;
	const char **names = NULL;
	uint64_t count = 0;
	size_t i, pos, n = 0;
	int r;

	for (pos = 0; pos < len; pos += strlen(list + pos) + 1)
		n++;
	if ((names = calloc(n, sizeof(names[0]))) == NULL)
		return ERR_NOMEM;
	for (pos = 0, i = 0; i < n; pos += strlen(list + pos) + 1)
		names[i++] = list + pos;
	qsort(names, n, sizeof(names[0]), compare_names);
	r = buf_new(WIRE_XATTRS_MAX, &pairs);
	for (i = 0; i < n && r == 0; i++)
		r = put_one(path, names[i], pairs, &count);
	if (r == 0 && count > 0 &&
	    (r = buf_put_varint(out, count)) == 0)
		r = buf_put(out, buf_ptr(pairs), buf_len(pairs));
	buf_free(pairs);
	free(names);
	/* Both buffers are capped at what may be sent. */
	if (r == ERR_NOMEM) {
		errno = E2BIG;
		r = ERR_TOOBIG;
	}
	return r;
}

int
xattr_read(int dirfd, const char *name, struct buf *out)
{
	char path[PROC_PATH_MAX], *list;
	ssize_t len;
	int r;

	/* There is no llistxattrat; the link of a descriptor is as good. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dirfd, name);
	len = llistxattr(path, NULL, 0);
	if (len == 0 || (len == -1 && (errno == ENOTSUP || errno == ENOENT)))
		return 0;
	if (len == -1)
		return err_from_errno(errno);
	if ((list = malloc(LIST_MAX)) == NULL)
		return ERR_NOMEM;
	len = llistxattr(path, list, LIST_MAX);
	if (len == -1)
		r = err_from_errno(errno);
	else
		r = len == 0 ? 0 : put_all(path, list, (size_t)len, out);
	free(list);
	return r;
}
