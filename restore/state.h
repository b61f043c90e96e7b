/* state.h: a destination before and during a restore, and its own notes. */
#ifndef RESTORE_STATE_H
#define RESTORE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * DIR/.kho-restore/ holds "state" while a restore into a new directory is
 * not finished: which snapshot and paths it was.  Nothing else is believed
 * of it: a run that goes on compares every file that is there.
 */
#define STATE_DIR ".kho-restore"

enum state_ground {
	STATE_EMPTY,			/* or not there at all */
	STATE_RESUME,			/* an interrupted run of the same */
	STATE_OTHER,			/* an interrupted run of another */
	STATE_USED			/* holds something */
};

/* What a run is about. */
struct state_run {
	uint8_t	 snapshot[32];
	bool	 safe;
	size_t	 npaths;
	const char *const *paths;	/* borrowed */
};

/* Look at the directory at path.  ERR_EXIST if it is no directory. */
int	 state_look(const char *path, const struct state_run *run,
	    enum state_ground *gp) ERR_MUST_USE;

/*
 * Make DIR/.kho-restore below dirfd, give its descriptor, which the caller
 * owns, and note the run there if it can be resumed.
 */
int	 state_begin(int dirfd, const struct state_run *run, bool resumable,
	    int *fdp) ERR_MUST_USE;

/* Open DIR/.kho-restore to read it. */
int	 state_open(int dirfd, int *fdp) ERR_MUST_USE;

/* Forget the run: it ended. */
void	 state_end(int fd);

/* Keep the list of problems as DIR/.kho-restore/problems, or remove it if
 * there are none. */
int	 state_problems(int fd, const char *text, size_t len) ERR_MUST_USE;

enum state_room {
	STATE_ROOM,			/* as far as can be told */
	STATE_NO_BYTES,
	STATE_NO_INODES
};

/*
 * Tell whether the file system of path (or of what is above it, if it does
 * not exist yet) clearly lacks room for so many bytes and inodes, and how
 * many are free of what it lacks.
 */
int	 state_space(const char *path, uint64_t bytes, uint64_t inodes,
	    enum state_room *roomp, uint64_t *freep) ERR_MUST_USE;

/* Tell whether path is or lies below dir, by their real places. */
bool	 state_inside(const char *path, const char *dir);

#endif /* RESTORE_STATE_H */
