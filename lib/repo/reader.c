/* reader.c: chunks back from the repository, each checked by its id. */
#include "repo/reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "base/log.h"
#include "codec/compress.h"
#include "crypto/id.h"
#include "hash/sha256.h"
#include "repo/pending.h"
#include "store/store.h"

#define CACHE_MAX (8u << 20)	/* raw bytes of opened frames */

/* An opened frame; the one used last is first. */
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

/* Read the frame at at and open it into raw. */
static int
frame_load(struct reader *rd, const struct index_place *at, uint8_t *raw)
{
	const struct frame_epoch *epoch;
	struct frame_info info;
	char name[STORE_NAME_MAX];
	uint8_t id[16];
	int r;

	buf_reset(rd->stored);
	pack_name(at->pack, name, sizeof(name));
	if ((r = store_get(repo_store(rd->r), name, at->frame_offset,
	    at->frame_stored, rd->stored)) != 0 ||
	    (r = frame_peek(buf_ptr(rd->stored), buf_len(rd->stored), &info,
	    id)) != 0)
		goto out;
	if (info.raw_len != at->frame_raw || info.kind != at->kind ||
	    info.class != at->class || info.stored_len != at->frame_stored) {
		r = ERR_CORRUPT;
		goto out;
	}
	if ((r = frame_epoch_find(rd->r, id, &epoch)) != 0)
		goto out;
	r = frame_open(epoch, buf_ptr(rd->stored), buf_len(rd->stored), rd->d,
	    raw);
 out:
	/* An absent pack or key is damage: the index promised it. */
	if (r == ERR_NOENT || r == ERR_FORMAT)
		r = ERR_CORRUPT;
	if (r != 0)
		log_err(r, "%s: read frame at %lu", name,
		    (unsigned long)at->frame_offset);
	return r;
}

/* Give the opened frame at at, which the cache owns. */
static int
frame_get(struct reader *rd, const struct index_place *at,
    struct cached **cp)
{
	struct cached *c;
	int r;

	if ((c = cache_find(rd, at)) != NULL) {
		*cp = c;
		return 0;
	}
	if (at->frame_raw > FRAME_RAW_MAX ||
	    at->frame_stored > FRAME_RAW_MAX + FRAME_OVERHEAD)
		return ERR_FORMAT;
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return ERR_NOMEM;
	memcpy(c->pack, at->pack, sizeof(c->pack));
	c->offset = at->frame_offset;
	c->raw_len = at->frame_raw;
	if ((c->raw = malloc(c->raw_len > 0 ? c->raw_len : 1)) == NULL) {
		r = ERR_NOMEM;
		goto out;
	}
	if ((r = frame_load(rd, at, c->raw)) != 0)
		goto out;
	*cp = c;
	cache_add(rd, c);
	c = NULL;
 out:
	cached_free(c);
	return r;
}

/* Check that len bytes are chunk id. */
static int
chunk_check(struct repo *r, const uint8_t id[32], const uint8_t *data,
    size_t len)
{
	uint8_t hash[SHA256_LEN], real[32];
	int res;

	if ((res = sha256_of(data, len, hash)) != 0)
		return res;
	repo_chunk_id(r, hash, real);
	return id_equal(real, id) ? 0 : ERR_CORRUPT;
}

int
reader_chunk(struct reader *rd, const uint8_t id[32], const uint8_t **datap,
    size_t *lenp)
{
	struct index_place at;
	struct cached *c;
	char hex[65];
	int r;

	if (rd->pending != NULL && (r = rd->pending->get(rd->pending->arg, id,
	    datap, lenp)) != ERR_NOENT)
		return r;
	if ((r = index_find(rd->x, id, &at)) != 0)
		return r;
	if (at.depth > 0)
		return ERR_VERSION;
	if ((r = frame_get(rd, &at, &c)) != 0)
		return r;
	if (at.len > c->raw_len || at.offset > c->raw_len - at.len)
		return ERR_FORMAT;
	if ((r = chunk_check(rd->r, id, c->raw + at.offset, at.len)) != 0) {
		hex_format(id, 32, hex);
		log_err(r, "chunk %s: check content", hex);
		return r;
	}
	*datap = c->raw + at.offset;
	*lenp = at.len;
	return 0;
}
