/* outlook.h: when targets will be full, for target usage. */
#ifndef BACKUPCTL_OUTLOOK_H
#define BACKUPCTL_OUTLOOK_H

#include "cli/options.h"

struct catalog;
struct cli_json;

/*
 * Tell it of each target of the policy, or of the one that the command line
 * names: with j, as another array behind the one that is open, which it
 * leaves open; without, as lines in *textp, which the caller owns in both
 * cases.
 */
int	 outlook_gather(const struct cli *cli, struct catalog *c,
	    struct cli_json *j, char **textp) ERR_MUST_USE;

#endif /* BACKUPCTL_OUTLOOK_H */
