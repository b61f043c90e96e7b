/* once.h: run jobs in the foreground, without the daemon. */
#ifndef BACKUPD_ONCE_H
#define BACKUPD_ONCE_H

#include "cli/options.h"

/*
 * backupd --once [HOST[/SET]...]: run the jobs that the arguments name, or
 * all of the policy, one after the other; give the worst exit code.
 */
enum cli_exit once_run(struct cli *cli);

/* backupd -t: check the policy only. */
enum cli_exit once_test(struct cli *cli);

#endif /* BACKUPD_ONCE_H */
