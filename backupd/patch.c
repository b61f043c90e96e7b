/* patch.c: what the puller makes of deltas and of packed messages. */
#include "backupd/patch.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "backupd/screen.h"
#include "base/buf.h"
#include "codec/compress.h"
#include "codec/delta.h"
#include "codec/places.h"
#include "wire/delta.h"

struct patch_old {
	uint32_t chunk;
	uint32_t len;			/* of the new chunk */
	uint8_t	*data;			/* owned */
	size_t	 data_len;
};

/* The bases of a batch whose DELTA is still to come. */
struct patch_batch {
	uint64_t batch;			/* 0: free */
	size_t	 n, room;
	struct patch_old *v;		/* owned; in the order they came */
	uint64_t len;			/* of all the new chunks */
};

struct patch {
	struct patch_batch batches[WIRE_BATCHES_MAX];
	size_t	 held;			/* bytes of all bases */
	struct decompressor *unpacker;
	struct wire_delta_part *parts;	/* of the DELTA at hand */
	uint8_t	*deltas, *chunks;	/* of it, once there was one */
};

int
patch_new(struct patch **pp)
{
	struct patch *p;
	int r;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return ERR_NOMEM;
	if ((r = decompressor_new(&p->unpacker)) != 0) {
		free(p);
		return r;
	}
	*pp = p;
	return 0;
}

/* Forget a batch. */
static void
bases_clear(struct patch *p, struct patch_batch *b)
{
	size_t i;

	for (i = 0; i < b->n; i++) {
		p->held -= b->v[i].data_len;
		free(b->v[i].data);
	}
	free(b->v);
	memset(b, 0, sizeof(*b));
}

void
patch_free(struct patch *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < WIRE_BATCHES_MAX; i++)
		bases_clear(p, &p->batches[i]);
	decompressor_free(p->unpacker);
	free(p->parts);
	free(p->deltas);
	free(p->chunks);
	free(p);
}

/* The batch of that number, or a free place (0). */
static struct patch_batch *
bases_find(struct patch *p, uint64_t batch)
{
	size_t i;

	for (i = 0; i < WIRE_BATCHES_MAX; i++)
		if (p->batches[i].batch == batch)
			return &p->batches[i];
	return NULL;
}

static const struct patch_old *
basis_find(const struct patch_batch *b, uint32_t chunk)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		if (b->v[i].chunk == chunk)
			return &b->v[i];
	return NULL;
}

/* Keep a copy of the basis. */
static int
basis_keep(struct patch *p, const struct wire_basis *m)
{
	struct patch_batch *b;
	struct patch_old *v;

	if ((b = bases_find(p, m->batch)) == NULL)
		b = bases_find(p, 0);
	if (b == NULL || m->batch == 0 || basis_find(b, m->chunk) != NULL)
		return ERR_FORMAT;
	if (m->data_len > PATCH_BASES_MAX - p->held ||
	    m->len > WIRE_FRAME_RAW_MAX - b->len)
		return ERR_TOOBIG;
	b->batch = m->batch;
	if (b->n == b->room) {
		b->room = b->room == 0 ? 8 : 2 * b->room;
		if ((v = realloc(b->v, b->room * sizeof(*v))) == NULL)
			return ERR_NOMEM;
		b->v = v;
	}
	v = &b->v[b->n];
	if ((v->data = malloc(m->data_len)) == NULL)
		return ERR_NOMEM;
	memcpy(v->data, m->data, m->data_len);
	v->data_len = m->data_len;
	v->chunk = m->chunk;
	v->len = m->len;
	b->n++;
	b->len += m->len;
	p->held += m->data_len;
	return 0;
}

/* What was written in its place is as long as what stood there. */
static bool
in_places(const struct wire_basis *m)
{
	return m->len == m->data_len;
}

static int
signature_put(const struct wire_basis *m, struct buf *out)
{
	struct wire_signature sig = { .batch = m->batch, .chunk = m->chunk };
	struct buf *b = NULL;
	size_t mark, before = buf_len(out);
	int r;

	if ((r = buf_new(WIRE_SIGNATURE_MAX, &b)) != 0)
		return r;
	r = in_places(m) ? places_sign(m->data, m->data_len, b) :
	    delta_sign(m->data, m->data_len, m->block, b);
	if (r != 0)
		goto out;
	sig.data = buf_ptr(b);
	sig.len = buf_len(b);
	if ((r = wire_begin(out, WIRE_SIGNATURE, &mark)) == 0 &&
	    (r = wire_signature_encode(&sig, out)) == 0)
		r = wire_end(out, mark);
	if (r != 0)
		buf_trim(out, buf_len(out) - before);
 out:
	buf_free(b);
	return r;
}

int
patch_basis(struct patch *p, struct buf *body, struct buf *out, size_t *lenp)
{
	struct wire_basis m;
	int r;

	if ((r = wire_basis_decode(body, &m)) != 0 ||
	    (r = basis_keep(p, &m)) != 0 ||
	    (r = signature_put(&m, out)) != 0)
		return r;
	*lenp = in_places(&m) ? 0 : m.data_len;
	return 0;
}

/* The room for a DELTA is taken when the first one comes. */
static int
patch_room(struct patch *p)
{
	if (p->parts == NULL)
		p->parts = calloc(WIRE_PIECES_MAX, sizeof(*p->parts));
	if (p->deltas == NULL)
		p->deltas = malloc(WIRE_FRAME_RAW_MAX);
	if (p->chunks == NULL)
		p->chunks = malloc(WIRE_FRAME_RAW_MAX);
	if (p->parts == NULL || p->deltas == NULL || p->chunks == NULL)
		return ERR_NOMEM;
	return 0;
}

/* Take the parts, which must be of chunks that there are bases for. */
static int
parts_take(struct patch *p, const struct patch_batch *b, struct buf *body,
    struct wire_delta *m, const char **whyp)
{
	uint32_t n = 0;
	int r;

	while ((r = wire_delta_next(body, m, &p->parts[n])) == 1) {
		if (basis_find(b, p->parts[n].chunk) == NULL) {
			*whyp = "for a chunk that has no basis";
			return ERR_FORMAT;
		}
		n++;
	}
	if (r != 0)
		*whyp = "whose parts do not fit";
	return r;
}

/* Apply every part; the good chunks stand in p->chunks, *lenp bytes. */
static int
parts_apply(struct patch *p, const struct patch_batch *b, uint32_t n,
    size_t *lenp)
{
	struct delta_input in;
	const struct patch_old *basis;
	size_t len = 0, at = 0;
	uint32_t i;
	int r;

	for (i = 0; i < n; i++) {
		basis = basis_find(b, p->parts[i].chunk);
		in.basis = basis->data;
		in.basis_len = basis->data_len;
		in.delta = p->deltas + at;
		in.delta_len = p->parts[i].len;
		/* The sum of the lengths was checked when the bases came. */
		r = delta_apply(&in, p->chunks + len, basis->len);
		if (r == ERR_NOMEM)
			return r;
		p->parts[i].good = r == 0;
		if (r == 0)
			len += basis->len;
		at += p->parts[i].len;
	}
	*lenp = len;
	return 0;
}

static int
patched_put(struct patch *p, const struct wire_delta *m, size_t len,
    struct buf *out)
{
	struct wire_patched patched = { .batch = m->batch, .n = m->n,
	    .parts = p->parts, .data = p->chunks, .data_len = len };
	size_t mark, before = buf_len(out);
	int r;

	if ((r = wire_begin(out, WIRE_PATCHED, &mark)) == 0 &&
	    (r = wire_patched_encode(&patched, out)) == 0)
		r = wire_end(out, mark);
	if (r != 0)
		buf_trim(out, buf_len(out) - before);
	return r;
}

int
patch_delta(struct patch *p, struct buf *body, struct buf *out,
    const char **whyp)
{
	struct frame_packed packed;
	struct wire_delta m;
	struct patch_batch *b;
	size_t len = 0;
	int r;

	*whyp = "that does not decode";
	if ((r = patch_room(p)) != 0 ||
	    (r = wire_delta_decode(body, &m)) != 0)
		return r;
	b = m.batch != 0 ? bases_find(p, m.batch) : NULL;
	if (b == NULL) {
		*whyp = "that was not asked for";
		return ERR_FORMAT;
	}
	if ((r = parts_take(p, b, body, &m, whyp)) != 0)
		return r;
	memset(&packed, 0, sizeof(packed));
	packed.kind = m.kind;
	packed.data = m.data;
	packed.len = m.data_len;
	packed.raw_len = m.raw;
	if (m.n > 0 &&
	    (r = decompress_frame(p->unpacker, &packed, p->deltas)) != 0) {
		*whyp = "that does not unpack to what it says";
		return r == ERR_NOMEM ? r : ERR_FORMAT;
	}
	if ((r = parts_apply(p, b, m.n, &len)) != 0 ||
	    (r = patched_put(p, &m, len, out)) != 0)
		return r;
	bases_clear(p, b);
	return 0;
}

/* Unpack to the end of out, and check what came. */
static int
packed_put(struct patch *p, const struct wire_packed *m, struct buf *out)
{
	struct frame_packed f = { .kind = FRAME_ZSTD, .data = m->data,
	    .len = m->data_len, .raw_len = m->raw };
	struct buf *inner = NULL;
	uint8_t *to;
	int r;

	if ((r = buf_reserve(out, m->raw, &to)) != 0)
		return r;
	if ((r = decompress_frame(p->unpacker, &f, to)) != 0 ||
	    (r = buf_borrow(to, m->raw, &inner)) != 0)
		return r;
	r = screen_body((enum wire_type)m->type, inner);
	buf_free(inner);
	return r;
}

int
patch_packed(struct patch *p, struct buf *body, struct buf *out,
    const char **whyp)
{
	struct wire_packed m;
	size_t mark, before = buf_len(out);
	int r;

	*whyp = "that does not decode";
	if ((r = wire_packed_decode(body, &m)) != 0)
		return r;
	*whyp = m.type == WIRE_PAGE ? "with a bad PAGE" : "with bad CHUNKS";
	if ((r = wire_begin(out, (enum wire_type)m.type, &mark)) == 0 &&
	    (r = packed_put(p, &m, out)) == 0)
		return wire_end(out, mark);
	buf_trim(out, buf_len(out) - before);
	return r == ERR_NOMEM ? r : ERR_FORMAT;
}
