/* request.h: the requests of SFTP, one function each. */
#ifndef SFTP_REQUEST_H
#define SFTP_REQUEST_H

#include "sftp/sftp.h"

/*
 * Each queues one request and returns 0, and done is called later; or it
 * returns a code, and done is never called:
 *
 *	ERR_BUSY	too many are open: see sftp_ready
 *	ERR_TOOBIG	a path of SFTP_PATH_MAX bytes or more, or more data
 *			than the server takes at once
 *	ERR_VERSION	an extension that this server does not offer
 *	other		what ended the session
 *
 * Texts, attributes and data are copied.  Paths are bytes; a relative one
 * begins where the server puts its user.
 */

/* As of open(2); SFTP_OPEN_NEW: the file must not exist. */
#define SFTP_OPEN_READ 0x1u
#define SFTP_OPEN_WRITE 0x2u
#define SFTP_OPEN_CREATE 0x8u
#define SFTP_OPEN_TRUNCATE 0x10u
#define SFTP_OPEN_NEW 0x20u	/* with SFTP_OPEN_CREATE */

/* Open a file; attrs (or NULL) are those of a new one. */
int	 sftp_open(struct sftp *x, const char *path, uint32_t flags,
	    const struct sftp_attrs *attrs, struct sftp_done done)
	    ERR_MUST_USE;

/* Close a file or a directory. */
int	 sftp_close(struct sftp *x, const struct sftp_handle *h,
	    struct sftp_done done) ERR_MUST_USE;

/* Read up to len bytes (at most read_max); reply: data, len, end. */
int	 sftp_read(struct sftp *x, const struct sftp_handle *h, uint64_t off,
	    size_t len, struct sftp_done done) ERR_MUST_USE;

/* Write bytes, at most write_max of them. */
struct sftp_bytes {
	uint64_t off;
	const void *data;
	size_t	 len;
};
int	 sftp_write(struct sftp *x, const struct sftp_handle *h,
	    const struct sftp_bytes *b, struct sftp_done done) ERR_MUST_USE;

/* Put on stable storage what was written (SFTP_EXT_FSYNC). */
int	 sftp_fsync(struct sftp *x, const struct sftp_handle *h,
	    struct sftp_done done) ERR_MUST_USE;

/* Attributes: of what a link leads to, of the link itself, of what is open. */
int	 sftp_stat(struct sftp *x, const char *path, struct sftp_done done)
	    ERR_MUST_USE;
int	 sftp_lstat(struct sftp *x, const char *path, struct sftp_done done)
	    ERR_MUST_USE;
int	 sftp_fstat(struct sftp *x, const struct sftp_handle *h,
	    struct sftp_done done) ERR_MUST_USE;

/* Set those attributes that are known. */
int	 sftp_setstat(struct sftp *x, const char *path,
	    const struct sftp_attrs *attrs, struct sftp_done done)
	    ERR_MUST_USE;

/* Open a directory; then readdir gives entries until reply->end. */
int	 sftp_opendir(struct sftp *x, const char *path, struct sftp_done done)
	    ERR_MUST_USE;
int	 sftp_readdir(struct sftp *x, const struct sftp_handle *h,
	    struct sftp_done done) ERR_MUST_USE;

/* Make and remove. */
int	 sftp_mkdir(struct sftp *x, const char *path, uint32_t mode,
	    struct sftp_done done) ERR_MUST_USE;
int	 sftp_rmdir(struct sftp *x, const char *path, struct sftp_done done)
	    ERR_MUST_USE;
int	 sftp_remove(struct sftp *x, const char *path, struct sftp_done done)
	    ERR_MUST_USE;

/*
 * Rename.  By the draft it fails where there is something at to; some
 * servers replace it nevertheless.
 */
int	 sftp_rename(struct sftp *x, const char *from, const char *to,
	    struct sftp_done done) ERR_MUST_USE;

/* Rename as rename(2) does, replacing to (SFTP_EXT_POSIX_RENAME). */
int	 sftp_replace(struct sftp *x, const char *from, const char *to,
	    struct sftp_done done) ERR_MUST_USE;

/* As link(2): never replaces (SFTP_EXT_HARDLINK). */
int	 sftp_hardlink(struct sftp *x, const char *from, const char *to,
	    struct sftp_done done) ERR_MUST_USE;

/* reply: path. */
int	 sftp_readlink(struct sftp *x, const char *path,
	    struct sftp_done done) ERR_MUST_USE;
int	 sftp_realpath(struct sftp *x, const char *path,
	    struct sftp_done done) ERR_MUST_USE;

/* reply: space, of the file system of path (SFTP_EXT_STATVFS). */
int	 sftp_statvfs(struct sftp *x, const char *path, struct sftp_done done)
	    ERR_MUST_USE;

#endif /* SFTP_REQUEST_H */
