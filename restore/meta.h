/* meta.h: owner, mode, extended attributes and times of what was restored. */
#ifndef RESTORE_META_H
#define RESTORE_META_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/*
 * Applied in the order that keeps what was applied before: owner (which
 * clears setuid bits and capabilities), attributes, mode, ACLs, times.
 * What cannot be applied is told by bits; the rest is done all the same.
 */
enum meta_failed {
	META_OWNER = 1,		/* not permitted: not root */
	META_MODE = 2,
	META_XATTR = 4,
	META_TIME = 8,
	META_OWNER_ERROR = 16	/* failed though root */
};

/* Who we are, asked once. */
struct meta_self {
	uid_t	 uid;
	gid_t	 gid;
};

struct meta {
	const struct meta_self *self;	/* borrowed */
	int	 fd;			/* -1: by dirfd and name */
	int	 dirfd;
	const char *name;
	struct attr *attr;	/* mode loses bits not given */
	const uint8_t *xattrs;	/* as stored; NULL: none */
	size_t	 xattrs_len;
	bool	 fresh;			/* ours, made with created_mode */
	bool	 inherits;		/* see struct dest_dir */
	bool	 safe;			/* no setuid, no privileged xattrs */
	mode_t	 created_mode;
	uint64_t dropped_modes, dropped_xattrs;	/* because of safe */
	int	 errnum;		/* of the last failure */
	const char *what;		/* the attribute it was about */
};

/* Apply; *failedp gets META_ bits. */
void	 meta_apply(struct meta *m, unsigned int *failedp);

/*
 * Tell whether a new file of these attributes may be created with its final
 * mode: nothing that comes after needs another one.
 */
bool	 meta_simple(const struct meta_self *self, const struct attr *attr,
	    bool xattrs, bool inherits);

#endif /* RESTORE_META_H */
