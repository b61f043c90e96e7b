/* merge.c: what is new, what is gone, what is as it was. */
#include "backupd/directory.h"

#include <string.h>

#include "backupd/bounds.h"
#include "backupd/moved.h"
#include "base/spool.h"

/*
 * Files that are read again although their attributes are the same: what
 * changed while it was read is a mixture, which nothing shows later.
 */
#define AGAIN (ENTRY_CHANGED | ENTRY_UNREAD | ENTRY_RACY)

/*
 * References (repo/refs.h) are counted as differences: what is new counts
 * +1 as it is written, what is gone -1, and what both snapshots share is
 * not touched.
 */

int
merge_sink(const void *node, size_t len, uint8_t idp[32], void *writer)
{
	int r;

	if ((r = writer_add_meta(node, len, idp, writer)) != 0)
		return r;
	return writer_ref(writer, idp, 1);
}

static int
name_cmp(const struct entry *a, const struct entry *b)
{
	size_t n = a->name_len < b->name_len ? a->name_len : b->name_len;
	int c = memcmp(a->name, b->name, n);

	if (c != 0)
		return c;
	return a->name_len < b->name_len ? -1 : a->name_len > b->name_len;
}

/* Read the next entry of the previous snapshot. */
static int
old_advance(struct directory *d)
{
	int r;

	if ((r = list_next_entry(d->old, &d->old_entry)) < 0)
		return r;
	d->old_has = r == 1;
	return 0;
}

int
merge_fill(struct session *s, const struct wire_entry *we, struct slot *slot)
{
	struct entry *e = &slot->e;
	int r;

	e->name = we->name;
	e->name_len = we->name_len;
	e->attr = we->attr;
	e->target = we->target;
	e->target_len = we->target_len;
	if (we->flags & WIRE_RACY)
		e->flags |= ENTRY_RACY;
	if (we->flags & WIRE_UNREADABLE)
		e->flags |= ENTRY_UNREAD;
	if (we->flags & WIRE_KEPT_EMPTY)
		e->has_subtree = true;
	if (we->attr.type == ATTR_DIR && we->has_digest) {
		e->has_digest = true;
		memcpy(e->digest, we->digest, sizeof(e->digest));
	}
	if (we->xattrs_len == 0)
		return 0;
	e->has_xattrs = true;
	if ((r = writer_add_meta(we->xattrs, we->xattrs_len, e->xattrs,
	    s->w)) != 0)
		return r;
	return writer_ref(s->w, e->xattrs, 1);
}

void
merge_count(struct session *s, const struct entry *e)
{
	if (e->attr.type == ATTR_FILE) {
		s->files++;
		s->bytes += e->attr.size;
		s->progress.files++;
	} else if (e->attr.type == ATTR_DIR) {
		s->directories++;
		s->progress.directories++;
	} else
		s->others++;
}

/* Take a gone entry, but nothing below it, out of the totals. */
static void
uncount(struct session *s, const struct entry *e)
{
	if (e->attr.type == ATTR_FILE) {
		s->files--;
		s->bytes -= e->attr.size;
	} else if (e->attr.type == ATTR_DIR)
		s->directories--;
	else
		s->others--;
}

/* Take the entries of a list out; lists below them go to stack. */
static int
uncount_list(struct session *s, const struct list_root *root,
    struct spool *stack)
{
	struct list_cursor *c = NULL;
	struct entry e;
	int r;

	if ((r = list_cursor_new(writer_reader(s->w), LIST_ENTRIES, root,
	    &c)) != 0)
		return r;
	while ((r = list_next_entry(c, &e)) == 1) {
		uncount(s, &e);
		if ((e.has_subtree &&
		    (r = spool_add(stack, &e.subtree)) != 0) ||
		    (r = moved_gone(s->moved, &e)) != 0)
			break;
	}
	list_cursor_free(c);
	return r;
}

/* Take all that is below a gone directory out of the totals. */
static int
uncount_below(struct session *s, const struct list_root *root)
{
	struct list_root next;
	struct spool stack;
	int r;

	spool_init(&stack, sizeof(next));
	r = spool_add(&stack, root);
	while (r == 0 && stack.n > 0) {
		memcpy(&next, spool_at(&stack, --stack.n), sizeof(next));
		r = uncount_list(s, &next, &stack);
	}
	spool_clear(&stack);
	return r;
}

void
merge_no_subtree(struct entry *e)
{
	e->has_subtree = false;
	memset(&e->subtree, 0, sizeof(e->subtree));
}

int
merge_drop(struct session *s, const struct entry *e)
{
	int r;

	uncount(s, e);
	if (e->has_subtree && (r = uncount_below(s, &e->subtree)) != 0)
		return r;
	return writer_ref_entry(s->w, e, -1);
}

int
merge_gone(struct session *s, struct directory *d, const struct entry *upto)
{
	int r;

	while (d->old_has && (upto == NULL ||
	    name_cmp(&d->old_entry, upto) < 0)) {
		if ((r = moved_gone(s->moved, &d->old_entry)) != 0 ||
		    (r = merge_drop(s, &d->old_entry)) != 0 ||
		    (r = old_advance(d)) != 0)
			return r;
	}
	return 0;
}

/* Drop what old counts for and the new entry does not take over. */
static int
old_release(struct session *s, const struct entry *old, bool keep_content,
    bool keep_subtree)
{
	struct entry rest = *old;

	if (keep_content) {
		rest.content.present = false;
		rest.ninline = 0;
	}
	if (keep_subtree)
		merge_no_subtree(&rest);
	return merge_drop(s, &rest);
}

static void
content_take(struct entry *e, const struct entry *old)
{
	e->content = old->content;
	e->ninline = old->ninline;
	memcpy(e->inl, old->inl, sizeof(e->inl));
}

/*
 * A file is replaced by another one when the inode differs.  The device does
 * not count: its number may be another one after the next boot.
 */
static bool
replaced(const struct entry *old, const struct entry *e)
{
	return e->attr.type != ATTR_FILE ||
	    ((old->attr.have & e->attr.have & ATTR_INODE) != 0 &&
	    old->attr.ino != e->attr.ino);
}

/* old has the name of slot: what may be compared with it? */
static int
settle_older(struct session *s, struct slot *slot, const struct entry *old)
{
	int r;

	if (old->attr.type != ATTR_FILE)
		return 0;
	if (replaced(old, &slot->e) && (r = moved_gone(s->moved, old)) != 0)
		return r;
	return slot->state == SLOT_CONTENT ? older_keep(slot, old) : 0;
}

/* The content of a file is to come, unless nobody wants to have it. */
static int
changed(struct session *s, struct slot *slot)
{
	s->changed_files++;
	s->changed_bytes += slot->e.attr.size;
	if (!s->job->dry)
		slot->state = SLOT_CONTENT;
	return bounds_file(s, slot);
}

/* Tell whether a file is the one of the previous snapshot, unread. */
static bool
unchanged(const struct session *s, const struct entry *old,
    const struct entry *e)
{
	return attr_same(&old->attr, &e->attr) ||
	    (s->weak && attr_same_weak(&old->attr, &e->attr));
}

/* Decide about a slot; old is the entry of the same name, or NULL. */
static int
settle(struct session *s, struct slot *slot, const struct entry *old,
    struct merge_descend *descend)
{
	struct entry *e = &slot->e;
	bool keep_content = false, keep_subtree = false;
	bool typed = old != NULL && old->attr.type == e->attr.type;
	int r;

	slot->state = SLOT_READY;
	if (e->attr.type == ATTR_FILE && (e->flags & ENTRY_UNREAD) == 0) {
		if (typed && unchanged(s, old, e) &&
		    (old->flags & AGAIN) == 0) {
			content_take(e, old);
			keep_content = true;
		} else if ((r = changed(s, slot)) != 0)
			return r;
	} else if (e->attr.type == ATTR_DIR && !e->has_subtree &&
	    (e->flags & ENTRY_UNREAD) == 0) {
		if (typed && old->has_subtree && old->has_digest &&
		    e->has_digest &&
		    memcmp(old->digest, e->digest, sizeof(e->digest)) == 0) {
			e->has_subtree = true;
			e->subtree = old->subtree;
			keep_subtree = true;
		} else {
			slot->state = SLOT_SUBTREE;
			descend->descend = true;
			if (typed && old->has_subtree) {
				descend->has_old = true;
				descend->old = old->subtree;
				keep_subtree = true;	/* counted below */
			}
		}
	}
	if (old == NULL)
		return 0;
	if ((r = settle_older(s, slot, old)) != 0)
		return r;
	return old_release(s, old, keep_content, keep_subtree);
}

int
merge_slot(struct session *s, struct directory *d, struct slot *slot,
    struct merge_descend *descendp)
{
	int r;

	memset(descendp, 0, sizeof(*descendp));
	if (d->old == NULL)
		return settle(s, slot, NULL, descendp);
	if ((r = merge_gone(s, d, &slot->e)) != 0)
		return r;
	if (!d->old_has || name_cmp(&d->old_entry, &slot->e) != 0)
		return settle(s, slot, NULL, descendp);
	if ((r = settle(s, slot, &d->old_entry, descendp)) != 0)
		return r;
	return old_advance(d);
}

int
merge_alone(struct session *s, struct slot *slot, const struct entry *old)
{
	struct merge_descend descend;
	int r;

	memset(&descend, 0, sizeof(descend));
	if ((r = settle(s, slot, old, &descend)) != 0)
		return r;
	/* Listed alone because it is no directory: see doc/protocol.md. */
	return descend.descend ? ERR_FORMAT : 0;
}
