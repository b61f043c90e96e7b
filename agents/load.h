/* load.h: how much of its host the agent takes. */
#ifndef AGENTS_LOAD_H
#define AGENTS_LOAD_H

#include "wire/hook.h"

/*
 * Make all threads of the process as nice and as low on the disk as asked,
 * where that is less than they take now: what was given up is not taken
 * again.  All threads must have been started.  What the system refuses is
 * logged, and is no failure.
 */
void	 load_lower(const struct wire_load *m);

#endif /* AGENTS_LOAD_H */
