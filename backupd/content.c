/* content.c: from announced hashes to sealed frames. */
#include "backupd/content.h"

#include <stdlib.h>
#include <string.h>

#include "backupd/align.h"
#include "backupd/batch.h"
#include "backupd/directory.h"
#include "backupd/trial.h"
#include "base/buf.h"
#include "base/log.h"
#include "wire/content.h"

#define PROVEN_SIZE (256u << 10)	/* a power of two; 16 bytes each */
#define PROVEN_LEN 16
#define OLD_MIN 6144			/* a delta of less saves too little */
#define LARGE (2u << 20)		/* files that are tried on their own */
#define VERY_LARGE (64u << 20)		/* that may wait for the first tries */

struct content {
	struct slot *open;		/* whose END is to come, or NULL */
	struct trial *small;		/* of all files that are not large */
	/* items of one file in a batch, until all of them are known */
	struct content_item *items, *olds;
	struct chunk **chunks;		/* theirs; NULL for a hole */
	size_t	 nitems;
	/* chunks that the source has shown to have, by leading bytes */
	uint8_t	(*proven)[PROVEN_LEN];
};

int
content_new(struct content **cp)
{
	struct content *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return ERR_NOMEM;
	if ((c->proven = calloc(PROVEN_SIZE, PROVEN_LEN)) == NULL ||
	    (c->items = calloc(WIRE_PIECES_MAX,
	    sizeof(*c->items))) == NULL ||
	    (c->olds = calloc(WIRE_PIECES_MAX, sizeof(*c->olds))) == NULL ||
	    (c->chunks = calloc(WIRE_PIECES_MAX,
	    sizeof(struct chunk *))) == NULL ||
	    (c->small = trial_new()) == NULL) {
		content_free(c);
		return ERR_NOMEM;
	}
	*cp = c;
	return 0;
}

void
content_free(struct content *c)
{
	if (c == NULL)
		return;
	trial_drop(c->small);
	free(c->items);
	free(c->olds);
	free(c->chunks);
	free(c->proven);
	free(c);
}

void
body_free(struct body *b)
{
	if (b == NULL)
		return;
	list_writer_free(b->list);
	aligner_free(b->aligner);
	trial_drop(b->trial);
	free(b);
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

/* What the list of old content tells is not to be had: go without. */
static int
body_unaligned(struct body *b, int r)
{
	if (r == ERR_NOMEM)
		return r;
	log_err(r, "older version of a file: read its list");
	aligner_free(b->aligner);
	b->aligner = NULL;
	return 0;
}

/* The first item of a file's content has come. */
static int
body_begin(struct session *s, struct slot *slot,
    const struct content_item *first)
{
	const struct entry *old = NULL;
	struct body *b;
	int r;

	if ((b = slot->body = calloc(1, sizeof(*b))) == NULL)
		return ERR_NOMEM;
	if ((r = directories_old(s, slot, first, &old)) != 0)
		return body_unaligned(b, r);
	if (old == NULL)
		return 0;
	if (slot->e.attr.size < LARGE)
		b->trial = trial_hold(s->content->small);
	else if ((b->trial = trial_new()) == NULL)
		return ERR_NOMEM;
	b->trial->patient = slot->e.attr.size >= VERY_LARGE;
	if ((r = aligner_new(writer_reader(s->w), old, &b->aligner)) != 0)
		return body_unaligned(b, r);
	return 0;
}

/* Set what chunk k can be compared with. */
static void
chunk_align(struct session *s, struct body *b, struct chunk *k,
    const struct content_item *old)
{
	if (k == NULL || k->state != CHUNK_NEEDED)
		return;
	s->delta.chunks++;
	if (old->len == 0 || k->len < OLD_MIN)
		return;
	k->old = true;
	memcpy(k->old_id, old->id, sizeof(k->old_id));
	k->trial = trial_hold(b->trial);
}

/* Put the items that have come beside the old content. */
static int
body_align(struct session *s, struct body *b)
{
	struct content *c = s->content;
	size_t i;
	int r;

	if (b->aligner == NULL)
		return 0;
	if ((r = aligner_next(b->aligner, c->items, c->nitems,
	    c->olds)) != 0)
		return body_unaligned(b, r);
	for (i = 0; i < c->nitems; i++)
		chunk_align(s, b, c->chunks[i], &c->olds[i]);
	return 0;
}

static int
body_add(struct session *s, struct body *b, const struct content_item *item)
{
	size_t i;
	int r;

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

/* No more items of this file come in this batch. */
static int
body_take(struct session *s, struct slot *slot)
{
	struct content *c = s->content;
	size_t i;
	int r;

	if (c->nitems == 0)
		return 0;
	if (slot->body == NULL &&
	    (r = body_begin(s, slot, &c->items[0])) != 0)
		return r;
	if ((r = body_align(s, slot->body)) != 0)
		return r;
	for (i = 0; i < c->nitems; i++)
		if ((r = body_add(s, slot->body, &c->items[i])) != 0)
			return r;
	c->nitems = 0;
	return 0;
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
	body_free(b);
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

/* A chunk as it was announced. */
static void
chunk_fill(struct session *s, struct chunk *k, const struct wire_piece *p)
{
	memcpy(k->hash, p->sha256, sizeof(k->hash));
	repo_chunk_id(s->repo, k->hash, k->id);
	k->len = (uint32_t)p->len;
	k->state = chunk_needed(s, k) ? CHUNK_NEEDED : CHUNK_HAD;
	s->progress.read += k->len;
}

/* The next item of the file; k is its chunk, or NULL for a hole. */
static void
item_take(struct session *s, const struct wire_piece *p, struct chunk *k)
{
	struct content *c = s->content;
	struct content_item *item = &c->items[c->nitems];

	memset(item, 0, sizeof(*item));
	item->len = p->len;
	item->hole = k == NULL;
	if (k != NULL) {
		chunk_fill(s, k, p);
		memcpy(item->id, k->id, sizeof(item->id));
	}
	c->chunks[c->nitems++] = k;
}

/* Take the pieces of CHUNKS in order; *np counts chunks. */
static int
pieces_take(struct session *s, struct buf *b, struct wire_chunks *m,
    struct chunk *chunks, uint32_t *np)
{
	struct wire_piece p;
	struct slot *slot = NULL;
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
		if (p.kind == WIRE_PIECE_HOLE)
			item_take(s, &p, NULL);
		else if (p.kind == WIRE_PIECE_DATA)
			item_take(s, &p, &chunks[(*np)++]);
		else {
			s->content->open = NULL;
			if ((r = body_take(s, slot)) != 0 ||
			    (r = body_end(s, slot, &p)) != 0)
				return r;
			slot = NULL;
		}
	}
	return r == 0 && slot != NULL ? body_take(s, slot) : r;
}

int
content_chunks(struct session *s, struct wire_msg *msg)
{
	struct chunk *chunks;
	struct wire_chunks m;
	uint32_t n = 0;
	int r;

	if ((r = wire_chunks_decode(msg->body, &m)) != 0 ||
	    (r = batches_begin(s, m.batch, m.n, &chunks)) != 0 ||
	    (r = pieces_take(s, msg->body, &m, chunks, &n)) != 0)
		return r;
	return batches_announced(s, n);
}
