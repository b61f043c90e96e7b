/* screen.h: what a source says, checked before it is handed on. */
#ifndef BACKUPD_SCREEN_H
#define BACKUPD_SCREEN_H

#include "base/err.h"
#include "wire/wire.h"

/*
 * The reader has checked framing and state; here each message is decoded to
 * its last byte.  Pure.
 */
struct buf;

/*
 * Consume the body of a message of that type.  ERR_FORMAT or ERR_TOOBIG if
 * it is bad, or of a type that is not handed on as it came.
 */
int	 screen_body(enum wire_type type, struct buf *body) ERR_MUST_USE;

#endif /* BACKUPD_SCREEN_H */
