/* loop.h: waiting for descriptors, signals and time, all in one place. */
#ifndef BACKUPD_LOOP_H
#define BACKUPD_LOOP_H

#include <stdint.h>

#include "base/err.h"

/*
 * The event loop of the daemon: libevent behind a few functions, so that its
 * header is seen by one file.  What is watched calls a function, one after
 * the other, in the thread that runs the loop; such a function must not
 * wait.  A watch may be freed from within its own function.
 */
struct loop;
struct loop_watch;

struct loop_call {
	void	(*fn)(void *arg);
	void	*arg;			/* borrowed as long as the watch is */
};

enum loop_want {
	LOOP_READ,
	LOOP_WRITE
};

/* Make a loop.  Caller owns *lp. */
int	 loop_new(struct loop **lp) ERR_MUST_USE;

/* Free l, which may be NULL; no watch of it may be left. */
void	 loop_free(struct loop *l);

/* Call what happens until loop_stop. */
int	 loop_run(struct loop *l) ERR_MUST_USE;
void	 loop_stop(struct loop *l);

/*
 * Watch a descriptor or a signal: it is on at once, for a descriptor to be
 * written to only after loop_on.  The caller owns *wp.
 */
int	 loop_fd(struct loop *l, int fd, enum loop_want want,
	    const struct loop_call *call, struct loop_watch **wp)
	    ERR_MUST_USE;
int	 loop_signal(struct loop *l, int sig, const struct loop_call *call,
	    struct loop_watch **wp) ERR_MUST_USE;

/* A timer, which is off.  The caller owns *wp. */
int	 loop_timer(struct loop *l, const struct loop_call *call,
	    struct loop_watch **wp) ERR_MUST_USE;

/* Let a timer go off once, in ms milliseconds; anew if it is on. */
int	 loop_after(struct loop_watch *w, int64_t ms) ERR_MUST_USE;

/* Turn the watch of a descriptor on; turn any watch off. */
int	 loop_on(struct loop_watch *w) ERR_MUST_USE;
void	 loop_off(struct loop_watch *w);

/* End a watch, which may be NULL. */
void	 loop_watch_free(struct loop_watch *w);

#endif /* BACKUPD_LOOP_H */
