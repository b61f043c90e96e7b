/* object.c: heads, sealed boxes, and objects named by their hash. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "base/log.h"
#include "crypto/aead.h"
#include "crypto/secret.h"
#include "hash/sha256.h"
#include "repo/core.h"
#include "repo/internal.h"
#include "store/store.h"

#define OBJECT_VERSION 1
#define HASH_DIGITS 64

static const uint8_t object_magic[4] = { 'K', 'H', 'O', '1' };

void
bytes_put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

uint32_t
bytes_get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

void
object_head_of(const uint8_t id[REPO_ID_LEN], uint8_t type, uint8_t *headp)
{
	memcpy(headp, object_magic, 4);
	headp[4] = OBJECT_VERSION;
	headp[5] = type;
	headp[6] = headp[7] = 0;
	memcpy(headp + 8, id, REPO_ID_LEN);
}

void
object_head(const struct repo *r, enum object_type type,
    uint8_t headp[OBJECT_HEAD_LEN])
{
	object_head_of(r->params.id, (uint8_t)type, headp);
}

int
object_check_of(const uint8_t id[REPO_ID_LEN], uint8_t type,
    const uint8_t *object, size_t len)
{
	uint8_t head[OBJECT_HEAD_LEN];

	if (len < OBJECT_HEAD_LEN || memcmp(object, object_magic, 4) != 0)
		return ERR_FORMAT;
	if (object[4] > OBJECT_VERSION)
		return ERR_VERSION;
	object_head_of(id, type, head);
	return memcmp(object, head, sizeof(head)) == 0 ? 0 : ERR_FORMAT;
}

int
object_check(const struct repo *r, enum object_type type,
    const uint8_t *object, size_t len)
{
	return object_check_of(r->params.id, (uint8_t)type, object, len);
}

void
box_seal_with(const struct box *b, const void *plain, size_t len,
    uint8_t *boxp)
{
	uint8_t ad[OBJECT_HEAD_LEN + 1];
	struct aead a = { .key = b->key, .nonce = boxp, .ad = ad,
	    .ad_len = sizeof(ad) };

	memcpy(ad, b->head, OBJECT_HEAD_LEN);
	ad[OBJECT_HEAD_LEN] = b->number;
	crypto_random(boxp, BOX_NONCE_LEN);
	aead_seal(&a, plain, len, boxp + BOX_NONCE_LEN);
}

int
box_open_with(const struct box *b, const uint8_t *box, size_t len,
    uint8_t *plainp)
{
	uint8_t ad[OBJECT_HEAD_LEN + 1];
	struct aead a = { .key = b->key, .nonce = box, .ad = ad,
	    .ad_len = sizeof(ad) };

	if (len < BOX_OVERHEAD)
		return ERR_CORRUPT;
	memcpy(ad, b->head, OBJECT_HEAD_LEN);
	ad[OBJECT_HEAD_LEN] = b->number;
	return aead_open(&a, box + BOX_NONCE_LEN, len - BOX_NONCE_LEN, plainp);
}

int
box_seal(const struct repo *r, const uint8_t head[OBJECT_HEAD_LEN],
    uint8_t number, const struct buf *plain, struct buf *out)
{
	uint8_t copy[OBJECT_HEAD_LEN], *p;
	struct box b = { repo_keys(r)->meta, copy, number };
	int e;

	memcpy(copy, head, sizeof(copy));	/* it may stand in out */
	if ((e = buf_reserve(out, buf_len(plain) + BOX_OVERHEAD, &p)) != 0)
		return e;
	box_seal_with(&b, buf_ptr(plain), buf_len(plain), p);
	return 0;
}

int
box_open(const struct repo *r, const uint8_t head[OBJECT_HEAD_LEN],
    uint8_t number, const uint8_t *box, size_t len, struct buf *out)
{
	struct box b = { repo_keys(r)->meta, head, number };
	uint8_t *p;
	int e;

	if (len < BOX_OVERHEAD)
		return ERR_CORRUPT;
	if ((e = buf_reserve(out, len - BOX_OVERHEAD, &p)) != 0)
		return e;
	if ((e = box_open_with(&b, box, len, p)) != 0)
		buf_trim(out, len - BOX_OVERHEAD);
	return e;
}

void
object_name(const char *dir, const uint8_t hash[32],
    char namep[OBJECT_NAME_MAX])
{
	char hex[HASH_DIGITS + 1];

	hex_format(hash, 32, hex);
	snprintf(namep, OBJECT_NAME_MAX, "%s/%s", dir, hex);
}

int
object_name_hash(const char *name, const char *dir, uint8_t hashp[32])
{
	size_t n = strlen(dir);
	char again[OBJECT_NAME_MAX];
	uint8_t hash[32];

	if (strncmp(name, dir, n) != 0 || name[n] != '/' ||
	    strlen(name + n + 1) != HASH_DIGITS ||
	    hex_parse(name + n + 1, hash, 32) != 0)
		return ERR_FORMAT;
	/* hex_parse takes capitals, names do not. */
	object_name(dir, hash, again);
	if (strcmp(name, again) != 0)
		return ERR_FORMAT;
	memcpy(hashp, hash, 32);
	return 0;
}

int
object_put_in(struct store *s, const char *dir, const void *data, size_t len,
    uint8_t hashp[32])
{
	char name[OBJECT_NAME_MAX];
	uint8_t hash[32];
	int r;

	if ((r = sha256_of(data, len, hash)) != 0)
		return r;
	object_name(dir, hash, name);
	if ((r = store_put(s, name, data, len)) != 0)
		return r;
	memcpy(hashp, hash, 32);
	return 0;
}

int
object_put(struct repo *r, const char *dir, const void *data, size_t len,
    uint8_t hashp[32])
{
	return object_put_in(r->store, dir, data, len, hashp);
}

int
object_get_from(struct store *s, const char *name, const uint8_t hash[32],
    size_t max, struct buf *out)
{
	size_t before = buf_len(out);
	uint8_t real[32];
	int r;

	if ((r = store_get_all(s, name, max, out)) != 0)
		return r;
	r = sha256_of(buf_ptr(out) + before, buf_len(out) - before, real);
	if (r == 0 && memcmp(real, hash, 32) != 0) {
		log_error("object %s: its bytes are not those it is named "
		    "after", name);
		r = ERR_CORRUPT;
	}
	if (r != 0)
		buf_trim(out, buf_len(out) - before);
	return r;
}

int
object_seal_box(const struct repo *r, enum object_type type,
    const struct buf *plain, struct buf *out)
{
	uint8_t head[OBJECT_HEAD_LEN];
	int res;

	object_head(r, type, head);
	if ((res = buf_put(out, head, sizeof(head))) != 0)
		return res;
	return box_seal(r, head, 0, plain, out);
}

int
object_open_box(const struct repo *r, enum object_type type,
    const uint8_t *object, size_t len, struct buf **plainp)
{
	struct buf *plain = NULL;
	int res;

	if ((res = object_check(r, type, object, len)) != 0)
		return res;
	if ((res = buf_new(len, &plain)) != 0)
		return res;
	if ((res = box_open(r, object, 0, object + OBJECT_HEAD_LEN,
	    len - OBJECT_HEAD_LEN, plain)) != 0) {
		buf_free(plain);
		return res;
	}
	*plainp = plain;
	return 0;
}
