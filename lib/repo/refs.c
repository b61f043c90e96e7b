/* refs.c: which chunks snapshots need, collected and as sets. */
#include "repo/refs.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "base/log.h"
#include "repo/internal.h"
#include "repo/refs_impl.h"

#define BLOCK_MAX (64u << 10)	/* plaintext of a box of records */
#define BLOCK_RECORDS ((BLOCK_MAX - 16) / 36)

struct refs_builder {
	struct spool recs;	/* struct ref */
};

struct refs_set {
	struct spool recs;	/* struct ref, merged */
};

int
refs_builder_new(struct refs_builder **bp)
{
	struct refs_builder *b;

	if ((b = calloc(1, sizeof(*b))) == NULL)
		return ERR_NOMEM;
	spool_init(&b->recs, sizeof(struct ref));
	*bp = b;
	return 0;
}

void
refs_builder_free(struct refs_builder *b)
{
	if (b == NULL)
		return;
	spool_clear(&b->recs);
	free(b);
}

int
refs_builder_add(struct refs_builder *b, const uint8_t id[32],
    int32_t change)
{
	struct ref ref;

	memcpy(ref.id, id, sizeof(ref.id));
	ref.change = change;
	return spool_add(&b->recs, &ref);
}

struct spool *
refs_builder_records(struct refs_builder *b)
{
	return &b->recs;
}

void
refs_merge(struct spool *recs)
{
	struct ref *all = (void *)recs->p;
	size_t i, j, out = 0;

	spool_sort(recs, sizeof(all->id));
	for (i = 0; i < recs->n; i = j) {
		struct ref sum = all[i];

		for (j = i + 1; j < recs->n &&
		    memcmp(all[j].id, sum.id, sizeof(sum.id)) == 0; j++)
			sum.change += all[j].change;
		if (sum.change != 0)
			all[out++] = sum;
	}
	recs->n = out;
}

/* Append len bytes to the bytes of out. */
static int
out_put(struct spool *out, const void *data, size_t len)
{
	size_t at = out->n;
	int r;

	if ((r = spool_fill(out, at + len)) == 0)
		memcpy(spool_at(out, at), data, len);
	return r;
}

/* Seal plain as a box with its length before it. */
static int
out_box(struct repo *r, uint8_t number, const struct buf *plain,
    struct spool *out)
{
	struct buf *b = NULL;
	int res;

	if ((res = buf_new(buf_len(plain) + BOX_OVERHEAD + 4, &b)) != 0 ||
	    (res = buf_put_u32(b, (uint32_t)(buf_len(plain) +
	    BOX_OVERHEAD))) != 0 ||
	    (res = box_seal(r, spool_at(out, 0), number, plain, b)) != 0)
		goto out;
	res = out_put(out, buf_ptr(b), buf_len(b));
 out:
	buf_free(b);
	return res;
}

/* How many records a change takes: it must fit 32 bits. */
static uint64_t
ref_pieces(int64_t change)
{
	uint64_t size = change < 0 ? 0 - (uint64_t)change : (uint64_t)change;

	return (size + INT32_MAX - 1) / INT32_MAX;
}

/* Append the next record of *ref and take its change off. */
static int
ref_encode(struct ref *ref, struct buf *b)
{
	int64_t piece = ref->change;
	int r;

	if (piece > INT32_MAX)
		piece = INT32_MAX;
	if (piece < -INT32_MAX)
		piece = -INT32_MAX;
	ref->change -= piece;
	if ((r = buf_put(b, ref->id, sizeof(ref->id))) != 0)
		return r;
	return buf_put_u32(b, (uint32_t)(int32_t)piece);
}

/* Append the boxes of total records. */
static int
refs_blocks(struct repo *r, const struct spool *recs, uint64_t total,
    struct spool *out)
{
	struct buf *b = NULL;
	const struct ref *next = (const void *)recs->p;
	struct ref ref = { .change = 0 };
	uint32_t number;
	uint64_t n, i;
	int res;

	if ((res = buf_new(BLOCK_MAX, &b)) != 0)
		return res;
	for (number = 0; total > 0 && res == 0; number++, total -= n) {
		n = total < BLOCK_RECORDS ? total : BLOCK_RECORDS;
		buf_reset(b);
		if ((res = buf_put_u32(b, number)) == 0)
			res = buf_put_varint(b, n);
		for (i = 0; i < n && res == 0; i++) {
			if (ref.change == 0)
				ref = *next++;
			res = ref_encode(&ref, b);
		}
		if (res == 0)
			res = out_box(r, 1, b, out);
	}
	buf_free(b);
	return res;
}

/* Build and put the object of merged records. */
static int
refs_put(struct repo *r, const struct refs_head *h, const struct spool *recs,
    uint8_t hashp[32])
{
	const struct ref *all = (const void *)recs->p;
	struct spool out;
	struct buf *b = NULL;
	uint8_t head[OBJECT_HEAD_LEN];
	uint64_t total = 0;
	size_t i;
	int res;

	spool_init(&out, 1);
	for (i = 0; i < recs->n; i++)
		total += ref_pieces(all[i].change);
	object_head(r, OBJECT_REFS, head);
	if ((res = buf_new(BLOCK_MAX, &b)) != 0 ||
	    (res = out_put(&out, head, sizeof(head))) != 0 ||
	    (res = buf_put(b, h->base, sizeof(h->base))) != 0 ||
	    (res = buf_put_varint(b, h->chain)) != 0 ||
	    (res = buf_put_u64(b, total)) != 0 ||
	    (res = out_box(r, 0, b, &out)) != 0 ||
	    (res = refs_blocks(r, recs, total, &out)) != 0)
		goto out;
	res = object_put(r, "refs", out.p, out.n, hashp);
 out:
	buf_free(b);
	spool_clear(&out);
	return res;
}

int
refs_builder_put(struct refs_builder *b, struct repo *r,
    const uint8_t base[32], const struct refs_set *old, uint8_t hashp[32])
{
	static const uint8_t none[32];
	struct refs_head h, below;
	int res;

	memset(&h, 0, sizeof(h));
	refs_merge(&b->recs);
	if (b->recs.n == 0) {
		memcpy(hashp, base, 32);
		return 0;
	}
	if (memcmp(base, none, sizeof(none)) != 0) {
		if ((res = refs_head_get(r, base, &below)) != 0)
			return res;
		memcpy(h.base, base, sizeof(h.base));
		h.chain = below.chain + 1;
	}
	if (h.chain > REFS_CHAIN_MAX) {
		memset(&h, 0, sizeof(h));
		if ((res = spool_append(&b->recs, old->recs.p,
		    old->recs.n)) != 0)
			return res;
		refs_merge(&b->recs);
		if (b->recs.n == 0) {
			memset(hashp, 0, 32);
			return 0;
		}
	}
	return refs_put(r, &h, &b->recs, hashp);
}

int
refs_builder_set(struct refs_builder *b, struct refs_set **sp)
{
	struct refs_set *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return ERR_NOMEM;
	refs_merge(&b->recs);
	s->recs = b->recs;
	spool_init(&b->recs, sizeof(struct ref));
	*sp = s;
	return 0;
}

/* Append the records of a chain, which must get shorter by one each time. */
static int
refs_chain(struct repo *r, const uint8_t hash[32], struct spool *recs)
{
	static const uint8_t none[32];
	struct refs_head h;
	uint8_t at[32];
	uint64_t expect = 0;
	bool first = true;
	int res;

	for (memcpy(at, hash, 32); memcmp(at, none, 32) != 0;
	    memcpy(at, h.base, 32), first = false) {
		if ((res = refs_object_get(r, at, 1, recs, &h)) != 0)
			return res;
		if (!first && h.chain != expect)
			return ERR_FORMAT;
		expect = h.chain - 1;
	}
	return 0;
}

int
refs_set_load(struct repo *r, const uint8_t hash[32], struct refs_set **sp)
{
	const struct ref *ref;
	struct refs_set *s;
	size_t i;
	char hex[65];
	int res;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return ERR_NOMEM;
	spool_init(&s->recs, sizeof(struct ref));
	if ((res = refs_chain(r, hash, &s->recs)) != 0)
		goto out;
	refs_merge(&s->recs);
	for (i = 0; i < s->recs.n; i++)
		if ((ref = spool_at(&s->recs, i))->change < 0) {
			res = ERR_FORMAT;
			hex_format(hash, 32, hex);
			log_err(res, "refs %s: add up", hex);
			goto out;
		}
	*sp = s;
	s = NULL;
 out:
	refs_set_free(s);
	return res;
}

void
refs_set_free(struct refs_set *s)
{
	if (s == NULL)
		return;
	spool_clear(&s->recs);
	free(s);
}

bool
refs_set_has(const struct refs_set *s, const uint8_t id[32])
{
	size_t i = spool_search(&s->recs, id, 32);

	return i < s->recs.n && memcmp(spool_at(&s->recs, i), id, 32) == 0;
}

size_t
refs_set_count(const struct refs_set *s)
{
	return s->recs.n;
}

const uint8_t *
refs_set_id(const struct refs_set *s, size_t i, int64_t *countp)
{
	const struct ref *ref = spool_at(&s->recs, i);

	*countp = ref->change;
	return ref->id;
}
