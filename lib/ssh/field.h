/* field.h: a string in the binary formats of SSH. */
#ifndef SSH_FIELD_H
#define SSH_FIELD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct buf;

/*
 * Consume a 32-bit length and that many bytes, which stay borrowed in *datap
 * as those of buf_ptr do.  ERR_FORMAT if b holds fewer.
 */
int	 ssh_field_get(struct buf *b, const uint8_t **datap, size_t *lenp)
	    ERR_MUST_USE;

#endif /* SSH_FIELD_H */
