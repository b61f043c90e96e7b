/* pack.c: gather frames into a pack and put it. */
#include "config.h"

#include "repo/pack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "codec/compress.h"
#include "hash/sha256.h"
#include "repo/internal.h"
#include "repo/pack_format.h"
#include "store/store.h"

/* The longest that the footer says of a frame, and of a chunk. */
#define VARINT_LEN_MAX 10
#define PACK_FRAME_MAX (4 * VARINT_LEN_MAX + 2)
#define PACK_CHUNK_MAX (32 + 2 * 5 + 1 + 32)

/* data and footer keep their memory from pack to pack. */
struct pack_writer {
	struct repo *r;		/* borrowed */
	struct buf *data;	/* head and frames */
	struct buf *footer;	/* its plaintext, less the number of frames */
	struct buf *plain;
	size_t	 max;
	size_t	 nframes;
};

int
pack_writer_new(struct repo *r, struct pack_writer **wp)
{
	struct pack_writer *w;
	int e;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return ERR_NOMEM;
	w->r = r;
	w->max = repo_params(r)->pack_max;
	if ((e = buf_new(w->max, &w->data)) != 0 ||
	    (e = buf_new(w->max, &w->footer)) != 0 ||
	    (e = buf_new(w->max, &w->plain)) != 0) {
		pack_writer_free(w);
		return e;
	}
	*wp = w;
	return 0;
}

void
pack_writer_free(struct pack_writer *w)
{
	if (w == NULL)
		return;
	buf_free(w->data);
	buf_free(w->footer);
	buf_free(w->plain);
	free(w);
}

static int
pack_encode_chunk(const struct pack_chunk *c, struct buf *b)
{
	int e;

	if ((e = buf_put(b, c->id, sizeof(c->id))) != 0 ||
	    (e = buf_put_varint(b, c->offset)) != 0 ||
	    (e = buf_put_varint(b, c->len)) != 0 ||
	    (e = buf_put_u8(b, c->depth)) != 0)
		return e;
	return c->depth > 0 ? buf_put(b, c->base, sizeof(c->base)) : 0;
}

/* Append a frame to the plaintext of a footer. */
static int
pack_encode_frame(const struct pack_frame *f, struct buf *b)
{
	uint32_t i;
	int e;

	if ((e = buf_put_varint(b, f->offset)) != 0 ||
	    (e = buf_put_varint(b, f->info.stored_len)) != 0 ||
	    (e = buf_put_varint(b, f->info.raw_len)) != 0 ||
	    (e = buf_put_u8(b, f->info.kind)) != 0 ||
	    (e = buf_put_u8(b, f->info.class)) != 0 ||
	    (e = buf_put_varint(b, f->nchunks)) != 0)
		return e;
	for (i = 0; i < f->nchunks; i++)
		if ((e = pack_encode_chunk(&f->chunks[i], b)) != 0)
			return e;
	return 0;
}

/* What a pack with this much in it comes to, at most. */
static size_t
pack_size(size_t data, size_t footer)
{
	return data + VARINT_LEN_MAX + footer + BOX_OVERHEAD + PACK_TAIL_LEN;
}

static int
pack_begin(struct pack_writer *w)
{
	uint8_t head[OBJECT_HEAD_LEN];

	object_head(w->r, OBJECT_PACK, head);
	return buf_put(w->data, head, sizeof(head));
}

/* ERR_FORMAT for a frame that no footer may list. */
static int
pack_frame_check(const struct pack_frame *f)
{
	uint32_t i;
	int e;

	if (f->info.kind == FRAME_ZSTD_PREFIX && f->nchunks != 1)
		return ERR_FORMAT;
	for (i = 0; i < f->nchunks; i++)
		if ((e = pack_chunk_check(&f->info, &f->chunks[i])) != 0)
			return e;
	return 0;
}

int
pack_writer_add(struct pack_writer *w, struct pack_frame *f,
    const uint8_t *stored)
{
	size_t before = buf_len(w->footer), need;
	int e;

	if ((e = pack_frame_check(f)) != 0)
		return e;
	if (buf_len(w->data) == 0 && (e = pack_begin(w)) != 0)
		return e;
	need = f->info.stored_len + PACK_FRAME_MAX +
	    (size_t)f->nchunks * PACK_CHUNK_MAX;
	if (pack_size(buf_len(w->data), before) + need > w->max)
		return ERR_TOOBIG;
	f->offset = (uint32_t)buf_len(w->data);
	if ((e = pack_encode_frame(f, w->footer)) == 0)
		e = buf_put(w->data, stored, f->info.stored_len);
	if (e != 0) {
		buf_trim(w->footer, buf_len(w->footer) - before);
		return e;
	}
	w->nframes++;
	return 0;
}

void
pack_name(const uint8_t hash[32], char *name, size_t len)
{
	char hex[65];

	hex_format(hash, 32, hex);
	snprintf(name, len, "packs/%.2s/%s", hex, hex);
}

/* Put a whole pack under its name. */
static int
pack_put(struct pack_writer *w, uint8_t hashp[32])
{
	char name[OBJECT_NAME_MAX];
	uint8_t hash[32];
	int e;

	if ((e = sha256_of(buf_ptr(w->data), buf_len(w->data), hash)) != 0)
		return e;
	pack_name(hash, name, sizeof(name));
	e = store_put(repo_store(w->r), name, buf_ptr(w->data),
	    buf_len(w->data));
	if (e == 0)
		memcpy(hashp, hash, sizeof(hash));
	return e;
}

/* Append the footer, its length and the magic to the data. */
static int
pack_end(struct pack_writer *w)
{
	size_t len;
	int e;

	buf_reset(w->plain);
	if ((e = buf_put_varint(w->plain, w->nframes)) != 0 ||
	    (e = buf_put(w->plain, buf_ptr(w->footer),
	    buf_len(w->footer))) != 0)
		return e;
	len = buf_len(w->plain) + BOX_OVERHEAD;
	if ((e = box_seal(w->r, buf_ptr(w->data), 0, w->plain,
	    w->data)) != 0 ||
	    (e = buf_put_u32(w->data, (uint32_t)len)) != 0)
		return e;
	return buf_put(w->data, PACK_MAGIC, PACK_MAGIC_LEN);
}

int
pack_writer_put(struct pack_writer *w, uint8_t hashp[32])
{
	size_t before = buf_len(w->data);
	int e;

	if (w->nframes == 0)
		return ERR_CONFIG;
	if ((e = pack_end(w)) == 0)
		e = pack_put(w, hashp);
	if (e != 0) {
		buf_trim(w->data, buf_len(w->data) - before);
		return e;
	}
	buf_reset(w->data);
	buf_reset(w->footer);
	w->nframes = 0;
	return 0;
}
