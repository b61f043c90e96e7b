/* fuzz_snapshot.c: a snapshot: its links as a part, then its record. */
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "crypto/aead.h"
#include "crypto/kdf.h"
#include "crypto/sign.h"
#include "repo/snapshot.h"
#include "tests/fuzz/fuzz.h"

#define SIGNER_AT (16 + 8 + 32)		/* in the links */

/* Append the record, sealed as snapshot_encode does it. */
static void
record_put(struct buf *b, const uint8_t *frame, const uint8_t *plain,
    size_t len)
{
	uint8_t key[KDF_KEY_LEN], ad[OBJECT_HEAD_LEN + 1], *box = NULL;
	struct aead a = { key, frame, ad, sizeof(ad) };

	memcpy(ad, buf_ptr(b), OBJECT_HEAD_LEN);
	ad[OBJECT_HEAD_LEN] = 1;
	kdf_frame_key(fuzz_epoch()->key, frame, key);
	fuzz_check(buf_put_u32(b, (uint32_t)(len + AEAD_TAG_LEN)) == 0 &&
	    buf_reserve(b, len + AEAD_TAG_LEN, &box) == 0, "memory");
	aead_seal(&a, plain, len, box);
}

static void
sign_put(struct buf *b)
{
	static struct sign_key *key;
	uint8_t sig[SIGN_LEN];

	if (key == NULL)
		fuzz_check(sign_from_seed(fuzz_signer_seed(), &key) == 0,
		    "a key");
	sign_make(key, buf_ptr(b), buf_len(b), sig);
	fuzz_check(buf_put(b, sig, sizeof(sig)) == 0, "memory");
}

/* The name under which links of len bytes make it stand. */
static void
name_make(const uint8_t *links, size_t len, char name[SNAPSHOT_NAME_MAX])
{
	uint8_t start[16 + 8] = { 0 };
	char source[33];

	memcpy(start, links, len < sizeof(start) ? len : sizeof(start));
	hex_format(start, 16, source);
	snapshot_name(source, (uint64_t)bytes_get32(start + 16) << 32 |
	    bytes_get32(start + 20), name);
}

static void
decode(const uint8_t *links, size_t len, const struct fuzz_input *record)
{
	static const uint8_t frame[KDF_FRAME_ID_LEN];
	struct buf *b = fuzz_buf(SNAPSHOT_OBJECT_MAX);
	char name[SNAPSHOT_NAME_MAX];
	struct snapshot *sn;

	fuzz_head(b, OBJECT_SNAPSHOT);
	fuzz_check(buf_put(b, fuzz_epoch()->id, 16) == 0 &&
	    buf_put(b, frame, sizeof(frame)) == 0 &&
	    buf_put_u32(b, (uint32_t)(len + BOX_OVERHEAD)) == 0, "memory");
	fuzz_box(b, 0, links, len);
	record_put(b, frame, record->p, record->left);
	sign_put(b);
	name_make(links, len, name);
	if (snapshot_decode(fuzz_repo(), name, buf_ptr(b), buf_len(b),
	    &sn) == 0) {
		fuzz_check(sn->nroots <= SNAPSHOT_ROOTS_MAX, "few roots");
		snapshot_free(sn);
	}
	buf_free(b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz_input in = { data, len };
	uint8_t links[65536];
	const uint8_t *p;
	size_t n;

	fuzz_init();
	p = fuzz_part(&in, &n);
	memcpy(links, p, n);
	if (n >= SIGNER_AT + 32)	/* nobody else's would count */
		memcpy(links + SIGNER_AT, fuzz_signer(), 32);
	decode(links, n, &in);
	return 0;
}
