/* index_fixture.h: runs of made-up chunks, for the tests of the index. */
#ifndef TESTS_INDEX_FIXTURE_H
#define TESTS_INDEX_FIXTURE_H

#include "repo/index.h"

/* The id of chunk number n: as good as random. */
void	 chunk_id(uint32_t n, uint8_t id[32]);

/* Add n chunks from first on, a few to a frame, to a run; their packs' names
 * depend on who. */
void	 add_chunks(struct index_run *run, uint32_t first, uint32_t n,
	    uint8_t who);

/* Put a run of such chunks. */
void	 put_chunks(struct index *x, uint32_t first, uint32_t n,
	    uint8_t hash[32]);

/* Find what put_chunks has put, and not the chunk after it. */
void	 assert_chunks(struct index *x, uint32_t first, uint32_t n);

#endif /* TESTS_INDEX_FIXTURE_H */
