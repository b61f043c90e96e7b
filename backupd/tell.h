/* tell.h: how sources, targets and keys stand, as control records. */
#ifndef BACKUPD_TELL_H
#define BACKUPD_TELL_H

#include <stdbool.h>
#include <stdint.h>

#include "control/control.h"

/*
 * The same words whether a running daemon says them or backupctl reads them
 * from the catalog because none runs.  The moment is a parameter, no file
 * system is asked, and texts in a record are borrowed from what it was made
 * of.  What the catalog cannot tell is left out; its cause is logged there.
 */
#define TELL_UNUSED_DAYS 45	/* a key unused for longer is pointed out */

struct catalog;
struct planner_source;
struct policy;
struct policy_host;
struct policy_source;

/* Tell whether the officer's word HOST or @GROUP means h; "" is all. */
bool	 tell_names(const char *word, const struct policy_host *h);

/*
 * A source, which is idle in the record, by the policy's rules and what is
 * known of it in p.
 */
void	 tell_source(const struct planner_source *p,
	    const struct policy_host *h, const struct policy_source *s,
	    int64_t now, struct control *c);

/* Gets each record, borrowed. */
struct tell_call {
	void	(*take)(void *arg, const struct control *c);
	void	*arg;
};

/* Every target of the policy; c may be NULL. */
void	 tell_targets(struct catalog *c, const struct policy *p, int64_t now,
	    const struct tell_call *call);

/* Every copy of the policy; c may be NULL. */
void	 tell_copies(struct catalog *c, const struct policy *p, int64_t now,
	    const struct tell_call *call);

/* Every key of the policy unused for TELL_UNUSED_DAYS; c may be NULL. */
void	 tell_keys(struct catalog *c, const struct policy *p, int64_t now,
	    const struct tell_call *call);

#endif /* BACKUPD_TELL_H */
