/* chain.c: a chunk that is stored as a delta, and all that it builds on. */
#include "repo/chain.h"

#include <string.h>

#include "base/hex.h"
#include "base/log.h"

/* Find what the link builds on. */
static int
chain_base(struct index *x, const struct chain_link *of,
    struct chain_link *linkp)
{
	char hex[65];
	int r;

	memcpy(linkp->id, of->at.base, sizeof(linkp->id));
	r = index_find(x, linkp->id, &linkp->at);
	/* The shallowest there is: if this one is too deep, all are. */
	if (r == ERR_NOENT || (r == 0 && linkp->at.depth >= of->at.depth)) {
		r = ERR_CORRUPT;
		hex_format(of->id, 32, hex);
		log_err(r, "chunk %s: find what it builds on", hex);
	}
	return r;
}

int
chain_find(struct index *x, const uint8_t id[32], struct chain *cp)
{
	struct chain_link *l = &cp->links[0];
	int r;

	memcpy(l->id, id, sizeof(l->id));
	if ((r = index_find(x, id, &l->at)) != 0)
		return r;
	/* The depth is at most 32 and falls: the links suffice. */
	for (; l->at.depth > 0; l++)
		if ((r = chain_base(x, l, l + 1)) != 0)
			return r;
	cp->n = (unsigned int)(l - cp->links) + 1;
	return 0;
}
