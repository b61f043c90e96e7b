/* pending.h: chunks that a writer holds and no index knows yet. */
#ifndef REPO_PENDING_H
#define REPO_PENDING_H

#include "repo/reader.h"

/*
 * A writer lets its reader ask for metadata that is not in a pack yet: the
 * keeper may walk a list that it has just written.
 */
struct pending {
	/*
	 * Give the content of chunk id, borrowed until the next call, or
	 * ERR_NOENT.
	 */
	int	(*get)(void *arg, const uint8_t id[32], const uint8_t **datap,
		    size_t *lenp);
	void	*arg;
};

/* Let rd ask p, which is borrowed for its life, before the index. */
void	 reader_set_pending(struct reader *rd, const struct pending *p);

#endif /* REPO_PENDING_H */
