/* frame.c: compressed chunks, sealed so that they can move. */
#include "config.h"

#include "repo/frame.h"

#include <stdlib.h>
#include <string.h>

#include "codec/compress.h"
#include "crypto/aead.h"
#include "crypto/kdf.h"
#include "crypto/secret.h"
#include "repo/internal.h"

#define FRAME_EPOCH_AT 12
#define FRAME_ID_AT 28
#define FRAME_TAG_LEN (FRAME_OVERHEAD - FRAME_HEAD_LEN)
#define FRAME_AD_LEN (REPO_ID_LEN + FRAME_HEAD_LEN)
#define FRAME_CLASS_MAX FRAME_META

/* The worst that compress_frame makes of FRAME_RAW_MAX bytes. */
#define FRAME_PACKED_MAX (FRAME_RAW_MAX + FRAME_RAW_MAX / 256 + 64)

/* What seals the frame whose head is at head: key and associated data. */
static void
frame_keys(const struct frame_epoch *e, const uint8_t *head,
    uint8_t key[KDF_KEY_LEN], uint8_t ad[FRAME_AD_LEN])
{
	kdf_frame_key(e->key, head + FRAME_ID_AT, key);
	memcpy(ad, e->repo_id, REPO_ID_LEN);
	memcpy(ad + REPO_ID_LEN, head, FRAME_HEAD_LEN);
}

int
frame_seal(const struct frame_epoch *e, const struct frame_info *f,
    const uint8_t *data, size_t len, uint8_t *out)
{
	uint8_t key[KDF_KEY_LEN], ad[FRAME_AD_LEN];
	struct aead a = { .key = key, .nonce = out + FRAME_ID_AT, .ad = ad,
	    .ad_len = sizeof(ad) };

	if (f->raw_len > FRAME_RAW_MAX || len > FRAME_PACKED_MAX)
		return ERR_TOOBIG;
	out[0] = f->kind;
	out[1] = f->class;
	out[2] = out[3] = 0;
	bytes_put32(out + 4, (uint32_t)(len + FRAME_TAG_LEN));
	bytes_put32(out + 8, f->raw_len);
	memcpy(out + FRAME_EPOCH_AT, e->id, sizeof(e->id));
	crypto_random(out + FRAME_ID_AT, KDF_FRAME_ID_LEN);
	frame_keys(e, out, key, ad);
	aead_seal(&a, data, len, out + FRAME_HEAD_LEN);
	crypto_wipe(key, sizeof(key));
	return 0;
}

int
frame_peek(const uint8_t *stored, size_t len, struct frame_info *fp,
    uint8_t epochp[16])
{
	struct frame_info f;
	uint32_t box;

	if (len < FRAME_OVERHEAD)
		return ERR_FORMAT;
	f.kind = stored[0];
	f.class = stored[1];
	box = bytes_get32(stored + 4);
	f.raw_len = bytes_get32(stored + 8);
	if (f.kind > FRAME_ZSTD_PREFIX || f.class > FRAME_CLASS_MAX ||
	    stored[2] != 0 || stored[3] != 0 ||
	    box > FRAME_PACKED_MAX + FRAME_TAG_LEN ||
	    box != len - FRAME_HEAD_LEN || f.raw_len > FRAME_RAW_MAX)
		return ERR_FORMAT;
	f.stored_len = (uint32_t)len;
	*fp = f;
	memcpy(epochp, stored + FRAME_EPOCH_AT, 16);
	return 0;
}

/* Authenticate and decrypt a stored frame: f and *plainp, for free(3). */
static int
frame_decrypt(const struct frame_epoch *e, const uint8_t *stored, size_t len,
    struct frame_info *f, uint8_t **plainp)
{
	uint8_t key[KDF_KEY_LEN], ad[FRAME_AD_LEN], epoch[16], *plain;
	struct aead a = { .key = key, .nonce = stored + FRAME_ID_AT, .ad = ad,
	    .ad_len = sizeof(ad) };
	int r;

	if ((r = frame_peek(stored, len, f, epoch)) != 0)
		return r;
	if (memcmp(epoch, e->id, sizeof(epoch)) != 0)
		return ERR_CORRUPT;
	if ((plain = malloc(len - FRAME_OVERHEAD + 1)) == NULL)
		return ERR_NOMEM;
	frame_keys(e, stored, key, ad);
	r = aead_open(&a, stored + FRAME_HEAD_LEN, len - FRAME_HEAD_LEN,
	    plain);
	crypto_wipe(key, sizeof(key));
	if (r == 0)
		*plainp = plain;
	else
		free(plain);
	return r;
}

/* Open a frame that is a delta if and only if there is a base. */
static int
frame_open_any(const struct frame_epoch *e, const uint8_t *stored,
    size_t len, struct decompressor *d, const struct frame_base *base,
    uint8_t *raw)
{
	struct frame_packed packed = { .len = 0 };
	struct frame_info f;
	uint8_t *plain = NULL;
	int r;

	if ((r = frame_decrypt(e, stored, len, &f, &plain)) != 0)
		return r;
	packed.kind = f.kind;
	packed.data = plain;
	packed.len = len - FRAME_OVERHEAD;
	packed.raw_len = f.raw_len;
	if (base != NULL) {
		packed.prefix = base->data;
		packed.prefix_len = base->len;
	}
	if ((f.kind == FRAME_ZSTD_PREFIX) != (base != NULL))
		r = ERR_FORMAT;
	else
		r = decompress_frame(d, &packed, raw);
	free(plain);
	return r;
}

int
frame_open(const struct frame_epoch *e, const uint8_t *stored, size_t len,
    struct decompressor *d, uint8_t *raw)
{
	return frame_open_any(e, stored, len, d, NULL, raw);
}

int
frame_open_begin(const struct frame_epoch *e, const uint8_t *stored,
    size_t len, struct decompressor *d, size_t upto, uint8_t *raw)
{
	struct frame_packed packed = { .len = 0 };
	struct frame_info f;
	uint8_t *plain = NULL;
	int r;

	if ((r = frame_decrypt(e, stored, len, &f, &plain)) != 0)
		return r;
	packed.kind = f.kind;
	packed.data = plain;
	packed.len = len - FRAME_OVERHEAD;
	packed.raw_len = f.raw_len;
	r = f.kind == FRAME_ZSTD_PREFIX ? ERR_FORMAT :
	    decompress_begin(d, &packed, upto, raw);
	free(plain);
	return r;
}

int
frame_open_delta(const struct frame_epoch *e, const uint8_t *stored,
    size_t len, struct decompressor *d, const struct frame_base *base,
    uint8_t *raw)
{
	return frame_open_any(e, stored, len, d, base, raw);
}

int
frame_check(const struct frame_epoch *e, const uint8_t *stored, size_t len)
{
	struct frame_info f;
	uint8_t *plain;
	int r;

	if ((r = frame_decrypt(e, stored, len, &f, &plain)) == 0)
		free(plain);
	return r;
}
