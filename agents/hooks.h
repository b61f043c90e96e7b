/* hooks.h: hooks of this host, run beside the agent. */
#ifndef AGENTS_HOOKS_H
#define AGENTS_HOOKS_H

#include <stdbool.h>

#include "base/err.h"
#include "wire/hook.h"

/*
 * The agent proper may neither execute nor write.  What runs hooks is a
 * process of its own, the hook runner, forked before the agent reads a byte
 * and narrows itself; they share one socket pair, on which a HOOK goes one
 * way and its HOOKED the other, so that the runner trusts no more of the
 * agent than the agent of the keeper.  It ends its hook when the agent ends.
 *
 * One thread.  A struct hooks may be NULL: then each hook is refused.
 */
struct hooks;

/*
 * Fork the runner of the hooks in dir.  Before any thread, and before roots
 * are open.  Caller owns *hp.
 */
int	 hooks_start(const char *dir, struct hooks **hp) ERR_MUST_USE;

/* Readable when there is an answer; -1 without a runner. */
int	 hooks_fd(const struct hooks *h);

/* Begin m.  ERR_FORMAT while another one runs. */
int	 hooks_begin(struct hooks *h, const struct wire_hook *m) ERR_MUST_USE;

/* End the one that runs, if any; it is answered all the same. */
int	 hooks_halt(struct hooks *h) ERR_MUST_USE;

/*
 * Append the body of HOOKED if there is an answer, and tell so.  ERR_CLOSED
 * if the runner is gone.
 */
int	 hooks_answer(struct hooks *h, struct buf *out, bool *gotp)
	    ERR_MUST_USE;

/* Append the body of the HOOKED that refuses, saying why. */
int	 hooks_refuse(const char *why, struct buf *out) ERR_MUST_USE;

/* End the runner and what it runs, without waiting.  h may be NULL. */
void	 hooks_free(struct hooks *h);

/* hookrun.c: the runner itself, on its end of the pair; does not return. */
void	 hookrun_main(int fd, const char *dir) __attribute__((noreturn));

/*
 * hooklist.c: print what is allowed in dir, and what is refused and why.
 * Logs why it cannot.
 */
int	 hooklist_print(const char *dir, bool json) ERR_MUST_USE;

#endif /* AGENTS_HOOKS_H */
