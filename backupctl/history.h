/* history.h: reading the catalog, for the commands that do. */
#ifndef BACKUPCTL_HISTORY_H
#define BACKUPCTL_HISTORY_H

#include "catalog/job.h"
#include "cli/options.h"

struct cli_json;

/*
 * Open the catalog of the policy's server, or in --state, to be read.  What
 * goes wrong is told; only if CLI_EXIT_OK is returned the caller owns *cp.
 */
enum cli_exit history_open(const struct cli *cli, struct catalog **cp);

/* Tell that the catalog in dir cannot be used, with what helps. */
enum cli_exit history_fail(const struct cli *cli, int r, const char *dir);

/* The directory of state, which the caller owns; what goes wrong is told. */
enum cli_exit history_dir(const struct cli *cli, char **dirp);

/* "complete", "running", ... */
const char *history_outcome(enum catalog_outcome outcome);

#define HISTORY_TIME_MAX 32

/* "2026-08-07 07:30" in local time, "-" for 0. */
void	 history_time(int64_t wall, char out[HISTORY_TIME_MAX]);

/* Add the time as text, null for 0. */
void	 history_json_time(struct cli_json *j, const char *key,
	    int64_t wall);

#endif /* BACKUPCTL_HISTORY_H */
