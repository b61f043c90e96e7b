/* listing.c: what a server tells of the entries of one directory. */
#include "config.h"

#include "reader/listing.h"

#include <sys/stat.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"

#define MODE_BITS 07777u

int
listing_new(struct listing **lp)
{
	struct listing *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return ERR_NOMEM;
	l->used = 1;	/* 0 is no place of a text */
	*lp = l;
	return 0;
}

void
listing_free(struct listing *l)
{
	if (l == NULL)
		return;
	free(l->e);
	free(l->text);
	free(l);
}

size_t
listing_memory(const struct listing *l)
{
	return sizeof(*l) + l->cap * sizeof(l->e[0]) + l->size;
}

/* Append a text, terminated. */
static int
text_add(struct listing *l, const char *text, size_t len, uint32_t *atp)
{
	size_t size = l->size == 0 ? 512 : l->size;
	void *p;

	while (size < l->used + len + 1)
		size *= 2;
	if (size != l->size) {
		if (listing_memory(l) - l->size + size > LISTING_MAX)
			return ERR_TOOBIG;
		if ((p = realloc(l->text, size)) == NULL)
			return ERR_NOMEM;
		l->text = p;
		l->size = size;
	}
	memcpy(l->text + l->used, text, len);
	l->text[l->used + len] = '\0';
	*atp = (uint32_t)l->used;
	l->used += len + 1;
	return 0;
}

/* Room for an entry more. */
static int
entry_room(struct listing *l)
{
	size_t cap = l->cap == 0 ? 16 : l->cap * 2;
	void *p;

	if (l->n < l->cap)
		return 0;
	if (listing_memory(l) + (cap - l->cap) * sizeof(l->e[0]) >
	    LISTING_MAX)
		return ERR_TOOBIG;
	if ((p = realloc(l->e, cap * sizeof(l->e[0]))) == NULL)
		return ERR_NOMEM;
	l->e = p;
	l->cap = cap;
	return 0;
}

void
listing_set(struct listing *l, size_t i, const struct sftp_attrs *a)
{
	struct listing_entry *e = &l->e[i];

	e->has = (uint8_t)a->has;
	e->size = a->size;
	e->mtime = a->mtime;
	e->uid = a->uid;
	e->gid = a->gid;
	e->mode = a->mode;
}

int
listing_add(struct listing *l, const struct sftp_name *n)
{
	struct listing_entry *e;
	int r;

	if (n->len > PATH_NAME_MAX) {
		l->toolong++;
		return 0;
	}
	if ((r = entry_room(l)) != 0)
		return r;
	e = &l->e[l->n];
	memset(e, 0, sizeof(*e));
	if ((r = text_add(l, n->name, n->len, &e->name)) != 0)
		return r;
	e->len = (uint8_t)n->len;
	listing_set(l, l->n++, &n->attrs);
	return 0;
}

static int
entry_compare(const void *a, const void *b, void *arg)
{
	const struct listing_entry *x = a, *y = b;
	const char *text = arg;

	/* No name holds a NUL. */
	return strcmp(text + x->name, text + y->name);
}

void
listing_sort(struct listing *l)
{
	size_t i, to = 0;

	if (l->n < 2)
		return;
	qsort_r(l->e, l->n, sizeof(l->e[0]), entry_compare, l->text);
	for (i = 1; i < l->n; i++)
		if (entry_compare(&l->e[to], &l->e[i], l->text) != 0)
			l->e[++to] = l->e[i];
	l->n = to + 1;
}

const char *
listing_name(const struct listing *l, size_t i)
{
	return l->text + l->e[i].name;
}

int
listing_target(struct listing *l, size_t i, const char *target)
{
	uint32_t at;
	int r;

	if ((r = text_add(l, target, strlen(target), &at)) == 0)
		l->e[i].target = at;
	return r;
}

ptrdiff_t
listing_find(const struct listing *l, const char *name)
{
	size_t low = 0, high = l->n, mid;
	int c;

	while (low < high) {
		mid = low + (high - low) / 2;
		c = strcmp(listing_name(l, mid), name);
		if (c == 0)
			return (ptrdiff_t)mid;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return -1;
}

void
listing_attr_of(const struct sftp_attrs *a, struct attr *ap)
{
	memset(ap, 0, sizeof(*ap));
	if ((a->has & SFTP_HAS_MODE) != 0) {
		ap->type = attr_type_of(a->mode);
		ap->have |= ATTR_MODE;
		ap->mode = a->mode & MODE_BITS;
	}
	if ((a->has & SFTP_HAS_OWNER) != 0) {
		ap->have |= ATTR_OWNER;
		ap->uid = a->uid;
		ap->gid = a->gid;
	}
	if ((a->has & SFTP_HAS_SIZE) != 0 &&
	    (ap->type == ATTR_FILE || ap->type == ATTR_SYMLINK)) {
		ap->have |= ATTR_SIZE;
		ap->size = a->size;
	}
	if ((a->has & SFTP_HAS_TIMES) != 0) {
		ap->have |= ATTR_MTIME;
		ap->mtime = a->mtime;
	}
}

void
listing_attr(const struct listing *l, size_t i, struct attr *ap)
{
	const struct listing_entry *e = &l->e[i];
	const struct sftp_attrs a = {
		.has = e->has, .size = e->size, .uid = e->uid, .gid = e->gid,
		.mode = e->mode, .mtime = e->mtime
	};

	listing_attr_of(&a, ap);
}

uint8_t
listing_type(const struct listing *l, size_t i)
{
	return (l->e[i].has & SFTP_HAS_MODE) != 0 ?
	    attr_type_of(l->e[i].mode) : 0;
}
