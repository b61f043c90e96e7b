/* request.c: requests as bytes. */
#include "sftp/request.h"

#include <string.h>

#include "base/buf.h"
#include "sftp/internal.h"

static int
put_string(struct sftp *x, const void *data, size_t len)
{
	int r;

	if ((r = buf_put_u32(x->packet, (uint32_t)len)) != 0)
		return r;
	return buf_put(x->packet, data, len);
}

static int
put_path(struct sftp *x, const char *path)
{
	size_t len = strlen(path);

	if (len >= SFTP_PATH_MAX)
		return ERR_TOOBIG;
	return put_string(x, path, len);
}

static int
put_handle(struct sftp *x, const struct sftp_handle *h)
{
	return put_string(x, h->bytes, h->len);
}

static int
put_attrs(struct sftp *x, const struct sftp_attrs *a)
{
	static const struct sftp_attrs none;
	struct buf *b = x->packet;
	int r;

	if (a == NULL)
		a = &none;
	if ((r = buf_put_u32(b, a->has)) != 0)
		return r;
	if ((a->has & SFTP_HAS_SIZE) != 0 &&
	    (r = buf_put_u64(b, a->size)) != 0)
		return r;
	if ((a->has & SFTP_HAS_OWNER) != 0 &&
	    ((r = buf_put_u32(b, a->uid)) != 0 ||
	    (r = buf_put_u32(b, a->gid)) != 0))
		return r;
	if ((a->has & SFTP_HAS_MODE) != 0 &&
	    (r = buf_put_u32(b, a->mode)) != 0)
		return r;
	if ((a->has & SFTP_HAS_TIMES) != 0 &&
	    ((r = buf_put_u32(b, a->atime)) != 0 ||
	    (r = buf_put_u32(b, a->mtime)) != 0))
		return r;
	return 0;
}

static int
queue(struct sftp *x, enum sftp_want want, struct sftp_done done)
{
	const struct sftp_asked asked = { .want = want };

	return sftp_queue(x, &asked, done);
}

/* A request whose only field is a path. */
static int
ask_path(struct sftp *x, uint8_t type, const char *path, enum sftp_want want,
    struct sftp_done done)
{
	int r;

	if ((r = sftp_begin(x, type)) != 0 || (r = put_path(x, path)) != 0)
		return r;
	return queue(x, want, done);
}

/* A request whose only field is a handle. */
static int
ask_handle(struct sftp *x, uint8_t type, const struct sftp_handle *h,
    enum sftp_want want, struct sftp_done done)
{
	int r;

	if ((r = sftp_begin(x, type)) != 0 || (r = put_handle(x, h)) != 0)
		return r;
	return queue(x, want, done);
}

/* Begin a request of an extension. */
static int
begin_extended(struct sftp *x, uint32_t bit, const char *name)
{
	int r;

	if (x->failed != 0)
		return x->failed;
	if ((x->server.extensions & bit) == 0)
		return ERR_VERSION;
	if ((r = sftp_begin(x, FXP_EXTENDED)) != 0)
		return r;
	return put_path(x, name);
}

/* The rest of a request about two paths. */
static int
ask_two(struct sftp *x, const char *from, const char *to,
    struct sftp_done done)
{
	int r;

	if ((r = put_path(x, from)) != 0 || (r = put_path(x, to)) != 0)
		return r;
	return queue(x, SFTP_WANT_STATUS, done);
}

int
sftp_open(struct sftp *x, const char *path, uint32_t flags,
    const struct sftp_attrs *attrs, struct sftp_done done)
{
	int r;

	if ((r = sftp_begin(x, FXP_OPEN)) != 0 ||
	    (r = put_path(x, path)) != 0 ||
	    (r = buf_put_u32(x->packet, flags)) != 0 ||
	    (r = put_attrs(x, attrs)) != 0)
		return r;
	return queue(x, SFTP_WANT_HANDLE, done);
}

int
sftp_close(struct sftp *x, const struct sftp_handle *h,
    struct sftp_done done)
{
	return ask_handle(x, FXP_CLOSE, h, SFTP_WANT_STATUS, done);
}

int
sftp_read(struct sftp *x, const struct sftp_handle *h, uint64_t off,
    size_t len, struct sftp_done done)
{
	const struct sftp_asked asked = { .want = SFTP_WANT_DATA,
	    .max = len };
	int r;

	if (len > x->server.read_max)
		return ERR_TOOBIG;
	if ((r = sftp_begin(x, FXP_READ)) != 0 ||
	    (r = put_handle(x, h)) != 0 ||
	    (r = buf_put_u64(x->packet, off)) != 0 ||
	    (r = buf_put_u32(x->packet, (uint32_t)len)) != 0)
		return r;
	return sftp_queue(x, &asked, done);
}

int
sftp_write(struct sftp *x, const struct sftp_handle *h,
    const struct sftp_bytes *b, struct sftp_done done)
{
	const struct sftp_asked asked = { .want = SFTP_WANT_STATUS,
	    .data = b->data, .len = b->len };
	int r;

	if (b->len > x->server.write_max)
		return ERR_TOOBIG;
	if ((r = sftp_begin(x, FXP_WRITE)) != 0 ||
	    (r = put_handle(x, h)) != 0 ||
	    (r = buf_put_u64(x->packet, b->off)) != 0 ||
	    (r = buf_put_u32(x->packet, (uint32_t)b->len)) != 0)
		return r;
	return sftp_queue(x, &asked, done);
}

int
sftp_fsync(struct sftp *x, const struct sftp_handle *h,
    struct sftp_done done)
{
	int r;

	if ((r = begin_extended(x, SFTP_EXT_FSYNC,
	    "fsync@openssh.com")) != 0 || (r = put_handle(x, h)) != 0)
		return r;
	return queue(x, SFTP_WANT_STATUS, done);
}

int
sftp_stat(struct sftp *x, const char *path, struct sftp_done done)
{
	return ask_path(x, FXP_STAT, path, SFTP_WANT_ATTRS, done);
}

int
sftp_lstat(struct sftp *x, const char *path, struct sftp_done done)
{
	return ask_path(x, FXP_LSTAT, path, SFTP_WANT_ATTRS, done);
}

int
sftp_fstat(struct sftp *x, const struct sftp_handle *h,
    struct sftp_done done)
{
	return ask_handle(x, FXP_FSTAT, h, SFTP_WANT_ATTRS, done);
}

int
sftp_setstat(struct sftp *x, const char *path,
    const struct sftp_attrs *attrs, struct sftp_done done)
{
	int r;

	if ((r = sftp_begin(x, FXP_SETSTAT)) != 0 ||
	    (r = put_path(x, path)) != 0 || (r = put_attrs(x, attrs)) != 0)
		return r;
	return queue(x, SFTP_WANT_STATUS, done);
}

int
sftp_opendir(struct sftp *x, const char *path, struct sftp_done done)
{
	return ask_path(x, FXP_OPENDIR, path, SFTP_WANT_HANDLE, done);
}

int
sftp_readdir(struct sftp *x, const struct sftp_handle *h,
    struct sftp_done done)
{
	return ask_handle(x, FXP_READDIR, h, SFTP_WANT_NAMES, done);
}

int
sftp_mkdir(struct sftp *x, const char *path, uint32_t mode,
    struct sftp_done done)
{
	const struct sftp_attrs attrs = { .has = SFTP_HAS_MODE,
	    .mode = mode };
	int r;

	if ((r = sftp_begin(x, FXP_MKDIR)) != 0 ||
	    (r = put_path(x, path)) != 0 ||
	    (r = put_attrs(x, &attrs)) != 0)
		return r;
	return queue(x, SFTP_WANT_STATUS, done);
}

int
sftp_rmdir(struct sftp *x, const char *path, struct sftp_done done)
{
	return ask_path(x, FXP_RMDIR, path, SFTP_WANT_STATUS, done);
}

int
sftp_remove(struct sftp *x, const char *path, struct sftp_done done)
{
	return ask_path(x, FXP_REMOVE, path, SFTP_WANT_STATUS, done);
}

int
sftp_rename(struct sftp *x, const char *from, const char *to,
    struct sftp_done done)
{
	int r;

	if ((r = sftp_begin(x, FXP_RENAME)) != 0)
		return r;
	return ask_two(x, from, to, done);
}

int
sftp_replace(struct sftp *x, const char *from, const char *to,
    struct sftp_done done)
{
	int r;

	if ((r = begin_extended(x, SFTP_EXT_POSIX_RENAME,
	    "posix-rename@openssh.com")) != 0)
		return r;
	return ask_two(x, from, to, done);
}

int
sftp_hardlink(struct sftp *x, const char *from, const char *to,
    struct sftp_done done)
{
	int r;

	if ((r = begin_extended(x, SFTP_EXT_HARDLINK,
	    "hardlink@openssh.com")) != 0)
		return r;
	return ask_two(x, from, to, done);
}

int
sftp_readlink(struct sftp *x, const char *path, struct sftp_done done)
{
	return ask_path(x, FXP_READLINK, path, SFTP_WANT_PATH, done);
}

int
sftp_realpath(struct sftp *x, const char *path, struct sftp_done done)
{
	return ask_path(x, FXP_REALPATH, path, SFTP_WANT_PATH, done);
}

int
sftp_statvfs(struct sftp *x, const char *path, struct sftp_done done)
{
	int r;

	if ((r = begin_extended(x, SFTP_EXT_STATVFS,
	    "statvfs@openssh.com")) != 0 || (r = put_path(x, path)) != 0)
		return r;
	return queue(x, SFTP_WANT_SPACE, done);
}

int
sftp_limits(struct sftp *x, struct sftp_done done)
{
	int r;

	if ((r = begin_extended(x, SFTP_EXT_LIMITS,
	    "limits@openssh.com")) != 0)
		return r;
	return queue(x, SFTP_WANT_LIMITS, done);
}
