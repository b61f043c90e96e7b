/* verified.h: when targets were verified, how much of them, what it said. */
#ifndef CATALOG_VERIFIED_H
#define CATALOG_VERIFIED_H

#include "catalog/catalog.h"

struct catalog_verified {
	const char *target;
	int64_t	 time;			/* of its end */
	int	 sample;		/* of packs read whole, hundredths of a
					   percent; 10000: all */
	uint64_t bytes, snapshots, packs;	/* looked at */
	uint64_t alarms;		/* 0: sound */
};

/* Keep it. */
int	 catalog_verified_put(struct catalog *c,
	    const struct catalog_verified *v) ERR_MUST_USE;

/* The latest of a target; ERR_NOENT.  v->target is the caller's. */
int	 catalog_verified_last(struct catalog *c, const char *target,
	    struct catalog_verified *vp) ERR_MUST_USE;

#endif /* CATALOG_VERIFIED_H */
