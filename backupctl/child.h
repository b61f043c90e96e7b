/* child.h: other programs, run for a command. */
#ifndef BACKUPCTL_CHILD_H
#define BACKUPCTL_CHILD_H

#include <stddef.h>

#include "base/err.h"

/*
 * Programs are started by their names with an argument each, never through a
 * shell, and waited for.
 */
struct buf;

struct child_io {
	const char *in;		/* its stdin; NULL: nothing */
	struct buf *out;	/* takes its stdout; NULL: ours */
	struct buf *err;	/* takes its stderr; NULL: ours */
};

/*
 * Run argv, which ends in NULL.  What is more than a buffer takes is read
 * and forgotten.  *codep is its exit code, 128 and the signal that ended it,
 * or 127 if it could not be started.
 */
int	 child_run(const char *const *argv, const struct child_io *io,
	    int *codep) ERR_MUST_USE;

/*
 * The path of another program of this project: beside this one, or where the
 * installation or the build has it.  ERR_NOENT.  Caller owns *pathp.
 */
int	 child_find(const char *name, char **pathp) ERR_MUST_USE;

#endif /* BACKUPCTL_CHILD_H */
