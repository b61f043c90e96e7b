/* writer_impl.h: the inside of a writer, shared by its files. */
#ifndef REPO_WRITER_IMPL_H
#define REPO_WRITER_IMPL_H

#include "repo/idset.h"
#include "repo/marker.h"
#include "repo/pending.h"
#include "repo/writer.h"

struct compressor;
struct decompressor;

/*
 * Metadata goes through three places: the open frame (raw), sealed frames
 * that are held back, so that trees stand together behind the data, and the
 * pack.  In the first two it is found by id here; from the pack on, by the
 * index, which gets its run right after the pack was put.
 */
#define META_HELD_MAX (8u << 20)	/* stored bytes held back */

/* A sealed frame that is held back. */
struct meta_frame {
	struct pack_frame f;	/* owns its chunks */
	uint8_t	*stored;	/* owns */
};

/* Where a chunk of metadata is. */
struct meta_place {
	uint32_t frame;		/* in held; their number: the open one */
	uint32_t offset, len;	/* in the raw frame */
};

struct meta {
	struct compressor *comp;	/* owns */
	struct decompressor *decomp;	/* owns */
	struct buf *raw;	/* owns; the open frame */
	struct buf *packed;	/* owns; scratch */
	struct pack_chunk *chunks;	/* owns; of the open frame */
	uint32_t nchunks;
	struct meta_frame *held;	/* owns */
	size_t	 nheld;
	size_t	 held_len;	/* stored bytes in them */
	struct idset ids;	/* id to number in places */
	struct spool places;	/* struct meta_place */
	uint8_t	*opened;	/* owns; the raw held frame read last */
	size_t	 opened_frame;	/* its number and one; 0: none */
};

struct writer {
	struct repo *r;		/* borrowed */
	char	*host, *set, *job, *state_dir;	/* owns */
	const uint8_t *seed;	/* borrowed */
	uint8_t	 signer[32];
	char	 source[33];
	char	 id[28];	/* <seq>-<random> */
	char	 name[MARKER_NAME_MAX];	/* writers/<source>/<id> */
	bool	 begun;		/* the marker was put */
	bool	 ended;		/* the end was put */
	int	 error;		/* of the failure that ended it */

	struct index *x;	/* owns */
	struct reader *rd;	/* owns */
	struct pending pending;
	const struct frame_epoch *epoch;	/* borrowed */
	uint64_t seq;		/* of the marker */
	struct snapshot *prev;	/* owns; NULL: none */
	struct refs_set *known;	/* owns; needed by prev */
	struct refs_set *resumed;	/* owns; named by checkpoints */
	bool	 whole;		/* refs of prev are lost: count all anew */
	struct refs_builder *count;	/* owns */
	bool	 counted;	/* the caller counts */

	struct pack_writer *pack;	/* owns */
	struct pack_frame *frames;	/* owns; in the pack */
	size_t	 nframes, frames_cap;
	struct meta meta;
	struct idset sent;	/* content taken by this writer */
	struct idset packs;	/* enum pack_state by hash */
	uint8_t	(*runs)[32];	/* owns; not in a checkpoint yet */
	size_t	 nruns;
	uint32_t checkpoints;
	uint64_t raw_total, stored_total;
};

enum pack_state {
	PACK_THERE = 1,
	PACK_GONE = 2
};

/* Put an object <name><suffix> of the writer, exclusively. */
int	 writer_put_marker(struct writer *w, const char *suffix,
	    const struct buf *object) ERR_MUST_USE;

/* Put the end marker; ERR_EXIST if there is one. */
int	 writer_put_end(struct writer *w, enum marker_outcome outcome)
	    ERR_MUST_USE;

/* Find the chain of chunk id, whoever has it, if all its packs are known to
 * be there. */
bool	 writer_chain(struct writer *w, const uint8_t id[32],
	    struct chain *cp);

/* Append a sealed frame to the pack, which is put first if it is full. */
int	 writer_pack_add(struct writer *w, struct pack_frame *f,
	    const uint8_t *stored) ERR_MUST_USE;

/* Put the pack, if there is anything in it, and its index run. */
int	 writer_pack_flush(struct writer *w) ERR_MUST_USE;

/* Put a checkpoint that names the runs since the last, if there are any. */
int	 writer_checkpoint(struct writer *w) ERR_MUST_USE;

/* Make m, all zero, ready; free what it holds, even half made. */
int	 meta_init(struct meta *m, int level, size_t frame_max) ERR_MUST_USE;
void	 meta_clear(struct meta *m);

/* Put all metadata into packs; the last pack stays open. */
int	 meta_flush(struct writer *w) ERR_MUST_USE;

/* Forget where metadata was: the index knows now. */
void	 meta_forget(struct meta *m);

/* The get of struct pending; arg is the writer. */
int	 meta_get(void *arg, const uint8_t id[32], const uint8_t **datap,
	    size_t *lenp) ERR_MUST_USE;

#endif /* REPO_WRITER_IMPL_H */
