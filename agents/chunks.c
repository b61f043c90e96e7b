/* chunks.c: the CHUNKS of a batch. */
#include "config.h"

#include "agents/chunks.h"

#include "agents/pack.h"
#include "base/buf.h"
#include "hash/sha256.h"
#include "wire/content.h"

int
chunks_hash(struct batch *b)
{
	uint8_t *items;
	uint32_t i;
	int r;

	/* Reserving nothing gives the end; the pieces stand before it. */
	if ((r = buf_reserve(b->items, 0, &items)) == 0)
		items -= buf_len(b->items);
	for (i = 0; i < b->nchunks && r == 0; i++)
		r = sha256_of(b->raw + b->chunks[i].off, b->chunks[i].len,
		    items + b->chunks[i].sum);
	return r;
}

int
chunks_encode(const struct batch *b, struct buf *out)
{
	const struct wire_chunks m = {
		.batch = b->number, .n = b->npieces,
		.items = buf_ptr(b->items), .items_len = buf_len(b->items)
	};

	return wire_chunks_encode(&m, out);
}

int
chunks_pack(const struct batch *b, struct compressor *c,
    struct buf **packedp)
{
	struct buf *body = NULL, *packed = NULL;
	const size_t cap = buf_len(b->items) + 64;
	bool done;
	int r;

	if ((r = buf_new(cap, &body)) != 0 ||
	    (r = chunks_encode(b, body)) != 0 ||
	    (r = buf_new(cap, &packed)) != 0 ||
	    (r = pack_body(c, WIRE_CHUNKS, body, packed, &done)) != 0)
		goto out;
	*packedp = NULL;
	if (done) {
		*packedp = packed;
		packed = NULL;	/* the caller owns it */
	}
 out:
	buf_free(packed);
	buf_free(body);
	return r;
}
