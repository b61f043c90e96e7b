/* escape.h: any bytes as one line of text, and back. */
#ifndef RESTORE_ESCAPE_H
#define RESTORE_ESCAPE_H

#include <stddef.h>

#include "base/err.h"

struct buf;

/* Append len bytes as log_escape writes them.  Pure. */
int	 escape_format(const void *data, size_t len, struct buf *out)
	    ERR_MUST_USE;

/*
 * Undo that in place; *lenp is the new length.  ERR_FORMAT for a backslash
 * that begins nothing.  Pure.
 */
int	 escape_parse(char *text, size_t len, size_t *lenp) ERR_MUST_USE;

#endif /* RESTORE_ESCAPE_H */
