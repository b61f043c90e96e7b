/* arrive.c: FRAME and PATCHED, checked and sealed in the pool. */
#include "backupd/batch_impl.h"

#include <stdlib.h>
#include <string.h>

#include "backupd/trial.h"
#include "base/buf.h"
#include "base/pool.h"
#include "wire/content.h"
#include "wire/delta.h"

#define WIRE_FACTOR 3	/* measured: rsync deltas to those of zstd */

/* A file, or all small ones, shares nothing with the older version. */
static void
trial_give_up(struct session *s, struct trial *t)
{
	if (!t->counted)
		s->delta.given_up++;
	t->counted = true;
}

/*
 * What was stored as a delta, and what did not give a good one.  How long a
 * delta was on the wire only the puller sees, but what differs is what zstd
 * finds, too.
 */
static void
fates_count(struct session *s, struct frame_job *j)
{
	struct choice *c = &s->batches->choice;
	uint32_t i, n = 0, wire, len;
	struct trial *trial;

	for (i = 0; i < j->nchunks; i++) {
		if (!j->fates[i].tried)
			continue;
		trial = j->chunks[i].trial;
		if (trial_result(&trial->stored, j->fates[i].delta))
			trial_give_up(s, trial);
		wire = len = j->chunks[i].len;
		if (j->fates[i].delta)
			wire = WIRE_FACTOR *
			    j->deltas[n++].frame.info.stored_len;
		choice_delta(c, len, wire < len ? wire : len);
		trial->delta_raw += len;
		trial->delta_wire += wire < len ? wire : len;
	}
	s->delta.stored += j->ndeltas;
}

/* What was patched has been checked: tell the source what must come again. */
static int
patched_finish(struct session *s, struct frame_job *j)
{
	struct batches *b = s->batches;
	struct batch *t = batch_find(b, j->batch);
	struct chunk *k;
	uint32_t i;
	int r;

	for (i = 0; i < j->nchunks; i++) {
		k = &t->chunks[j->numbers[i]];
		if (j->fates[i].bad) {
			k->state = CHUNK_AGAIN;
			k->basis = j->chunks[i].basis;
			k->trial = j->chunks[i].trial;
			j->chunks[i].basis = NULL;	/* the batch's now */
			j->chunks[i].trial = NULL;
			s->delta.again++;
		} else if (k->state == CHUNK_CHECKING) {
			k->state = CHUNK_CAME;
			s->delta.by_delta++;
			s->delta.raw_bytes += k->len;
		}
	}
	if ((r = batch_again(s, t)) != 0)
		return r;
	batch_settle(b, t);
	return 0;
}

/* Hand what a job has sealed to the writer. */
static int
frames_store(struct session *s, struct frame_job *j)
{
	struct frame_delta *d;
	uint32_t i;
	int r;

	if (j->frame.nchunks > 0 &&
	    (r = writer_add_frame(s->w, &j->frame, j->stored)) != 0)
		return r;
	for (i = 0; i < j->ndeltas; i++) {
		d = &j->deltas[i];
		d->frame.chunks = &d->chunk;
		if ((r = writer_add_frame(s->w, &d->frame,
		    buf_ptr(j->deltas_out) + d->off)) != 0)
			return r;
	}
	return 0;
}

/* The oldest frame is done. */
static int
frame_finish(struct session *s, struct frame_job *j)
{
	struct batches *b = s->batches;
	int r;

	b->first = (b->first + 1) % b->njobs;
	b->running--;
	j->busy = false;
	if (j->result == ERR_NOMEM)
		return j->result;
	if (j->result != 0)
		return session_fail(s, j->result, "the source sent other"
		    " bytes than it had announced", "nothing of it was kept;"
		    " look at the host before it is trusted again");
	if ((r = frames_store(s, j)) != 0)
		return r;
	fates_count(s, j);
	if (j->patched && (r = patched_finish(s, j)) != 0)
		return r;
	frame_job_reset(j);
	return 0;
}

int
frames_collect(struct session *s, bool wait)
{
	struct batches *b = s->batches;
	struct frame_job *j;
	int r;

	while (b->running > 0) {
		j = &b->jobs[b->first];
		if (wait)
			pool_wait(s->pool, &j->job);
		else if (!pool_done(s->pool, &j->job))
			break;
		if ((r = frame_finish(s, j)) != 0)
			return r;
	}
	return 0;
}

/* A free place in the ring, after waiting if there is none. */
static int
job_get(struct session *s, struct frame_job **jp)
{
	struct batches *b = s->batches;
	struct frame_job *j;
	int r;

	if (b->running == b->njobs) {
		pool_wait(s->pool, &b->jobs[b->first].job);
		if ((r = frame_finish(s, &b->jobs[b->first])) != 0)
			return r;
	}
	j = &b->jobs[(b->first + b->running) % b->njobs];
	frame_job_reset(j);
	buf_reset(j->in);
	memset(j->fates, 0, WIRE_PIECES_MAX * sizeof(*j->fates));
	*jp = j;
	return 0;
}

/*
 * Let j take the chunks of t that are in state from; in the batch they are in
 * state to.  Those that are stored already, for another source, are not kept.
 */
static int
job_fill(struct session *s, struct frame_job *j, struct batch *t,
    enum chunk_state from, enum chunk_state to)
{
	struct chunk *k;
	uint32_t i, n = 0;

	j->batch = t->id;
	if ((j->chunks = calloc(t->n, sizeof(*j->chunks))) == NULL ||
	    (j->numbers = calloc(t->n, sizeof(*j->numbers))) == NULL)
		return ERR_NOMEM;
	for (i = 0; i < t->n; i++) {
		k = &t->chunks[i];
		if (k->state != from)
			continue;
		j->chunks[n] = *k;
		j->numbers[n] = i;
		k->basis = NULL;	/* the job's now */
		k->trial = NULL;
		k->state = to;
		j->fates[n].keep = !writer_has(s->w, k->id);
		j->nchunks = ++n;
	}
	return 0;
}

static void
job_submit(struct session *s, struct frame_job *j)
{
	j->job.run = frame_job_run;
	j->job.arg = j;
	j->busy = true;
	s->batches->running++;
	pool_submit(s->pool, &j->job);
}

/* Has the source been asked for the chunks in that state? */
static bool
frame_due(const struct batch *t, enum chunk_state state)
{
	/* Before AGAIN, t is still wanted by the job that checks. */
	return state == CHUNK_AGAIN ? t->again :
	    t->nsigned == 0 || t->patched;
}

/* Which chunks are these?  Those that NEED or AGAIN asked for. */
static int
frame_kind_of(struct session *s, const struct batch *t,
    const struct wire_frame *m, enum chunk_state *fromp)
{
	static const enum chunk_state states[] = {
		CHUNK_NEEDED, CHUNK_AGAIN
	};
	uint8_t bitmap[WIRE_BITMAP_MAX];
	size_t i;

	for (i = 0; i < 2; i++) {
		if (!frame_due(t, states[i]))
			continue;
		batch_bitmap(t, states[i], bitmap);
		if (m->raw > 0 && m->bitmap_len == (t->n + 7) / 8 &&
		    memcmp(bitmap, m->bitmap, m->bitmap_len) == 0 &&
		    m->raw == batch_sum(t, states[i])) {
			*fromp = states[i];
			return 0;
		}
	}
	return session_fail(s, ERR_FORMAT, "the source sent other chunks"
	    " than it was asked for", "");
}

int
batches_frame(struct session *s, struct wire_msg *msg)
{
	struct batches *b = s->batches;
	enum chunk_state from = CHUNK_NEEDED;
	struct frame_job *j;
	struct wire_frame m;
	struct batch *t;
	int r;

	if ((r = wire_frame_decode(msg->body, &m)) != 0)
		return r;
	t = batch_find(b, m.batch);
	if (t == NULL || t->state != BATCH_ASKED)
		return session_fail(s, ERR_FORMAT, "the source sent a frame"
		    " that was not asked for", "");
	if ((r = frame_kind_of(s, t, &m, &from)) != 0 ||
	    (r = job_get(s, &j)) != 0 ||
	    (r = buf_put(j->in, m.data, m.data_len)) != 0)
		return r;
	j->kind = m.kind;
	j->raw_len = m.raw;
	j->patched = false;
	choice_whole(&b->choice, m.raw, m.data_len);
	if ((r = job_fill(s, j, t, from, CHUNK_CAME)) != 0)
		return r;
	job_submit(s, j);
	batch_settle(b, t);
	return 0;
}

/* Take what PATCHED tells of each chunk: those that are good are checked, the
 * others must come again. */
static int
parts_take(struct session *s, struct batch *t, struct buf *body,
    struct wire_patched *m)
{
	struct wire_delta_part part;
	struct chunk *k;
	int r;

	while ((r = wire_patched_next(body, m, &part)) == 1) {
		if (part.chunk >= t->n || !t->chunks[part.chunk].signed_for)
			return session_fail(s, ERR_FORMAT, "the source sent"
			    " a delta that was not asked for", "");
		k = &t->chunks[part.chunk];
		k->state = part.good ? CHUNK_CHECKING : CHUNK_AGAIN;
		if (!part.good)
			s->delta.again++;
	}
	return r;
}

/* Which of the signatures have brought a delta? */
static void
signed_count(struct session *s, struct batch *t)
{
	struct chunk *k;
	uint32_t i;

	for (i = 0; i < t->n; i++) {
		k = &t->chunks[i];
		if (k->signed_for && trial_result(&k->trial->wire,
		    k->state == CHUNK_CHECKING))
			trial_give_up(s, k->trial);
	}
}

int
batches_patched(struct session *s, struct wire_msg *msg)
{
	struct batches *b = s->batches;
	struct wire_patched m;
	struct frame_job *j;
	struct batch *t;
	uint64_t raw;
	uint32_t n;
	int r;

	if ((r = wire_patched_decode(msg->body, &m)) != 0)
		return r;
	t = batch_find(b, m.batch);
	if (t == NULL || t->state != BATCH_ASKED || t->nsigned == 0 ||
	    t->patched)
		return session_fail(s, ERR_FORMAT, "the source sent deltas"
		    " that were not asked for", "");
	t->patched = true;
	b->sent -= t->sent;
	n = m.n;
	if ((r = parts_take(s, t, msg->body, &m)) != 0)
		return r;
	signed_count(s, t);
	if (n == 0) {
		batch_settle(b, t);
		return 0;
	}
	raw = batch_sum(t, CHUNK_CHECKING);
	if (raw != m.data_len)
		return session_fail(s, ERR_FORMAT, "the puller handed on"
		    " other bytes than it told", "");
	if ((r = job_get(s, &j)) != 0 ||
	    (r = buf_put(j->in, m.data, m.data_len)) != 0)
		return r;
	j->kind = 0;
	j->raw_len = (uint32_t)raw;
	j->patched = true;
	if ((r = job_fill(s, j, t, CHUNK_CHECKING, CHUNK_CHECKING)) != 0)
		return r;
	job_submit(s, j);
	return 0;
}

int
batches_pace(struct session *s, struct wire_msg *msg)
{
	struct choice *p = &s->batches->choice;
	struct wire_pace m;
	int r;

	if ((r = wire_pace_decode(msg->body, &m)) != 0)
		return r;
	p->rate = s->delta.rate = m.rate;
	p->sign_ns = m.sign_ns;
	return 0;
}
