/* internal.h: fields that several messages share. */
#ifndef WIRE_INTERNAL_H
#define WIRE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "wire/limits.h"

struct buf;

/* A count of items, a varint of at most max; ERR_TOOBIG if it is more. */
int	 wire_get_count(struct buf *b, uint32_t max, uint32_t *np)
	    ERR_MUST_USE;

/* Bytes of at most max; ERR_TOOBIG if there are more. */
int	 wire_put_bytes(struct buf *b, const uint8_t *data, size_t len,
	    size_t max) ERR_MUST_USE;

/* A u8: 0 or a negated ERR_ code. */
int	 wire_put_status(struct buf *b, int status) ERR_MUST_USE;
int	 wire_get_status(struct buf *b, int *statusp) ERR_MUST_USE;

/* A u8, 0 or 1, and the digest if 1; digestp is zeros without one. */
int	 wire_put_digest(struct buf *b, bool has,
	    const uint8_t digest[WIRE_DIGEST_LEN]) ERR_MUST_USE;
int	 wire_get_digest(struct buf *b, bool *hasp,
	    uint8_t digestp[WIRE_DIGEST_LEN]) ERR_MUST_USE;

#endif /* WIRE_INTERNAL_H */
