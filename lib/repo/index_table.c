/* index_table.c: the tables of a run in mapped memory. */
#include "config.h"

#include <sys/mman.h>
#include <stdlib.h>
#include <string.h>

#include "repo/index_impl.h"
#include "repo/internal.h"

#define SEARCH_SMALL 4		/* below, halving is best */

const size_t run_row[RUN_TABLES] = {
	[RUN_SUPERSEDES] = 32,
	[RUN_PACKS] = 32,
	[RUN_FRAMES] = RUN_FRAME_LEN,
	[RUN_RECORDS] = RUN_RECORD_LEN,
	[RUN_BASES] = 32
};

void
index_run_init(struct index_run *run)
{
	unsigned int t;

	for (t = 0; t < RUN_TABLES; t++)
		spool_init(&run->t[t], run_row[t]);
}

void
index_run_clear(struct index_run *run)
{
	unsigned int t;

	for (t = 0; t < RUN_TABLES; t++)
		spool_clear(&run->t[t]);
}

int
index_run_new(struct index_run **runp)
{
	struct index_run *run;

	if ((run = malloc(sizeof(*run))) == NULL)
		return ERR_NOMEM;
	index_run_init(run);
	*runp = run;
	return 0;
}

void
index_run_free(struct index_run *run)
{
	if (run == NULL)
		return;
	index_run_clear(run);
	free(run);
}

void
run_record_encode(const struct run_record *rec, uint8_t rowp[RUN_RECORD_LEN])
{
	memcpy(rowp, rec->id, sizeof(rec->id));
	rowp[32] = rec->depth;
	bytes_put32(rowp + RUN_KEY_LEN, rec->frame);
	bytes_put32(rowp + RUN_KEY_LEN + 4, rec->offset);
	bytes_put32(rowp + RUN_KEY_LEN + 8, rec->len);
	bytes_put32(rowp + RUN_KEY_LEN + 12, rec->base);
}

void
run_record_decode(const uint8_t *row, struct run_record *recp)
{
	memcpy(recp->id, row, sizeof(recp->id));
	recp->depth = row[32];
	recp->frame = bytes_get32(row + RUN_KEY_LEN);
	recp->offset = bytes_get32(row + RUN_KEY_LEN + 4);
	recp->len = bytes_get32(row + RUN_KEY_LEN + 8);
	recp->base = bytes_get32(row + RUN_KEY_LEN + 12);
}

int
run_record_make(struct index_run *run, uint32_t frame,
    const struct pack_chunk *c, uint8_t rowp[RUN_RECORD_LEN])
{
	struct run_record rec = { .depth = c->depth, .frame = frame,
	    .offset = c->offset, .len = c->len };
	int r;

	if (c->depth > 0) {
		rec.base = (uint32_t)run->t[RUN_BASES].n;
		if ((r = spool_add(&run->t[RUN_BASES], c->base)) != 0)
			return r;
	}
	memcpy(rec.id, c->id, sizeof(rec.id));
	run_record_encode(&rec, rowp);
	return 0;
}

/* Add one chunk of the frame of that number. */
static int
run_add_chunk(struct index_run *run, uint32_t frame,
    const struct pack_chunk *c)
{
	uint8_t row[RUN_RECORD_LEN];
	int r;

	if ((r = run_record_make(run, frame, c, row)) != 0)
		return r;
	return spool_add(&run->t[RUN_RECORDS], row);
}

/* Add a frame of the pack of that number, with its chunks. */
static int
run_add_frame(struct index_run *run, uint32_t pack,
    const struct pack_frame *f)
{
	uint32_t number = (uint32_t)run->t[RUN_FRAMES].n, i;
	uint8_t row[RUN_FRAME_LEN];
	int r;

	bytes_put32(row, pack);
	bytes_put32(row + 4, f->offset);
	bytes_put32(row + 8, f->info.stored_len);
	bytes_put32(row + 12, f->info.raw_len);
	row[16] = f->info.kind;
	row[17] = f->info.class;
	if ((r = spool_add(&run->t[RUN_FRAMES], row)) != 0)
		return r;
	for (i = 0; i < f->nchunks; i++)
		if ((r = run_add_chunk(run, number, &f->chunks[i])) != 0)
			return r;
	return 0;
}

int
index_run_add(struct index_run *run, const uint8_t pack[32],
    const struct pack_frame *frames, size_t n)
{
	uint32_t number = (uint32_t)run->t[RUN_PACKS].n;
	size_t i;
	int r;

	if ((r = spool_add(&run->t[RUN_PACKS], pack)) != 0)
		return r;
	for (i = 0; i < n; i++)
		if ((r = run_add_frame(run, number, &frames[i])) != 0)
			return r;
	return 0;
}

const uint8_t *
run_at(const struct run *u, enum run_table t, size_t i)
{
	return u->rows[t] + i * run_row[t];
}

int
run_new(struct index_run *from, const uint8_t hash[32], struct run **up)
{
	struct run *u;
	unsigned int t;

	if ((u = calloc(1, sizeof(*u))) == NULL)
		return ERR_NOMEM;
	memcpy(u->hash, hash, sizeof(u->hash));
	u->own = *from;
	index_run_init(from);		/* its tables are the run's now */
	for (t = 0; t < RUN_TABLES; t++) {
		u->rows[t] = u->own.t[t].p;
		u->n[t] = u->own.t[t].n;
	}
	*up = u;
	return 0;
}

void
run_free(struct run *u)
{
	if (u == NULL)
		return;
	index_run_clear(&u->own);
	if (u->map != NULL)
		munmap(u->map, u->map_len);
	free(u);
}

void
run_place(const struct run *u, size_t i, struct index_place *placep)
{
	struct run_record rec;
	const uint8_t *f;

	run_record_decode(run_at(u, RUN_RECORDS, i), &rec);
	f = run_at(u, RUN_FRAMES, rec.frame);
	memcpy(placep->pack, run_at(u, RUN_PACKS, bytes_get32(f)),
	    sizeof(placep->pack));
	placep->frame_offset = bytes_get32(f + 4);
	placep->frame_stored = bytes_get32(f + 8);
	placep->frame_raw = bytes_get32(f + 12);
	placep->kind = f[16];
	placep->class = f[17];
	placep->offset = rec.offset;
	placep->len = rec.len;
	placep->depth = rec.depth;
	memset(placep->base, 0, sizeof(placep->base));
	if (rec.depth > 0)
		memcpy(placep->base, run_at(u, RUN_BASES, rec.base),
		    sizeof(placep->base));
}

/* The first bytes of an id as a fraction of 1. */
static double
id_fraction(const uint8_t *id)
{
	return ((double)bytes_get32(id) + (double)bytes_get32(id + 4) /
	    4294967296.0) / 4294967296.0;
}

/*
 * Ids are as good as random, so that where one stands among others can be
 * guessed well; every other step halves, in case they are not.
 */
size_t
run_search(const struct run *u, const uint8_t id[32])
{
	size_t lo = 0, hi = u->n[RUN_RECORDS], mid;
	double want = id_fraction(id), low = 0, high = 1, part;
	bool guess = true;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (guess && hi - lo > SEARCH_SMALL && high > low) {
			part = (want - low) / (high - low);
			if (part >= 0 && part < 1)
				mid = lo + (size_t)(part * (double)(hi - lo));
		}
		guess = !guess;
		if (memcmp(run_at(u, RUN_RECORDS, mid), id, 32) < 0) {
			low = id_fraction(run_at(u, RUN_RECORDS, mid));
			lo = mid + 1;
		} else {
			high = id_fraction(run_at(u, RUN_RECORDS, mid));
			hi = mid;
		}
	}
	return lo;
}
