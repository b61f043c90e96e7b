/* puller.h: the process that speaks to the source. */
#ifndef BACKUPD_PULLER_H
#define BACKUPD_PULLER_H

/*
 * The puller owns the connection and nothing else: no key of the repository,
 * no store, no catalog.  It connects, enters its sandbox, and only then reads
 * the source's first byte.  It checks every message and hands it on.
 */

/* The whole life of the process; its exit code is of no account. */
int	 puller_main(void);

#endif /* BACKUPD_PULLER_H */
