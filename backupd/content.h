/* content.h: content announced, asked for, and taken in frames. */
#ifndef BACKUPD_CONTENT_H
#define BACKUPD_CONTENT_H

#include "backupd/session.h"

/*
 * CHUNKS tell what a batch holds; the answer is a NEED; a FRAME with just
 * that follows.  A frame is decompressed, hashed and sealed in the pool: a
 * pure function of its own struct.  The main thread hands the sealed frames
 * to the writer in the order in which they came.
 */
struct content;
struct wire_msg;

/* Caller owns *cp; the session's job, writer and pool must be set. */
int	 content_new(struct session *s, struct content **cp) ERR_MUST_USE;

/* Waits for what runs in the pool, then frees c, which may be NULL. */
void	 content_free(struct content *c, struct pool *pool);

/* Take CHUNKS and FRAME. */
int	 content_chunks(struct session *s, struct wire_msg *m) ERR_MUST_USE;
int	 content_frame(struct session *s, struct wire_msg *m) ERR_MUST_USE;

/* Hand over frames that are done; with wait, all of them. */
int	 content_collect(struct session *s, bool wait) ERR_MUST_USE;

/* Tell whether no batch and no frame is under way. */
bool	 content_idle(const struct content *c);

#endif /* BACKUPD_CONTENT_H */
