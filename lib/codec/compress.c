/* compress.c: frames, packed and unpacked by zstd. */
#include "codec/compress.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/buf.h"

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
	if ((c = malloc(sizeof(*c))) == NULL)
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
 * In one call zstd uses outp itself as its window: a frame that asks for a
 * large window gets no memory for it.
 */
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
		if (ZSTD_decompressDCtx(d->ctx, outp, f->raw_len, f->data,
		    f->len) != f->raw_len)
			return ERR_FORMAT;
		return 0;
	case FRAME_ZSTD_PREFIX:
		return ERR_VERSION;
	default:
		return ERR_FORMAT;
	}
}
