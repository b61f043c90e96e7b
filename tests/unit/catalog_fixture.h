/* catalog_fixture.h: a catalog in a directory of its own, for tests. */
#ifndef UNIT_CATALOG_FIXTURE_H
#define UNIT_CATALOG_FIXTURE_H

#include "catalog/history.h"

struct catalog_fixture {
	char	 dir[64];
	struct catalog *c;
};

/* For cmocka: make the directory and open a catalog in it; remove both. */
int	 catalog_setup(void **state);
int	 catalog_teardown(void **state);

/* Close the catalog and open it again. */
void	 catalog_reopen(struct catalog_fixture *f);

/* Begin a job of host h, set s, that started then; end it with a snapshot
 * whose id is made of one byte (0: it failed). */
int64_t	 job_started(struct catalog *c, const char *host, int64_t started);
void	 job_ended(struct catalog *c, int64_t id, uint8_t snapshot);

/* How the job stands, or -1 if there is none. */
int	 job_outcome(struct catalog *c, int64_t id);

/* The snapshots as text, a line each.  The caller frees it. */
char	*snapshots_text(struct catalog *c);

#endif /* UNIT_CATALOG_FIXTURE_H */
