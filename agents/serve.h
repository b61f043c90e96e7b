/* serve.h: the agent's side of the pull protocol, on descriptors 0 and 1. */
#ifndef AGENTS_SERVE_H
#define AGENTS_SERVE_H

#include <stddef.h>

#include "agents/job.h"
#include "base/err.h"

struct hooks;

/*
 * Serve one keeper, which may read below the bases and have hooks run (NULL:
 * none), until it says BYE (0) or anything goes wrong.  The process is
 * sandboxed from here on.  What goes wrong is told to the keeper and logged.
 */
int	 serve_run(const struct base *bases, size_t nbases,
	    struct hooks *hooks) ERR_MUST_USE;

#endif /* AGENTS_SERVE_H */
