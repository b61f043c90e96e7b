/* local.c: the files of this machine, reached by descriptor only. */
#include "config.h"

#include "agents/local.h"

#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agents/names.h"
#include "agents/xattr.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/path.h"
#include "wire/limits.h"

#define NS_PER_S INT64_C(1000000000)
#define RACY_NS INT64_C(100000000)	/* where times have nanoseconds */
#define RACY_COARSE_NS (2 * NS_PER_S)	/* where they have none */

/* Remember errno and turn it into a code. */
static int
local_fail(struct source *s)
{
	s->errnum = errno;
	/* What is no directory or has become a link is not what was asked. */
	if (errno == ELOOP || errno == ENOTDIR || errno == ENXIO)
		return ERR_NOENT;
	return err_from_errno(errno);
}

static int
local_open(struct source *s, int dir, const char *name, int flags, int *fdp)
{
	int fd = -1;

	flags |= O_RDONLY | O_NOFOLLOW | O_CLOEXEC;
	if (s->noatime) {
		fd = openat(dir, name, flags | O_NOATIME);
		if (fd == -1 && errno != EPERM)
			return local_fail(s);
	}
	if (fd == -1 && (fd = openat(dir, name, flags)) == -1)
		return local_fail(s);
	*fdp = fd;
	return 0;
}

static int
local_open_dir(struct source *s, int dir, const char *name, int *fdp)
{
	return local_open(s, dir, name, O_DIRECTORY, fdp);
}

static int
local_open_file(struct source *s, int dir, const char *name, int *fdp)
{
	return local_open(s, dir, name, O_NONBLOCK | O_NOCTTY, fdp);
}

static void
local_close(struct source *s, int fd)
{
	(void)s;
	fdio_close(&fd);
}

static int
local_stat(struct source *s, int dir, const char *name, struct attr *ap)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return local_fail(s);
	attr_from_stat(&st, ap);
	return 0;
}

static int
local_fstat(struct source *s, int fd, struct attr *ap)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return local_fail(s);
	attr_from_stat(&st, ap);
	return 0;
}

static bool
local_racy(struct source *s, int dir, const char *name, const struct attr *a)
{
	const int64_t now = clock_wall_ns();
	int64_t distance = RACY_NS;

	(void)s;
	(void)dir;
	(void)name;
	if (a->mtime_ns == 0 && a->ctime_ns == 0)
		distance = RACY_COARSE_NS;
	return source_near(a->mtime, a->mtime_ns, now, distance) ||
	    source_near(a->ctime, a->ctime_ns, now, distance);
}

static int
local_names(struct source *s, int fd, struct names *n)
{
	int r;

	if (lseek(fd, 0, SEEK_SET) == -1)
		return local_fail(s);
	if ((r = names_read(n, fd)) != 0)
		s->errnum = errno;
	return r;
}

static int
local_readlink(struct source *s, int dir, const char *name, size_t *lenp)
{
	ssize_t len;

	len = readlinkat(dir, name, s->target, WIRE_TARGET_MAX + 1);
	if (len == -1)
		return local_fail(s);
	if ((size_t)len > WIRE_TARGET_MAX) {
		s->errnum = ENAMETOOLONG;
		return ERR_TOOBIG;
	}
	*lenp = (size_t)len;
	return 0;
}

static int
local_xattrs(struct source *s, int dir, const char *name)
{
	int r;

	if ((r = xattr_read(dir, name, s->xattrs)) != 0) {
		s->errnum = errno;
		buf_reset(s->xattrs);
	}
	return r;
}

/* Tell whether the open file begins with the signature. */
static bool
has_signature(int fd)
{
	char data[sizeof(SOURCE_CACHE_SIGNATURE) - 1];
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    pread(fd, data, sizeof(data), 0) == (ssize_t)sizeof(data) &&
	    memcmp(data, SOURCE_CACHE_SIGNATURE, sizeof(data)) == 0;
}

static bool
local_is_cache(struct source *s, int dir, const char *name)
{
	char path[PATH_NAME_MAX + sizeof("/" SOURCE_CACHE_TAG)];
	struct stat st;
	int sub = -1, fd = -1;
	bool cache = false;

	/* Most have none, and one call tells; a link in the way is no harm. */
	snprintf(path, sizeof(path), "%s/" SOURCE_CACHE_TAG, name);
	if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return false;
	if (local_open_dir(s, dir, name, &sub) == 0 &&
	    local_open_file(s, sub, SOURCE_CACHE_TAG, &fd) == 0)
		cache = has_signature(fd);
	fdio_close(&fd);
	fdio_close(&sub);
	return cache;
}

static int
local_read(struct source *s, int fd, uint64_t off, uint8_t *data,
    size_t *lenp)
{
	size_t got = 0;
	int r;

	if ((r = fdio_pread(fd, data, *lenp, (off_t)off, &got)) != 0)
		s->errnum = errno;
	*lenp = got;
	return r;
}

/*
 * A file system that cannot tell has one extent.  The blocks of a file do
 * not say whether it has a hole: extended attributes are counted among them.
 */
static void
local_extent(struct source *s, int fd, uint64_t off, uint64_t *datap,
    uint64_t *endp)
{
	const uint64_t size = *endp;
	off_t data, end;

	(void)s;
	/* Most files have no hole at all. */
	end = off > 0 ? 0 : lseek(fd, 0, SEEK_HOLE);
	if (end == -1 || (off == 0 && (uint64_t)end >= size)) {
		*datap = off;
		return;
	}
	data = lseek(fd, (off_t)off, SEEK_DATA);
	if (data == -1) {
		*datap = errno == ENXIO ? size : off;
		return;
	}
	end = lseek(fd, data, SEEK_HOLE);
	*datap = (uint64_t)data < size ? (uint64_t)data : size;
	if (end != -1 && (uint64_t)end < size)
		*endp = (uint64_t)end;
}

const struct source_ops local_ops = {
	.open_dir = local_open_dir,
	.open_file = local_open_file,
	.close = local_close,
	.stat = local_stat,
	.fstat = local_fstat,
	.names = local_names,
	.readlink = local_readlink,
	.xattrs = local_xattrs,
	.is_cache = local_is_cache,
	.read = local_read,
	.extent = local_extent,
	.racy = local_racy
};
