/* frame.c: the FRAME of a batch. */
#include "config.h"

#include "agents/frame.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "codec/compress.h"
#include "wire/content.h"

/* Tell whether chunk i has its bit in the bitmap. */
static bool
frame_has(const uint8_t *bitmap, uint32_t i)
{
	return (bitmap[i / 8] >> (i % 8) & 1) != 0;
}

/* The bytes of all chunks in the bitmap. */
static size_t
frame_raw(const struct batch *b, const uint8_t *bitmap)
{
	size_t len = 0;
	uint32_t i;

	for (i = 0; i < b->nchunks; i++)
		if (frame_has(bitmap, i))
			len += b->chunks[i].len;
	return len;
}

/* Move them together, to a place that may be the raw bytes themselves. */
static void
frame_gather(const struct batch *b, const uint8_t *bitmap, uint8_t *to)
{
	size_t len = 0;
	uint32_t i;

	for (i = 0; i < b->nchunks; i++) {
		if (!frame_has(bitmap, i))
			continue;
		if (to + len != b->raw + b->chunks[i].off)
			memmove(to + len, b->raw + b->chunks[i].off,
			    b->chunks[i].len);
		len += b->chunks[i].len;
	}
}

/* As large as it must be: it waits in the queue. */
static int
frame_message(const struct wire_frame *m, struct buf **msgp)
{
	struct buf *msg = NULL;
	size_t mark;
	int r;

	if ((r = buf_new(m->data_len + m->bitmap_len + 64, &msg)) != 0 ||
	    (r = wire_begin(msg, WIRE_FRAME, &mark)) != 0 ||
	    (r = wire_frame_encode(m, msg)) != 0 ||
	    (r = wire_end(msg, mark)) != 0) {
		buf_free(msg);
		return r;
	}
	*msgp = msg;
	return 0;
}

int
frame_make(const struct batch *b, const uint8_t *bitmap, bool keep,
    struct compressor *c, struct buf **msgp)
{
	const size_t len = frame_raw(b, bitmap);
	struct wire_frame m = {
		.batch = b->number, .raw = (uint32_t)len,
		.bitmap = bitmap, .bitmap_len = (b->nchunks + 7) / 8
	};
	uint8_t *own = NULL, *raw = b->raw;
	enum frame_kind kind;
	struct buf *packed = NULL;
	int r = ERR_NOMEM;

	if (keep && (raw = own = malloc(len)) == NULL)
		goto out;
	frame_gather(b, bitmap, raw);
	if ((r = buf_new(len + len / 256 + 64, &packed)) != 0 ||
	    (r = compress_frame(c, raw, len, packed, &kind)) != 0)
		goto out;
	m.kind = (uint8_t)kind;
	m.data = kind == FRAME_PLAIN ? raw : buf_ptr(packed);
	m.data_len = kind == FRAME_PLAIN ? len : buf_len(packed);
	r = frame_message(&m, msgp);
 out:
	buf_free(packed);
	free(own);
	return r;
}
