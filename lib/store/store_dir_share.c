/* store_dir_share.c: what mounted shares do that disks do not. */
#include "config.h"

#include <sys/stat.h>
#include <sys/vfs.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/log.h"
#include "store/dir.h"

bool
store_dir_again(struct store_dir *d)
{
	struct stat st;
	int fd;

	if (fstat(d->fd, &st) == 0)
		return true;	/* it was something below */
	fd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1) {
		log_errno(errno, "store %s: open again", d->path);
		fdio_close(&fd);
		return false;
	}
	/*
	 * While the old descriptor is open no other file system has its
	 * number, so this is the same directory of the same mount.
	 */
	if (st.st_dev != d->dev || st.st_ino != d->ino) {
		log_error("store %s: another directory is there now",
		    d->path);
		fdio_close(&fd);
		return false;
	}
	fdio_close(&d->fd);
	d->fd = fd;
	return true;
}

int
store_dir_code(const struct store_dir *d, int r)
{
	if (r != ERR_CHANGED)
		return r;
	log_error("store %s: the share does not remember its own files: %s",
	    d->path, "mount it anew");
	return ERR_IO;
}

/* Tell whether errnum says that there are no such links. */
static bool
dir_no_link(int errnum)
{
	return errnum == EPERM || errnum == EACCES || errnum == EOPNOTSUPP ||
	    errnum == ENOSYS || errnum == EMLINK || errnum == EINVAL ||
	    errnum == EXDEV;
}

/* Tell whether errnum says that no rename spares what is there. */
static bool
dir_no_noreplace(int errnum)
{
	return errnum == EINVAL || errnum == EOPNOTSUPP || errnum == ENOSYS;
}

/*
 * A plain rename replaces what is there, so look before.  Another writer that
 * looks at the same moment is not seen: store_dir_promises says so.
 */
static int
dir_rename_checked(struct store_dir *d, const char *tmp, int fd,
    const char *leaf)
{
	struct stat st;

	if (fstatat(fd, leaf, &st, AT_SYMLINK_NOFOLLOW) == 0)
		errno = EEXIST;
	if (errno != ENOENT || renameat(d->fd, tmp, fd, leaf) == -1)
		return -1;
	if (!d->plain)
		log_warn("store %s: neither links nor renames that spare"
		    " what is there: one server only may write to it",
		    d->path);
	d->plain = true;
	return 0;
}

/* Name it by the surest way that there is; -1 with errno set. */
static int
dir_name_it(struct store_dir *d, const char *tmp, int fd, const char *leaf)
{
	if (!d->plain) {
		if (linkat(d->fd, tmp, fd, leaf, 0) == 0)
			return 0;
		if (!dir_no_link(errno))
			return -1;
		if (renameat2(d->fd, tmp, fd, leaf, RENAME_NOREPLACE) == 0)
			return 0;
		if (!dir_no_noreplace(errno))
			return -1;
	}
	return dir_rename_checked(d, tmp, fd, leaf);
}

/*
 * By a link, which cannot replace what is there, or where there are none by a
 * rename.  Answers get lost, and NFS repeats a request that was done: so
 * whatever is answered, see whether it is our own file that is there.  Where
 * the answer was no, ask once more before that: a client that believes that
 * there is no such name learns better only so.
 */
int
store_dir_publish(struct store_dir *d, const struct store_dir_temp *t, int fd,
    const char *leaf)
{
	struct stat st;
	int e;

	if (dir_name_it(d, t->name, fd, leaf) == 0)
		return 0;
	e = errno;
	if (e != EEXIST && dir_name_it(d, t->name, fd, leaf) == 0)
		return 0;
	if (fstatat(fd, leaf, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return st.st_dev == t->dev && st.st_ino == t->ino ? 0 :
		    ERR_EXIST;
	return e == EEXIST ? ERR_EXIST :
	    store_dir_error(d, e, "link", leaf);
}

/* Tell whether other machines may write to the same file system. */
static bool
dir_is_shared(const struct store_dir *d)
{
	/* NFS, SMB by three modules, 9P, AFS twice, Ceph, FUSE */
	static const unsigned long magic[] = { 0x6969, 0x517B, 0xFF534D42,
	    0xFE534D42, 0x01021997, 0x5346414F, 0x6B414653, 0x00C36400,
	    0x65735546 };
	struct statfs st;
	size_t i;

	if (fstatfs(d->fd, &st) == -1)
		return true;
	for (i = 0; i < sizeof(magic) / sizeof(magic[0]); i++)
		if (((unsigned long)st.f_type & 0xFFFFFFFF) == magic[i])
			return true;
	return false;
}

/* Some of it is known only after a put. */
int
store_dir_promises(void *impl, struct store_promises *pp)
{
	const struct store_dir *d = impl;

	*pp = (struct store_promises){
	    .exclusive = d->plain ? STORE_EXCLUSIVE_CHECKED :
	    STORE_EXCLUSIVE_ATOMIC,
	    .durable = d->nosync ? STORE_DURABLE_WORD : STORE_DURABLE_SYNCED,
	    .listed = !dir_is_shared(d), .deletes = true };
	return 0;
}
