/* writer.c: a writer begins, answers what is stored, and ends. */
#include "config.h"

#include "repo/writer_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/hex.h"
#include "base/log.h"
#include "crypto/secret.h"
#include "crypto/sign.h"
#include "repo/chain.h"
#include "repo/count.h"
#include "repo/key.h"
#include "repo/refs_impl.h"
#include "store/store.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define PREVIOUS_TRIES 64	/* damaged snapshots passed over */

/* Tell whether an error is about one object that is not what it should be. */
static bool
is_damage(int r)
{
	return r == ERR_CORRUPT || r == ERR_FORMAT || r == ERR_VERSION ||
	    r == ERR_TOOBIG || r == ERR_NOENT;
}

/* Copy the parameters. */
static int
writer_params_copy(struct writer *w, const struct writer_params *p)
{
	struct sign_key *key = NULL;
	int r;

	w->seed = p->sign_seed;
	if ((w->host = strdup(p->host)) == NULL ||
	    (w->set = strdup(p->set)) == NULL ||
	    (w->job = strdup(p->job == NULL ? "" : p->job)) == NULL ||
	    (p->state_dir != NULL &&
	    (w->state_dir = strdup(p->state_dir)) == NULL))
		return ERR_NOMEM;
	if ((r = sign_from_seed(w->seed, &key)) != 0)
		return r;
	memcpy(w->signer, sign_public(key), sizeof(w->signer));
	sign_free(key);
	repo_source_id(w->r, w->host, w->set, w->source);
	return 0;
}

/* Nobody could read what a signer writes that no box vouches for. */
static int
writer_check_signer(struct writer *w)
{
	int r;

	if ((r = key_signer_check(w->r, w->signer)) != ERR_NOENT)
		return r;
	log_error("signer of this server: not known to the repository");
	return ERR_DENIED;
}

/* Find the latest snapshot that can be read, and the number to come. */
static int
writer_find_previous(struct writer *w)
{
	uint64_t last, seq;
	int r, tries = 0;

	if ((r = snapshot_last_seq(w->r, w->source, &last)) != 0)
		return r;
	w->seq = last + 1;
	for (seq = last; seq > 0 && tries < PREVIOUS_TRIES; seq--, tries++) {
		r = snapshot_get(w->r, w->source, seq, &w->prev);
		if (r == 0 || !is_damage(r))
			return r;
		log_warn("source %s: snapshot %" PRIu64
		    " cannot be read, taking an older one", w->source, seq);
	}
	return 0;
}

int
writer_put_marker(struct writer *w, const char *suffix,
    const struct buf *object)
{
	char name[MARKER_NAME_MAX + 16];

	snprintf(name, sizeof(name), "%s%s", w->name, suffix);
	return store_put_exclusive(repo_store(w->r), name, buf_ptr(object),
	    buf_len(object));
}

/* Which boot of this machine this is; "" if that is not to be known. */
static void
boot_id(char textp[64])
{
	struct buf *b = NULL;
	size_t len;

	textp[0] = '\0';
	if (buf_new(64, &b) == 0 && fdio_read_file(BOOT_ID, 63, b) == 0) {
		len = buf_len(b);
		memcpy(textp, buf_ptr(b), len);
		textp[len] = '\0';
		textp[strcspn(textp, "\n")] = '\0';
	}
	buf_free(b);
}

/* Put the marker. */
static int
writer_mark(struct writer *w)
{
	struct marker m;
	struct buf *b = NULL;
	char host[MARKER_TEXT_MAX] = "", boot[64], random[17];
	uint8_t raw[8];
	int r;

	crypto_random(raw, sizeof(raw));
	hex_format(raw, sizeof(raw), random);
	snprintf(w->id, sizeof(w->id), "%010" PRIu64 "-%s",
	    w->seq % (SNAPSHOT_SEQ_MAX + 1), random);
	snprintf(w->name, sizeof(w->name), "writers/%s/%s", w->source,
	    w->id);
	boot_id(boot);
	(void)gethostname(host, sizeof(host) - 1);
	memcpy(m.source, w->source, sizeof(m.source));
	m.seq = w->seq;
	memcpy(m.signer, w->signer, sizeof(m.signer));
	m.started = clock_wall();
	m.host = host;
	m.boot = boot;
	m.pid = (uint64_t)getpid();
	if ((r = buf_new(4096, &b)) == 0 &&
	    (r = marker_encode(w->r, &m, b)) == 0 &&
	    (r = writer_put_marker(w, "", b)) == 0)
		w->begun = true;
	buf_free(b);
	return r;
}

static int
resumed_add(const uint8_t id[32], void *arg)
{
	return refs_builder_add(arg, id, 1);
}

/* Take what the checkpoint called name says.  A damaged one says nothing. */
static int
resume_checkpoint(struct writer *w, const char *name, struct refs_builder *b)
{
	struct buf *object = NULL;
	uint8_t (*runs)[32] = NULL;
	uint32_t n;
	size_t count = 0, i;
	int r;

	if ((r = buf_new(MARKER_OBJECT_MAX, &object)) != 0)
		return r;
	if ((r = store_get_all(repo_store(w->r), name, MARKER_OBJECT_MAX,
	    object)) != 0 ||
	    (r = checkpoint_decode(w->r, buf_ptr(object), buf_len(object),
	    &n, &runs, &count)) != 0)
		log_err(r, "%s: read", name);
	for (i = 0; i < count && (r == 0 || is_damage(r)); i++)
		r = index_run_walk(w->x, runs[i], resumed_add, b);
	free(runs);
	buf_free(object);
	return is_damage(r) ? 0 : r;
}

/* Collect what earlier writers for the same number have left. */
static int
writer_resume(struct writer *w)
{
	struct store_list *l = NULL;
	struct refs_builder *b = NULL;
	struct marker_name m;
	char prefix[MARKER_NAME_MAX];
	const char *name;
	uint64_t size;
	int r;

	snprintf(prefix, sizeof(prefix), "writers/%s/%.10s-", w->source,
	    w->id);
	if ((r = refs_builder_new(&b)) != 0 ||
	    (r = store_list_new(repo_store(w->r), prefix, &l)) != 0)
		goto out;
	while ((r = store_list_next(l, &name, &size)) == 1)
		if (marker_name_parse(name, &m) == 0 &&
		    m.kind == MARKER_CHECKPOINT &&
		    (r = resume_checkpoint(w, name, b)) != 0)
			goto out;
	if (r == 0)
		r = refs_builder_set(b, &w->resumed);
 out:
	store_list_free(l);
	refs_builder_free(b);
	return r;
}

/* Load what the previous snapshot needs. */
static int
writer_load_refs(struct writer *w)
{
	static const uint8_t none[32];
	int r;

	r = refs_set_load(w->r, w->prev == NULL ? none : w->prev->refs,
	    &w->known);
	if (r == 0 || !is_damage(r))
		return r;
	log_warn("source %s: references are damaged, counting anew",
	    w->source);
	w->whole = true;
	return refs_set_load(w->r, none, &w->known);
}

/* Make what a writer works with. */
static int
writer_make(struct writer *w, int level)
{
	int r;

	if ((r = index_open(w->r, &w->x)) != 0 ||
	    (r = reader_new(w->r, w->x, &w->rd)) != 0 ||
	    (r = frame_epoch_current(w->r, w->signer, &w->epoch)) != 0 ||
	    (r = refs_builder_new(&w->count)) != 0 ||
	    (r = pack_writer_new(w->r, &w->pack)) != 0)
		return r;
	w->pending.get = meta_get;
	w->pending.arg = w;
	reader_set_pending(w->rd, &w->pending);
	return meta_init(&w->meta, level, repo_params(w->r)->frame_max);
}

int
writer_begin(struct repo *r, const struct writer_params *p,
    struct writer **wp)
{
	struct writer *w;
	int res;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return ERR_NOMEM;
	w->r = r;
	idset_init(&w->sent);
	idset_init(&w->packs);
	idset_init(&w->meta.ids);
	spool_init(&w->meta.places, sizeof(struct meta_place));
	/* The marker stands before the index is read: see section 10. */
	if ((res = writer_params_copy(w, p)) != 0 ||
	    (res = writer_check_signer(w)) != 0 ||
	    (res = writer_find_previous(w)) != 0 ||
	    (res = writer_mark(w)) != 0 ||
	    (res = writer_make(w, p->compression)) != 0 ||
	    (res = writer_load_refs(w)) != 0 ||
	    (res = writer_resume(w)) != 0) {
		w->error = res;
		writer_end(w);
		return res;
	}
	*wp = w;
	return 0;
}

const struct snapshot *
writer_previous(const struct writer *w)
{
	return w->prev;
}

struct reader *
writer_reader(const struct writer *w)
{
	return w->rd;
}

const struct frame_epoch *
writer_epoch(const struct writer *w)
{
	return w->epoch;
}

void
writer_totals(const struct writer *w, uint64_t *rawp, uint64_t *storedp)
{
	*rawp = w->raw_total;
	*storedp = w->stored_total + w->meta.held_len;
}

/* Find out, once for each pack, whether it is there. */
static enum pack_state
pack_look(struct writer *w, const uint8_t pack[32])
{
	char name[MARKER_NAME_MAX];
	enum pack_state state = PACK_THERE;
	uint64_t size;
	uint32_t known;
	int r;

	if (idset_get(&w->packs, pack, &known))
		return (enum pack_state)known;
	pack_name(pack, name, sizeof(name));
	if ((r = store_size(repo_store(w->r), name, &size)) != 0) {
		state = PACK_GONE;
		log_err(r, "%s: look for it", name);
	}
	/* Not to remember it costs another look, no more. */
	if ((r = idset_put(&w->packs, pack, (uint32_t)state)) != 0)
		return PACK_GONE;
	return state;
}

/* Find the first pack of a chain that is gone; NULL if none is. */
static const uint8_t *
chain_gone(struct writer *w, const struct chain *c)
{
	unsigned int i;

	for (i = 0; i < c->n; i++)
		if (pack_look(w, c->links[i].at.pack) != PACK_THERE)
			return c->links[i].at.pack;
	return NULL;
}

bool
writer_chain(struct writer *w, const uint8_t id[32], struct chain *cp)
{
	const uint8_t *gone;

	/* What is gone with one pack may be there in another. */
	while (chain_find(w->x, id, cp) == 0) {
		if ((gone = chain_gone(w, cp)) == NULL)
			return true;
		if (index_lose_pack(w->x, gone) != 0)
			break;
	}
	return false;
}

/* Tell whether chunk id is stored, with all that it builds on. */
static bool
writer_stored(struct writer *w, const uint8_t id[32])
{
	struct chain chain;

	return writer_chain(w, id, &chain);
}

/* Tell whether the source has chunk id, stored or not. */
static bool
source_has(const struct writer *w, const uint8_t id[32])
{
	return refs_set_has(w->known, id) || refs_set_has(w->resumed, id);
}

bool
writer_knows(struct writer *w, const uint8_t id[32])
{
	if (idset_get(&w->sent, id, NULL))
		return true;
	return source_has(w, id) && writer_stored(w, id);
}

int
writer_base(struct writer *w, const uint8_t id[32], struct chain *cp)
{
	if (!idset_get(&w->sent, id, NULL) && !source_has(w, id))
		return ERR_NOENT;
	return writer_chain(w, id, cp) ? 0 : ERR_NOENT;
}

bool
writer_has(struct writer *w, const uint8_t id[32])
{
	return idset_get(&w->sent, id, NULL) ||
	    idset_get(&w->meta.ids, id, NULL) || writer_stored(w, id);
}

int
writer_ref(struct writer *w, const uint8_t id[32], int32_t change)
{
	w->counted = true;
	return refs_builder_add(w->count, id, change);
}

int
writer_ref_entry(struct writer *w, const struct entry *e, int32_t change)
{
	w->counted = true;
	return count_entry(w->rd, e, change, w->count);
}

int
writer_put_end(struct writer *w, enum marker_outcome outcome)
{
	struct buf *b = NULL;
	int r;

	if ((r = buf_new(4096, &b)) == 0 && (r = marker_end_encode(w->r,
	    outcome, clock_wall(), b)) == 0 &&
	    (r = writer_put_marker(w, ".end", b)) == 0)
		w->ended = true;
	buf_free(b);
	return r;
}

/* Leave what there is for the next writer of the source. */
static void
writer_leave(struct writer *w)
{
	int r = 0;

	if (w->error == 0)
		r = writer_pack_flush(w);
	if (r != 0 || (r = writer_checkpoint(w)) != 0)
		log_err(r, "%s: leave a checkpoint", w->name);
	if ((r = writer_put_end(w, MARKER_GIVEN_UP)) != 0 && r != ERR_EXIST)
		log_err(r, "%s: give up", w->name);
}

void
writer_end(struct writer *w)
{
	size_t i;

	if (w == NULL)
		return;
	if (w->begun && !w->ended)
		writer_leave(w);
	meta_clear(&w->meta);
	for (i = 0; i < w->nframes; i++)
		free(w->frames[i].chunks);
	free(w->frames);
	free(w->runs);
	pack_writer_free(w->pack);
	refs_builder_free(w->count);
	refs_set_free(w->known);
	refs_set_free(w->resumed);
	reader_free(w->rd);
	index_close(w->x);
	snapshot_free(w->prev);
	idset_clear(&w->sent);
	idset_clear(&w->packs);
	free(w->host);
	free(w->set);
	free(w->job);
	free(w->state_dir);
	free(w);
}
