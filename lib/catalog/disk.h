/* disk.h: disks that come and go: which were here, when, and when not. */
#ifndef CATALOG_DISK_H
#define CATALOG_DISK_H

#include "catalog/catalog.h"

#define CATALOG_DISK_TEXT 64

struct catalog_disk {
	char	 label[CATALOG_DISK_TEXT];	/* that the disk bears */
	char	 volume[CATALOG_DISK_TEXT];	/* what the system calls its
						   file system; "": nothing */
	int64_t	 attached;		/* when it was last said to be here */
	int64_t	 ejected;		/* when it was let go; 0: it was not,
						   since it is here */
};

/* It is here: target, label, volume, attached; and not away any more. */
int	 catalog_disk_attach(struct catalog *c, const char *target,
	    const struct catalog_disk *d) ERR_MUST_USE;

/* It may be unplugged from then on. */
int	 catalog_disk_eject(struct catalog *c, const char *target,
	    int64_t when) ERR_MUST_USE;

/* ERR_NOENT if it was never here. */
int	 catalog_disk_get(struct catalog *c, const char *target,
	    struct catalog_disk *dp) ERR_MUST_USE;

#endif /* CATALOG_DISK_H */
