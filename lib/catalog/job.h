/* job.h: jobs in the catalog: begun, ended, their issues, their list. */
#ifndef CATALOG_JOB_H
#define CATALOG_JOB_H

#include <stddef.h>

#include "catalog/catalog.h"

/*
 * A job that began and was never ended is alive as long as the catalog that
 * began it is open; after that every look finds it interrupted.
 *
 * A cursor keeps writers waiting: end it before anybody is waited for.  What
 * it gives is borrowed until its next call.
 */
#define CATALOG_ISSUES_MAX 10000	/* kept of one job */
#define CATALOG_PATH_MAX 32768		/* bytes kept of an issue's path */

enum catalog_outcome {			/* on disk: only added to */
	CATALOG_RUNNING = 0,
	CATALOG_COMPLETE = 1,
	CATALOG_INCOMPLETE = 2,
	CATALOG_FAILED = 3,
	CATALOG_INTERRUPTED = 4,	/* it ended without a word */
	CATALOG_CANCELLED = 5
};

struct catalog_counts {
	uint64_t files, directories, others, bytes, new_bytes;
	uint64_t read, wire_in, wire_out, stored, issues;
	uint64_t target_read;		/* bytes read back from the target */
	uint64_t cache_read;		/* and from what is kept of it here */
};

/* What deltas did for a job; the words are those shown to people. */
struct catalog_delta {
	const char *mode, *why;
	const char *line;		/* "" if there is nothing to tell */
	uint64_t rate, chunks, by_delta, again, given_up;
	uint64_t raw_bytes, basis_bytes, delta_bytes, signature_bytes;
	uint64_t stored;
};

/* A job.  Of one that runs, only what catalog_job_begin was given is set. */
struct catalog_job {
	int64_t	 id;
	const char *host, *set, *target;
	const char *name;		/* in its snapshot's record */
	bool	 rebuilt;		/* known from its snapshot only */
	int64_t	 started, ended;	/* ended 0: not known */
	enum catalog_outcome outcome;
	int	 exit;
	bool	 has_snapshot, has_delta;
	uint8_t	 snapshot[32];
	uint64_t sequence;
	struct catalog_counts counts;
	const char *text, *remedy;
	struct catalog_delta delta;
};

struct catalog_issue {
	int	 code;			/* ERR_ */
	const uint8_t *path;		/* any bytes */
	size_t	 path_len;
	const char *text;
};

/*
 * Write down that a job begins, of j's host, set, target, name, started.
 * The job is alive until catalog_job_end, catalog_close or death.
 */
int	 catalog_job_begin(struct catalog *c, const struct catalog_job *j,
	    int64_t *idp) ERR_MUST_USE;

/*
 * Keep an issue of a job that runs, CATALOG_ISSUES_MAX at most; those beyond
 * are not kept.  Issues wait for each other (catalog_settle); a kill loses
 * those that do.
 */
int	 catalog_job_issue(struct catalog *c, int64_t id,
	    const struct catalog_issue *i) ERR_MUST_USE;

/*
 * Write down how job j->id ended, and its snapshot if it made one; started
 * (0: as it was) is the snapshot's.
 */
int	 catalog_job_end(struct catalog *c, const struct catalog_job *j)
	    ERR_MUST_USE;

/* Which jobs: of a host, of one set, that began at or after since. */
struct catalog_filter {
	int64_t	 id;			/* not 0: this one only */
	const char *host, *set;		/* NULL: all */
	int64_t	 since;
	uint64_t limit;			/* 0: none */
};

/* A cursor over jobs, the latest first. */
struct catalog_jobs;
int	 catalog_jobs_new(struct catalog *c, const struct catalog_filter *f,
	    struct catalog_jobs **lp) ERR_MUST_USE;
int	 catalog_jobs_next(struct catalog_jobs *l, struct catalog_job *jp)
	    ERR_MUST_USE;
void	 catalog_jobs_free(struct catalog_jobs *l);

/* A cursor over the issues of a job, in the order in which they came. */
struct catalog_issues;
int	 catalog_issues_new(struct catalog *c, int64_t id,
	    struct catalog_issues **lp) ERR_MUST_USE;
int	 catalog_issues_next(struct catalog_issues *l,
	    struct catalog_issue *ip) ERR_MUST_USE;
void	 catalog_issues_free(struct catalog_issues *l);

#endif /* CATALOG_JOB_H */
