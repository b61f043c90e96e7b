/* basis.h: older versions of chunks, opened in the pool to make deltas from. */
#ifndef BACKUPD_BASIS_H
#define BACKUPD_BASIS_H

#include <sys/queue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "repo/chain.h"

/*
 * The main thread finds a chunk in the index with all that it builds on and
 * reads the stored frames; jobs in the pool open the frame that holds what is
 * whole, which neighbours share, and then the deltas.  What comes out is
 * checked by the chunk's id.  A chunk that cannot be had is lost, which is
 * warned of once: what would have built on it goes without.
 */
struct bases;
struct basis;
struct basis_job;
struct buf;
struct frame_epoch;
struct opened;
struct pool;
struct repo;
struct tool;
struct tools;
struct writer;

struct bases_params {
	struct repo *repo;		/* all borrowed */
	struct writer *w;
	struct pool *pool;
	struct tools *tools;
	unsigned int threads;
};

/* One instance in the chain of a basis. */
struct basis_link {
	struct chain_link l;
	struct buf *sealed;		/* depth > 0: the frame; owned */
	const struct frame_epoch *epoch;
};

enum basis_state {
	BASIS_QUEUED,
	BASIS_FRAME,			/* its whole frame is being opened */
	BASIS_RUNNING,
	BASIS_THERE,			/* its bytes may be used, in jobs too */
	BASIS_LOST
};

/* Main thread only, but for what jobs read; owned by its references. */
struct basis {
	enum basis_state state;
	uint8_t	*data;			/* BASIS_THERE: the chunk */
	uint32_t len;
	unsigned int n;			/* links; 1: stored whole itself */
	/* private */
	uint8_t	*root_data;		/* n > 1 */
	unsigned int refs;
	size_t	 held;
	struct basis_job *job;
	struct opened *frame;
	struct bases *bs;
	TAILQ_ENTRY(basis) queue;	/* until it is done */
	struct basis_link links[];	/* the chunk itself first */
};

/* Caller owns *bsp. */
int	 bases_new(const struct bases_params *p, struct bases **bsp)
	    ERR_MUST_USE;

/* Waits for what runs in the pool; what is not there yet is lost.  Nothing
 * may be opened any more.  bs may be NULL. */
void	 bases_stop(struct bases *bs);

/* After bases_stop, when all references have been dropped.  bs may be
 * NULL. */
void	 bases_free(struct bases *bs);

/*
 * Begin to open chunk id.  The caller holds a reference to *bp.  ERR_NOENT if
 * it is not to be had (writer_base).
 */
int	 bases_open(struct bases *bs, const uint8_t id[32], struct basis **bp)
	    ERR_MUST_USE;

/* One more reference; one less.  b may be NULL when it is dropped; it may not
 * be dropped while it opens. */
struct basis *basis_hold(struct basis *b);
void	 basis_drop(struct basis *b);

/* Tell whether it will not change any more. */
bool	 basis_done(const struct basis *b);

/* Take what jobs have done, start others. */
int	 bases_pump(struct bases *bs) ERR_MUST_USE;

/* Bytes of all that is open. */
size_t	 bases_held(const struct bases *bs);

/*
 * Give the content of a link, which is checked, borrowed from b or t until
 * the next call.  Pure; for jobs.
 */
int	 basis_link_open(const struct basis *b, unsigned int link,
	    struct tool *t, const uint8_t **datap) ERR_MUST_USE;

#endif /* BACKUPD_BASIS_H */
