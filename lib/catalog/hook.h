/* hook.h: hooks of jobs in the catalog. */
#ifndef CATALOG_HOOK_H
#define CATALOG_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "catalog/catalog.h"

/* A hook of a job.  Whatever a source said is bytes.  Borrowed texts. */
struct catalog_hook {
	bool	 after;			/* saving, or before */
	const char *name;
	int	 state;			/* 0: it runs; else how it ended */
	uint32_t status;		/* exit status or signal */
	uint64_t ms;			/* how long it took */
	const char *how;		/* one line of words */
	const uint8_t *output;		/* the last that it wrote */
	size_t	 output_len;
};

/* One of job id begins, or the one that ran has ended so. */
int	 catalog_hook_put(struct catalog *c, int64_t id,
	    const struct catalog_hook *h) ERR_MUST_USE;

/* A cursor over the hooks of a job, in the order in which they ran. */
struct catalog_hooks;
int	 catalog_hooks_new(struct catalog *c, int64_t id,
	    struct catalog_hooks **lp) ERR_MUST_USE;
int	 catalog_hooks_next(struct catalog_hooks *l,
	    struct catalog_hook *hp) ERR_MUST_USE;
void	 catalog_hooks_free(struct catalog_hooks *l);

#endif /* CATALOG_HOOK_H */
