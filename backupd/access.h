/* access.h: who may ask the daemon for what. */
#ifndef BACKUPD_ACCESS_H
#define BACKUPD_ACCESS_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/* Each may do what those before it may. */
enum access_role {
	ACCESS_NONE,
	ACCESS_VIEWER,		/* look at the state */
	ACCESS_OPERATOR,	/* run, cancel and pause */
	ACCESS_ADMIN		/* reload, stop */
};

/* The policy's roles, looked up: begin with zeros. */
struct access {
	struct access_entry *v;	/* owned */
	size_t	 n;
};

struct policy;

/*
 * Look up whom the policy gives roles, which may take a while.  Who is not
 * known here is left out.  a is as before if it fails.
 */
int	 access_load(struct access *a, const struct policy *p) ERR_MUST_USE;

/* Forget all. */
void	 access_clear(struct access *a);

/*
 * The role of who is at the other end of the local socket fd, as the kernel
 * knows it: root and the daemon's own user are administrators, others have
 * the highest role that a gives the user or one of the groups that the
 * process is in.  *uidp is the user.
 */
int	 access_peer(const struct access *a, int fd,
	    enum access_role *rolep, uid_t *uidp) ERR_MUST_USE;

/* "viewer", "operator", "administrator", "nobody". */
const char *access_word(enum access_role role);

#endif /* BACKUPD_ACCESS_H */
