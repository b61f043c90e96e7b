/* compare.h: a restored tree against the list of what was made. */
#ifndef RESTORE_COMPARE_H
#define RESTORE_COMPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "restore/manifest.h"

/*
 * Reads only.  Each difference is a problem with its path; comparing goes
 * on.  Symbolic links are never followed.
 */
struct problems;

struct compare_params {
	int	 dirfd;			/* of the tree */
	struct problems *problems;
	/* Called for every entry; true ends it with ERR_CANCELLED. */
	bool	(*step)(uint64_t entries, uint64_t bytes, void *arg);
	void	*arg;
};

struct compare_counts {
	uint64_t entries, files, bytes;
	uint64_t files_ok;		/* content and attributes agree */
};

/* Compare every line of the manifest, then, if it lists the whole
 * directory, look for what it does not list. */
int	 compare_run(const struct compare_params *p,
	    struct manifest_reader *m, bool whole,
	    struct compare_counts *countsp) ERR_MUST_USE;

#endif /* RESTORE_COMPARE_H */
