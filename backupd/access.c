/* access.c: who may ask the daemon for what. */
#define _GNU_SOURCE
#include "backupd/access.h"

#include <sys/socket.h>
#include <errno.h>
#include <unistd.h>

int
access_peer(int fd, enum access_role *rolep, uid_t *uidp)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return err_from_errno(errno);
	*uidp = cred.uid;
	*rolep = cred.uid == 0 || cred.uid == geteuid() ? ACCESS_ADMIN :
	    ACCESS_NONE;
	return 0;
}

const char *
access_word(enum access_role role)
{
	static const char *const words[] = { "nobody", "viewer", "operator",
	    "administrator" };

	return words[role];
}
