/* index.h: where chunks are: sorted runs, mapped rather than loaded. */
#ifndef REPO_INDEX_H
#define REPO_INDEX_H

#include "repo/pack.h"

/*
 * A run is decrypted once into a file (in the cache directory, or unnamed)
 * and mapped; anonymous memory stays small however many chunks there are.
 */
struct index;
struct index_run;

/* Where one stored instance of a chunk is. */
struct index_place {
	uint8_t	 pack[32];
	uint32_t frame_offset, frame_stored, frame_raw;
	uint8_t	 kind, class;
	uint32_t offset, len;		/* in the raw frame */
	uint8_t	 depth;
	uint8_t	 base[32];
};

/*
 * Load every run that is not superseded.  One that is damaged is logged and
 * counted: its chunks are then not known.  Caller owns *indexp.
 */
int	 index_open(struct repo *r, struct index **indexp) ERR_MUST_USE;
void	 index_close(struct index *x);

/* Find the shallowest instance of id.  ERR_NOENT if there is none. */
int	 index_find(struct index *x, const uint8_t id[32],
	    struct index_place *placep) ERR_MUST_USE;

/*
 * Let x know that a pack is not there: from now on index_find passes over the
 * instances in it, as there may be others of the same chunks.
 */
int	 index_lose_pack(struct index *x, const uint8_t pack[32])
	    ERR_MUST_USE;

/* Records in all runs, and how many runs. */
uint64_t index_count(const struct index *x, size_t *runsp);

/* How many runs could not be read. */
size_t	 index_unread(const struct index *x);

/* Collect records for a new run.  Caller owns *runp. */
int	 index_run_new(struct index_run **runp) ERR_MUST_USE;
void	 index_run_free(struct index_run *run);

/* Add all chunks of the frames of a pack that has been put. */
int	 index_run_add(struct index_run *run, const uint8_t pack[32],
	    const struct pack_frame *frames, size_t n) ERR_MUST_USE;

/*
 * Put the run, which is empty then, and let x answer from it; give its
 * hash.  When x then holds eight runs of one tier, they are merged into one
 * that supersedes them, which is put too.
 */
int	 index_run_put(struct index *x, struct index_run *run,
	    uint8_t hashp[32]) ERR_MUST_USE;

/*
 * Call fn with the id of every record of the index object hash, superseded
 * or not; what fn returns but 0 ends the walk and is returned.
 */
int	 index_run_walk(struct index *x, const uint8_t hash[32],
	    int (*fn)(const uint8_t id[32], void *arg), void *arg)
	    ERR_MUST_USE;

/* Read the index object hash as it is stored, whatever a cache holds, and
 * check all of it; give the number of its records. */
int	 index_run_check(struct repo *r, const uint8_t hash[32],
	    uint64_t *recordsp) ERR_MUST_USE;

/* A cursor over all live records in id order, for verify.  No run may be put
 * while it is used. */
struct index_cursor;
int	 index_cursor_new(struct index *x, struct index_cursor **cp)
	    ERR_MUST_USE;
int	 index_cursor_next(struct index_cursor *c, uint8_t idp[32],
	    struct index_place *placep) ERR_MUST_USE;
void	 index_cursor_free(struct index_cursor *c);

#endif /* REPO_INDEX_H */
