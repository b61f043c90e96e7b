/* digest.h: the digest of a directory, and those remembered. */
#ifndef AGENTS_DIGEST_H
#define AGENTS_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "wire/limits.h"

/*
 * doc/protocol.md, section 5, says what goes into a digest.  The digests of a
 * walk are remembered in a table of bounded size, found by a hash of root and
 * path; a full table forgets what comes later.
 */
struct attr;
struct buf;
struct digests;
struct sha256;

/* Which directory. */
struct digest_place {
	uint32_t root;
	const uint8_t *path;	/* borrows; below the root */
	size_t	 len;
};

/* A digest in the making. */
struct dirhash {
	struct sha256 *ctx;	/* owns */
	struct buf *scratch;	/* owns */
	bool	 clean;		/* false: there will be none */
};

/* Make d ready; head is how each digest begins. */
int	 dirhash_begin(struct dirhash *d, const struct buf *head,
	    const struct attr *attr) ERR_MUST_USE;

/* The next entry in name order; digest is NULL where it is no directory. */
int	 dirhash_entry(struct dirhash *d, const char *name, size_t len,
	    const struct attr *attr, const uint8_t *digest) ERR_MUST_USE;

/* The end: *hasp is false if something was not clean. */
int	 dirhash_end(struct dirhash *d, bool *hasp,
	    uint8_t digestp[WIRE_DIGEST_LEN]) ERR_MUST_USE;

/* Free what d, zeroed or begun, owns. */
void	 dirhash_clear(struct dirhash *d);

/* An empty table.  Caller owns *dp. */
int	 digests_new(struct digests **dp) ERR_MUST_USE;

/* Free d, which may be NULL. */
void	 digests_free(struct digests *d);

/* Remember the digest at a place, if there is room. */
int	 digests_put(struct digests *d, const struct digest_place *at,
	    const uint8_t digest[WIRE_DIGEST_LEN]) ERR_MUST_USE;

/* Tell in *hasp whether it is remembered, and if so in *digestp. */
int	 digests_get(const struct digests *d, const struct digest_place *at,
	    bool *hasp, uint8_t digestp[WIRE_DIGEST_LEN]) ERR_MUST_USE;

#endif /* AGENTS_DIGEST_H */
