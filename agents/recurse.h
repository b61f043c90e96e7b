/* recurse.h: a whole subtree, for its digests or to be listed. */
#ifndef AGENTS_RECURSE_H
#define AGENTS_RECURSE_H

#include <stdbool.h>
#include <stdint.h>

#include "agents/content.h"
#include "agents/digest.h"
#include "agents/hub.h"
#include "agents/scan.h"
#include "base/err.h"

/*
 * The stack is in memory, and only its upper part keeps descriptors, so that
 * a tree may be of any depth.
 */
struct recurse {
	struct hub *hub;		/* borrows, as all of these */
	struct scan *scan;
	struct digests *digests;	/* NULL: list; else fill this only */
	struct content *content;	/* for a listing */
	uint64_t *next_dir;		/* the number of the next directory */
	uint32_t root;
};

/*
 * Walk the directory at path below the root, which fd has open and the call
 * takes.  dir is its number in a listing.  *hasp and digestp are its digest.
 */
int	 recurse_run(const struct recurse *rc, const struct scan_dir *top,
	    uint64_t dir, bool *hasp, uint8_t digestp[WIRE_DIGEST_LEN])
	    ERR_MUST_USE;

#endif /* AGENTS_RECURSE_H */
