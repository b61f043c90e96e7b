/* idset.h: a set of ids, each with a number, in mapped memory. */
#ifndef REPO_IDSET_H
#define REPO_IDSET_H

#include <stdbool.h>

#include "base/spool.h"

/* Open addressing over a mapped file; ids are as good as random. */
struct idset {
	struct spool slots;
	size_t	 n;
};

/* Make s empty. */
void	 idset_init(struct idset *s);

/* Free what s holds; it is empty again. */
void	 idset_clear(struct idset *s);

/* Add id with a number, or give it that number. */
int	 idset_put(struct idset *s, const uint8_t id[32], uint32_t number)
	    ERR_MUST_USE;

/* Tell whether id is there and, unless numberp is NULL, its number. */
bool	 idset_get(const struct idset *s, const uint8_t id[32],
	    uint32_t *numberp);

/* Step through the set: *posp begins with 0; false at the end. */
bool	 idset_step(const struct idset *s, size_t *posp, const uint8_t **idp,
	    uint32_t *numberp);

#endif /* REPO_IDSET_H */
