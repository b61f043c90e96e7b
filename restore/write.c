/* write.c: make the entries of a plan, once their content is there. */
#include "config.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/log.h"
#include "restore/internal.h"
#include "restore/problems.h"

int
write_errno(struct write *w, uint64_t i, int errnum, const char *what)
{
	struct plan_entry *e = plan_entry(w->p.plan, i);

	switch (errnum) {
	case ENOSPC:
	case EDQUOT:
	case EROFS:
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		log_errno(errnum, "destination: %s", what);
		return err_from_errno(errnum);
	case ELOOP:
		what = "a symbolic link is in the way";
		break;
	case ENOTDIR:
		what = "something that is no directory is in the way";
		break;
	}
	e->state = PLAN_FAILED;
	problems_entry(w->p.problems, PROBLEM_FAILED, w->p.plan, i, "%s: %s",
	    what, strerror(errnum));
	return 0;
}

int
write_where(struct write *w, uint64_t i, struct write_place *pl)
{
	const struct plan_entry *e = plan_entry(w->p.plan, i);
	bool tmp = w->p.careful || (e->flags & PLAN_EXISTS) != 0;
	int r;

	errno = 0;
	if ((r = dest_dir(w->p.dest, e->parent, &pl->dir)) != 0) {
		if (errno == 0)
			return r;
		r = write_errno(w, i, errno, "cannot open its directory");
		return r != 0 ? r : 1;
	}
	pl->name = plan_text(w->p.plan, e->name);
	if (tmp && (e->flags & PLAN_MATCHES) == 0 &&
	    e->attr.type != ATTR_DIR) {
		snprintf(pl->tmp, sizeof(pl->tmp), ".kho-tmp-%" PRIx64, i);
		pl->name = pl->tmp;
	}
	return 0;
}

mode_t
write_mode(const struct write *w, const struct plan_entry *e,
    const struct write_place *pl)
{

	if (!meta_simple(&w->self, &e->attr, e->xattrs != 0,
	    pl->dir.inherits))
		return 0600;
	return (mode_t)e->attr.mode;
}

void
write_meta(struct write *w, uint64_t i, const struct write_place *pl, int fd,
    mode_t created)
{
	struct plan_entry *e = plan_entry(w->p.plan, i);
	struct meta m = {
		.self = &w->self,
		.fd = fd, .dirfd = pl->dir.fd, .name = pl->name,
		.attr = &e->attr, .fresh = created != WRITE_NOT_FRESH,
		.inherits = pl->dir.inherits, .safe = w->p.safe,
		.created_mode = created,
	};
	unsigned int failed;

	if (e->xattrs != 0) {
		m.xattrs = (const uint8_t *)plan_text(w->p.plan, e->xattrs);
		m.xattrs_len = e->xattrs_len;
	}
	meta_apply(&m, &failed);
	w->counts.safe_modes += m.dropped_modes;
	w->counts.safe_xattrs += m.dropped_xattrs;
	if ((failed & (META_OWNER | META_OWNER_ERROR)) != 0)
		e->flags |= PLAN_NO_OWNER;
	if ((failed & META_OWNER) != 0)
		w->counts.no_owner++;
	if ((failed & ~(unsigned int)META_OWNER) != 0)
		problems_entry(w->p.problems, PROBLEM_ATTR, w->p.plan, i,
		    "%s not restored: %s", m.what, strerror(m.errnum));
}

/* Rename so that nothing that came meanwhile is lost. */
static int
write_rename(int dirfd, const char *from, const char *to, bool replace)
{

	if (!replace) {
		if (renameat2(dirfd, from, dirfd, to, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EINVAL && errno != ENOSYS)
			return -1;
	}
	return renameat(dirfd, from, dirfd, to);
}

int
write_settle(struct write *w, uint64_t i, const struct write_place *pl)
{
	struct plan_entry *e = plan_entry(w->p.plan, i);
	int errnum;

	if (pl->name == pl->tmp &&
	    write_rename(pl->dir.fd, pl->tmp, plan_text(w->p.plan, e->name),
	    (e->flags & PLAN_EXISTS) != 0) == -1) {
		errnum = errno;
		unlinkat(pl->dir.fd, pl->tmp, 0);
		return write_errno(w, i, errnum,
		    "cannot replace what is there");
	}
	e->state = PLAN_DONE;
	w->counts.done[e->attr.type]++;
	return 0;
}

/* Make or take over directory i; its attributes come at the end. */
static int
write_mkdir(struct write *w, uint64_t i)
{
	struct plan_entry *e = plan_entry(w->p.plan, i);
	mode_t mode = (e->flags & PLAN_MADE) != 0 ? 0777 & ~w->p.umask : 0700;
	struct write_place pl;
	struct stat st;
	int r;

	if (e->name_len == 0)
		return 0;		/* the destination itself */
	if ((r = write_where(w, i, &pl)) != 0)
		return r < 0 ? r : 0;
	if ((e->flags & (PLAN_EXISTS | PLAN_MATCHES)) == PLAN_EXISTS &&
	    unlinkat(pl.dir.fd, pl.name, 0) == -1 && errno != ENOENT)
		return write_errno(w, i, errno,
		    "cannot replace what is there");
	if (mkdirat(pl.dir.fd, pl.name, mode) == 0)
		return 0;
	if (errno == EEXIST && fstatat(pl.dir.fd, pl.name, &st,
	    AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode))
		return 0;
	return write_errno(w, i, errno, "cannot make the directory");
}

/* The system call that makes a node that is neither file nor directory. */
static int
write_mknod(struct write *w, const struct plan_entry *e,
    const struct write_place *pl, mode_t mode)
{
	dev_t dev = makedev(e->attr.rdev_major, e->attr.rdev_minor);

	switch (e->attr.type) {
	case ATTR_SYMLINK:
		return symlinkat(plan_text(w->p.plan, e->target), pl->dir.fd,
		    pl->name);
	case ATTR_FIFO:
		return mknodat(pl->dir.fd, pl->name, S_IFIFO | mode, 0);
	case ATTR_SOCKET:
		return mknodat(pl->dir.fd, pl->name, S_IFSOCK | mode, 0);
	case ATTR_CHAR:
		return mknodat(pl->dir.fd, pl->name, S_IFCHR | mode, dev);
	case ATTR_BLOCK:
		return mknodat(pl->dir.fd, pl->name, S_IFBLK | mode, dev);
	}
	errno = EINVAL;
	return -1;
}

/* Make a node, in place of a temporary that a killed run left behind. */
static int
write_node(struct write *w, uint64_t i)
{
	struct plan_entry *e = plan_entry(w->p.plan, i);
	bool device = e->attr.type == ATTR_CHAR || e->attr.type == ATTR_BLOCK;
	mode_t mode;
	struct write_place pl;
	int r;

	if (device && w->p.safe) {
		e->state = PLAN_REFUSED;
		w->counts.safe_devices++;
		return 0;
	}
	if ((r = write_where(w, i, &pl)) != 0)
		return r < 0 ? r : 0;
	if ((e->flags & PLAN_MATCHES) != 0) {
		write_meta(w, i, &pl, -1, WRITE_NOT_FRESH);
		return write_settle(w, i, &pl);
	}
	mode = write_mode(w, e, &pl);
	r = write_mknod(w, e, &pl, mode);
	if (r == -1 && errno == EEXIST && pl.name == pl.tmp &&
	    unlinkat(pl.dir.fd, pl.tmp, 0) == 0)
		r = write_mknod(w, e, &pl, mode);
	if (r == -1 && errno == EPERM && device && w->self.uid != 0) {
		e->state = PLAN_FAILED;
		w->counts.no_device++;
		return 0;
	}
	if (r == -1)
		return write_errno(w, i, errno, "cannot make it");
	write_meta(w, i, &pl, -1, mode);
	return write_settle(w, i, &pl);
}

/* Put the attributes of a file right whose content matches. */
static int
write_kept(struct write *w, uint64_t i)
{
	struct plan_entry *e = plan_entry(w->p.plan, i);
	struct write_place pl;
	int fd, r;

	if ((r = write_where(w, i, &pl)) != 0)
		return r < 0 ? r : 0;
	fd = dest_openat(pl.dir.fd, pl.name, O_RDONLY | O_NONBLOCK, 0);
	if (fd == -1 && errno != EACCES)
		return write_errno(w, i, errno, "cannot open it");
	write_meta(w, i, &pl, fd, WRITE_NOT_FRESH);
	fdio_close(&fd);
	w->counts.kept++;
	w->counts.bytes += e->size;
	return write_settle(w, i, &pl);
}

int
write_entry(struct write *w, uint64_t i)
{
	const struct plan_entry *e = plan_entry(w->p.plan, i);

	if (e->state != PLAN_TODO)
		return 0;
	if (e->attr.type == ATTR_DIR)
		return write_mkdir(w, i);
	if (e->link != PLAN_NONE)
		return 0;
	if (e->attr.type != ATTR_FILE)
		return write_node(w, i);
	if ((e->flags & PLAN_MATCHES) != 0)
		return write_kept(w, i);
	return e->left == 0 ? write_whole(w, i, NULL, 0, NULL) : 0;
}

/* Link the first name of a file to where pl says. */
static int
write_linkat(struct write *w, const struct plan_entry *first,
    const struct write_place *pl)
{
	struct dest_dir from;
	int r;

	if (dest_dir(w->p.dest, first->parent, &from) != 0)
		return -1;
	r = linkat(from.fd, plan_text(w->p.plan, first->name), pl->dir.fd,
	    pl->name, 0);
	if (r == -1 && errno == EEXIST && pl->name == pl->tmp &&
	    unlinkat(pl->dir.fd, pl->tmp, 0) == 0)
		r = linkat(from.fd, plan_text(w->p.plan, first->name),
		    pl->dir.fd, pl->name, 0);
	return r;
}

int
write_link(struct write *w, uint64_t i)
{
	struct plan_entry *e = plan_entry(w->p.plan, i), *first;
	struct write_place pl;
	int fd, r;

	if (e->state != PLAN_TODO || e->link == PLAN_NONE)
		return 0;
	first = plan_entry(w->p.plan, e->link);
	if (first->state == PLAN_REFUSED) {
		e->state = PLAN_REFUSED;
		return 0;
	}
	if (first->state != PLAN_DONE) {
		e->state = PLAN_FAILED;
		problems_entry(w->p.problems, PROBLEM_FAILED, w->p.plan, i,
		    "the file that it is a hard link of was not restored");
		return 0;
	}
	if ((r = write_where(w, i, &pl)) != 0)
		return r < 0 ? r : 0;
	/* Looking up the other directory may end the use of this one. */
	if ((fd = fcntl(pl.dir.fd, F_DUPFD_CLOEXEC, 0)) == -1)
		return write_errno(w, i, errno, "cannot open its directory");
	pl.dir.fd = fd;
	if ((e->flags & PLAN_MATCHES) == 0 &&
	    write_linkat(w, first, &pl) == -1) {
		r = write_errno(w, i, errno, "cannot make the hard link");
		goto out;
	}
	e->attr = first->attr;
	e->flags |= first->flags & (PLAN_HASHED | PLAN_SPARSE | PLAN_NO_OWNER);
	memcpy(e->hash, first->hash, sizeof(e->hash));
	w->counts.links++;
	w->counts.bytes += e->size;
	r = write_settle(w, i, &pl);
 out:
	fdio_close(&fd);
	return r;
}

int
write_dir(struct write *w, uint64_t i)
{
	struct plan_entry *e = plan_entry(w->p.plan, i);
	struct write_place pl;

	if (e->attr.type != ATTR_DIR || e->state != PLAN_TODO)
		return 0;
	if ((e->flags & PLAN_MADE) != 0) {
		e->state = PLAN_DONE;
		return 0;
	}
	if (dest_dir(w->p.dest, i, &pl.dir) != 0)
		return write_errno(w, i, errno, "cannot open the directory");
	pl.name = ".";
	write_meta(w, i, &pl, pl.dir.fd, WRITE_NOT_FRESH);
	return write_settle(w, i, &pl);
}

const struct write_counts *
write_counts(const struct write *w)
{

	return &w->counts;
}
