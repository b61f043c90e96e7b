/* mirror.h: bring a copy of a repository up to date, objects as they are. */
#ifndef REPO_MIRROR_H
#define REPO_MIRROR_H

#include <stdbool.h>
#include <stdint.h>

#include "repo/repo.h"

/*
 * What the copy lacks is put there byte for byte, in the order of
 * stored.h; nothing is deleted or replaced, and nothing that is there
 * is sent again.  So a mirror can be stopped anywhere and run again, and at
 * every moment the copy is a repository that opens and whose every snapshot
 * is whole.
 *
 * Each object is checked before it is put.  One that is damaged, or cannot be
 * read, is told and left out; snapshots that need it are held back.  Which
 * these are only the key can tell: without one all new ones are.
 *
 * The repository that is copied from may be written to meanwhile: what is
 * listed first is what needs the rest.
 */
struct store;

enum mirror_told {
	MIRROR_LEFT,		/* damaged or gone in the source: left out */
	MIRROR_DIFFERS,		/* what stands in the copy is another */
	MIRROR_HELD,		/* a snapshot that waits for others */
	MIRROR_NOTE		/* nothing is wrong, but worth knowing */
};

struct mirror_totals {
	uint64_t wanted, wanted_bytes;	/* that the copy lacked */
	uint64_t objects, bytes;	/* of these, put */
	uint64_t present;		/* that it had */
	uint64_t compared;		/* of these, read and compared */
	uint64_t snapshots;		/* put */
	uint64_t left, differs, held;	/* as they were told */
	bool	 first;			/* the copy held nothing */
	bool	 copy_failed;		/* it was the copy that failed */
};

struct mirror_params {
	struct store *from, *to;	/* borrowed */
	struct repo *repo;		/* in from; NULL: no key at hand */
	bool	 first;			/* an empty store may be filled */
	bool	 dry;			/* only tell what is to be done */
	unsigned int sample;		/* objects that both have, to compare */
	void	(*tell)(enum mirror_told told, const char *object,
		    const char *what, void *arg);
	void	(*progress)(const struct mirror_totals *t, void *arg);
	void	*arg;
};

/*
 * 0: the copy has all that there was when it was listed.  ERR_CORRUPT: all
 * but what was told.  Others: it could not go on.
 *
 *	ERR_NOENT	the store is empty, and first was not said
 *	ERR_EXIST	no repository, but something else is in it
 *	ERR_CONFIG	it holds another repository
 *
 * *tp is filled in any case.
 */
int	 mirror_run(const struct mirror_params *p, struct mirror_totals *tp)
	    ERR_MUST_USE;

/*
 * Call fn with the newest snapshot in to of each of its sources; repo is the
 * same repository in any store.  What cannot be read is passed over.
 */
struct snapshot;
int	 mirror_held(struct repo *repo, struct store *to,
	    int (*fn)(const struct snapshot *sn, void *arg), void *arg)
	    ERR_MUST_USE;

#endif /* REPO_MIRROR_H */
