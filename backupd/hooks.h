/* hooks.h: hooks of the source, before and after a session's work. */
#ifndef BACKUPD_HOOKS_H
#define BACKUPD_HOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The keeper asks for one hook after the other, by name (doc/protocol.md
 * section 6), and tells of each as an event, when it begins and when it has
 * ended.  One that fails before the work fails the job, unless the policy
 * warns only; every other failure is a warning of the job, which goes on.
 * When the job has failed, the hooks of after that are always run remain.
 *
 * Functions return 0 or a negative ERR_ code that ends the job, whose reason
 * the session then has.
 */
struct session;
struct wire_msg;

struct hooks {
	bool	 known;			/* the agent runs hooks */
	bool	 after;			/* which of the job's lists */
	bool	 failed;		/* so has the job */
	bool	 runs;			/* one was asked for */
	bool	 over;			/* nothing is left to run */
	size_t	 next;			/* of the list */
	int64_t	 until;			/* monotonic ms: it must answer */
};

/* The features to offer for what the job wants. */
uint64_t hooks_features(const struct session *s);

/* The agent has said which it has: say how much it may take of its host. */
int	 hooks_load(struct session *s, uint64_t features) ERR_MUST_USE;

/* Run those before the work, or after it; over is set when all have been. */
int	 hooks_before(struct session *s) ERR_MUST_USE;
int	 hooks_after(struct session *s) ERR_MUST_USE;

/*
 * The job has failed: end the one that runs, then run those that are always
 * run.  Without the agent's hooks they are over at once.
 */
int	 hooks_last(struct session *s) ERR_MUST_USE;

/* Take HOOKED, and ask for the next. */
int	 hooks_message(struct session *s, struct wire_msg *msg) ERR_MUST_USE;

/* ERR_TIMEOUT if the one that runs has not been answered for in its time. */
int	 hooks_check(struct session *s) ERR_MUST_USE;

#endif /* BACKUPD_HOOKS_H */
