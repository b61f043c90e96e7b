/* moved.c: a table of files by inode. */
#include "backupd/moved.h"

#include <stdlib.h>
#include <string.h>

#include "base/spool.h"

#define HEADS (16u << 10)		/* a power of two */

struct record {
	uint64_t dev, ino, size;
	uint32_t next;			/* number + 1 of one with that hash */
	uint8_t	 ninline;		/* 0: a list */
	uint8_t	 holes;			/* bit i: item i is one */
	struct list_root content;
	uint64_t lens[ENTRY_INLINE_MAX];
	uint8_t	 ids[ENTRY_INLINE_MAX][32];
};

struct moved {
	struct spool records;
	uint32_t heads[HEADS];		/* number + 1, or 0 */
};

int
moved_new(struct moved **mp)
{
	struct moved *m;

	if ((m = calloc(1, sizeof(*m))) == NULL)
		return ERR_NOMEM;
	spool_init(&m->records, sizeof(struct record));
	*mp = m;
	return 0;
}

void
moved_free(struct moved *m)
{
	if (m == NULL)
		return;
	spool_clear(&m->records);
	free(m);
}

static size_t
hash_of(uint64_t dev, uint64_t ino)
{
	return (size_t)(((ino ^ dev << 48) * UINT64_C(0x9e3779b97f4a7c15)) >>
	    50) % HEADS;
}

/* The record of that inode, or NULL. */
static const struct record *
record_find(const struct moved *m, const struct attr *a)
{
	const struct record *rec;
	uint32_t i = m->heads[hash_of(a->dev, a->ino)];

	for (; i != 0; i = rec->next) {
		rec = spool_at(&m->records, i - 1);
		if (rec->dev == a->dev && rec->ino == a->ino)
			return rec;
	}
	return NULL;
}

int
moved_gone(struct moved *m, const struct entry *old)
{
	const struct attr *a = &old->attr;
	struct record rec;
	uint32_t *head;
	size_t i;
	int r;

	if (a->type != ATTR_FILE || !(a->have & ATTR_INODE) ||
	    (!old->content.present && old->ninline == 0) ||
	    m->records.n >= MOVED_MAX || record_find(m, a) != NULL)
		return 0;
	head = &m->heads[hash_of(a->dev, a->ino)];
	memset(&rec, 0, sizeof(rec));
	rec.dev = a->dev;
	rec.ino = a->ino;
	rec.size = a->have & ATTR_SIZE ? a->size : 0;
	rec.next = *head;
	rec.content = old->content;
	rec.ninline = (uint8_t)old->ninline;
	for (i = 0; i < old->ninline; i++) {
		rec.holes |= (uint8_t)(old->inl[i].hole << i);
		rec.lens[i] = old->inl[i].len;
		memcpy(rec.ids[i], old->inl[i].id, sizeof(rec.ids[i]));
	}
	if ((r = spool_add(&m->records, &rec)) == 0)
		*head = (uint32_t)m->records.n;
	return r;
}

bool
moved_find(const struct moved *m, const struct attr *a, struct entry *oldp)
{
	const struct record *rec;
	size_t i;

	if (!(a->have & ATTR_INODE) || (rec = record_find(m, a)) == NULL)
		return false;
	memset(oldp, 0, sizeof(*oldp));
	oldp->attr.type = ATTR_FILE;
	oldp->attr.have = ATTR_INODE | ATTR_SIZE;
	oldp->attr.dev = rec->dev;
	oldp->attr.ino = rec->ino;
	oldp->attr.size = rec->size;
	oldp->content = rec->content;
	oldp->ninline = rec->ninline;
	for (i = 0; i < rec->ninline; i++) {
		oldp->inl[i].hole = (rec->holes >> i & 1) != 0;
		oldp->inl[i].len = rec->lens[i];
		memcpy(oldp->inl[i].id, rec->ids[i], sizeof(rec->ids[i]));
	}
	return true;
}
