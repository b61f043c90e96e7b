/* mirror_publish.c: only snapshots whose objects are all there are put. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "repo/index.h"
#include "repo/mirror_impl.h"
#include "repo/refs.h"
#include "repo/snapshot.h"
#include "store/store.h"

/* A new snapshot that is to be put; the first two sort those of a signer. */
struct fresh {
	uint8_t	 signer[32];
	uint8_t	 seq[8];		/* of the signer; big-endian */
	uint8_t	 ended[8];
	struct mirror_item item;
};

/* The same in the order in which all are put. */
struct turn {
	uint8_t	 when[8], seq[8];
	struct mirror_item item;
};

/* Take from the index what stands in packs that the copy has not. */
static int
index_lose(struct mirror *m, struct index *x, bool *anyp)
{
	struct index_cursor *c = NULL;
	struct index_place at;
	struct idset lost;
	uint8_t id[32];
	size_t n;
	int r;

	idset_init(&lost);
	spool_sort(&m->packs, 32);
	if ((r = index_cursor_new(x, &c)) != 0)
		goto out;
	while ((r = index_cursor_next(c, id, &at)) == 1) {
		n = spool_search(&m->packs, at.pack, 32);
		if ((n < m->packs.n && memcmp(spool_at(&m->packs, n),
		    at.pack, 32) == 0) || idset_get(&lost, at.pack, NULL))
			continue;
		*anyp = true;
		if ((r = idset_put(&lost, at.pack, 0)) != 0 ||
		    (r = index_lose_pack(x, at.pack)) != 0)
			break;
	}
 out:
	index_cursor_free(c);
	idset_clear(&lost);
	return r < 0 ? r : 0;
}

/* Tell whether a chunk, and all that it builds on, is in the copy. */
static bool
chunk_there(struct index *x, const uint8_t id[32])
{
	struct index_place at;
	uint8_t base[32];
	unsigned int depth = UINT8_MAX + 1;

	memcpy(at.base, id, sizeof(at.base));
	do {
		memcpy(base, at.base, sizeof(base));
		if (index_find(x, base, &at) != 0 || at.depth >= depth)
			return false;
		depth = at.depth;
	} while (depth > 0);
	return true;
}

/* How many of the chunks that it needs the copy has not. */
static int
chunks_lack(struct repo *repo, struct index *x, const struct snapshot *sn,
    uint64_t *np)
{
	struct refs_set *set = NULL;
	int64_t count;
	size_t i;
	int r;

	*np = 0;
	if ((r = refs_set_load(repo, sn->refs, &set)) != 0)
		return r;
	for (i = 0; i < refs_set_count(set); i++)
		*np += !chunk_there(x, refs_set_id(set, i, &count));
	refs_set_free(set);
	return 0;
}

static void
number_store(uint64_t v, uint8_t out[8])
{
	size_t i;

	for (i = 8; i-- > 0; v >>= 8)
		out[i] = (uint8_t)v;
}

static void
fresh_fill(const struct snapshot *sn, struct fresh *f)
{
	memcpy(f->signer, sn->signer, sizeof(f->signer));
	number_store(sn->signer_seq, f->seq);
	number_store(sn->ended > 0 ? (uint64_t)sn->ended : 0, f->ended);
}

/* Is it to be put? */
static int
judge(struct mirror *m, struct index *x, bool doubt, struct fresh *f,
    bool *putp)
{
	const struct mirror_item *item = &f->item;
	struct snapshot *sn = NULL;
	const uint8_t *p;
	uint64_t lack = 0;
	size_t len;
	int r;

	*putp = true;
	/* What is wrong with the object itself, mirror_put tells. */
	if (stored_read(m->p->from, item->name, item->size, &m->by,
	    m->bytes) != 0)
		return 0;
	p = stored_data(m->bytes, &len);
	if (snapshot_decode(m->p->repo, item->name, p, len, &sn) != 0)
		return 0;
	fresh_fill(sn, f);
	r = doubt ? chunks_lack(m->p->repo, x, sn, &lack) : 0;
	snapshot_free(sn);
	if (r == ERR_NOMEM || r == ERR_NOSPACE)
		return r;
	*putp = r == 0 && lack == 0;
	if (r != 0)
		mirror_tell(m, MIRROR_HELD, item->name, "held back: what it"
		    " needs cannot be told: references: %s", err_text(r));
	else if (lack > 0)
		mirror_tell(m, MIRROR_HELD, item->name, "held back: %" PRIu64
		    " of its chunks are in objects that the copy has not",
		    lack);
	return 0;
}

/*
 * Those of one signer come in the order in which it made them, and of several
 * signers in that of their time: a snapshot names earlier ones of its signer,
 * and of others that it has seen.
 */
static int
put_sorted(struct mirror *m, struct spool *all)
{
	const struct fresh *f, *before = NULL;
	struct spool turns;
	struct turn t;
	size_t i;
	int r = 0;

	spool_init(&turns, sizeof(t));
	spool_sort(all, sizeof(f->signer) + sizeof(f->seq));
	for (i = 0; i < all->n && r == 0; i++) {
		f = spool_at(all, i);
		/* Its clock may have been set back in between. */
		if (before == NULL || memcmp(before->signer, f->signer,
		    sizeof(f->signer)) != 0 || memcmp(t.when, f->ended,
		    sizeof(t.when)) < 0)
			memcpy(t.when, f->ended, sizeof(t.when));
		memcpy(t.seq, f->seq, sizeof(t.seq));
		t.item = f->item;
		r = spool_add(&turns, &t);
		before = f;
	}
	spool_sort(&turns, sizeof(t.when) + sizeof(t.seq));
	for (i = 0; i < turns.n && r == 0; i++)
		r = mirror_put(m, STORED_SNAPSHOT,
		    &((const struct turn *)spool_at(&turns, i))->item);
	spool_clear(&turns);
	return r;
}

static int
publish_known(struct mirror *m)
{
	const struct spool *new = &m->lacks[STORED_SNAPSHOT];
	struct index *x = NULL;
	bool doubt = false, put;
	struct spool ready;
	struct fresh f;
	size_t i;
	int r;

	spool_init(&ready, sizeof(f));
	if ((r = index_open(m->p->repo, &x)) != 0 ||
	    (r = index_lose(m, x, &doubt)) != 0)
		goto out;
	doubt = doubt || index_unread(x) > 0 || m->lost[STORED_REFS];
	for (i = 0; i < new->n && r == 0; i++) {
		memset(&f, 0, sizeof(f));
		f.item = *(const struct mirror_item *)spool_at(new, i);
		if ((r = judge(m, x, doubt, &f, &put)) == 0 && put)
			r = spool_add(&ready, &f);
	}
	if (r == 0)
		r = put_sorted(m, &ready);
 out:
	spool_clear(&ready);
	index_close(x);
	return r;
}

/* Without a key their order cannot be told. */
static int
publish_unknown(struct mirror *m)
{
	const struct spool *new = &m->lacks[STORED_SNAPSHOT];
	size_t i;
	int r = 0;

	for (i = 0; i < new->n && r == 0; i++)
		r = mirror_put(m, STORED_SNAPSHOT, spool_at(new, i));
	return r;
}

static void
hold_all(struct mirror *m, const char *why)
{
	const struct spool *new = &m->lacks[STORED_SNAPSHOT];
	const struct mirror_item *item;
	size_t i;

	for (i = 0; i < new->n; i++) {
		item = spool_at(new, i);
		mirror_tell(m, MIRROR_HELD, item->name, "held back: %s", why);
	}
}

int
mirror_publish(struct mirror *m)
{
	if (m->lacks[STORED_SNAPSHOT].n == 0)
		return 0;
	if (m->lost[STORED_KEY] || m->lost[STORED_INDEX]) {
		hold_all(m, "a key or a part of the index is not good in the"
		    " copy");
		return 0;
	}
	if (m->p->repo != NULL)
		return publish_known(m);
	if (m->lost[STORED_PACK] || m->lost[STORED_REFS]) {
		hold_all(m, "objects are missing in the copy, and without a"
		    " key it cannot be told who needs them");
		return 0;
	}
	return publish_unknown(m);
}
