/* internal.h: heads and sealed boxes of objects, for lib/repo only. */
#ifndef REPO_INTERNAL_H
#define REPO_INTERNAL_H

#include "repo/repo.h"

struct buf;

/* The types of doc/format.md section 1. */
enum object_type {
	OBJECT_CONFIG = 1,
	OBJECT_SLOT = 2,
	OBJECT_EPOCH = 3,
	OBJECT_SIGNER = 4,
	OBJECT_PACK = 5,
	OBJECT_INDEX = 6,
	OBJECT_REFS = 7,
	OBJECT_SNAPSHOT = 8,
	OBJECT_WRITER = 9,
	OBJECT_CHECKPOINT = 10,
	OBJECT_END = 11,
	OBJECT_PIN = 12
};

/* A big-endian number in the middle of bytes. */
void	 bytes_put32(uint8_t *p, uint32_t v);
uint32_t bytes_get32(const uint8_t *p);

#define OBJECT_HEAD_LEN 24
#define BOX_NONCE_LEN 24
#define BOX_OVERHEAD (BOX_NONCE_LEN + 16)

/* Write the head of an object of this repository.  Pure. */
void	 object_head(const struct repo *r, enum object_type type,
	    uint8_t headp[OBJECT_HEAD_LEN]);

/*
 * Check that the object of len bytes begins with the head of that type and
 * this repository: ERR_VERSION for a newer one, else ERR_FORMAT.  Pure.
 */
int	 object_check(const struct repo *r, enum object_type type,
	    const uint8_t *object, size_t len) ERR_MUST_USE;

/*
 * Append a box under the metadata key, len + BOX_OVERHEAD bytes: nonce,
 * cipher text, tag.  head is the object's, number the box's.  Pure.
 */
int	 box_seal(const struct repo *r, const uint8_t head[OBJECT_HEAD_LEN],
	    uint8_t number, const struct buf *plain, struct buf *out)
	    ERR_MUST_USE;

/* Append what a box of len bytes holds.  ERR_CORRUPT.  Pure. */
int	 box_open(const struct repo *r, const uint8_t head[OBJECT_HEAD_LEN],
	    uint8_t number, const uint8_t *box, size_t len, struct buf *out)
	    ERR_MUST_USE;

/* Append head and only box of an object; open one.  Caller owns *plainp. */
int	 object_seal_box(const struct repo *r, enum object_type type,
	    const struct buf *plain, struct buf *out) ERR_MUST_USE;
int	 object_open_box(const struct repo *r, enum object_type type,
	    const uint8_t *object, size_t len, struct buf **plainp)
	    ERR_MUST_USE;

#define OBJECT_NAME_MAX 96

/* The name "<dir>/<hash>". */
void	 object_name(const char *dir, const uint8_t hash[32],
	    char namep[OBJECT_NAME_MAX]);

/* Put an object in dir under its own hash, which is given. */
int	 object_put(struct repo *r, const char *dir, const void *data,
	    size_t len, uint8_t hashp[32]) ERR_MUST_USE;

#endif /* REPO_INTERNAL_H */
