/* posture.h: how many good copies a source has, from what is known. */
#ifndef POLICY_POSTURE_H
#define POLICY_POSTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Pure functions over facts (decision 0037).  A copy counts if it is known to
 * hold the source's newest snapshot, or one that is no more than max_age
 * older, if it was seen to do so no longer than max_age ago, and if its last
 * verification has found nothing.  What is not known counts as bad.
 */
#define POSTURE_VERIFIED_S (35 * 24 * 60 * 60)	/* a verification holds */

/* What is known of one target, for one source.  Times: 0 is "never". */
struct posture_fact {
	const char *target;		/* borrowed */
	const char *kind;		/* of medium; borrowed */
	bool	 primary, offsite;
	bool	 offline;		/* it is away, or locked, as known */
	int64_t	 max_age;		/* of a copy; seconds */
	int64_t	 held;			/* the newest snapshot there */
	int64_t	 seen;			/* when that was seen */
	int64_t	 verified;
	uint64_t alarms;		/* then */
};

/* Of which moment. */
struct posture_when {
	int64_t	 newest;		/* the source's newest snapshot */
	int64_t	 now;
};

/* What the policy wants; 0: nothing. */
struct posture_need {
	int	 total, media, offsite, offline;
};

/* Why a target does not count, the worst first. */
enum posture_why {
	POSTURE_COUNTS,
	POSTURE_DAMAGED,	/* its verification has found something */
	POSTURE_NOTHING,	/* it is not known to hold the source */
	POSTURE_LATE,		/* what it holds is too old */
	POSTURE_UNSEEN		/* it has not been seen for too long */
};

/* Tell whether the target of f counts, or why not. */
enum posture_why posture_why(const struct posture_fact *f,
	    const struct posture_when *w);

/* "holds nothing of it", and the like. */
const char *posture_word(enum posture_why why);

enum posture_digit {
	POSTURE_TOTAL,
	POSTURE_MEDIA,
	POSTURE_OFFSITE,
	POSTURE_OFFLINE,
	POSTURE_ZERO,		/* copies without a fresh, good verification */
	POSTURE_DIGITS
};

struct posture {
	int	 have[POSTURE_DIGITS];
	int	 need[POSTURE_DIGITS];	/* of ZERO: at most, which is 0 */
	bool	 good[POSTURE_DIGITS];
	int	 score;			/* of POSTURE_DIGITS */
	int64_t	 verified;		/* the oldest of those that count; 0 if
					   one was never verified */
};

/* Compute it from n facts. */
void	 posture_compute(const struct posture_fact *facts, size_t n,
	    const struct posture_need *need, const struct posture_when *w,
	    struct posture *pp);

#endif /* POLICY_POSTURE_H */
