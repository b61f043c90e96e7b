/* writer_meta.c: metadata, gathered into frames and held behind the data. */
#include "config.h"

#include "repo/writer_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "codec/compress.h"
#include "hash/sha256.h"

#define META_CHUNKS_MAX 65536	/* in a frame */

int
meta_init(struct meta *m, int level, size_t frame_max)
{
	int r;

	idset_init(&m->ids);
	spool_init(&m->places, sizeof(struct meta_place));
	if ((r = compressor_new(level, &m->comp)) != 0 ||
	    (r = decompressor_new(&m->decomp)) != 0 ||
	    (r = buf_new(frame_max, &m->raw)) != 0 ||
	    (r = buf_new(frame_max + frame_max / 128 + 4096,
	    &m->packed)) != 0)
		return r;
	m->chunks = malloc(META_CHUNKS_MAX * sizeof(*m->chunks));
	m->opened = malloc(frame_max);
	return m->chunks == NULL || m->opened == NULL ? ERR_NOMEM : 0;
}

/* Free the held frames. */
static void
held_free(struct meta *m)
{
	size_t i;

	for (i = 0; i < m->nheld; i++) {
		free(m->held[i].f.chunks);
		free(m->held[i].stored);
	}
	free(m->held);
	m->held = NULL;
	m->nheld = 0;
	m->held_len = 0;
}

void
meta_clear(struct meta *m)
{
	held_free(m);
	compressor_free(m->comp);
	decompressor_free(m->decomp);
	buf_free(m->raw);
	buf_free(m->packed);
	free(m->chunks);
	free(m->opened);
	idset_clear(&m->ids);
	spool_clear(&m->places);
}

void
meta_forget(struct meta *m)
{
	idset_clear(&m->ids);
	spool_clear(&m->places);
	held_free(m);
	m->opened_frame = 0;
}

/* Compress and seal the open frame into mf, whose memory is made here. */
static int
meta_seal(struct writer *w, struct meta_frame *mf)
{
	struct meta *m = &w->meta;
	const struct buf *from = m->packed;
	enum frame_kind kind;
	int r;

	buf_reset(m->packed);
	if ((r = compress_frame(m->comp, buf_ptr(m->raw), buf_len(m->raw),
	    m->packed, &kind)) != 0)
		return r;
	if (kind == FRAME_PLAIN)
		from = m->raw;
	mf->f.info.kind = (uint8_t)kind;
	mf->f.info.class = FRAME_META;
	mf->f.info.raw_len = (uint32_t)buf_len(m->raw);
	mf->f.info.stored_len = (uint32_t)(buf_len(from) + FRAME_OVERHEAD);
	mf->f.nchunks = m->nchunks;
	mf->f.chunks = malloc(m->nchunks * sizeof(*m->chunks));
	mf->stored = malloc(mf->f.info.stored_len);
	if (mf->f.chunks == NULL || mf->stored == NULL)
		return ERR_NOMEM;
	memcpy(mf->f.chunks, m->chunks, m->nchunks * sizeof(*m->chunks));
	return frame_seal(w->epoch, &mf->f.info, buf_ptr(from),
	    buf_len(from), mf->stored);
}

/* Seal the open frame, if anything is in it, and hold it. */
static int
meta_close(struct writer *w)
{
	struct meta *m = &w->meta;
	struct meta_frame *held;
	int r;

	if (m->nchunks == 0)
		return 0;
	if ((held = realloc(m->held, (m->nheld + 1) *
	    sizeof(*held))) == NULL)
		return ERR_NOMEM;
	m->held = held;
	held += m->nheld;
	memset(held, 0, sizeof(*held));
	if ((r = meta_seal(w, held)) != 0) {
		free(held->f.chunks);
		free(held->stored);
		return r;
	}
	m->nheld++;
	m->held_len += held->f.info.stored_len;
	buf_reset(m->raw);
	m->nchunks = 0;
	return 0;
}

int
meta_flush(struct writer *w)
{
	struct meta *m = &w->meta;
	size_t i;
	int r;

	if ((r = meta_close(w)) != 0)
		return r;
	for (i = 0; i < m->nheld; i++)
		if ((r = writer_pack_add(w, &m->held[i].f,
		    m->held[i].stored)) != 0)
			return r;
	return 0;
}

/* Put what is held into a pack of its own. */
static int
meta_overflow(struct writer *w)
{
	int r;

	if ((r = writer_pack_flush(w)) != 0 || (r = meta_flush(w)) != 0 ||
	    (r = writer_pack_flush(w)) != 0)
		return r;
	meta_forget(&w->meta);
	return writer_checkpoint(w);
}

/* Append a chunk to the open frame. */
static int
meta_append(struct writer *w, const void *data, size_t len,
    const uint8_t id[32])
{
	struct meta *m = &w->meta;
	struct meta_place place;
	struct pack_chunk *c;
	int r;

	if (buf_len(m->raw) + len > repo_params(w->r)->frame_max ||
	    m->nchunks == META_CHUNKS_MAX) {
		if ((r = meta_close(w)) != 0)
			return r;
		if (m->held_len > META_HELD_MAX &&
		    (r = meta_overflow(w)) != 0)
			return r;
	}
	place.frame = (uint32_t)m->nheld;
	place.offset = (uint32_t)buf_len(m->raw);
	place.len = (uint32_t)len;
	if ((r = buf_put(m->raw, data, len)) != 0 ||
	    (r = spool_add(&m->places, &place)) != 0 ||
	    (r = idset_put(&m->ids, id, (uint32_t)(m->places.n - 1))) != 0)
		return r;
	c = &m->chunks[m->nchunks++];
	memset(c, 0, sizeof(*c));
	memcpy(c->id, id, sizeof(c->id));
	c->offset = place.offset;
	c->len = place.len;
	w->raw_total += len;
	return 0;
}

int
writer_add_meta(const void *data, size_t len, uint8_t idp[32], void *arg)
{
	struct writer *w = arg;
	uint8_t hash[SHA256_LEN], id[32];
	int r;

	if (w->error != 0)
		return w->error;
	if (len > repo_params(w->r)->frame_max)
		return ERR_TOOBIG;
	if ((r = sha256_of(data, len, hash)) != 0)
		return r;
	repo_chunk_id(w->r, hash, id);
	if (!writer_has(w, id) && (r = meta_append(w, data, len, id)) != 0) {
		w->error = r;
		return r;
	}
	memcpy(idp, id, sizeof(id));
	return 0;
}

/* Open held frame number i, unless it is the one opened last. */
static int
held_open(struct writer *w, size_t i)
{
	struct meta *m = &w->meta;
	const struct meta_frame *mf = &m->held[i];
	int r;

	if (m->opened_frame == i + 1)
		return 0;
	m->opened_frame = 0;
	if ((r = frame_open(w->epoch, mf->stored, mf->f.info.stored_len,
	    m->decomp, m->opened)) != 0)
		return r;
	m->opened_frame = i + 1;
	return 0;
}

int
meta_get(void *arg, const uint8_t id[32], const uint8_t **datap,
    size_t *lenp)
{
	struct writer *w = arg;
	struct meta *m = &w->meta;
	struct meta_place p;
	uint32_t number;
	int r;

	if (!idset_get(&m->ids, id, &number))
		return ERR_NOENT;
	memcpy(&p, spool_at(&m->places, number), sizeof(p));
	if (p.frame == m->nheld)
		*datap = buf_ptr(m->raw) + p.offset;
	else {
		if ((r = held_open(w, p.frame)) != 0)
			return r;
		*datap = m->opened + p.offset;
	}
	*lenp = p.len;
	return 0;
}
