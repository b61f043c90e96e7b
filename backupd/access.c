/* access.c: who may ask the daemon for what. */
#define _GNU_SOURCE
#include "backupd/access.h"

#include <sys/socket.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "policy/account.h"
#include "policy/policy.h"

#define GROUPS_MAX 4096		/* more than a process can be in is 65536 */

struct access_entry {
	struct account account;
	enum access_role role;
};

static void
add_list(struct access *a, const struct policy_list *l,
    enum access_role role)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (account_find(l->v[i], &a->v[a->n].account) != 0)
			continue;
		a->v[a->n++].role = role;
	}
}

int
access_load(struct access *a, const struct policy *p)
{
	struct access new = { NULL, 0 };
	size_t most = p->access.viewers.n + p->access.operators.n +
	    p->access.admins.n;

	if ((new.v = calloc(most + 1, sizeof(*new.v))) == NULL)
		return ERR_NOMEM;
	add_list(&new, &p->access.viewers, ACCESS_VIEWER);
	add_list(&new, &p->access.operators, ACCESS_OPERATOR);
	add_list(&new, &p->access.admins, ACCESS_ADMIN);
	access_clear(a);
	*a = new;
	return 0;
}

void
access_clear(struct access *a)
{
	free(a->v);
	a->v = NULL;
	a->n = 0;
}

/* The supplementary groups of the peer; none if the kernel does not tell. */
static size_t
peer_groups(int fd, gid_t groups[GROUPS_MAX])
{
	socklen_t len = GROUPS_MAX * sizeof(groups[0]);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == -1)
		return 0;
	return len / sizeof(groups[0]);
}

/* Tell whether the entry means the peer. */
static bool
means(const struct account *a, const struct ucred *cred,
    const gid_t *groups, size_t n)
{
	size_t i;

	if (!a->group)
		return cred->uid == (uid_t)a->id;
	if (cred->gid == (gid_t)a->id)
		return true;
	for (i = 0; i < n; i++)
		if (groups[i] == (gid_t)a->id)
			return true;
	return false;
}

int
access_peer(const struct access *a, int fd, enum access_role *rolep,
    uid_t *uidp)
{
	gid_t groups[GROUPS_MAX];
	enum access_role role = ACCESS_NONE;
	struct ucred cred;
	socklen_t len = sizeof(cred);
	size_t i, n;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return err_from_errno(errno);
	n = peer_groups(fd, groups);
	for (i = 0; i < a->n; i++)
		if (a->v[i].role > role &&
		    means(&a->v[i].account, &cred, groups, n))
			role = a->v[i].role;
	*uidp = cred.uid;
	*rolep = cred.uid == 0 || cred.uid == geteuid() ? ACCESS_ADMIN :
	    role;
	return 0;
}

const char *
access_word(enum access_role role)
{
	static const char *const words[] = { "nobody", "viewer", "operator",
	    "administrator" };

	return words[role];
}
