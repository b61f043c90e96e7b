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
#include "wire/delta.h"
#include "wire/page.h"
#include "wire/request.h"
#include "wire/start.h"

#define SILENCE_MS 20000

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
got_hello(struct keeper *k, struct buf *body)
{
	struct wire_agent_hello m;
	int r;

	if ((r = wire_agent_hello_decode(body, &m)) != 0)
		return r;
	if ((m.features & ~k->features) != 0)
		return ERR_FORMAT;
	wire_reader_features(k->reader, m.features);
	k->features = m.features;
	return 0;
}

static int got_packed(struct keeper *k, struct buf *body);

static int
got_message(struct keeper *k, const struct wire_msg *m)
{
	switch (m->type) {
	case WIRE_AGENT_HELLO:
		return got_hello(k, m->body);
	case WIRE_ROOT:
		return got_root(k, m->body);
	case WIRE_PAGE:
		return got_page(k, m->body);
	case WIRE_DIREND:
		return got_dirend(k, m->body);
	case WIRE_CHUNKS:
		return keeper_chunks(k, m->body);
	case WIRE_FRAME:
		return keeper_frame(k, m->body);
	case WIRE_DELTA:
		return keeper_delta(k, m->body);
	case WIRE_PACKED:
		return got_packed(k, m->body);
	case WIRE_ISSUE:
		return got_issue(k, m->body);
	case WIRE_DONE:
	case WIRE_ERROR:
		return got_end(k, m);
	default:
		return 0;
	}
}

/* As if what is packed had come plain. */
static int
got_packed(struct keeper *k, struct buf *body)
{
	struct wire_packed p;
	struct frame_packed f = { .kind = FRAME_ZSTD };
	struct wire_msg m;
	uint8_t *raw;
	int r;

	if ((r = wire_packed_decode(body, &p)) != 0)
		return r;
	k->packed++;
	k->packed_bytes += p.data_len;
	k->unpacked_bytes += p.raw;
	memset(&m, 0, sizeof(m));
	m.type = (enum wire_type)p.type;
	f.data = p.data;
	f.len = p.data_len;
	f.raw_len = p.raw;
	if ((raw = malloc(p.raw)) == NULL)
		return ERR_NOMEM;
	if ((r = decompress_frame(k->decompressor, &f, raw)) == 0 &&
	    (r = buf_borrow(raw, p.raw, &m.body)) == 0)
		r = got_message(k, &m);
	buf_free(m.body);
	free(raw);
	return r;
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

	if (k->frames > 0 || k->deltas > 0)
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
		c = keeper_chunk(k, p->sha256);
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
