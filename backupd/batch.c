/* batch.c: batches of chunks, until all of them has come. */
#include "backupd/batch_impl.h"

#include <stdlib.h>
#include <string.h>

#include "backupd/trial.h"
#include "base/buf.h"
#include "base/pool.h"
#include "codec/delta.h"
#include "wire/delta.h"
#include "wire/request.h"

#define HELD_MAX (24u << 20)		/* bytes of bases */
#define BASIS_MIN 1024u			/* less is not worth a signature */
#define SIGNED_MAX (4u << 20)		/* bytes of bases sent for a batch */
#define SENT_MAX (32u << 20)		/* of all that the puller keeps */
#define OUT_SOFT (4u << 20)		/* let the puller take that first */
#define LOOK_BACK 8u			/* chunks that may share a base */

int
batches_new(struct session *s, struct batches **bp)
{
	struct bases_params bases = { .repo = s->repo, .w = s->w,
	    .pool = s->pool, .threads = s->threads };
	int level = s->job->level;
	struct batches *b;
	size_t i;
	int r = ERR_NOMEM;

	if ((b = calloc(1, sizeof(*b))) == NULL)
		return ERR_NOMEM;
	b->next = 1;
	b->choice.mode = s->job->delta;
	b->njobs = 2 * (size_t)s->threads + 2;
	if ((b->jobs = calloc(b->njobs, sizeof(*b->jobs))) == NULL ||
	    (r = tools_new(s->threads, level > 0 ? level : 1,
	    &b->tools)) != 0)
		goto out;
	bases.tools = b->tools;
	if ((r = bases_new(&bases, &b->bases)) != 0)
		goto out;
	for (i = 0; i < b->njobs; i++)
		if ((r = frame_job_init(&b->jobs[i], level > 0, b->tools,
		    writer_epoch(s->w))) != 0)
			goto out;
	*bp = b;
	b = NULL;	/* the caller's now */
 out:
	batches_free(b, s->pool);
	return r;
}

void
batches_free(struct batches *b, struct pool *pool)
{
	struct batch *t;
	size_t i;

	if (b == NULL)
		return;
	bases_stop(b->bases);
	for (i = 0; b->jobs != NULL && i < b->njobs; i++) {
		if (b->jobs[i].busy)
			pool_wait(pool, &b->jobs[i].job);
		frame_job_clear(&b->jobs[i]);
	}
	for (i = 0; i < WIRE_BATCHES_MAX; i++) {
		t = &b->all[i];
		chunks_free(t->chunks, t->n);
	}
	bases_free(b->bases);
	tools_free(b->tools);
	free(b->jobs);
	free(b);
}

void
batches_features(struct batches *b, uint64_t features)
{
	b->choice.agent = (features & WIRE_FEATURE_DELTAS) != 0;
}

bool
batches_idle(const struct batches *b)
{
	return b->under_way == 0 && b->running == 0;
}

struct batch *
batch_find(struct batches *b, uint64_t id)
{
	size_t i;

	for (i = 0; i < WIRE_BATCHES_MAX; i++)
		if (b->all[i].state != BATCH_FREE && b->all[i].id == id)
			return &b->all[i];
	return NULL;
}

int
batches_begin(struct session *s, uint64_t id, uint32_t n,
    struct chunk **chunksp)
{
	struct batches *b = s->batches;
	struct batch *t = NULL;
	size_t i;

	for (i = 0; i < WIRE_BATCHES_MAX && t == NULL; i++)
		if (b->all[i].state == BATCH_FREE)
			t = &b->all[i];
	if (id != b->next || t == NULL)
		return session_fail(s, ERR_FORMAT, "the source numbers its"
		    " batches wrongly", "");
	memset(t, 0, sizeof(*t));
	if ((t->chunks = calloc(n > 0 ? n : 1, sizeof(*t->chunks))) == NULL)
		return ERR_NOMEM;
	t->state = BATCH_FILLING;
	t->id = id;
	b->next++;
	b->under_way++;
	*chunksp = t->chunks;
	return 0;
}

uint64_t
batch_sum(const struct batch *t, enum chunk_state state)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < t->n; i++)
		if (t->chunks[i].state == state)
			sum += t->chunks[i].len;
	return sum;
}

uint64_t
batches_waiting(const struct batches *b)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < WIRE_BATCHES_MAX; i++)
		if (b->all[i].state != BATCH_FREE)
			sum += batch_sum(&b->all[i], CHUNK_NEEDED) +
			    batch_sum(&b->all[i], CHUNK_AGAIN);
	return sum;
}

void
batch_bitmap(const struct batch *t, enum chunk_state state, uint8_t *bitmap)
{
	uint32_t i;

	memset(bitmap, 0, WIRE_BITMAP_MAX);
	for (i = 0; i < t->n; i++)
		if (t->chunks[i].state == state)
			bitmap[i / 8] |= (uint8_t)(1u << (i % 8));
}

void
batch_settle(struct batches *b, struct batch *t)
{
	uint32_t i;

	if (t->nsigned > 0 && !t->patched)
		return;
	for (i = 0; i < t->n; i++)
		if (t->chunks[i].state != CHUNK_HAD &&
		    t->chunks[i].state != CHUNK_CAME)
			return;
	if (t->measures)
		choice_measured(&b->choice);
	chunks_free(t->chunks, t->n);
	memset(t, 0, sizeof(*t));
	b->under_way--;
}

static int
need_send(struct session *s, struct batch *t)
{
	uint8_t bitmap[WIRE_BITMAP_MAX];
	struct wire_need m = { .batch = t->id, .bitmap = bitmap,
	    .bitmap_len = (t->n + 7) / 8 };
	size_t mark;
	int r;

	batch_bitmap(t, CHUNK_NEEDED, bitmap);
	t->state = BATCH_ASKED;
	if ((r = session_begin(s, WIRE_NEED, &mark)) != 0 ||
	    (r = wire_need_encode(&m, s->out)) != 0)
		return r;
	return session_end(s, mark);
}

int
batch_again(struct session *s, struct batch *t)
{
	uint8_t bitmap[WIRE_BITMAP_MAX];
	struct wire_again m = { .batch = t->id, .bitmap = bitmap,
	    .bitmap_len = (t->n + 7) / 8 };
	size_t mark;
	int r;

	batch_bitmap(t, CHUNK_AGAIN, bitmap);
	t->again = true;
	if ((r = session_begin(s, WIRE_AGAIN, &mark)) != 0 ||
	    (r = wire_again_encode(&m, s->out)) != 0)
		return r;
	return session_end(s, mark);
}

static int
basis_send(struct session *s, struct batch *t, uint32_t i)
{
	struct chunk *k = &t->chunks[i];
	struct wire_basis m = { .batch = t->id, .chunk = i, .len = k->len,
	    .block = delta_block(k->basis->len), .data = k->basis->data,
	    .data_len = k->basis->len };
	size_t mark;
	int r;

	k->signed_for = true;
	t->nsigned++;
	t->sent += m.data_len;
	s->batches->sent += m.data_len;
	s->delta.basis_bytes += m.data_len;
	if ((r = session_begin(s, WIRE_BASIS, &mark)) != 0 ||
	    (r = wire_basis_encode(&m, s->out)) != 0)
		return r;
	return session_end(s, mark);
}

/* The basis of chunk i: one that was opened for a chunk before it, or a new
 * one; none if there is no memory for it. */
static int
basis_begin(struct session *s, struct batch *t, uint32_t i)
{
	struct chunk *k = &t->chunks[i], *other;
	struct bases *bases = s->batches->bases;
	uint32_t j;
	int r;

	for (j = i; j-- > 0 && i - j <= LOOK_BACK && k->basis == NULL;) {
		other = &t->chunks[j];
		if (other->basis != NULL && memcmp(k->old_id, other->old_id,
		    sizeof(k->old_id)) == 0)
			k->basis = basis_hold(other->basis);
	}
	if (k->basis == NULL && bases_held(bases) <= HELD_MAX) {
		r = bases_open(bases, k->old_id, &k->basis);
		if (r != 0 && r != ERR_NOENT)
			return r;
	}
	if (k->basis != NULL)
		k->trial->open++;
	return 0;
}

/* Open the bases of the chunks that have an older version. */
static int
bases_begin(struct session *s, struct batch *t)
{
	struct chunk *k;
	uint32_t i;
	int r;

	t->state = BATCH_OPENING;
	for (i = 0; i < t->n; i++) {
		k = &t->chunks[i];
		if (k->old && trial_wanted(&k->trial->stored) &&
		    (r = basis_begin(s, t, i)) != 0)
			return r;
	}
	return 0;
}

/* May the bases of t be opened now? */
static bool
bases_may_begin(const struct batches *b, const struct batch *t)
{
	uint32_t i;

	for (i = 0; i < t->n; i++)
		if (t->chunks[i].old && trial_waits(t->chunks[i].trial))
			return false;
	return bases_held(b->bases) == 0 ||
	    bases_held(b->bases) + 2 * t->raw <= HELD_MAX;
}

static bool
bases_done(const struct batch *t)
{
	uint32_t i;

	for (i = 0; i < t->n; i++)
		if (t->chunks[i].basis != NULL &&
		    !basis_done(t->chunks[i].basis))
			return false;
	return true;
}

/* Could a delta of this chunk be worth asking for? */
static bool
may_sign(const struct chunk *k)
{
	const struct basis *b = k->basis;

	return k->state == CHUNK_NEEDED && b != NULL &&
	    b->state == BASIS_THERE && b->len >= BASIS_MIN &&
	    k->len >= BASIS_MIN && b->len <= WIRE_BASIS_MAX;
}

/* Tell whether it was written in its place: its length shows it. */
static bool
in_places(const struct chunk *k)
{
	return k->basis->len == k->len;
}

/* What is known of the chunks whose deltas would have to be searched. */
static void
question_make(const struct batch *t, struct choice_question *q)
{
	const struct chunk *k;
	uint32_t i;

	memset(q, 0, sizeof(*q));
	for (i = 0; i < t->n; i++) {
		k = &t->chunks[i];
		if (!may_sign(k) || in_places(k))
			continue;
		q->raw += k->len;
		q->signatures += delta_signature_max(k->basis->len,
		    delta_block(k->basis->len));
		q->file_raw = k->trial->delta_raw;
		q->file_wire = k->trial->delta_wire;
	}
}

/* Bases are there, or lost: ask for the batch.  It may have to wait. */
static int
batch_ask(struct session *s, struct batch *t)
{
	struct batches *b = s->batches;
	struct choice_question q;
	enum choice_answer a = CHOICE_WHOLE;
	struct chunk *k;
	uint32_t i;
	int r;

	if (buf_len(s->out) > OUT_SOFT)
		return 0;
	question_make(t, &q);
	if (q.raw > 0)
		a = choice_ask(&b->choice, &q, &s->delta.why);
	if (a == CHOICE_WAIT)
		return 0;
	t->measures = a == CHOICE_MEASURE;
	for (i = 0; i < t->n; i++) {
		k = &t->chunks[i];
		if (!may_sign(k) || !(a == CHOICE_DELTA || (in_places(k) &&
		    choice_places(&b->choice, &s->delta.why))) ||
		    !trial_wanted(&k->trial->wire))
			continue;
		if (t->sent + k->basis->len > SIGNED_MAX ||
		    b->sent + k->basis->len > SENT_MAX)
			break;
		if ((r = basis_send(s, t, i)) != 0)
			return r;
	}
	return need_send(s, t);
}

int
batches_announced(struct session *s, uint32_t n)
{
	struct batches *b = s->batches;
	struct batch *t = batch_find(b, b->next - 1);
	uint32_t i;
	int r;

	t->n = n;
	t->raw = batch_sum(t, CHUNK_NEEDED);
	if (t->raw > repo_params(s->repo)->frame_max)
		return session_fail(s, ERR_FORMAT, "the source sent a batch"
		    " that is too large", "");
	for (i = 0; i < n; i++)
		if (t->chunks[i].old) {
			t->state = BATCH_WAITING;
			return batches_pump(s, false);
		}
	if ((r = need_send(s, t)) == 0)
		batch_settle(b, t);
	return r;
}

/* The oldest batch in that state, or NULL. */
static struct batch *
batch_oldest(struct batches *b, enum batch_state state)
{
	struct batch *t, *best = NULL;
	size_t i;

	for (i = 0; i < WIRE_BATCHES_MAX; i++) {
		t = &b->all[i];
		if (t->state == state && (best == NULL || t->id < best->id))
			best = t;
	}
	return best;
}

int
batches_pump(struct session *s, bool wait)
{
	struct batches *b = s->batches;
	struct batch *t;
	size_t i;
	int r;

	if ((r = frames_collect(s, wait)) != 0)
		return r;
	while ((t = batch_oldest(b, BATCH_WAITING)) != NULL &&
	    bases_may_begin(b, t))
		if ((r = bases_begin(s, t)) != 0)
			return r;
	if ((r = bases_pump(b->bases)) != 0)
		return r;
	for (i = 0; i < WIRE_BATCHES_MAX; i++) {
		t = &b->all[i];
		if (t->state == BATCH_OPENING && bases_done(t) &&
		    (r = batch_ask(s, t)) != 0)
			return r;
	}
	return 0;
}
