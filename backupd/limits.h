/* limits.h: how fast, in the time to come, by the windows of a policy. */
#ifndef BACKUPD_LIMITS_H
#define BACKUPD_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#include "backupd/job.h"
#include "base/throttle.h"
#include "policy/policy.h"

/*
 * The limits of b for the time that a job may take, from now on, in v; how
 * many it are, 0: never one.  Each is divided by share, 1 or more.
 */
size_t	 limits_from(const struct policy_bandwidths *b, uint64_t share,
	    struct throttle_limit v[JOB_LIMITS_MAX]);

#endif /* BACKUPD_LIMITS_H */
