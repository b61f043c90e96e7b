/* survey.h: what already stands where a plan would write. */
#ifndef RESTORE_SURVEY_H
#define RESTORE_SURVEY_H

#include "restore/dest.h"
#include "restore/plan.h"

/*
 * Reads only.  Content is compared chunk by chunk with the ids that the
 * snapshot names, so that what matches is neither fetched nor written, and
 * a file that was left half-written is found out.
 */
struct repo;
struct survey;

enum survey_overwrite {
	SURVEY_NEVER,			/* what is there stays */
	SURVEY_OLDER,			/* replace what is older */
	SURVEY_ALWAYS			/* replace what differs */
};

struct survey_counts {
	uint64_t same;			/* entries whose content matches */
	uint64_t replace;		/* entries that will be replaced */
	uint64_t skipped;		/* entries that stay as they are */
	uint64_t skipped_files;		/* regular files among them */
};

/* r and plan are borrowed.  Caller owns *sp. */
int	 survey_new(const struct repo *r, struct plan *plan,
	    struct dest *dest, enum survey_overwrite overwrite,
	    struct survey **sp) ERR_MUST_USE;

/* Free s, which may be NULL. */
void	 survey_free(struct survey *s);

/* Mark entry i with what was found; entries come in order, before
 * plan_sort. */
int	 survey_entry(struct survey *s, uint64_t i) ERR_MUST_USE;

/* What was found so far. */
const struct survey_counts *survey_counts(const struct survey *s);

#endif /* RESTORE_SURVEY_H */
