/* seeds_object.c: what stands in the objects of a repository. */
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "codec/compress.h"
#include "crypto/aead.h"
#include "crypto/kdf.h"
#include "crypto/secret.h"
#include "repo/core.h"
#include "repo/marker.h"
#include "repo/snapshot.h"
#include "tests/fuzz/seeds.h"

#define SUM_LEN 32

static void
config(void)
{
	struct buf *b = seed_buf();

	DO(config_encode(fuzz_repo(), b));
	buf_trim(b, SUM_LEN);
	seed_put("config", "config", b);
}

/* What follows the head of a slot; ops and mem make it a passphrase's. */
static void
slot(const char *name, uint64_t ops, uint64_t mem)
{
	struct key_input key = { .kind = KEY_HOST };
	struct buf *b = seed_buf();
	const uint8_t *box;

	DO(slot_encode(repo_params(fuzz_repo())->id, &key, "a label",
	    fuzz_repo()->master, b));
	DO(buf_skip(b, OBJECT_HEAD_LEN));
	if (mem > 0) {
		struct buf *p = seed_buf();

		DO(buf_put_u8(p, KEY_PASSPHRASE));
		DO(buf_put(p, buf_ptr(b) + 1, 1 + 7 + 8 + 16));
		DO(buf_put_u64(p, ops));
		DO(buf_put_u64(p, mem));
		box = buf_ptr(b) + 1 + 1 + 7 + 8 + 16 + 16;
		DO(buf_put(p, box, SECRET_KEY_LEN + BOX_OVERHEAD));
		buf_free(b);
		b = p;
	}
	seed_put("slot", name, b);
}

static void
keys(void)
{
	struct buf *b = seed_buf();

	DO(buf_put(b, fuzz_epoch()->id, 16));
	DO(buf_put_i64(b, 1700000000));
	DO(buf_put(b, fuzz_signer(), 32));
	DO(buf_put(b, fuzz_epoch()->key, 32));
	seed_put("epoch", "epoch", b);
	b = seed_buf();
	DO(buf_put(b, fuzz_signer(), 32));
	DO(buf_put_i64(b, 1700000000));
	DO(buf_put_str(b, "server"));
	seed_put("signer", "signer", b);
}

/* Open the only box of an object, which is taken. */
static struct buf *
plain(struct buf *object)
{
	struct buf *b = seed_buf();

	DO(box_open(fuzz_repo(), buf_ptr(object), 0,
	    buf_ptr(object) + OBJECT_HEAD_LEN,
	    buf_len(object) - OBJECT_HEAD_LEN, b));
	buf_free(object);
	return b;
}

static void
markers(void)
{
	struct marker m = { .source = "00112233445566778899aabbccddeeff",
	    .seq = 12, .started = 1700000000, .host = "server",
	    .boot = "5e0d4d2c", .pid = 4711 };
	uint8_t runs[3][32] = { { 1 }, { 2 }, { 3 } };
	struct buf *b = seed_buf();

	DO(marker_encode(fuzz_repo(), &m, b));
	seed_put("marker", "marker", plain(b));
	b = seed_buf();
	DO(checkpoint_encode(fuzz_repo(), 1,
	    (const uint8_t (*)[32])(const void *)runs, 3, b));
	seed_put("checkpoint", "three", plain(b));
	b = seed_buf();
	DO(marker_end_encode(fuzz_repo(), MARKER_GIVEN_UP, 1700000000, b));
	seed_put("end", "given-up", plain(b));
}

static void
put_id(struct buf *b, uint8_t number)
{
	uint8_t id[32];

	seed_id(id, number);
	DO(buf_put(b, id, sizeof(id)));
}

/* A chunk of a footer, or a record of a run where frame is given. */
static void
put_chunk(struct buf *b, uint8_t number, const uint64_t *frame, uint8_t depth)
{
	put_id(b, number);
	if (frame != NULL)
		DO(buf_put_varint(b, *frame));
	DO(buf_put_varint(b, depth > 0 ? 0 : 100));
	DO(buf_put_varint(b, depth > 0 ? 1000 : 50));
	DO(buf_put_u8(b, depth));
	if (depth > 0)
		put_id(b, 99);
}

static void
put_frame(struct buf *b, uint64_t offset, uint8_t kind)
{
	DO(buf_put_varint(b, offset));
	DO(buf_put_varint(b, 100));
	DO(buf_put_varint(b, 1000));
	DO(buf_put_u8(b, kind));
	DO(buf_put_u8(b, 0));
}

static void
pack_footer(void)
{
	static const uint8_t stored[200];
	struct buf *b = seed_buf(), *p = seed_buf();

	DO(buf_put(p, stored, sizeof(stored)));
	seed_part(b, p);
	DO(buf_put_varint(b, 2));
	put_frame(b, 24, FRAME_ZSTD);
	DO(buf_put_varint(b, 2));
	put_chunk(b, 1, NULL, 0);
	put_chunk(b, 2, NULL, 0);
	put_frame(b, 124, FRAME_ZSTD_PREFIX);
	DO(buf_put_varint(b, 1));
	put_chunk(b, 3, NULL, 1);
	seed_put("pack_footer", "two-frames", b);
}

static void
index_run(void)
{
	const uint64_t frame[] = { 0, 1 };
	struct buf *b = seed_buf(), *head = seed_buf(), *block = seed_buf();
	uint8_t first[8];

	DO(buf_put_u32(block, 0));
	DO(buf_put_varint(block, 3));
	put_chunk(block, 1, &frame[0], 0);
	put_chunk(block, 2, &frame[0], 0);
	put_chunk(block, 2, &frame[1], 1);
	DO(buf_put_varint(head, 1));
	put_id(head, 77);
	DO(buf_put_varint(head, 1));
	put_id(head, 88);
	DO(buf_put_varint(head, 2));
	DO(buf_put_varint(head, 0));
	put_frame(head, 24, FRAME_ZSTD);
	DO(buf_put_varint(head, 0));
	put_frame(head, 124, FRAME_ZSTD_PREFIX);
	DO(buf_put_u64(head, 3));
	DO(buf_put_varint(head, 1));
	memset(first, 1, sizeof(first));
	DO(buf_put(head, first, sizeof(first)));
	DO(buf_put_varint(head, buf_len(block) + BOX_OVERHEAD));
	seed_part(b, head);
	seed_part(b, block);
	seed_put("index", "three-records", b);
}

static void
refs(void)
{
	struct buf *b = seed_buf(), *p = seed_buf();

	put_id(p, 0);
	DO(buf_put_varint(p, 0));
	DO(buf_put_u64(p, 3));
	seed_part(b, p);
	p = seed_buf();
	DO(buf_put_u32(p, 0));
	DO(buf_put_varint(p, 2));
	put_id(p, 1);
	DO(buf_put_u32(p, 2));
	put_id(p, 2);
	DO(buf_put_u32(p, (uint32_t)-1));
	seed_part(b, p);
	p = seed_buf();
	DO(buf_put_u32(p, 1));
	DO(buf_put_varint(p, 1));
	put_id(p, 2);
	DO(buf_put_u32(p, 5));
	seed_part(b, p);
	seed_put("refs", "two-boxes", b);
}

static struct buf *
snapshot_make(void)
{
	struct snapshot_head heads[1] = { { .seq = 9 } };
	struct snapshot *sn;
	struct entry e = { .name = (const uint8_t *)"srv", .name_len = 3 };
	struct buf *b = seed_buf();

	DO(snapshot_new(&sn));
	strcpy(sn->source, "00112233445566778899aabbccddeeff");
	sn->seq = 3;
	memcpy(sn->signer, fuzz_signer(), 32);
	sn->signer_seq = 8;
	sn->writer = fuzz_text((const uint8_t *)"w1", 2);
	sn->host = fuzz_text((const uint8_t *)"host", 4);
	sn->set = fuzz_text((const uint8_t *)"set", 3);
	sn->job = fuzz_text((const uint8_t *)"job", 3);
	sn->agent = fuzz_text((const uint8_t *)"agent", 5);
	sn->nheads = 1;
	sn->heads = heads;
	sn->started = sn->ended = 1700000000;
	seed_attr(&e.attr, ATTR_DIR);
	e.has_subtree = e.subtree.present = true;
	seed_id(e.subtree.id, 3);
	DO(snapshot_add_root(sn, "/srv", &e));
	DO(snapshot_encode(fuzz_repo(), sn, fuzz_epoch(), fuzz_signer_seed(),
	    b));
	sn->heads = NULL;	/* ours */
	snapshot_free(sn);
	return b;
}

static void
snapshot(void)
{
	struct buf *object = snapshot_make(), *b = seed_buf();
	struct buf *links = seed_buf();
	uint8_t key[KDF_KEY_LEN], ad[OBJECT_HEAD_LEN + 1], *out;
	const uint8_t *p = buf_ptr(object), *frame = p + OBJECT_HEAD_LEN + 16;
	struct aead a = { key, frame, ad, sizeof(ad) };
	uint32_t n;

	memcpy(ad, p, OBJECT_HEAD_LEN);
	ad[OBJECT_HEAD_LEN] = 1;
	p = frame + KDF_FRAME_ID_LEN;
	n = bytes_get32(p);
	DO(box_open(fuzz_repo(), buf_ptr(object), 0, p + 4, n, links));
	seed_part(b, links);
	p += 4 + n;
	n = bytes_get32(p);
	kdf_frame_key(fuzz_epoch()->key, frame, key);
	DO(buf_reserve(b, n - AEAD_TAG_LEN, &out));
	DO(aead_open(&a, p + 4, n, out));
	seed_put("snapshot", "one-root", b);
	buf_free(object);
}

void
seeds_object(void)
{
	config();
	slot("host", 0, 0);
	slot("passphrase", KDF_PASS_OPS, KDF_PASS_MEM);
	slot("passphrase-caps", KDF_PASS_OPS_MAX, KDF_PASS_MEM_MAX);
	keys();
	markers();
	pack_footer();
	index_run();
	refs();
	snapshot();
}
