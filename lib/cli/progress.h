/* progress.h: how far a long command is, in the form its reader can use. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "cli/options.h"

/*
 * On a terminal one line that is rewritten in place; elsewhere one line a
 * minute; with --json a record {"t":"progress",...} at most five times a
 * second on stdout; with -q nothing.  Text goes to stderr.  One thread.
 */
struct cli_progress;

struct cli_progress_state {
	unsigned int phase, phases;	/* 1 of 4; phases 0: not shown */
	const char *name;		/* of the phase: "copy"; borrowed */
	uint64_t files_done, files_total;	/* total 0: not known yet */
	uint64_t bytes_done, bytes_total;
	uint64_t problems;
};

#define CLI_PROGRESS_MAX 256

/* Start.  cli is borrowed until the end.  Caller owns *pp. */
int	 cli_progress_new(const struct cli *cli, struct cli_progress **pp)
	    ERR_MUST_USE;

/* Clear the line and free p, which may be NULL. */
void	 cli_progress_free(struct cli_progress *p);

/* Show the state, if the time has come.  Cheap enough for every file. */
void	 cli_progress_update(struct cli_progress *p,
	    const struct cli_progress_state *s);

/*
 * Tell of one problem with the path of len bytes (len 0: none): a line on
 * stderr or a record {"t":"issue",...}.  level is "warning" or "error".
 */
struct cli_issue {
	const char *level;
	const char *code;	/* "J031" */
	const char *message;
	const char *help;	/* may be NULL */
	const void *path;
	size_t	 path_len;
};
void	 cli_progress_issue(struct cli_progress *p,
	    const struct cli_issue *issue);

/*
 * The line for state s at rate bytes a second (0: unknown), with left more
 * seconds (-1: unknown):
 * "[3/4 copy] 62%  30,310/48,902 files  19.8/31.9 GiB  24 MiB/s  9 min left"
 */
void	 cli_progress_format(const struct cli_progress_state *s,
	    uint64_t rate, int64_t left, char out[CLI_PROGRESS_MAX]);

#endif /* CLI_PROGRESS_H */
