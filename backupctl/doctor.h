/* doctor.h: what the parts of doctor share: its findings. */
#ifndef BACKUPCTL_DOCTOR_H
#define BACKUPCTL_DOCTOR_H

#include <stdbool.h>

#include "cli/options.h"

/* Nothing here changes anything.  One thread. */
struct cli_json;
struct policy;

struct doctor {
	const struct cli *cli;
	const struct policy *policy;	/* NULL: it cannot be read */
	const char *state_dir;
	struct cli_json *j;		/* with --json only */
	unsigned int bad;		/* findings that need somebody */
};

enum finding {
	FINDING_GOOD,
	FINDING_NOTE,			/* worth knowing, and no trouble */
	FINDING_BAD
};

/* Tell one: what was looked at, how it is, and what to do, or NULL. */
void	 doctor_tell(struct doctor *d, enum finding f, const char *what,
	    const char *remedy, const char *format, ...)
	    __attribute__((format(printf, 5, 6)));

/*
 * Tell whether a file or directory at path is there, and nobody but its
 * owner, who is root or the caller, may write or, if secret, read it.
 */
void	 doctor_path(struct doctor *d, const char *what, const char *path,
	    bool secret);

/* doctor_target.c: look at every target of the policy. */
void	 doctor_targets(struct doctor *d);

#endif /* BACKUPCTL_DOCTOR_H */
