/* err.h: the sixteen things that can go wrong, each tied to an action. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/*
 * A function that can fail returns 0 or one of these negative codes; only a
 * cursor's _next may also return 1 (an item was produced).  A code tells the
 * caller what to do, not where it happened: the place is logged by whoever
 * learns the cause.
 */
enum {
	/* Retry: the same call may go through later. */
	ERR_TIMEOUT = -1,	/* a deadline passed */
	ERR_CLOSED = -2,	/* the other side is gone, or end of file */
	ERR_BUSY = -3,		/* somebody else holds it, or it would block */

	/* Skip and report: this item is lost, the rest goes on. */
	ERR_CHANGED = -4,	/* it changed while it was read */
	ERR_DENIED = -5,	/* not permitted; a wrong key */
	ERR_NOENT = -6,		/* it is not there */

	/* Fail: the operation as a whole cannot go on. */
	ERR_NOSPACE = -7,	/* no space or quota left */
	ERR_IO = -8,		/* the system failed to read or write */
	ERR_NOMEM = -9,		/* out of memory, or over a buffer's cap */
	ERR_TOOBIG = -10,	/* a length over its named maximum */
	ERR_CONFIG = -11,	/* the caller's or the officer's mistake */
	ERR_VERSION = -12,	/* a newer format or protocol */
	ERR_CANCELLED = -13,	/* somebody asked for it to end */

	/* Alarm: what came is not what it claims to be. */
	ERR_FORMAT = -14,	/* bytes that no correct writer makes */
	ERR_CORRUPT = -15,	/* a hash or an authenticator does not match */

	/* Inform. */
	ERR_EXIST = -16		/* it is there already */
};

#define ERR_COUNT 16

/* The compiler insists that a result is looked at. */
#define ERR_MUST_USE __attribute__((warn_unused_result))

/* A constant English phrase for code, without full stop. */
const char *err_text(int code);

/* The code that fits a system call's errno value; ERR_IO where none does. */
int	 err_from_errno(int errnum);

#endif /* BASE_ERR_H */
