/* verify_snapshots.c: snapshots, their chains, their trees and references. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "hash/sha256.h"
#include "repo/count.h"
#include "repo/internal.h"
#include "repo/refs_impl.h"
#include "repo/snapshot.h"
#include "repo/verify_impl.h"
#include "store/store.h"

static const uint8_t none[32];

/* Where the walk over the snapshots of a source stands. */
struct chain {
	char	 source[33];
	uint64_t seq;		/* of the object before; 0: none */
	uint8_t	 hash[32];	/* of its stored bytes */
	bool	 hashed;	/* they could be read */
	struct snapshot *sn;	/* owns; the one before, if all of it is good */
};

/* Store a number so that memcmp orders it. */
static void
seq_store(uint64_t seq, uint8_t out[8])
{
	size_t i;

	for (i = 8; i-- > 0; seq >>= 8)
		out[i] = (uint8_t)seq;
}

/* Take down what sn says of its signer and of others. */
static int
signers_take(struct verify *v, const struct snapshot *sn)
{
	struct verify_place place;
	struct verify_head head;
	size_t i;
	int r;

	memcpy(place.signer, sn->signer, 32);
	seq_store(sn->signer_seq, place.seq);
	memcpy(place.hash, sn->hash, 32);
	memcpy(place.previous, sn->signer_previous, 32);
	if ((r = spool_add(&v->places, &place)) != 0)
		return r;
	for (i = 0; i < sn->nheads; i++) {
		memcpy(head.signer, sn->heads[i].signer, 32);
		seq_store(sn->heads[i].seq, head.seq);
		memcpy(head.hash, sn->heads[i].hash, 32);
		if ((r = spool_add(&v->heads, &head)) != 0)
			return r;
	}
	return 0;
}

/* Check that sn follows the object before it. */
static void
chain_check(struct verify *v, const struct chain *c, const char *name,
    const struct snapshot *sn)
{
	if (sn->seq == 1 || (c->seq == sn->seq - 1 && c->hashed)) {
		if (memcmp(sn->previous, sn->seq == 1 ? none : c->hash,
		    32) != 0)
			verify_alarm(v, name,
			    "snapshot: does not follow the one before it");
	}
}

/* Tell whether a chunk, and all that it builds on, is stored; the index has
 * lost the packs that are missing. */
static bool
chunk_stored(const struct verify *v, const uint8_t id[32])
{
	struct index_place at;
	uint8_t base[32];
	unsigned int depth = UINT8_MAX + 1;

	memcpy(at.base, id, sizeof(at.base));
	do {
		memcpy(base, at.base, sizeof(base));
		if (index_find(v->x, base, &at) != 0 || at.depth >= depth)
			return false;
		depth = at.depth;
	} while (depth > 0);
	return true;
}

/* Check that what is newly referred to is stored.  recs is merged. */
static void
stored_check(struct verify *v, const char *name, const struct spool *recs)
{
	const struct ref *all = (const void *)recs->p;
	size_t i, lost = 0;
	char text[160], hex[65] = "";

	for (i = 0; i < recs->n; i++) {
		if (all[i].change < 0 || chunk_stored(v, all[i].id))
			continue;
		if (lost++ == 0)
			hex_format(all[i].id, 32, hex);
	}
	if (lost > 0) {
		snprintf(text, sizeof(text),
		    "snapshot: %zu chunks are not stored, chunk %s first",
		    lost, hex);
		verify_alarm(v, name, text);
	}
}

/* Append the sums of a chain, times sign. */
static int
sums_add(struct verify *v, const uint8_t hash[32], int sign,
    struct spool *recs)
{
	struct refs_set *s = NULL;
	struct ref ref;
	size_t i, n;
	int r;

	if ((r = refs_set_load(v->r, hash, &s)) != 0)
		return r;
	n = refs_set_count(s);
	for (i = 0; i < n && r == 0; i++) {
		memcpy(ref.id, refs_set_id(s, i, &ref.change), 32);
		ref.change *= sign;
		r = spool_add(recs, &ref);
	}
	refs_set_free(s);
	return r;
}

/*
 * Take from the references counted in recs those that the refs objects tell:
 * nothing must be left.  Where sn's refs build on those of the snapshot
 * before, one object is all there is to read.
 */
static int
sums_subtract(struct verify *v, const struct snapshot *before,
    const struct snapshot *sn, struct spool *recs)
{
	const uint8_t *old = before == NULL ? none : before->refs;
	struct refs_head h;
	int r;

	if (memcmp(sn->refs, old, 32) == 0)
		return 0;
	if (memcmp(sn->refs, none, 32) != 0) {
		if ((r = refs_head_get(v->r, sn->refs, &h)) != 0)
			return r;
		if (memcmp(h.base, old, 32) == 0)
			return refs_object_get(v->r, sn->refs, -1, recs, &h);
	}
	if ((r = sums_add(v, sn->refs, -1, recs)) != 0)
		return r;
	return sums_add(v, old, 1, recs);
}

/* Mark the refs objects that sn uses. */
static int
refs_mark(struct verify *v, const struct snapshot *sn)
{
	struct refs_head h;
	uint8_t at[32];
	int r, links;

	memcpy(at, sn->refs, sizeof(at));
	for (links = 0; memcmp(at, none, sizeof(at)) != 0 &&
	    links <= REFS_CHAIN_MAX && !idset_get(&v->used_refs, at, NULL);
	    links++) {
		if ((r = idset_put(&v->used_refs, at, 0)) != 0 ||
		    (r = refs_head_get(v->r, at, &h)) != 0)
			return r;
		memcpy(at, h.base, sizeof(at));
	}
	return 0;
}

/* Walk what differs between two snapshots and check its references. */
static int
trees_check(struct verify *v, const char *name,
    const struct snapshot *before, const struct snapshot *sn, bool *goodp)
{
	struct refs_builder *b = NULL;
	struct spool *recs;
	int r;

	*goodp = false;
	if ((r = refs_builder_new(&b)) != 0)
		return r;
	if ((r = count_difference(v->rd, before, sn, b)) != 0) {
		r = verify_damage(v, r, name, "snapshot: trees");
		goto out;
	}
	recs = refs_builder_records(b);
	refs_merge(recs);
	stored_check(v, name, recs);
	if ((r = sums_subtract(v, before, sn, recs)) != 0) {
		r = verify_damage(v, r, name, "snapshot: references");
		goto out;
	}
	refs_merge(recs);
	if (recs->n != 0)
		verify_alarm(v, name,
		    "snapshot: references do not add up to its trees");
	*goodp = recs->n == 0;
 out:
	refs_builder_free(b);
	return r;
}

/* Check a snapshot that was decoded; it is taken. */
static int
snapshot_check(struct verify *v, struct chain *c, const char *name,
    struct snapshot *sn)
{
	bool good = true;
	int r;

	v->t.snapshots++;
	chain_check(v, c, name, sn);
	if ((r = signers_take(v, sn)) != 0)
		goto out;
	if ((r = refs_mark(v, sn)) != 0 &&
	    (r = verify_damage(v, r, name, "snapshot: references")) != 0)
		goto out;
	if (v->rd == NULL)
		verify_alarm(v, name, "snapshot: trees cannot be read");
	else
		r = trees_check(v, name, c->sn, sn, &good);
 out:
	snapshot_free(c->sn);
	c->sn = NULL;
	if (r == 0 && good)
		c->sn = sn;
	else
		snapshot_free(sn);
	return r;
}

/* Begin with another source. */
static void
chain_begin(struct chain *c, const char *source)
{
	snapshot_free(c->sn);
	memset(c, 0, sizeof(*c));
	memcpy(c->source, source, sizeof(c->source));
}

/* Check that no number is left out before seq. */
static void
gap_check(struct verify *v, const struct chain *c, uint64_t seq)
{
	char name[SNAPSHOT_NAME_MAX];

	if (seq == c->seq + 1)
		return;
	snapshot_name(c->source, c->seq + 1, name);
	verify_alarm(v, name, seq == c->seq + 2 ?
	    "snapshot is missing, and no record of its removal" :
	    "snapshot and others after it are missing, and no record of "
	    "their removal");
}

/* Check the snapshot called name. */
static int
snapshot_visit(struct verify *v, struct chain *c, const char *name,
    uint64_t size)
{
	struct snapshot *sn = NULL;
	struct buf *b = NULL;
	char source[33];
	uint64_t seq;
	int r;

	if (snapshot_name_parse(name, source, &seq) != 0)
		return 0;	/* noted already */
	if (strcmp(source, c->source) != 0)
		chain_begin(c, source);
	gap_check(v, c, seq);
	v->t.bytes += size;
	if ((r = buf_new(SNAPSHOT_OBJECT_MAX, &b)) != 0)
		return r;
	r = store_get_all(repo_store(v->r), name, SNAPSHOT_OBJECT_MAX, b);
	if (r == 0)
		r = snapshot_decode(v->r, name, buf_ptr(b), buf_len(b), &sn);
	if (r == 0)
		r = snapshot_check(v, c, name, sn);
	else {
		snapshot_free(c->sn);
		c->sn = NULL;
		r = verify_damage(v, r, name, "snapshot");
	}
	c->seq = seq;
	/* A damaged one's hash is not what its follower has seen. */
	c->hashed = sn != NULL;
	if (r == 0 && sn != NULL)
		r = sha256_of(buf_ptr(b), buf_len(b), c->hash);
	buf_free(b);
	return r;
}

/* The object of a place, as people see it. */
static void
place_name(const struct verify_place *p, char *text, size_t len)
{
	char hex[65];

	hex_format(p->hash, 32, hex);
	snprintf(text, len, "snapshot %.12s", hex);
}

/* The number that seq_store stored. */
static uint64_t
seq_load(const uint8_t in[8])
{
	uint64_t seq = 0;
	size_t i;

	for (i = 0; i < 8; i++)
		seq = seq << 8 | in[i];
	return seq;
}

/* Check that each signer's snapshots follow each other. */
static void
places_check(struct verify *v)
{
	const struct verify_place *p, *before = NULL;
	uint64_t seq;
	char name[32];
	size_t i;

	spool_sort(&v->places, 40);
	for (i = 0; i < v->places.n; i++, before = p) {
		p = spool_at(&v->places, i);
		if (before != NULL &&
		    memcmp(before->signer, p->signer, 32) != 0)
			before = NULL;
		seq = before == NULL ? 0 : seq_load(before->seq);
		place_name(p, name, sizeof(name));
		if (seq_load(p->seq) != seq + 1)
			verify_alarm(v, name, "snapshot: its signer's one "
			    "before it is missing, or there are two");
		else if (memcmp(p->previous, before == NULL ? none :
		    before->hash, 32) != 0)
			verify_alarm(v, name, "snapshot: does not follow "
			    "its signer's one before it");
	}
}

/* Check that what was seen of other signers is still there. */
static void
heads_check(struct verify *v)
{
	const struct verify_head *h;
	const struct verify_place *p;
	char hex[65], name[32];
	size_t i, n;

	for (i = 0; i < v->heads.n; i++) {
		h = spool_at(&v->heads, i);
		n = spool_search(&v->places, h, 40);
		p = n == v->places.n ? NULL : spool_at(&v->places, n);
		if (p != NULL && memcmp(p, h, 40) == 0 &&
		    memcmp(p->hash, h->hash, 32) == 0)
			continue;
		hex_format(h->hash, 32, hex);
		snprintf(name, sizeof(name), "snapshot %.12s", hex);
		verify_alarm(v, name,
		    "snapshot is missing: another server has seen it");
	}
}

int
verify_snapshots(struct verify *v)
{
	struct store_list *l = NULL;
	struct chain c;
	const char *name;
	uint64_t size;
	int r;

	memset(&c, 0, sizeof(c));
	if ((r = store_list_new(repo_store(v->r), "snapshots/", &l)) != 0)
		return r;
	while ((r = store_list_next(l, &name, &size)) == 1)
		if ((r = snapshot_visit(v, &c, name, size)) != 0)
			break;
	store_list_free(l);
	snapshot_free(c.sn);
	if (r != 0)
		return r;
	places_check(v);
	heads_check(v);
	return 0;
}
