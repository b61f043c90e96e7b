/* dest.c: the directory that is restored into, and never left. */
#include "config.h"

#include "restore/dest.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <linux/openat2.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fdio.h"

#define DEST_SETS 64		/* directories are kept in sets of four */
#define DEST_WAYS 4

struct dest_slot {
	uint64_t entry;
	uint64_t used;		/* when; 0: empty */
	struct dest_dir dir;
};

struct dest {
	const struct plan *plan;
	struct dest_dir top;
	struct dest_slot slots[DEST_SETS][DEST_WAYS];
	uint64_t now;
	uint64_t *chain;	/* directories still to be opened */
	size_t	 chain_cap;
	gid_t	 gid;
};

int
dest_openat(int dirfd, const char *name, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned int)(flags | O_CLOEXEC |
		    O_NOFOLLOW),
		.mode = (flags & O_CREAT) != 0 ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
		    RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	do
		fd = syscall(SYS_openat2, dirfd, name, &how, sizeof(how));
	while (fd == -1 && (errno == EINTR || errno == EAGAIN));
	return (int)fd;
}

/* Learn whether the directory gives its files a group or a default ACL. */
static int
dest_look(const struct dest *d, struct dest_dir *dir)
{
	struct stat st;

	if (fstat(dir->fd, &st) == -1)
		return err_from_errno(errno);
	dir->inherits = (st.st_mode & S_ISGID) != 0 || st.st_gid != d->gid ||
	    fgetxattr(dir->fd, "system.posix_acl_default", NULL, 0) > 0;
	return 0;
}

int
dest_open(const char *path, const struct plan *plan, struct dest **dp)
{
	struct dest *d;
	int fd, r;

	if ((d = calloc(1, sizeof(*d))) == NULL)
		return ERR_NOMEM;
	d->plan = plan;
	d->gid = getegid();
	d->top.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->top.fd == -1) {
		r = err_from_errno(errno);
		goto out;
	}
	if ((fd = dest_openat(d->top.fd, ".", O_PATH, 0)) == -1) {
		r = errno == ENOSYS ? ERR_VERSION : err_from_errno(errno);
		goto out;
	}
	close(fd);
	if ((r = dest_look(d, &d->top)) != 0)
		goto out;
	*dp = d;
	d = NULL;
 out:
	dest_close(d);
	return r;
}

void
dest_close(struct dest *d)
{
	size_t i, j;
	int e = errno;

	if (d == NULL)
		return;
	for (i = 0; i < DEST_SETS; i++)
		for (j = 0; j < DEST_WAYS; j++)
			if (d->slots[i][j].used != 0)
				close(d->slots[i][j].dir.fd);
	fdio_close(&d->top.fd);
	free(d->chain);
	free(d);
	errno = e;
}

int
dest_fd(const struct dest *d)
{

	return d->top.fd;
}

/* The slot of directory i, or the one it would take. */
static struct dest_slot *
dest_slot(struct dest *d, uint64_t i)
{
	struct dest_slot *set = d->slots[i % DEST_SETS], *oldest = set;
	size_t j;

	for (j = 0; j < DEST_WAYS; j++) {
		if (set[j].used != 0 && set[j].entry == i)
			return &set[j];
		if (set[j].used < oldest->used)
			oldest = &set[j];
	}
	return oldest;
}

/* Open directory i below its parent and keep it. */
static int
dest_enter(struct dest *d, uint64_t i, struct dest_dir *dir)
{
	const struct plan_entry *e = plan_entry(d->plan, i);
	struct dest_slot *slot;
	struct dest_dir new;
	int r, errnum;

	new.fd = dest_openat(dir->fd, plan_text(d->plan, e->name),
	    O_RDONLY | O_DIRECTORY, 0);
	if (new.fd == -1)
		return err_from_errno(errno);
	if ((r = dest_look(d, &new)) != 0) {
		errnum = errno;
		close(new.fd);
		errno = errnum;
		return r;
	}
	slot = dest_slot(d, i);
	if (slot->used != 0)
		close(slot->dir.fd);
	slot->entry = i;
	slot->used = ++d->now;
	slot->dir = *dir = new;
	return 0;
}

/* Remember that i must be opened once its parent is. */
static int
dest_defer(struct dest *d, size_t n, uint64_t i)
{
	uint64_t *chain;
	size_t cap;

	if (n == d->chain_cap) {
		cap = n == 0 ? 64 : n * 2;
		chain = reallocarray(d->chain, cap, sizeof(*chain));
		if (chain == NULL)
			return ERR_NOMEM;
		d->chain = chain;
		d->chain_cap = cap;
	}
	d->chain[n] = i;
	return 0;
}

int
dest_dir(struct dest *d, uint64_t i, struct dest_dir *dirp)
{
	struct dest_dir dir = d->top;
	struct dest_slot *slot;
	size_t n = 0;
	int r;

	for (; i != PLAN_NONE; i = plan_entry(d->plan, i)->parent) {
		if (plan_entry(d->plan, i)->name_len == 0)
			break;		/* the root is the top */
		slot = dest_slot(d, i);
		if (slot->used != 0 && slot->entry == i) {
			slot->used = ++d->now;
			dir = slot->dir;
			break;
		}
		if ((r = dest_defer(d, n++, i)) != 0)
			return r;
	}
	while (n > 0)
		if ((r = dest_enter(d, d->chain[--n], &dir)) != 0)
			return r;
	*dirp = dir;
	return 0;
}
