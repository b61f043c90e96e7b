/* outcome.h: how a job ended, told to people and to programs. */
#ifndef BACKUPD_OUTCOME_H
#define BACKUPD_OUTCOME_H

#include "backupd/event.h"
#include "backupd/job.h"

/*
 * One line of text for the snapshot, one for the deltas where there was
 * something to send them for; what went wrong goes to stderr.  Borrows all it
 * is given.
 */
/* Of a job that was ended by the policy. */
#define OUTCOME_MAX_TIME "it took longer than max_time"
#define OUTCOME_MORE_TIME "what had arrived is not fetched twice; give it" \
    " more time"

#define OUTCOME_TEXT_MAX 512

/* Print it for people. */
void	 outcome_print(const struct job *j, const struct event_end *e);

/* Print it as a JSON line of type "job" (backupd(8)). */
void	 outcome_json(const struct job *j, const struct event_end *e);

/* The words for how and why deltas were sent or not. */
const char *outcome_mode(enum job_delta mode);
const char *outcome_why(enum event_why why);

/* What the deltas did: one line without a newline, or "". */
void	 outcome_delta(const struct event_delta *d,
	    char out[OUTCOME_TEXT_MAX]);

/* How a hook is or ended: "hook dump, before saving: exit status 0, 3 s". */
void	 outcome_hook(const struct event_hook *h, char out[OUTCOME_TEXT_MAX]);

#endif /* BACKUPD_OUTCOME_H */
