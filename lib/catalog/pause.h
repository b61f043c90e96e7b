/* pause.h: hosts that are not to be backed up for a while. */
#ifndef CATALOG_PAUSE_H
#define CATALOG_PAUSE_H

#include "catalog/catalog.h"

/*
 * One row for a host.  A pause that is over stays until it is ended or
 * another takes its place: who reads compares with the time.  A cursor keeps
 * writers waiting.
 */
struct catalog_pause {
	const char *host;
	const char *reason;		/* the officer's words, or "" */
	int64_t	 since;
	int64_t	 until;			/* INT64_MAX: until it is ended */
	int64_t	 uid;			/* who wanted it */
};

/* Put one, in place of what there was of the host. */
int	 catalog_pause_put(struct catalog *c, const struct catalog_pause *p)
	    ERR_MUST_USE;

/* End that of a host, if there is one. */
int	 catalog_pause_end(struct catalog *c, const char *host) ERR_MUST_USE;

/* All of them, by host. */
struct catalog_pauses;
int	 catalog_pauses_new(struct catalog *c, struct catalog_pauses **lp)
	    ERR_MUST_USE;
int	 catalog_pauses_next(struct catalog_pauses *l,
	    struct catalog_pause *pp) ERR_MUST_USE;
void	 catalog_pauses_free(struct catalog_pauses *l);

#endif /* CATALOG_PAUSE_H */
