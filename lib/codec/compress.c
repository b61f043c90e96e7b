/* compress.c: frames, packed and unpacked by zstd. */
#include "codec/compress.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/buf.h"

#define WINDOW_MAX (UINT64_C(4) << 20)
#define WINDOW_LOG_BEGIN 21		/* of COMPRESS_RAW_MAX */

/*
 * Measured with zstd 1.5.4 on one core of a 2-core Xeon, 1 MiB frames, in %
 * of the raw size and MB/s:
 *
 *			headers, scripts   /usr/share	   /usr/bin
 *	level 1		20.7   363	   23.3	  385
 *	level 2		18.0   381	   21.1	  289
 *	level 3		17.1   300	   20.0	  312	   39.3	  198
 *	 + hashLog 18	17.0   332	   20.0	  286
 *	level 5		15.7   140	   18.7	  125
 *
 * Larger hash and chain tables, or minMatch 4 or 6, move level 3 by 0.3 % of
 * the result at most: level 3 means zstd's own level 3.
 *
 * Nor is there a guess beforehand whether data can be compressed: level 3
 * already passes random data at 3,200 MB/s and gzip and PNG files at 1,400.
 * Trying samples of a frame at level 1 first gained little time and missed
 * what repeats between such files: 57.2 MB instead of 48.6 of 60.
 */
struct compressor {
	ZSTD_CCtx	*ctx;
	ZSTD_CCtx	*prefixed;	/* NULL until first used */
};

struct decompressor {
	ZSTD_DCtx	*ctx;
};

int
compressor_new(int level, struct compressor **cp)
{
	struct compressor *c;

	if (level < COMPRESS_LEVEL_MIN || level > COMPRESS_LEVEL_MAX)
		return ERR_CONFIG;
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return ERR_NOMEM;
	if ((c->ctx = ZSTD_createCCtx()) == NULL ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(c->ctx,
	    ZSTD_c_compressionLevel, level))) {
		compressor_free(c);
		return ERR_NOMEM;
	}
	*cp = c;
	return 0;
}

void
compressor_free(struct compressor *c)
{
	if (c == NULL)
		return;
	ZSTD_freeCCtx(c->ctx);
	ZSTD_freeCCtx(c->prefixed);
	free(c);
}

int
compress_frame(struct compressor *c, const void *in, size_t len,
    struct buf *out, enum frame_kind *kindp)
{
	uint8_t *p;
	size_t n, room;
	int r;

	if (len > COMPRESS_RAW_MAX)
		return ERR_TOOBIG;
	if (len == 0) {
		*kindp = FRAME_PLAIN;
		return 0;
	}
	/* Given no more room than it may use, zstd gives up early. */
	room = len - len / 32 - 1;
	if ((r = buf_reserve(out, room, &p)) != 0)
		return r;
	n = ZSTD_compress2(c->ctx, p, room, in, len);
	if (!ZSTD_isError(n)) {
		buf_trim(out, room - n);
		*kindp = FRAME_ZSTD;
		return 0;
	}
	buf_trim(out, room);
	if (ZSTD_getErrorCode(n) != ZSTD_error_dstSize_tooSmall)
		return ERR_NOMEM;
	*kindp = FRAME_PLAIN;
	return 0;
}

/*
 * What a chunk shares with its older version, it shares in long runs: a
 * quick search finds them, and a thorough one finds the same.  The window
 * holds both.  The table takes a place for each 8 bytes of the longest
 * prefix: with a smaller one zstd would leave out the prefix's head.
 *
 * Figures: doc/decisions/0013-delta-parameters.md.
 */
static int
compress_prefixed_new(ZSTD_CCtx **ctxp)
{
	static const struct {
		ZSTD_cParameter	 name;
		int		 value;
	} params[] = {
		{ ZSTD_c_compressionLevel, 1 },
		{ ZSTD_c_strategy, ZSTD_fast },
		{ ZSTD_c_windowLog, 21 },
		{ ZSTD_c_hashLog, 17 },
	};
	ZSTD_CCtx *ctx;
	size_t i;

	if ((ctx = ZSTD_createCCtx()) == NULL)
		return ERR_NOMEM;
	for (i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
		if (ZSTD_isError(ZSTD_CCtx_setParameter(ctx, params[i].name,
		    params[i].value))) {
			ZSTD_freeCCtx(ctx);
			return ERR_NOMEM;
		}
	}
	*ctxp = ctx;
	return 0;
}

int
compress_with_prefix(struct compressor *c, const struct compress_prefixed *p,
    size_t max, struct buf *out)
{
	uint8_t *to;
	size_t n, room;
	int r;

	if (p->len > COMPRESS_PREFIX_MAX ||
	    p->prefix_len > COMPRESS_PREFIX_MAX)
		return ERR_TOOBIG;
	if (p->len == 0 || p->prefix_len == 0)
		return ERR_CONFIG;
	if (c->prefixed == NULL &&
	    (r = compress_prefixed_new(&c->prefixed)) != 0)
		return r;
	room = ZSTD_compressBound(p->len);
	if (room > max)
		room = max;
	if ((r = buf_reserve(out, room, &to)) != 0)
		return r;
	n = ZSTD_CCtx_refPrefix(c->prefixed, p->prefix, p->prefix_len);
	if (!ZSTD_isError(n))
		n = ZSTD_compress2(c->prefixed, to, room, p->in, p->len);
	if (!ZSTD_isError(n)) {
		buf_trim(out, room - n);
		return 0;
	}
	buf_trim(out, room);
	/* It may not have come to use the prefix, which is the caller's. */
	(void)ZSTD_CCtx_reset(c->prefixed, ZSTD_reset_session_only);
	(void)ZSTD_CCtx_refPrefix(c->prefixed, NULL, 0);
	return ZSTD_getErrorCode(n) == ZSTD_error_dstSize_tooSmall ?
	    ERR_TOOBIG : ERR_NOMEM;
}

int
decompressor_new(struct decompressor **dp)
{
	struct decompressor *d;

	if ((d = malloc(sizeof(*d))) == NULL)
		return ERR_NOMEM;
	if ((d->ctx = ZSTD_createDCtx()) == NULL) {
		free(d);
		return ERR_NOMEM;
	}
	*dp = d;
	return 0;
}

void
decompressor_free(struct decompressor *d)
{
	if (d == NULL)
		return;
	ZSTD_freeDCtx(d->ctx);
	free(d);
}

/*
 * The library would also take skippable frames, the formats of zstd before
 * 0.8, and several frames in a row; we take one frame and only today's.  It
 * refuses by itself a frame that names a dictionary.
 */
static int
decompress_check(const struct frame_packed *f)
{
	static const uint8_t magic[4] = { 0x28, 0xb5, 0x2f, 0xfd };

	if (f->raw_len == 0 || f->len < sizeof(magic) ||
	    memcmp(f->data, magic, sizeof(magic)) != 0)
		return ERR_FORMAT;
	if (ZSTD_getFrameContentSize(f->data, f->len) != f->raw_len ||
	    ZSTD_findFrameCompressedSize(f->data, f->len) != f->len)
		return ERR_FORMAT;
	return 0;
}

/*
 * The bound that the format sets to the window of a frame with a prefix.
 * libzstd tells the window only to those that link it statically: bit 5 of
 * byte 4 says that it is the content's size, else byte 5 has its exponent
 * and eighths.
 */
static int
decompress_window(const struct frame_packed *f)
{
	uint64_t base;

	if ((f->data[4] & 0x20) != 0)
		return 0;
	base = UINT64_C(1) << (10 + (f->data[5] >> 3));
	return base + base / 8 * (f->data[5] & 7) > WINDOW_MAX ?
	    ERR_FORMAT : 0;
}

/*
 * In one call zstd uses outp itself as its window: a frame that asks for a
 * large window gets no memory for it.
 */
static int
decompress_packed(struct decompressor *d, const struct frame_packed *f,
    uint8_t *outp)
{
	return ZSTD_decompressDCtx(d->ctx, outp, f->raw_len, f->data,
	    f->len) == f->raw_len ? 0 : ERR_FORMAT;
}

/* The prefix is raw content, even if it looks like a dictionary of zstd's. */
static int
decompress_prefixed(struct decompressor *d, const struct frame_packed *f,
    uint8_t *outp)
{
	int r;

	if (f->prefix_len > COMPRESS_PREFIX_MAX)
		return ERR_TOOBIG;
	if (f->prefix_len == 0)
		return ERR_FORMAT;
	if ((r = decompress_check(f)) != 0 ||
	    (r = decompress_window(f)) != 0)
		return r;
	if (ZSTD_isError(ZSTD_DCtx_refPrefix(d->ctx, f->prefix,
	    f->prefix_len)))
		return ERR_NOMEM;
	r = decompress_packed(d, f, outp);
	(void)ZSTD_DCtx_refPrefix(d->ctx, NULL, 0);
	return r;
}

int
decompress_frame(struct decompressor *d, const struct frame_packed *f,
    uint8_t *outp)
{
	int r;

	if (f->raw_len > COMPRESS_RAW_MAX)
		return ERR_TOOBIG;
	switch (f->kind) {
	case FRAME_PLAIN:
		if (f->len != f->raw_len)
			return ERR_FORMAT;
		if (f->len > 0)
			memcpy(outp, f->data, f->len);
		return 0;
	case FRAME_ZSTD:
		if ((r = decompress_check(f)) != 0)
			return r;
		return decompress_packed(d, f, outp);
	case FRAME_ZSTD_PREFIX:
		return decompress_prefixed(d, f, outp);
	default:
		return ERR_FORMAT;
	}
}

/* Unpack as a stream, which has memory for one window. */
static int
decompress_stream(struct decompressor *d, const struct frame_packed *f,
    size_t upto, uint8_t *outp)
{
	ZSTD_inBuffer in = { .src = f->data, .size = f->len };
	ZSTD_outBuffer to = { .dst = outp, .size = upto };
	int r = 0;

	if (ZSTD_isError(ZSTD_DCtx_setParameter(d->ctx, ZSTD_d_windowLogMax,
	    WINDOW_LOG_BEGIN)))
		return ERR_NOMEM;
	while (r == 0 && to.pos < upto)
		if (ZSTD_isError(ZSTD_decompressStream(d->ctx, &to, &in)) ||
		    (in.pos == in.size && to.pos < upto))
			r = ERR_FORMAT;
	(void)ZSTD_DCtx_reset(d->ctx, ZSTD_reset_session_only);
	return r;
}

int
decompress_begin(struct decompressor *d, const struct frame_packed *f,
    size_t upto, uint8_t *outp)
{
	if (f->kind == FRAME_ZSTD && upto < f->raw_len &&
	    f->raw_len <= COMPRESS_RAW_MAX && decompress_check(f) == 0 &&
	    decompress_stream(d, f, upto, outp) == 0)
		return 0;
	/* Whole it may be good, or it says what is wrong. */
	return decompress_frame(d, f, outp);
}
