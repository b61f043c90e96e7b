/* unpack.h: frames checked, and sealed anew, in the pool. */
#ifndef BACKUPD_UNPACK_H
#define BACKUPD_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"
#include "repo/frame.h"
#include "repo/pack.h"

/*
 * A frame job is filled in by the main thread, run in the pool as a pure
 * function of itself, and read by the main thread once it is done.
 *
 * A chunk with a basis is stored as a delta where that is clearly smaller, in
 * a frame of its own; what is left of the frame is then packed anew.
 */
struct basis;
struct buf;
struct tool;
struct tools;
struct trial;

enum chunk_state {
	CHUNK_HAD,			/* not to be sent */
	CHUNK_NEEDED,
	CHUNK_CHECKING,			/* came patched: is it good? */
	CHUNK_AGAIN,			/* was not: comes whole */
	CHUNK_CAME
};

/* A chunk as announced. */
struct chunk {
	uint8_t	 hash[32];
	uint8_t	 id[32];
	uint32_t len;
	enum chunk_state state;
	bool	 old;			/* old_id is set: its older version */
	bool	 signed_for;		/* a BASIS was sent */
	uint8_t	 old_id[32];
	struct basis *basis;		/* NULL: none; a reference */
	struct trial *trial;		/* set with old; a reference */
};

/* Let go of the references of n chunks, and of the chunks. */
void	 chunks_free(struct chunk *chunks, uint32_t n);

/* What became of a chunk in a frame. */
struct chunk_fate {
	bool	 keep;			/* set before: it is not stored yet */
	bool	 bad;			/* it is not what was announced */
	bool	 tried, delta;		/* to store it as a delta; done so */
};

/* A chunk that was stored as a delta. */
struct frame_delta {
	struct pack_frame frame;	/* borrows chunk */
	struct pack_chunk chunk;
	size_t	 off;			/* of the sealed frame in deltas_out */
};

/* One frame on its way through the pool. */
struct frame_job {
	struct pool_job job;
	bool	 busy;
	int	 result;		/* of run */
	const struct frame_epoch *epoch;	/* borrowed */
	struct tools *tools;		/* borrowed */
	bool	 compress;
	uint64_t batch;
	bool	 patched;		/* bad chunks come again */
	struct buf *in, *out;		/* as it came; repacked */
	struct buf *deltas_out;		/* sealed deltas */
	uint8_t	*stored;		/* sealed */
	uint8_t	 kind;
	uint32_t raw_len;
	struct chunk *chunks;		/* those in it, owned */
	uint32_t *numbers;		/* which they are in their batch */
	uint32_t nchunks;
	struct chunk_fate *fates;
	/* results */
	struct pack_frame frame;
	struct frame_delta *deltas;
	uint32_t ndeltas;
};

/* Make a job's buffers; without compress, only deltas are compressed.  epoch
 * and tools are borrowed.  After a failure it can only be cleared. */
int	 frame_job_init(struct frame_job *j, bool compress,
	    struct tools *tools, const struct frame_epoch *epoch)
	    ERR_MUST_USE;
void	 frame_job_clear(struct frame_job *j);

/* Forget the chunks of a job that is over. */
void	 frame_job_reset(struct frame_job *j);

/*
 * Run the job arg: is it what was announced?  Then seal what is kept of it.
 * Its result and frames are set.  Pure.
 */
void	 frame_job_run(void *arg);

/*
 * shrink.c: store chunk i of j, whose bytes are at raw, as a delta against
 * what its basis tells, if that is clearly smaller; its fate tells.  Pure.
 */
int	 frame_shrink(struct frame_job *j, struct tool *t, uint32_t i,
	    const uint8_t *raw) ERR_MUST_USE;

#endif /* BACKUPD_UNPACK_H */
