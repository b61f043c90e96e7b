/* repo_fixture.h: a new repository in memory, for the tests of repo. */
#ifndef TESTS_REPO_FIXTURE_H
#define TESTS_REPO_FIXTURE_H

#include "repo/key.h"
#include "repo/repo.h"
#include "store/store.h"

struct repo_fixture {
	struct store *s;
	struct repo *r;
	struct key_file kf;
	uint8_t	 recovery[32];
};

/* Functions of a cmocka test; *state is a struct repo_fixture.  Nothing is
 * logged in between. */
int	 repo_setup(void **state);
int	 repo_teardown(void **state);

/* Open the repository again, with the host key. */
int	 repo_reopen(struct repo_fixture *f, struct repo **repop);

/* The host key, or the recovery key. */
void	 repo_key(const struct repo_fixture *f, enum key_kind kind,
	    struct key_input *keyp);

/* A copy of an object, for free(3). */
uint8_t	*object_copy(struct store *s, const char *name, size_t *lenp);

/* Put bytes under a name, whatever stands there. */
void	 object_replace(struct store *s, const char *name, const void *data,
	    size_t len);

/* The i-th name below prefix; the test fails if there is none. */
void	 object_nth(struct store *s, const char *prefix, size_t i, char *namep,
	    size_t len);

/* How many objects there are below prefix. */
size_t	 object_count(struct store *s, const char *prefix);

/* Put bytes under their hash in dir. */
void	 object_plant(struct store *s, const char *dir, const void *data,
	    size_t len);

/* Log nothing from now on. */
void	 log_nothing(void);

#endif /* TESTS_REPO_FIXTURE_H */
