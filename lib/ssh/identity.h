/* identity.h: the private key that logs in, private to lib/ssh. */
#ifndef SSH_IDENTITY_H
#define SSH_IDENTITY_H

#include "base/err.h"
#include "ssh/ssh.h"

struct buf;

/*
 * What a private key file holds, as far as it can be told without using it.
 */
enum ssh_identity_kind {
	SSH_IDENTITY_FINE,
	SSH_IDENTITY_RSA,
	SSH_IDENTITY_LOCKED,	/* by a passphrase */
	SSH_IDENTITY_UNKNOWN	/* not a private key at all, or DSA */
};

/* Tell what the content of a private key file is. */
enum ssh_identity_kind ssh_identity_kind(const struct buf *content);

/*
 * Read the file at path, which only its owner may read, and check that the
 * transport can use it.  The caller owns *contentp and wipes it (buf_wipe)
 * before freeing it.  ERR_CONFIG with *failp filled in.
 */
int	 ssh_identity_load(const char *path, enum ssh_transport transport,
	    struct buf **contentp, struct ssh_failure *failp) ERR_MUST_USE;

/* As ssh_identity_load, keeping nothing. */
int	 ssh_identity_check(const char *path, enum ssh_transport transport,
	    struct ssh_failure *failp) ERR_MUST_USE;

/* Tell whether the libssh2 in use can log in with RSA keys; in ssh_lib2.c. */
int	 ssh_lib2_has_rsa(void);

#endif /* SSH_IDENTITY_H */
