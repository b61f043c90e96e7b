/* far_file.c: files of a machine without an agent, as the walker reads them. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "reader/impl.h"

/* Find what was begun of a file, or begin. */
static int
file_find(struct far *r, struct opened *o, const char *name,
    struct fnode **fp)
{
	struct dnode *d = o->d;
	struct fnode *f;
	char *path = NULL;
	ptrdiff_t i;
	int rv;

	if ((rv = far_join(o->path, name, &path)) != 0)
		return rv;
	if (d != NULL)
		TAILQ_FOREACH(f, &d->files, link)
			if (strcmp(f->path, path) == 0)
				goto found;
	TAILQ_FOREACH(f, &r->wanted, link)
		if (strcmp(f->path, path) == 0)
			goto found;
	if ((rv = file_new(r, path, fp)) != 0)
		return rv;
	if (d != NULL && d->l != NULL &&
	    (i = listing_find(d->l, name)) >= 0) {
		file_hint(*fp, d->l, (size_t)i);
		if (d->next_file <= (size_t)i)
			d->next_file = (size_t)i + 1;
	}
	return 0;
 found:
	free(path);
	*fp = f;
	return 0;
}

int
far_open_file(struct source *s, int dir, const char *name, int *fdp)
{
	struct far *r = far_of(s);
	struct opened *o = opened_get(r, dir);
	struct fnode *f;
	int rv;

	if ((rv = file_find(r, o, name, &f)) == 0) {
		ahead_file_opened(r, f);
		node_ready(r, &f->node);
		hub_wake(r->hub);
		if ((rv = opened_new(r, NULL, fdp)) == 0) {
			r->opened[*fdp].kind = OPENED_FILE;
			r->opened[*fdp].f = f;
		} else
			file_drop(r, f);
	}
	hub_unlock(r->hub);
	return rv;
}

/* Tell whether what is open is not what the directory had listed: a link
 * was put in the way, which the server has followed. */
static bool
file_foreign(const struct fnode *f, const struct attr *a)
{
	return f->owned && (a->have & ATTR_OWNER) != 0 && a->uid != f->uid;
}

int
file_attr(struct far *r, struct fnode *f, struct attr *ap)
{
	int rv = 0;

	if (f->told && f->state == FILE_DONE && !f->fresh) {
		f->state = FILE_STAT;
		node_ready(r, &f->node);
	}
	hub_wake(r->hub);
	while (rv == 0 && f->state != FILE_DONE &&
	    (f->told || f->state < FILE_READING))
		rv = hub_wait(r->hub);
	if (rv == 0)
		rv = f->node.status;
	if (rv != 0)
		return rv;
	*ap = f->told ? f->after : f->before;
	if (f->told)
		f->fresh = false;
	if ((f->told || !f->hinted) &&
	    (ap->type != ATTR_FILE || file_foreign(f, ap)))
		return ERR_NOENT;
	f->told = true;
	f->size = ap->size;
	return 0;
}

/* Begin to read the file anew, from off on. */
static void
file_restart(struct far *r, struct fnode *f, uint64_t off)
{
	file_blocks_drop(r, f);
	f->pos = f->next = off;
	f->limit = f->size;
	f->fresh = false;
	f->hinted = false;
	f->state = f->open ? FILE_READING : FILE_IDLE;
	node_ready(r, &f->node);
}

/* Wait for the next piece of the file; NULL at its end. */
static int
block_wait(struct far *r, struct fnode *f, struct block **bp)
{
	struct block *b;
	int rv = 0;

	for (;;) {
		b = STAILQ_FIRST(&f->blocks);
		if (b != NULL && b->done && b->taken < b->got)
			break;
		if (f->node.status != 0 || (b == NULL &&
		    f->state >= FILE_READING && f->pos >= f->limit))
			break;
		if (b != NULL && b->done) {	/* it ended there */
			b = NULL;
			break;
		}
		hub_wake(r->hub);
		if ((rv = hub_wait(r->hub)) != 0)
			return rv;
	}
	*bp = b;
	return f->node.status;
}

/* Take what there is of a piece. */
static size_t
block_copy(struct far *r, struct fnode *f, uint8_t *data, size_t len)
{
	struct block *b = STAILQ_FIRST(&f->blocks);
	size_t n = b->got - b->taken < len ? b->got - b->taken : len;

	memcpy(data, b->data + b->taken, n);
	b->taken += (uint32_t)n;
	f->pos += n;
	if (b->taken == b->want) {
		STAILQ_REMOVE_HEAD(&f->blocks, link);
		f->bytes -= b->want;
		r->files_bytes -= b->want;
		free(b);
		if (f->next < f->limit)
			node_ready(r, &f->node);
	}
	return n;
}

int
far_read(struct source *s, int fd, uint64_t off, uint8_t *data,
    size_t *lenp)
{
	struct far *r = far_of(s);
	struct fnode *f = opened_get(r, fd)->f;
	struct block *b;
	size_t got = 0;
	int rv = 0;

	s->errnum = 0;
	/* What had nothing when it was begun may have something now. */
	if (off != f->pos || (off == 0 && f->state == FILE_DONE &&
	    f->limit == 0 && f->size > 0))
		file_restart(r, f, off);
	while (got < *lenp && (rv = block_wait(r, f, &b)) == 0 && b != NULL)
		got += block_copy(r, f, data + got, *lenp - got);
	if (r->nready > 0)
		hub_wake(r->hub);
	hub_unlock(r->hub);
	*lenp = got;
	return rv;
}

void
far_extent(struct source *s, int fd, uint64_t off, uint64_t *datap,
    uint64_t *endp)
{
	(void)s;
	(void)fd;
	(void)endp;	/* holes cannot be told */
	*datap = off;
}

int
far_expect_file(struct source *s, int dir, const char *name)
{
	struct far *r = far_of(s);
	struct opened *o = opened_get(r, dir);
	struct fnode *f;
	char *path = NULL;
	ptrdiff_t i;
	int rv;

	if ((rv = far_join(o->path, name, &path)) == 0 &&
	    (rv = file_new(r, path, &f)) == 0) {
		if (o->d != NULL && o->d->l != NULL &&
		    (i = listing_find(o->d->l, name)) >= 0)
			file_hint(f, o->d->l, (size_t)i);
		f->list = &r->wanted;
		TAILQ_INSERT_TAIL(&r->wanted, f, link);
		hub_wake(r->hub);
	}
	hub_unlock(r->hub);
	return rv;
}
