/* signer.c: the servers whose signatures count. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "repo/core.h"
#include "repo/internal.h"
#include "store/store.h"

#define SIGNER_NAME_MAX 255

int
signer_put(struct repo *r, const uint8_t public_key[32], const char *name,
    uint8_t hashp[32])
{
	struct buf *plain = NULL, *out = NULL;
	uint8_t head[OBJECT_HEAD_LEN];
	int e;

	if (strlen(name) > SIGNER_NAME_MAX)
		return ERR_TOOBIG;
	object_head(r, OBJECT_SIGNER, head);
	if ((e = buf_new(KEY_OBJECT_MAX, &plain)) != 0 ||
	    (e = buf_new(KEY_OBJECT_MAX, &out)) != 0 ||
	    (e = buf_put(plain, public_key, 32)) != 0 ||
	    (e = buf_put_i64(plain, clock_wall())) != 0 ||
	    (e = buf_put_str(plain, name)) != 0 ||
	    (e = buf_put(out, head, sizeof(head))) != 0 ||
	    (e = box_seal(r, head, 0, plain, out)) != 0)
		goto out;
	e = object_put(r, SIGNER_DIR, buf_ptr(out), buf_len(out), hashp);
 out:
	buf_free(plain);
	buf_free(out);
	return e;
}

int
signer_decode(const struct repo *r, const uint8_t *object, size_t len,
    uint8_t publicp[32])
{
	struct buf *b = NULL;
	const uint8_t *name;
	uint8_t public[32];
	int64_t created;
	size_t n;
	int e;

	if ((e = object_check(r, OBJECT_SIGNER, object, len)) != 0 ||
	    (e = buf_new(KEY_OBJECT_MAX, &b)) != 0)
		return e;
	if ((e = box_open(r, object, 0, object + OBJECT_HEAD_LEN,
	    len - OBJECT_HEAD_LEN, b)) == 0 &&
	    (e = buf_get(b, public, sizeof(public))) == 0 &&
	    (e = buf_get_i64(b, &created)) == 0 &&
	    (e = buf_get_bytes(b, SIGNER_NAME_MAX, &name, &n)) == 0 &&
	    (e = buf_end(b)) == 0)
		memcpy(publicp, public, sizeof(public));
	buf_free(b);
	return e;
}

static bool
signer_known(const struct repo *r, const uint8_t public_key[32])
{
	size_t i;

	for (i = 0; i < r->nsigners; i++)
		if (memcmp(r->signers[i], public_key, 32) == 0)
			return true;
	return false;
}

static int
signer_keep(struct repo *r, const uint8_t public_key[32])
{
	uint8_t (*all)[32];

	if (signer_known(r, public_key))
		return 0;
	all = reallocarray(r->signers, r->nsigners + 1, sizeof(*all));
	if (all == NULL)
		return ERR_NOMEM;
	memcpy(all[r->nsigners++], public_key, 32);
	r->signers = all;
	return 0;
}

/* Read the signer object called name. */
static int
signer_load(struct repo *r, const char *name)
{
	struct buf *b = NULL;
	uint8_t hash[32], public[32];
	int e;

	if ((e = object_name_hash(name, SIGNER_DIR, hash)) != 0 ||
	    (e = buf_new(KEY_OBJECT_MAX, &b)) != 0)
		return e;
	if ((e = object_get_from(r->store, name, hash, KEY_OBJECT_MAX,
	    b)) == 0 &&
	    (e = signer_decode(r, buf_ptr(b), buf_len(b), public)) == 0)
		e = signer_keep(r, public);
	buf_free(b);
	return e;
}

int
key_signer_add(struct repo *r, const uint8_t public_key[32],
    const char *name)
{
	uint8_t hash[32];
	int e;

	if ((e = signer_put(r, public_key, name, hash)) != 0)
		return e;
	return signer_keep(r, public_key);
}

int
key_signer_check(struct repo *r, const uint8_t public_key[32])
{
	struct store_list *l;
	const char *name;
	uint64_t size;
	int e, t;

	if (signer_known(r, public_key))
		return 0;
	if ((e = store_list_new(r->store, SIGNER_DIR "/", &l)) != 0)
		return e;
	/* A damaged signer vouches for nobody, the others still do. */
	while ((e = store_list_next(l, &name, &size)) == 1) {
		if ((t = signer_load(r, name)) == 0)
			continue;
		log_err(t, "signer %s: read", name);
		if (t == ERR_IO || t == ERR_NOMEM || t == ERR_TIMEOUT ||
		    t == ERR_CLOSED || t == ERR_DENIED) {
			e = t;
			break;
		}
	}
	store_list_free(l);
	if (e != 0)
		return e;
	return signer_known(r, public_key) ? 0 : ERR_NOENT;
}
