/* xattr.h: the extended attributes of a file, as the format has them. */
#ifndef AGENTS_XATTR_H
#define AGENTS_XATTR_H

#include "base/err.h"

struct buf;

/*
 * Append the attributes of name below dirfd to out, encoded and sorted by
 * name; nothing if it has none.  A symbolic link is not followed.  errno is
 * set on failure.  ERR_TOOBIG if they are over WIRE_XATTRS_MAX.
 */
int	 xattr_read(int dirfd, const char *name, struct buf *out)
	    ERR_MUST_USE;

#endif /* AGENTS_XATTR_H */
