/* access.h: who may ask the daemon for what. */
#ifndef BACKUPD_ACCESS_H
#define BACKUPD_ACCESS_H

#include <sys/types.h>

#include "base/err.h"

/* Each may do what those before it may. */
enum access_role {
	ACCESS_NONE,
	ACCESS_VIEWER,		/* look at the state */
	ACCESS_OPERATOR,	/* run and cancel jobs */
	ACCESS_ADMIN		/* reload, stop */
};

/*
 * The role of who is at the other end of the local socket fd, as the kernel
 * knows it: root and the daemon's own user are administrators.  *uidp is the
 * user.
 */
int	 access_peer(int fd, enum access_role *rolep, uid_t *uidp)
	    ERR_MUST_USE;

/* "viewer", "operator", "administrator", "nobody". */
const char *access_word(enum access_role role);

#endif /* BACKUPD_ACCESS_H */
