/* index_decode.c: read and check an index object. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "codec/compress.h"
#include "hash/sha256.h"
#include "repo/core.h"
#include "repo/index_format.h"
#include "repo/index_impl.h"
#include "repo/pack_format.h"
#include "store/store.h"

struct decoder {
	struct repo *r;
	char	 name[OBJECT_NAME_MAX];
	uint64_t size, at;		/* of the object; read so far */
	uint8_t	 head[OBJECT_HEAD_LEN];
	struct sha256 *sum;		/* of what was read so far */
	struct buf *stored;		/* what was read last */
	struct index_run run;
	uint64_t nrecords;
	struct buf *blocks;		/* their list, borrows from front */
	struct spool front;		/* plaintext of the head box */
	uint64_t nblocks;
};

/* Read the next len bytes to d->stored. */
static int
decode_read(struct decoder *d, size_t len)
{
	int r;

	if (len > d->size - d->at)
		return ERR_FORMAT;
	buf_reset(d->stored);
	r = store_get(repo_store(d->r), d->name, d->at, len, d->stored);
	if (r != 0)
		return r;
	sha256_update(d->sum, buf_ptr(d->stored), len);
	d->at += len;
	return 0;
}

/* Consume the number of items of at least min bytes each. */
static int
decode_count(struct buf *b, size_t min, size_t *np)
{
	uint64_t n;
	int r;

	if ((r = buf_get_varint(b, &n)) != 0)
		return r;
	if (n > UINT32_MAX || n > buf_len(b) / min)
		return ERR_FORMAT;
	*np = (size_t)n;
	return 0;
}

/* Consume a table of hashes. */
static int
decode_hashes(struct buf *b, struct spool *g)
{
	size_t n;
	int r;

	if ((r = decode_count(b, g->rec, &n)) != 0 || n == 0 ||
	    (r = spool_fill(g, n)) != 0)
		return r;
	return buf_get(b, g->p, n * g->rec);
}

/* Consume a frame. */
static int
decode_frame(struct buf *b, struct index_run *run)
{
	uint32_t pack, offset, stored, raw;
	uint8_t row[RUN_FRAME_LEN];
	int r;

	if ((r = buf_get_varint32(b, UINT32_MAX, &pack)) != 0 ||
	    (r = buf_get_varint32(b, UINT32_MAX, &offset)) != 0 ||
	    (r = buf_get_varint32(b, UINT32_MAX, &stored)) != 0 ||
	    (r = buf_get_varint32(b, FRAME_RAW_MAX, &raw)) != 0 ||
	    (r = buf_get(b, row + 16, 2)) != 0)
		return r;
	if (pack >= run->t[RUN_PACKS].n || stored < FRAME_OVERHEAD ||
	    stored > UINT32_MAX - offset || row[16] > FRAME_ZSTD_PREFIX ||
	    row[17] > FRAME_META)
		return ERR_FORMAT;
	bytes_put32(row, pack);
	bytes_put32(row + 4, offset);
	bytes_put32(row + 8, stored);
	bytes_put32(row + 12, raw);
	return spool_add(&run->t[RUN_FRAMES], row);
}

/* Consume the head box but the list of blocks. */
static int
decode_head(struct decoder *d, struct buf *b)
{
	size_t n;
	int r;

	if ((r = decode_hashes(b, &d->run.t[RUN_SUPERSEDES])) != 0 ||
	    (r = decode_hashes(b, &d->run.t[RUN_PACKS])) != 0 ||
	    (r = decode_count(b, INDEX_FRAME_MIN, &n)) != 0)
		return r;
	while (n-- > 0)
		if ((r = decode_frame(b, &d->run)) != 0)
			return r;
	if ((r = buf_get_u64(b, &d->nrecords)) != 0 ||
	    (r = decode_count(b, INDEX_LISTED_MIN, &n)) != 0)
		return r;
	d->nblocks = n;
	return 0;
}

/* Read head and head box. */
static int
decode_front(struct decoder *d)
{
	struct box box = { repo_keys(d->r)->meta, d->head, 0 };
	uint32_t len;
	int r;

	if ((r = decode_read(d, INDEX_FRONT_LEN)) != 0)
		return r;
	r = object_check(d->r, OBJECT_INDEX, buf_ptr(d->stored),
	    buf_len(d->stored));
	if (r != 0)
		return r;
	len = bytes_get32(buf_ptr(d->stored) + OBJECT_HEAD_LEN);
	if (len <= BOX_OVERHEAD || len > INDEX_HEAD_MAX)
		return ERR_FORMAT;
	if ((r = decode_read(d, len)) != 0 ||
	    (r = spool_fill(&d->front, len - BOX_OVERHEAD)) != 0 ||
	    (r = box_open_with(&box, buf_ptr(d->stored), len,
	    d->front.p)) != 0 ||
	    (r = buf_borrow(d->front.p, d->front.n, &d->blocks)) != 0)
		return r;
	return decode_head(d, d->blocks);
}

/* Consume what follows the number of the frame in a record. */
static int
decode_chunk(struct buf *b, const struct frame_info *f,
    struct pack_chunk *c)
{
	int r;

	if ((r = buf_get_varint32(b, f->raw_len, &c->offset)) != 0 ||
	    (r = buf_get_varint32(b, f->raw_len - c->offset,
	    &c->len)) != 0 ||
	    (r = buf_get_u8(b, &c->depth)) != 0 ||
	    (c->depth > 0 &&
	    (r = buf_get(b, c->base, sizeof(c->base))) != 0))
		return r;
	return pack_chunk_check(f, c);
}

/* Consume a record, which must not come before the last one. */
static int
decode_record(struct buf *b, struct index_run *run)
{
	struct spool *records = &run->t[RUN_RECORDS];
	const uint8_t *frame;
	uint8_t row[RUN_RECORD_LEN];
	struct frame_info info;
	struct pack_chunk c;
	uint32_t number;
	int r;

	if ((r = buf_get(b, c.id, sizeof(c.id))) != 0 ||
	    (r = buf_get_varint32(b, UINT32_MAX, &number)) != 0)
		return r;
	if (number >= run->t[RUN_FRAMES].n)
		return ERR_FORMAT;
	frame = spool_at(&run->t[RUN_FRAMES], number);
	info.stored_len = bytes_get32(frame + 8);
	info.raw_len = bytes_get32(frame + 12);
	info.kind = frame[16];
	info.class = frame[17];
	if ((r = decode_chunk(b, &info, &c)) != 0 ||
	    (r = run_record_make(run, number, &c, row)) != 0)
		return r;
	if (records->n > 0 && memcmp(spool_at(records, records->n - 1), row,
	    RUN_KEY_LEN) > 0)
		return ERR_FORMAT;
	return spool_add(records, row);
}

/* Consume the plaintext of the block of that number. */
static int
decode_block(struct decoder *d, struct buf *b, uint32_t number,
    const uint8_t first[8])
{
	const struct spool *records = &d->run.t[RUN_RECORDS];
	size_t before = records->n, n;
	uint32_t real;
	int r;

	if ((r = buf_get_u32(b, &real)) != 0 ||
	    (r = decode_count(b, INDEX_RECORD_MIN, &n)) != 0)
		return r;
	if (real != number || n == 0)
		return ERR_FORMAT;
	while (n-- > 0)
		if ((r = decode_record(b, &d->run)) != 0)
			return r;
	if (memcmp(spool_at(records, before), first, 8) != 0)
		return ERR_FORMAT;
	return buf_end(b);
}

/* Read all blocks. */
static int
decode_blocks(struct decoder *d)
{
	struct buf *plain;
	uint8_t first[8];
	uint32_t len, i;
	int r;

	if ((r = buf_new(INDEX_BLOCK_MAX, &plain)) != 0)
		return r;
	for (i = 0; i < d->nblocks; i++) {
		buf_reset(plain);
		if ((r = buf_get(d->blocks, first, sizeof(first))) != 0 ||
		    (r = buf_get_varint32(d->blocks,
		    INDEX_BLOCK_MAX + BOX_OVERHEAD, &len)) != 0 ||
		    (r = decode_read(d, len)) != 0 ||
		    (r = box_open(d->r, d->head, 1, buf_ptr(d->stored), len,
		    plain)) != 0 ||
		    (r = decode_block(d, plain, i, first)) != 0)
			goto out;
	}
	r = buf_end(d->blocks);
	if (d->at != d->size || d->run.t[RUN_RECORDS].n != d->nrecords)
		r = ERR_FORMAT;
 out:
	buf_free(plain);
	return r;
}

/* ERR_CORRUPT unless what was read is what the object is named after. */
static int
decode_check_sum(struct decoder *d, const uint8_t hash[32])
{
	uint8_t real[32];
	int r;

	if ((r = sha256_final(d->sum, real)) != 0)
		return r;
	return memcmp(real, hash, sizeof(real)) == 0 ? 0 : ERR_CORRUPT;
}

int
run_read(struct repo *r, const uint8_t hash[32], struct run **up)
{
	struct decoder d = { .r = r };
	int e;

	index_run_init(&d.run);
	spool_init(&d.front, 1);
	object_name(INDEX_DIR, hash, d.name);
	object_head(r, OBJECT_INDEX, d.head);
	if ((e = store_size(repo_store(r), d.name, &d.size)) != 0 ||
	    (e = buf_new(INDEX_HEAD_MAX, &d.stored)) != 0 ||
	    (e = sha256_new(&d.sum)) != 0)
		goto out;
	sha256_init(d.sum);
	if ((e = decode_front(&d)) == 0 && (e = decode_blocks(&d)) == 0 &&
	    (e = decode_check_sum(&d, hash)) == 0)
		e = run_new(&d.run, hash, up);
 out:
	if (e != 0)
		log_err(e, "object %s: read", d.name);
	index_run_clear(&d.run);
	spool_clear(&d.front);
	buf_free(d.blocks);
	buf_free(d.stored);
	sha256_free(d.sum);
	return e;
}
