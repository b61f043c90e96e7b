/* ladder.c: which generation of a chunk the next delta builds on. */
#include "backupd/ladder.h"

/* What the deltas from that link down take. */
static uint64_t
below(const struct ladder *l, unsigned int link)
{
	uint64_t sum = 0;

	for (; link + 1 < l->n; link++)
		sum += l->links[link].stored;
	return sum;
}

uint32_t
ladder_limit(const struct ladder *l, unsigned int link)
{
	uint64_t sum = below(l, link);

	if (l->links[link].depth >= LADDER_DEPTH_MAX || sum >= l->whole)
		return 0;
	return l->whole - sum < l->whole / 2 ? (uint32_t)(l->whole - sum) :
	    l->whole / 2;
}

unsigned int
ladder_pick(const struct ladder *l, uint32_t stored)
{
	uint64_t passed = stored;
	unsigned int i;

	for (i = 0; i + 1 < l->n && l->links[i].depth > 0; i++) {
		if (l->links[i].stored > passed &&
		    stored <= ladder_limit(l, i))
			break;
		passed += l->links[i].stored;
	}
	return i;
}
