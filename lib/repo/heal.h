/* heal.h: replace what is damaged in one target by what is whole in others. */
#ifndef REPO_HEAL_H
#define REPO_HEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "repo/repo.h"

/*
 * Every object of a store is read and checked as it is stored (stored.h); for
 * those that are damaged, or missing while another copy has them, a whole
 * one is looked for in the other stores.
 *
 * A damaged object is deleted only when the good bytes are in hand and the
 * store has just taken them under another name: so there is room, and it
 * may be written to.  It is not kept aside: nobody can do anything with it
 * that the whole one cannot.  The new object is read back.
 *
 * A way in (a key slot) that is missing may have been removed on purpose: it
 * is never put.  Snapshots that are missing are put last, and only if
 * nothing stays damaged.
 */
#define HEAL_SOURCES_MAX 16

enum heal_told {
	HEAL_CAN,		/* damaged or missing; that source has it */
	HEAL_CANNOT,		/* nobody has it whole */
	HEAL_DONE,
	HEAL_FAILED,		/* it is as it was, or missing now */
	HEAL_NOTE
};

struct heal_totals {
	uint64_t objects, bytes;	/* looked at */
	uint64_t all;			/* objects that there are */
	uint64_t damaged, missing;
	uint64_t can, cannot;		/* of these */
	uint64_t healed, failed;	/* of those that can */
	uint64_t unsure;		/* cannot be checked without a key */
};

struct heal_params {
	struct store *store;		/* borrowed, as are the others */
	struct store *const *from;
	size_t	 nfrom;			/* HEAL_SOURCES_MAX at most */
	struct repo *repo;		/* in any of them; NULL: no key */
	bool	 apply;			/* else only tell */
	/* from: which of the sources, -1: none */
	void	(*tell)(enum heal_told told, const char *object, int from,
		    const char *what, void *arg);
	void	(*progress)(const struct heal_totals *t, void *arg);
	void	*arg;
};

/*
 * 0: all is whole, or with apply is now.  ERR_CORRUPT: not all is.  ERR_DENIED
 * if a source holds another repository; others: it could not go on.
 */
int	 heal_run(const struct heal_params *p, struct heal_totals *tp)
	    ERR_MUST_USE;

#endif /* REPO_HEAL_H */
