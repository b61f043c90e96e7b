/* copy.h: bring one target with role "copy" up to date. */
#ifndef BACKUPD_COPY_H
#define BACKUPD_COPY_H

#include "backupd/target.h"
#include "repo/mirror.h"

/*
 * From the primary target to a copy (repo/mirror.h), both looked at as
 * target_open does.  The copy holds the same repository and has a key file
 * of its own, with the same content: that it is there says that the copy
 * was made, so that a disk that is not mounted is told from one that is
 * new.  The first copy makes it, and is made only if somebody wants it.
 *
 * Nothing here prints or writes to the catalog.  One thread.
 */
struct policy;
struct policy_target;
struct snapshot;

struct copy_ask {			/* all borrowed */
	const struct policy *policy;
	const struct policy_target *to;
	const char *state_dir;
	bool	 first;			/* the copy may be made */
	bool	 dry;			/* only tell what is to be done */
	bool	 sandbox;		/* enter one before anything is read */
	void	(*tell)(enum mirror_told told, const char *object,
		    const char *what, void *arg);
	void	(*progress)(const struct mirror_totals *t, void *arg);
	/* The newest snapshot of each source in the copy, at the end. */
	int	(*held)(const struct snapshot *sn, void *arg);
	void	*arg;
};

struct copy_end {
	enum cli_exit exit;
	bool	 absent;		/* the copy was not there */
	char	 text[TARGET_TEXT_MAX];	/* one line: cause, or "" */
	char	 remedy[TARGET_TEXT_MAX];
	struct mirror_totals t;
};

/* Do it. */
void	 copy_run(const struct copy_ask *ask, struct copy_end *ep);

/* "123 objects, 4.5 GiB": what was put of what was wanted. */
void	 copy_amount(const struct mirror_totals *t, bool wanted,
	    char *text, size_t len);

#endif /* BACKUPD_COPY_H */
