/* keeper.h: the process that holds keys and repository for one job. */
#ifndef BACKUPD_KEEPER_H
#define BACKUPD_KEEPER_H

/*
 * The keeper reads its job from WORKER_JOB_FD, starts a puller, and leads the
 * pull; it never speaks to the source itself.  Whatever happens it ends with
 * an end event on WORKER_EVENT_FD, unless it dies.
 */

/* The whole life of the process; its exit code is that of the job. */
int	 keeper_main(void);

#endif /* BACKUPD_KEEPER_H */
