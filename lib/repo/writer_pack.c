/* writer_pack.c: packs as they fill up, their index runs and checkpoints. */
#include "config.h"

#include "repo/writer_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "base/log.h"
#include "codec/compress.h"
#include "repo/chain.h"

/* Forget the frames of the pack. */
static void
frames_clear(struct writer *w)
{
	size_t i;

	for (i = 0; i < w->nframes; i++)
		free(w->frames[i].chunks);
	w->nframes = 0;
}

/* Keep a copy of f for the index. */
static int
frames_keep(struct writer *w, const struct pack_frame *f)
{
	struct pack_frame *frames, *copy;
	size_t cap;

	if (w->nframes == w->frames_cap) {
		cap = w->frames_cap == 0 ? 64 : w->frames_cap * 2;
		if ((frames = realloc(w->frames, cap *
		    sizeof(*frames))) == NULL)
			return ERR_NOMEM;
		w->frames = frames;
		w->frames_cap = cap;
	}
	copy = &w->frames[w->nframes];
	*copy = *f;
	copy->chunks = NULL;
	if (f->nchunks > 0) {
		copy->chunks = malloc(f->nchunks * sizeof(*f->chunks));
		if (copy->chunks == NULL)
			return ERR_NOMEM;
		memcpy(copy->chunks, f->chunks,
		    f->nchunks * sizeof(*f->chunks));
	}
	w->nframes++;
	return 0;
}

/* Put the index run of the pack that was put, and remember it. */
static int
run_put(struct writer *w, const uint8_t pack[32])
{
	struct index_run *run = NULL;
	uint8_t (*runs)[32];
	int r;

	if ((runs = realloc(w->runs, (w->nruns + 1) *
	    sizeof(*runs))) == NULL)
		return ERR_NOMEM;
	w->runs = runs;
	if ((r = index_run_new(&run)) != 0 ||
	    (r = index_run_add(run, pack, w->frames, w->nframes)) != 0 ||
	    (r = index_run_put(w->x, run, runs[w->nruns])) != 0)
		goto out;
	w->nruns++;
 out:
	index_run_free(run);
	return r;
}

int
writer_pack_flush(struct writer *w)
{
	uint8_t pack[32];
	int r;

	if (w->nframes == 0)
		return 0;
	if ((r = pack_writer_put(w->pack, pack)) != 0 ||
	    (r = run_put(w, pack)) != 0 ||
	    (r = idset_put(&w->packs, pack, PACK_THERE)) != 0)
		return r;
	frames_clear(w);
	return 0;
}

int
writer_checkpoint(struct writer *w)
{
	struct buf *b = NULL;
	char suffix[16];
	int r;

	if (w->nruns == 0)
		return 0;
	snprintf(suffix, sizeof(suffix), ".%u", w->checkpoints + 1);
	if ((r = buf_new(MARKER_OBJECT_MAX, &b)) != 0 ||
	    (r = checkpoint_encode(w->r, w->checkpoints + 1,
	    (const uint8_t (*)[32])w->runs, w->nruns, b)) != 0 ||
	    (r = writer_put_marker(w, suffix, b)) != 0)
		goto out;
	w->checkpoints++;
	w->nruns = 0;
 out:
	buf_free(b);
	return r;
}

int
writer_pack_add(struct writer *w, struct pack_frame *f,
    const uint8_t *stored)
{
	int r;

	r = pack_writer_add(w->pack, f, stored);
	if (r == ERR_TOOBIG && w->nframes > 0 &&
	    (r = writer_pack_flush(w)) == 0 &&
	    (r = writer_checkpoint(w)) == 0)
		r = pack_writer_add(w->pack, f, stored);
	if (r != 0)
		return r;
	w->stored_total += f->info.stored_len;
	return frames_keep(w, f);
}

/*
 * Check that the base of a delta can be had, at a smaller depth; from then on
 * its packs are among those that the commit needs.
 */
static int
delta_check(struct writer *w, const struct pack_frame *f)
{
	struct chain chain;
	char hex[65];

	if (f->nchunks != 1)
		return ERR_FORMAT;
	/* A link further down is none of the source's today. */
	if (writer_chain(w, f->chunks[0].base, &chain) &&
	    chain.links[0].at.depth < f->chunks[0].depth)
		return 0;
	hex_format(f->chunks[0].id, 32, hex);
	log_err(ERR_FORMAT, "chunk %s: cannot be a delta of that", hex);
	return ERR_FORMAT;
}

/* As writer_add_frame, without remembering a failure. */
static int
content_add(struct writer *w, struct pack_frame *f, const uint8_t *stored)
{
	uint32_t i;
	int r;

	if (f->info.kind == FRAME_ZSTD_PREFIX &&
	    (r = delta_check(w, f)) != 0)
		return r;
	if ((r = writer_pack_add(w, f, stored)) != 0)
		return r;
	for (i = 0; i < f->nchunks; i++) {
		if ((r = idset_put(&w->sent, f->chunks[i].id, 0)) != 0)
			return r;
		w->raw_total += f->chunks[i].len;
	}
	return 0;
}

int
writer_add_frame(struct writer *w, struct pack_frame *f,
    const uint8_t *stored)
{
	if (w->error == 0)
		w->error = content_add(w, f, stored);
	return w->error;
}
