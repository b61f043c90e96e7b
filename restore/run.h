/* run.h: one restore from its plan to its list of files. */
#ifndef RESTORE_RUN_H
#define RESTORE_RUN_H

#include "cli/progress.h"
#include "restore/problems.h"
#include "restore/session.h"
#include "restore/survey.h"
#include "restore/walk.h"
#include "restore/write.h"

enum run_phase {
	RUN_PLAN = 1,			/* reading the snapshot's trees */
	RUN_SURVEY,			/* comparing what is there */
	RUN_COPY,
	RUN_FINISH,			/* links, directories, list of files */
	RUN_PHASES = RUN_FINISH
};

/* What the officer asked for, and everything that is under way. */
struct run {
	const struct cli *cli;		/* borrowed */
	struct session *session;	/* borrowed */
	const struct snapshot *sn;	/* borrowed */
	const char *to, *reason;
	const char *const *paths;
	size_t	 npaths;
	bool	 dry_run, safe;
	bool	 may_overwrite;		/* --overwrite was given */
	enum survey_overwrite overwrite;

	struct plan *plan;		/* owns these */
	struct dest *dest;
	struct problems *problems;
	struct cli_progress *progress;
	struct write *write;
	int	 state_fd;

	struct cli_progress_state shown;
	struct walk_counts walked;
	struct survey_counts surveyed;
	struct write_counts written;
	uint64_t fetch_bytes;		/* of content that must be fetched */
	bool	 resumed, whole;
};

/*
 * Do it.  A failure that ends it is told, and its exit code returned;
 * CLI_EXIT_OK means that it ran to its end and r->problems tells how well.
 */
enum cli_exit run_restore(struct run *r);

/* Free what r owns. */
void	 run_clear(struct run *r);

#endif /* RESTORE_RUN_H */
