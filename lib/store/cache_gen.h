/* cache_gen.h: generations of copies, and what they hold. */
#ifndef STORE_CACHE_GEN_H
#define STORE_CACHE_GEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "store/store.h"

/*
 * Generation 7 is the directory g0000000007.  In it stand directories 00 to
 * 3f of copies, by the name of the object, and the files "in" and "out", one
 * byte long for each GEN_UNIT bytes that came and went.
 */
#define GENS_MAX 64
#define GEN_UNIT 4096
#define GEN_NAME_MAX (STORE_NAME_MAX + 32)
#define GEN_PATH_MAX (GEN_NAME_MAX + 32)

/* Fields fd and max are the owner's; the rest is set by gens_look. */
struct cache_gens {
	int	 fd;			/* the directory */
	uint64_t max;			/* bytes */
	uint64_t v[GENS_MAX];		/* ascending: the newest is last */
	size_t	 n;
	struct timespec seen;		/* when the directory had changed */
};

struct gen_entry {
	const char *name;		/* of the object, borrowed */
	char	 file[GEN_NAME_MAX];	/* of its copy */
	uint64_t gen;			/* the one it is in, if known */
};

/* See which generations there are. */
int	 gens_look(struct cache_gens *g) ERR_MUST_USE;

/* The path, below the directory, of a file of copies of name. */
void	 gen_path(uint64_t gen, const char *name, const char *file,
	    char out[GEN_PATH_MAX]);

/* Open the copy, in the newest generation that has it; e->gen tells which. */
int	 gens_open(struct cache_gens *g, struct gen_entry *e, int *fdp)
	    ERR_MUST_USE;

/* It was used: it belongs into the newest generation. */
void	 gens_use(struct cache_gens *g, struct gen_entry *e, uint64_t size);

/*
 * Choose the place of a new copy of that size into e->gen, for which older
 * generations go, and count it as being there.
 */
int	 gens_place(struct cache_gens *g, struct gen_entry *e, uint64_t size)
	    ERR_MUST_USE;

/* Give the file at the path tmp, in that place, its name. */
int	 gens_take(struct cache_gens *g, const struct gen_entry *e,
	    const char *tmp) ERR_MUST_USE;

/* Remove the copy from e->gen. */
void	 gens_remove(struct cache_gens *g, const struct gen_entry *e,
	    uint64_t size);

/* Remove the copies of name: file, and those whose name goes on with an @. */
size_t	 gens_drop(struct cache_gens *g, const char *name, const char *file);

#endif /* STORE_CACHE_GEN_H */
