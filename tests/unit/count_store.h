/* count_store.h: a store that counts what it is asked for. */
#ifndef TESTS_COUNT_STORE_H
#define TESTS_COUNT_STORE_H

#include "store/store.h"

#define COUNT_PAGE 1000		/* names in one answer of an object store */

/* Requests, as an object store would get them; a list takes one a page. */
struct store_counts {
	uint64_t puts, gets, sizes, pages, deletes;
	uint64_t listed;		/* names in all lists */
	uint64_t put_bytes, got_bytes;
};

/* A store that hands everything to inner (borrowed) and counts in *c, which
 * must outlive it. */
int	 count_store_open(struct store *inner, struct store_counts *c,
	    struct store **storep) ERR_MUST_USE;

#endif /* TESTS_COUNT_STORE_H */
