/* account.h: users and groups of this machine, as a policy names them. */
#ifndef POLICY_ACCOUNT_H
#define POLICY_ACCOUNT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/* A user, or a group if the text began with "@". */
struct account {
	bool	 group;
	id_t	 id;		/* uid or gid */
};

/*
 * Look up NAME, a number, or "@" before one of them.  ERR_NOENT if there is
 * none of that name, or the directory that would know it does not answer.
 * It may wait for that directory: not for an event loop between two reloads.
 */
int	 account_find(const char *text, struct account *ap) ERR_MUST_USE;

#endif /* POLICY_ACCOUNT_H */
