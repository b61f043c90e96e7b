/* frame.h: chunks compressed together, sealed as one piece of a pack. */
#ifndef REPO_FRAME_H
#define REPO_FRAME_H

#include "repo/repo.h"

/*
 * A frame moves through two pure steps: seal (compressed bytes to stored
 * bytes) and open (stored bytes to raw bytes).  Both may run in a pool;
 * each job has its own struct.
 */
#define FRAME_HEAD_LEN 52
#define FRAME_OVERHEAD (FRAME_HEAD_LEN + 16)
#define FRAME_RAW_MAX (2u << 20)

enum frame_class {
	FRAME_DATA = 0,
	FRAME_META = 1
};

/* One key for one server and month; made by repo_epoch. */
struct frame_epoch {
	uint8_t	 id[16];
	uint8_t	 key[32];
	uint8_t	 repo_id[REPO_ID_LEN];
};

struct frame_info {
	uint8_t	 kind;			/* enum frame_kind of codec */
	uint8_t	 class;			/* enum frame_class */
	uint32_t stored_len;		/* head included */
	uint32_t raw_len;
};

/*
 * Seal len compressed bytes: out receives head and box, len +
 * FRAME_OVERHEAD bytes.  Pure.
 */
int	 frame_seal(const struct frame_epoch *e, const struct frame_info *f,
	    const uint8_t *data, size_t len, uint8_t *out) ERR_MUST_USE;

/*
 * Read the head of a stored frame of len bytes: its info and epoch id.
 * ERR_FORMAT if it is none.  Pure.
 */
int	 frame_peek(const uint8_t *stored, size_t len, struct frame_info *fp,
	    uint8_t epochp[16]) ERR_MUST_USE;

struct decompressor;

/*
 * Authenticate, decrypt and decompress a stored frame to raw, which has
 * room for raw_len bytes as frame_peek gave it.  ERR_CORRUPT if it does not
 * authenticate; ERR_FORMAT if it is a delta, which needs a base.  Pure; d
 * belongs to the calling thread.
 */
int	 frame_open(const struct frame_epoch *e, const uint8_t *stored,
	    size_t len, struct decompressor *d, uint8_t *raw) ERR_MUST_USE;

/* The same, but of raw only the first upto bytes are set, and checked. */
int	 frame_open_begin(const struct frame_epoch *e, const uint8_t *stored,
	    size_t len, struct decompressor *d, size_t upto, uint8_t *raw)
	    ERR_MUST_USE;

/* The whole content of the chunk that a delta builds on; borrowed. */
struct frame_base {
	const uint8_t *data;
	size_t	 len;
};

/*
 * The same for a delta (FRAME_ZSTD_PREFIX); ERR_FORMAT if it is none.  With
 * another base than it was made from, raw gets anything: whoever calls this
 * checks the result by its chunk id.
 */
int	 frame_open_delta(const struct frame_epoch *e, const uint8_t *stored,
	    size_t len, struct decompressor *d, const struct frame_base *base,
	    uint8_t *raw) ERR_MUST_USE;

/*
 * Authenticate a stored frame, without decompressing it: ERR_CORRUPT if it
 * does not.  Pure.
 */
int	 frame_check(const struct frame_epoch *e, const uint8_t *stored,
	    size_t len) ERR_MUST_USE;

/* The epoch that new frames of this server use, made when there is none for
 * this month.  Borrowed from r. */
int	 frame_epoch_current(struct repo *r, const uint8_t signer[32],
	    const struct frame_epoch **ep) ERR_MUST_USE;

/* The epoch of that id, for reading.  ERR_NOENT if unknown.  Borrowed. */
int	 frame_epoch_find(struct repo *r, const uint8_t id[16],
	    const struct frame_epoch **ep) ERR_MUST_USE;

#endif /* REPO_FRAME_H */
