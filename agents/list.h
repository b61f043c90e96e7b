/* list.h: directories that the keeper lists one by one, page by page. */
#ifndef AGENTS_LIST_H
#define AGENTS_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "agents/content.h"
#include "agents/digest.h"
#include "agents/hub.h"
#include "agents/reqs.h"
#include "agents/scan.h"
#include "base/err.h"

/*
 * A list waits for NEXT after each page, and for the WANT of its last page;
 * what is wanted is read later, in the order in which it was asked for, so
 * that listing does not wait for content.  Descriptors and the memory of
 * waiting lists are bounded.
 */
struct lists;

struct lists_params {
	struct hub *hub;		/* borrows, as all of these */
	struct scan *scan;
	struct digests *digests;
	struct content *content;
};

/* Caller owns *lp. */
int	 lists_new(const struct lists_params *p, struct lists **lp)
	    ERR_MUST_USE;

/* Free l, which may be NULL. */
void	 lists_free(struct lists *l);

/*
 * Begin a list of the directory that d->fd has open, which is taken, and
 * send its first page.  ERR_FORMAT if too many are open.
 */
int	 lists_begin(struct lists *l, const struct scan_dir *d, uint64_t dir)
	    ERR_MUST_USE;

/*
 * The same for a root that is no directory: its name alone, in the directory
 * that d->fd has open.
 */
int	 lists_begin_alone(struct lists *l, const struct scan_dir *d,
	    uint64_t dir, const char *name) ERR_MUST_USE;

/* NEXT: send a page more.  ERR_FORMAT if no such list waits for it. */
int	 lists_next(struct lists *l, uint64_t dir) ERR_MUST_USE;

/* WANT: note what is to be read.  Takes req if it returns 0. */
int	 lists_want(struct lists *l, struct req *req) ERR_MUST_USE;

/* How many WANTs are noted and not read yet. */
unsigned int lists_wanted(const struct lists *l);

/* Read one wanted file.  1 if there was any, else 0. */
int	 lists_read(struct lists *l) ERR_MUST_USE;

#endif /* AGENTS_LIST_H */
