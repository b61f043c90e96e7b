/* source.c: the files of this machine, reached by descriptor only. */
#include "config.h"

#include "agents/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/xattr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/path.h"
#include "wire/limits.h"

#define NS_PER_S INT64_C(1000000000)
#define RACY_NS INT64_C(100000000)	/* where times have nanoseconds */
#define RACY_COARSE_NS (2 * NS_PER_S)	/* where they have none */

#define CACHE_TAG "CACHEDIR.TAG"
static const char cache_signature[] =
    "Signature: 8a477f597d28d172789f06886806bc55";

int
source_init(struct source *s)
{
	int r;

	memset(s, 0, sizeof(*s));
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

/* Remember errno and turn it into a code. */
static int
source_fail(struct source *s)
{
	s->errnum = errno;
	/* What is no directory or has become a link is not what was asked. */
	if (errno == ELOOP || errno == ENOTDIR || errno == ENXIO)
		return ERR_NOENT;
	return err_from_errno(errno);
}

static int
source_open(struct source *s, int dirfd, const char *name, int flags,
    int *fdp)
{
	int fd = -1;

	flags |= O_RDONLY | O_NOFOLLOW | O_CLOEXEC;
	if (s->noatime) {
		fd = openat(dirfd, name, flags | O_NOATIME);
		if (fd == -1 && errno != EPERM)
			return source_fail(s);
	}
	if (fd == -1 && (fd = openat(dirfd, name, flags)) == -1)
		return source_fail(s);
	*fdp = fd;
	return 0;
}

int
source_open_dir(struct source *s, int dirfd, const char *name, int *fdp)
{
	return source_open(s, dirfd, name, O_DIRECTORY, fdp);
}

int
source_open_file(struct source *s, int dirfd, const char *name, int *fdp)
{
	return source_open(s, dirfd, name, O_NONBLOCK | O_NOCTTY, fdp);
}

int
source_open_path(struct source *s, int dirfd, const uint8_t *path, size_t len,
    int *fdp)
{
	char name[PATH_NAME_MAX + 1];
	const uint8_t *slash;
	size_t n;
	int fd, next, r;

	if ((r = source_open_dir(s, dirfd, ".", &fd)) != 0)
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
		fdio_close(&fd);
		fd = next;
		n += slash == NULL ? 0 : 1;
		path += n;
		len -= n;
	}
	if (r != 0) {
		fdio_close(&fd);
		return r;
	}
	*fdp = fd;
	return 0;
}

int
source_stat(struct source *s, int dirfd, const char *name, struct stat *stp)
{
	if (fstatat(dirfd, name, stp, AT_SYMLINK_NOFOLLOW) == -1)
		return source_fail(s);
	return 0;
}

int
source_fstat(struct source *s, int fd, struct stat *stp)
{
	return fstat(fd, stp) == -1 ? source_fail(s) : 0;
}

/* Tell whether t lies within the distance of now. */
static bool
near(const struct timespec *t, int64_t now, int64_t distance)
{
	int64_t ns;

	if (t->tv_sec < now / NS_PER_S - 3 || t->tv_sec > now / NS_PER_S + 3)
		return false;
	ns = (int64_t)t->tv_sec * NS_PER_S + t->tv_nsec;
	return ns >= now - distance && ns <= now + distance;
}

bool
source_racy(const struct stat *st)
{
	const int64_t now = clock_wall_ns();
	int64_t distance = RACY_NS;

	if (st->st_mtim.tv_nsec == 0 && st->st_ctim.tv_nsec == 0)
		distance = RACY_COARSE_NS;
	return near(&st->st_mtim, now, distance) ||
	    near(&st->st_ctim, now, distance);
}

int
source_readlink(struct source *s, int dirfd, const char *name, size_t *lenp)
{
	ssize_t len;

	len = readlinkat(dirfd, name, s->target, WIRE_TARGET_MAX + 1);
	if (len == -1)
		return source_fail(s);
	if ((size_t)len > WIRE_TARGET_MAX) {
		s->errnum = ENAMETOOLONG;
		return ERR_TOOBIG;
	}
	*lenp = (size_t)len;
	return 0;
}

int
source_xattrs(struct source *s, int dirfd, const char *name)
{
	int r;

	buf_reset(s->xattrs);
	if ((r = xattr_read(dirfd, name, s->xattrs)) != 0) {
		s->errnum = errno;
		buf_reset(s->xattrs);
	}
	return r;
}

/* Tell whether the open file begins with the signature. */
static bool
has_signature(int fd)
{
	char data[sizeof(cache_signature) - 1];
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    pread(fd, data, sizeof(data), 0) == (ssize_t)sizeof(data) &&
	    memcmp(data, cache_signature, sizeof(data)) == 0;
}

bool
source_is_cache(struct source *s, int dirfd, const char *name)
{
	char path[PATH_NAME_MAX + sizeof("/" CACHE_TAG)];
	struct stat st;
	int dir = -1, fd = -1;
	bool cache = false;

	/* Most have none, and one call tells; a link in the way is no harm. */
	snprintf(path, sizeof(path), "%s/" CACHE_TAG, name);
	if (fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return false;
	if (source_open_dir(s, dirfd, name, &dir) == 0 &&
	    source_open_file(s, dir, CACHE_TAG, &fd) == 0)
		cache = has_signature(fd);
	fdio_close(&fd);
	fdio_close(&dir);
	return cache;
}
