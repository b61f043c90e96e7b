/* index_impl.h: what the files of the index share. */
#ifndef REPO_INDEX_IMPL_H
#define REPO_INDEX_IMPL_H

#include "base/spool.h"
#include "repo/idset.h"
#include "repo/index.h"

struct buf;

#define INDEX_DIR "index"
#define INDEX_BLOCK_MAX (64u << 10)	/* plaintext */
#define INDEX_FANOUT 8			/* runs of a tier that are merged */
#define INDEX_MERGE_MAX (32u << 20)	/* bytes of a merged run's head box */
#define INDEX_OBJECT_MAX (64u << 20)	/* and of its object, about */

/*
 * Tables of a run, in memory that is mapped, their numbers big-endian:
 *
 * frame:  pack u32 (number in packs), offset u32, stored u32, raw u32,
 *         kind u8, class u8
 * record: id 32, depth u8, frame u32 (number in frames), offset u32,
 *         length u32, base u32 (number in bases; 0 if depth is 0)
 */
enum run_table {
	RUN_SUPERSEDES,
	RUN_PACKS,
	RUN_FRAMES,
	RUN_RECORDS,
	RUN_BASES,
	RUN_TABLES
};

#define RUN_FRAME_LEN 18
#define RUN_KEY_LEN 33			/* of a record: id and depth */
#define RUN_RECORD_LEN (RUN_KEY_LEN + 16)

/* Bytes of a row of each table. */
extern const size_t run_row[RUN_TABLES];

/* A run under construction. */
struct index_run {
	struct spool t[RUN_TABLES];
};

/* A finished run: rows point into own or into a mapped cache file. */
struct run {
	uint8_t	 hash[32];		/* of the index object */
	const uint8_t *rows[RUN_TABLES];
	size_t	 n[RUN_TABLES];
	struct index_run own;
	void	*map;			/* NULL: none */
	size_t	 map_len;
};

/* A record, decoded. */
struct run_record {
	uint8_t	 id[32];
	uint8_t	 depth;
	uint32_t frame, offset, len, base;
};

struct index {
	struct repo *r;			/* borrowed */
	struct run **runs;		/* live ones, owned */
	size_t	 n;
	size_t	 unread;
	struct idset listed;		/* hashes of all objects */
	struct idset superseded;	/* what a live run supersedes */
	struct idset lost;		/* packs that are not there */
};

/* index_table.c */

/* Make run empty, in the caller's memory. */
void	 index_run_init(struct index_run *run);

/* Free what run holds; it is empty again. */
void	 index_run_clear(struct index_run *run);

/* A record as the row of its table, and back. */
void	 run_record_encode(const struct run_record *rec,
	    uint8_t rowp[RUN_RECORD_LEN]);
void	 run_record_decode(const uint8_t *row, struct run_record *recp);

/* Make the row of a chunk in the frame of that number; its base, if it has
 * one, is added to run. */
int	 run_record_make(struct index_run *run, uint32_t frame,
	    const struct pack_chunk *c, uint8_t rowp[RUN_RECORD_LEN])
	    ERR_MUST_USE;

/* The i-th row of a table. */
const uint8_t *run_at(const struct run *u, enum run_table t, size_t i);

/* Make a run of from, which is empty afterwards.  Caller owns *up. */
int	 run_new(struct index_run *from, const uint8_t hash[32],
	    struct run **up) ERR_MUST_USE;
void	 run_free(struct run *u);

/* Say where the i-th record is. */
void	 run_place(const struct run *u, size_t i, struct index_place *placep);

/* The first record whose id is not below id; u->n[RUN_RECORDS] if none. */
size_t	 run_search(const struct run *u, const uint8_t id[32]);

/* index_encode.c */

/* Sort the run and put it; give the hash of the object. */
int	 run_put(struct repo *r, struct index_run *run, uint8_t hashp[32])
	    ERR_MUST_USE;

/* index_decode.c */

/* Read and check the index object hash.  Caller owns *up. */
int	 run_read(struct repo *r, const uint8_t hash[32], struct run **up)
	    ERR_MUST_USE;

/* index_cache.c */

/* Keep u in the cache, if there is one; what fails is only logged. */
void	 run_cache_put(struct repo *r, const struct run *u);

/* Remove what the cache holds but the runs of x. */
void	 run_cache_trim(struct index *x);

/* From the cache, or from the store, and then to the cache. */
int	 run_load(struct repo *r, const uint8_t hash[32], struct run **up)
	    ERR_MUST_USE;

/* index_merge.c */

/* Merge n runs into one that supersedes them. */
int	 run_merge(struct index *x, struct run *const *from, size_t n,
	    struct index_run *out) ERR_MUST_USE;

/*
 * Tell whether u may be merged with others like it: a head box is made and
 * read in memory, and none may be longer than INDEX_HEAD_MAX.
 */
bool	 run_mergeable(const struct run *u);

/* The tier of a run of n records. */
unsigned int run_tier(uint64_t n);

#endif /* REPO_INDEX_IMPL_H */
