/* bounds.h: how much a source may hold, as its policy says. */
#ifndef BACKUPD_BOUNDS_H
#define BACKUPD_BOUNDS_H

#include "backupd/session.h"

/*
 * The policy's limits (job.h, struct job_bounds).  What is beyond one is a
 * failure, told as soon as it is seen, or a warning: then everything is saved
 * all the same, and the job says so at its end.
 */
struct slot;

/* Content of the file in slot is about to be had; it is counted already. */
int	 bounds_file(struct session *s, const struct slot *slot)
	    ERR_MUST_USE;

/* The source was read whole: s->files and s->bytes are what they will be. */
int	 bounds_end(struct session *s) ERR_MUST_USE;

#endif /* BACKUPD_BOUNDS_H */
