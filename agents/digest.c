/* digest.c: the digest of a directory, and those remembered. */
#include "config.h"

#include "agents/digest.h"

#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/buf.h"
#include "hash/sha256.h"

#define SCRATCH_MAX (ATTR_ENCODED_MAX + 512)
#define KEY_LEN 16
#define SLOTS_FIRST 1024u
#define SLOTS_MAX (1u << 19)	/* 16 MiB; a power of two, as the first */

/* A key of zeros marks a free slot: no hash is that by any chance. */
struct slot {
	uint8_t	 key[KEY_LEN];
	uint8_t	 digest[WIRE_DIGEST_LEN];
};

struct digests {
	struct slot *slots;	/* owns */
	size_t	 nslots, used;
};

int
dirhash_begin(struct dirhash *d, const struct buf *head,
    const struct attr *attr)
{
	int r;

	if (d->ctx == NULL && (r = sha256_new(&d->ctx)) != 0)
		return r;
	if (d->scratch == NULL &&
	    (r = buf_new(SCRATCH_MAX, &d->scratch)) != 0)
		return r;
	d->clean = true;
	sha256_init(d->ctx);
	sha256_update(d->ctx, buf_ptr(head), buf_len(head));
	buf_reset(d->scratch);
	if ((r = attr_encode(attr, d->scratch)) != 0)
		return r;
	sha256_update(d->ctx, buf_ptr(d->scratch), buf_len(d->scratch));
	return 0;
}

int
dirhash_entry(struct dirhash *d, const char *name, size_t len,
    const struct attr *attr, const uint8_t *digest)
{
	int r;

	buf_reset(d->scratch);
	if ((r = buf_put_bytes(d->scratch, name, len)) != 0 ||
	    (r = attr_encode(attr, d->scratch)) != 0)
		return r;
	if (digest != NULL && (r = buf_put(d->scratch, digest,
	    WIRE_DIGEST_LEN)) != 0)
		return r;
	sha256_update(d->ctx, buf_ptr(d->scratch), buf_len(d->scratch));
	return 0;
}

int
dirhash_end(struct dirhash *d, bool *hasp, uint8_t digestp[WIRE_DIGEST_LEN])
{
	uint8_t sum[SHA256_LEN];
	int r;

	if ((r = sha256_final(d->ctx, sum)) != 0)
		return r;
	memset(digestp, 0, WIRE_DIGEST_LEN);
	if (d->clean)
		memcpy(digestp, sum, WIRE_DIGEST_LEN);
	*hasp = d->clean;
	return 0;
}

void
dirhash_clear(struct dirhash *d)
{
	sha256_free(d->ctx);
	buf_free(d->scratch);
	memset(d, 0, sizeof(*d));
}

int
digests_new(struct digests **dp)
{
	struct digests *d;

	if ((d = calloc(1, sizeof(*d))) == NULL)
		return ERR_NOMEM;
	d->nslots = SLOTS_FIRST;
	if ((d->slots = calloc(d->nslots, sizeof(d->slots[0]))) == NULL) {
		free(d);
		return ERR_NOMEM;
	}
	*dp = d;
	return 0;
}

void
digests_free(struct digests *d)
{
	if (d == NULL)
		return;
	free(d->slots);
	free(d);
}

/* The key of a place. */
static int
place_key(const struct digest_place *at, uint8_t key[KEY_LEN])
{
	uint8_t sum[SHA256_LEN];
	struct buf *b = NULL;
	int r;

	if ((r = buf_new(4 + at->len, &b)) != 0 ||
	    (r = buf_put_u32(b, at->root)) != 0 ||
	    (r = buf_put(b, at->path, at->len)) != 0 ||
	    (r = sha256_of(buf_ptr(b), buf_len(b), sum)) != 0)
		goto out;
	memcpy(key, sum, KEY_LEN);
 out:
	buf_free(b);
	return r;
}

/* The slot that holds key, or the free one where it belongs. */
static struct slot *
slot_find(struct slot *slots, size_t nslots, const uint8_t key[KEY_LEN])
{
	static const uint8_t none[KEY_LEN];
	uint64_t h;
	size_t i;

	memcpy(&h, key, sizeof(h));
	for (i = (size_t)h & (nslots - 1);; i = (i + 1) & (nslots - 1))
		if (memcmp(slots[i].key, key, KEY_LEN) == 0 ||
		    memcmp(slots[i].key, none, KEY_LEN) == 0)
			return &slots[i];
}

/* Twice as many slots. */
static int
digests_grow(struct digests *d)
{
	static const uint8_t none[KEY_LEN];
	const size_t nslots = d->nslots * 2;
	struct slot *slots;
	size_t i;

	if ((slots = calloc(nslots, sizeof(slots[0]))) == NULL)
		return ERR_NOMEM;
	for (i = 0; i < d->nslots; i++)
		if (memcmp(d->slots[i].key, none, KEY_LEN) != 0)
			*slot_find(slots, nslots, d->slots[i].key) =
			    d->slots[i];
	free(d->slots);
	d->slots = slots;
	d->nslots = nslots;
	return 0;
}

int
digests_put(struct digests *d, const struct digest_place *at,
    const uint8_t digest[WIRE_DIGEST_LEN])
{
	uint8_t key[KEY_LEN];
	struct slot *slot;
	int r;

	/* At most three quarters full. */
	if (d->used >= d->nslots / 4 * 3) {
		if (d->nslots == SLOTS_MAX)
			return 0;
		if ((r = digests_grow(d)) != 0)
			return r;
	}
	if ((r = place_key(at, key)) != 0)
		return r;
	slot = slot_find(d->slots, d->nslots, key);
	if (memcmp(slot->key, key, KEY_LEN) != 0)
		d->used++;
	memcpy(slot->key, key, KEY_LEN);
	memcpy(slot->digest, digest, WIRE_DIGEST_LEN);
	return 0;
}

int
digests_get(const struct digests *d, const struct digest_place *at,
    bool *hasp, uint8_t digestp[WIRE_DIGEST_LEN])
{
	uint8_t key[KEY_LEN];
	const struct slot *slot;
	int r;

	if ((r = place_key(at, key)) != 0)
		return r;
	slot = slot_find(d->slots, d->nslots, key);
	*hasp = memcmp(slot->key, key, KEY_LEN) == 0;
	if (*hasp)
		memcpy(digestp, slot->digest, WIRE_DIGEST_LEN);
	return 0;
}
