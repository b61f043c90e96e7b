/* attr.c: the attribute block as bytes, and how it is filled. */
#include "base/attr.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <string.h>

#include "base/buf.h"

#define NS_PER_S 1000000000u
#define MODE_MAX 07777u

/* Tell whether the fields that a has are within their range. */
static int
attr_ok(const struct attr *a)
{
	if (a->type < ATTR_FILE || a->type > ATTR_BLOCK)
		return 0;
	if ((a->have & ~(uint32_t)ATTR_ALL) != 0)
		return 0;
	if ((a->have & ATTR_MODE) != 0 && a->mode > MODE_MAX)
		return 0;
	if ((a->have & ATTR_MTIME_NS) != 0 && a->mtime_ns >= NS_PER_S)
		return 0;
	if ((a->have & ATTR_CTIME) != 0 && a->ctime_ns >= NS_PER_S)
		return 0;
	return 1;
}

/* Append the fields to b, in the order of their bits. */
static int
attr_put_fields(const struct attr *a, struct buf *b)
{
	int r = 0;

	if ((a->have & ATTR_MODE) != 0)
		r = buf_put_varint(b, a->mode);
	if (r == 0 && (a->have & ATTR_OWNER) != 0 &&
	    (r = buf_put_varint(b, a->uid)) == 0)
		r = buf_put_varint(b, a->gid);
	if (r == 0 && (a->have & ATTR_SIZE) != 0)
		r = buf_put_varint(b, a->size);
	if (r == 0 && (a->have & ATTR_MTIME) != 0)
		r = buf_put_i64(b, a->mtime);
	if (r == 0 && (a->have & ATTR_MTIME_NS) != 0)
		r = buf_put_u32(b, a->mtime_ns);
	if (r == 0 && (a->have & ATTR_CTIME) != 0 &&
	    (r = buf_put_i64(b, a->ctime)) == 0)
		r = buf_put_u32(b, a->ctime_ns);
	if (r == 0 && (a->have & ATTR_INODE) != 0 &&
	    (r = buf_put_varint(b, a->dev)) == 0)
		r = buf_put_varint(b, a->ino);
	if (r == 0 && (a->have & ATTR_LINKS) != 0)
		r = buf_put_varint(b, a->links);
	if (r == 0 && (a->have & ATTR_RDEV) != 0 &&
	    (r = buf_put_varint(b, a->rdev_major)) == 0)
		r = buf_put_varint(b, a->rdev_minor);
	return r;
}

int
attr_encode(const struct attr *a, struct buf *b)
{
	size_t before = buf_len(b);
	int r;

	if (!attr_ok(a))
		return ERR_FORMAT;
	if ((r = buf_put_u8(b, a->type)) == 0 &&
	    (r = buf_put_varint(b, a->have)) == 0)
		r = attr_put_fields(a, b);
	if (r != 0)
		buf_trim(b, buf_len(b) - before);
	return r;
}

/* Consume the fields that a->have names, in the order of their bits. */
static int
attr_get_fields(struct buf *b, struct attr *a)
{
	int r = 0;

	if ((a->have & ATTR_MODE) != 0)
		r = buf_get_varint32(b, UINT32_MAX, &a->mode);
	if (r == 0 && (a->have & ATTR_OWNER) != 0 &&
	    (r = buf_get_varint32(b, UINT32_MAX, &a->uid)) == 0)
		r = buf_get_varint32(b, UINT32_MAX, &a->gid);
	if (r == 0 && (a->have & ATTR_SIZE) != 0)
		r = buf_get_varint(b, &a->size);
	if (r == 0 && (a->have & ATTR_MTIME) != 0)
		r = buf_get_i64(b, &a->mtime);
	if (r == 0 && (a->have & ATTR_MTIME_NS) != 0)
		r = buf_get_u32(b, &a->mtime_ns);
	if (r == 0 && (a->have & ATTR_CTIME) != 0 &&
	    (r = buf_get_i64(b, &a->ctime)) == 0)
		r = buf_get_u32(b, &a->ctime_ns);
	if (r == 0 && (a->have & ATTR_INODE) != 0 &&
	    (r = buf_get_varint(b, &a->dev)) == 0)
		r = buf_get_varint(b, &a->ino);
	if (r == 0 && (a->have & ATTR_LINKS) != 0)
		r = buf_get_varint(b, &a->links);
	if (r == 0 && (a->have & ATTR_RDEV) != 0 &&
	    (r = buf_get_varint32(b, UINT32_MAX, &a->rdev_major)) == 0)
		r = buf_get_varint32(b, UINT32_MAX, &a->rdev_minor);
	return r;
}

int
attr_decode(struct buf *b, struct attr *ap)
{
	struct buf *view = NULL;
	struct attr a;
	int r;

	memset(&a, 0, sizeof(a));
	/* Read through a second view: a failure leaves b as it was. */
	if ((r = buf_borrow(buf_ptr(b), buf_len(b), &view)) != 0)
		return r;
	if ((r = buf_get_u8(view, &a.type)) != 0 ||
	    (r = buf_get_varint32(view, UINT32_MAX, &a.have)) != 0 ||
	    (r = attr_ok(&a) ? 0 : ERR_FORMAT) != 0 ||
	    (r = attr_get_fields(view, &a)) != 0)
		goto out;
	if (!attr_ok(&a)) {
		r = ERR_FORMAT;
		goto out;
	}
	if ((r = buf_skip(b, buf_len(b) - buf_len(view))) == 0)
		*ap = a;
 out:
	buf_free(view);
	return r;
}

uint8_t
attr_type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return ATTR_FILE;
	case S_IFDIR:
		return ATTR_DIR;
	case S_IFLNK:
		return ATTR_SYMLINK;
	case S_IFIFO:
		return ATTR_FIFO;
	case S_IFSOCK:
		return ATTR_SOCKET;
	case S_IFCHR:
		return ATTR_CHAR;
	case S_IFBLK:
		return ATTR_BLOCK;
	default:
		return 0;
	}
}

void
attr_from_stat(const struct stat *st, struct attr *ap)
{
	memset(ap, 0, sizeof(*ap));
	ap->type = attr_type_of(st->st_mode);
	ap->have = ATTR_MODE | ATTR_OWNER | ATTR_MTIME | ATTR_MTIME_NS |
	    ATTR_CTIME | ATTR_INODE;
	ap->mode = (uint32_t)st->st_mode & MODE_MAX;
	ap->uid = (uint32_t)st->st_uid;
	ap->gid = (uint32_t)st->st_gid;
	ap->mtime = (int64_t)st->st_mtim.tv_sec;
	ap->mtime_ns = (uint32_t)st->st_mtim.tv_nsec;
	ap->ctime = (int64_t)st->st_ctim.tv_sec;
	ap->ctime_ns = (uint32_t)st->st_ctim.tv_nsec;
	ap->dev = (uint64_t)st->st_dev;
	ap->ino = (uint64_t)st->st_ino;
	if (ap->type == ATTR_FILE || ap->type == ATTR_SYMLINK) {
		ap->have |= ATTR_SIZE;
		ap->size = (uint64_t)st->st_size;
	}
	if (ap->type != ATTR_DIR && st->st_nlink > 1) {
		ap->have |= ATTR_LINKS;
		ap->links = (uint64_t)st->st_nlink;
	}
	if (ap->type == ATTR_CHAR || ap->type == ATTR_BLOCK) {
		ap->have |= ATTR_RDEV;
		ap->rdev_major = (uint32_t)major(st->st_rdev);
		ap->rdev_minor = (uint32_t)minor(st->st_rdev);
	}
}

int
attr_same(const struct attr *a, const struct attr *b)
{
	const uint32_t need = ATTR_SIZE | ATTR_MTIME | ATTR_MTIME_NS |
	    ATTR_CTIME | ATTR_INODE;

	return (a->have & b->have & need) == need && a->type == b->type &&
	    a->size == b->size &&
	    a->mtime == b->mtime && a->mtime_ns == b->mtime_ns &&
	    a->ctime == b->ctime && a->ctime_ns == b->ctime_ns &&
	    a->dev == b->dev && a->ino == b->ino;
}

int
attr_same_weak(const struct attr *a, const struct attr *b)
{
	const uint32_t need = ATTR_SIZE | ATTR_MTIME;

	return (a->have & b->have & need) == need &&
	    (b->have & (ATTR_CTIME | ATTR_INODE)) == 0 &&
	    a->type == b->type && a->size == b->size && a->mtime == b->mtime;
}
