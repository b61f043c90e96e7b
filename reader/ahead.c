/* ahead.c: what will be needed is begun before it is asked for. */
#include "config.h"

#include <stdlib.h>

#include "reader/impl.h"

/*
 * The walks are known, and so is the order in which they go: a directory's
 * names, then for each page of them the files and what is below the
 * subdirectories (agents/recurse.c).  The first thing in that order that was
 * not begun is begun next, as long as there is room.  What is guessed wrong
 * costs a request, no more: the walker gets what it asks for, first.
 */
#define DIRS_RUNNING 48u
#define DIRS_AHEAD 512u		/* and not taken by the walker yet */
#define AHEAD_BYTES (12u << 20)	/* of their listings */
#define FILES_AHEAD 512u

void
ahead_dir_opened(struct far *r, struct dnode *d)
{
	if (d->opened)
		return;
	d->opened = true;
	if (d->ahead)
		r->dirs_ahead--;
	d->ahead = false;
	r->ahead_bytes -= d->charge;
	d->charge = 0;
	if (d->state == DIR_DONE && d->l != NULL)
		r->listed_bytes += listing_memory(d->l);
}

void
ahead_file_opened(struct far *r, struct fnode *f)
{
	f->opened = true;
	if (f->list != NULL)
		TAILQ_REMOVE(f->list, f, link);
	f->list = NULL;
	if (f->ahead)
		r->files_ahead--;
	f->ahead = false;
}

int
ahead_sub(struct far *r, struct dnode *d, size_t i, struct dnode **subp)
{
	char *path;
	int rv;

	if ((rv = far_join(d->path, listing_name(d->l, i), &path)) != 0 ||
	    (rv = dir_new(r, d->plan, d, path, subp)) != 0)
		return rv;
	(*subp)->index = i;
	if (d->next_sub <= i)
		d->next_sub = i + 1;
	TAILQ_INSERT_TAIL(&d->subs, *subp, link);
	return 0;
}

/* Find the first directory at or below d that was not begun; NULL: none. */
static int
next_dir(struct far *r, struct dnode *d, struct dnode **foundp)
{
	struct dnode *sub;
	size_t i;
	int rv;

	*foundp = NULL;
	if (d->state == DIR_IDLE && !d->opened)
		*foundp = d;
	if (d->state != DIR_DONE || d->all_subs)
		return 0;
	d->all_subs = true;
	if (d->plan->how == SOURCE_LIST || d->l == NULL)
		return 0;
	TAILQ_FOREACH(sub, &d->subs, link) {
		if (sub->all_subs)
			continue;
		d->all_subs = false;
		if ((rv = next_dir(r, sub, foundp)) != 0 || *foundp != NULL)
			return rv;
	}
	for (i = d->next_sub; i < d->l->n; i++)
		if (listing_type(d->l, i) == ATTR_DIR &&
		    (d->l->e[i].flags & LISTING_CACHE) == 0)
			break;
	d->next_sub = i;
	if (i >= d->l->n)
		return 0;
	d->all_subs = false;
	return ahead_sub(r, d, i, foundp);
}

/* Begin directories. */
static int
begin_dirs(struct far *r)
{
	struct dnode *d = NULL;
	struct plan *p;
	int rv = 0;

	TAILQ_FOREACH(p, &r->plans, link)
		while (r->dirs_running < DIRS_RUNNING &&
		    r->dirs_ahead < DIRS_AHEAD &&
		    r->ahead_bytes < AHEAD_BYTES && sftp_ready(r->x, 0)) {
			if ((rv = next_dir(r, p->top, &d)) != 0)
				return rv;
			if (d == NULL)
				break;
			if ((rv = dir_step(r, d)) != 0)
				return rv;
		}
	return rv;
}

/* The next regular file of d itself; past the end if there is none. */
static size_t
own_file(struct dnode *d)
{
	size_t i = d->next_file;

	while (i < d->l->n && listing_type(d->l, i) != ATTR_FILE)
		i++;
	return d->next_file = i;
}

/* Make the node of the next file of d. */
static int
take_file(struct far *r, struct dnode *d, struct fnode **fp)
{
	size_t i = d->next_file++;
	char *path;
	int rv;

	if ((rv = far_join(d->path, listing_name(d->l, i), &path)) != 0 ||
	    (rv = file_new(r, path, fp)) != 0)
		return rv;
	file_hint(*fp, d->l, i);
	(*fp)->list = &d->files;
	TAILQ_INSERT_TAIL(&d->files, *fp, link);
	return 0;
}

/* Find the first file at or below d that was not begun; NULL: none. */
static int
next_file(struct far *r, struct dnode *d, struct fnode **foundp)
{
	struct dnode *sub;
	size_t own;
	int rv;

	*foundp = NULL;
	if (d->state != DIR_DONE || d->l == NULL)
		return 0;
	own = own_file(d);
	TAILQ_FOREACH(sub, &d->subs, link) {
		if (own < d->l->n && own / PAGE <= sub->index / PAGE)
			break;
		if ((rv = next_file(r, sub, foundp)) != 0 || *foundp != NULL)
			return rv;
	}
	return own < d->l->n ? take_file(r, d, foundp) : 0;
}

/* Tell whether one more file may be begun. */
static bool
room_for_file(const struct far *r)
{
	return r->files_open < r->files_max && r->files_ahead < FILES_AHEAD &&
	    r->files_bytes < FILES_BYTES && !r->held && sftp_ready(r->x, 0);
}

/* Begin a file that the walker does not have yet. */
static int
file_ahead(struct far *r, struct fnode *f)
{
	if (!f->ahead)
		r->files_ahead++;
	f->ahead = true;
	return file_step(r, f);
}

/* Begin files: those that are wanted, then those of walks. */
static int
begin_files(struct far *r)
{
	struct fnode *f;
	struct plan *p;
	int rv;

	TAILQ_FOREACH(f, &r->wanted, link) {
		if (!room_for_file(r))
			return 0;
		if (f->state != FILE_IDLE || f->node.queued)
			continue;
		if ((rv = file_ahead(r, f)) != 0)
			return rv;
	}
	TAILQ_FOREACH(p, &r->plans, link)
		while (p->how == SOURCE_RECURSE && room_for_file(r)) {
			if ((rv = next_file(r, p->top, &f)) != 0)
				return rv;
			if (f == NULL)
				break;
			if ((rv = file_ahead(r, f)) != 0)
				return rv;
		}
	return 0;
}

int
ahead_run(struct far *r)
{
	int rv;

	if (r->held)
		return 0;
	if ((rv = begin_dirs(r)) != 0)
		return rv;
	return begin_files(r);
}
