/* snapshot.c: the signed root record of a job, as bytes. */
#include "repo/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/path.h"
#include "crypto/aead.h"
#include "crypto/kdf.h"
#include "crypto/secret.h"
#include "crypto/sign.h"
#include "hash/sha256.h"
#include "repo/internal.h"
#include "repo/key.h"

#define HEADS_MAX 4096
#define WRITER_MAX 128
#define PATH_MAX_BYTES (1u << 20)
#define ENTRY_MAX ENTRY_ENCODED_MAX

/* The parts of an object, in place. */
struct parts {
	const uint8_t *head;	/* OBJECT_HEAD_LEN bytes */
	uint8_t	 epoch[16];
	uint8_t	 frame[KDF_FRAME_ID_LEN];
	const uint8_t *links;
	uint32_t links_len;
	const uint8_t *record;
	uint32_t record_len;
	size_t	 signed_len;	/* bytes before the signature */
	const uint8_t *signature;
};

int
snapshot_new(struct snapshot **snp)
{
	struct snapshot *sn;

	if ((sn = calloc(1, sizeof(*sn))) == NULL)
		return ERR_NOMEM;
	*snp = sn;
	return 0;
}

void
snapshot_free(struct snapshot *sn)
{
	size_t i;

	if (sn == NULL)
		return;
	for (i = 0; i < sn->nroots; i++) {
		free(sn->roots[i].path);
		free(sn->roots[i].bytes);
	}
	free(sn->roots);
	free(sn->heads);
	free(sn->writer);
	free(sn->host);
	free(sn->set);
	free(sn->job);
	free(sn->agent);
	free(sn);
}

/* Check that an entry is called as the path ends. */
static int
root_check(const char *path, const struct entry *e)
{
	size_t len = strlen(path);
	const char *name = path;

	if (len > PATH_MAX_BYTES ||
	    !path_abs_ok((const uint8_t *)path, len))
		return ERR_FORMAT;
	if (len > 1)
		name = strrchr(path, '/') + 1;
	if (strlen(name) != e->name_len ||
	    memcmp(name, e->name, e->name_len) != 0)
		return ERR_FORMAT;
	return 0;
}

/* Decode the entry of root, which owns its bytes, and check it. */
static int
root_entry(struct snapshot_root *root)
{
	struct buf *b = NULL;
	int r;

	if ((r = buf_borrow(root->bytes, root->bytes_len, &b)) != 0)
		return r;
	if ((r = entry_decode(b, true, &root->entry)) == 0 &&
	    (r = buf_end(b)) == 0)
		r = root_check(root->path, &root->entry);
	buf_free(b);
	return r;
}

/* Tell whether sn has a root of that path. */
static bool
root_known(const struct snapshot *sn, const char *path)
{
	size_t i;

	for (i = 0; i < sn->nroots; i++)
		if (strcmp(sn->roots[i].path, path) == 0)
			return true;
	return false;
}

/* Make room for another root and give it, empty. */
static int
root_more(struct snapshot *sn, struct snapshot_root **rootp)
{
	struct snapshot_root *roots;

	if (sn->nroots >= SNAPSHOT_ROOTS_MAX)
		return ERR_TOOBIG;
	if ((roots = realloc(sn->roots, (sn->nroots + 1) *
	    sizeof(*roots))) == NULL)
		return ERR_NOMEM;
	sn->roots = roots;
	*rootp = &roots[sn->nroots];
	memset(*rootp, 0, sizeof(**rootp));
	return 0;
}

int
snapshot_add_root(struct snapshot *sn, const char *path,
    const struct entry *e)
{
	struct snapshot_root *root;
	struct buf *b = NULL;
	int r;

	if (root_known(sn, path))
		return ERR_EXIST;
	if ((r = root_more(sn, &root)) != 0)
		return r;
	if ((r = buf_new(ENTRY_MAX, &b)) != 0 ||
	    (r = entry_encode(e, b)) != 0)
		goto out;
	root->bytes_len = buf_len(b);
	if ((root->path = strdup(path)) == NULL ||
	    (root->bytes = malloc(root->bytes_len)) == NULL) {
		r = ERR_NOMEM;
		goto out;
	}
	memcpy(root->bytes, buf_ptr(b), root->bytes_len);
	if ((r = root_entry(root)) == 0)
		sn->nroots++;
 out:
	if (r != 0) {
		free(root->path);
		free(root->bytes);
	}
	buf_free(b);
	return r;
}

/* Append the plaintext of the links box. */
static int
links_encode(const struct snapshot *sn, struct buf *b)
{
	uint8_t source[16];
	size_t i;
	int r;

	if ((r = hex_parse(sn->source, source, sizeof(source))) != 0 ||
	    (r = buf_put(b, source, sizeof(source))) != 0 ||
	    (r = buf_put_u64(b, sn->seq)) != 0 ||
	    (r = buf_put(b, sn->previous, 32)) != 0 ||
	    (r = buf_put(b, sn->signer, 32)) != 0 ||
	    (r = buf_put_u64(b, sn->signer_seq)) != 0 ||
	    (r = buf_put(b, sn->signer_previous, 32)) != 0 ||
	    (r = buf_put_str(b, sn->writer)) != 0 ||
	    (r = buf_put(b, sn->refs, 32)) != 0 ||
	    (r = buf_put_varint(b, sn->nheads)) != 0)
		return r;
	for (i = 0; i < sn->nheads; i++)
		if ((r = buf_put(b, sn->heads[i].signer, 32)) != 0 ||
		    (r = buf_put_u64(b, sn->heads[i].seq)) != 0 ||
		    (r = buf_put(b, sn->heads[i].hash, 32)) != 0)
			return r;
	if ((r = buf_put_varint(b, sn->nroots)) != 0)
		return r;
	for (i = 0; i < sn->nroots && r == 0; i++)
		r = list_root_encode(&sn->roots[i].entry.subtree, b);
	return r;
}

/* Append the plaintext of the record box. */
static int
record_encode(const struct snapshot *sn, struct buf *b)
{
	const struct snapshot_root *root;
	size_t i;
	int r;

	if ((r = buf_put_str(b, sn->host)) != 0 ||
	    (r = buf_put_str(b, sn->set)) != 0 ||
	    (r = buf_put_i64(b, sn->started)) != 0 ||
	    (r = buf_put_i64(b, sn->ended)) != 0 ||
	    (r = buf_put_i64(b, sn->source_time)) != 0 ||
	    (r = buf_put_str(b, sn->job)) != 0 ||
	    (r = buf_put_str(b, sn->agent)) != 0 ||
	    (r = buf_put_u8(b, sn->outcome)) != 0 ||
	    (r = buf_put_u64(b, sn->files)) != 0 ||
	    (r = buf_put_u64(b, sn->directories)) != 0 ||
	    (r = buf_put_u64(b, sn->others)) != 0 ||
	    (r = buf_put_u64(b, sn->bytes)) != 0 ||
	    (r = buf_put_u64(b, sn->new_bytes)) != 0 ||
	    (r = buf_put_u64(b, sn->issues)) != 0 ||
	    (r = buf_put_varint(b, sn->nroots)) != 0)
		return r;
	for (i = 0; i < sn->nroots && r == 0; i++) {
		root = &sn->roots[i];
		if ((r = buf_put_str(b, root->path)) == 0)
			r = buf_put(b, root->bytes, root->bytes_len);
	}
	return r;
}

/* Tell whether sn is one that snapshot_decode takes. */
static bool
snapshot_ok(const struct snapshot *sn)
{
	const char *texts[4] = { sn->host, sn->set, sn->job, sn->agent };
	size_t i;

	for (i = 0; i < 4; i++)
		if (texts[i] == NULL || strlen(texts[i]) > SNAPSHOT_TEXT_MAX)
			return false;
	return sn->writer != NULL && strlen(sn->writer) <= WRITER_MAX &&
	    strlen(sn->source) == 32 && sn->seq > 0 &&
	    sn->seq <= SNAPSHOT_SEQ_MAX && sn->signer_seq > 0 &&
	    sn->nheads <= HEADS_MAX && sn->nroots <= SNAPSHOT_ROOTS_MAX &&
	    (sn->outcome == SNAPSHOT_COMPLETE ||
	    sn->outcome == SNAPSHOT_INCOMPLETE);
}

/* What the record's box is bound to: the head, and its number. */
static void
record_ad(const uint8_t head[OBJECT_HEAD_LEN],
    uint8_t adp[OBJECT_HEAD_LEN + 1])
{
	memcpy(adp, head, OBJECT_HEAD_LEN);
	adp[OBJECT_HEAD_LEN] = 1;
}

/* Append the record, sealed with the frame key of (e, frame). */
static int
record_seal(const struct buf *plain, const uint8_t head[OBJECT_HEAD_LEN],
    const struct frame_epoch *e, const uint8_t frame[KDF_FRAME_ID_LEN],
    struct buf *out)
{
	uint8_t key[KDF_KEY_LEN], ad[OBJECT_HEAD_LEN + 1], *box;
	struct aead a = { key, frame, ad, sizeof(ad) };
	int r;

	if ((r = buf_reserve(out, buf_len(plain) + AEAD_TAG_LEN,
	    &box)) != 0)
		return r;
	record_ad(head, ad);
	kdf_frame_key(e->key, frame, key);
	aead_seal(&a, buf_ptr(plain), buf_len(plain), box);
	crypto_wipe(key, sizeof(key));
	return 0;
}

/* Append the signature over all of out. */
static int
snapshot_sign(const struct snapshot *sn, const uint8_t seed[32],
    struct buf *out)
{
	struct sign_key *key = NULL;
	uint8_t sig[SIGN_LEN];
	int r;

	if ((r = sign_from_seed(seed, &key)) != 0)
		return r;
	if (memcmp(sign_public(key), sn->signer, SIGN_PUBLIC_LEN) != 0)
		r = ERR_CONFIG;
	else {
		sign_make(key, buf_ptr(out), buf_len(out), sig);
		r = buf_put(out, sig, sizeof(sig));
	}
	sign_free(key);
	return r;
}

int
snapshot_encode(struct repo *r, const struct snapshot *sn,
    const struct frame_epoch *e, const uint8_t sign_seed[32],
    struct buf *out)
{
	uint8_t head[OBJECT_HEAD_LEN], frame[KDF_FRAME_ID_LEN];
	struct buf *plain = NULL, *b = NULL;
	int res;

	if (!snapshot_ok(sn))
		return ERR_FORMAT;
	object_head(r, OBJECT_SNAPSHOT, head);
	crypto_random(frame, sizeof(frame));
	if ((res = buf_new(SNAPSHOT_OBJECT_MAX, &plain)) != 0 ||
	    (res = buf_new(SNAPSHOT_OBJECT_MAX, &b)) != 0 ||
	    (res = buf_put(b, head, sizeof(head))) != 0 ||
	    (res = buf_put(b, e->id, sizeof(e->id))) != 0 ||
	    (res = buf_put(b, frame, sizeof(frame))) != 0 ||
	    (res = links_encode(sn, plain)) != 0 ||
	    (res = buf_put_u32(b, (uint32_t)(buf_len(plain) +
	    BOX_OVERHEAD))) != 0 ||
	    (res = box_seal(r, head, 0, plain, b)) != 0)
		goto out;
	buf_reset(plain);
	if ((res = record_encode(sn, plain)) != 0 ||
	    (res = buf_put_u32(b, (uint32_t)(buf_len(plain) +
	    AEAD_TAG_LEN))) != 0 ||
	    (res = record_seal(plain, head, e, frame, b)) != 0 ||
	    (res = snapshot_sign(sn, sign_seed, b)) != 0)
		goto out;
	res = buf_put(out, buf_ptr(b), buf_len(b));
 out:
	if (plain != NULL)
		buf_wipe(plain);
	buf_free(plain);
	buf_free(b);
	return res;
}

/* Find the parts of an object that begins well. */
static int
parts_find(const uint8_t *object, size_t len, struct parts *p)
{
	struct buf *b = NULL;
	int r;

	p->head = object;
	if ((r = buf_borrow(object, len, &b)) != 0)
		return r;
	if ((r = buf_skip(b, OBJECT_HEAD_LEN)) != 0 ||
	    (r = buf_get(b, p->epoch, sizeof(p->epoch))) != 0 ||
	    (r = buf_get(b, p->frame, sizeof(p->frame))) != 0 ||
	    (r = buf_get_u32(b, &p->links_len)) != 0)
		goto out;
	p->links = buf_ptr(b);
	if ((r = buf_skip(b, p->links_len)) != 0 ||
	    (r = buf_get_u32(b, &p->record_len)) != 0)
		goto out;
	p->record = buf_ptr(b);
	if ((r = buf_skip(b, p->record_len)) != 0)
		goto out;
	p->signature = buf_ptr(b);
	p->signed_len = len - buf_len(b);
	if ((r = buf_skip(b, SIGN_LEN)) == 0)
		r = buf_end(b);
 out:
	buf_free(b);
	return r;
}

/* Consume the heads of other signers. */
static int
heads_decode(struct buf *b, struct snapshot *sn)
{
	uint32_t n;
	size_t i;
	int r;

	if ((r = buf_get_varint32(b, HEADS_MAX, &n)) != 0)
		return r;
	if (n > 0 && (sn->heads = calloc(n, sizeof(*sn->heads))) == NULL)
		return ERR_NOMEM;
	sn->nheads = (size_t)n;
	for (i = 0; i < sn->nheads; i++)
		if ((r = buf_get(b, sn->heads[i].signer, 32)) != 0 ||
		    (r = buf_get_u64(b, &sn->heads[i].seq)) != 0 ||
		    (r = buf_get(b, sn->heads[i].hash, 32)) != 0)
			return r;
	return 0;
}

/* Consume the links but their roots, which stay in b. */
static int
links_decode(struct buf *b, struct snapshot *sn)
{
	uint8_t source[16];
	int r;

	if ((r = buf_get(b, source, sizeof(source))) != 0 ||
	    (r = buf_get_u64(b, &sn->seq)) != 0 ||
	    (r = buf_get(b, sn->previous, 32)) != 0 ||
	    (r = buf_get(b, sn->signer, 32)) != 0 ||
	    (r = buf_get_u64(b, &sn->signer_seq)) != 0 ||
	    (r = buf_get(b, sn->signer_previous, 32)) != 0 ||
	    (r = buf_get_str(b, WRITER_MAX, &sn->writer)) != 0 ||
	    (r = buf_get(b, sn->refs, 32)) != 0)
		return r;
	hex_format(source, sizeof(source), sn->source);
	return heads_decode(b, sn);
}

/* Consume one root of the record. */
static int
root_decode(struct buf *b, struct snapshot *sn)
{
	struct snapshot_root *root;
	struct entry e;
	const uint8_t *from;
	char *path = NULL;
	uint8_t *bytes = NULL;
	size_t len;
	int r;

	if ((r = buf_get_str(b, PATH_MAX_BYTES, &path)) != 0)
		goto out;
	if (root_known(sn, path)) {
		r = ERR_FORMAT;
		goto out;
	}
	from = buf_ptr(b);
	if ((r = entry_decode(b, true, &e)) != 0 ||
	    (r = root_more(sn, &root)) != 0)
		goto out;
	len = (size_t)(buf_ptr(b) - from);
	if ((bytes = malloc(len)) == NULL) {
		r = ERR_NOMEM;
		goto out;
	}
	memcpy(bytes, from, len);
	root->path = path;
	root->bytes = bytes;
	root->bytes_len = len;
	path = NULL;	/* taken, as bytes is */
	bytes = NULL;
	sn->nroots++;
	r = root_entry(root);
 out:
	free(path);
	free(bytes);
	return r;
}

/* Consume the record. */
static int
record_decode(struct buf *b, struct snapshot *sn)
{
	uint32_t n, i;
	int r;

	if ((r = buf_get_str(b, SNAPSHOT_TEXT_MAX, &sn->host)) != 0 ||
	    (r = buf_get_str(b, SNAPSHOT_TEXT_MAX, &sn->set)) != 0 ||
	    (r = buf_get_i64(b, &sn->started)) != 0 ||
	    (r = buf_get_i64(b, &sn->ended)) != 0 ||
	    (r = buf_get_i64(b, &sn->source_time)) != 0 ||
	    (r = buf_get_str(b, SNAPSHOT_TEXT_MAX, &sn->job)) != 0 ||
	    (r = buf_get_str(b, SNAPSHOT_TEXT_MAX, &sn->agent)) != 0 ||
	    (r = buf_get_u8(b, &sn->outcome)) != 0 ||
	    (r = buf_get_u64(b, &sn->files)) != 0 ||
	    (r = buf_get_u64(b, &sn->directories)) != 0 ||
	    (r = buf_get_u64(b, &sn->others)) != 0 ||
	    (r = buf_get_u64(b, &sn->bytes)) != 0 ||
	    (r = buf_get_u64(b, &sn->new_bytes)) != 0 ||
	    (r = buf_get_u64(b, &sn->issues)) != 0 ||
	    (r = buf_get_varint32(b, SNAPSHOT_ROOTS_MAX, &n)) != 0)
		return r;
	for (i = 0; i < n && r == 0; i++)
		r = root_decode(b, sn);
	return r == 0 ? buf_end(b) : r;
}

/* Check that the links name the subtrees of the record, to the end of b. */
static int
roots_compare(struct buf *b, const struct snapshot *sn)
{
	struct list_root root;
	const struct list_root *have;
	uint64_t n;
	size_t i;
	int r;

	if ((r = buf_get_varint(b, &n)) != 0)
		return r;
	if (n != sn->nroots)
		return ERR_FORMAT;
	for (i = 0; i < sn->nroots; i++) {
		have = &sn->roots[i].entry.subtree;
		if ((r = list_root_decode(b, &root)) != 0)
			return r;
		if (root.present != have->present || (root.present &&
		    (root.level != have->level ||
		    memcmp(root.id, have->id, sizeof(root.id)) != 0)))
			return ERR_FORMAT;
	}
	return buf_end(b);
}

/* Append what the record's box holds. */
static int
record_open(struct repo *r, const struct parts *p, struct buf *out)
{
	const struct frame_epoch *e;
	uint8_t key[KDF_KEY_LEN], ad[OBJECT_HEAD_LEN + 1], *plain;
	struct aead a = { key, p->frame, ad, sizeof(ad) };
	int res;

	if (p->record_len < AEAD_TAG_LEN)
		return ERR_FORMAT;
	if ((res = frame_epoch_find(r, p->epoch, &e)) != 0)
		return res == ERR_NOENT ? ERR_CORRUPT : res;
	if ((res = buf_reserve(out, p->record_len - AEAD_TAG_LEN,
	    &plain)) != 0)
		return res;
	record_ad(p->head, ad);
	kdf_frame_key(e->key, p->frame, key);
	res = aead_open(&a, p->record, p->record_len, plain);
	crypto_wipe(key, sizeof(key));
	return res;
}

/* Check that sn, whose links are decoded, is signed and stands right. */
static int
links_check(struct repo *r, const struct snapshot *sn, const char *name,
    const uint8_t *object, const struct parts *p)
{
	char real[SNAPSHOT_NAME_MAX];
	int res;

	if ((res = key_signer_check(r, sn->signer)) != 0)
		return res == ERR_NOENT ? ERR_CORRUPT : res;
	if ((res = sign_check(sn->signer, object, p->signed_len,
	    p->signature)) != 0)
		return res;
	snapshot_name(sn->source, sn->seq, real);
	return strcmp(real, name) == 0 ? 0 : ERR_CORRUPT;
}

int
snapshot_decode(struct repo *r, const char *name, const uint8_t *object,
    size_t len, struct snapshot **snp)
{
	struct snapshot *sn = NULL;
	struct buf *links = NULL, *record = NULL;
	struct parts p;
	int res;

	if (len > SNAPSHOT_OBJECT_MAX)
		return ERR_TOOBIG;
	if ((res = object_check(r, OBJECT_SNAPSHOT, object, len)) != 0 ||
	    (res = parts_find(object, len, &p)) != 0 ||
	    (res = snapshot_new(&sn)) != 0 ||
	    (res = buf_new(len, &links)) != 0 ||
	    (res = buf_new(len, &record)) != 0 ||
	    (res = box_open(r, p.head, 0, p.links, p.links_len,
	    links)) != 0 ||
	    (res = links_decode(links, sn)) != 0 ||
	    (res = links_check(r, sn, name, object, &p)) != 0 ||
	    (res = record_open(r, &p, record)) != 0 ||
	    (res = record_decode(record, sn)) != 0 ||
	    (res = roots_compare(links, sn)) != 0 ||
	    (res = sha256_of(object, len, sn->hash)) != 0)
		goto out;
	if (!snapshot_ok(sn)) {
		res = ERR_FORMAT;
		goto out;
	}
	*snp = sn;
	sn = NULL;
 out:
	if (res != 0)
		log_err(res, "%s: decode", name);
	if (record != NULL)
		buf_wipe(record);
	buf_free(record);
	buf_free(links);
	snapshot_free(sn);
	return res;
}
