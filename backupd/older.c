/* older.c: which older version a file is compared with. */
#include "backupd/directory.h"

#include <stdlib.h>
#include <string.h>

#include "backupd/moved.h"

int
older_keep(struct slot *slot, const struct entry *old)
{
	struct entry *e;

	if (!old->content.present && old->ninline == 0)
		return 0;
	if ((e = malloc(sizeof(*e))) == NULL)
		return ERR_NOMEM;
	*e = *old;
	e->name = e->target = NULL;
	e->name_len = e->target_len = 0;
	slot->old = e;
	return 0;
}

/* Tell whether the content of e begins with that chunk. */
static int
begins(struct session *s, const struct entry *e,
    const struct content_item *chunk, bool *yesp)
{
	struct content_item item = { .hole = true };
	struct list_cursor *c = NULL;
	int r = 0;

	if (e->ninline > 0)
		item = e->inl[0];
	else if ((r = list_cursor_new(writer_reader(s->w), LIST_CONTENT,
	    &e->content, &c)) == 0)
		r = list_next_content(c, &item);
	list_cursor_free(c);
	if (r < 0)
		return r;
	*yesp = !item.hole && !chunk->hole &&
	    memcmp(item.id, chunk->id, sizeof(item.id)) == 0;
	return 0;
}

static uint64_t
difference(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/*
 * The file was put in the place of another: was it the one of the same inode
 * before (a log moved aside), or was the inode used anew (a document that an
 * editor writes to a new file each time)?  What begins with the same chunk
 * tells; else the size that is nearer.
 */
static int
was_moved(struct session *s, const struct slot *slot,
    const struct entry *moved, const struct content_item *first, bool *yesp)
{
	uint64_t size = slot->e.attr.size;
	bool yes;
	int r;

	if ((r = begins(s, moved, first, &yes)) != 0)
		return r;
	if (yes) {
		*yesp = true;
		return 0;
	}
	if ((r = begins(s, slot->old, first, &yes)) != 0)
		return r;
	*yesp = !yes && difference(moved->attr.size, size) <
	    difference(slot->old->attr.size, size);
	return 0;
}

int
directories_old(struct session *s, struct slot *slot,
    const struct content_item *first, const struct entry **oldp)
{
	struct entry moved;
	bool yes = true;
	int r;

	/* As late as now, for it may be found gone after it was found. */
	if ((slot->old == NULL || slot->old->attr.ino != slot->e.attr.ino) &&
	    moved_find(s->moved, &slot->e.attr, &moved)) {
		if (slot->old != NULL &&
		    (r = was_moved(s, slot, &moved, first, &yes)) != 0)
			return r;
		if (slot->old == NULL && (r = older_keep(slot, &moved)) != 0)
			return r;
		if (yes)
			*slot->old = moved;
	}
	*oldp = slot->old;
	return 0;
}
