/* target.h: is a target what it was, before anything is written to it? */
#ifndef BACKUPD_TARGET_H
#define BACKUPD_TARGET_H

#include "backupd/job.h"
#include "base/throttle.h"
#include "cli/exit.h"
#include "repo/repo.h"
#include "store/store.h"

/*
 * This server's key file remembers which repository a target holds: its id
 * was written there when the repository was made.  So a directory that is
 * empty because nothing is mounted on it is told from one that never held a
 * repository, and another disk from the right one.  All goes by the store's
 * descriptor: what is mounted or unmounted at the path later on changes
 * nothing for a job that runs.  Nothing here writes.
 */
#define TARGET_TEXT_MAX 1024

struct policy_target;

struct target_ask {		/* all borrowed */
	const char *name, *url;
	struct store_access access;	/* its limits may be those below */
	struct throttle_limit limits[JOB_LIMITS_MAX];
	const char *key_file;
	uint32_t min_free;	/* hundredths of a percent */
	bool	 writes;	/* room and right to write are needed */
};

struct target_trouble {
	enum cli_exit code;
	const char *state;			/* a word or two: "full" */
	char	 text[TARGET_TEXT_MAX];		/* begins with the name */
	char	 remedy[TARGET_TEXT_MAX];
};

/* What to ask about t, without writing; borrows from t, and from *ask. */
void	 target_ask_about(const struct policy_target *t,
	    struct target_ask *ask);

/*
 * The file through which the jobs of this server share the limit of that
 * target, in a directory that is made: store_access.pace_file.  The caller
 * owns *filep.
 */
int	 target_pace_file(const char *state_dir, const char *name,
	    char **filep) ERR_MUST_USE;

/* Open the store of t, whatever it holds: as store_open. */
int	 target_store(const struct policy_target *t, struct store **sp)
	    ERR_MUST_USE;

/*
 * Open a store that holds nothing yet, or something else: what is there is
 * the caller's to find out.  The caller owns *sp.
 */
int	 target_open_new(const struct target_ask *ask, struct store **sp,
	    struct target_trouble *tp) ERR_MUST_USE;

/*
 * Open the store and see that it holds the repository whose id is id, and
 * with ask->writes that it takes writes.  The caller owns *sp.  Otherwise a
 * negative code, and why in tp.
 */
int	 target_open(const struct target_ask *ask,
	    const uint8_t id[REPO_ID_LEN], struct store **sp,
	    struct target_trouble *tp) ERR_MUST_USE;

/* Why the key file or repo_open failed with r, in the same words. */
void	 target_no_key(const struct target_ask *ask, int r,
	    struct target_trouble *tp);
void	 target_not_opened(const struct target_ask *ask, int r,
	    struct target_trouble *tp);

#endif /* BACKUPD_TARGET_H */
