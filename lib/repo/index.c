/* index.c: the live runs together: open, find, and new ones. */
#include "config.h"

#include "repo/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "repo/core.h"
#include "repo/index_impl.h"
#include "repo/internal.h"
#include "store/store.h"

/* An index object of the store, while opening. */
struct listed {
	uint8_t	 hash[32];
	uint64_t size;
};

/* Let x answer from u, which it takes. */
static int
index_keep(struct index *x, struct run *u)
{
	struct run **runs;
	size_t i;
	int r = 0;

	for (i = 0; i < u->n[RUN_SUPERSEDES] && r == 0; i++)
		r = idset_put(&x->superseded, run_at(u, RUN_SUPERSEDES, i), 0);
	runs = r != 0 ? NULL :
	    reallocarray(x->runs, x->n + 1, sizeof(*runs));
	if (runs == NULL) {
		run_free(u);
		return r != 0 ? r : ERR_NOMEM;
	}
	runs[x->n++] = u;
	x->runs = runs;
	return 0;
}

/* Forget runs that another one supersedes. */
static void
index_drop_superseded(struct index *x)
{
	size_t i, n = 0;

	for (i = 0; i < x->n; i++)
		if (idset_get(&x->superseded, x->runs[i]->hash, NULL))
			run_free(x->runs[i]);
		else
			x->runs[n++] = x->runs[i];
	x->n = n;
}

/* List all index objects; *lp is for free(3). */
static int
index_list(struct index *x, struct listed **lp, size_t *np)
{
	struct listed *all = NULL, *more;
	struct store_list *l;
	const char *name;
	uint64_t size;
	uint8_t hash[32];
	size_t n = 0;
	int r;

	if ((r = store_list_new(x->r->store, INDEX_DIR "/", &l)) != 0)
		return r;
	while ((r = store_list_next(l, &name, &size)) == 1) {
		if (object_name_hash(name, INDEX_DIR, hash) != 0)
			continue;	/* a stray, which verify reports */
		more = reallocarray(all, n + 1, sizeof(*all));
		if (more == NULL) {
			r = ERR_NOMEM;
			break;
		}
		all = more;
		memcpy(all[n].hash, hash, sizeof(hash));
		all[n++].size = size;
		if ((r = idset_put(&x->listed, hash, 0)) != 0)
			break;
	}
	store_list_free(l);
	if (r != 0) {
		free(all);
		return r;
	}
	*lp = all;
	*np = n;
	return 0;
}

static int
listed_cmp(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;

	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	return memcmp(x->hash, y->hash, sizeof(x->hash));
}

/* Load the run unless it is superseded.  A damaged one is counted. */
static int
index_load(struct index *x, const uint8_t hash[32])
{
	struct run *u;
	int r;

	if (idset_get(&x->superseded, hash, NULL))
		return 0;
	r = run_load(x->r, hash, &u);
	if (r == ERR_FORMAT || r == ERR_CORRUPT || r == ERR_VERSION ||
	    r == ERR_NOENT) {
		x->unread++;
		return 0;
	}
	return r != 0 ? r : index_keep(x, u);
}

/*
 * Largest first: a merged run is larger than each of those it supersedes,
 * which therefore need not be read.
 */
static int
index_load_all(struct index *x)
{
	struct listed *all;
	size_t n, i;
	int r;

	if ((r = index_list(x, &all, &n)) != 0)
		return r;
	if (n > 1)
		qsort(all, n, sizeof(*all), listed_cmp);
	for (i = 0; i < n && r == 0; i++)
		r = index_load(x, all[i].hash);
	free(all);
	if (r == 0)
		index_drop_superseded(x);
	return r;
}

int
index_open(struct repo *r, struct index **indexp)
{
	struct index *x;
	int e;

	if ((x = calloc(1, sizeof(*x))) == NULL)
		return ERR_NOMEM;
	x->r = r;
	idset_init(&x->listed);
	idset_init(&x->superseded);
	idset_init(&x->lost);
	if ((e = index_load_all(x)) != 0) {
		index_close(x);
		return e;
	}
	run_cache_trim(x);
	*indexp = x;
	return 0;
}

void
index_close(struct index *x)
{
	size_t i;

	if (x == NULL)
		return;
	for (i = 0; i < x->n; i++)
		run_free(x->runs[i]);
	free(x->runs);
	idset_clear(&x->listed);
	idset_clear(&x->superseded);
	idset_clear(&x->lost);
	free(x);
}

/* Tell whether the pack of record number at is known to be gone. */
static bool
record_lost(const struct index *x, const struct run *u, size_t at)
{
	struct run_record rec;
	uint32_t pack;

	if (x->lost.n == 0)
		return false;
	run_record_decode(run_at(u, RUN_RECORDS, at), &rec);
	pack = bytes_get32(run_at(u, RUN_FRAMES, rec.frame));
	return idset_get(&x->lost, run_at(u, RUN_PACKS, pack), NULL);
}

/* Find the shallowest instance of id in u, if one is above *depthp, and give
 * its depth. */
static bool
run_find(const struct index *x, const struct run *u, const uint8_t id[32],
    unsigned int *depthp, size_t *atp)
{
	const uint8_t *row;
	size_t at;

	for (at = run_search(u, id); at < u->n[RUN_RECORDS]; at++) {
		row = run_at(u, RUN_RECORDS, at);
		if (memcmp(row, id, 32) != 0 || row[32] >= *depthp)
			return false;
		if (record_lost(x, u, at))
			continue;
		*depthp = row[32];
		*atp = at;
		return true;
	}
	return false;
}

int
index_find(struct index *x, const uint8_t id[32], struct index_place *placep)
{
	const struct run *best = NULL;
	size_t i, at = 0;
	unsigned int depth = UINT8_MAX + 1;

	for (i = 0; i < x->n && depth > 0; i++)
		if (run_find(x, x->runs[i], id, &depth, &at))
			best = x->runs[i];
	if (best == NULL)
		return ERR_NOENT;
	run_place(best, at, placep);
	return 0;
}

int
index_lose_pack(struct index *x, const uint8_t pack[32])
{
	return idset_put(&x->lost, pack, 0);
}

uint64_t
index_count(const struct index *x, size_t *runsp)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < x->n; i++)
		n += x->runs[i]->n[RUN_RECORDS];
	*runsp = x->n;
	return n;
}

size_t
index_unread(const struct index *x)
{
	return x->unread;
}

/* Put one run and let x answer from it. */
static int
index_put_one(struct index *x, struct index_run *run, uint8_t hashp[32])
{
	uint8_t hash[32];
	struct run *u;
	int r;

	if ((r = run_put(x->r, run, hash)) != 0 ||
	    (r = idset_put(&x->listed, hash, 0)) != 0 ||
	    (r = run_new(run, hash, &u)) != 0)
		return r;
	run_cache_put(x->r, u);
	if ((r = index_keep(x, u)) != 0)
		return r;
	memcpy(hashp, hash, sizeof(hash));
	return 0;
}

/* Find INDEX_FANOUT runs of one tier; false if there are not so many. */
static bool
index_full_tier(const struct index *x, struct run *hits[INDEX_FANOUT])
{
	unsigned int tier, top = 0, t;
	size_t i, n;

	for (i = 0; i < x->n; i++) {
		t = run_tier(x->runs[i]->n[RUN_RECORDS]);
		top = t > top ? t : top;
	}
	for (tier = 0; tier <= top; tier++) {
		for (n = 0, i = 0; i < x->n && n < INDEX_FANOUT; i++)
			if (run_tier(x->runs[i]->n[RUN_RECORDS]) == tier &&
			    run_mergeable(x->runs[i]))
				hits[n++] = x->runs[i];
		if (n == INDEX_FANOUT)
			return true;
	}
	return false;
}

/* Merge as long as there is a tier to merge. */
static int
index_merge(struct index *x)
{
	struct run *hits[INDEX_FANOUT];
	struct index_run merged;
	uint8_t hash[32];
	int r = 0;

	while (r == 0 && index_full_tier(x, hits)) {
		index_run_init(&merged);
		if ((r = run_merge(x, hits, INDEX_FANOUT, &merged)) == 0 &&
		    (r = index_put_one(x, &merged, hash)) == 0)
			index_drop_superseded(x);
		index_run_clear(&merged);
	}
	return r;
}

int
index_run_put(struct index *x, struct index_run *run, uint8_t hashp[32])
{
	uint8_t hash[32];
	int r;

	if ((r = index_put_one(x, run, hash)) != 0 ||
	    (r = index_merge(x)) != 0)
		return r;
	memcpy(hashp, hash, sizeof(hash));
	return 0;
}

int
index_run_walk(struct index *x, const uint8_t hash[32],
    int (*fn)(const uint8_t id[32], void *arg), void *arg)
{
	struct run *u = NULL, *loaded = NULL;
	size_t i;
	int r = 0;

	for (i = 0; i < x->n; i++)
		if (memcmp(x->runs[i]->hash, hash, 32) == 0)
			u = x->runs[i];
	if (u == NULL) {
		if ((r = run_read(x->r, hash, &loaded)) != 0)
			return r;
		u = loaded;
	}
	for (i = 0; i < u->n[RUN_RECORDS] && r == 0; i++)
		r = fn(run_at(u, RUN_RECORDS, i), arg);
	run_free(loaded);
	return r;
}

int
index_run_check(struct repo *r, const uint8_t hash[32], uint64_t *recordsp)
{
	struct run *u;
	int e;

	if ((e = run_read(r, hash, &u)) != 0)
		return e;
	*recordsp = u->n[RUN_RECORDS];
	run_free(u);
	return 0;
}
