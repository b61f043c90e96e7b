/* trial.h: whether deltas are worth trying, by how the last ones went. */
#ifndef BACKUPD_TRIAL_H
#define BACKUPD_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * One for each large file, and one for all small files of a job.  Where fewer
 * than a quarter of the last tries were good, only every 32nd is tried, and as
 * long as that is bad, more and more seldom, down to every 128th.  A good one
 * begins anew.  Results may come late and in any order.
 */
#define TRIAL_WINDOW 8u
#define TRIAL_PROBE 32u
#define TRIAL_PROBE_MAX 128u
#define TRIAL_AHEAD (TRIAL_WINDOW + 4)	/* under way while nothing is known */

struct trial_window {
	uint8_t	 last;			/* a bit for each of the last tries */
	uint8_t	 n;			/* of them, up to TRIAL_WINDOW */
	uint32_t passed;		/* not tried since the last probe */
	uint32_t probe;			/* after how many comes one; 0: 32 */
};

/* Shared by the chunks of a file; main thread only. */
struct trial {
	unsigned int refs;
	struct trial_window stored, wire;
	bool	 counted;		/* as given up */
	bool	 patient;		/* large: wait for the first results */
	unsigned int open;		/* chunks whose basis is open */
	uint64_t delta_raw, delta_wire;	/* chunks that came as deltas */
};

/* Caller holds one reference; NULL without memory. */
struct trial *trial_new(void);
struct trial *trial_hold(struct trial *t);
void	 trial_drop(struct trial *t);	/* t may be NULL */

/* Is it better to wait for results before more is tried? */
bool	 trial_waits(const struct trial *t);

/* Shall the next one be tried?  Counts it as passed if not. */
bool	 trial_wanted(struct trial_window *w);

/* A try was good, or it was not.  Tells whether that was one too many. */
bool	 trial_result(struct trial_window *w, bool good);

#endif /* BACKUPD_TRIAL_H */
