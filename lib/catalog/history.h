/* history.h: what the catalog knows of snapshots, sources, targets, keys. */
#ifndef CATALOG_HISTORY_H
#define CATALOG_HISTORY_H

#include "catalog/job.h"

/*
 * As in catalog/job.h: a cursor keeps writers waiting, and what it gives is
 * borrowed until its next call.
 */
struct catalog_snapshot {
	const char *host, *set, *target;
	const char *job;		/* the job's name */
	uint8_t	 id[32];
	uint64_t sequence;
	int64_t	 started;
	int64_t	 ended;			/* used by a rebuild only */
	enum catalog_outcome outcome;	/* complete or incomplete */
	uint64_t files, directories, others, bytes, new_bytes;
};

/* Snapshots by host, set and sequence; of one host unless NULL. */
struct catalog_snapshots;
int	 catalog_snapshots_new(struct catalog *c, const char *host,
	    struct catalog_snapshots **lp) ERR_MUST_USE;
int	 catalog_snapshots_next(struct catalog_snapshots *l,
	    struct catalog_snapshot *sp) ERR_MUST_USE;
void	 catalog_snapshots_free(struct catalog_snapshots *l);

/* How a source stands: its last job, and its last snapshots. */
struct catalog_source {
	const char *host, *set;
	int64_t	 since;			/* first heard of */
	int64_t	 last_job;		/* id; 0: none */
	int64_t	 last_started;
	enum catalog_outcome last_outcome;
	int64_t	 last_snapshot;		/* start of the latest; 0: none */
	int64_t	 last_complete;		/* of the latest complete one */
};

/* Sources by host and set. */
struct catalog_sources;
int	 catalog_sources_new(struct catalog *c, struct catalog_sources **lp)
	    ERR_MUST_USE;
int	 catalog_sources_next(struct catalog_sources *l,
	    struct catalog_source *sp) ERR_MUST_USE;
void	 catalog_sources_free(struct catalog_sources *l);

#endif /* CATALOG_HISTORY_H */
