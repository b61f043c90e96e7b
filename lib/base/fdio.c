/* fdio.c: whole reads and writes on file descriptors. */
#include "config.h"

#include "base/fdio.h"

#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/path.h"

#define FDIO_STEP 16384		/* bytes read at once from a whole file */

int
fdio_read(int fd, void *data, size_t len, size_t *lenp)
{
	ssize_t n;

	do
		n = read(fd, data, len);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return err_from_errno(errno);
	*lenp = (size_t)n;
	return 0;
}

int
fdio_read_all(int fd, void *data, size_t len)
{
	uint8_t *p = data;
	size_t done, n;
	int r;

	for (done = 0; done < len; done += n) {
		if ((r = fdio_read(fd, p + done, len - done, &n)) != 0)
			return r;
		if (n == 0)
			return done == 0 ? ERR_CLOSED : ERR_FORMAT;
	}
	return 0;
}

int
fdio_pread(int fd, void *data, size_t len, off_t off, size_t *lenp)
{
	uint8_t *p = data;
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = pread(fd, p + done, len - done, off + (off_t)done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_from_errno(errno);
		if (n == 0)
			break;
		done += (size_t)n;
	}
	*lenp = done;
	return 0;
}

int
fdio_write_all(int fd, const void *data, size_t len)
{
	const uint8_t *p = data;
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_from_errno(errno);
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int
fdio_pwrite_all(int fd, const void *data, size_t len, off_t off)
{
	const uint8_t *p = data;
	ssize_t n;

	while (len > 0) {
		n = pwrite(fd, p, len, off);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_from_errno(errno);
		p += n;
		len -= (size_t)n;
		off += n;
	}
	return 0;
}

int
fdio_sync(int fd)
{
	if (fsync(fd) == 0)
		return 0;
	/* ERR_BUSY would invite a retry, which could succeed falsely. */
	return errno == EINTR ? ERR_IO : err_from_errno(errno);
}

int
fdio_close(int *fdp)
{
	int fd = *fdp;

	if (fd == -1)
		return 0;
	*fdp = -1;
	/* Linux has closed it even then: a second close could hit another. */
	if (close(fd) == -1 && errno != EINTR)
		return err_from_errno(errno);
	return 0;
}

/* Append the rest of fd to out, at most max bytes. */
static int
fdio_read_rest(int fd, size_t max, struct buf *out)
{
	uint8_t step[FDIO_STEP];
	size_t before = buf_len(out), total = 0, n;
	int r;

	for (;;) {
		if ((r = fdio_read(fd, step, sizeof(step), &n)) != 0 || n == 0)
			break;
		if (n > max - total) {
			r = ERR_TOOBIG;
			break;
		}
		if ((r = buf_put(out, step, n)) != 0)
			break;
		total += n;
	}
	if (r != 0)
		buf_trim(out, buf_len(out) - before);
	explicit_bzero(step, sizeof(step));	/* it may be a key file */
	return r;
}

int
fdio_read_file(const char *path, size_t max, struct buf *out)
{
	int fd, r;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)) == -1)
		return err_from_errno(errno);
	r = fdio_read_rest(fd, max, out);
	fdio_close(&fd);
	return r;
}

/* Create a new file beside path; the caller owns *tmpp and *fdp. */
static int
fdio_mktemp(const char *path, char **tmpp, int *fdp)
{
	static const char suffix[] = ".tmp.XXXXXX";
	size_t size = strlen(path) + sizeof(suffix);
	char *tmp;
	int fd;

	if ((tmp = malloc(size)) == NULL)
		return ERR_NOMEM;
	snprintf(tmp, size, "%s%s", path, suffix);
	if ((fd = mkostemp(tmp, O_CLOEXEC)) == -1) {
		free(tmp);
		return err_from_errno(errno);
	}
	*tmpp = tmp;
	*fdp = fd;
	return 0;
}

/* Fill fd, and close it safely. */
static int
fdio_fill(int *fdp, mode_t mode, const void *data, size_t len)
{
	int r;

	/* fchmod, because open(2) would let the umask take bits away. */
	if (fchmod(*fdp, mode) == -1)
		return err_from_errno(errno);
	if ((r = fdio_write_all(*fdp, data, len)) != 0 ||
	    (r = fdio_sync(*fdp)) != 0)
		return r;
	return fdio_close(fdp);
}

int
fdio_replace_file(const char *path, mode_t mode, const void *data, size_t len)
{
	char *dir = NULL, *tmp = NULL;
	int dirfd = -1, fd = -1, r;

	if ((r = path_dirname(path, &dir)) != 0)
		goto out;
	dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd == -1) {
		r = err_from_errno(errno);
		goto out;
	}
	if ((r = fdio_mktemp(path, &tmp, &fd)) != 0 ||
	    (r = fdio_fill(&fd, mode, data, len)) != 0)
		goto out;
	if (rename(tmp, path) == -1) {
		r = err_from_errno(errno);
		goto out;
	}
	free(tmp);
	tmp = NULL;		/* it is path now */
	r = fdio_sync(dirfd);
 out:
	fdio_close(&fd);
	fdio_close(&dirfd);
	if (tmp != NULL)
		unlink(tmp);
	free(tmp);
	free(dir);
	return r;
}

int
fdio_tmpfile(const char *dir, int *fdp)
{
	char *path = NULL, *tmp = NULL;
	int fd, r;

	if (dir == NULL && ((dir = getenv("TMPDIR")) == NULL || *dir == '\0'))
		dir = "/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd != -1) {
		*fdp = fd;
		return 0;
	}
	/* Not every file system can do that: make one and remove its name. */
	if ((r = path_join(dir, "kho", &path)) != 0 ||
	    (r = fdio_mktemp(path, &tmp, &fd)) != 0)
		goto out;
	if (unlink(tmp) == -1) {
		r = err_from_errno(errno);
		fdio_close(&fd);
		goto out;
	}
	*fdp = fd;
 out:
	free(tmp);
	free(path);
	return r;
}

int
fdio_nonblock(int fd, int on)
{
	int flags;

	if ((flags = fcntl(fd, F_GETFL)) == -1)
		return err_from_errno(errno);
	flags = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
	if (fcntl(fd, F_SETFL, flags) == -1)
		return err_from_errno(errno);
	return 0;
}
