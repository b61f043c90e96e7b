/* directory.c: pages in, trees out. */
#include "backupd/directory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backupd/content.h"
#include "base/buf.h"
#include "base/log.h"
#include "wire/reply.h"

#define HASH_SIZE 4096			/* a power of two */
#define DEPTH_MAX 8192			/* directories below one another */
#define HELD_MAX (256u << 20)		/* who needs more is hostile */

struct directories {
	struct directory *hash[HASH_SIZE];
	size_t	 live;
	size_t	 unlisted;		/* of these, more is to come */
	size_t	 held;			/* memory of all that is live */
	struct directory *queue;	/* to be listed, latest first */
	unsigned int open;		/* LISTs not ended, ours */
	uint64_t next_id;
};

int
directories_new(struct directories **dp)
{
	struct directories *d;

	if ((d = calloc(1, sizeof(*d))) == NULL)
		return ERR_NOMEM;
	d->next_id = 1;
	*dp = d;
	return 0;
}

static size_t
hash_of(uint64_t id)
{
	return (size_t)((id * UINT64_C(0x9e3779b97f4a7c15)) >> 52) %
	    HASH_SIZE;
}

static struct directory *
find(const struct directories *ds, uint64_t id)
{
	struct directory *d;

	for (d = ds->hash[hash_of(id)]; d != NULL; d = d->hash_next)
		if (d->id == id)
			return d;
	return NULL;
}

static void
page_free(struct page *p)
{
	uint32_t i;

	for (i = 0; i < p->nslots; i++) {
		free(p->slots[i].old);
		body_free(p->slots[i].body);
	}
	free(p->slots);
	free(p->bytes);
	free(p);
}

/* Forget d, which must be in the hash. */
static void
directory_free(struct directories *ds, struct directory *d)
{
	struct directory **at = &ds->hash[hash_of(d->id)];
	struct page *p;

	while (*at != d)
		at = &(*at)->hash_next;
	*at = d->hash_next;
	ds->live--;
	if (!d->seen_last)
		ds->unlisted--;
	while ((p = d->pages) != NULL) {
		d->pages = p->next;
		ds->held -= p->held;
		page_free(p);
	}
	ds->held -= d->held;
	list_writer_free(d->list);
	list_cursor_free(d->old);
	free(d);
}

void
directories_free(struct directories *ds)
{
	size_t i;

	if (ds == NULL)
		return;
	for (i = 0; i < HASH_SIZE; i++)
		while (ds->hash[i] != NULL)
			directory_free(ds, ds->hash[i]);
	free(ds);
}

bool
directories_idle(const struct directories *d)
{
	return d->live == 0;
}

bool
directories_listed(const struct directories *d)
{
	return d->unlisted == 0;
}

/*
 * Account for len more bytes.  What is under way is bounded by what the
 * agent has in its own memory, unless it only pretends to go on.
 */
static int
hold(struct session *s, size_t *heldp, size_t len)
{
	s->dirs->held += len;
	*heldp += len;
	if (s->dirs->held <= HELD_MAX)
		return 0;
	return session_fail(s, ERR_TOOBIG, "the source began more"
	    " directories and files than it ended: more than 256 MiB of"
	    " names wait", "exclude the place where directories of many"
	    " entries lie deep in one another");
}

/* Make the directory of slot (NULL: of a root) under number id. */
static int
directory_new(struct session *s, uint64_t id, struct slot *slot,
    uint32_t root, struct directory **dp)
{
	struct directories *ds = s->dirs;
	struct directory *d;
	int r;

	if (slot != NULL && slot->page->dir->depth >= DEPTH_MAX)
		return session_fail(s, ERR_TOOBIG, "directories are nested"
		    " more than 8192 deep", "exclude the place where they"
		    " are");
	if (find(ds, id) != NULL)
		return session_fail(s, ERR_FORMAT, "the source numbers its"
		    " directories wrongly", "");
	if ((d = calloc(1, sizeof(*d))) == NULL)
		return ERR_NOMEM;
	d->id = id;
	d->slot = slot;
	d->root = root;
	d->depth = slot == NULL ? 0 : slot->page->dir->depth + 1;
	d->pages_tail = &d->pages;
	d->hash_next = ds->hash[hash_of(id)];
	ds->hash[hash_of(id)] = d;
	ds->live++;
	ds->unlisted++;
	if ((r = hold(s, &d->held, sizeof(*d))) == 0)
		*dp = d;
	return r;
}

/* Set d against the list of the previous snapshot. */
static int
directory_against(struct session *s, struct directory *d,
    const struct list_root *old)
{
	int r;

	d->old_root = *old;
	if ((r = list_cursor_new(writer_reader(s->w), LIST_ENTRIES, old,
	    &d->old)) != 0)
		return r;
	if ((r = list_next_entry(d->old, &d->old_entry)) < 0)
		return r;
	d->old_has = r == 1;
	return 0;
}

/* Ask for the directories that wait, deepest first, as many as may be. */
static int
queue_run(struct session *s)
{
	struct directories *ds = s->dirs;
	struct directory *d;
	int r;

	while ((d = ds->queue) != NULL && ds->open < WIRE_LISTS_MAX) {
		ds->queue = d->queued;
		ds->open++;
		d->asked = true;
		if ((r = request_list(s, d)) != 0)
			return r;
	}
	return 0;
}

static void
queue_add(struct directories *ds, struct directory *d)
{
	d->queued = ds->queue;
	ds->queue = d;
}

int
directories_root(struct session *s, uint32_t root, const struct entry *old)
{
	struct directory *d;
	int r;

	if ((r = directory_new(s, s->dirs->next_id++, NULL, root, &d)) != 0)
		return r;
	/* With all that is below comes the content too. */
	d->recurse = old == NULL && !s->job->dry;
	if (old != NULL && old->has_subtree &&
	    (r = directory_against(s, d, &old->subtree)) != 0)
		return r;
	queue_add(s->dirs, d);
	return queue_run(s);
}

/* A subdirectory must be listed: by the recursion, or by a LIST. */
static int
slot_descend(struct session *s, struct directory *d, struct slot *slot,
    const struct wire_entry *we, const struct merge_descend *m)
{
	struct directory *sub;
	uint64_t id = d->recurse ? we->dir : s->dirs->next_id++;
	int r;

	if (d->recurse && id < WIRE_DIR_AGENT)
		return session_fail(s, ERR_FORMAT, "the source does not"
		    " number its directories", "");
	slot->e.has_digest = false;
	if ((r = directory_new(s, id, slot, d->root, &sub)) != 0)
		return r;
	sub->recurse = d->recurse || (!m->has_old && !s->job->dry);
	sub->asked = d->recurse;
	if (m->has_old && (r = directory_against(s, sub, &m->old)) != 0)
		return r;
	if (!d->recurse)
		queue_add(s->dirs, sub);
	return 0;
}

/* Decide about each entry of a page. */
static int
page_settle(struct session *s, struct page *p, struct buf *b,
    struct wire_page *m)
{
	struct directory *d = p->dir;
	const struct session_root *root = &s->roots[d->root];
	struct merge_descend descend = { .descend = false };
	struct wire_entry we;
	struct slot *slot;
	uint32_t i;
	int r;

	for (i = 0; (r = wire_page_next(b, m, &we)) == 1; i++) {
		slot = &p->slots[i];
		slot->page = p;
		if ((r = merge_fill(s, &we, slot)) != 0)
			return r;
		if (!d->alone)
			r = merge_slot(s, d, slot, &descend);
		else if (root->previous != NULL)
			r = merge_alone(s, slot, &root->previous->entry);
		else
			r = merge_alone(s, slot, NULL);
		if (r != 0)
			return r;
		if (slot->state != SLOT_READY)
			p->waiting++;
		if (slot->old != NULL && (r = hold(s, &p->held,
		    sizeof(*slot->old))) != 0)
			return r;
		if (slot->state == SLOT_SUBTREE &&
		    (r = slot_descend(s, d, slot, &we, &descend)) != 0)
			return r;
	}
	/* What is left is gone: to be known before content comes. */
	return r == 0 && p->last ? merge_gone(s, d, NULL) : r;
}

/* Append an entry to the list of d, which begins with the first. */
static int
entry_store(struct session *s, struct directory *d, const struct entry *e)
{
	size_t before = 0;
	int r;

	if (d->list != NULL)
		before = list_writer_size(d->list);
	else if ((r = list_writer_new(LIST_ENTRIES, merge_sink, s->w,
	    &d->list)) != 0)
		return r;
	if ((r = list_add_entry(d->list, e)) != 0)
		return r;
	s->dirs->held -= before;
	d->held -= before;
	return hold(s, &d->held, list_writer_size(d->list));
}

/* All entries of the page are ready: store it. */
static int
page_store(struct session *s, struct page *p)
{
	struct directory *d = p->dir;
	struct entry *e;
	uint32_t i;
	int r;

	for (i = 0; i < p->nslots; i++) {
		e = &p->slots[i].e;
		if (p->slots[i].state == SLOT_DROPPED)
			continue;
		d->entries++;
		merge_count(s, e);
		if (d->alone)
			r = session_root_settle(s, d->root, e);
		else
			r = entry_store(s, d, e);
		if (r != 0)
			return r;
	}
	return 0;
}

static int
node_gone(const uint8_t id[32], void *arg)
{
	return writer_ref(arg, id, -1);
}

/* Close the lists of d; give the root of the new one. */
static int
directory_close(struct session *s, struct directory *d,
    struct list_root *rootp)
{
	int r;

	if (d->old != NULL && ((r = merge_gone(s, d, NULL)) != 0 ||
	    (r = list_walk_nodes(writer_reader(s->w), LIST_ENTRIES,
	    &d->old_root, node_gone, s->w)) != 0))
		return r;
	if (d->list != NULL)
		return list_writer_end(d->list, rootp);
	memset(rootp, 0, sizeof(*rootp));
	return 0;
}

static void
entry_close(struct entry *e, const struct directory *d,
    const struct list_root *root)
{
	e->has_subtree = true;
	e->subtree = *root;
	e->has_digest = d->has_digest;
	memcpy(e->digest, d->digest, sizeof(e->digest));
}

static int
root_close(struct session *s, struct directory *d)
{
	struct entry *e = &s->roots[d->root].entry;
	char text[SESSION_TEXT_MAX];
	struct list_root root;
	int r;

	if (d->entries == 0) {
		snprintf(text, sizeof(text), "%s holds nothing: is it"
		    " mounted on %s?", s->job->paths[d->root], s->job->host);
		return session_fail(s, ERR_NOENT, text, "an empty root is"
		    " never taken for a backup; mount it, or take the path"
		    " out of the set");
	}
	if ((r = directory_close(s, d, &root)) != 0)
		return r;
	if (!d->alone) {
		entry_close(e, d, &root);
		s->directories++;
		r = session_root_settle(s, d->root, e);
	}
	directory_free(s->dirs, d);
	return r;
}

/* Store the pages of d that are complete, from the first on. */
static int
pages_store(struct session *s, struct directory *d)
{
	struct page *p;
	int r;

	while ((p = d->pages) != NULL && p->waiting == 0) {
		if ((r = page_store(s, p)) != 0)
			return r;
		if ((d->pages = p->next) == NULL)
			d->pages_tail = &d->pages;
		if (!p->last && !d->recurse && (r = request_next(s, d)) != 0)
			return r;
		s->dirs->held -= p->held;
		page_free(p);
	}
	return 0;
}

/* Count slot as ready. */
static void
slot_ready(struct slot *slot)
{
	if (slot->state != SLOT_DROPPED)
		slot->state = SLOT_READY;
	free(slot->old);
	slot->old = NULL;
	slot->page->waiting--;
}

/* Store what is complete of d, and then of those above that waited for it. */
static int
directory_advance(struct session *s, struct directory *d)
{
	struct list_root root;
	struct slot *slot;
	int r;

	for (;; d = slot->page->dir) {
		if ((r = pages_store(s, d)) != 0)
			return r;
		if (d->pages != NULL || !d->ended)
			return 0;
		if ((slot = d->slot) == NULL)
			return root_close(s, d);
		if ((r = directory_close(s, d, &root)) != 0)
			return r;
		entry_close(&slot->e, d, &root);
		if (slot->e.flags & ENTRY_UNREAD)
			slot->e.has_digest = false;
		directory_free(s->dirs, d);
		slot_ready(slot);
	}
}

int
directories_ready(struct session *s, struct slot *slot)
{
	slot_ready(slot);
	return directory_advance(s, slot->page->dir);
}

/* Check a page's place; make room for it. */
static int
page_new(struct session *s, const struct wire_page *m, struct page **pp)
{
	struct directory *d;
	struct page *p;

	if ((d = find(s->dirs, m->dir)) == NULL || !d->asked || d->seen_last ||
	    m->page != d->next_page || d->ended)
		return session_fail(s, ERR_FORMAT, "the source sent a page"
		    " that was not asked for", "");
	/* A root that is no directory is listed alone. */
	d->alone = d->slot == NULL &&
	    s->roots[d->root].entry.attr.type != ATTR_DIR;
	if (d->alone && (m->n != 1 || !(m->flags & WIRE_LAST)))
		return session_fail(s, ERR_FORMAT, "the source listed a file"
		    " as if it were a directory", "");
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return ERR_NOMEM;
	if (m->n > 0 &&
	    (p->slots = calloc(m->n, sizeof(*p->slots))) == NULL) {
		free(p);
		return ERR_NOMEM;
	}
	p->dir = d;
	p->no = m->page;
	p->nslots = m->n;
	p->last = (m->flags & WIRE_LAST) != 0;
	d->next_page++;
	d->seen_last = p->last;
	if (p->last)
		s->dirs->unlisted--;
	*d->pages_tail = p;
	d->pages_tail = &p->next;
	*pp = p;
	return 0;
}

int
directories_page(struct session *s, struct wire_msg *msg)
{
	struct wire_page m;
	struct buf *b = NULL;
	struct page *p = NULL;
	uint8_t *copy = NULL;
	size_t len = buf_len(msg->body);
	int r;

	/* Entries borrow from the page's bytes as long as it is here. */
	if ((copy = malloc(len > 0 ? len : 1)) == NULL)
		return ERR_NOMEM;
	memcpy(copy, buf_ptr(msg->body), len);
	if ((r = buf_borrow(copy, len, &b)) != 0 ||
	    (r = wire_page_decode(b, &m)) != 0 ||
	    (r = page_new(s, &m, &p)) != 0)
		goto out;
	p->bytes = copy;
	copy = NULL;	/* the page's now */
	if ((r = hold(s, &p->held, sizeof(*p) + len + p->nslots *
	    sizeof(*p->slots))) != 0 ||
	    (r = page_settle(s, p, b, &m)) != 0)
		goto out;
	if (!p->dir->recurse && (r = request_want(s, p)) != 0)
		goto out;
	r = queue_run(s);
	if (r == 0)
		r = directory_advance(s, p->dir);
 out:
	buf_free(b);
	free(copy);
	return r;
}

/* A directory below a root could not be listed whole. */
static void
dirend_failed(struct directory *d, int status)
{
	struct slot *slot = d->slot;

	if (slot == NULL)
		return;
	/* It vanished: what it held before goes when d is closed. */
	if (status == ERR_NOENT && d->next_page == 0)
		slot->state = SLOT_DROPPED;
	slot->e.flags |= ENTRY_UNREAD;
}

int
directories_dirend(struct session *s, struct wire_msg *msg)
{
	struct directory *d;
	struct wire_dirend m;
	char text[SESSION_TEXT_MAX];
	int r;

	if ((r = wire_dirend_decode(msg->body, &m)) != 0)
		return r;
	if ((d = find(s->dirs, m.dir)) == NULL || !d->asked || d->ended ||
	    (m.status == 0 && !d->seen_last))
		return session_fail(s, ERR_FORMAT, "the source ended a"
		    " directory that was not asked for", "");
	if (m.status != 0 && d->slot == NULL) {
		snprintf(text, sizeof(text), "%s cannot be listed on %s: %s",
		    s->job->paths[d->root], s->job->host, err_text(m.status));
		return session_fail(s, m.status, text, "see what the agent's"
		    " user may read there");
	}
	if (m.status != 0)
		dirend_failed(d, m.status);
	d->ended = true;
	d->has_digest = m.status == 0 && m.has_digest;
	memcpy(d->digest, m.digest, sizeof(d->digest));
	if (m.dir < WIRE_DIR_AGENT)
		s->dirs->open--;
	if ((r = queue_run(s)) != 0)
		return r;
	return directory_advance(s, d);
}

int
directories_slot(struct session *s, uint64_t dir, uint32_t page,
    uint32_t entry, struct slot **slotp)
{
	struct directory *d = find(s->dirs, dir);
	struct page *p = d != NULL ? d->pages : NULL;

	while (p != NULL && p->no != page)
		p = p->next;
	if (p == NULL || entry >= p->nslots ||
	    p->slots[entry].state != SLOT_CONTENT)
		return session_fail(s, ERR_FORMAT, "the source sent content"
		    " that was not asked for", "");
	*slotp = &p->slots[entry];
	return 0;
}
