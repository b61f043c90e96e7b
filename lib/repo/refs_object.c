/* refs_object.c: reading one refs object, in pieces, up to its end. */
#include "repo/refs_impl.h"

#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "base/log.h"
#include "hash/sha256.h"
#include "repo/internal.h"
#include "store/store.h"

#define WINDOW (1u << 20)	/* bytes read at once */
#define PLAIN_MAX (64u << 10)

/* An object that is being read. */
struct stream {
	struct repo *r;		/* borrowed */
	char	 name[OBJECT_NAME_MAX];
	uint64_t size, at;	/* of the object; fetched so far */
	struct buf *b;		/* owns; fetched and not consumed */
	struct buf *plain;	/* owns; the last box opened */
	struct sha256 *sha;	/* owns */
	uint8_t	 head[OBJECT_HEAD_LEN];
};

static void
stream_clear(struct stream *s)
{
	buf_free(s->b);
	buf_free(s->plain);
	sha256_free(s->sha);
}

/* Have len unconsumed bytes. */
static int
stream_need(struct stream *s, size_t len)
{
	size_t before, n;
	int r;

	while (buf_len(s->b) < len) {
		if (s->at == s->size)
			return ERR_FORMAT;
		n = s->size - s->at < WINDOW ? (size_t)(s->size - s->at) :
		    WINDOW;
		before = buf_len(s->b);
		if ((r = store_get(repo_store(s->r), s->name, s->at, n,
		    s->b)) != 0)
			return r;
		sha256_update(s->sha, buf_ptr(s->b) + before, n);
		s->at += n;
	}
	return 0;
}

/* Begin with the head of the object. */
static int
stream_open(struct stream *s, struct repo *r, const uint8_t hash[32])
{
	int res;

	memset(s, 0, sizeof(*s));
	s->r = r;
	object_name("refs", hash, s->name);
	if ((res = buf_new(2 * WINDOW, &s->b)) != 0 ||
	    (res = buf_new(PLAIN_MAX, &s->plain)) != 0 ||
	    (res = sha256_new(&s->sha)) != 0 ||
	    (res = store_size(repo_store(r), s->name, &s->size)) != 0)
		return res;
	sha256_init(s->sha);
	if ((res = stream_need(s, OBJECT_HEAD_LEN)) != 0 ||
	    (res = object_check(r, OBJECT_REFS, buf_ptr(s->b),
	    buf_len(s->b))) != 0)
		return res;
	return buf_get(s->b, s->head, sizeof(s->head));
}

/* Open the next box into s->plain. */
static int
stream_box(struct stream *s, uint8_t number)
{
	uint32_t len;
	int r;

	if ((r = stream_need(s, 4)) != 0 ||
	    (r = buf_get_u32(s->b, &len)) != 0)
		return r;
	if (len < BOX_OVERHEAD || len > PLAIN_MAX + BOX_OVERHEAD)
		return ERR_FORMAT;
	buf_reset(s->plain);
	if ((r = stream_need(s, len)) != 0 ||
	    (r = box_open(s->r, s->head, number, buf_ptr(s->b), len,
	    s->plain)) != 0)
		return r;
	return buf_skip(s->b, len);
}

/* Read box 0. */
static int
stream_head(struct stream *s, struct refs_head *hp)
{
	static const uint8_t none[32];
	int r;

	if ((r = stream_box(s, 0)) != 0 ||
	    (r = buf_get(s->plain, hp->base, sizeof(hp->base))) != 0 ||
	    (r = buf_get_varint(s->plain, &hp->chain)) != 0 ||
	    (r = buf_get_u64(s->plain, &hp->records)) != 0 ||
	    (r = buf_end(s->plain)) != 0)
		return r;
	if (hp->chain > REFS_CHAIN_MAX || (hp->chain == 0) !=
	    (memcmp(hp->base, none, sizeof(none)) == 0))
		return ERR_FORMAT;
	return 0;
}

/* Take the n records of a box; last is the id before and then the last. */
static int
stream_records(struct stream *s, uint64_t n, int sign, struct spool *recs,
    uint8_t last[32])
{
	struct ref ref;
	uint32_t change;
	uint64_t i;
	int r;

	for (i = 0; i < n; i++) {
		if ((r = buf_get(s->plain, ref.id, sizeof(ref.id))) != 0 ||
		    (r = buf_get_u32(s->plain, &change)) != 0)
			return r;
		if (change == 0 || memcmp(last, ref.id, 32) > 0)
			return ERR_FORMAT;
		memcpy(last, ref.id, sizeof(ref.id));
		ref.change = (int64_t)(int32_t)change * sign;
		if ((r = spool_add(recs, &ref)) != 0)
			return r;
	}
	return buf_end(s->plain);
}

/* Read the boxes of records up to the end of the object. */
static int
stream_body(struct stream *s, const struct refs_head *h, int sign,
    struct spool *recs)
{
	uint8_t last[32] = { 0 };
	uint64_t left, n;
	uint32_t number, want;
	int r;

	for (left = h->records, want = 0; left > 0; left -= n, want++) {
		if ((r = stream_box(s, 1)) != 0 ||
		    (r = buf_get_u32(s->plain, &number)) != 0 ||
		    (r = buf_get_varint(s->plain, &n)) != 0)
			return r;
		if (number != want || n == 0 || n > left)
			return ERR_FORMAT;
		if ((r = stream_records(s, n, sign, recs, last)) != 0)
			return r;
	}
	return s->at == s->size ? buf_end(s->b) : ERR_FORMAT;
}

int
refs_head_get(struct repo *r, const uint8_t hash[32], struct refs_head *hp)
{
	struct stream s;
	int res;

	if ((res = stream_open(&s, r, hash)) == 0)
		res = stream_head(&s, hp);
	if (res != 0)
		log_err(res, "%s: read", s.name);
	stream_clear(&s);
	return res;
}

int
refs_object_get(struct repo *r, const uint8_t hash[32], int sign,
    struct spool *recs, struct refs_head *hp)
{
	struct stream s;
	uint8_t real[SHA256_LEN];
	int res;

	if ((res = stream_open(&s, r, hash)) != 0 ||
	    (res = stream_head(&s, hp)) != 0 ||
	    (res = stream_body(&s, hp, sign, recs)) != 0 ||
	    (res = sha256_final(s.sha, real)) != 0)
		goto out;
	if (memcmp(real, hash, sizeof(real)) != 0)
		res = ERR_CORRUPT;
 out:
	if (res != 0)
		log_err(res, "%s: read", s.name);
	stream_clear(&s);
	return res;
}
