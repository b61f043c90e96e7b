/* posture.c: how many good copies a source has, from what is known. */
#include "policy/posture.h"

#include <string.h>

enum posture_why
posture_why(const struct posture_fact *f, const struct posture_when *w)
{
	if (f->verified != 0 && f->alarms > 0)
		return POSTURE_DAMAGED;
	if (f->held == 0 || w->newest == 0)
		return POSTURE_NOTHING;
	/* The primary target is what the others are late against. */
	if (f->primary)
		return f->held >= w->newest ? POSTURE_COUNTS : POSTURE_LATE;
	if (w->newest - f->held > f->max_age)
		return POSTURE_LATE;
	if (f->seen == 0 || w->now - f->seen > f->max_age ||
	    f->seen > w->now)
		return POSTURE_UNSEEN;
	return POSTURE_COUNTS;
}

const char *
posture_word(enum posture_why why)
{
	switch (why) {
	case POSTURE_COUNTS:
		return "good";
	case POSTURE_DAMAGED:
		return "damaged";
	case POSTURE_LATE:
		return "too old";
	case POSTURE_UNSEEN:
		return "not seen for too long";
	default:
		return "holds nothing of it";
	}
}

/* Tell whether one before i that counts is of the same kind. */
static bool
kind_before(const struct posture_fact *facts, size_t i,
    const struct posture_when *w)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (strcmp(facts[k].kind, facts[i].kind) == 0 &&
		    posture_why(&facts[k], w) == POSTURE_COUNTS)
			return true;
	return false;
}

/* Tell whether f was verified, and not too long ago. */
static bool
is_verified(const struct posture_fact *f, int64_t now)
{
	return f->verified != 0 && f->verified <= now &&
	    now - f->verified <= POSTURE_VERIFIED_S;
}

void
posture_compute(const struct posture_fact *facts, size_t n,
    const struct posture_need *need, const struct posture_when *w,
    struct posture *pp)
{
	const int wanted[POSTURE_DIGITS] = { need->total, need->media,
	    need->offsite, need->offline, 0 };
	bool first = true;
	size_t i;
	int d;

	memset(pp, 0, sizeof(*pp));
	for (i = 0; i < n; i++) {
		if (posture_why(&facts[i], w) != POSTURE_COUNTS)
			continue;
		pp->have[POSTURE_TOTAL]++;
		pp->have[POSTURE_MEDIA] += !kind_before(facts, i, w);
		pp->have[POSTURE_OFFSITE] += facts[i].offsite;
		pp->have[POSTURE_OFFLINE] += facts[i].offline;
		pp->have[POSTURE_ZERO] += !is_verified(&facts[i], w->now);
		if (first || facts[i].verified < pp->verified)
			pp->verified = facts[i].verified;
		first = false;
	}
	for (d = 0; d < POSTURE_DIGITS; d++) {
		pp->need[d] = wanted[d];
		/* Of nothing, nothing is good. */
		pp->good[d] = pp->have[POSTURE_TOTAL] > 0 &&
		    (d == POSTURE_ZERO ? pp->have[d] == 0 :
		    pp->have[d] >= wanted[d]);
		pp->score += pp->good[d];
	}
}
