/* settle.h: typed values of a host and of its sources. */
#ifndef POLICY_SETTLE_H
#define POLICY_SETTLE_H

#include "policy/level.h"

/*
 * Fill in what stands in groups such as schedule and limits: the innermost
 * value said, else the fallback of the schema, else what is there already.
 * Arrays come from the arena.  The policy was checked: no value is wrong.
 */

/* Of a source; its sets, excludes and compression are the caller's. */
int	 settle_source(const struct levels *l, struct arena *a,
	    struct policy_source *src) ERR_MUST_USE;

/* Of a host: load and bandwidth. */
int	 settle_host(const struct levels *l, struct arena *a,
	    struct policy_host *h) ERR_MUST_USE;

/* The bandwidth that s, one target, says itself. */
int	 settle_bandwidth(const config_setting_t *s, struct arena *a,
	    struct policy_bandwidths *bp) ERR_MUST_USE;

/* The parallel jobs that s, one level, says itself; else 0. */
int	 settle_parallel(const config_setting_t *s);

/* A percentage said in s at name, else the fallback of the row. */
int	 settle_percent(const config_setting_t *s, const char *name,
	    const char *row);

/* As settle_percent, of any kind; 0 where the row has no fallback. */
int64_t	 settle_whole(const config_setting_t *s, const char *name,
	    const char *row);

/* The holidays in the list s, which may be NULL. */
int	 settle_holidays(const config_setting_t *s, struct arena *a,
	    struct workday_list *listp) ERR_MUST_USE;

#endif /* POLICY_SETTLE_H */
