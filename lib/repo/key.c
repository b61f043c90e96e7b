/* key.c: list, add and remove the ways into a repository. */
#include "config.h"

#include "repo/key.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "base/log.h"
#include "repo/core.h"
#include "repo/internal.h"
#include "store/store.h"

#define KEY_PREFIX_MIN 4

/* Read the slot object called name. */
static int
key_slot_read(struct repo *r, const char *name, struct key_slot *sp)
{
	struct buf *b = NULL;
	struct slot slot;
	uint8_t hash[32];
	int e;

	if ((e = object_name_hash(name, SLOT_DIR, hash)) != 0 ||
	    (e = buf_new(SLOT_OBJECT_MAX, &b)) != 0)
		return e;
	if ((e = object_get_from(r->store, name, hash, SLOT_OBJECT_MAX,
	    b)) == 0 && (e = slot_decode(r->params.id, buf_ptr(b),
	    buf_len(b), &slot)) == 0) {
		hex_format(hash, sizeof(hash), sp->id);
		sp->kind = slot.kind;
		memcpy(sp->label, slot.label, sizeof(sp->label));
		sp->created = slot.created;
		sp->opened = memcmp(hash, r->slot, sizeof(hash)) == 0;
	}
	buf_free(b);
	return e;
}

static int
key_slot_cmp(const void *a, const void *b)
{
	const struct key_slot *x = a, *y = b;

	if (x->created != y->created)
		return x->created < y->created ? -1 : 1;
	return strcmp(x->id, y->id);
}

int
key_slot_list(struct repo *r, struct key_slot **slotsp, size_t *np)
{
	struct key_slot *slots = NULL, *more;
	struct store_list *l;
	const char *name;
	uint64_t size;
	size_t n = 0;
	int e, t;

	if ((e = store_list_new(r->store, SLOT_DIR "/", &l)) != 0)
		return e;
	while ((e = store_list_next(l, &name, &size)) == 1) {
		more = reallocarray(slots, n + 1, sizeof(*slots));
		if (more == NULL) {
			e = ERR_NOMEM;
			break;
		}
		slots = more;
		if ((t = key_slot_read(r, name, &slots[n])) == 0)
			n++;
		else
			log_warn("slot %s: %s", name, err_text(t));
	}
	store_list_free(l);
	if (e != 0) {
		free(slots);
		return e;
	}
	if (n > 1)
		qsort(slots, n, sizeof(*slots), key_slot_cmp);
	*slotsp = slots;
	*np = n;
	return 0;
}

int
key_slot_add(struct repo *r, const struct key_input *key, const char *label)
{
	struct buf *b;
	uint8_t hash[32];
	int e;

	if ((e = buf_new(SLOT_OBJECT_MAX, &b)) != 0)
		return e;
	if ((e = slot_encode(r->params.id, key, label, r->master, b)) == 0)
		e = object_put(r, SLOT_DIR, buf_ptr(b), buf_len(b), hash);
	buf_free(b);
	return e;
}

int
key_slot_remove(struct repo *r, const char *prefix)
{
	char name[OBJECT_NAME_MAX];
	struct key_slot *slots, *hit = NULL;
	size_t n, i;
	uint8_t hash[32];
	int e;

	if (strlen(prefix) < KEY_PREFIX_MIN)
		return ERR_NOENT;
	if ((e = key_slot_list(r, &slots, &n)) != 0)
		return e;
	for (i = 0; i < n; i++) {
		if (strncmp(slots[i].id, prefix, strlen(prefix)) != 0)
			continue;
		if (hit != NULL) {
			e = ERR_EXIST;
			goto out;
		}
		hit = &slots[i];
	}
	if (hit == NULL) {
		e = ERR_NOENT;
		goto out;
	}
	if (n == 1) {
		log_error("slot %s: the last one cannot be removed", hit->id);
		e = ERR_DENIED;
		goto out;
	}
	if ((e = hex_parse(hit->id, hash, sizeof(hash))) != 0)
		goto out;
	object_name(SLOT_DIR, hash, name);
	e = store_delete(r->store, name);
 out:
	free(slots);
	return e;
}
