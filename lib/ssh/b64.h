/* b64.h: base64 as SSH uses it, private to lib/ssh. */
#ifndef SSH_B64_H
#define SSH_B64_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Write len bytes as unpadded base64: (len * 4 + 2) / 3 digits and a NUL. */
void	 ssh_b64_encode(const uint8_t *data, size_t len, char *text);

/*
 * Decode textlen characters, padded to a multiple of four, into at most max
 * bytes.  ERR_FORMAT for anything else, ERR_TOOBIG over max.
 */
int	 ssh_b64_decode(const char *text, size_t textlen, size_t max,
	    uint8_t *data, size_t *lenp) ERR_MUST_USE;

#endif /* SSH_B64_H */
