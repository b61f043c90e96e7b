/* verify.c: go through all objects of a repository and check them. */
#include "config.h"

#include "repo/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "crypto/secret.h"
#include "hash/sha256.h"
#include "repo/core.h"
#include "repo/internal.h"
#include "repo/marker.h"
#include "repo/pin.h"
#include "repo/refs_impl.h"
#include "repo/snapshot.h"
#include "repo/verify_impl.h"
#include "store/store.h"

#define WINDOW (4u << 20)	/* bytes read at once */
#define CONFIG_MAX 4096

void
verify_alarm(struct verify *v, const char *object, const char *what)
{
	v->t.alarms++;
	if (v->p->report != NULL)
		v->p->report(VERIFY_ALARM, object, what, v->p->arg);
}

void
verify_note(struct verify *v, const char *object, const char *what)
{
	v->t.notes++;
	if (v->p->report != NULL)
		v->p->report(VERIFY_NOTE, object, what, v->p->arg);
}

int
verify_damage(struct verify *v, int r, const char *object, const char *what)
{
	char text[160];

	switch (r) {
	case ERR_NOENT:
	case ERR_DENIED:
	case ERR_IO:
	case ERR_TOOBIG:
	case ERR_VERSION:
	case ERR_FORMAT:
	case ERR_CORRUPT:
		snprintf(text, sizeof(text), "%s: %s", what, err_text(r));
		verify_alarm(v, object, text);
		return 0;
	default:
		return r;
	}
}

void
verify_progress(struct verify *v, uint64_t size)
{
	v->done += size;
	if (v->p->progress != NULL)
		v->p->progress(v->done, v->total, v->p->arg);
}

/* Check one copy of the config; an intact one is given in b. */
static int
config_copy(struct verify *v, const char *name, struct buf *b, bool *goodp)
{
	struct repo_params params;
	int r;

	buf_reset(b);
	if ((r = store_get_all(repo_store(v->r), name, CONFIG_MAX,
	    b)) == 0 &&
	    (r = config_decode(buf_ptr(b), buf_len(b), &params)) == 0)
		r = config_check_mac(v->r, buf_ptr(b), buf_len(b));
	*goodp = r == 0;
	return r == 0 ? 0 : verify_damage(v, r, name, "config");
}

/* Check the copies of the config, which must be equal. */
static int
verify_config(struct verify *v)
{
	struct buf *b = NULL, *first = NULL;
	unsigned int i;
	bool good;
	int r;

	if ((r = buf_new(CONFIG_MAX, &b)) != 0 ||
	    (r = buf_new(CONFIG_MAX, &first)) != 0)
		goto out;
	for (i = 0; i < CONFIG_COPIES; i++) {
		if ((r = config_copy(v, config_name(i), b, &good)) != 0)
			goto out;
		if (!good)
			continue;
		if (buf_len(first) == 0) {
			if ((r = buf_put(first, buf_ptr(b),
			    buf_len(b))) != 0)
				goto out;
		} else if (buf_len(first) != buf_len(b) || memcmp(
		    buf_ptr(first), buf_ptr(b), buf_len(b)) != 0)
			verify_alarm(v, config_name(i),
			    "config: differs from the first copy");
	}
 out:
	buf_free(first);
	buf_free(b);
	return r;
}

/* Read an object that is named by its hash and no longer than max. */
static int
named_get(struct verify *v, const char *name, const char *dir, size_t max,
    struct buf **bp)
{
	uint8_t hash[32];
	struct buf *b = NULL;
	int r;

	if ((r = object_name_hash(name, dir, hash)) != 0 ||
	    (r = buf_new(max, &b)) != 0)
		return r;
	if ((r = object_get_from(repo_store(v->r), name, hash, max,
	    b)) != 0) {
		buf_free(b);
		return r;
	}
	*bp = b;
	return 0;
}

static int
check_slot(struct verify *v, const char *name, uint64_t size)
{
	struct buf *b = NULL;
	struct slot slot;
	int r;

	(void)size;
	if ((r = named_get(v, name, SLOT_DIR, SLOT_OBJECT_MAX, &b)) == 0)
		r = slot_decode(repo_params(v->r)->id, buf_ptr(b),
		    buf_len(b), &slot);
	buf_free(b);
	return r;
}

static int
check_epoch(struct verify *v, const char *name, uint64_t size)
{
	struct buf *b = NULL;
	struct epoch e = { .frame = NULL };
	int r;

	(void)size;
	if ((r = named_get(v, name, EPOCH_DIR, KEY_OBJECT_MAX, &b)) == 0)
		r = epoch_decode(v->r, buf_ptr(b), buf_len(b), &e);
	secret_free(e.frame);
	buf_free(b);
	return r;
}

static int
check_signer(struct verify *v, const char *name, uint64_t size)
{
	struct buf *b = NULL;
	uint8_t public[32];
	int r;

	(void)size;
	if ((r = named_get(v, name, SIGNER_DIR, KEY_OBJECT_MAX, &b)) == 0)
		r = signer_decode(v->r, buf_ptr(b), buf_len(b), public);
	buf_free(b);
	return r;
}

/* The content of an index comes later, when all are open. */
static int
check_index(struct verify *v, const char *name, uint64_t size)
{
	struct sha256 *sha = NULL;
	struct buf *b = NULL;
	uint8_t hash[32], real[SHA256_LEN];
	uint64_t at;
	size_t n;
	int r;

	if ((r = object_name_hash(name, "index", hash)) != 0 ||
	    (r = sha256_new(&sha)) != 0 || (r = buf_new(WINDOW, &b)) != 0)
		goto out;
	sha256_init(sha);
	for (at = 0; at < size; at += n) {
		n = size - at < WINDOW ? (size_t)(size - at) : WINDOW;
		buf_reset(b);
		if ((r = store_get(repo_store(v->r), name, at, n, b)) != 0)
			goto out;
		sha256_update(sha, buf_ptr(b), n);
	}
	if ((r = sha256_final(sha, real)) == 0 &&
	    memcmp(hash, real, sizeof(hash)) != 0)
		r = ERR_CORRUPT;
 out:
	buf_free(b);
	sha256_free(sha);
	return r;
}

static int
check_refs(struct verify *v, const char *name, uint64_t size)
{
	struct refs_head h;
	struct spool recs;
	uint8_t hash[32];
	int r;

	(void)size;
	if ((r = object_name_hash(name, "refs", hash)) != 0)
		return r;
	spool_init(&recs, sizeof(struct ref));
	r = refs_object_get(v->r, hash, 1, &recs, &h);
	spool_clear(&recs);
	return r;
}

/* A writer that has committed left a snapshot of its number or a later. */
static int
committed_check(struct verify *v, const struct marker_name *m)
{
	char name[SNAPSHOT_NAME_MAX];
	int r;

	if (strcmp(v->last_source, m->source) != 0) {
		if ((r = snapshot_last_seq(v->r, m->source,
		    &v->last_seq)) != 0)
			return r;
		memcpy(v->last_source, m->source, sizeof(v->last_source));
	}
	if (v->last_seq < m->seq) {
		snapshot_name(m->source, m->seq, name);
		verify_alarm(v, name,
		    "snapshot is missing: its writer has committed");
	}
	return 0;
}

/* Open the object of a marker by what its name says it is. */
static int
marker_open(struct verify *v, const struct marker_name *m,
    const struct buf *b)
{
	struct marker begin;
	enum marker_outcome outcome;
	uint8_t (*runs)[32] = NULL;
	uint32_t n;
	size_t count;
	int r;

	switch (m->kind) {
	case MARKER_BEGIN:
		r = marker_decode(v->r, buf_ptr(b), buf_len(b), &begin);
		if (r == 0 && (begin.seq != m->seq ||
		    strcmp(begin.source, m->source) != 0))
			r = ERR_CORRUPT;
		return r;
	case MARKER_CHECKPOINT:
		r = checkpoint_decode(v->r, buf_ptr(b), buf_len(b), &n,
		    &runs, &count);
		if (r == 0 && n != m->n)
			r = ERR_CORRUPT;
		free(runs);
		return r;
	default:
		r = marker_end_decode(v->r, buf_ptr(b), buf_len(b),
		    &outcome);
		return r == 0 && outcome == MARKER_COMMITTED ?
		    committed_check(v, m) : r;
	}
}

static int
check_writer(struct verify *v, const char *name, uint64_t size)
{
	struct marker_name m;
	struct buf *b = NULL;
	char end[MARKER_NAME_MAX];
	int r;

	if (marker_name_parse(name, &m) != 0) {
		verify_note(v, name, "not an object of this format");
		return 0;
	}
	if ((r = buf_new(MARKER_OBJECT_MAX, &b)) != 0)
		return r;
	if ((r = store_get_all(repo_store(v->r), name, MARKER_OBJECT_MAX,
	    b)) == 0)
		r = marker_open(v, &m, b);
	buf_free(b);
	if (r != 0)
		return r;
	snprintf(end, sizeof(end), "writers/%s/%s%s", m.source, m.writer,
	    m.kind == MARKER_BEGIN ? ".end" : "");
	r = store_size(repo_store(v->r), end, &size);
	if (r != ERR_NOENT)
		return r;
	if (m.kind == MARKER_BEGIN)
		verify_note(v, name, "writer is at work, or was interrupted");
	else
		verify_alarm(v, name, "writer's beginning is missing");
	return 0;
}

/* Snapshots come later, in the order of their sequence. */
static int
check_snapshot(struct verify *v, const char *name, uint64_t size)
{
	char source[33];
	uint64_t seq;

	(void)size;
	if (snapshot_name_parse(name, source, &seq) != 0)
		verify_note(v, name, "not an object of this format");
	return 0;
}

/* A pin that cannot be read holds all the same; its officer is to know. */
static int
check_pin(struct verify *v, const char *name, uint64_t size)
{
	(void)size;
	return pin_check(v->r, name);
}

/* Config copies are checked together; what is reserved is not known. */
static int
check_nothing(struct verify *v, const char *name, uint64_t size)
{
	(void)v;
	(void)name;
	(void)size;
	return 0;
}

/* What is done with the objects whose names begin so. */
static const struct check {
	const char *prefix;
	const char *what;
	const char *dir;	/* of objects named by their hash, or NULL */
	int	(*fn)(struct verify *v, const char *name, uint64_t size);
} checks[] = {
	{ "config", "config", NULL, check_nothing },
	{ "keys/slots/", "key slot", SLOT_DIR, check_slot },
	{ "keys/epochs/", "epoch", EPOCH_DIR, check_epoch },
	{ "keys/signers/", "signer", SIGNER_DIR, check_signer },
	{ "packs/", "pack", NULL, verify_take_pack },
	{ "index/", "index", "index", check_index },
	{ "refs/", "references", "refs", check_refs },
	{ "snapshots/", "snapshot", NULL, check_snapshot },
	{ "writers/", "writer", NULL, check_writer },
	{ "pins/", "pin", NULL, check_pin },
	{ "removed/", "removal", NULL, check_nothing },
	{ "gc/", "collection", NULL, check_nothing },
	{ "audit/", "audit", NULL, check_nothing }
};

/* Tell whether name is one that check c is for. */
static bool
check_fits(const struct check *c, const char *name)
{
	unsigned int i;

	if (c != &checks[0])
		return strncmp(name, c->prefix, strlen(c->prefix)) == 0;
	for (i = 0; i < CONFIG_COPIES; i++)
		if (strcmp(name, config_name(i)) == 0)
			return true;
	return false;
}

/* Check one object, as far as that goes without the others. */
static int
verify_object(struct verify *v, const char *name, uint64_t size)
{
	const struct check *c;
	uint8_t hash[32];
	size_t i;
	int r;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		c = &checks[i];
		if (!check_fits(c, name))
			continue;
		if (c->dir != NULL &&
		    object_name_hash(name, c->dir, hash) != 0)
			break;
		v->t.objects++;
		if (c->fn == verify_take_pack)
			return verify_take_pack(v, name, size);
		r = c->fn(v, name, size);
		v->t.bytes += size;
		verify_progress(v, size);
		return r == 0 ? 0 : verify_damage(v, r, name, c->what);
	}
	verify_note(v, name, "not an object of this format");
	return 0;
}

/* Add up what there is to read. */
static int
verify_measure(struct verify *v)
{
	struct store_list *l = NULL;
	const char *name;
	uint64_t size;
	int r;

	if ((r = store_list_new(repo_store(v->r), "", &l)) != 0)
		return r;
	while ((r = store_list_next(l, &name, &size)) == 1)
		v->total += size;
	store_list_free(l);
	return r;
}

/* Check all objects one by one. */
static int
verify_objects(struct verify *v)
{
	struct store_list *l = NULL;
	const char *name;
	uint64_t size;
	int r;

	if ((r = store_list_new(repo_store(v->r), "", &l)) != 0)
		return r;
	while ((r = store_list_next(l, &name, &size)) == 1)
		if ((r = verify_object(v, name, size)) != 0)
			break;
	store_list_free(l);
	return r;
}

/* Open the index; without it, trees cannot be read. */
static int
verify_open_index(struct verify *v)
{
	int r;

	if ((r = index_open(v->r, &v->x)) != 0)
		return verify_damage(v, r, "index", "open all runs");
	return reader_new(v->r, v->x, &v->rd);
}

/* Note refs objects that no snapshot builds on. */
static int
verify_unused_refs(struct verify *v)
{
	struct store_list *l = NULL;
	const char *name;
	uint64_t size;
	uint8_t hash[32];
	int r;

	if ((r = store_list_new(repo_store(v->r), "refs/", &l)) != 0)
		return r;
	while ((r = store_list_next(l, &name, &size)) == 1)
		if (object_name_hash(name, "refs", hash) == 0 &&
		    !idset_get(&v->used_refs, hash, NULL))
			verify_note(v, name, "no snapshot uses it");
	store_list_free(l);
	return r;
}

static void
verify_clear(struct verify *v)
{
	spool_clear(&v->packs);
	spool_clear(&v->instances);
	spool_clear(&v->bases);
	spool_clear(&v->places);
	spool_clear(&v->heads);
	idset_clear(&v->used_refs);
	reader_free(v->rd);
	index_close(v->x);
}

int
verify_run(struct repo *r, const struct verify_params *p,
    struct verify_totals *tp)
{
	struct verify v;
	int res;

	memset(&v, 0, sizeof(v));
	v.r = r;
	v.p = p;
	spool_init(&v.packs, sizeof(struct verify_pack));
	spool_init(&v.instances, sizeof(struct verify_instance));
	spool_init(&v.bases, 32);
	spool_init(&v.places, sizeof(struct verify_place));
	spool_init(&v.heads, sizeof(struct verify_head));
	idset_init(&v.used_refs);
	if ((res = verify_measure(&v)) == 0 &&
	    (res = verify_config(&v)) == 0 &&
	    (res = verify_objects(&v)) == 0 &&
	    (res = verify_open_index(&v)) == 0 &&
	    (res = verify_packs(&v)) == 0 &&
	    (res = verify_index(&v)) == 0 &&
	    (res = verify_deltas(&v)) == 0 &&
	    (res = verify_snapshots(&v)) == 0)
		res = verify_unused_refs(&v);
	*tp = v.t;
	verify_clear(&v);
	if (res == 0 && tp->alarms > 0)
		res = ERR_CORRUPT;
	return res;
}
