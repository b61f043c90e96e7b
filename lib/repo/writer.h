/* writer.h: one job's way into the repository, from marker to commit. */
#ifndef REPO_WRITER_H
#define REPO_WRITER_H

#include "repo/index.h"
#include "repo/list.h"
#include "repo/refs.h"
#include "repo/snapshot.h"

/*
 * Keeps the order of doc/format.md section 10.  Nothing it does changes an
 * earlier snapshot; ending at any moment leaves a good repository.  After a
 * failure of any function but writer_ref_* a writer can only be ended.
 *
 * Metadata that was added can be read through writer_reader at once;
 * content only once its pack is full, or after the commit.
 *
 * References (doc/format.md section 7; what refers to what is said in
 * repo/count.h) are counted in one of two ways.  Either the caller never
 * calls a writer_ref function: then writer_commit compares the trees of the
 * snapshot with those of writer_previous itself, reading what differs.  Or
 * the caller counts all of it, as differences to writer_previous (without
 * one: everything):
 *
 *	for each entry that is new, or whose content or xattrs are: +1 for
 *	what it names (writer_ref_entry, or id by id);
 *	for each that is gone or replaced: writer_ref_entry(-1);
 *	for each directory that is in both, with another list: +1 for each
 *	node of the new list, -1 for each of the old (writer_ref).
 *
 * Unchanged entries count nothing.  writer_add_ functions count nothing.
 */
struct chain;
struct writer;

struct writer_params {
	const char *host, *set, *job;
	const char *state_dir;		/* locked; NULL: none */
	const uint8_t *sign_seed;	/* 32 bytes, borrowed */
	int	 compression;		/* zstd level of metadata */
};

/*
 * Put the writer marker and load index, the source's latest snapshot, its
 * refs, and the checkpoints of interrupted writers.  ERR_DENIED if the
 * repository does not know the signer.  Caller owns *wp.
 */
int	 writer_begin(struct repo *r, const struct writer_params *p,
	    struct writer **wp) ERR_MUST_USE;

/*
 * The source's latest snapshot that can be read, NULL if there is none;
 * borrowed.
 */
const struct snapshot *writer_previous(const struct writer *w);

/* A reader over the repository, borrowed. */
struct reader *writer_reader(const struct writer *w);

/* The epoch for frame_seal in pool jobs; borrowed, constant. */
const struct frame_epoch *writer_epoch(const struct writer *w);

/*
 * Tell whether the source is known to have chunk id (its refs, its
 * checkpoints, what this writer took from it) and it is stored: then it
 * need not be sent.  A chunk whose pack is gone, or that of something it
 * builds on, is not stored: sent again, it heals.
 */
bool	 writer_knows(struct writer *w, const uint8_t id[32]);

/*
 * Give the chain of a chunk that the source is known to have and that is
 * stored, in packs that are known to be there: a new chunk can be stored as a
 * delta against it or any of its links, one deeper than that link.  ERR_NOENT
 * if there is no such chunk, or if this writer has taken it and its pack is
 * not full yet.
 */
int	 writer_base(struct writer *w, const uint8_t id[32],
	    struct chain *cp) ERR_MUST_USE;

/* Tell whether chunk id is stored, or added by this writer. */
bool	 writer_has(struct writer *w, const uint8_t id[32]);

/*
 * Take a sealed frame of content.  Chunks that are there already may be
 * listed no more by the caller.  Puts packs, index runs and checkpoints as
 * they fill up.  For a delta, whose frame lists one chunk with depth and base:
 * ERR_FORMAT unless the base is stored at a smaller depth.
 */
int	 writer_add_frame(struct writer *w, struct pack_frame *f,
	    const uint8_t *stored) ERR_MUST_USE;

/*
 * Store a chunk of metadata (a tree node, extended attributes) unless it is
 * there, and give its id.  Has the shape of a list_sink with w as arg.
 */
int	 writer_add_meta(const void *data, size_t len, uint8_t idp[32],
	    void *w) ERR_MUST_USE;

/* Count change references to id for the snapshot's refs. */
int	 writer_ref(struct writer *w, const uint8_t id[32], int32_t change)
	    ERR_MUST_USE;

/*
 * Count change references for what one entry names: content, inline or
 * listed, xattrs, and everything below its subtree.
 */
int	 writer_ref_entry(struct writer *w, const struct entry *e,
	    int32_t change) ERR_MUST_USE;

/* Raw bytes of new chunks, whole or not, and bytes stored, so far. */
void	 writer_totals(const struct writer *w, uint64_t *rawp,
	    uint64_t *storedp);

/*
 * Flush everything, check that every needed pack is there, sign and put the
 * snapshot (the commit), then the end marker.  sn's source, seq, previous,
 * signer, heads and refs are filled in, and host, set and job where they
 * are NULL; sn->hash is set.  If somebody else has committed for this source
 * meanwhile, it gets the next number.  ERR_CANCELLED if an operator has
 * ended this writer; ERR_CORRUPT if a pack is gone; ERR_BUSY if another job
 * of this server is committing for a minute.
 */
int	 writer_commit(struct writer *w, struct snapshot *sn) ERR_MUST_USE;

/*
 * Free w, which may be NULL.  Uncommitted: flushes a last checkpoint if it
 * can, and puts the end marker as given up.
 */
void	 writer_end(struct writer *w);

#endif /* REPO_WRITER_H */
