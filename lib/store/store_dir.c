/* store_dir.c: a store in a local directory. */
#include "config.h"

#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "base/log.h"
#include "store/dir.h"
#include "store/impl.h"
#include "store/internal.h"
#include "store/pace.h"

#define DIR_MODE 0700
#define FILE_MODE 0600

static void
dir_close(void *impl)
{
	struct store_dir *d = impl;

	fdio_close(&d->fd);
	free(d->path);
	store_pace_free(d->pace);
	free(d);
}

int
store_dir_error(const struct store_dir *d, int errnum, const char *what,
    const char *name)
{
	int r;

	/* The first time it is asked again: see store_dir_again. */
	if (errnum == ESTALE)
		log_warn("store %s: %s %s: the share forgot what it had"
		    " given us", d->path, what, name);
	else
		log_errno(errnum, "store %s: %s %s", d->path, what, name);
	/* ELOOP, ENOTDIR: a link or a file where we make directories. */
	if (errnum == ELOOP || errnum == ENOTDIR)
		return ERR_CORRUPT;
	r = err_from_errno(errnum);
	/* Only who asks for an object says that it is or is not there. */
	return r == ERR_NOENT || r == ERR_EXIST ? ERR_IO : r;
}

/*
 * Sync a directory.  Some shares cannot, or not by a descriptor for reading,
 * and then what was put is as safe as that server makes it, which is told
 * once.
 */
static int
dir_sync(struct store_dir *d, int fd, const char *name)
{
	if (fsync(fd) == 0)
		return 0;
	if (errno == EINVAL || errno == ENOTSUP || errno == EBADF) {
		if (!d->nosync)
			log_warn("store %s: directories cannot be synced",
			    d->path);
		d->nosync = true;
		return 0;
	}
	return store_dir_error(d, errno, "sync directory of", name);
}

/* Open the directory part below fd, made if that is wanted and needed. */
static int
dir_open_part(int fd, const char *part, bool make)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, e, sub;

	sub = openat(fd, part, flags);
	if (sub != -1 || errno != ENOENT || !make)
		return sub;
	e = mkdirat(fd, part, DIR_MODE) == -1 ? errno : 0;
	/* It may be there even so: another's, or the answer was lost. */
	sub = openat(fd, part, flags);
	if (sub == -1 && errno == ENOENT && e != 0 && e != EEXIST)
		errno = e;
	return sub;
}

int
store_dir_parent(struct store_dir *d, const char *name, bool make, int *fdp,
    const char **leafp)
{
	char part[STORE_NAME_MAX];
	const char *rest = name;
	int fd, sub, r = 0;
	size_t len;

	/* Not a duplicate, which would share the place in a listing. */
	fd = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (fd != -1 && rest[len = strcspn(rest, "/")] == '/') {
		memcpy(part, rest, len);
		part[len] = '\0';
		if ((sub = dir_open_part(fd, part, make)) == -1)
			break;
		/* Even if it was there: its maker may have died unsynced. */
		if (make && (r = dir_sync(d, fd, name)) != 0) {
			fdio_close(&sub);
			fdio_close(&fd);
			return r;
		}
		fdio_close(&fd);
		fd = sub;
		rest += len + 1;
	}
	if (fd == -1 || strchr(rest, '/') != NULL) {
		if (errno == ENOENT && !make)
			r = ERR_NOENT;
		else
			r = store_dir_error(d, errno, "open directory of",
			    name);
		fdio_close(&fd);
		return r;
	}
	*fdp = fd;
	*leafp = rest;
	return 0;
}

/* Make a temporary file, which t then names, and what it is known by. */
static int
dir_mktemp(struct store_dir *d, struct store_dir_temp *t, int *fdp)
{
	uint64_t rnd[2];
	struct stat st;
	int fd, sub;

	if (getrandom(rnd, sizeof(rnd), 0) != (ssize_t)sizeof(rnd))
		return store_dir_error(d, errno, "random name in", "tmp");
	if ((sub = dir_open_part(d->fd, STORE_DIR_TMP, true)) == -1)
		return store_dir_error(d, errno, "open", STORE_DIR_TMP);
	fdio_close(&sub);
	/* Nobody else has such a name: it is ours to remove from here on. */
	snprintf(t->name, sizeof(t->name), "%s/%c%016" PRIx64 "%016" PRIx64,
	    STORE_DIR_TMP, STORE_DIR_TMP_MARK, rnd[0], rnd[1]);
	fd = openat(d->fd, t->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, FILE_MODE);
	if (fd == -1 || fstat(fd, &st) == -1) {
		/* There already: made by a call that was made twice. */
		sub = store_dir_error(d, errno == EEXIST ? ESTALE : errno,
		    "make", t->name);
		fdio_close(&fd);
		return sub;
	}
	t->dev = st.st_dev;
	t->ino = st.st_ino;
	if (!d->swept)
		store_dir_sweep(d, fd);
	d->swept = true;
	*fdp = fd;
	return 0;
}

/* Log why a temporary or an object could not be written or read. */
static void
dir_failed(const struct store_dir *d, int r, const char *what,
    const char *name)
{
	if (r == ERR_CHANGED)
		(void)store_dir_error(d, ESTALE, what, name);
	else
		log_err(r, "store %s: %s %s", d->path, what, name);
}

/* A piece after the other, as fast as the limit allows. */
static int
dir_write(struct store_dir *d, int fd, const uint8_t *data, size_t len)
{
	size_t n;
	int r;

	while (len > 0) {
		n = store_pace(d->pace, len);
		if ((r = fdio_write_all(fd, data, n)) != 0)
			return r;
		data += n;
		len -= n;
	}
	return 0;
}

static int
dir_read(struct store_dir *d, int fd, uint8_t *p, size_t len, uint64_t off)
{
	size_t n, got = 0;
	int r;

	while (len > 0) {
		n = store_pace(d->pace, len);
		if ((r = fdio_pread(fd, p, n, (off_t)off, &got)) != 0)
			return r;
		if (got < n)
			return ERR_CORRUPT;
		p += n;
		off += n;
		len -= n;
	}
	return 0;
}

/* Write and sync data under a new temporary name, which is then closed. */
static int
dir_write_temp(struct store_dir *d, const void *data, size_t len,
    struct store_dir_temp *t)
{
	int fd = -1, r;

	if ((r = dir_mktemp(d, t, &fd)) != 0)
		return r;
	if ((r = dir_write(d, fd, data, len)) != 0 ||
	    (r = fdio_sync(fd)) != 0 ||
	    (r = fdio_close(&fd)) != 0)		/* NFS may fail only here */
		dir_failed(d, r, "write", t->name);
	fdio_close(&fd);
	return r;
}

/* One put, and the temporaries of both times that it is tried. */
struct dir_put {
	const char *name;
	const void *data;
	size_t	 len;
	bool	 exclusive;
	unsigned int tried;
	struct store_dir_temp tmp[2];
};

/*
 * 0 if the object is there with that size, ERR_NOENT if it is not, ERR_EXIST
 * if it has to be new and is not.
 */
static int
dir_same(struct store_dir *d, int fd, const char *leaf,
    const struct dir_put *p)
{
	struct stat st;

	if (fstatat(fd, leaf, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? ERR_NOENT :
		    store_dir_error(d, errno, "stat", leaf);
	/* Put when it was tried first, which was not told. */
	if (p->tried > 1 && st.st_dev == p->tmp[0].dev &&
	    st.st_ino == p->tmp[0].ino)
		return 0;
	if (p->exclusive)
		return ERR_EXIST;
	if (S_ISREG(st.st_mode) && (uint64_t)st.st_size == p->len)
		return 0;
	log_error("store %s: object %s: there in another size", d->path, leaf);
	return ERR_CORRUPT;
}

/*
 * Write under a temporary name, sync, then link: a crash leaves a stray
 * temporary, never a torn object.
 */
static int
dir_put_once(struct store_dir *d, struct dir_put *p)
{
	struct store_dir_temp *t = &p->tmp[p->tried++];
	const char *leaf;
	int fd, r, there;

	if ((r = store_dir_parent(d, p->name, true, &fd, &leaf)) != 0)
		return r;
	there = dir_same(d, fd, leaf, p);
	if (there == ERR_NOENT) {
		if ((r = dir_write_temp(d, p->data, p->len, t)) != 0)
			goto out;
		there = store_dir_publish(d, t, fd, leaf);
		if (there == ERR_EXIST && !p->exclusive &&
		    (there = dir_same(d, fd, leaf, p)) == ERR_NOENT)
			there = 0;	/* a share shows it later */
	}
	if (there != 0 && there != ERR_EXIST) {
		r = there;
		goto out;
	}
	/* Even if it exists: its first writer may not have synced yet. */
	if ((r = dir_sync(d, fd, p->name)) == 0)
		r = there;
 out:
	fdio_close(&fd);
	return r;
}

static int
dir_put(void *impl, const char *name, const void *data, size_t len,
    bool exclusive)
{
	struct dir_put p = { .name = name, .data = data, .len = len,
	    .exclusive = exclusive };
	struct store_dir *d = impl;
	unsigned int i;
	int r;

	r = dir_put_once(d, &p);
	if (r == ERR_CHANGED && store_dir_again(d))
		r = dir_put_once(d, &p);
	/* Not before: the numbers of these files must not be given anew. */
	for (i = 0; i < p.tried; i++)
		if (p.tmp[i].name[0] != '\0')
			unlinkat(d->fd, p.tmp[i].name, 0);
	return store_dir_code(d, r);
}

/* Open an object for reading. */
static int
dir_open_object(struct store_dir *d, const char *name, int *fdp,
    uint64_t *sizep)
{
	const char *leaf;
	struct stat st;
	int dirfd, fd, r;

	if ((r = store_dir_parent(d, name, false, &dirfd, &leaf)) != 0)
		return r;
	/* O_NONBLOCK: what somebody put there may be a fifo. */
	fd = openat(dirfd, leaf, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		r = errno == ENOENT ? ERR_NOENT :
		    store_dir_error(d, errno, "open", name);
	fdio_close(&dirfd);
	if (r != 0)
		return r;
	if (fstat(fd, &st) == -1)
		r = store_dir_error(d, errno, "stat", name);
	else if (!S_ISREG(st.st_mode)) {
		log_error("store %s: object %s: not a file", d->path, name);
		r = ERR_CORRUPT;
	}
	if (r != 0) {
		fdio_close(&fd);
		return r;
	}
	*fdp = fd;
	*sizep = (uint64_t)st.st_size;
	return 0;
}

static int
dir_get_once(struct store_dir *d, const char *name, uint64_t off, size_t len,
    struct buf *out)
{
	char what[64];
	uint64_t size;
	uint8_t *p;
	int fd, r;

	if ((r = dir_open_object(d, name, &fd, &size)) != 0)
		return r;
	if (off + len > size)
		r = ERR_CORRUPT;
	else if ((r = buf_reserve(out, len, &p)) == 0) {
		if ((r = dir_read(d, fd, p, len, off)) != 0)
			buf_trim(out, len);
	}
	if (r != 0) {
		snprintf(what, sizeof(what), "read %zu bytes at %" PRIu64
		    " of", len, off);
		dir_failed(d, r, what, name);
	}
	fdio_close(&fd);
	return r;
}

static int
dir_get(void *impl, const char *name, uint64_t off, size_t len,
    struct buf *out)
{
	struct store_dir *d = impl;
	int r;

	r = dir_get_once(d, name, off, len, out);
	if (r == ERR_CHANGED && store_dir_again(d))
		r = dir_get_once(d, name, off, len, out);
	return store_dir_code(d, r);
}

static int
dir_size(void *impl, const char *name, uint64_t *sizep)
{
	struct store_dir *d = impl;
	uint64_t size;
	int fd, r;

	r = dir_open_object(d, name, &fd, &size);
	if (r == ERR_CHANGED && store_dir_again(d))
		r = dir_open_object(d, name, &fd, &size);
	if (r != 0)
		return store_dir_code(d, r);
	fdio_close(&fd);
	*sizep = size;
	return 0;
}

static int
dir_remove_once(struct store_dir *d, const char *name)
{
	const char *leaf;
	struct stat st;
	int e, fd, r;

	if ((r = store_dir_parent(d, name, false, &fd, &leaf)) != 0)
		return r == ERR_NOENT ? 0 : r;
	e = unlinkat(fd, leaf, 0) == -1 ? errno : 0;
	/* Gone is gone, whatever the answer was. */
	if (e != 0 && e != ENOENT &&
	    (fstatat(fd, leaf, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
	    errno != ENOENT))
		r = store_dir_error(d, e, "remove", name);
	else
		r = dir_sync(d, fd, name);
	fdio_close(&fd);
	return r;
}

static int
dir_remove(void *impl, const char *name)
{
	struct store_dir *d = impl;
	int r;

	r = dir_remove_once(d, name);
	if (r == ERR_CHANGED && store_dir_again(d))
		r = dir_remove_once(d, name);
	return store_dir_code(d, r);
}

/* By the descriptor: what is mounted at the path later is another thing. */
static int
dir_room(void *impl, struct store_room *roomp)
{
	struct store_dir *d = impl;
	struct statvfs st;

	if (fstatvfs(d->fd, &st) == -1)
		return store_dir_code(d, store_dir_error(d, errno,
		    "ask for the room of", "."));
	*roomp = (struct store_room){
	    .total = (uint64_t)st.f_blocks * st.f_frsize,
	    .free = (uint64_t)st.f_bavail * st.f_frsize,
	    .readonly = (st.f_flag & ST_RDONLY) != 0 };
	if (st.f_blocks == 0)	/* a share that does not know */
		roomp->total = roomp->free = UINT64_MAX;
	if (faccessat(d->fd, ".", W_OK | X_OK, AT_EACCESS) == -1) {
		if (errno == EROFS)
			roomp->readonly = true;
		else
			roomp->denied = true;
	}
	return 0;
}

static const struct store_ops dir_ops = {
	.close = dir_close,
	.put = dir_put,
	.get = dir_get,
	.size = dir_size,
	.remove = dir_remove,
	.list = store_dir_list,
	.room = dir_room,
	.promises = store_dir_promises
};

int
store_dir_open(const char *path, const struct store_access *access,
    struct store **storep)
{
	struct store_dir *d;
	struct stat st;
	int r;

	if ((d = calloc(1, sizeof(*d))) == NULL)
		return ERR_NOMEM;
	d->fd = -1;
	if ((d->path = strdup(path)) == NULL) {
		r = ERR_NOMEM;
		goto out;
	}
	d->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->fd == -1 || fstat(d->fd, &st) == -1) {
		r = err_from_errno(errno);
		if (r != ERR_NOENT)
			log_errno(errno, "store %s: open", path);
		if (r == ERR_CHANGED)
			r = ERR_IO;	/* ESTALE: nothing has changed */
		goto out;
	}
	d->dev = st.st_dev;
	d->ino = st.st_ino;
	if ((r = store_pace_new(access, &d->pace)) == 0 &&
	    (r = store_new(&dir_ops, d, d->path, storep)) == 0)
		d = NULL;	/* the store's now */
 out:
	if (d != NULL)
		dir_close(d);
	return r;
}
