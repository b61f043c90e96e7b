/* walk.h: from a snapshot's trees to a plan. */
#ifndef RESTORE_WALK_H
#define RESTORE_WALK_H

#include "repo/snapshot.h"
#include "restore/plan.h"

/*
 * Entries that cannot be restored as they should (their list is damaged, the
 * source could not read them) become problems; the walk goes on.
 */
struct problems;
struct reader;

struct walk_params {
	struct reader *reader;		/* all borrowed */
	const struct snapshot *sn;
	struct plan *plan;
	struct problems *problems;
	size_t	 npaths;		/* 0: everything */
	const char *const *paths;	/* whole paths on the source */
	/* Called now and then; true ends it with ERR_CANCELLED. */
	bool	(*step)(uint64_t entries, void *arg);
	void	*arg;
};

struct walk_counts {
	uint64_t files, directories, others;
	uint64_t bytes;			/* of content, once per file */
	uint64_t changed;		/* files that changed while read */
};

/*
 * Fill the plan and find its hard links.  ERR_NOENT if one of the paths is
 * not in the snapshot: *missingp is its number.
 */
int	 walk_run(const struct walk_params *p, struct walk_counts *countsp,
	    size_t *missingp) ERR_MUST_USE;

#endif /* RESTORE_WALK_H */
