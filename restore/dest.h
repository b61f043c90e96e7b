/* dest.h: the directory that is restored into, and never left. */
#ifndef RESTORE_DEST_H
#define RESTORE_DEST_H

#include <sys/types.h>
#include <stdbool.h>

#include "restore/plan.h"

/*
 * Every name is opened with openat2 relative to a descriptor of its parent,
 * beneath it and through no symbolic link, so that neither a hostile tree
 * nor somebody who changes the destination meanwhile leads a write outside.
 * Some hundred directory descriptors are kept.  One thread.
 *
 * Functions that fail leave errno as the system call set it.
 */
struct dest;

struct dest_dir {
	int	 fd;		/* borrowed until the next call */
	bool	 inherits;	/* new files do not get our group and mode */
};

/*
 * Open the directory at path, which exists.  plan is borrowed.  ERR_VERSION
 * where the kernel has no openat2.  Caller owns *dp.
 */
int	 dest_open(const char *path, const struct plan *plan,
	    struct dest **dp) ERR_MUST_USE;

/* Close d, which may be NULL. */
void	 dest_close(struct dest *d);

/* The descriptor of the top directory, borrowed. */
int	 dest_fd(const struct dest *d);

/* The directory that entry i of the plan stands for; PLAN_NONE is the top. */
int	 dest_dir(struct dest *d, uint64_t i, struct dest_dir *dirp)
	    ERR_MUST_USE;

/* Open name in the directory dirfd; -1 and errno on failure. */
int	 dest_openat(int dirfd, const char *name, int flags, mode_t mode)
	    ERR_MUST_USE;

#endif /* RESTORE_DEST_H */
