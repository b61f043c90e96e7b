/* meta.c: owner, mode, extended attributes and times of what was restored. */
#include "restore/meta.h"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

#define META_NAME_MAX 255
#define META_VALUE_MAX 65536
#define META_LIST_MAX 65536
#define META_XATTRS_MAX 4096
#define META_ACL "system.posix_acl_"
#define META_SPECIAL (S_ISUID | S_ISGID)

/* Note a failure; the first of its kind is the one that is told. */
static void
meta_fail(struct meta *m, unsigned int *failedp, unsigned int bit,
    const char *what)
{

	m->errnum = errno;
	m->what = what;
	*failedp |= bit;
}

bool
meta_simple(const struct meta_self *self, const struct attr *attr,
    bool xattrs, bool inherits)
{

	if (xattrs || inherits || (attr->have & ATTR_MODE) == 0)
		return false;
	if ((attr->mode & ~0777u) != 0)
		return false;
	return (attr->have & ATTR_OWNER) == 0 ||
	    (attr->uid == self->uid && attr->gid == self->gid);
}

static int
meta_stat(const struct meta *m, struct stat *st)
{

	if (m->fd != -1)
		return fstat(m->fd, st);
	return fstatat(m->dirfd, m->name, st, AT_SYMLINK_NOFOLLOW);
}

static int
meta_chown(const struct meta *m, uid_t uid, gid_t gid)
{

	if (m->fd != -1)
		return fchown(m->fd, uid, gid);
	return fchownat(m->dirfd, m->name, uid, gid, AT_SYMLINK_NOFOLLOW);
}

/* Give the file its owner; as another user than root, at least its group. */
static void
meta_owner(struct meta *m, const struct stat *st, unsigned int *failedp)
{
	const struct attr *a = m->attr;

	if ((a->have & ATTR_OWNER) == 0 ||
	    (st->st_uid == a->uid && st->st_gid == a->gid))
		return;
	if (meta_chown(m, a->uid, a->gid) == 0)
		return;
	if (m->self->uid == 0 || errno != EPERM) {
		meta_fail(m, failedp, META_OWNER_ERROR, "owner");
		return;
	}
	*failedp |= META_OWNER;
	if (st->st_gid != a->gid &&
	    meta_chown(m, (uid_t)-1, a->gid) == -1)
		return;
}

/* Set one extended attribute by descriptor, or through the parent's. */
static int
meta_setxattr(const struct meta *m, const char *name, const void *value,
    size_t len)
{
	char path[32 + META_NAME_MAX + 1];

	if (m->fd != -1)
		return fsetxattr(m->fd, name, value, len, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", m->dirfd, m->name);
	return lsetxattr(path, name, value, len, 0);
}

static bool
meta_privileged(const char *name)
{

	return strncmp(name, "security.", 9) == 0 ||
	    strncmp(name, "trusted.", 8) == 0;
}

/* Consume one attribute.  name has room for META_NAME_MAX and a NUL. */
static int
meta_xattr_get(struct buf *b, char *name, const uint8_t **valuep,
    size_t *lenp)
{
	const uint8_t *p;
	size_t len;
	int r;

	if ((r = buf_get_bytes(b, META_NAME_MAX, &p, &len)) != 0)
		return r;
	if (len == 0 || memchr(p, '\0', len) != NULL)
		return ERR_FORMAT;
	memcpy(name, p, len);
	name[len] = '\0';
	return buf_get_bytes(b, META_VALUE_MAX, valuep, lenp);
}

/* Set the ACLs, or else all other attributes. */
static void
meta_xattrs(struct meta *m, bool acls, unsigned int *failedp)
{
	char name[META_NAME_MAX + 1];
	const uint8_t *value;
	struct buf *b = NULL;
	uint64_t n;
	size_t len;

	if (m->xattrs == NULL)
		return;
	if (buf_borrow(m->xattrs, m->xattrs_len, &b) != 0 ||
	    buf_get_varint(b, &n) != 0 || n > META_XATTRS_MAX) {
		errno = EINVAL;
		meta_fail(m, failedp, META_XATTR, "extended attributes");
		goto out;
	}
	for (; n > 0; n--) {
		if (meta_xattr_get(b, name, &value, &len) != 0) {
			errno = EINVAL;
			meta_fail(m, failedp, META_XATTR,
			    "extended attributes");
			break;
		}
		if ((strncmp(name, META_ACL, strlen(META_ACL)) == 0) != acls)
			continue;
		if (m->safe && meta_privileged(name)) {
			m->dropped_xattrs++;
			continue;
		}
		if (meta_setxattr(m, name, value, len) == -1)
			meta_fail(m, failedp, META_XATTR, acls ? "ACL" :
			    "extended attributes");
	}
 out:
	buf_free(b);
}

/* Tell whether the stored attributes have one of this name. */
static bool
meta_has(const struct meta *m, const char *wanted)
{
	char name[META_NAME_MAX + 1];
	const uint8_t *value;
	struct buf *b = NULL;
	uint64_t n;
	size_t len;
	bool found = false;

	if (m->xattrs != NULL &&
	    buf_borrow(m->xattrs, m->xattrs_len, &b) == 0 &&
	    buf_get_varint(b, &n) == 0 && n <= META_XATTRS_MAX)
		for (; n > 0 && !found; n--) {
			if (meta_xattr_get(b, name, &value, &len) != 0)
				break;
			found = strcmp(name, wanted) == 0;
		}
	buf_free(b);
	return found;
}

/*
 * Take off what an existing file has, or a new one inherited, and the
 * snapshot does not: users' attributes and ACLs.  The system's own labels
 * stay.
 */
static void
meta_xattrs_clear(const struct meta *m)
{
	char *list, *name;
	ssize_t len;

	if (m->fd == -1 || (len = flistxattr(m->fd, NULL, 0)) <= 0)
		return;
	if ((list = malloc(META_LIST_MAX)) == NULL)
		return;
	if ((len = flistxattr(m->fd, list, META_LIST_MAX)) > 0)
		for (name = list; name < list + len; name += strlen(name) + 1)
			if ((strncmp(name, "user.", 5) == 0 ||
			    strncmp(name, META_ACL, strlen(META_ACL)) == 0) &&
			    !meta_has(m, name))
				fremovexattr(m->fd, name);
	free(list);
}

/* The mode to give: without what must not or could not be. */
static mode_t
meta_mode(struct meta *m, unsigned int failed)
{
	struct attr *a = m->attr;

	if ((a->mode & META_SPECIAL) == 0 || a->type == ATTR_SYMLINK)
		return (mode_t)a->mode;
	/* A directory's setgid bit gives nobody any right. */
	if (m->safe && a->type != ATTR_DIR) {
		m->dropped_modes++;
		a->mode &= ~(uint32_t)META_SPECIAL;
	}
	/* Set-user-id to somebody else than was meant is worse than none. */
	if ((failed & (META_OWNER | META_OWNER_ERROR)) != 0 &&
	    a->type != ATTR_DIR)
		a->mode &= ~(uint32_t)META_SPECIAL;
	return (mode_t)a->mode;
}

static void
meta_chmod(struct meta *m, mode_t mode, unsigned int *failedp)
{
	int r;

	if (m->fd != -1)
		r = fchmod(m->fd, mode);
	else
		r = fchmodat(m->dirfd, m->name, mode, AT_SYMLINK_NOFOLLOW);
	if (r == -1)
		meta_fail(m, failedp, META_MODE, "mode");
}

static void
meta_times(struct meta *m, unsigned int *failedp)
{
	struct timespec ts[2];
	int r;

	if ((m->attr->have & ATTR_MTIME) == 0)
		return;
	ts[0].tv_sec = 0;
	ts[0].tv_nsec = UTIME_OMIT;
	ts[1].tv_sec = (time_t)m->attr->mtime;
	ts[1].tv_nsec = (m->attr->have & ATTR_MTIME_NS) != 0 ?
	    (long)m->attr->mtime_ns : 0;
	if (m->fd != -1)
		r = futimens(m->fd, ts);
	else
		r = utimensat(m->dirfd, m->name, ts, AT_SYMLINK_NOFOLLOW);
	if (r == -1)
		meta_fail(m, failedp, META_TIME, "modification time");
}

void
meta_apply(struct meta *m, unsigned int *failedp)
{
	struct stat st;
	unsigned int failed = 0;
	bool simple = m->fresh &&
	    meta_simple(m->self, m->attr, m->xattrs != NULL, m->inherits);
	mode_t mode;

	if (!simple) {
		if (meta_stat(m, &st) == -1) {
			meta_fail(m, &failed, META_MODE, "attributes");
			*failedp = failed;
			return;
		}
		meta_owner(m, &st, &failed);
		if (!m->fresh || m->inherits)
			meta_xattrs_clear(m);
		meta_xattrs(m, false, &failed);
	}
	mode = meta_mode(m, failed);
	if ((m->attr->have & ATTR_MODE) != 0 &&
	    m->attr->type != ATTR_SYMLINK &&
	    (!simple || mode != m->created_mode))
		meta_chmod(m, mode, &failed);
	if (!simple)
		meta_xattrs(m, true, &failed);
	meta_times(m, &failed);
	*failedp = failed;
}
