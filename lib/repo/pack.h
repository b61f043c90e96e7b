/* pack.h: many frames in one object, with a footer that lists them. */
#ifndef REPO_PACK_H
#define REPO_PACK_H

#include "repo/frame.h"

/* A chunk inside a frame. */
struct pack_chunk {
	uint8_t	 id[32];
	uint32_t offset, len;		/* in the raw frame */
	uint8_t	 depth;			/* 0: stored whole */
	uint8_t	 base[32];		/* depth > 0 */
};

struct pack_frame {
	uint32_t offset;		/* in the pack */
	struct frame_info info;
	uint32_t nchunks;
	struct pack_chunk *chunks;	/* owned by whoever holds the frame */
};

struct pack_writer;
struct pack_footer;

/* Begin a pack in memory.  Caller owns *wp. */
int	 pack_writer_new(struct repo *r, struct pack_writer **wp)
	    ERR_MUST_USE;
void	 pack_writer_free(struct pack_writer *w);

/*
 * Append a sealed frame of f->info.stored_len bytes.  f->offset is set; its
 * chunks are copied.  ERR_TOOBIG if the pack would pass pack_max (put it
 * and begin another); ERR_FORMAT for chunks that such a frame cannot hold
 * (doc/format.md section 4: a delta is alone in its frame).
 */
int	 pack_writer_add(struct pack_writer *w, struct pack_frame *f,
	    const uint8_t *stored) ERR_MUST_USE;

/* Write the footer, put the object, give its hash.  w is empty again. */
int	 pack_writer_put(struct pack_writer *w, uint8_t hashp[32])
	    ERR_MUST_USE;

/* The name "packs/aa/<hash>" of a pack. */
void	 pack_name(const uint8_t hash[32], char *name, size_t len);

/*
 * Read a pack's footer with two ranged reads.  size is the object's.
 * Caller owns *fp.
 */
int	 pack_footer_read(struct repo *r, const uint8_t hash[32],
	    uint64_t size, struct pack_footer **fp) ERR_MUST_USE;

/* The same from the whole object in memory, whose name is checked too. */
int	 pack_footer_decode(struct repo *r, const uint8_t hash[32],
	    const uint8_t *object, size_t len, struct pack_footer **fp)
	    ERR_MUST_USE;
void	 pack_footer_free(struct pack_footer *f);

/* Its frames, borrowed. */
const struct pack_frame *pack_footer_frames(const struct pack_footer *f,
	    size_t *np);

#endif /* REPO_PACK_H */
