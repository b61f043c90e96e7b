/* content.c: from announced hashes to sealed frames. */
#include "backupd/content.h"

#include <stdlib.h>
#include <string.h>

#include "backupd/directory.h"
#include "backupd/unpack.h"
#include "base/buf.h"
#include "base/pool.h"
#include "wire/content.h"
#include "wire/request.h"

#define PROVEN_SIZE (256u << 10)	/* a power of two; 16 bytes each */
#define PROVEN_LEN 16
#define REPACK_SHARE 4			/* pack anew above a quarter of waste */

/* A batch whose frame is still to come. */
struct batch {
	uint64_t id;			/* 0: free */
	uint32_t n;
	struct chunk *chunks;		/* owned */
	uint64_t raw;			/* of the needed ones */
};

struct content {
	struct batch batches[WIRE_BATCHES_MAX];
	size_t	 under_way;
	uint64_t next_batch;
	struct slot *open;		/* whose END is to come, or NULL */
	/* chunks that the source has shown to have, by leading bytes */
	uint8_t	(*proven)[PROVEN_LEN];
	struct frame_job *jobs;		/* a ring */
	size_t	 njobs, first, running;
};

int
content_new(struct session *s, struct content **cp)
{
	struct content *c;
	size_t i;
	int r = ERR_NOMEM;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return ERR_NOMEM;
	c->next_batch = 1;
	c->njobs = 2 * (size_t)s->threads + 2;
	if ((c->proven = calloc(PROVEN_SIZE, PROVEN_LEN)) == NULL ||
	    (c->jobs = calloc(c->njobs, sizeof(*c->jobs))) == NULL)
		goto out;
	for (i = 0; i < c->njobs; i++)
		if ((r = frame_job_init(&c->jobs[i], s->job->level,
		    writer_epoch(s->w))) != 0)
			goto out;
	r = 0;
	*cp = c;
	c = NULL;	/* the caller's now */
 out:
	content_free(c, s->pool);
	return r;
}

void
content_free(struct content *c, struct pool *pool)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; c->jobs != NULL && i < c->njobs; i++) {
		if (c->jobs[i].busy)
			pool_wait(pool, &c->jobs[i].job);
		frame_job_clear(&c->jobs[i]);
	}
	for (i = 0; i < WIRE_BATCHES_MAX; i++)
		free(c->batches[i].chunks);
	free(c->jobs);
	free(c->proven);
	free(c);
}

bool
content_idle(const struct content *c)
{
	return c->under_way == 0 && c->running == 0;
}

/* The batch of that number, or a free place (0); they end in any order. */
static struct batch *
batch_find(struct content *c, uint64_t id)
{
	size_t i;

	for (i = 0; i < WIRE_BATCHES_MAX; i++)
		if (c->batches[i].id == id)
			return &c->batches[i];
	return NULL;
}

/* The place in proven where the chunk of that hash would stand. */
static uint8_t *
proven_at(struct content *c, const uint8_t hash[32])
{
	uint32_t h = (uint32_t)hash[0] << 24 | (uint32_t)hash[1] << 16 |
	    (uint32_t)hash[2] << 8 | hash[3];

	return c->proven[h % PROVEN_SIZE];
}

/*
 * Must the source send this chunk?  Not if it was seen to have it before:
 * in earlier snapshots, or in this job.  What other sources have does not
 * count, so that nobody can ask whether a file exists elsewhere.
 */
static bool
chunk_needed(struct session *s, const struct chunk *k)
{
	uint8_t *at = proven_at(s->content, k->hash);

	if (memcmp(at, k->hash, PROVEN_LEN) == 0 ||
	    writer_knows(s->w, k->id))
		return false;
	memcpy(at, k->hash, PROVEN_LEN);
	return true;
}

static int
body_add(struct session *s, struct slot *slot,
    const struct content_item *item)
{
	struct body *b = slot->body;
	size_t i;
	int r;

	if (b == NULL) {
		if ((b = slot->body = calloc(1, sizeof(*b))) == NULL)
			return ERR_NOMEM;
	}
	if (b->bytes + item->len < b->bytes)
		return session_fail(s, ERR_FORMAT, "the source sent a file"
		    " longer than any can be", "");
	b->bytes += item->len;
	if (!item->hole && (r = writer_ref(s->w, item->id, 1)) != 0)
		return r;
	if (b->n < ENTRY_INLINE_MAX) {
		b->items[b->n++] = *item;
		return 0;
	}
	if (b->list == NULL) {
		if ((r = list_writer_new(LIST_CONTENT, merge_sink, s->w,
		    &b->list)) != 0)
			return r;
		for (i = 0; i < b->n; i++)
			if ((r = list_add_content(b->list,
			    &b->items[i])) != 0)
				return r;
	}
	return list_add_content(b->list, item);
}

/* The file is over: its content becomes part of its entry. */
static int
body_end(struct session *s, struct slot *slot, const struct wire_piece *p)
{
	struct entry *e = &slot->e;
	struct body *b = slot->body;
	int r;

	if (p->status == ERR_NOENT && b == NULL) {
		slot->state = SLOT_DROPPED;
		return directories_ready(s, slot);
	}
	if (p->status == 0 || p->status == ERR_CHANGED) {
		if (p->attr.type != ATTR_FILE)
			return session_fail(s, ERR_FORMAT, "the source sent"
			    " a file that is none", "");
		e->attr = p->attr;
	}
	if (p->status == ERR_CHANGED)
		e->flags |= ENTRY_CHANGED;
	else if (p->status != 0) {
		e->flags |= ENTRY_UNREAD;
		s->unread++;
	}
	if (p->flags & WIRE_RACY)
		e->flags |= ENTRY_RACY;
	e->attr.have |= ATTR_SIZE;
	e->attr.size = b != NULL ? b->bytes : 0;
	if (b != NULL && b->list != NULL) {
		if ((r = list_writer_end(b->list, &e->content)) != 0)
			return r;
	} else if (b != NULL) {
		e->ninline = b->n;
		memcpy(e->inl, b->items, sizeof(e->inl));
	}
	if (b != NULL)
		list_writer_free(b->list);
	free(b);
	slot->body = NULL;
	return directories_ready(s, slot);
}

/*
 * The pieces of a file begin or go on.  A file is ended before the next
 * begins, so that only one is held in memory.
 */
static int
file_begin(struct session *s, const struct wire_piece *p)
{
	struct content *c = s->content;
	struct slot *slot;
	int r;

	if ((r = directories_slot(s, p->dir, p->page, p->entry, &slot)) != 0)
		return r;
	if (c->open != NULL && c->open != slot)
		return session_fail(s, ERR_FORMAT, "the source began a file"
		    " before it had ended the one before", "");
	c->open = slot;
	return 0;
}

/* Take the pieces of CHUNKS in order. */
static int
pieces_take(struct session *s, struct buf *b, struct wire_chunks *m,
    struct batch *t)
{
	struct content_item item;
	struct wire_piece p;
	struct slot *slot = NULL;
	struct chunk *k;
	int r;

	while ((r = wire_chunks_next(b, m, &p)) == 1) {
		if (p.kind == WIRE_PIECE_FILE) {
			if ((r = file_begin(s, &p)) != 0)
				return r;
			slot = s->content->open;
			continue;
		}
		if (slot == NULL)
			return session_fail(s, ERR_FORMAT, "the source sent"
			    " content of no file", "");
		if (p.kind == WIRE_PIECE_END) {
			s->content->open = NULL;
			if ((r = body_end(s, slot, &p)) != 0)
				return r;
			slot = NULL;
			continue;
		}
		memset(&item, 0, sizeof(item));
		item.len = p.len;
		item.hole = p.kind == WIRE_PIECE_HOLE;
		if (!item.hole) {
			k = &t->chunks[t->n++];
			memcpy(k->hash, p.sha256, sizeof(k->hash));
			repo_chunk_id(s->repo, k->hash, k->id);
			k->len = (uint32_t)p.len;
			k->needed = chunk_needed(s, k);
			if (k->needed)
				t->raw += k->len;
			memcpy(item.id, k->id, sizeof(item.id));
			s->progress.read += k->len;
		}
		if ((r = body_add(s, slot, &item)) != 0)
			return r;
	}
	return r;
}

static void
bitmap_make(const struct batch *t, uint8_t *bitmap)
{
	uint32_t i;

	memset(bitmap, 0, WIRE_BITMAP_MAX);
	for (i = 0; i < t->n; i++)
		if (t->chunks[i].needed)
			bitmap[i / 8] |= (uint8_t)(1u << (i % 8));
}

static int
need_send(struct session *s, const struct batch *t)
{
	uint8_t bitmap[WIRE_BITMAP_MAX];
	struct wire_need m = { .batch = t->id, .bitmap = bitmap,
	    .bitmap_len = (t->n + 7) / 8 };
	size_t mark;
	int r;

	bitmap_make(t, bitmap);
	if ((r = session_begin(s, WIRE_NEED, &mark)) != 0 ||
	    (r = wire_need_encode(&m, s->out)) != 0)
		return r;
	return session_end(s, mark);
}

int
content_chunks(struct session *s, struct wire_msg *msg)
{
	struct content *c = s->content;
	struct wire_chunks m;
	struct batch *t;
	int r;

	if ((r = wire_chunks_decode(msg->body, &m)) != 0)
		return r;
	t = batch_find(c, 0);
	if (m.batch != c->next_batch || t == NULL)
		return session_fail(s, ERR_FORMAT, "the source numbers its"
		    " batches wrongly", "");
	c->next_batch++;
	t->id = m.batch;
	t->n = 0;
	t->raw = 0;
	if ((t->chunks = calloc(m.n > 0 ? m.n : 1,
	    sizeof(*t->chunks))) == NULL)
		return ERR_NOMEM;
	c->under_way++;
	if ((r = pieces_take(s, msg->body, &m, t)) != 0)
		return r;
	if (t->raw > repo_params(s->repo)->frame_max)
		return session_fail(s, ERR_FORMAT, "the source sent a batch"
		    " that is too large", "");
	if ((r = need_send(s, t)) != 0)
		return r;
	if (t->raw == 0) {
		free(t->chunks);
		memset(t, 0, sizeof(*t));
		c->under_way--;
	}
	return 0;
}

/* The oldest frame is done: hand it to the writer. */
static int
frame_finish(struct session *s, struct frame_job *j)
{
	struct content *c = s->content;

	c->first = (c->first + 1) % c->njobs;
	c->running--;
	j->busy = false;
	free(j->chunks);
	j->chunks = NULL;
	if (j->result != 0)
		return session_fail(s, j->result, "the source sent other"
		    " bytes than it had announced", "nothing of it was kept;"
		    " look at the host before it is trusted again");
	if (j->frame.nchunks == 0)
		return 0;
	return writer_add_frame(s->w, &j->frame, j->stored);
}

int
content_collect(struct session *s, bool wait)
{
	struct content *c = s->content;
	struct frame_job *j;
	int r;

	while (c->running > 0) {
		j = &c->jobs[c->first];
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
	struct content *c = s->content;
	struct frame_job *j;
	int r;

	if (c->running == c->njobs) {
		pool_wait(s->pool, &c->jobs[c->first].job);
		if ((r = frame_finish(s, &c->jobs[c->first])) != 0)
			return r;
	}
	j = &c->jobs[(c->first + c->running) % c->njobs];
	*jp = j;
	return 0;
}

/*
 * Take over the batch's needed chunks.  Those that are stored already, for
 * another source, are not kept; where that is much, the rest is packed anew.
 */
static void
job_fill(struct session *s, struct frame_job *j, struct batch *t)
{
	uint64_t dropped = 0;
	uint32_t i, n = 0;

	for (i = 0; i < t->n; i++) {
		if (!t->chunks[i].needed)
			continue;
		t->chunks[n] = t->chunks[i];
		j->keep[n] = !writer_has(s->w, t->chunks[n].id);
		if (!j->keep[n])
			dropped += t->chunks[n].len;
		n++;
	}
	j->chunks = t->chunks;
	j->nchunks = n;
	j->repack = dropped > t->raw / REPACK_SHARE && dropped < t->raw;
	memset(t, 0, sizeof(*t));
	s->content->under_way--;
}

int
content_frame(struct session *s, struct wire_msg *msg)
{
	struct content *c = s->content;
	uint8_t bitmap[WIRE_BITMAP_MAX];
	struct frame_job *j;
	struct wire_frame m;
	struct batch *t;
	int r;

	if ((r = wire_frame_decode(msg->body, &m)) != 0)
		return r;
	t = m.batch != 0 ? batch_find(c, m.batch) : NULL;
	if (t == NULL || m.raw != t->raw)
		return session_fail(s, ERR_FORMAT, "the source sent a frame"
		    " that was not asked for", "");
	bitmap_make(t, bitmap);
	if (m.bitmap_len != (t->n + 7) / 8 ||
	    memcmp(bitmap, m.bitmap, m.bitmap_len) != 0)
		return session_fail(s, ERR_FORMAT, "the source sent other"
		    " chunks than it was asked for", "");
	if ((r = job_get(s, &j)) != 0)
		return r;
	buf_reset(j->in);
	if ((r = buf_put(j->in, m.data, m.data_len)) != 0)
		return r;
	j->kind = m.kind;
	j->raw_len = m.raw;
	job_fill(s, j, t);
	j->job.run = frame_job_run;
	j->job.arg = j;
	j->busy = true;
	c->running++;
	pool_submit(s->pool, &j->job);
	return content_collect(s, false);
}
