/* stored.h: objects as they are stored: named, listed, read and checked. */
#ifndef REPO_STORED_H
#define REPO_STORED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "repo/repo.h"

/*
 * For what handles objects as they are, mirror and heal.  Those that only
 * mean something where they were written are not among these kinds: markers
 * of writers, and what a collector notes (doc/format.md sections 1 and 9).
 *
 * Kinds stand in the order in which they are put: each needs only what
 * stands before it, so that whoever puts them in this order leaves a
 * repository that opens and lacks nothing, wherever he stops.
 */
enum stored_kind {
	STORED_KEY,
	STORED_CONFIG,
	STORED_PACK,
	STORED_INDEX,
	STORED_REFS,
	STORED_SNAPSHOT,
	STORED_PIN,
	STORED_KINDS
};

#define STORED_NAME_MAX 112

/* What a name says. */
struct stored {
	enum stored_kind kind;
	uint8_t	 type;			/* of doc/format.md section 1 */
	bool	 slot;			/* a key slot: a way in */
	bool	 named;			/* its bytes hash to hash */
	uint8_t	 hash[32];
};

/* ERR_FORMAT if an object of that name is of none of the kinds. */
int	 stored_parse(const char *name, struct stored *op) ERR_MUST_USE;

/* An object in one or both of two stores. */
struct stored_pair {
	const char *name;
	struct stored what;
	bool	 in[2];
	uint64_t size[2];
};

/*
 * Call fn with every object of a kind in a, or b (which may be NULL), in the
 * order of names; what fn returns but 0 ends it.  All of a part of a is
 * listed before that part of b.  Of packs at most some 100 MB of names are
 * held at a time.
 */
int	 stored_walk(struct store *a, struct store *b, enum stored_kind kind,
	    int (*fn)(const struct stored_pair *p, void *arg), void *arg)
	    ERR_MUST_USE;

/* Memory for one whole object after the other; large ones in a file. */
struct stored_bytes;
int	 stored_bytes_new(struct stored_bytes **bp) ERR_MUST_USE;
void	 stored_bytes_free(struct stored_bytes *b);

/* What was read last; borrowed until the next. */
const uint8_t *stored_data(const struct stored_bytes *b, size_t *lenp);

/* By what an object is checked. */
struct stored_by {
	const uint8_t *id;		/* of the repository */
	struct repo *repo;		/* of the same; NULL: no key at hand */
};

/*
 * Read an object of size bytes and check it.  ERR_CORRUPT: these are not the
 * bytes it is named after, or a key says that they are not good; ERR_FORMAT:
 * not an object of this repository, or not what the name says; ERR_VERSION.
 * Without a key only the beginning of a snapshot or a pin can be checked.
 */
int	 stored_read(struct store *s, const char *name, uint64_t size,
	    const struct stored_by *by, struct stored_bytes *b)
	    ERR_MUST_USE;

/* Tell s that an object of size bytes will be read soon (store_ahead). */
void	 stored_ahead(struct store *s, const char *name, uint64_t size);

/* Tell whether a key is needed to check an object of this kind. */
bool	 stored_needs_key(enum stored_kind kind);

#endif /* REPO_STORED_H */
