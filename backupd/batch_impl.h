/* batch_impl.h: the inside of batches, shared by their files. */
#ifndef BACKUPD_BATCH_IMPL_H
#define BACKUPD_BATCH_IMPL_H

#include "backupd/basis.h"
#include "backupd/batch.h"
#include "backupd/choice.h"
#include "backupd/tools.h"
#include "wire/limits.h"

enum batch_state {
	BATCH_FREE,
	BATCH_FILLING,
	BATCH_WAITING,			/* for memory for its bases */
	BATCH_OPENING,			/* its bases are being opened */
	BATCH_ASKED			/* NEED was sent */
};

struct batch {
	enum batch_state state;
	uint64_t id;
	uint32_t n;
	struct chunk *chunks;		/* owned */
	uint64_t raw;			/* of the needed ones */
	uint32_t nsigned;		/* chunks with a BASIS */
	uint64_t sent;			/* bytes of these bases */
	bool	 patched;		/* PATCHED has come */
	bool	 again;			/* AGAIN was sent */
	bool	 measures;		/* goes whole to show the rate */
};

struct batches {
	struct batch all[WIRE_BATCHES_MAX];
	size_t	 under_way;
	uint64_t next;			/* number of the next batch */
	struct tools *tools;
	struct bases *bases;
	struct frame_job *jobs;		/* a ring */
	size_t	 njobs, first, running;
	uint64_t sent;			/* bases that the puller keeps */
	struct choice choice;
};

/* The batch of that number; NULL if there is none. */
struct batch *batch_find(struct batches *b, uint64_t id);

/* Bytes of the chunks of t in that state. */
uint64_t batch_sum(const struct batch *t, enum chunk_state state);

/* Make a bitmap of WIRE_BITMAP_MAX bytes of the chunks in that state. */
void	 batch_bitmap(const struct batch *t, enum chunk_state state,
	    uint8_t *bitmap);

/* Free t if nothing of it is to come any more. */
void	 batch_settle(struct batches *b, struct batch *t);

/* The chunks of a PATCHED were checked: ask for those that were bad. */
int	 batch_again(struct session *s, struct batch *t) ERR_MUST_USE;

/* arrive.c: hand over frames that are done; with wait, all of them. */
int	 frames_collect(struct session *s, bool wait) ERR_MUST_USE;

#endif /* BACKUPD_BATCH_IMPL_H */
