/* content.h: the content of files, as it is announced. */
#ifndef BACKUPD_CONTENT_H
#define BACKUPD_CONTENT_H

#include "backupd/session.h"

/*
 * CHUNKS tell what a file consists of.  Each chunk is found needed or not, put
 * beside what stood in its place in the file's older version, and handed to
 * its batch (batch.h), which gets it.
 */
struct body;
struct content;
struct wire_msg;

/* Caller owns *cp. */
int	 content_new(struct content **cp) ERR_MUST_USE;

/* Free c, which may be NULL. */
void	 content_free(struct content *c);

/* Take CHUNKS. */
int	 content_chunks(struct session *s, struct wire_msg *m) ERR_MUST_USE;

/* Free b, which may be NULL. */
void	 body_free(struct body *b);

#endif /* BACKUPD_CONTENT_H */
