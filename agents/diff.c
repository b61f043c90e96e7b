/* diff.c: the signatures that came for a batch, and the DELTA they give. */
#include "config.h"

#include "agents/diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "codec/compress.h"
#include "codec/delta.h"

struct diff_signature {
	uint8_t	*data;		/* owns; NULL: none, or not kept */
	size_t	 len;
	bool	 came;
};

bool
diff_any(const struct diff *d)
{
	return d->of != NULL;
}

int
diff_add(struct diff *d, const struct batch *b,
    const struct wire_signature *m, size_t room)
{
	struct diff_signature *s;
	int r;

	if (m->chunk >= b->nchunks)
		return ERR_FORMAT;
	if ((r = delta_signature_check(m->data, m->len)) != 0)
		return r;
	if (d->of == NULL) {
		d->of = calloc(b->nchunks, sizeof(d->of[0]));
		if (d->of == NULL)
			return ERR_NOMEM;
		d->n = b->nchunks;
		d->bytes = 0;
	}
	s = &d->of[m->chunk];
	if (s->came)
		return ERR_FORMAT;
	s->came = true;
	if (m->len > room)
		return 0;
	if ((s->data = malloc(m->len)) == NULL)
		return ERR_NOMEM;
	memcpy(s->data, m->data, m->len);
	s->len = m->len;
	d->bytes += m->len;
	return 0;
}

int
diff_check(const struct diff *d, const uint8_t *bitmap)
{
	uint32_t i;

	if (d->of == NULL)
		return 0;
	for (i = 0; i < d->n; i++)
		if (d->of[i].came && (bitmap[i / 8] >> i % 8 & 1) == 0)
			return ERR_FORMAT;
	return 0;
}

/* Append the delta of chunk i if it is shorter than half the chunk. */
static int
diff_chunk(struct diff *d, const struct batch *b, uint32_t i,
    struct buf *raw, struct wire_delta_part *part)
{
	const struct batch_chunk *c = &b->chunks[i];
	const struct diff_signature *s = &d->of[i];
	const size_t before = buf_len(raw);
	int r;

	if (s->data == NULL)
		return 0;
	r = delta_make(s->data, s->len, b->raw + c->off, c->len,
	    (c->len - 1) / 2, raw);
	if (r == ERR_TOOBIG)
		return 0;
	if (r != 0)
		return r;
	d->sent[i / 8] |= (uint8_t)(1 << i % 8);
	d->nsent++;
	part->chunk = i;
	part->len = (uint32_t)(buf_len(raw) - before);
	return 0;
}

/* Encode m as large as it must be: it waits in the queue. */
static int
diff_message(const struct wire_delta *m, struct buf **msgp)
{
	struct buf *msg = NULL;
	size_t mark;
	int r;

	if ((r = buf_new(m->data_len + 8 * m->n + 64, &msg)) != 0 ||
	    (r = wire_begin(msg, WIRE_DELTA, &mark)) != 0 ||
	    (r = wire_delta_encode(m, msg)) != 0 ||
	    (r = wire_end(msg, mark)) != 0) {
		buf_free(msg);
		return r;
	}
	*msgp = msg;
	return 0;
}

int
diff_make(struct diff *d, const struct batch *b, struct compressor *c,
    struct buf **msgp)
{
	struct wire_delta m = { .batch = b->number };
	struct wire_delta_part *parts;
	struct buf *raw = NULL, *packed = NULL;
	enum frame_kind kind;
	uint32_t i;
	int r = ERR_NOMEM;

	memset(d->sent, 0, sizeof(d->sent));
	d->nsent = 0;
	if ((parts = calloc(d->n, sizeof(parts[0]))) == NULL ||
	    (r = buf_new(WIRE_FRAME_RAW_MAX, &raw)) != 0)
		goto out;
	for (i = 0; i < d->n; i++)
		if ((r = diff_chunk(d, b, i, raw, &parts[d->nsent])) != 0)
			goto out;
	if ((r = buf_new(buf_len(raw), &packed)) != 0 ||
	    (r = compress_frame(c, buf_ptr(raw), buf_len(raw), packed,
	    &kind)) != 0)
		goto out;
	m.kind = (uint8_t)kind;
	m.raw = (uint32_t)buf_len(raw);
	m.n = d->nsent;
	m.parts = parts;
	m.data = buf_ptr(kind == FRAME_PLAIN ? raw : packed);
	m.data_len = buf_len(kind == FRAME_PLAIN ? raw : packed);
	r = diff_message(&m, msgp);
 out:
	buf_free(packed);
	buf_free(raw);
	free(parts);
	return r;
}

void
diff_drop(struct diff *d)
{
	uint32_t i;

	if (d->of == NULL)
		return;
	for (i = 0; i < d->n; i++)
		free(d->of[i].data);
	free(d->of);
	d->of = NULL;
	d->n = 0;
	d->bytes = 0;
}
