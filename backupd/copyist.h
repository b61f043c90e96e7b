/* copyist.h: the worker that brings one copy up to date. */
#ifndef BACKUPD_COPYIST_H
#define BACKUPD_COPYIST_H

#include <stdint.h>

#include "base/err.h"

/*
 * Its record names the policy's file, which it reads itself: a copy needs of
 * it only the targets.  It tells issues (objects), progress, what the copy
 * holds, and its end, in which
 *
 *	files, bytes		were copied
 *	directories, new_bytes	as many were to be, and of so many bytes
 *	others			are damaged or differ
 *	sequence		snapshots came
 *	reached			EVENT_REACHED_NONE: the copy was not there
 *
 * and in its progress, files and stored were copied, want bytes are to be.
 */
struct buf;

struct copyist_order {
	char	*config, *state_dir, *target;
	int64_t	 clock;			/* where it stands (base/clock.h) */
};

#define COPYIST_ORDER_MAX (256u << 10)

/* Append o; consume one, whose texts the caller frees by copyist_clear. */
int	 copyist_encode(const struct copyist_order *o, struct buf *b)
	    ERR_MUST_USE;
int	 copyist_decode(struct buf *b, struct copyist_order *op) ERR_MUST_USE;
void	 copyist_clear(struct copyist_order *o);

/* The whole main of the worker; its exit code. */
int	 copyist_main(void);

#endif /* BACKUPD_COPYIST_H */
