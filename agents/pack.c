/* pack.c: the body of a PAGE or a CHUNKS, packed where it is worth it. */
#include "config.h"

#include "agents/pack.h"

#include "base/buf.h"
#include "codec/compress.h"
#include "wire/delta.h"

#define PACK_HEAD 9		/* type, raw and the length, at most */

int
pack_body(struct compressor *c, enum wire_type type, const struct buf *body,
    struct buf *out, bool *packedp)
{
	struct wire_packed m = {
		.type = (uint8_t)type, .raw = (uint32_t)buf_len(body)
	};
	enum frame_kind kind = FRAME_PLAIN;
	struct buf *data = NULL;
	int r = 0;

	if (buf_len(body) >= PACK_MIN &&
	    buf_len(body) <= WIRE_PACKED_RAW_MAX &&
	    ((r = buf_new(buf_len(body), &data)) != 0 ||
	    (r = compress_frame(c, buf_ptr(body), buf_len(body), data,
	    &kind)) != 0))
		goto out;
	*packedp = kind != FRAME_PLAIN &&
	    buf_len(data) + PACK_HEAD < buf_len(body);
	if (*packedp) {
		m.data = buf_ptr(data);
		m.data_len = buf_len(data);
		if ((r = wire_packed_encode(&m, out)) != 0)
			goto out;
	}
 out:
	buf_free(data);
	return r;
}
