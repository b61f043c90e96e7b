/* ladder.c: which generation of a chunk the next delta builds on. */
#include "backupd/ladder.h"

uint32_t
ladder_limit(const struct ladder *l)
{
	return l->whole / 2;
}

unsigned int
ladder_pick(const struct ladder *l, uint32_t stored)
{
	uint64_t passed = stored;
	unsigned int i;

	for (i = 0; i + 1 < l->n && l->links[i].depth > 0; i++) {
		if (l->links[i].stored > passed &&
		    l->links[i].depth < LADDER_DEPTH_MAX)
			break;
		passed += l->links[i].stored;
	}
	return i;
}

bool
ladder_may_stay(const struct ladder *l, uint32_t stored)
{
	uint64_t sum = stored;
	unsigned int i;

	if (l->links[0].depth >= LADDER_DEPTH_MAX)
		return false;
	for (i = 0; i + 1 < l->n; i++)
		sum += l->links[i].stored;
	return sum <= l->whole;
}
