/* daemon.h: the service that runs jobs when their time has come. */
#ifndef BACKUPD_DAEMON_H
#define BACKUPD_DAEMON_H

#include "cli/options.h"

/*
 * One thread and one event loop, which never waits for a client, a worker
 * or a source, and reads no byte that came from a source: that is for the
 * workers, of which it has one for each job.
 */

/* backupd [-f]: run until SIGTERM. */
enum cli_exit daemon_run(struct cli *cli);

#endif /* BACKUPD_DAEMON_H */
