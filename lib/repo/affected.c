/* affected.c: which snapshots need something out of damaged packs. */
#include "repo/affected.h"

#include <string.h>

#include "base/log.h"
#include "base/spool.h"
#include "repo/idset.h"
#include "repo/index.h"
#include "repo/refs.h"

/* Tell whether key is among the sorted hashes. */
static bool
in_sorted(const struct spool *s, const uint8_t key[32])
{
	size_t n = spool_search(s, key, 32);

	return n < s->n && memcmp(spool_at(s, n), key, 32) == 0;
}

/*
 * One pass adds to lost what stands in the packs, and deltas of what is lost;
 * *morep if it found any.
 */
static int
lost_pass(struct index *x, const struct spool *packs, struct idset *lost,
    bool *morep)
{
	struct index_cursor *c = NULL;
	struct index_place at;
	uint8_t id[32];
	int r;

	if ((r = index_cursor_new(x, &c)) != 0)
		return r;
	while ((r = index_cursor_next(c, id, &at)) == 1) {
		if (idset_get(lost, id, NULL))
			continue;
		if (!in_sorted(packs, at.pack) && (at.depth == 0 ||
		    !idset_get(lost, at.base, NULL)))
			continue;
		*morep = true;
		if ((r = idset_put(lost, id, 1)) != 0)
			break;
	}
	index_cursor_free(c);
	return r < 0 ? r : 0;
}

/* How many of what sn needs is lost. */
static int
snapshot_count(struct repo *r, const struct snapshot *sn,
    const struct idset *lost, uint64_t *np)
{
	struct refs_set *set = NULL;
	int64_t count;
	size_t i;
	int res;

	*np = 0;
	if ((res = refs_set_load(r, sn->refs, &set)) != 0)
		return res;
	for (i = 0; i < refs_set_count(set); i++)
		*np += idset_get(lost, refs_set_id(set, i, &count), NULL);
	refs_set_free(set);
	return 0;
}

static int
snapshots_tell(struct repo *r, const struct idset *lost,
    int (*fn)(const struct snapshot *sn, uint64_t chunks, void *arg),
    void *arg)
{
	struct snapshot_list *l = NULL;
	struct snapshot *sn;
	uint64_t n;
	int res, e;

	if ((res = snapshot_list_new(r, &l)) != 0)
		return res;
	while (res == 0 && (e = snapshot_list_next(l, &sn)) != 0) {
		if (e < 0)
			continue;	/* verify has told of it */
		if (snapshot_count(r, sn, lost, &n) != 0)
			log_debug("snapshot %s/%s %llu: references cannot be"
			    " read", sn->host, sn->set,
			    (unsigned long long)sn->seq);
		else if (n > 0)
			res = fn(sn, n, arg);
		snapshot_free(sn);
	}
	snapshot_list_free(l);
	return res;
}

int
affected_find(struct repo *r, struct spool *packs,
    int (*fn)(const struct snapshot *sn, uint64_t chunks, void *arg),
    void *arg)
{
	struct index *x = NULL;
	struct idset lost;
	bool more = true;
	int res;

	idset_init(&lost);
	spool_sort(packs, 32);
	if ((res = index_open(r, &x)) != 0)
		goto out;
	/* A chain is 32 deltas long at most. */
	while (res == 0 && more) {
		more = false;
		res = lost_pass(x, packs, &lost, &more);
	}
	if (res == 0)
		res = snapshots_tell(r, &lost, fn, arg);
 out:
	index_close(x);
	idset_clear(&lost);
	return res;
}
