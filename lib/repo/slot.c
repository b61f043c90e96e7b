/* slot.c: wrapped copies of the master key. */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypto/kdf.h"
#include "crypto/secret.h"
#include "repo/core.h"
#include "repo/internal.h"
#include "store/store.h"

#define SLOT_BOX_LEN (SECRET_KEY_LEN + BOX_OVERHEAD)

/* The key that seals a slot.  keyp is the caller's to wipe. */
static int
slot_key(const struct slot *slot, const struct key_input *key,
    uint8_t keyp[KDF_KEY_LEN])
{
	struct kdf_pass p = { slot->salt, slot->ops, slot->mem };

	switch (slot->kind) {
	case KEY_PASSPHRASE:
		return kdf_passphrase(&p, key->passphrase,
		    strlen(key->passphrase), keyp);
	case KEY_HOST:
		kdf_token(key->token, "kho host slot", slot->salt, keyp);
		return 0;
	case KEY_RECOVERY:
		kdf_token(key->token, "kho recovery slot", slot->salt, keyp);
		return 0;
	}
	return ERR_FORMAT;
}

/* Append everything before the box. */
static int
slot_put_open(const uint8_t *head, const struct slot *slot, struct buf *out)
{
	int r;

	if ((r = buf_put(out, head, OBJECT_HEAD_LEN)) != 0 ||
	    (r = buf_put_u8(out, (uint8_t)slot->kind)) != 0 ||
	    (r = buf_put_str(out, slot->label)) != 0 ||
	    (r = buf_put_i64(out, slot->created)) != 0 ||
	    (r = buf_put(out, slot->salt, sizeof(slot->salt))) != 0 ||
	    (r = buf_put_u64(out, slot->ops)) != 0)
		return r;
	return buf_put_u64(out, slot->mem);
}

int
slot_encode(const uint8_t id[REPO_ID_LEN], const struct key_input *key,
    const char *label, const struct secret *master, struct buf *out)
{
	struct slot slot = { .kind = key->kind, .created = clock_wall() };
	uint8_t head[OBJECT_HEAD_LEN], sealer[KDF_KEY_LEN], *p;
	struct box box = { sealer, head, 0 };
	int r;

	if (strlen(label) > SLOT_LABEL_MAX)
		return ERR_TOOBIG;
	strcpy(slot.label, label);
	crypto_random(slot.salt, sizeof(slot.salt));
	if (slot.kind == KEY_PASSPHRASE) {
		slot.ops = KDF_PASS_OPS;
		slot.mem = KDF_PASS_MEM;
	}
	object_head_of(id, OBJECT_SLOT, head);
	if ((r = slot_key(&slot, key, sealer)) == 0 &&
	    (r = slot_put_open(head, &slot, out)) == 0 &&
	    (r = buf_reserve(out, SLOT_BOX_LEN, &p)) == 0)
		box_seal_with(&box, secret_view(master), SECRET_KEY_LEN, p);
	crypto_wipe(sealer, sizeof(sealer));
	return r;
}

/* The caps come before any use of the parameters. */
static int
slot_check(const struct slot *slot)
{
	if (slot->kind != KEY_PASSPHRASE && slot->kind != KEY_HOST &&
	    slot->kind != KEY_RECOVERY)
		return ERR_FORMAT;
	if (slot->kind != KEY_PASSPHRASE)
		return slot->ops == 0 && slot->mem == 0 ? 0 : ERR_FORMAT;
	if (slot->ops > KDF_PASS_OPS_MAX || slot->mem > KDF_PASS_MEM_MAX)
		return ERR_TOOBIG;
	return 0;
}

/* Consume what follows the head. */
static int
slot_get(struct buf *b, struct slot *sp)
{
	const uint8_t *label;
	size_t len;
	uint8_t kind;
	int r;

	if ((r = buf_get_u8(b, &kind)) != 0 ||
	    (r = buf_get_bytes(b, SLOT_LABEL_MAX, &label, &len)) != 0 ||
	    (r = buf_get_i64(b, &sp->created)) != 0)
		return r;
	if (memchr(label, '\0', len) != NULL)
		return ERR_FORMAT;
	memcpy(sp->label, label, len);
	sp->label[len] = '\0';
	sp->kind = kind;
	if ((r = buf_get(b, sp->salt, sizeof(sp->salt))) != 0 ||
	    (r = buf_get_u64(b, &sp->ops)) != 0 ||
	    (r = buf_get_u64(b, &sp->mem)) != 0)
		return r;
	sp->box = buf_ptr(b);
	sp->box_len = buf_len(b);
	return sp->box_len == SLOT_BOX_LEN ? slot_check(sp) : ERR_FORMAT;
}

int
slot_decode(const uint8_t id[REPO_ID_LEN], const uint8_t *object, size_t len,
    struct slot *sp)
{
	struct slot slot;
	struct buf *b;
	int r;

	if ((r = object_check_of(id, OBJECT_SLOT, object, len)) != 0 ||
	    (r = buf_borrow(object, len, &b)) != 0)
		return r;
	if ((r = buf_skip(b, OBJECT_HEAD_LEN)) == 0 &&
	    (r = slot_get(b, &slot)) == 0)
		*sp = slot;
	buf_free(b);
	return r;
}

int
slot_open(const uint8_t id[REPO_ID_LEN], const struct slot *slot,
    const struct key_input *key, struct secret *master)
{
	uint8_t head[OBJECT_HEAD_LEN], sealer[KDF_KEY_LEN];
	struct box box = { sealer, head, 0 };
	int r;

	if (slot->kind != key->kind)
		return ERR_DENIED;
	object_head_of(id, OBJECT_SLOT, head);
	if ((r = slot_key(slot, key, sealer)) == 0 &&
	    box_open_with(&box, slot->box, slot->box_len,
	    secret_bytes(master)) != 0)
		r = ERR_DENIED;
	crypto_wipe(sealer, sizeof(sealer));
	return r;
}

/* What the store does not let us read is not a wrong key. */
static int
slot_readable(int code)
{
	return code == ERR_DENIED ? ERR_IO : code;
}

/* Read the slot called name and try it. */
static int
slot_try(struct store *s, const uint8_t id[REPO_ID_LEN], const char *name,
    const struct key_input *key, struct secret *master)
{
	struct buf *b = NULL;
	uint8_t hash[32];
	struct slot slot;
	int r;

	if ((r = object_name_hash(name, SLOT_DIR, hash)) != 0 ||
	    (r = buf_new(SLOT_OBJECT_MAX, &b)) != 0)
		return r;
	r = slot_readable(object_get_from(s, name, hash, SLOT_OBJECT_MAX,
	    b));
	if (r == 0 && (r = slot_decode(id, buf_ptr(b), buf_len(b), &slot)) == 0)
		r = slot_open(id, &slot, key, master);
	buf_free(b);
	return r;
}

/* Tell whether a slot failed because it is not what was written. */
static bool
slot_damaged(int code)
{
	return code == ERR_FORMAT || code == ERR_CORRUPT ||
	    code == ERR_TOOBIG || code == ERR_NOENT;
}

int
slot_find(struct store *s, const uint8_t id[REPO_ID_LEN],
    const struct key_input *key, struct secret *master, uint8_t hashp[32])
{
	struct store_list *l;
	const char *name;
	uint64_t size;
	int best = ERR_CORRUPT, r, t;

	if ((r = store_list_new(s, SLOT_DIR "/", &l)) != 0)
		return slot_readable(r);
	while ((r = store_list_next(l, &name, &size)) == 1) {
		t = slot_try(s, id, name, key, master);
		if (t == 0) {
			r = object_name_hash(name, SLOT_DIR, hashp);
			goto out;
		}
		if (slot_damaged(t))
			log_warn("slot %s: %s", name, err_text(t));
		else if (best == ERR_CORRUPT || t != ERR_DENIED)
			best = t;	/* any other failure tells more */
	}
	if (r == 0)
		r = best;
	if (r == ERR_DENIED)
		log_error("store %s: no slot opens with this key",
		    store_name(s));
	else
		log_err(r, "store %s: no slot can be read", store_name(s));
 out:
	store_list_free(l);
	return r;
}
