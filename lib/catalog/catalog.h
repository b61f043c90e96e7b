/* catalog.h: what this server remembers of its jobs, in one SQLite file. */
#ifndef CATALOG_CATALOG_H
#define CATALOG_CATALOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The catalog is history and cache, never the truth: the repository alone
 * tells which snapshots there are, and the catalog is made anew from it
 * (catalog/rebuild.h).  It is one file in the state directory, which must be
 * a local disk.  Every change is one transaction, on the disk when the
 * function returns; a process that is killed, or a power cut, leaves the
 * state before or after it.
 *
 * Only backupd writes, and a rebuild while no daemon runs.  Beside the file
 * stands one of locks: the daemon holds its byte of it for life, whoever
 * runs a job that job's, so that every reader sees which jobs are alive.
 * The kernel ends a lock with its holder.
 *
 * Functions return 0 or a negative ERR_ code; its cause is logged here as a
 * warning, because no backup fails for want of a catalog.  ERR_CORRUPT and
 * ERR_FORMAT: the file is damaged or none of ours, and is to be rebuilt;
 * ERR_VERSION: a newer Kho wrote it; ERR_NOSPACE, ERR_DENIED, ERR_IO;
 * ERR_BUSY: another process has held it for seconds.  A writing function
 * that fails has changed nothing, and the catalog can be used on; what
 * waited (catalog_settle) may be lost.
 *
 * A catalog belongs to one thread and does not outlive a fork.
 */
struct catalog;

#define CATALOG_TEXT_MAX 512

enum catalog_mode {
	CATALOG_READ,		/* changes nothing, needs no right to write */
	CATALOG_WRITE		/* made if missing, brought up to date */
};

/*
 * Open the catalog in directory dir.  CATALOG_WRITE checks it whole (SQLite's
 * quick_check) and writes down which jobs were interrupted.  ERR_NOENT if
 * CATALOG_READ finds none; not logged.  Caller owns *cp.
 */
int	 catalog_open(const char *dir, enum catalog_mode mode,
	    struct catalog **cp) ERR_MUST_USE;

/* Store what waits, close and free c, which may be NULL. */
void	 catalog_close(struct catalog *c);

/*
 * Store what has waited for a second or more: issues (catalog/job.h), usage
 * and accesses (catalog/usage.h), which are stored together, at the latest
 * with the end of a job.  Cheap when nothing waits: for every turn of a loop.
 */
int	 catalog_settle(struct catalog *c) ERR_MUST_USE;

/*
 * Check every page, index and reference.  ERR_CORRUPT with the first
 * complaint in text, which is "" otherwise.
 */
int	 catalog_check(struct catalog *c, char text[CATALOG_TEXT_MAX])
	    ERR_MUST_USE;

/* Its file, borrowed from c. */
const char *catalog_path(const struct catalog *c);

/*
 * Move a damaged catalog out of the way, under a name with the time in it,
 * which the caller owns.  ERR_BUSY if another process has it open to write.
 */
int	 catalog_set_aside(const char *dir, char **namep) ERR_MUST_USE;

/*
 * The daemon's lock: taken once, before the catalog is opened, and held
 * until *fdp is closed.  dir must exist.  ERR_BUSY if a daemon runs already.
 */
int	 catalog_daemon_lock(const char *dir, int *fdp) ERR_MUST_USE;

/* Tell whether a daemon holds that lock. */
bool	 catalog_daemon_runs(const char *dir);

#endif /* CATALOG_CATALOG_H */
