/* pack_read.c: what a pack's footer says is in it. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "codec/compress.h"
#include "hash/sha256.h"
#include "repo/internal.h"
#include "repo/pack.h"
#include "repo/pack_format.h"
#include "store/store.h"

/* The shortest that a footer says of a frame, and of a chunk. */
#define PACK_FRAME_MIN 6
#define PACK_CHUNK_MIN (32 + 1 + 1 + 1)

struct pack_footer {
	struct pack_frame *frames;	/* they own their chunks */
	size_t	 n;
};

void
pack_footer_free(struct pack_footer *f)
{
	size_t i;

	if (f == NULL)
		return;
	for (i = 0; i < f->n; i++)
		free(f->frames[i].chunks);
	free(f->frames);
	free(f);
}

const struct pack_frame *
pack_footer_frames(const struct pack_footer *f, size_t *np)
{
	*np = f->n;
	return f->frames;
}

int
pack_chunk_check(const struct frame_info *f, const struct pack_chunk *c)
{
	if (c->offset > f->raw_len || c->len > f->raw_len - c->offset)
		return ERR_FORMAT;
	if (f->kind != FRAME_ZSTD_PREFIX)
		return c->depth == 0 ? 0 : ERR_FORMAT;
	if (f->class != FRAME_DATA || c->depth == 0 ||
	    c->depth > PACK_DEPTH_MAX || c->offset != 0 ||
	    c->len != f->raw_len ||
	    memcmp(c->id, c->base, sizeof(c->id)) == 0)
		return ERR_FORMAT;
	return 0;
}

/* Consume a chunk of a frame of that info. */
static int
pack_decode_chunk(struct buf *b, const struct frame_info *f,
    struct pack_chunk *c)
{
	uint32_t raw = f->raw_len;
	int r;

	if ((r = buf_get(b, c->id, sizeof(c->id))) != 0 ||
	    (r = buf_get_varint32(b, raw, &c->offset)) != 0 ||
	    (r = buf_get_varint32(b, raw - c->offset, &c->len)) != 0 ||
	    (r = buf_get_u8(b, &c->depth)) != 0)
		return r;
	if (c->depth > 0 &&
	    (r = buf_get(b, c->base, sizeof(c->base))) != 0)
		return r;
	return pack_chunk_check(f, c);
}

/* Consume a frame; f->chunks is set even on failure. */
static int
pack_decode_frame(struct buf *b, struct pack_frame *f)
{
	uint32_t n, i;
	int r;

	if ((r = buf_get_varint32(b, UINT32_MAX, &f->offset)) != 0 ||
	    (r = buf_get_varint32(b, UINT32_MAX, &f->info.stored_len)) != 0 ||
	    (r = buf_get_varint32(b, FRAME_RAW_MAX, &f->info.raw_len)) != 0 ||
	    (r = buf_get_u8(b, &f->info.kind)) != 0 ||
	    (r = buf_get_u8(b, &f->info.class)) != 0 ||
	    (r = buf_get_varint32(b, UINT32_MAX, &n)) != 0)
		return r;
	if (f->info.kind > FRAME_ZSTD_PREFIX || f->info.class > FRAME_META ||
	    f->info.stored_len < FRAME_OVERHEAD ||
	    n > buf_len(b) / PACK_CHUNK_MIN ||
	    (f->info.kind == FRAME_ZSTD_PREFIX && n != 1))
		return ERR_FORMAT;
	if (n > 0 && (f->chunks = calloc(n, sizeof(*f->chunks))) == NULL)
		return ERR_NOMEM;
	f->nchunks = n;
	for (i = 0; i < n; i++)
		if ((r = pack_decode_chunk(b, &f->info,
		    &f->chunks[i])) != 0)
			return r;
	return 0;
}

/* Consume the plaintext; end is where the frames must end. */
static int
pack_decode_plain(struct buf *b, uint64_t end, struct pack_footer **fp)
{
	struct pack_footer *f;
	uint64_t at = OBJECT_HEAD_LEN;
	uint32_t n;
	int r;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		return ERR_NOMEM;
	if ((r = buf_get_varint32(b, UINT32_MAX, &n)) != 0)
		goto out;
	if (n > buf_len(b) / PACK_FRAME_MIN) {
		r = ERR_FORMAT;
		goto out;
	}
	if (n > 0 && (f->frames = calloc(n, sizeof(*f->frames))) == NULL) {
		r = ERR_NOMEM;
		goto out;
	}
	for (; f->n < n; at += f->frames[f->n++].info.stored_len) {
		r = pack_decode_frame(b, &f->frames[f->n]);
		if (r == 0 && f->frames[f->n].offset != at)
			r = ERR_FORMAT;		/* not back to back */
		if (r != 0) {
			f->n++;		/* it may hold chunks */
			goto out;
		}
	}
	r = at == end ? buf_end(b) : ERR_FORMAT;
	if (r == 0) {
		*fp = f;
		f = NULL;	/* the caller's now */
	}
 out:
	pack_footer_free(f);
	return r;
}

/* Open the box of len bytes, before which the pack has end bytes. */
static int
pack_decode_box(struct repo *r, const uint8_t *box, size_t len, uint64_t end,
    struct pack_footer **fp)
{
	uint8_t head[OBJECT_HEAD_LEN];
	struct buf *plain;
	int e;

	if ((e = buf_new(len, &plain)) != 0)
		return e;
	object_head(r, OBJECT_PACK, head);
	if ((e = box_open(r, head, 0, box, len, plain)) == 0)
		e = pack_decode_plain(plain, end, fp);
	buf_free(plain);
	return e;
}

/* The length of the footer's box, from the last bytes of a pack of size. */
static int
pack_tail(const uint8_t *tail, uint64_t size, uint32_t *lenp)
{
	uint32_t len;

	if (memcmp(tail + 4, PACK_MAGIC, PACK_MAGIC_LEN) != 0)
		return ERR_FORMAT;
	len = bytes_get32(tail);
	if (len < BOX_OVERHEAD || len > size - OBJECT_HEAD_LEN - PACK_TAIL_LEN)
		return ERR_FORMAT;
	*lenp = len;
	return 0;
}

/* ERR_FORMAT for a size that no pack has. */
static int
pack_check_size(const struct repo *r, uint64_t size)
{
	if (size < OBJECT_HEAD_LEN + BOX_OVERHEAD + PACK_TAIL_LEN ||
	    size > repo_params(r)->pack_max)
		return ERR_FORMAT;
	return 0;
}

int
pack_footer_read(struct repo *r, const uint8_t hash[32], uint64_t size,
    struct pack_footer **fp)
{
	char name[OBJECT_NAME_MAX];
	struct buf *b = NULL;
	uint64_t end;
	uint32_t len;
	int e;

	pack_name(hash, name, sizeof(name));
	if ((e = pack_check_size(r, size)) != 0 ||
	    (e = buf_new((size_t)size, &b)) != 0 ||
	    (e = store_get(repo_store(r), name, size - PACK_TAIL_LEN,
	    PACK_TAIL_LEN, b)) != 0 ||
	    (e = pack_tail(buf_ptr(b), size, &len)) != 0)
		goto out;
	buf_reset(b);
	end = size - PACK_TAIL_LEN - len;
	if ((e = store_get(repo_store(r), name, end, len, b)) == 0)
		e = pack_decode_box(r, buf_ptr(b), len, end, fp);
 out:
	if (e != 0 && e != ERR_NOENT) {
		log_err(e, "pack %s: read footer", name);
		(void)store_distrust(repo_store(r), name);
	}
	buf_free(b);
	return e;
}

int
pack_footer_decode(struct repo *r, const uint8_t hash[32],
    const uint8_t *object, size_t len, struct pack_footer **fp)
{
	uint8_t real[32];
	uint32_t box;
	size_t end;
	int e;

	if ((e = sha256_of(object, len, real)) != 0)
		return e;
	if (memcmp(real, hash, sizeof(real)) != 0)
		return ERR_CORRUPT;
	if ((e = pack_check_size(r, len)) != 0 ||
	    (e = object_check(r, OBJECT_PACK, object, len)) != 0 ||
	    (e = pack_tail(object + len - PACK_TAIL_LEN, len, &box)) != 0)
		return e;
	end = len - PACK_TAIL_LEN - box;
	return pack_decode_box(r, object + end, box, end, fp);
}
