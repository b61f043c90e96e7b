/* fdio.h: whole reads and writes on file descriptors. */
#ifndef BASE_FDIO_H
#define BASE_FDIO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * EINTR is retried, short counts are continued.  errno values become ERR_
 * codes; nothing is logged here.
 */
struct buf;

/* Read exactly len bytes.  ERR_CLOSED at a clean end of file before the
 * first byte, ERR_FORMAT at one after it. */
int	 fdio_read_all(int fd, void *data, size_t len) ERR_MUST_USE;

/* Read up to len bytes; *lenp is 0 at end of file.  ERR_BUSY where a
 * non-blocking descriptor has nothing. */
int	 fdio_read(int fd, void *data, size_t len, size_t *lenp) ERR_MUST_USE;

/* Read up to len bytes at off; *lenp is less than len only at end of file. */
int	 fdio_pread(int fd, void *data, size_t len, off_t off, size_t *lenp)
	    ERR_MUST_USE;

/* Write all of it. */
int	 fdio_write_all(int fd, const void *data, size_t len) ERR_MUST_USE;
int	 fdio_pwrite_all(int fd, const void *data, size_t len, off_t off)
	    ERR_MUST_USE;

/* fsync.  A failure must never be retried on the same file: the kernel may
 * have dropped the data and would report success. */
int	 fdio_sync(int fd) ERR_MUST_USE;

/* Close *fdp unless it is -1, and set it to -1.  The error of close(2) is
 * the last chance of NFS to report a failed write. */
int	 fdio_close(int *fdp);

/* Append the whole file at path, at most max bytes (else ERR_TOOBIG). */
int	 fdio_read_file(const char *path, size_t max, struct buf *out)
	    ERR_MUST_USE;

/*
 * Replace path with data as one step: a temporary beside it, fsync, rename,
 * fsync of the directory.  The file has exactly the given mode.
 */
int	 fdio_replace_file(const char *path, mode_t mode, const void *data,
	    size_t len) ERR_MUST_USE;

/*
 * Make an empty file without a name, in dir (NULL: $TMPDIR or /tmp), for
 * memory that the kernel may write out.  Caller owns *fdp.
 */
int	 fdio_tmpfile(const char *dir, int *fdp) ERR_MUST_USE;

/* Set or clear O_NONBLOCK. */
int	 fdio_nonblock(int fd, int on) ERR_MUST_USE;

#endif /* BASE_FDIO_H */
