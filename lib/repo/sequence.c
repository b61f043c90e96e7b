/* sequence.c: a server's place in its own chain of snapshots. */
#include "config.h"

#include "repo/sequence.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/path.h"
#include "hash/sha256.h"
#include "repo/seen.h"
#include "store/store.h"

#define STATE_MAX 1024
#define LOCK_MS 60000
#define LOCK_STEP_MS 20
#define SEEN_S (15 * 60)
#define SETTLE_S 5		/* a put may still be on its way so long */
#define SETTLE_STEP_MS 250

/* A snapshot in a signer's chain; seq 0: before the first. */
struct place {
	uint64_t seq;
	uint8_t	 hash[32];
};

struct sequence {
	struct repo *r;		/* borrowed */
	char	*path;		/* owns; NULL: no file */
	int	 lock;
	uint8_t	 signer[32];
	struct place last;
	struct place next;	/* intended; seq 0: nothing */
	char	 next_name[SNAPSHOT_NAME_MAX];
	struct snapshot_head *heads;	/* owns; other signers */
	size_t	 nheads;
};

void
sequence_close(struct sequence *q)
{
	if (q == NULL)
		return;
	fdio_close(&q->lock);
	free(q->heads);
	free(q->path);
	free(q);
}

/* Take the lock beside the state file. */
static int
sequence_lock(struct sequence *q)
{
	const struct timespec step = { 0, LOCK_STEP_MS * 1000000L };
	int64_t end = clock_mono_ms() + LOCK_MS;
	char *path = NULL;
	size_t len = strlen(q->path) + sizeof(".lock");
	int r = 0;

	if ((path = malloc(len)) == NULL)
		return ERR_NOMEM;
	snprintf(path, len, "%s.lock", q->path);
	q->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (q->lock == -1) {
		r = err_from_errno(errno);
		log_errno(errno, "%s: open", path);
		goto out;
	}
	while (flock(q->lock, LOCK_EX | LOCK_NB) == -1) {
		if (errno == EINTR)
			continue;
		r = errno == EWOULDBLOCK ? ERR_BUSY : err_from_errno(errno);
		if (r != ERR_BUSY || clock_mono_ms() >= end) {
			log_err(r, "%s: lock", path);
			goto out;
		}
		r = 0;
		nanosleep(&step, NULL);
	}
 out:
	free(path);
	return r;
}

/* Read the state file's text. */
static int
state_parse(struct sequence *q, const char *text)
{
	char signer[65], mine[65], last[65], next[65];
	int n;

	n = sscanf(text, "KHO-SEQUENCE-1\nsigner %64[0-9a-f]\n"
	    "last %" SCNu64 " %64[0-9a-f]\n"
	    "next %" SCNu64 " %64[0-9a-f] %63s\n", signer, &q->last.seq,
	    last, &q->next.seq, next, q->next_name);
	hex_format(q->signer, sizeof(q->signer), mine);
	if ((n != 3 && n != 6) || strcmp(signer, mine) != 0 ||
	    hex_parse(last, q->last.hash, 32) != 0 || (n == 6 &&
	    hex_parse(next, q->next.hash, 32) != 0)) {
		memset(&q->last, 0, sizeof(q->last));
		memset(&q->next, 0, sizeof(q->next));
		return ERR_FORMAT;
	}
	return 0;
}

/* Read the state file.  ERR_NOENT if there is no use in it. */
static int
state_read(struct sequence *q)
{
	struct buf *b = NULL;
	int r;

	if ((r = buf_new(STATE_MAX + 1, &b)) != 0)
		return r;
	if ((r = fdio_read_file(q->path, STATE_MAX, b)) != 0) {
		if (r != ERR_NOENT)
			log_err(r, "%s: read", q->path);
		goto out;
	}
	if ((r = buf_put_u8(b, 0)) == 0 &&
	    (r = state_parse(q, (const char *)buf_ptr(b))) != 0) {
		log_err(r, "%s: not understood, reading all snapshots",
		    q->path);
		r = ERR_NOENT;
	}
 out:
	buf_free(b);
	return r;
}

/* Write the state file. */
static int
state_write(const struct sequence *q)
{
	char text[STATE_MAX], signer[65], last[65], next[65];
	int n, r;

	if (q->path == NULL)
		return 0;
	hex_format(q->signer, 32, signer);
	hex_format(q->last.hash, 32, last);
	hex_format(q->next.hash, 32, next);
	n = snprintf(text, sizeof(text), "KHO-SEQUENCE-1\nsigner %s\n"
	    "last %" PRIu64 " %s\n", signer, q->last.seq, last);
	if (q->next.seq != 0)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
		    "next %" PRIu64 " %s %s\n", q->next.seq, next,
		    q->next_name);
	r = fdio_replace_file(q->path, 0600, text, (size_t)n);
	if (r != 0)
		log_err(r, "%s: write", q->path);
	/* ERR_NOSPACE is said of the target. */
	return r == ERR_NOSPACE ? ERR_IO : r;
}

/*
 * Tell whether what was intended may yet come: another machine goes on with
 * what it was sent, although who sent it was killed meanwhile.
 */
static bool
next_may_come(const struct sequence *q)
{
	struct store *s = repo_store(q->r);
	struct store_promises p;
	struct stat st;
	int64_t age;

	if (!store_is_remote(store_name(s)) &&
	    (store_promises(s, &p) != 0 || p.listed))
		return false;
	if (stat(q->path, &st) == -1)
		return false;
	age = clock_system() - st.st_mtime;
	return age >= 0 && age < SETTLE_S;
}

/* Find out whether what was intended was put. */
static int
next_settle(struct sequence *q)
{
	const struct timespec step = { 0, SETTLE_STEP_MS * 1000000L };
	struct buf *b = NULL;
	uint8_t hash[SHA256_LEN];
	int r;

	if (q->next.seq == 0)
		return 0;
	if ((r = buf_new(SNAPSHOT_OBJECT_MAX, &b)) != 0)
		return r;
	while ((r = store_get_all(repo_store(q->r), q->next_name,
	    SNAPSHOT_OBJECT_MAX, b)) == ERR_NOENT && next_may_come(q))
		nanosleep(&step, NULL);
	if (r == 0 && (r = sha256_of(buf_ptr(b), buf_len(b), hash)) == 0 &&
	    memcmp(hash, q->next.hash, sizeof(hash)) == 0)
		q->last = q->next;
	if (r == ERR_NOENT)
		r = 0;
	q->next.seq = 0;
	buf_free(b);
	return r;
}

/* Note that signer has signed seq: as the last of ours, or as a head. */
static int
place_see(struct sequence *q, const struct snapshot_head *h)
{
	struct snapshot_head *heads;
	size_t i;

	if (memcmp(h->signer, q->signer, 32) == 0) {
		if (h->seq > q->last.seq) {
			q->last.seq = h->seq;
			memcpy(q->last.hash, h->hash, 32);
		}
		return 0;
	}
	for (i = 0; i < q->nheads; i++)
		if (memcmp(q->heads[i].signer, h->signer, 32) == 0) {
			if (h->seq > q->heads[i].seq)
				q->heads[i] = *h;
			return 0;
		}
	if ((heads = realloc(q->heads, (q->nheads + 1) *
	    sizeof(*heads))) == NULL)
		return ERR_NOMEM;
	q->heads = heads;
	heads[q->nheads++] = *h;
	return 0;
}

/* Note whose place snapshot name shows.  A damaged one shows none. */
static int
place_read(struct sequence *q, const char *source, uint64_t seq)
{
	struct snapshot *sn;
	struct snapshot_head h;
	size_t i;
	int r;

	if ((r = snapshot_get(q->r, source, seq, &sn)) != 0)
		return r == ERR_CORRUPT || r == ERR_FORMAT ||
		    r == ERR_VERSION || r == ERR_TOOBIG ||
		    r == ERR_NOENT ? 0 : r;
	memcpy(h.signer, sn->signer, 32);
	memcpy(h.hash, sn->hash, 32);
	h.seq = sn->signer_seq;
	r = place_see(q, &h);
	for (i = 0; i < sn->nheads && r == 0; i++)
		r = place_see(q, &sn->heads[i]);
	snapshot_free(sn);
	return r;
}

/* Look at the latest snapshot of a source, unless it was looked at. */
static int
place_look(struct sequence *q, const struct seen *old, struct seen *now,
    const char source[33], uint64_t seq)
{
	struct seen_source a;
	int r;

	if (seq == 0)
		return 0;
	memcpy(a.source, source, sizeof(a.source));
	a.seq = seq;
	if ((r = spool_add(&now->sources, &a)) != 0)
		return r;
	return seen_seq(old, source) >= seq ? 0 : place_read(q, source, seq);
}

/* Look at the latest snapshot of each source, or at all.  old is what was
 * seen before, now what is seen at the end. */
static int
places_read(struct sequence *q, bool all, const struct seen *old,
    struct seen *now)
{
	struct store_list *l = NULL;
	char source[33], before[33] = "";
	const char *name;
	uint64_t size, seq, last = 0;
	int r;

	if ((r = store_list_new(repo_store(q->r), "snapshots/", &l)) != 0)
		return r;
	while ((r = store_list_next(l, &name, &size)) == 1) {
		if (snapshot_name_parse(name, source, &seq) != 0)
			continue;
		if (strcmp(source, before) != 0)
			r = place_look(q, old, now, before, last);
		else if (all)
			r = place_read(q, before, last);
		if (r < 0)
			break;
		memcpy(before, source, sizeof(before));
		last = seq;
	}
	if (r == 0)
		r = place_look(q, old, now, before, last);
	store_list_free(l);
	return r;
}

/* Look at the latest snapshot of one source. */
static int
place_of_source(struct sequence *q, const char *source)
{
	uint64_t seq;
	int r;

	if ((r = snapshot_last_seq(q->r, source, &seq)) != 0)
		return r;
	return seq == 0 ? 0 : place_read(q, source, seq);
}

/* Look at what has not been seen, and remember it in the file at path. */
static int
places_look(struct sequence *q, bool all, const char *path, struct seen *old)
{
	struct seen now;
	size_t i;
	int r;

	seen_init(&now);
	now.looked = clock_wall();
	if ((r = places_read(q, all, old, &now)) != 0)
		goto out;
	for (i = 0; i < q->nheads && r == 0; i++)
		r = spool_add(&now.heads, &q->heads[i]);
	if (r == 0 && seen_write(path, q->signer, &now) != 0)
		log_warn("%s: the next job will look at all sources", path);
 out:
	seen_clear(&now);
	return r;
}

/*
 * Find out where all signers are.  A look asks for a list of all snapshots,
 * so there is one every SEEN_S; in between the heads are as they were then,
 * or as the last snapshot of the same source shows them.
 */
static int
places_find(struct sequence *q, bool all, const char *source)
{
	struct seen old;
	char *path = NULL;
	int64_t age;
	size_t i, len = strlen(q->path) + sizeof("-seen");
	int r;

	seen_init(&old);
	if ((path = malloc(len)) == NULL)
		return ERR_NOMEM;
	snprintf(path, len, "%s-seen", q->path);
	if (!all && (r = seen_read(path, q->signer, &old)) != 0 &&
	    r != ERR_NOENT)
		goto out;
	for (i = 0, r = 0; i < old.heads.n && r == 0; i++)
		r = place_see(q, spool_at(&old.heads, i));
	if (r != 0)
		goto out;
	age = clock_wall() - old.looked;
	if (old.looked != 0 && age >= 0 && age < SEEN_S)
		r = place_of_source(q, source);
	else
		r = places_look(q, all, path, &old);
 out:
	seen_clear(&old);
	free(path);
	return r;
}

/* As places_find, for a server without a state directory. */
static int
places_find_all(struct sequence *q)
{
	struct seen old, now;
	int r;

	seen_init(&old);
	seen_init(&now);
	r = places_read(q, true, &old, &now);
	seen_clear(&now);
	return r;
}

/* The path of the state file: one for each repository. */
static int
state_path(const char *dir, struct repo *r, char **pathp)
{
	char name[64] = "sequence-";
	int res;

	if ((res = path_mkdirs(dir, 0700)) != 0) {
		log_err(res, "%s: make", dir);
		return res;
	}
	hex_format(repo_params(r)->id, REPO_ID_LEN, name + strlen(name));
	return path_join(dir, name, pathp);
}

int
sequence_open(struct repo *r, const char *state_dir,
    const uint8_t signer[32], const char *source, struct sequence **qp)
{
	struct sequence *q;
	bool all = true;
	int res;

	if ((q = calloc(1, sizeof(*q))) == NULL)
		return ERR_NOMEM;
	q->r = r;
	q->lock = -1;
	memcpy(q->signer, signer, sizeof(q->signer));
	if (state_dir != NULL) {
		if ((res = state_path(state_dir, r, &q->path)) != 0 ||
		    (res = sequence_lock(q)) != 0)
			goto out;
		if ((res = state_read(q)) == 0)
			all = false;
		else if (res != ERR_NOENT)
			goto out;
	}
	if ((res = next_settle(q)) != 0 ||
	    (res = q->path == NULL ? places_find_all(q) :
	    places_find(q, all, source)) != 0)
		goto out;
	*qp = q;
	q = NULL;
 out:
	sequence_close(q);
	return res;
}

int
sequence_fill(const struct sequence *q, struct snapshot *sn)
{
	struct snapshot_head *heads = NULL;

	if (q->nheads > 0) {
		if ((heads = malloc(q->nheads * sizeof(*heads))) == NULL)
			return ERR_NOMEM;
		memcpy(heads, q->heads, q->nheads * sizeof(*heads));
	}
	free(sn->heads);
	sn->heads = heads;
	sn->nheads = q->nheads;
	sn->signer_seq = q->last.seq + 1;
	memcpy(sn->signer_previous, q->last.hash, 32);
	return 0;
}

int
sequence_intend(struct sequence *q, const struct snapshot *sn,
    const uint8_t hash[32])
{
	q->next.seq = sn->signer_seq;
	memcpy(q->next.hash, hash, 32);
	snapshot_name(sn->source, sn->seq, q->next_name);
	return state_write(q);
}

void
sequence_done(struct sequence *q)
{
	q->last = q->next;
	q->next.seq = 0;
	if (state_write(q) != 0)
		log_warn("%s: the next job will find its place", q->path);
}
