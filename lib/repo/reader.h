/* reader.h: chunks back from the repository, each checked by its id. */
#ifndef REPO_READER_H
#define REPO_READER_H

#include "repo/index.h"

/*
 * A reader keeps a bounded cache of opened frames (8 MiB), which serves
 * walks of trees, whose nodes stand together; resolving a delta takes two
 * chunks of memory more.  Restoring file content reads frames in pack order by
 * itself with frame_open.
 */
struct reader;

/* Caller owns *rdp; r and x are borrowed. */
int	 reader_new(struct repo *r, struct index *x, struct reader **rdp)
	    ERR_MUST_USE;
void	 reader_free(struct reader *rd);

/*
 * Give the content of chunk id, borrowed until the next call.  ERR_NOENT if
 * the index does not know it, ERR_CORRUPT if what is stored is not it, or
 * what it builds on is not there.  Each chunk of a chain is checked by its id.
 */
int	 reader_chunk(struct reader *rd, const uint8_t id[32],
	    const uint8_t **datap, size_t *lenp) ERR_MUST_USE;

/* The index it reads from, borrowed. */
struct index *reader_index(const struct reader *rd);

#endif /* REPO_READER_H */
