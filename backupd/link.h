/* link.h: the keeper's hold on its puller, and what the puller reports. */
#ifndef BACKUPD_LINK_H
#define BACKUPD_LINK_H

#include "backupd/job.h"

/*
 * The puller has two descriptors: LINK_DATA_FD, a socket pair that carries
 * its orders and then the protocol, and LINK_REPORT_FD, a pipe on which it
 * tells twice how it fared: once connected, and at the end.
 */
#define LINK_DATA_FD 3
#define LINK_REPORT_FD 4
#define LINK_TEXT_MAX 4096

struct link;

struct link_report {
	int	 code;			/* 0 or ERR_ */
	bool	 identity;		/* the host showed another key */
	char	 reason[LINK_TEXT_MAX];	/* one line, escaped when shown */
	char	 remedy[LINK_TEXT_MAX];
	/* at the end: bytes that crossed the wire, which are not those that
	 * keeper and puller exchange */
	uint64_t received, sent;
	uint64_t deltas, signatures;	/* of these, in DELTA and SIGNATURE */
};

/*
 * Start a puller for l, or with WORKER_READER_ARG a reader, which the puller
 * holds in the same way; it connects at once.  Caller owns *linkp.
 */
int	 link_start(const char *arg, const struct job_link *l,
	    struct link **linkp) ERR_MUST_USE;

/*
 * Wait for the next report.  0 even if it tells of a failure; ERR_CLOSED if
 * the puller died without one; ERR_CANCELLED once *cancelled is set.
 */
int	 link_wait(struct link *l, volatile const int *cancelled,
	    struct link_report *rp) ERR_MUST_USE;

/* The socket of the protocol, non-blocking, owned by l. */
int	 link_fd(const struct link *l);

/* End the puller if it runs, wait for it, free l, which may be NULL. */
void	 link_close(struct link *l);

/* Say why it failed. */
void	 link_report_fail(struct link_report *rep, int code,
	    const char *reason, const char *remedy);

/* For the puller: write a report to LINK_REPORT_FD. */
int	 link_report_write(const struct link_report *r) ERR_MUST_USE;

#endif /* BACKUPD_LINK_H */
