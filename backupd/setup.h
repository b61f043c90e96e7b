/* setup.h: from a policy to the job records of its sources. */
#ifndef BACKUPD_SETUP_H
#define BACKUPD_SETUP_H

#include "cli/options.h"

/*
 * What the daemon and --once have in common before a job begins.  A job
 * record holds copies: it outlives the policy that it was made from.
 */
struct job;
struct policy;
struct policy_host;
struct policy_source;
struct policy_target;

/* Where jobs write to, and which job it is; all borrowed. */
struct setup {
	const struct policy_target *target;
	const char *state_dir;
	const char *id;
};

/*
 * Load the policy that the command line names; what is wrong with it is
 * told on stderr.  The caller owns *pp, unless CLI_EXIT_OK is not returned.
 */
enum cli_exit setup_policy(struct cli *cli, const struct policy **pp);

/* The job record of source s of host h.  Caller owns *jp. */
int	 setup_job(const struct setup *place, const struct policy_host *h,
	    const struct policy_source *s, struct job **jp) ERR_MUST_USE;

#endif /* BACKUPD_SETUP_H */
