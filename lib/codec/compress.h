/* compress.h: frames, packed and unpacked whole. */
#ifndef CODEC_COMPRESS_H
#define CODEC_COMPRESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * A frame is a piece of at most COMPRESS_RAW_MAX bytes that is compressed in
 * one go; its raw length is announced beside it (doc/format.md, section 4).
 * A packed frame is one zstd frame with its content size, without checksum or
 * dictionary: encryption and content hashes do better.
 *
 * Compressors and decompressors are made once and used for many frames; each
 * belongs to one thread at a time.  Nothing is kept between frames.
 */
#define COMPRESS_RAW_MAX (UINT32_C(2) << 20)
#define COMPRESS_PREFIX_MAX (UINT32_C(1) << 20)
#define COMPRESS_LEVEL_DEFAULT 3
#define COMPRESS_LEVEL_MIN 1
#define COMPRESS_LEVEL_MAX 19

/* What the stored bytes of a frame are; the numbers are in the format. */
enum frame_kind {
	FRAME_PLAIN = 0,	/* the raw bytes themselves */
	FRAME_ZSTD = 1,
	FRAME_ZSTD_PREFIX = 2	/* with an older version of it as prefix */
};

struct buf;
struct compressor;
struct decompressor;

/* A frame as it was stored or sent; data is borrowed. */
struct frame_packed {
	uint8_t		 kind;		/* as it came, not yet checked */
	const uint8_t	*data;
	size_t		 len;
	uint32_t	 raw_len;	/* as announced, not yet checked */
	const uint8_t	*prefix;	/* FRAME_ZSTD_PREFIX: borrowed */
	size_t		 prefix_len;
};

/*
 * Make a compressor.  ERR_CONFIG for a level out of bounds.  Caller owns *cp.
 */
int	 compressor_new(int level, struct compressor **cp) ERR_MUST_USE;

/* Free c, which may be NULL. */
void	 compressor_free(struct compressor *c);

/*
 * Compress len bytes and append the result to out: *kindp is FRAME_ZSTD.  If
 * that saves less than 3 %, *kindp is FRAME_PLAIN and nothing is appended: the
 * caller stores in itself.  out needs room for len bytes (ERR_NOMEM);
 * ERR_TOOBIG over COMPRESS_RAW_MAX.
 */
int	 compress_frame(struct compressor *c, const void *in, size_t len,
	    struct buf *out, enum frame_kind *kindp) ERR_MUST_USE;

/*
 * Compress len bytes with an older version of them as prefix, and append the
 * result, a frame of kind FRAME_ZSTD_PREFIX, to out.  The two are apart in
 * memory: where they overlap, zstd does not use the prefix.  ERR_TOOBIG, and
 * nothing appended, if it would have more than max bytes, or nearly as many
 * (zstd gives up early), or if prefix or input are over COMPRESS_PREFIX_MAX;
 * ERR_CONFIG if one of them is empty.  out needs
 * room for max bytes, or for len + len / 256 + 64 if that is less
 * (ERR_NOMEM).  The level is not asked: what the two share is found at any.
 */
struct compress_prefixed {
	const void *prefix;		/* borrowed, as in */
	size_t	 prefix_len;
	const void *in;
	size_t	 len;
};
int	 compress_with_prefix(struct compressor *c,
	    const struct compress_prefixed *p, size_t max, struct buf *out)
	    ERR_MUST_USE;

/* Make a decompressor.  Caller owns *dp. */
int	 decompressor_new(struct decompressor **dp) ERR_MUST_USE;

/* Free d, which may be NULL. */
void	 decompressor_free(struct decompressor *d);

/*
 * Unpack f to exactly f->raw_len bytes at outp.  f may come from anywhere: no
 * more than raw_len bytes are ever written, and no memory is taken but 30 KB
 * with a prefix (ERR_NOMEM).  The prefix is not copied.
 * ERR_TOOBIG if raw_len is over COMPRESS_RAW_MAX, or prefix_len over
 * COMPRESS_PREFIX_MAX; ERR_FORMAT if f is not one whole frame that says and
 * gives raw_len bytes, wants a dictionary, is empty though packed, has a
 * prefix that is empty, or a window over 4 MiB beside a prefix.  On failure
 * the content of outp is undefined.
 */
int	 decompress_frame(struct decompressor *d, const struct frame_packed *f,
	    uint8_t *outp) ERR_MUST_USE;

/*
 * Unpack no more of f than its first upto bytes, and what comes with them:
 * outp, which has room for all, has anything after that.  What follows is not
 * checked.  For kinds that stand alone; failures as above.
 */
int	 decompress_begin(struct decompressor *d, const struct frame_packed *f,
	    size_t upto, uint8_t *outp) ERR_MUST_USE;

#endif /* CODEC_COMPRESS_H */
