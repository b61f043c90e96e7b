/* attr.h: what is known of a file besides its name and content. */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#include <sys/types.h>
#include <stdint.h>

#include "base/err.h"

struct buf;

/*
 * The attribute block of doc/format.md, section "Attributes"; the protocol
 * uses the same bytes.  A presence bitmap tells which fields are known: a
 * source without an agent knows less.
 */
enum attr_type {
	ATTR_FILE = 1,
	ATTR_DIR = 2,
	ATTR_SYMLINK = 3,
	ATTR_FIFO = 4,
	ATTR_SOCKET = 5,
	ATTR_CHAR = 6,
	ATTR_BLOCK = 7
};

enum {
	ATTR_MODE = 1u << 0,	/* permissions, setuid, setgid, sticky */
	ATTR_OWNER = 1u << 1,	/* uid and gid */
	ATTR_SIZE = 1u << 2,	/* bytes; regular files and symlinks */
	ATTR_MTIME = 1u << 3,	/* seconds */
	ATTR_MTIME_NS = 1u << 4, /* nanoseconds within mtime */
	ATTR_CTIME = 1u << 5,	/* seconds and nanoseconds */
	ATTR_INODE = 1u << 6,	/* device and inode number */
	ATTR_LINKS = 1u << 7,	/* link count, above 1, no directory */
	ATTR_RDEV = 1u << 8,	/* major and minor, of device files */
	ATTR_ALL = (1u << 9) - 1
};

struct attr {
	uint8_t	 type;		/* enum attr_type */
	uint32_t have;		/* ATTR_ bits of the fields that are known */
	uint32_t mode;		/* 07777 bits only */
	uint32_t uid, gid;
	uint64_t size;
	int64_t	 mtime;
	uint32_t mtime_ns;	/* below 1,000,000,000 */
	int64_t	 ctime;
	uint32_t ctime_ns;
	uint64_t dev, ino;
	uint64_t links;
	uint32_t rdev_major, rdev_minor;
};

#define ATTR_ENCODED_MAX 128	/* no attribute block is longer */

/* Append a's block to b.  Unknown fields take no room. */
int	 attr_encode(const struct attr *a, struct buf *b) ERR_MUST_USE;

/* Consume one block.  ERR_FORMAT for a type, bit or value out of range. */
int	 attr_decode(struct buf *b, struct attr *ap) ERR_MUST_USE;

struct stat;

/* The type that fits a mode; 0 for one that no system we know has. */
uint8_t	 attr_type_of(mode_t mode);

/* Fill *ap from a stat of a file on this machine. */
void	 attr_from_stat(const struct stat *st, struct attr *ap);

/*
 * Tell whether a file with attributes b is surely the one with a, unread:
 * both know size, mtime to the nanosecond, ctime and inode, and agree.
 */
int	 attr_same(const struct attr *a, const struct attr *b);

/*
 * The same for a source that can tell no more of b than its size and the
 * second of its last change: probably, not surely.  What knows an inode or
 * ctime is not compared so.
 */
int	 attr_same_weak(const struct attr *a, const struct attr *b);

#endif /* BASE_ATTR_H */
