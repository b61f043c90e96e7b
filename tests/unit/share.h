/* share.h: a mounted directory that misbehaves, for test programs. */
#ifndef TESTS_UNIT_SHARE_H
#define TESTS_UNIT_SHARE_H

#include <stdbool.h>
#include <sys/types.h>

struct share {
	char	 dir[64];	/* holds what follows */
	char	 base[80];	/* as it is on the server */
	char	 path[80];	/* as it is mounted */
	pid_t	 pid;		/* of tests/lib/badfs */
};

/*
 * Mount a new one; seconds as badfs has them.  false where this machine does
 * not let it; all else that fails fails the test.
 */
bool	 share_start(struct share *sh, const char *seconds);

/* What goes wrong from here on; see badfs.c.  "": nothing. */
void	 share_rules(const struct share *sh, const char *rules);

/* How many operations there were since then, and how often a rule struck. */
unsigned int share_asked(const struct share *sh);
unsigned int share_struck(const struct share *sh);

/* Take it down, whatever state it is in, and remove it all. */
void	 share_stop(struct share *sh);

#endif /* TESTS_UNIT_SHARE_H */
