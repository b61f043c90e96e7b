/* lib2_setup.h: how a libssh2 session is set up, private to lib/ssh. */
#ifndef SSH_LIB2_SETUP_H
#define SSH_LIB2_SETUP_H

#include <libssh2.h>

#include "base/err.h"

/*
 * Before the handshake: allow only the host key type given and the methods
 * that Kho accepts, as far as this libssh2 knows them.  ERR_CONFIG if one
 * kind of method would be left without any.
 */
int	 ssh_lib2_prefer(LIBSSH2_SESSION *session, const char *hostkey_type)
	    ERR_MUST_USE;

#endif /* SSH_LIB2_SETUP_H */
