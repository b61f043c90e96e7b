/* record.h: what becomes of jobs, written into the catalog. */
#ifndef BACKUPD_RECORD_H
#define BACKUPD_RECORD_H

#include "backupd/event.h"
#include "backupd/job.h"

/*
 * No job fails for want of a catalog: what cannot be written is warned of in
 * the log (lib/catalog does), and the job goes on.  A record may be NULL: then
 * nothing is written.
 */
struct catalog;
struct record;

/*
 * Write into the catalog in state_dir about jobs to the target of that name.
 * Gives NULL, having warned, where there can be no catalog.
 */
struct record *record_open(const char *state_dir, const char *target);

/* From now on jobs write to the target of that name. */
int	 record_target(struct record *r, const char *target) ERR_MUST_USE;

/* Close r, which may be NULL.  Jobs that have not ended are interrupted. */
void	 record_close(struct record *r);

/* The catalog, borrowed from r, to be read; NULL if r is. */
struct catalog *record_catalog(struct record *r);

/* Content bytes that job id has read on its source; 0 if not known. */
uint64_t record_read(struct record *r, int64_t id);

/* The job begins: its number in the catalog, 0 where there is none. */
int64_t	 record_begin(struct record *r, const struct job *j);

/* An issue of job id; nothing for 0. */
void	 record_issue(struct record *r, int64_t id,
	    const struct event_issue *i);

/* A host is paused until then; 0 ends that.  0, or why it is not kept. */
struct catalog_pause;
int	 record_pause(struct record *r, const struct catalog_pause *p)
	    ERR_MUST_USE;

/* A hook of job id begins or has ended; nothing for 0. */
void	 record_hook(struct record *r, int64_t id,
	    const struct event_hook *h);

/*
 * A copy begins: its number in the catalog, 0 where there is none.  ERR_BUSY
 * if somebody else makes one of that target.
 */
struct catalog_copy;
struct catalog_held;
int	 record_copy_begin(struct record *r, const struct catalog_copy *y,
	    int64_t *idp) ERR_MUST_USE;

/* It has ended so; nothing for 0. */
void	 record_copy_end(struct record *r, int64_t id,
	    const struct catalog_copy *y);

/* A copy holds that of a source. */
void	 record_held(struct record *r, const struct catalog_held *h);

/* Some time has passed: store what has waited long enough. */
void	 record_settle(struct record *r);

/* The job has ended so. */
void	 record_end(struct record *r, int64_t id, const struct job *j,
	    const struct event_end *e);

#endif /* BACKUPD_RECORD_H */
