/* keeper.c: a minimal keeper, to drive backup-agent in tests. */
#include "config.h"

#include "tests/unit/keeper.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "codec/compress.h"
#include "hash/sha256.h"
#include "wire/page.h"
#include "wire/request.h"
#include "wire/start.h"

#define SILENCE_MS 20000

struct kbatch {
	uint64_t number;
	uint32_t n;
	uint8_t	 (*sums)[32];
	uint32_t *lens;
	uint8_t	*needed;	/* one a chunk */
};

/* Grow an array of n by one. */
void *
keeper_grown(void *p, size_t n, size_t size)
{
	if ((n & (n - 1)) == 0)
		p = realloc(p, (n == 0 ? 1 : n * 2) * size);
	if (p == NULL)
		abort();
	return p;
}

/* Bytes as new text. */
static char *
text_of(const uint8_t *data, size_t len)
{
	char *s = malloc(len + 1);

	if (s == NULL)
		abort();
	if (len > 0)
		memcpy(s, data, len);
	s[len] = '\0';
	return s;
}

static struct kdir *
dir_find(struct keeper *k, uint64_t dir)
{
	size_t i;

	for (i = k->ndirs; i-- > 0;)
		if (k->dirs[i].dir == dir)
			return &k->dirs[i];
	return NULL;
}

/* Keep an entry. */
static void
entry_add(struct keeper *k, struct kdir *d, const struct wire_page *m,
    const struct wire_entry *e)
{
	struct kentry *n;
	size_t len = strlen(d->path);

	k->entries = keeper_grown(k->entries, k->nentries, sizeof(*n));
	n = &k->entries[k->nentries++];
	memset(n, 0, sizeof(*n));
	n->path = malloc(len + e->name_len + 2);
	if (n->path == NULL)
		abort();
	sprintf(n->path, "%s%s%.*s", d->path, len == 0 ? "" : "/",
	    (int)e->name_len, (const char *)e->name);
	n->dir = m->dir;
	n->page = m->page;
	n->number = m->n - m->left - 1;
	n->own = e->dir;
	n->flags = e->flags;
	n->attr = e->attr;
	n->target = text_of(e->target, e->target_len);
	n->xattrs = (uint8_t *)text_of(e->xattrs, e->xattrs_len);
	n->xattrs_len = e->xattrs_len;
	n->has_digest = e->has_digest;
	memcpy(n->digest, e->digest, sizeof(n->digest));
	/* What nobody will ask for is complete. */
	n->ended = e->attr.type != ATTR_FILE || !(d->recurse || k->want) ||
	    (e->flags & WIRE_UNREADABLE) != 0;
}

/* Ask for all files of the page, and for the next one. */
static int
page_answer(struct keeper *k, const struct wire_page *m, uint32_t *numbers,
    uint32_t n)
{
	const struct wire_want want = {
		.dir = m->dir, .page = m->page, .n = n, .numbers = numbers
	};
	const struct wire_next next = { m->dir };
	struct buf *b;
	size_t mark;
	int r;

	if (k->want) {
		if ((r = keeper_send_begin(WIRE_WANT, &b, &mark)) != 0 ||
		    (r = keeper_send_end(k, b, mark,
		    wire_want_encode(&want, b))) != 0)
			return r;
	}
	if ((m->flags & WIRE_LAST) != 0)
		return 0;
	if ((r = keeper_send_begin(WIRE_NEXT, &b, &mark)) != 0)
		return r;
	return keeper_send_end(k, b, mark, wire_next_encode(&next, b));
}

static int
got_page(struct keeper *k, struct buf *body)
{
	struct wire_page m;
	struct wire_entry e;
	struct kdir *d;
	uint32_t numbers[WIRE_ENTRIES_MAX], n = 0;
	int r;

	if ((r = wire_page_decode(body, &m)) != 0)
		return r;
	if ((d = dir_find(k, m.dir)) == NULL || d->ended ||
	    d->pages++ != m.page)
		return ERR_FORMAT;
	while ((r = wire_page_next(body, &m, &e)) == 1) {
		d = dir_find(k, m.dir);
		entry_add(k, d, &m, &e);
		if (d->recurse && e.dir != 0)
			keeper_dir(k, e.dir, d->root, strdup(
			    k->entries[k->nentries - 1].path))->recurse =
			    true;
		if (e.attr.type == ATTR_FILE &&
		    (e.flags & WIRE_UNREADABLE) == 0)
			numbers[n++] = m.n - m.left - 1;
	}
	if (r == 0 && !dir_find(k, m.dir)->recurse)
		r = page_answer(k, &m, numbers, n);
	if (r == 0 && k->paged != NULL)
		k->paged(k, k->arg);
	return r;
}

static int
got_dirend(struct keeper *k, struct buf *body)
{
	struct wire_dirend m;
	struct kdir *d;
	int r;

	if ((r = wire_dirend_decode(body, &m)) != 0)
		return r;
	if ((d = dir_find(k, m.dir)) == NULL || d->ended)
		return ERR_FORMAT;
	d->ended = true;
	d->status = m.status;
	d->has_digest = m.has_digest;
	memcpy(d->digest, m.digest, sizeof(d->digest));
	return 0;
}

/* The place of a chunk in the table. */
static struct kchunk *
chunk_find(struct kchunk *t, size_t n, const uint8_t sum[32])
{
	static const uint8_t none[32];
	uint64_t h;
	size_t i;

	memcpy(&h, sum, sizeof(h));
	for (i = h & (n - 1);; i = (i + 1) & (n - 1))
		if (memcmp(t[i].sha256, sum, 32) == 0 ||
		    memcmp(t[i].sha256, none, 32) == 0)
			return &t[i];
}

/* Note a chunk; true if it was not known. */
static bool
chunk_add(struct keeper *k, const uint8_t sum[32], uint32_t len)
{
	struct kchunk *t, *c;
	size_t i, n;

	if (k->used * 2 >= k->nchunks) {
		n = k->nchunks == 0 ? 1024 : k->nchunks * 2;
		if ((t = calloc(n, sizeof(*t))) == NULL)
			abort();
		for (i = 0; i < k->nchunks; i++)
			if (k->chunks[i].len != 0)
				*chunk_find(t, n, k->chunks[i].sha256) =
				    k->chunks[i];
		free(k->chunks);
		k->chunks = t;
		k->nchunks = n;
	}
	c = chunk_find(k->chunks, k->nchunks, sum);
	if (c->len != 0)
		return false;
	memcpy(c->sha256, sum, 32);
	c->len = len;
	k->used++;
	return true;
}

/* The entry that a FILE piece names. */
static struct kentry *
file_find(struct keeper *k, const struct wire_piece *p)
{
	static size_t hint;
	struct kentry *e;
	size_t i;

	for (i = 0; i < k->nentries; i++) {
		e = &k->entries[(hint + i) % k->nentries];
		if (e->dir == p->dir && e->page == p->page &&
		    e->number == p->entry) {
			hint = (hint + i) % k->nentries;
			return e;
		}
	}
	return NULL;
}

/* Add DATA or HOLE to the present file. */
static void
piece_add(struct kentry *e, const struct wire_piece *p)
{
	struct kpiece *n;

	e->pieces = keeper_grown(e->pieces, e->npieces, sizeof(*n));
	n = &e->pieces[e->npieces++];
	n->len = p->len;
	n->hole = p->kind == WIRE_PIECE_HOLE;
	memcpy(n->sha256, p->sha256, 32);
}

static int
got_piece(struct keeper *k, struct kbatch *batch, const struct wire_piece *p)
{
	if (p->kind == WIRE_PIECE_FILE) {
		k->file = file_find(k, p);
		return k->file == NULL || k->file->ended ? ERR_FORMAT : 0;
	}
	if (k->file == NULL)
		return ERR_FORMAT;
	if (p->kind == WIRE_PIECE_END) {
		k->file->ended = true;
		k->file->status = p->status;
		k->file->end_flags = p->flags;
		k->file->end = p->attr;
		k->file = NULL;
		return 0;
	}
	piece_add(k->file, p);
	if (p->kind == WIRE_PIECE_HOLE)
		return 0;
	batch->sums = keeper_grown(batch->sums, batch->n, 32);
	batch->lens = keeper_grown(batch->lens, batch->n, sizeof(uint32_t));
	batch->needed = keeper_grown(batch->needed, batch->n, 1);
	memcpy(batch->sums[batch->n], p->sha256, 32);
	batch->lens[batch->n] = (uint32_t)p->len;
	batch->needed[batch->n++] = chunk_add(k, p->sha256,
	    (uint32_t)p->len);
	return 0;
}

static int
send_need(struct keeper *k, struct kbatch *batch)
{
	uint8_t bitmap[WIRE_BITMAP_MAX] = { 0 };
	const struct wire_need m = {
		batch->number, bitmap, (batch->n + 7) / 8
	};
	struct buf *b;
	size_t mark;
	uint32_t i;
	bool any = false;
	int r;

	for (i = 0; i < batch->n; i++)
		if (batch->needed[i]) {
			bitmap[i / 8] |= (uint8_t)(1 << i % 8);
			any = true;
		}
	k->frames += any ? 1 : 0;
	if ((r = keeper_send_begin(WIRE_NEED, &b, &mark)) != 0)
		return r;
	return keeper_send_end(k, b, mark, wire_need_encode(&m, b));
}

static int
got_chunks(struct keeper *k, struct buf *body)
{
	struct wire_chunks m;
	struct wire_piece p;
	struct kbatch *batch;
	int r;

	if ((r = wire_chunks_decode(body, &m)) != 0)
		return r;
	if (m.batch != k->nbatches + 1)
		return ERR_FORMAT;
	k->batches = keeper_grown(k->batches, k->nbatches, sizeof(*batch));
	batch = &k->batches[k->nbatches++];
	memset(batch, 0, sizeof(*batch));
	batch->number = m.batch;
	k->file = NULL;
	while ((r = wire_chunks_next(body, &m, &p)) == 1)
		if ((r = got_piece(k, batch, &p)) != 0)
			return r;
	return r != 0 ? r : send_need(k, batch);
}

/* Keep the chunks of a frame, each as announced. */
static int
frame_take(struct keeper *k, const struct kbatch *batch, const uint8_t *raw,
    uint32_t len)
{
	struct kchunk *c;
	uint8_t sum[32];
	uint32_t i, pos = 0;
	int r;

	for (i = 0; i < batch->n; i++) {
		if (!batch->needed[i])
			continue;
		if (batch->lens[i] > len - pos)
			return ERR_FORMAT;
		if ((r = sha256_of(raw + pos, batch->lens[i], sum)) != 0)
			return r;
		if (memcmp(sum, batch->sums[i], 32) != 0)
			return ERR_CORRUPT;
		c = chunk_find(k->chunks, k->nchunks, sum);
		if ((c->data = malloc(c->len)) == NULL)
			return ERR_NOMEM;
		memcpy(c->data, raw + pos, c->len);
		pos += c->len;
	}
	return pos == len ? 0 : ERR_FORMAT;
}

static int
got_frame(struct keeper *k, struct buf *body)
{
	struct wire_frame m;
	struct frame_packed f;
	uint8_t *raw;
	int r;

	if ((r = wire_frame_decode(body, &m)) != 0)
		return r;
	if (m.batch == 0 || m.batch > k->nbatches || k->frames == 0)
		return ERR_FORMAT;
	k->frames--;
	f.kind = m.kind;
	f.data = m.data;
	f.len = m.data_len;
	f.raw_len = m.raw;
	if ((raw = malloc(m.raw)) == NULL)
		return ERR_NOMEM;
	if ((r = decompress_frame(k->decompressor, &f, raw)) == 0)
		r = frame_take(k, &k->batches[m.batch - 1], raw, m.raw);
	free(raw);
	return r;
}

static int
got_root(struct keeper *k, struct buf *body)
{
	struct wire_root m;
	int r;

	if ((r = wire_root_decode(body, &m)) != 0)
		return r;
	if (m.root >= 8)
		return ERR_FORMAT;
	k->roots[m.root] = m;
	k->nroots++;
	return 0;
}

static int
got_issue(struct keeper *k, struct buf *body)
{
	struct wire_issue m;
	struct kissue *i;
	int r;

	if ((r = wire_issue_decode(body, &m)) != 0)
		return r;
	k->issues = keeper_grown(k->issues, k->nissues, sizeof(*i));
	i = &k->issues[k->nissues++];
	i->code = m.code;
	i->path = text_of(m.path, m.path_len);
	i->text = text_of(m.text, m.text_len);
	return 0;
}

static int
got_end(struct keeper *k, const struct wire_msg *m)
{
	struct wire_error e;
	int r;

	k->done = true;
	if (m->type == WIRE_DONE)
		return wire_done_decode(m->body, &k->totals);
	if ((r = wire_error_decode(m->body, &e)) == 0)
		k->error = e.code;
	return r;
}

static int
got_message(struct keeper *k, const struct wire_msg *m)
{
	struct wire_agent_hello hello;

	switch (m->type) {
	case WIRE_AGENT_HELLO:
		return wire_agent_hello_decode(m->body, &hello);
	case WIRE_ROOT:
		return got_root(k, m->body);
	case WIRE_PAGE:
		return got_page(k, m->body);
	case WIRE_DIREND:
		return got_dirend(k, m->body);
	case WIRE_CHUNKS:
		return got_chunks(k, m->body);
	case WIRE_FRAME:
		return got_frame(k, m->body);
	case WIRE_ISSUE:
		return got_issue(k, m->body);
	case WIRE_DONE:
	case WIRE_ERROR:
		return got_end(k, m);
	default:
		return 0;
	}
}

int
keeper_step(struct keeper *k)
{
	struct pollfd fd = { k->in, POLLIN, 0 };
	struct wire_msg m;
	int r;

	while ((r = wire_reader_next(k->reader, &m)) == 0) {
		if (poll(&fd, 1, SILENCE_MS) != 1)
			return ERR_TIMEOUT;
		if ((r = wire_reader_read(k->reader, k->in)) != 0)
			return r;
	}
	return r < 0 ? r : got_message(k, &m);
}

/* Tell whether something that was asked for is missing. */
static bool
pending(const struct keeper *k)
{
	static size_t dirs, entries;
	size_t i;

	if (k->frames > 0)
		return true;
	if (dirs >= k->ndirs || k->dirs[dirs].ended) {
		for (i = 0; i < k->ndirs && k->dirs[i].ended; i++)
			;
		dirs = i;
	}
	if (dirs < k->ndirs)
		return true;
	if (entries >= k->nentries || k->entries[entries].ended) {
		for (i = 0; i < k->nentries && k->entries[i].ended; i++)
			;
		entries = i;
	}
	return entries < k->nentries;
}

int
keeper_run(struct keeper *k)
{
	int r = 0;

	while (r == 0 && !k->done && pending(k))
		r = keeper_step(k);
	return r != 0 ? r : k->error;
}

struct kentry *
keeper_entry(struct keeper *k, const char *path)
{
	size_t i;

	for (i = 0; i < k->nentries; i++)
		if (strcmp(k->entries[i].path, path) == 0)
			return &k->entries[i];
	return NULL;
}

/* Compare a piece with what fd holds at its position. */
static bool
piece_same(struct keeper *k, const struct kpiece *p, FILE *f)
{
	const struct kchunk *c = NULL;
	uint64_t i;

	if (!p->hole) {
		c = chunk_find(k->chunks, k->nchunks, p->sha256);
		if (c->data == NULL || c->len != p->len)
			return false;
	}
	for (i = 0; i < p->len; i++)
		if (getc(f) != (p->hole ? 0 : c->data[i]))
			return false;
	return true;
}

bool
keeper_same(struct keeper *k, const struct kentry *e, const char *path)
{
	FILE *f = fopen(path, "r");
	bool same = f != NULL;
	size_t i;

	for (i = 0; same && i < e->npieces; i++)
		same = piece_same(k, &e->pieces[i], f);
	if (same)
		same = getc(f) == EOF;
	if (f != NULL)
		fclose(f);
	return same;
}

void
keeper_clear(struct keeper *k)
{
	size_t i;

	(void)keeper_close(k);
	for (i = 0; i < k->nentries; i++) {
		free(k->entries[i].path);
		free(k->entries[i].target);
		free(k->entries[i].xattrs);
		free(k->entries[i].pieces);
	}
	for (i = 0; i < k->ndirs; i++)
		free(k->dirs[i].path);
	for (i = 0; i < k->nchunks; i++)
		free(k->chunks[i].data);
	for (i = 0; i < k->nissues; i++) {
		free(k->issues[i].path);
		free(k->issues[i].text);
	}
	for (i = 0; i < k->nbatches; i++) {
		free(k->batches[i].sums);
		free(k->batches[i].lens);
		free(k->batches[i].needed);
	}
	free(k->entries);
	free(k->dirs);
	free(k->chunks);
	free(k->issues);
	free(k->batches);
	wire_reader_free(k->reader);
	decompressor_free(k->decompressor);
	memset(k, 0, sizeof(*k));
	k->in = k->out = -1;
}
