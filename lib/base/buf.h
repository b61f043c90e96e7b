/* buf.h: a growing byte buffer with a hard cap, read from its front. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * buf_put_* append at the end, buf_get_* consume from the front, buf_peek
 * does neither.  A get that fails leaves the buffer as it was; a put that
 * fails has added nothing.  A buffer never grows beyond the cap given when
 * it was made (ERR_NOMEM).  Numbers are big-endian.  Pointers from buf_ptr
 * and buf_peek are borrowed until the next put, get or free.
 *
 * A get from a buffer that holds too little is ERR_FORMAT: these buffers
 * hold messages and objects, whose lengths are known beforehand.
 */
struct buf;

/* Make an empty buffer that may hold up to cap bytes.  Caller owns *bp. */
int	 buf_new(size_t cap, struct buf **bp) ERR_MUST_USE;

/* Make a read-only buffer over data, which is borrowed and must outlive it. */
int	 buf_borrow(const void *data, size_t len, struct buf **bp)
	    ERR_MUST_USE;

/* Free b, which may be NULL. */
void	 buf_free(struct buf *b);

/* The unread bytes, and how many there are. */
const uint8_t *buf_ptr(const struct buf *b);
size_t	 buf_len(const struct buf *b);

/* Forget all content; the memory and the cap stay. */
void	 buf_reset(struct buf *b);

/* As buf_reset, after overwriting the content with zeros. */
void	 buf_wipe(struct buf *b);

/* Append len bytes, uninitialised, and give their place in *pp. */
int	 buf_reserve(struct buf *b, size_t len, uint8_t **pp) ERR_MUST_USE;

/* Take the last len bytes off again (after a short read into a reserve). */
void	 buf_trim(struct buf *b, size_t len);

/* Append. */
int	 buf_put(struct buf *b, const void *data, size_t len) ERR_MUST_USE;
int	 buf_put_u8(struct buf *b, uint8_t v) ERR_MUST_USE;
int	 buf_put_u16(struct buf *b, uint16_t v) ERR_MUST_USE;
int	 buf_put_u32(struct buf *b, uint32_t v) ERR_MUST_USE;
int	 buf_put_u64(struct buf *b, uint64_t v) ERR_MUST_USE;
int	 buf_put_i64(struct buf *b, int64_t v) ERR_MUST_USE;

/* Append v in LEB128: seven bits a byte, low ones first, at most 10 bytes. */
int	 buf_put_varint(struct buf *b, uint64_t v) ERR_MUST_USE;

/* Append a varint length, then the bytes. */
int	 buf_put_bytes(struct buf *b, const void *data, size_t len)
	    ERR_MUST_USE;

/* As buf_put_bytes, for a NUL-terminated text; the NUL is not stored. */
int	 buf_put_str(struct buf *b, const char *s) ERR_MUST_USE;

/* Consume. */
int	 buf_get(struct buf *b, void *datap, size_t len) ERR_MUST_USE;
int	 buf_get_u8(struct buf *b, uint8_t *vp) ERR_MUST_USE;
int	 buf_get_u16(struct buf *b, uint16_t *vp) ERR_MUST_USE;
int	 buf_get_u32(struct buf *b, uint32_t *vp) ERR_MUST_USE;
int	 buf_get_u64(struct buf *b, uint64_t *vp) ERR_MUST_USE;
int	 buf_get_i64(struct buf *b, int64_t *vp) ERR_MUST_USE;

/* A varint that is not in its shortest form is ERR_FORMAT. */
int	 buf_get_varint(struct buf *b, uint64_t *vp) ERR_MUST_USE;

/* As buf_get_varint; a number above max is ERR_FORMAT, too. */
int	 buf_get_varint32(struct buf *b, uint32_t max, uint32_t *vp)
	    ERR_MUST_USE;

/*
 * Consume a varint length of at most max and the bytes, which stay borrowed
 * in *datap until the buffer is next written or freed.  ERR_TOOBIG if longer.
 */
int	 buf_get_bytes(struct buf *b, size_t max, const uint8_t **datap,
	    size_t *lenp) ERR_MUST_USE;

/*
 * As buf_get_bytes, copied to a new NUL-terminated text that the caller owns
 * (free(3)); a NUL inside is ERR_FORMAT.
 */
int	 buf_get_str(struct buf *b, size_t max, char **sp) ERR_MUST_USE;

/* Consume len bytes without copying. */
int	 buf_skip(struct buf *b, size_t len) ERR_MUST_USE;

/* ERR_FORMAT unless everything was consumed: for the end of a decoder. */
int	 buf_end(const struct buf *b) ERR_MUST_USE;

#endif /* BASE_BUF_H */
