/* mirror_fixture.h: a repository with some snapshots, and stores beside it. */
#ifndef TESTS_MIRROR_FIXTURE_H
#define TESTS_MIRROR_FIXTURE_H

#include "repo/mirror.h"
#include "tests/unit/job_fixture.h"
#include "tests/unit/repo_fixture.h"

/* As repo_setup, with three snapshots of two sources. */
int	 mirror_setup(void **state);

/* Copy all to a store that is empty, or not; the result of mirror_run. */
int	 mirror_copy(struct repo_fixture *f, struct store *to,
	    struct mirror_totals *tp);

/* The test fails unless the store opens and, but for a config that is not
 * in three copies yet, verifies.  Gives how many snapshots it has. */
size_t	 mirror_sound(struct repo_fixture *f, struct store *s);

/* Flip a bit in the middle of an object. */
void	 object_damage(struct store *s, const char *name);

#endif /* TESTS_MIRROR_FIXTURE_H */
