/* claim.h: which writers and jobs are alive; private to lib/catalog. */
#ifndef CATALOG_CLAIM_H
#define CATALOG_CLAIM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Bytes of the file "catalog.lock", locked by open file description, so that
 * closing another descriptor of it does not end a lock.  The file is empty.
 */
enum {
	CLAIM_DAEMON = 0,	/* a daemon runs */
	CLAIM_WRITERS = 1,	/* shared by all that have it open to write */
	CLAIM_JOBS = 1024	/* and a job's id: it is alive */
};
#define CLAIM_COPIES (INT64_C(1) << 40)	/* and a copy's id: it is alive */

/* Open the file in dir; made if missing and write.  Caller owns *fdp. */
int	 claim_open(const char *dir, bool write, int *fdp) ERR_MUST_USE;

/* Take one byte, shared or alone, without waiting.  ERR_BUSY. */
int	 claim_take(int fd, int64_t at, bool shared) ERR_MUST_USE;

/* Give it back. */
void	 claim_drop(int fd, int64_t at);

/*
 * Tell whether another description has locked the byte.  fd -1: nobody has.
 */
bool	 claim_held(int fd, int64_t at);

#endif /* CATALOG_CLAIM_H */
