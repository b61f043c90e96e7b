/* batch.h: batches of chunks: announced, asked for, taken, stored. */
#ifndef BACKUPD_BATCH_H
#define BACKUPD_BATCH_H

#include "backupd/session.h"
#include "backupd/unpack.h"

/*
 * What CHUNKS announce becomes a batch.  If chunks of it have an older
 * version, that is opened first (basis.h), as far as there is memory; then
 * NEED asks for what is needed.  It comes in a FRAME; or in PATCHED, as far
 * as bases were sent, and the rest in a FRAME; what was patched wrongly comes
 * in one more, after AGAIN (doc/protocol.md section 6).
 *
 * What came is checked and sealed in the pool, in the order in which it came,
 * and handed to the writer in that order.  One thread, but for the jobs.
 */
struct batches;
struct wire_msg;

/* Caller owns *bp; the session's job, writer and pool must be set. */
int	 batches_new(struct session *s, struct batches **bp) ERR_MUST_USE;

/* What the agent will use (wire/delta.h). */
void	 batches_features(struct batches *b, uint64_t features);

/* Waits for what runs in the pool, then frees b, which may be NULL. */
void	 batches_free(struct batches *b, struct pool *pool);

/*
 * Begin batch id, with room for n chunks, to be filled in by the caller
 * through *chunksp.  ERR_FORMAT if the number is wrong or too many are under
 * way.
 */
int	 batches_begin(struct session *s, uint64_t id, uint32_t n,
	    struct chunk **chunksp) ERR_MUST_USE;

/* The batch begun last has n chunks, and is complete. */
int	 batches_announced(struct session *s, uint32_t n) ERR_MUST_USE;

/* Take FRAME, PATCHED and PACE. */
int	 batches_frame(struct session *s, struct wire_msg *m) ERR_MUST_USE;
int	 batches_patched(struct session *s, struct wire_msg *m) ERR_MUST_USE;
int	 batches_pace(struct session *s, struct wire_msg *m) ERR_MUST_USE;

/* Go on with what can go on; with wait, until all that came is stored. */
int	 batches_pump(struct session *s, bool wait) ERR_MUST_USE;

/* Tell whether no batch and no frame is under way. */
bool	 batches_idle(const struct batches *b);

/* Content bytes that are announced, needed, and have not come yet. */
uint64_t batches_waiting(const struct batches *b);

#endif /* BACKUPD_BATCH_H */
