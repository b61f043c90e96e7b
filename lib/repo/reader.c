/* reader.c: chunks back from the repository, each checked by its id. */
#include "repo/reader.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "base/log.h"
#include "codec/compress.h"
#include "crypto/id.h"
#include "hash/sha256.h"
#include "repo/chain.h"
#include "repo/pending.h"
#include "store/store.h"

#define CACHE_MAX (8u << 20)	/* raw bytes of opened frames */

/*
 * An opened frame; the one used last is first.  That of a delta is the chunk
 * itself, and is kept like any other; what lies between it and the whole chunk
 * at the end of its chain is not.
 */
struct cached {
	uint8_t	 pack[32];
	uint32_t offset;
	uint32_t raw_len;
	uint8_t	*raw;		/* owns */
	struct cached *next;	/* owns */
};

struct reader {
	struct repo *r;		/* borrowed */
	struct index *x;	/* borrowed */
	const struct pending *pending;	/* borrowed; NULL: none */
	struct decompressor *d;	/* owns */
	struct buf *stored;	/* owns; a frame as it is stored */
	struct cached *cache;	/* owns */
	bool	 lost;		/* the index has just lost a pack */
};

int
reader_new(struct repo *r, struct index *x, struct reader **rdp)
{
	struct reader *rd;
	int res;

	if ((rd = calloc(1, sizeof(*rd))) == NULL)
		return ERR_NOMEM;
	rd->r = r;
	rd->x = x;
	if ((res = decompressor_new(&rd->d)) != 0 ||
	    (res = buf_new(FRAME_RAW_MAX + FRAME_OVERHEAD,
	    &rd->stored)) != 0) {
		reader_free(rd);
		return res;
	}
	*rdp = rd;
	return 0;
}

/* Free c and what follows it. */
static void
cached_free(struct cached *c)
{
	struct cached *next;

	for (; c != NULL; c = next) {
		next = c->next;
		free(c->raw);
		free(c);
	}
}

void
reader_free(struct reader *rd)
{
	if (rd == NULL)
		return;
	cached_free(rd->cache);
	buf_free(rd->stored);
	decompressor_free(rd->d);
	free(rd);
}

struct index *
reader_index(const struct reader *rd)
{
	return rd->x;
}

void
reader_set_pending(struct reader *rd, const struct pending *p)
{
	rd->pending = p;
}

/* Find an opened frame and move it to the front; NULL if it is not there. */
static struct cached *
cache_find(struct reader *rd, const struct index_place *at)
{
	struct cached **cp, *c;

	for (cp = &rd->cache; (c = *cp) != NULL; cp = &c->next) {
		if (c->offset != at->frame_offset ||
		    memcmp(c->pack, at->pack, sizeof(c->pack)) != 0)
			continue;
		*cp = c->next;
		c->next = rd->cache;
		rd->cache = c;
		return c;
	}
	return NULL;
}

/* Put c, which is taken, in front and drop what is too much behind it. */
static void
cache_add(struct reader *rd, struct cached *c)
{
	struct cached **cp;
	size_t sum = 0;

	c->next = rd->cache;
	rd->cache = c;
	for (cp = &rd->cache; *cp != NULL; cp = &(*cp)->next) {
		sum += (*cp)->raw_len;
		if (sum > CACHE_MAX && *cp != c)
			break;
	}
	cached_free(*cp);
	*cp = NULL;
}

static int
frame_try(struct reader *rd, const struct index_place *at,
    const struct frame_base *base, uint8_t *raw)
{
	const struct frame_epoch *epoch;
	struct frame_info info;
	char name[STORE_NAME_MAX];
	uint8_t id[16];
	int r;

	buf_reset(rd->stored);
	pack_name(at->pack, name, sizeof(name));
	r = store_get(repo_store(rd->r), name, at->frame_offset,
	    at->frame_stored, rd->stored);
	if (r == ERR_NOENT)
		rd->lost = index_lose_pack(rd->x, at->pack) == 0;
	if (r != 0 || (r = frame_peek(buf_ptr(rd->stored),
	    buf_len(rd->stored), &info, id)) != 0)
		goto out;
	if (info.raw_len != at->frame_raw || info.kind != at->kind ||
	    info.class != at->class || info.stored_len != at->frame_stored) {
		r = ERR_CORRUPT;
		goto out;
	}
	if ((r = frame_epoch_find(rd->r, id, &epoch)) != 0)
		goto out;
	if (base == NULL)
		r = frame_open(epoch, buf_ptr(rd->stored),
		    buf_len(rd->stored), rd->d, raw);
	else
		r = frame_open_delta(epoch, buf_ptr(rd->stored),
		    buf_len(rd->stored), rd->d, base, raw);
 out:
	/* An absent pack or key is damage: the index promised it. */
	if (r == ERR_NOENT || r == ERR_FORMAT)
		r = ERR_CORRUPT;
	if (r != 0)
		log_err(r, "%s: read frame at %lu", name,
		    (unsigned long)at->frame_offset);
	return r;
}

/* Read the frame at at and open it, with its base unless that is NULL, into
 * raw. */
static int
frame_load(struct reader *rd, const struct index_place *at,
    const struct frame_base *base, uint8_t *raw)
{
	char name[STORE_NAME_MAX];
	int r;

	r = frame_try(rd, at, base, raw);
	if (r != ERR_CORRUPT)
		return r;
	pack_name(at->pack, name, sizeof(name));
	return store_distrust(repo_store(rd->r), name) ?
	    frame_try(rd, at, base, raw) : r;
}

/* Open the frame at at into new memory, which the caller owns. */
static int
cached_new(struct reader *rd, const struct index_place *at,
    const struct frame_base *base, struct cached **cp)
{
	struct cached *c;
	int r;

	if (at->frame_raw > FRAME_RAW_MAX ||
	    at->frame_stored > FRAME_RAW_MAX + FRAME_OVERHEAD)
		return ERR_FORMAT;
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return ERR_NOMEM;
	memcpy(c->pack, at->pack, sizeof(c->pack));
	c->offset = at->frame_offset;
	c->raw_len = at->frame_raw;
	if ((c->raw = malloc(c->raw_len > 0 ? c->raw_len : 1)) == NULL)
		r = ERR_NOMEM;
	else
		r = frame_load(rd, at, base, c->raw);
	if (r == 0)
		*cp = c;
	else
		cached_free(c);
	return r;
}

/* Check that what link l says of the opened frame c is its chunk, and give
 * its content, borrowed from c. */
static int
link_check(struct repo *r, const struct chain_link *l,
    const struct cached *c, struct frame_base *contentp)
{
	uint8_t hash[SHA256_LEN], real[32];
	char hex[65];
	int res;

	if (l->at.len > c->raw_len || l->at.offset > c->raw_len - l->at.len)
		return ERR_FORMAT;
	if ((res = sha256_of(c->raw + l->at.offset, l->at.len, hash)) != 0)
		return res;
	repo_chunk_id(r, hash, real);
	if (!id_equal(real, l->id)) {
		hex_format(l->id, 32, hex);
		log_err(ERR_CORRUPT, "chunk %s: check content", hex);
		return ERR_CORRUPT;
	}
	contentp->data = c->raw + l->at.offset;
	contentp->len = l->at.len;
	return 0;
}

/*
 * Give the content of a chain's first link, borrowed from the cache.  From
 * the first link whose frame is open, or else from the last, back to the
 * first: what has been opened on the way lives until the next is.
 */
static int
chain_open(struct reader *rd, const struct chain *chain,
    struct frame_base *contentp)
{
	const struct chain_link *l = chain->links;
	struct cached *c = NULL, *held = NULL, *next;
	struct frame_base content;
	int r = 0;

	while ((c = cache_find(rd, &l->at)) == NULL &&
	    l < chain->links + chain->n - 1)
		l++;
	if (c == NULL && (r = cached_new(rd, &l->at, NULL, &c)) == 0)
		cache_add(rd, c);
	if (r != 0 || (r = link_check(rd->r, l, c, &content)) != 0)
		goto out;
	while (l > chain->links) {
		l--;
		if ((r = cached_new(rd, &l->at, &content, &next)) != 0)
			goto out;
		cached_free(held);
		held = next;
		if ((r = link_check(rd->r, l, held, &content)) != 0)
			goto out;
	}
	if (held != NULL)
		cache_add(rd, held);
	held = NULL;		/* the cache's now */
	*contentp = content;
 out:
	cached_free(held);
	return r;
}

int
reader_chunk(struct reader *rd, const uint8_t id[32], const uint8_t **datap,
    size_t *lenp)
{
	struct frame_base content;
	struct chain chain;
	bool lost = false;
	int r;

	if (rd->pending != NULL && (r = rd->pending->get(rd->pending->arg, id,
	    datap, lenp)) != ERR_NOENT)
		return r;
	/* Where a pack is gone, the next try is not with an instance in it. */
	do {
		rd->lost = false;
		if ((r = chain_find(rd->x, id, &chain)) == 0)
			r = chain_open(rd, &chain, &content);
		lost |= rd->lost;
	} while (r != 0 && rd->lost);
	if (r != 0)
		return r == ERR_NOENT && lost ? ERR_CORRUPT : r;
	*datap = content.data;
	*lenp = content.len;
	return 0;
}
