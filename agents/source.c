/* source.c: the files that are backed up, by whatever way they are reached. */
#include "config.h"

#include "agents/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/path.h"
#include "wire/limits.h"

#define NS_PER_S INT64_C(1000000000)

int
source_init(struct source *s, const struct source_ops *ops)
{
	int r;

	memset(s, 0, sizeof(*s));
	s->ops = ops;
	/* Others may do it with their own files only: not worth the try. */
	s->noatime = geteuid() == 0;
	if ((s->target = malloc(WIRE_TARGET_MAX + 1)) == NULL)
		return ERR_NOMEM;
	if ((r = buf_new(WIRE_XATTRS_MAX, &s->xattrs)) != 0)
		source_clear(s);
	return r;
}

void
source_clear(struct source *s)
{
	free(s->target);
	buf_free(s->xattrs);
	s->target = NULL;
	s->xattrs = NULL;
}

int
source_open_dir(struct source *s, int dir, const char *name, int *fdp)
{
	return s->ops->open_dir(s, dir, name, fdp);
}

int
source_open_file(struct source *s, int dir, const char *name, int *fdp)
{
	return s->ops->open_file(s, dir, name, fdp);
}

int
source_open_path(struct source *s, int dir, const uint8_t *path, size_t len,
    int *fdp)
{
	char name[PATH_NAME_MAX + 1];
	const uint8_t *slash;
	size_t n;
	int fd, next, r;

	if ((r = source_open_dir(s, dir, ".", &fd)) != 0)
		return r;
	while (len > 0) {
		slash = memchr(path, '/', len);
		n = slash == NULL ? len : (size_t)(slash - path);
		if (!path_name_ok(path, n)) {
			s->errnum = EINVAL;
			r = ERR_FORMAT;
			break;
		}
		memcpy(name, path, n);
		name[n] = '\0';
		if ((r = source_open_dir(s, fd, name, &next)) != 0)
			break;
		source_close(s, &fd);
		fd = next;
		n += slash == NULL ? 0 : 1;
		path += n;
		len -= n;
	}
	if (r != 0) {
		source_close(s, &fd);
		return r;
	}
	*fdp = fd;
	return 0;
}

void
source_close(struct source *s, int *fdp)
{
	if (*fdp != -1)
		s->ops->close(s, *fdp);
	*fdp = -1;
}

int
source_stat(struct source *s, int dir, const char *name, struct attr *ap)
{
	return s->ops->stat(s, dir, name, ap);
}

int
source_fstat(struct source *s, int fd, struct attr *ap)
{
	return s->ops->fstat(s, fd, ap);
}

bool
source_racy(struct source *s, int dir, const char *name, const struct attr *a)
{
	return s->ops->racy(s, dir, name, a);
}

int
source_names(struct source *s, int fd, struct names *n)
{
	return s->ops->names(s, fd, n);
}

int
source_readlink(struct source *s, int dir, const char *name, size_t *lenp)
{
	return s->ops->readlink(s, dir, name, lenp);
}

int
source_xattrs(struct source *s, int dir, const char *name)
{
	buf_reset(s->xattrs);
	return s->ops->xattrs(s, dir, name);
}

bool
source_is_cache(struct source *s, int dir, const char *name)
{
	return s->ops->is_cache(s, dir, name);
}

int
source_read(struct source *s, int fd, uint64_t off, uint8_t *data,
    size_t *lenp)
{
	return s->ops->read(s, fd, off, data, lenp);
}

void
source_extent(struct source *s, int fd, uint64_t off, uint64_t *datap,
    uint64_t *endp)
{
	s->ops->extent(s, fd, off, datap, endp);
}

int
source_expect(struct source *s, const struct source_where *w,
    enum source_walk how)
{
	return s->ops->expect != NULL ? s->ops->expect(s, w, how) : 0;
}

int
source_expect_file(struct source *s, int dir, const char *name)
{
	return s->ops->expect_file != NULL ?
	    s->ops->expect_file(s, dir, name) : 0;
}

int
source_again(struct source *s, const struct source_again *a)
{
	return s->ops->again != NULL ? s->ops->again(s, a) : ERR_FORMAT;
}

bool
source_near(int64_t seconds, uint32_t ns, int64_t now, int64_t distance)
{
	int64_t t;

	if (seconds < now / NS_PER_S - distance / NS_PER_S - 1 ||
	    seconds > now / NS_PER_S + distance / NS_PER_S + 1)
		return false;
	t = seconds * NS_PER_S + ns;
	return t >= now - distance && t <= now + distance;
}
