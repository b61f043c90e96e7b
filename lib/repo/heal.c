/* heal.c: replace what is damaged in one target by what is whole in others. */
#include "config.h"

#include "repo/heal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "crypto/secret.h"
#include "repo/stored.h"
#include "store/store.h"

#define TEXT_MAX 256
#define PROBE_RANDOM 16

/* So many objects that cannot be read one after the other: it is the store. */
#define UNREAD_MAX 16

struct heal {
	const struct heal_params *p;
	struct heal_totals t;
	uint8_t	 id[REPO_ID_LEN];
	struct stored_by by;
	struct stored_bytes *bytes, *good;
	unsigned int unread;		/* objects in a row */
	size_t	 beside;		/* the source it is listed beside */
};

static void
tell(struct heal *h, enum heal_told told, const char *object, int from,
    const char *what, int r)
{
	char text[TEXT_MAX];

	snprintf(text, sizeof(text), "%s%s%s", what, r != 0 ? ": " : "",
	    r != 0 ? err_text(r) : "");
	if (h->p->tell != NULL)
		h->p->tell(told, object, from, text, h->p->arg);
}

/* Is a failure to read the object's fault, so that the next may be good? */
static bool
of_object(int r)
{
	return r == ERR_CORRUPT || r == ERR_FORMAT || r == ERR_NOENT ||
	    r == ERR_IO || r == ERR_DENIED || r == ERR_TOOBIG;
}

/* Read a whole one into h->good; *fromp is whose it is, -1: nobody has it. */
static int
good_find(struct heal *h, const char *name, int *fromp)
{
	uint64_t size;
	size_t i;
	int r;

	for (i = 0; i < h->p->nfrom; i++) {
		if ((r = store_size(h->p->from[i], name, &size)) == 0)
			r = stored_read(h->p->from[i], name, size, &h->by,
			    h->good);
		if (r == 0) {
			*fromp = (int)i;
			return 0;
		}
		if (!of_object(r))
			return r;
	}
	*fromp = -1;
	return 0;
}

/* The store takes so many bytes, and this user may write there. */
static int
rehearse(struct heal *h, char probe[64])
{
	uint8_t raw[PROBE_RANDOM];
	char hex[2 * PROBE_RANDOM + 1];
	const uint8_t *p;
	size_t len;

	crypto_random(raw, sizeof(raw));
	hex_format(raw, sizeof(raw), hex);
	snprintf(probe, 64, "gc/probe-%s", hex);
	p = stored_data(h->good, &len);
	return store_put_exclusive(h->p->store, probe, p, len);
}

/* Read back what was put. */
static int
read_back(struct heal *h, const char *name)
{
	const uint8_t *a, *b;
	size_t na, nb;
	int r;

	a = stored_data(h->good, &na);
	if ((r = stored_read(h->p->store, name, na, &h->by, h->bytes)) != 0)
		return r;
	b = stored_data(h->bytes, &nb);
	return na == nb && memcmp(a, b, na) == 0 ? 0 : ERR_CORRUPT;
}

/* Put h->good in the place of what is there, if anything is. */
static int
replace(struct heal *h, const char *name, bool there, const char **stepp)
{
	char probe[64] = "";
	const uint8_t *p;
	size_t len;
	int r = 0, e;

	p = stored_data(h->good, &len);
	*stepp = "the target does not take it";
	if (there && (r = rehearse(h, probe)) != 0)
		return r;
	if (there) {
		*stepp = "the target does not let the damaged one be deleted";
		r = store_delete(h->p->store, name);
	}
	if (r == 0) {
		*stepp = there ? "the damaged one is deleted and the whole"
		    " one is NOT there: run it again" :
		    "the target does not take it";
		if ((r = store_put_exclusive(h->p->store, name, p,
		    len)) == 0)
			r = read_back(h, name);
	}
	if (probe[0] != '\0' && (e = store_delete(h->p->store, probe)) != 0 &&
	    r == 0)
		tell(h, HEAL_NOTE, probe, -1, "a leftover that cannot be"
		    " deleted", e);
	return r;
}

/* One that is damaged or missing. */
static int
treat(struct heal *h, const struct stored_pair *p, const char *what, int why)
{
	const char *step;
	int from = -1, r;

	if (why != 0)
		h->t.damaged++;
	else
		h->t.missing++;
	if ((r = good_find(h, p->name, &from)) != 0)
		return r;
	h->t.can += from >= 0;
	h->t.cannot += from < 0;
	if (from < 0 || !h->p->apply) {
		tell(h, from < 0 ? HEAL_CANNOT : HEAL_CAN, p->name, from,
		    what, why);
		return 0;
	}
	if (why == 0 && stored_needs_key(p->what.kind) &&
	    h->t.can + h->t.cannot - 1 > h->t.healed) {
		h->t.failed++;
		tell(h, HEAL_FAILED, p->name, from, "not put, because not all"
		    " that it may need is whole", 0);
		return 0;
	}
	if ((r = replace(h, p->name, why != 0, &step)) == 0) {
		h->t.healed++;
		tell(h, HEAL_DONE, p->name, from, what, why);
		return 0;
	}
	h->t.failed++;
	tell(h, HEAL_FAILED, p->name, from, step, r);
	return r == ERR_CLOSED || r == ERR_TIMEOUT || r == ERR_NOMEM ? r : 0;
}

/* An object of the store: is it what it should be? */
static int
look(struct heal *h, const struct stored_pair *p)
{
	int r;

	h->t.objects++;
	h->t.bytes += p->size[0];
	h->t.unsure += h->p->repo == NULL && stored_needs_key(p->what.kind);
	r = stored_read(h->p->store, p->name, p->size[0], &h->by, h->bytes);
	if (h->p->progress != NULL)
		h->p->progress(&h->t, h->p->arg);
	h->unread = r == ERR_IO || r == ERR_DENIED ? h->unread + 1 : 0;
	if (r == 0)
		return 0;
	if (!of_object(r) || h->unread > UNREAD_MAX)
		return r;
	if (r == ERR_DENIED) {	/* which says nothing of its bytes */
		h->t.damaged++;
		h->t.cannot++;
		tell(h, HEAL_CANNOT, p->name, -1, "cannot be read", r);
		return 0;
	}
	/* Gone between the list and now, it is missing. */
	return treat(h, p, r == ERR_NOENT ? "missing" : "damaged",
	    r == ERR_NOENT ? 0 : r);
}

static int
visit(const struct stored_pair *p, void *arg)
{
	struct heal *h = arg;
	uint64_t size;
	size_t i;

	if (p->in[0])
		return h->beside > 0 ? 0 : look(h, p);
	/* What an earlier source has, was treated beside that. */
	for (i = 0; i < h->beside; i++)
		if (store_size(h->p->from[i], p->name, &size) == 0)
			return 0;
	return p->what.slot ? 0 : treat(h, p, "missing", 0);
}

static int
kind_run(struct heal *h, enum stored_kind kind)
{
	int r;

	h->beside = 0;
	do
		r = stored_walk(h->p->store, h->beside < h->p->nfrom ?
		    h->p->from[h->beside] : NULL, kind, visit, h);
	while (r == 0 && ++h->beside < h->p->nfrom);
	return r;
}

/* All of one repository? */
static int
identity_check(struct heal *h)
{
	struct repo_params a, b;
	size_t i;
	int r;

	r = repo_peek(h->p->store, &a);
	/* All copies of the config may be what is to be healed. */
	if (r == ERR_CORRUPT && h->p->nfrom > 0)
		r = repo_peek(h->p->from[0], &a);
	if (r != 0)
		return r;
	memcpy(h->id, a.id, sizeof(h->id));
	h->by = (struct stored_by){ h->id, h->p->repo };
	for (i = 0; i < h->p->nfrom; i++) {
		if ((r = repo_peek(h->p->from[i], &b)) != 0)
			return r;
		if (memcmp(a.id, b.id, sizeof(a.id)) != 0)
			return ERR_DENIED;
	}
	return 0;
}

static int
count(const struct stored_pair *p, void *arg)
{
	struct heal *h = arg;

	(void)p;
	h->t.all++;
	return 0;
}

int
heal_run(const struct heal_params *p, struct heal_totals *tp)
{
	struct heal h;
	int kind, r;

	memset(&h, 0, sizeof(h));
	h.p = p;
	if ((r = stored_bytes_new(&h.bytes)) == 0 &&
	    (r = stored_bytes_new(&h.good)) == 0)
		r = identity_check(&h);
	for (kind = 0; kind < STORED_KINDS && r == 0; kind++)
		r = stored_walk(p->store, NULL, (enum stored_kind)kind,
		    count, &h);
	for (kind = 0; kind < STORED_KINDS && r == 0; kind++)
		r = kind_run(&h, (enum stored_kind)kind);
	stored_bytes_free(h.bytes);
	stored_bytes_free(h.good);
	*tp = h.t;
	if (r == 0 && h.t.damaged + h.t.missing > h.t.healed)
		r = ERR_CORRUPT;
	return r;
}
