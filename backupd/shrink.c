/* shrink.c: a chunk stored as a delta against an older version of it. */
#include "backupd/unpack.h"

#include <stdlib.h>
#include <string.h>

#include "backupd/basis.h"
#include "backupd/ladder.h"
#include "backupd/tools.h"
#include "base/buf.h"
#include "codec/compress.h"

/* What a delta takes in the footer and the index, beside its frame. */
#define RECORD_LEN 160
#define OVERHEAD (FRAME_OVERHEAD + RECORD_LEN)

/* The generations of b, and what len bytes would take whole: as much as the
 * bytes around its root do. */
static void
ladder_of(const struct basis *b, uint32_t len, struct ladder *l)
{
	const struct index_place *at = &b->links[b->n - 1].l.at;
	uint64_t whole = len;
	unsigned int i;

	if (at->frame_stored < at->frame_raw)
		whole = whole * at->frame_stored / at->frame_raw;
	l->whole = (uint32_t)whole;
	l->n = b->n;
	for (i = 0; i < b->n; i++) {
		l->links[i].stored = b->links[i].l.at.frame_stored +
		    RECORD_LEN;
		l->links[i].depth = b->links[i].l.at.depth;
	}
}

/* Append a delta of chunk i against that link to j->out; ERR_TOOBIG. */
static int
delta_try(struct frame_job *j, struct tool *t, uint32_t i,
    const uint8_t *raw, unsigned int link, uint32_t limit)
{
	const struct chunk *k = &j->chunks[i];
	struct compress_prefixed p = { .in = raw, .len = k->len,
	    .prefix_len = k->basis->links[link].l.at.len };
	const uint8_t *data;
	int r;

	if (limit <= OVERHEAD)
		return ERR_TOOBIG;
	/* A generation that cannot be had is none to build on. */
	if ((r = basis_link_open(k->basis, link, t, &data)) != 0)
		return r == ERR_NOMEM ? r : ERR_TOOBIG;
	p.prefix = data;
	return compress_with_prefix(t->c, &p, limit - OVERHEAD, j->out);
}

/* Seal the delta of chunk i, the bytes of j->out from off on. */
static int
delta_seal(struct frame_job *j, uint32_t i, unsigned int link, size_t off)
{
	const struct chunk *k = &j->chunks[i];
	const struct chain_link *base = &k->basis->links[link].l;
	size_t len = buf_len(j->out) - off;
	struct frame_delta *d;
	uint8_t *p;
	int r;

	if (j->deltas == NULL && (j->deltas = calloc(j->nchunks,
	    sizeof(*j->deltas))) == NULL)
		return ERR_NOMEM;
	d = &j->deltas[j->ndeltas];
	d->off = buf_len(j->deltas_out);
	d->chunk.len = k->len;
	d->chunk.depth = (uint8_t)(base->at.depth + 1);
	memcpy(d->chunk.id, k->id, sizeof(d->chunk.id));
	memcpy(d->chunk.base, base->id, sizeof(d->chunk.base));
	d->frame.nchunks = 1;
	d->frame.info.kind = FRAME_ZSTD_PREFIX;
	d->frame.info.class = FRAME_DATA;
	d->frame.info.raw_len = k->len;
	d->frame.info.stored_len = (uint32_t)(len + FRAME_OVERHEAD);
	if ((r = buf_reserve(j->deltas_out, len + FRAME_OVERHEAD,
	    &p)) != 0 || (r = frame_seal(j->epoch, &d->frame.info,
	    buf_ptr(j->out) + off, len, p)) != 0)
		return r;
	j->ndeltas++;
	return 0;
}

/* The delta against the first generation is in j->out.  If another is better,
 * append that delta and give its link; 0: stay; ERR_TOOBIG: go whole. */
static int
ladder_climb(struct frame_job *j, struct tool *t, uint32_t i,
    const uint8_t *raw, const struct ladder *l)
{
	uint32_t first = (uint32_t)buf_len(j->out) + OVERHEAD;
	unsigned int link = ladder_pick(l, first);
	int r;

	if (link == 0)
		return 0;
	r = delta_try(j, t, i, raw, link, ladder_limit(l, link));
	if (r == 0)
		return (int)link;
	return r == ERR_TOOBIG && first <= ladder_limit(l, 0) ? 0 : r;
}

int
frame_shrink(struct frame_job *j, struct tool *t, uint32_t i,
    const uint8_t *raw)
{
	struct ladder l;
	size_t first;
	int r, link;

	ladder_of(j->chunks[i].basis, j->chunks[i].len, &l);
	j->fates[i].tried = true;
	buf_reset(j->out);
	if ((r = delta_try(j, t, i, raw, 0, l.whole / 2)) != 0)
		return r == ERR_TOOBIG ? 0 : r;
	first = buf_len(j->out);
	if ((link = ladder_climb(j, t, i, raw, &l)) < 0)
		return link == ERR_TOOBIG ? 0 : link;
	if ((r = delta_seal(j, i, (unsigned int)link, link == 0 ? 0 :
	    first)) != 0)
		return r;
	j->fates[i].delta = true;
	return 0;
}
