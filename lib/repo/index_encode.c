/* index_encode.c: write a run as an index object. */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "repo/core.h"
#include "repo/index_impl.h"
#include "repo/internal.h"
#include "repo/index_format.h"

struct encoder {
	struct repo *r;
	const struct index_run *run;
	uint8_t	 head[OBJECT_HEAD_LEN];
	struct buf *body;		/* records of a block */
	struct buf *plain;		/* a block, or the head box */
	struct spool object;		/* bytes */
};

/* Append a record as it stands in a block. */
static int
encode_record(const struct index_run *run, const uint8_t *row, struct buf *b)
{
	struct run_record rec;
	int r;

	run_record_decode(row, &rec);
	if ((r = buf_put(b, rec.id, sizeof(rec.id))) != 0 ||
	    (r = buf_put_varint(b, rec.frame)) != 0 ||
	    (r = buf_put_varint(b, rec.offset)) != 0 ||
	    (r = buf_put_varint(b, rec.len)) != 0 ||
	    (r = buf_put_u8(b, rec.depth)) != 0)
		return r;
	if (rec.depth == 0)
		return 0;
	return buf_put(b, spool_at(&run->t[RUN_BASES], rec.base), 32);
}

/* Make c->plain the block of that number, from record *ip on. */
static int
encode_block(struct encoder *c, uint32_t number, size_t *ip)
{
	const struct spool *records = &c->run->t[RUN_RECORDS];
	size_t n = 0;
	int r;

	buf_reset(c->body);
	buf_reset(c->plain);
	while (*ip < records->n && buf_len(c->body) + INDEX_RECORD_MAX +
	    INDEX_BLOCK_HEAD_MAX <= INDEX_BLOCK_MAX) {
		if ((r = encode_record(c->run, spool_at(records, (*ip)++),
		    c->body)) != 0)
			return r;
		n++;
	}
	if ((r = buf_put_u32(c->plain, number)) != 0 ||
	    (r = buf_put_varint(c->plain, n)) != 0)
		return r;
	return buf_put(c->plain, buf_ptr(c->body), buf_len(c->body));
}

/* Append the list of blocks; give the bytes of all. */
static int
encode_blocks_list(struct encoder *c, struct buf *b, size_t *totalp)
{
	const struct spool *records = &c->run->t[RUN_RECORDS];
	struct buf *list = NULL;
	size_t i = 0, first, total = 0, len;
	uint32_t n;
	int r;

	if ((r = buf_new(INDEX_HEAD_MAX, &list)) != 0)
		return r;
	for (n = 0; i < records->n; n++) {
		first = i;
		if ((r = encode_block(c, n, &i)) != 0)
			goto out;
		len = buf_len(c->plain) + BOX_OVERHEAD;
		if ((r = buf_put(list, spool_at(records, first), 8)) != 0 ||
		    (r = buf_put_varint(list, len)) != 0)
			goto out;
		total += len;
	}
	if ((r = buf_put_varint(b, n)) == 0)
		r = buf_put(b, buf_ptr(list), buf_len(list));
	*totalp = total;
 out:
	buf_free(list);
	return r;
}

/* Append a table of hashes. */
static int
encode_hashes(const struct spool *g, struct buf *b)
{
	int r;

	if ((r = buf_put_varint(b, g->n)) != 0 || g->n == 0)
		return r;
	return buf_put(b, g->p, g->n * g->rec);
}

static int
encode_frame(const uint8_t *row, struct buf *b)
{
	unsigned int i;
	int r;

	for (i = 0; i < 4; i++)
		if ((r = buf_put_varint(b, bytes_get32(row + 4 * i))) != 0)
			return r;
	return buf_put(b, row + 16, 2);
}

/* Append the plaintext of the head box; give the bytes of all blocks. */
static int
encode_head(struct encoder *c, struct buf *b, size_t *blocksp)
{
	const struct spool *t = c->run->t;
	size_t i;
	int r;

	if ((r = encode_hashes(&t[RUN_SUPERSEDES], b)) != 0 ||
	    (r = encode_hashes(&t[RUN_PACKS], b)) != 0 ||
	    (r = buf_put_varint(b, t[RUN_FRAMES].n)) != 0)
		return r;
	for (i = 0; i < t[RUN_FRAMES].n; i++)
		if ((r = encode_frame(spool_at(&t[RUN_FRAMES], i), b)) != 0)
			return r;
	if ((r = buf_put_u64(b, t[RUN_RECORDS].n)) != 0)
		return r;
	return encode_blocks_list(c, b, blocksp);
}

/* Write head and head box; give where the blocks begin. */
static int
encode_front(struct encoder *c, size_t *atp)
{
	struct box box = { repo_keys(c->r)->meta, c->head, 0 };
	struct buf *b;
	size_t blocks = 0, len;
	int r;

	if ((r = buf_new(INDEX_HEAD_MAX, &b)) != 0)
		return r;
	if ((r = encode_head(c, b, &blocks)) != 0)
		goto out;
	len = buf_len(b) + BOX_OVERHEAD;
	*atp = INDEX_FRONT_LEN + len;
	if ((r = spool_fill(&c->object, *atp + blocks)) != 0)
		goto out;
	memcpy(c->object.p, c->head, sizeof(c->head));
	bytes_put32(c->object.p + OBJECT_HEAD_LEN, (uint32_t)len);
	box_seal_with(&box, buf_ptr(b), buf_len(b),
	    c->object.p + INDEX_FRONT_LEN);
 out:
	buf_free(b);
	return r;
}

/* Make the object: its front, which says how long blocks are, then these. */
static int
encode_object(struct encoder *c)
{
	struct box box = { repo_keys(c->r)->meta, c->head, 1 };
	size_t i = 0, at;
	uint32_t n;
	int r;

	if ((r = encode_front(c, &at)) != 0)
		return r;
	for (n = 0; i < c->run->t[RUN_RECORDS].n; n++) {
		if ((r = encode_block(c, n, &i)) != 0)
			return r;
		box_seal_with(&box, buf_ptr(c->plain), buf_len(c->plain),
		    c->object.p + at);
		at += buf_len(c->plain) + BOX_OVERHEAD;
	}
	return 0;
}

int
run_put(struct repo *r, struct index_run *run, uint8_t hashp[32])
{
	struct encoder c = { .r = r, .run = run };
	int e;

	spool_init(&c.object, 1);
	object_head(r, OBJECT_INDEX, c.head);
	spool_sort(&run->t[RUN_RECORDS], RUN_KEY_LEN);
	if ((e = buf_new(INDEX_BLOCK_MAX, &c.body)) == 0 &&
	    (e = buf_new(INDEX_BLOCK_MAX, &c.plain)) == 0 &&
	    (e = encode_object(&c)) == 0)
		e = object_put(r, INDEX_DIR, c.object.p, c.object.n, hashp);
	buf_free(c.body);
	buf_free(c.plain);
	spool_clear(&c.object);
	return e;
}
