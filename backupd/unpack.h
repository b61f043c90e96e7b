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
 */
struct buf;
struct compressor;
struct decompressor;

/* A chunk as announced. */
struct chunk {
	uint8_t	 hash[32];
	uint8_t	 id[32];
	uint32_t len;
	bool	 needed;
};

/* One frame on its way through the pool. */
struct frame_job {
	struct pool_job job;
	bool	 busy;
	int	 result;		/* of run */
	const struct frame_epoch *epoch;	/* borrowed */
	struct decompressor *d;
	struct compressor *c;		/* NULL without compression */
	struct buf *in, *out;		/* as it came; repacked */
	uint8_t	*raw;
	uint8_t	*stored;		/* sealed */
	uint8_t	 kind;
	uint32_t raw_len;
	struct chunk *chunks;		/* those in it, owned */
	uint32_t nchunks, nkept;
	bool	*keep;
	bool	 repack;
	struct pack_frame frame;	/* result */
};

/* Make a job's buffers; level 0 compresses nothing.  epoch is borrowed.
 * After a failure it can only be cleared. */
int	 frame_job_init(struct frame_job *j, int level,
	    const struct frame_epoch *epoch) ERR_MUST_USE;
void	 frame_job_clear(struct frame_job *j);

/*
 * Run the job arg: is it what was announced?  Then seal what is kept of it.
 * Its result and frame are set.  Pure.
 */
void	 frame_job_run(void *arg);

#endif /* BACKUPD_UNPACK_H */
