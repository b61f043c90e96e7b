/* agent_fixture.h: a directory and an agent for each test. */
#ifndef TESTS_AGENT_FIXTURE_H
#define TESTS_AGENT_FIXTURE_H

#include <stddef.h>

#include "tests/unit/keeper.h"

/* The test's own directory, removed at its end. */
extern char dir[64];

/* For cmocka. */
int	 set_up(void **state);
int	 tear_down(void **state);

/* A path in the directory; four may be in use at once. */
const char *at(const char *name);

/* Write len bytes that a seed decides. */
void	 make_file(const char *name, size_t len, unsigned int seed);

/* Fourteen entries of most kinds. */
void	 make_tree(void);

/* Let times grow old enough not to be racy. */
void	 settle(void);

/* Start an agent for dir with one root; "" is dir itself. */
void	 begin(struct keeper *k, const char *root, unsigned int flags,
	    const char *const *excludes);

/* List all below dir with its content. */
void	 pull(struct keeper *k, unsigned int flags,
	    const char *const *excludes);

/* BYE; then all memory of k. */
void	 end(struct keeper *k);

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif /* TESTS_AGENT_FIXTURE_H */
