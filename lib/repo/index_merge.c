/* index_merge.c: all records of several runs in order, and one run of them. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "repo/index_impl.h"
#include "repo/internal.h"

#define TIER_FIRST 512		/* records of a run of tier 0, about */
#define RECORD_BYTES 64			/* of a record, and more than that */
#define HEAD_FRAME_MAX (4 * 5 + 2)	/* bytes of a frame in a head box */

struct index_cursor {
	struct run *const *runs;	/* borrowed */
	size_t	 n;
	size_t	*next;			/* of each run; owned */
};

unsigned int
run_tier(uint64_t n)
{
	unsigned int t = 0;

	for (n /= TIER_FIRST; n >= INDEX_FANOUT; n /= INDEX_FANOUT)
		t++;
	return t;
}

bool
run_mergeable(const struct run *u)
{
	/* An object is put, and copied to other targets, as a whole. */
	if (RECORD_BYTES * u->n[RUN_RECORDS] > INDEX_OBJECT_MAX / INDEX_FANOUT)
		return false;
	/* Blocks are a thousandth of the records they hold. */
	return 32 * (u->n[RUN_SUPERSEDES] + u->n[RUN_PACKS]) +
	    HEAD_FRAME_MAX * u->n[RUN_FRAMES] + u->n[RUN_RECORDS] / 16 <=
	    INDEX_MERGE_MAX / INDEX_FANOUT;
}

static int
cursor_init(struct index_cursor *c, struct run *const *runs, size_t n)
{
	c->runs = runs;
	c->n = n;
	c->next = calloc(n + 1, sizeof(*c->next));	/* n may be 0 */
	return c->next == NULL ? ERR_NOMEM : 0;
}

/* Step to the record that comes first: its run, or false at the end. */
static bool
cursor_step(struct index_cursor *c, size_t *runp, size_t *recordp)
{
	const uint8_t *row, *first = NULL;
	size_t i, hit = 0;

	for (i = 0; i < c->n; i++) {
		if (c->next[i] == c->runs[i]->n[RUN_RECORDS])
			continue;
		row = run_at(c->runs[i], RUN_RECORDS, c->next[i]);
		if (first == NULL || memcmp(row, first, RUN_KEY_LEN) < 0) {
			first = row;
			hit = i;
		}
	}
	if (first == NULL)
		return false;
	*runp = hit;
	*recordp = c->next[hit]++;
	return true;
}

int
index_cursor_new(struct index *x, struct index_cursor **cp)
{
	struct index_cursor *c;
	int r;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return ERR_NOMEM;
	if ((r = cursor_init(c, x->runs, x->n)) != 0) {
		free(c);
		return r;
	}
	*cp = c;
	return 0;
}

int
index_cursor_next(struct index_cursor *c, uint8_t idp[32],
    struct index_place *placep)
{
	size_t run, i;

	if (!cursor_step(c, &run, &i))
		return 0;
	memcpy(idp, run_at(c->runs[run], RUN_RECORDS, i), 32);
	run_place(c->runs[run], i, placep);
	return 1;
}

void
index_cursor_free(struct index_cursor *c)
{
	if (c == NULL)
		return;
	free(c->next);
	free(c);
}

/* What a run's packs and frames are called in the merged run, plus 1. */
struct renumber {
	uint32_t *packs, *frames;
};

static int
renumber_init(struct renumber *m, const struct run *u)
{
	m->packs = calloc(u->n[RUN_PACKS] + 1, sizeof(*m->packs));
	m->frames = calloc(u->n[RUN_FRAMES] + 1, sizeof(*m->frames));
	return m->packs == NULL || m->frames == NULL ? ERR_NOMEM : 0;
}

static void
renumber_clear(struct renumber *m)
{
	free(m->packs);
	free(m->frames);
}

/* Take frame i of u over, unless it was, and give its new number. */
static int
merge_frame(struct index_run *out, const struct run *u, struct renumber *m,
    uint32_t i, uint32_t *numberp)
{
	uint8_t row[RUN_FRAME_LEN];
	uint32_t pack;
	int r;

	if (m->frames[i] == 0) {
		memcpy(row, run_at(u, RUN_FRAMES, i), sizeof(row));
		pack = bytes_get32(row);
		if (m->packs[pack] == 0) {
			if ((r = spool_add(&out->t[RUN_PACKS],
			    run_at(u, RUN_PACKS, pack))) != 0)
				return r;
			m->packs[pack] = (uint32_t)out->t[RUN_PACKS].n;
		}
		bytes_put32(row, m->packs[pack] - 1);
		if ((r = spool_add(&out->t[RUN_FRAMES], row)) != 0)
			return r;
		m->frames[i] = (uint32_t)out->t[RUN_FRAMES].n;
	}
	*numberp = m->frames[i] - 1;
	return 0;
}

/* Take record i of u over. */
static int
merge_record(struct index_run *out, const struct run *u, struct renumber *m,
    size_t i)
{
	uint8_t row[RUN_RECORD_LEN];
	struct run_record rec;
	uint32_t base;
	int r;

	run_record_decode(run_at(u, RUN_RECORDS, i), &rec);
	if ((r = merge_frame(out, u, m, rec.frame, &rec.frame)) != 0)
		return r;
	if (rec.depth > 0) {
		base = (uint32_t)out->t[RUN_BASES].n;
		if ((r = spool_add(&out->t[RUN_BASES],
		    run_at(u, RUN_BASES, rec.base))) != 0)
			return r;
		rec.base = base;
	}
	run_record_encode(&rec, row);
	return spool_add(&out->t[RUN_RECORDS], row);
}

/* Tell whether out has this very instance already: from the end back, as
 * long as the id is the same. */
static bool
merge_has(const struct index_run *out, const struct run *u, size_t i)
{
	const struct spool *t = out->t;
	const uint8_t *row = run_at(u, RUN_RECORDS, i), *old, *f;
	struct index_place p;
	struct run_record rec;
	size_t j;

	for (j = t[RUN_RECORDS].n; j-- > 0; ) {
		old = spool_at(&t[RUN_RECORDS], j);
		if (memcmp(old, row, RUN_KEY_LEN) != 0)
			return false;
		run_record_decode(old, &rec);
		f = spool_at(&t[RUN_FRAMES], rec.frame);
		run_place(u, i, &p);
		if (rec.offset == p.offset &&
		    bytes_get32(f + 4) == p.frame_offset &&
		    memcmp(spool_at(&t[RUN_PACKS], bytes_get32(f)), p.pack,
		    sizeof(p.pack)) == 0)
			return true;
	}
	return false;
}

/*
 * The merged run supersedes each run, and what these did as long as it
 * exists: else that would come back to life.
 */
static int
merge_supersedes(const struct index *x, const struct run *u,
    struct index_run *out)
{
	struct spool *s = &out->t[RUN_SUPERSEDES];
	const uint8_t *hash;
	size_t i;
	int r;

	if ((r = spool_add(s, u->hash)) != 0)
		return r;
	for (i = 0; i < u->n[RUN_SUPERSEDES]; i++) {
		hash = run_at(u, RUN_SUPERSEDES, i);
		if (idset_get(&x->listed, hash, NULL) &&
		    (r = spool_add(s, hash)) != 0)
			return r;
	}
	return 0;
}

/*
 * Name each hash once.  Two writers that merge the same runs at a time make
 * two runs that name all of them, and what merges those would name them
 * twice, the next four times, and so on.
 */
static void
hashes_once(struct spool *s)
{
	size_t i, n = 0;

	if (s->n == 0)
		return;
	spool_sort(s, 32);
	for (i = 1; i < s->n; i++)
		if (memcmp(spool_at(s, n), spool_at(s, i), 32) != 0)
			memcpy(spool_at(s, ++n), spool_at(s, i), 32);
	s->n = n + 1;
}

int
run_merge(struct index *x, struct run *const *from, size_t n,
    struct index_run *out)
{
	struct index_cursor c = { .next = NULL };
	struct renumber *m;
	size_t run, i;
	int r;

	if ((m = calloc(n, sizeof(*m))) == NULL)
		return ERR_NOMEM;
	for (i = 0; i < n; i++)
		if ((r = renumber_init(&m[i], from[i])) != 0 ||
		    (r = merge_supersedes(x, from[i], out)) != 0)
			goto out;
	hashes_once(&out->t[RUN_SUPERSEDES]);
	if ((r = cursor_init(&c, from, n)) != 0)
		goto out;
	while (cursor_step(&c, &run, &i)) {
		if (merge_has(out, from[run], i))
			continue;
		if ((r = merge_record(out, from[run], &m[run], i)) != 0)
			goto out;
	}
 out:
	for (i = 0; i < n; i++)
		renumber_clear(&m[i]);
	free(c.next);
	free(m);
	return r;
}
