/* writer_commit.c: everything down, then the snapshot. */
#include "config.h"

#include "repo/writer_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "hash/sha256.h"
#include "repo/count.h"
#include "repo/sequence.h"
#include "store/store.h"

#define COMMIT_TRIES 8		/* others may take our number */

/* Put what is still in memory. */
static int
commit_flush(struct writer *w)
{
	int r;

	if ((r = meta_flush(w)) != 0 || (r = writer_pack_flush(w)) != 0)
		return r;
	meta_forget(&w->meta);
	return 0;
}

/* Check that every pack this writer wrote or built on is there. */
static int
commit_check_packs(struct writer *w)
{
	char name[MARKER_NAME_MAX];
	const uint8_t *pack;
	uint64_t size;
	uint32_t state;
	size_t pos = 0;
	int r;

	while (idset_step(&w->packs, &pos, &pack, &state)) {
		if (state != PACK_THERE)
			continue;
		pack_name(pack, name, sizeof(name));
		if ((r = store_size(repo_store(w->r), name, &size)) != 0) {
			log_err(r, "%s: needed by this snapshot", name);
			return r == ERR_NOENT ? ERR_CORRUPT : r;
		}
	}
	return 0;
}

/* Count all of sn anew. */
static int
commit_count_whole(struct writer *w, const struct snapshot *sn)
{
	int r;

	refs_builder_free(w->count);
	w->count = NULL;
	w->whole = true;
	if ((r = refs_builder_new(&w->count)) != 0)
		return r;
	return count_snapshot(w->rd, sn, 1, w->count);
}

/* Count the references of sn, unless the caller has. */
static int
commit_count(struct writer *w, const struct snapshot *sn)
{
	int r;

	if (w->whole)
		return commit_count_whole(w, sn);
	if (w->counted)
		return 0;
	r = count_difference(w->rd, w->prev, sn, w->count);
	/* The old trees may be damaged without harm to the new. */
	if (r == ERR_CORRUPT || r == ERR_FORMAT || r == ERR_NOENT)
		r = commit_count_whole(w, sn);
	return r;
}

/* Put the refs of sn. */
static int
commit_refs(struct writer *w, struct snapshot *sn)
{
	static const uint8_t none[32];
	int r;

	if ((r = commit_count(w, sn)) != 0)
		return r;
	return refs_builder_put(w->count, w->r, w->prev == NULL || w->whole ?
	    none : w->prev->refs, w->known, sn->refs);
}

/* Set *textp to a copy of value unless it is set. */
static int
text_default(char **textp, const char *value)
{
	if (*textp == NULL && (*textp = strdup(value)) == NULL)
		return ERR_NOMEM;
	return 0;
}

/* Fill in what the writer knows of sn. */
static int
commit_fill(struct writer *w, struct snapshot *sn)
{
	int r;

	memcpy(sn->source, w->source, sizeof(sn->source));
	memcpy(sn->signer, w->signer, sizeof(sn->signer));
	free(sn->writer);
	sn->writer = NULL;
	if ((r = text_default(&sn->writer, w->id)) != 0 ||
	    (r = text_default(&sn->host, w->host)) != 0 ||
	    (r = text_default(&sn->set, w->set)) != 0 ||
	    (r = text_default(&sn->job, w->job)) != 0)
		return r;
	return text_default(&sn->agent, "");
}

/* The hash of the stored bytes of an object. */
static int
stored_hash(struct writer *w, const char *name, uint8_t hashp[32])
{
	struct buf *b = NULL;
	int r;

	if ((r = buf_new(SNAPSHOT_OBJECT_MAX, &b)) != 0)
		return r;
	if ((r = store_get_all(repo_store(w->r), name, SNAPSHOT_OBJECT_MAX,
	    b)) == 0)
		r = sha256_of(buf_ptr(b), buf_len(b), hashp);
	buf_free(b);
	return r;
}

/*
 * Give sn the next number of its source.  The list of a share or of an object
 * store may lack what another server has just put: not that which sn met.
 */
static int
commit_number(struct writer *w, struct snapshot *sn)
{
	char name[SNAPSHOT_NAME_MAX];
	uint64_t last, met = sn->seq;
	int r;

	if ((r = snapshot_last_seq(w->r, w->source, &last)) != 0)
		return r;
	if (last < met)
		last = met;
	sn->seq = last + 1;
	memset(sn->previous, 0, sizeof(sn->previous));
	if (last == 0)
		return 0;
	snapshot_name(w->source, last, name);
	return stored_hash(w, name, sn->previous);
}

/* Put sn exclusively.  ERR_EXIST if its number is taken by another. */
static int
commit_put(struct writer *w, struct sequence *q, struct snapshot *sn)
{
	struct buf *b = NULL;
	char name[SNAPSHOT_NAME_MAX];
	uint8_t hash[SHA256_LEN], there[SHA256_LEN];
	int r;

	if ((r = buf_new(SNAPSHOT_OBJECT_MAX, &b)) != 0 ||
	    (r = snapshot_encode(w->r, sn, w->epoch, w->seed, b)) != 0 ||
	    (r = sha256_of(buf_ptr(b), buf_len(b), hash)) != 0 ||
	    (r = sequence_intend(q, sn, hash)) != 0)
		goto out;
	snapshot_name(sn->source, sn->seq, name);
	r = store_put_exclusive(repo_store(w->r), name, buf_ptr(b),
	    buf_len(b));
	/* It may be this very one, put by a call whose answer was lost. */
	if (r == ERR_EXIST && stored_hash(w, name, there) == 0 &&
	    memcmp(hash, there, sizeof(hash)) == 0)
		r = 0;
	if (r == 0)
		memcpy(sn->hash, hash, sizeof(hash));
 out:
	buf_free(b);
	return r;
}

/* ERR_CANCELLED if somebody has put this writer's end. */
static int
commit_check_end(struct writer *w)
{
	char name[MARKER_NAME_MAX + 16];
	uint64_t size;
	int r;

	snprintf(name, sizeof(name), "%s.end", w->name);
	if ((r = store_size(repo_store(w->r), name, &size)) == ERR_NOENT)
		return 0;
	if (r == 0) {
		log_error("%s: it was ended, not committing", w->name);
		return ERR_CANCELLED;
	}
	return r;
}

/* Put sn under the first number that is free. */
static int
commit_snapshot(struct writer *w, struct snapshot *sn)
{
	struct sequence *q = NULL;
	int r, i;

	if ((r = sequence_open(w->r, w->state_dir, w->signer,
	    w->source, &q)) != 0 ||
	    (r = sequence_fill(q, sn)) != 0)
		goto out;
	for (i = 0; i < COMMIT_TRIES; i++) {
		if ((r = commit_check_end(w)) != 0 ||
		    (r = commit_number(w, sn)) != 0)
			goto out;
		if ((r = commit_put(w, q, sn)) != ERR_EXIST)
			break;
	}
	if (r == 0)
		sequence_done(q);
	else
		log_err(r, "source %s: commit", w->source);
 out:
	sequence_close(q);
	return r;
}

/* Put the end.  Somebody else's says that he held this writer for dead, and
 * perhaps collected what it built on. */
static int
commit_end(struct writer *w)
{
	int r;

	if ((r = writer_put_end(w, MARKER_COMMITTED)) == 0)
		return 0;
	if (r != ERR_EXIST) {
		log_err(r, "%s: end it, after its commit", w->name);
		w->ended = true;	/* not as given up */
		return 0;
	}
	log_warn("%s: was ended while it committed", w->name);
	w->ended = true;
	return commit_check_packs(w);
}

int
writer_commit(struct writer *w, struct snapshot *sn)
{
	int r;

	if (w->error != 0)
		return w->error;
	if ((r = commit_flush(w)) == 0 &&
	    (r = commit_fill(w, sn)) == 0 &&
	    (r = commit_refs(w, sn)) == 0 &&
	    (r = commit_check_packs(w)) == 0 &&
	    (r = commit_snapshot(w, sn)) == 0)
		r = commit_end(w);
	w->error = r;
	return r;
}
