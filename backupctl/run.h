/* run.h: watching jobs as they go. */
#ifndef BACKUPCTL_RUN_H
#define BACKUPCTL_RUN_H

#include "cli/options.h"
#include "control/client.h"

/*
 * Show what the daemon tells of the jobs that client watches until the last
 * has ended: progress, problems, ends; with --json as lines, for which the
 * caller has set cli->lines.  first, which may be NULL, came already.  The
 * result is the worst exit code of the jobs; whatever fails is told.
 */
enum cli_exit run_follow(const struct cli *cli,
	    struct control_client *client, const struct control *first);

#endif /* BACKUPCTL_RUN_H */
