/* epoch.c: the keys of frames, one for each server and month. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypto/secret.h"
#include "repo/core.h"
#include "repo/internal.h"
#include "store/store.h"

#define EPOCH_BOX_LEN (32 + BOX_OVERHEAD)

static struct frame_epoch *
epoch_frame(const struct epoch *e)
{
	return (struct frame_epoch *)secret_bytes(e->frame);
}

void
epoch_free_all(struct repo *r)
{
	size_t i;

	for (i = 0; i < r->nepochs; i++)
		secret_free(r->epochs[i].frame);
	free(r->epochs);
	r->epochs = NULL;
	r->nepochs = 0;
}

/* Append e to the epochs of r, which takes it. */
static int
epoch_keep(struct repo *r, const struct epoch *e)
{
	struct epoch *all;

	all = reallocarray(r->epochs, r->nepochs + 1, sizeof(*all));
	if (all == NULL)
		return ERR_NOMEM;
	all[r->nepochs++] = *e;
	r->epochs = all;
	return 0;
}

static const struct frame_epoch *
epoch_known(const struct repo *r, const uint8_t id[16])
{
	size_t i;

	for (i = 0; i < r->nepochs; i++)
		if (memcmp(epoch_frame(&r->epochs[i])->id, id, 16) == 0)
			return epoch_frame(&r->epochs[i]);
	return NULL;
}

static int
epoch_encode(const struct repo *r, const struct epoch *ep, struct buf *out)
{
	const struct frame_epoch *f = epoch_frame(ep);
	uint8_t head[OBJECT_HEAD_LEN], *p;
	struct box box = { repo_keys(r)->epoch, head, 0 };
	int e;

	object_head(r, OBJECT_EPOCH, head);
	if ((e = buf_put(out, head, sizeof(head))) != 0 ||
	    (e = buf_put(out, f->id, sizeof(f->id))) != 0 ||
	    (e = buf_put_i64(out, ep->created)) != 0 ||
	    (e = buf_put(out, ep->signer, sizeof(ep->signer))) != 0 ||
	    (e = buf_reserve(out, EPOCH_BOX_LEN, &p)) != 0)
		return e;
	box_seal_with(&box, f->key, sizeof(f->key), p);
	return 0;
}

/* Consume what follows the head; ep->frame is there. */
static int
epoch_get(const struct repo *r, struct buf *b, struct epoch *ep)
{
	struct frame_epoch *f = epoch_frame(ep);
	uint8_t head[OBJECT_HEAD_LEN];
	struct box box = { repo_keys(r)->epoch, head, 0 };
	int e;

	object_head(r, OBJECT_EPOCH, head);
	memcpy(f->repo_id, r->params.id, sizeof(f->repo_id));
	if ((e = buf_get(b, f->id, sizeof(f->id))) != 0 ||
	    (e = buf_get_i64(b, &ep->created)) != 0 ||
	    (e = buf_get(b, ep->signer, sizeof(ep->signer))) != 0)
		return e;
	if (buf_len(b) != EPOCH_BOX_LEN)
		return ERR_FORMAT;
	return box_open_with(&box, buf_ptr(b), buf_len(b), f->key);
}

int
epoch_decode(const struct repo *r, const uint8_t *object, size_t len,
    struct epoch *ep)
{
	struct epoch new = { .frame = NULL };
	struct buf *b = NULL;
	int e;

	if ((e = object_check(r, OBJECT_EPOCH, object, len)) != 0 ||
	    (e = buf_borrow(object, len, &b)) != 0)
		return e;
	if ((e = secret_new(sizeof(struct frame_epoch), &new.frame)) == 0 &&
	    (e = buf_skip(b, OBJECT_HEAD_LEN)) == 0)
		e = epoch_get(r, b, &new);
	buf_free(b);
	if (e == 0)
		*ep = new;
	else
		secret_free(new.frame);
	return e;
}

/* Read the epoch object called name, unless its id is known already. */
static int
epoch_load(struct repo *r, const char *name)
{
	struct epoch ep = { .frame = NULL };
	struct buf *b = NULL;
	uint8_t hash[32];
	int e;

	if ((e = object_name_hash(name, EPOCH_DIR, hash)) != 0 ||
	    (e = buf_new(KEY_OBJECT_MAX, &b)) != 0)
		return e;
	if ((e = object_get_from(r->store, name, hash, KEY_OBJECT_MAX,
	    b)) != 0 ||
	    (e = epoch_decode(r, buf_ptr(b), buf_len(b), &ep)) != 0)
		goto out;
	if (epoch_known(r, epoch_frame(&ep)->id) == NULL &&
	    (e = epoch_keep(r, &ep)) == 0)
		ep.frame = NULL;	/* kept */
 out:
	secret_free(ep.frame);
	buf_free(b);
	return e;
}

/*
 * Read all epochs that are not known yet.  Damaged ones are passed over:
 * what they sealed is lost, the rest is not.
 */
static int
epoch_load_all(struct repo *r)
{
	struct store_list *l;
	const char *name;
	uint64_t size;
	int e, t;

	if ((e = store_list_new(r->store, EPOCH_DIR "/", &l)) != 0)
		return e;
	while ((e = store_list_next(l, &name, &size)) == 1) {
		if ((t = epoch_load(r, name)) == 0)
			continue;
		log_err(t, "epoch %s: read", name);
		if (t == ERR_FORMAT || t == ERR_CORRUPT || t == ERR_TOOBIG ||
		    t == ERR_NOENT || t == ERR_VERSION)
			continue;
		e = t;
		break;
	}
	store_list_free(l);
	return e;
}

/* Make a new epoch and put it. */
static int
epoch_make(struct repo *r, const uint8_t signer[32],
    const struct frame_epoch **fp)
{
	struct epoch ep = { .created = clock_wall() };
	struct frame_epoch *f;
	struct buf *b = NULL;
	uint8_t hash[32];
	int e;

	if ((e = secret_random(sizeof(*f), &ep.frame)) != 0 ||
	    (e = buf_new(KEY_OBJECT_MAX, &b)) != 0)
		goto out;
	f = epoch_frame(&ep);
	memcpy(f->repo_id, r->params.id, sizeof(f->repo_id));
	memcpy(ep.signer, signer, sizeof(ep.signer));
	if ((e = epoch_encode(r, &ep, b)) != 0 ||
	    (e = object_put(r, EPOCH_DIR, buf_ptr(b), buf_len(b),
	    hash)) != 0 || (e = epoch_keep(r, &ep)) != 0)
		goto out;
	ep.frame = NULL;	/* kept */
	*fp = f;
 out:
	secret_free(ep.frame);
	buf_free(b);
	return e;
}

/* Tell whether two times are in the same month, in UTC. */
static bool
epoch_same_month(int64_t a, int64_t b)
{
	time_t ta = (time_t)a, tb = (time_t)b;
	struct tm x, y;

	return gmtime_r(&ta, &x) != NULL && gmtime_r(&tb, &y) != NULL &&
	    x.tm_year == y.tm_year && x.tm_mon == y.tm_mon;
}

int
frame_epoch_current(struct repo *r, const uint8_t signer[32],
    const struct frame_epoch **ep)
{
	int64_t now = clock_wall();
	size_t i;
	int e;

	if ((e = epoch_load_all(r)) != 0)
		return e;
	for (i = 0; i < r->nepochs; i++)
		if (memcmp(r->epochs[i].signer, signer, 32) == 0 &&
		    epoch_same_month(r->epochs[i].created, now)) {
			*ep = epoch_frame(&r->epochs[i]);
			return 0;
		}
	return epoch_make(r, signer, ep);
}

int
frame_epoch_find(struct repo *r, const uint8_t id[16],
    const struct frame_epoch **ep)
{
	const struct frame_epoch *f;
	int e;

	/* Another server may have made it since. */
	if ((f = epoch_known(r, id)) == NULL) {
		if ((e = epoch_load_all(r)) != 0)
			return e;
		if ((f = epoch_known(r, id)) == NULL)
			return ERR_NOENT;
	}
	*ep = f;
	return 0;
}
