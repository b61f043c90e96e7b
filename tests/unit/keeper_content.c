/* keeper_content.c: the content that the small keeper takes. */
#include "config.h"

#include "tests/unit/keeper.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "codec/compress.h"
#include "codec/delta.h"
#include "hash/sha256.h"
#include "wire/delta.h"
#include "wire/request.h"

/* The place of a chunk in the table. */
static struct kchunk *
chunk_find(struct kchunk *t, size_t n, const uint8_t sum[32])
{
	static const uint8_t none[32];
	uint64_t h;
	size_t i;

	memcpy(&h, sum, sizeof(h));
	for (i = h & (n - 1);; i = (i + 1) & (n - 1))
		if (memcmp(t[i].sha256, sum, 32) == 0 ||
		    memcmp(t[i].sha256, none, 32) == 0)
			return &t[i];
}

struct kchunk *
keeper_chunk(struct keeper *k, const uint8_t sum[32])
{
	return chunk_find(k->chunks, k->nchunks, sum);
}

/* Note a chunk; true if it was not known. */
static bool
chunk_add(struct keeper *k, const uint8_t sum[32], uint32_t len)
{
	struct kchunk *t, *c;
	size_t i, n;

	if (k->used * 2 >= k->nchunks) {
		n = k->nchunks == 0 ? 1024 : k->nchunks * 2;
		if ((t = calloc(n, sizeof(*t))) == NULL)
			abort();
		for (i = 0; i < k->nchunks; i++)
			if (k->chunks[i].len != 0)
				*chunk_find(t, n, k->chunks[i].sha256) =
				    k->chunks[i];
		free(k->chunks);
		k->chunks = t;
		k->nchunks = n;
	}
	c = chunk_find(k->chunks, k->nchunks, sum);
	if (c->len != 0)
		return false;
	memcpy(c->sha256, sum, 32);
	c->len = len;
	k->used++;
	return true;
}

/* The entry that a FILE piece names. */
static struct kentry *
file_find(struct keeper *k, const struct wire_piece *p)
{
	static size_t hint;
	struct kentry *e;
	size_t i;

	for (i = 0; i < k->nentries; i++) {
		e = &k->entries[(hint + i) % k->nentries];
		if (e->dir == p->dir && e->page == p->page &&
		    e->number == p->entry) {
			hint = (hint + i) % k->nentries;
			return e;
		}
	}
	return NULL;
}

/* Add DATA or HOLE to the present file. */
static void
piece_add(struct kentry *e, const struct wire_piece *p)
{
	struct kpiece *n;

	e->pieces = keeper_grown(e->pieces, e->npieces, sizeof(*n));
	n = &e->pieces[e->npieces++];
	n->len = p->len;
	n->hole = p->kind == WIRE_PIECE_HOLE;
	memcpy(n->sha256, p->sha256, 32);
}

static int
got_piece(struct keeper *k, struct kbatch *batch, const struct wire_piece *p)
{
	if (p->kind == WIRE_PIECE_FILE) {
		k->file = file_find(k, p);
		return k->file == NULL || k->file->ended ? ERR_FORMAT : 0;
	}
	if (k->file == NULL)
		return ERR_FORMAT;
	if (p->kind == WIRE_PIECE_END) {
		k->file->ended = true;
		k->file->status = p->status;
		k->file->end_flags = p->flags;
		k->file->end = p->attr;
		k->file = NULL;
		return 0;
	}
	piece_add(k->file, p);
	if (p->kind == WIRE_PIECE_HOLE)
		return 0;
	batch->sums = keeper_grown(batch->sums, batch->n, 32);
	batch->lens = keeper_grown(batch->lens, batch->n, sizeof(uint32_t));
	batch->needed = keeper_grown(batch->needed, batch->n, 1);
	memcpy(batch->sums[batch->n], p->sha256, 32);
	batch->lens[batch->n] = (uint32_t)p->len;
	batch->needed[batch->n++] = chunk_add(k, p->sha256,
	    (uint32_t)p->len);
	return 0;
}

/* Let the test sign chunks of the batch; *anyp tells whether it did. */
static int
send_signatures(struct keeper *k, const struct kbatch *batch, bool *anyp)
{
	struct wire_signature m = { .batch = batch->number };
	struct buf *b, *sig;
	size_t mark;
	uint32_t i;
	int r = 0;

	*anyp = false;
	if (k->basis == NULL || (k->features & WIRE_FEATURE_DELTAS) == 0)
		return 0;
	for (i = 0; i < batch->n && r == 0; i++) {
		if (!batch->needed[i])
			continue;
		if ((r = buf_new(WIRE_SIGNATURE_MAX, &sig)) != 0 ||
		    (r = delta_sign(k->basis, k->basis_len,
		    delta_block(k->basis_len), sig)) != 0 ||
		    (r = keeper_send_begin(WIRE_SIGNATURE, &b, &mark)) != 0)
			return r;
		m.chunk = i;
		m.data = buf_ptr(sig);
		m.len = buf_len(sig);
		r = keeper_send_end(k, b, mark, wire_signature_encode(&m, b));
		buf_free(sig);
		*anyp = true;
	}
	return r;
}

/* The bitmap of what is set in flags; whether any is. */
static bool
bitmap_of(const struct kbatch *batch, const uint8_t *flags,
    uint8_t bitmap[WIRE_BITMAP_MAX])
{
	bool any = false;
	uint32_t i;

	memset(bitmap, 0, WIRE_BITMAP_MAX);
	for (i = 0; i < batch->n; i++)
		if (flags[i]) {
			bitmap[i / 8] |= (uint8_t)(1 << i % 8);
			any = true;
		}
	return any;
}

static int
send_need(struct keeper *k, struct kbatch *batch)
{
	uint8_t bitmap[WIRE_BITMAP_MAX];
	const struct wire_need m = {
		batch->number, bitmap, (batch->n + 7) / 8
	};
	struct buf *b;
	size_t mark;
	bool any, with_basis;
	int r;

	any = bitmap_of(batch, batch->needed, bitmap);
	if ((r = send_signatures(k, batch, &with_basis)) != 0)
		return r;
	if (with_basis)
		k->deltas++;
	else
		k->frames += any ? 1 : 0;
	if ((r = keeper_send_begin(WIRE_NEED, &b, &mark)) != 0)
		return r;
	return keeper_send_end(k, b, mark, wire_need_encode(&m, b));
}

int
keeper_chunks(struct keeper *k, struct buf *body)
{
	struct wire_chunks m;
	struct wire_piece p;
	struct kbatch *batch;
	int r;

	if ((r = wire_chunks_decode(body, &m)) != 0)
		return r;
	if (m.batch != k->nbatches + 1)
		return ERR_FORMAT;
	k->batches = keeper_grown(k->batches, k->nbatches, sizeof(*batch));
	batch = &k->batches[k->nbatches++];
	memset(batch, 0, sizeof(*batch));
	batch->number = m.batch;
	k->file = NULL;
	while ((r = wire_chunks_next(body, &m, &p)) == 1)
		if ((r = got_piece(k, batch, &p)) != 0)
			return r;
	return r != 0 || k->holds ? r : send_need(k, batch);
}

/* Keep a chunk that came for number i of the batch, as announced. */
static int
chunk_take(struct keeper *k, struct kbatch *batch, uint32_t i,
    const uint8_t *data)
{
	struct kchunk *c;
	uint8_t sum[32];
	int r;

	if ((r = sha256_of(data, batch->lens[i], sum)) != 0)
		return r;
	if (memcmp(sum, batch->sums[i], 32) != 0)
		return ERR_CORRUPT;
	c = keeper_chunk(k, sum);
	if ((c->data = malloc(c->len)) == NULL)
		return ERR_NOMEM;
	memcpy(c->data, data, c->len);
	batch->needed[i] = 0;
	return 0;
}

/* All chunks of a frame, each of them asked for. */
static int
frame_take(struct keeper *k, struct kbatch *batch, const struct wire_frame *m,
    const uint8_t *raw)
{
	uint32_t i, pos = 0;
	int r;

	if (m->bitmap_len != (batch->n + 7) / 8)
		return ERR_FORMAT;
	for (i = 0; i < batch->n; i++) {
		if ((m->bitmap[i / 8] >> i % 8 & 1) == 0)
			continue;
		if (!batch->needed[i] || batch->lens[i] > m->raw - pos)
			return ERR_FORMAT;
		if ((r = chunk_take(k, batch, i, raw + pos)) != 0)
			return r;
		pos += batch->lens[i];
	}
	return pos == m->raw ? 0 : ERR_FORMAT;
}

int
keeper_frame(struct keeper *k, struct buf *body)
{
	struct wire_frame m;
	struct frame_packed f = { .kind = 0 };
	uint8_t *raw;
	int r;

	if ((r = wire_frame_decode(body, &m)) != 0)
		return r;
	if (m.batch == 0 || m.batch > k->nbatches || k->frames == 0)
		return ERR_FORMAT;
	k->frames--;
	k->framed++;
	f.kind = m.kind;
	f.data = m.data;
	f.len = m.data_len;
	f.raw_len = m.raw;
	if ((raw = malloc(m.raw)) == NULL)
		return ERR_NOMEM;
	if ((r = decompress_frame(k->decompressor, &f, raw)) == 0)
		r = frame_take(k, &k->batches[m.batch - 1], &m, raw);
	free(raw);
	return r;
}

/* Ask again for each chunk of again; none is an AGAIN as well. */
static int
send_again(struct keeper *k, const struct kbatch *batch, const uint8_t *again)
{
	uint8_t bitmap[WIRE_BITMAP_MAX];
	const struct wire_again m = {
		batch->number, bitmap, (batch->n + 7) / 8
	};
	struct buf *b;
	size_t mark;
	int r;

	k->frames += bitmap_of(batch, again, bitmap) ? 1 : 0;
	if ((r = keeper_send_begin(WIRE_AGAIN, &b, &mark)) != 0)
		return r;
	return keeper_send_end(k, b, mark, wire_again_encode(&m, b));
}

/* Apply a delta; every so many are said to have failed. */
static int
part_take(struct keeper *k, struct kbatch *batch,
    const struct wire_delta_part *p, const uint8_t *delta, uint8_t *again)
{
	const struct delta_input in = {
		k->basis, k->basis_len, delta, p->len
	};
	uint8_t *out;
	int r;

	if (p->chunk >= batch->n || !batch->needed[p->chunk] ||
	    p->len >= (batch->lens[p->chunk] + 1) / 2)
		return ERR_FORMAT;
	if ((out = malloc(batch->lens[p->chunk])) == NULL)
		return ERR_NOMEM;
	r = delta_apply(&in, out, batch->lens[p->chunk]);
	k->parts++;
	if (r == 0 && k->fail_each != 0 && k->parts % k->fail_each == 0)
		again[p->chunk] = 1;
	else if (r == 0)
		r = chunk_take(k, batch, p->chunk, out);
	free(out);
	return r;
}

/* What is in m, whose cursor has come to its end. */
static int
delta_take(struct keeper *k, struct kbatch *batch, const struct wire_delta *m,
    const struct wire_delta_part *parts)
{
	struct frame_packed f = { .kind = m->kind, .data = m->data,
	    .len = m->data_len, .raw_len = m->raw };
	uint8_t *raw = NULL, *again, bitmap[WIRE_BITMAP_MAX];
	uint32_t i, pos = 0;
	int r = ERR_NOMEM;

	if ((again = calloc(batch->n + 1, 1)) == NULL ||
	    (raw = malloc(m->raw + 1)) == NULL ||
	    (r = decompress_frame(k->decompressor, &f, raw)) != 0)
		goto out;
	for (i = 0; i < m->n && r == 0; pos += parts[i++].len)
		r = part_take(k, batch, &parts[i], raw + pos, again);
	/* The rest comes at once; what is asked for again, after it. */
	for (i = 0; i < batch->n; i++)
		batch->needed[i] = (uint8_t)(batch->needed[i] ^ again[i]);
	k->frames += bitmap_of(batch, batch->needed, bitmap) ? 1 : 0;
	for (i = 0; i < batch->n; i++)
		batch->needed[i] |= again[i];
	if (r == 0 && m->n > 0)
		r = send_again(k, batch, again);
 out:
	free(raw);
	free(again);
	return r;
}

int
keeper_delta(struct keeper *k, struct buf *body)
{
	struct wire_delta_part parts[WIRE_PIECES_MAX];
	struct wire_delta m;
	uint32_t i = 0;
	int r;

	if ((r = wire_delta_decode(body, &m)) != 0)
		return r;
	if (m.batch == 0 || m.batch > k->nbatches || k->deltas == 0)
		return ERR_FORMAT;
	k->deltas--;
	while ((r = wire_delta_next(body, &m, &parts[i])) == 1)
		i++;
	k->delta_bytes += m.data_len;
	return r != 0 ? r : delta_take(k, &k->batches[m.batch - 1], &m,
	    parts);
}
