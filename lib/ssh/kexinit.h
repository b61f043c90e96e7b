/* kexinit.h: what a server offers, for telling why no agreement was found. */
#ifndef SSH_KEXINIT_H
#define SSH_KEXINIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Find the list of host key algorithms in the first len bytes that a server
 * sent (its version line and its KEXINIT message) and write it to out,
 * terminated and cut at outlen.  Anything but printable ASCII is ERR_FORMAT,
 * as is a message that is not whole.  For messages to people only.
 */
int	 ssh_kexinit_hostkeys(const uint8_t *data, size_t len, char *out,
	    size_t outlen) ERR_MUST_USE;

#endif /* SSH_KEXINIT_H */
