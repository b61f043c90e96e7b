/* content.h: the content of files, cut into chunks and put into batches. */
#ifndef AGENTS_CONTENT_H
#define AGENTS_CONTENT_H

#include <stdbool.h>
#include <stdint.h>

#include "agents/batch.h"
#include "agents/job.h"
#include "agents/source.h"
#include "base/err.h"

/*
 * The walker's.  Small files are read straight into the batch; large ones
 * through a window, where they are cut.  Holes are told, not read.  What
 * changes while it is read is tried again as long as nothing of it has left,
 * and then kept and marked.
 */
struct content {
	const struct job *job;		/* borrows, as the next two */
	struct source *src;
	struct batches *batches;
	struct batch *cur;		/* being filled, or NULL */
	uint64_t closed;		/* batches put so far */
	uint8_t	*window;		/* owns; for large files */
	uint64_t files, bytes;		/* read in all */
};

/* Whose content: what its pieces say. */
struct content_file {
	int	 dirfd;
	const char *name;
	uint64_t dir;
	uint32_t page, entry;
};

/* Make c ready; all is borrowed. */
void	 content_init(struct content *c, const struct job *job,
	    struct source *src, struct batches *batches);

/* Free what c owns. */
void	 content_clear(struct content *c);

/*
 * Read a file.  *statusp is what its END tells; if it is not 0,
 * c->src->errnum is the system's number or 0.  A failure ends the job.
 */
int	 content_read(struct content *c, const struct content_file *f,
	    int *statusp) ERR_MUST_USE;

/* Let go of what has been gathered, so that the keeper gets it. */
void	 content_flush(struct content *c);

#endif /* AGENTS_CONTENT_H */
