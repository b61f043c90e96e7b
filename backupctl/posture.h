/* posture.h: the copies of each source, from policy and catalog. */
#ifndef BACKUPCTL_POSTURE_H
#define BACKUPCTL_POSTURE_H

#include "base/err.h"
#include "policy/policy.h"
#include "policy/posture.h"

struct catalog;
struct cli;

/* One source of the policy.  Texts are borrowed from the policy. */
struct stand {
	const char *host, *set;
	struct posture_when when;
	struct posture_fact *facts;	/* of each target of the policy */
	struct posture p;
};

struct stands {
	struct stand *v;
	size_t	 n;
	size_t	 nfacts;		/* of each */
};

/*
 * Compute those of a host, or of all (NULL), at the moment now.  The policy is
 * borrowed for the life of *sp, which the caller clears.  c may be NULL: then
 * nothing is known.
 */
int	 stands_load(const struct policy *p, struct catalog *c,
	    const char *host, int64_t now, struct stands *sp) ERR_MUST_USE;
void	 stands_clear(struct stands *s);

/* How many have not what the policy requires. */
size_t	 stands_short(const struct stands *s);

/*
 * For status: of how many sources, and how many have not what the policy
 * requires.  False, and nothing is told, if policy or catalog cannot be read
 * by this user, or if the policy wants no copies.
 */
bool	 stands_sum(const struct cli *cli, int64_t now, size_t *np,
	    size_t *shortp);

#endif /* BACKUPCTL_POSTURE_H */
