/* dir.c: a directory, from its name to all that is known of its entries. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agents/job.h"
#include "base/clock.h"
#include "reader/impl.h"
#include "sftp/request.h"
#include "wire/limits.h"
#include "wire/start.h"

#define ENTRY_BYTES 90		/* that an entry takes on the way, and more */
#define STEPS_MAX 64u		/* requests under way for entries */

/* A request about an entry. */
struct inquiry {
	struct dnode *d;	/* borrows */
	size_t	 i;
};

int
dir_new(struct far *r, struct plan *plan, struct dnode *parent,
    char *path, struct dnode **dp)
{
	struct dnode *d;

	if (path == NULL || (d = calloc(1, sizeof(*d))) == NULL) {
		free(path);
		return ERR_NOMEM;
	}
	d->node.r = r;
	d->node.is_dir = true;
	d->plan = plan;
	d->parent = parent;
	d->path = path;
	TAILQ_INIT(&d->subs);
	TAILQ_INIT(&d->files);
	*dp = d;
	return 0;
}

void
dir_free(struct dnode *d)
{
	listing_free(d->l);
	free(d->path);
	free(d);
}

void
dir_drop(struct far *r, struct dnode *d)
{
	struct dnode *sub;
	struct fnode *f;

	if (d->node.dead)
		return;
	d->node.dead = true;
	while ((sub = TAILQ_FIRST(&d->subs)) != NULL)
		dir_drop(r, sub);
	while ((f = TAILQ_FIRST(&d->files)) != NULL)
		file_drop(r, f);
	if (d->parent != NULL)
		TAILQ_REMOVE(&d->parent->subs, d, link);
	else {
		TAILQ_REMOVE(&r->plans, d->plan, link);
		free(d->plan);
	}
	d->plan = NULL;
	d->parent = NULL;
	if (d->opened && d->state == DIR_DONE && d->l != NULL)
		r->listed_bytes -= listing_memory(d->l);
	if (d->ahead)
		r->dirs_ahead--;
	d->ahead = false;
	if (d->state != DIR_IDLE && d->state != DIR_DONE)
		r->dirs_running--;
	r->ahead_bytes -= d->charge;
	d->charge = 0;
	node_ready(r, &d->node);
}

/* Account for the memory of a listing that is not the walker's yet. */
static void
dir_charge(struct far *r, struct dnode *d)
{
	size_t is = d->l != NULL ? listing_memory(d->l) : 0;

	if (d->node.dead || d->opened)
		is = 0;
	r->ahead_bytes += is;
	r->ahead_bytes -= d->charge;
	d->charge = is;
}

/* It is all there, or cannot be had. */
static void
dir_done(struct far *r, struct dnode *d, int status)
{
	d->state = DIR_DONE;
	d->node.status = status;
	r->dirs_running--;
	if (status != 0) {
		listing_free(d->l);
		d->l = NULL;
	} else
		due_mark(r, d);
	dir_charge(r, d);
	if (d->opened && d->l != NULL)
		r->listed_bytes += listing_memory(d->l);
	hub_tell(r->hub);
}

static void
on_lstat(void *arg, const struct sftp_reply *reply)
{
	struct dnode *d = arg;
	struct far *r = d->node.r;

	if (answer_begin(r, &d->node)) {
		far_paid(r, 40, 0);
		if (reply->code != 0)
			d->node.status = answer_status(reply->code);
		else {
			listing_attr_of(&reply->attrs, &d->attr);
			d->known = true;
			/* What was a directory may have become a link. */
			if (d->attr.type == 0)
				d->attr.type = ATTR_DIR;
			if (d->attr.type != ATTR_DIR)
				d->node.status = ERR_NOENT;
		}
	}
	answer_end(r, &d->node);
}

static void
on_opendir(void *arg, const struct sftp_reply *reply)
{
	struct dnode *d = arg;
	struct far *r = d->node.r;

	/* Dead or not, it must be closed. */
	d->open = reply->code == 0;
	d->handle = reply->handle;
	if (answer_begin(r, &d->node)) {
		far_paid(r, 30, 0);
		if (reply->code != 0 && d->node.status == 0)
			d->node.status = answer_status(reply->code);
	}
	answer_end(r, &d->node);
}

static void
on_readdir(void *arg, const struct sftp_reply *reply)
{
	struct dnode *d = arg;
	struct far *r = d->node.r;
	size_t i, bytes = 20;
	int rv = 0;

	if (answer_begin(r, &d->node)) {
		if (reply->code != 0)
			rv = answer_status(reply->code);
		for (i = 0; rv == 0 && i < reply->nnames; i++) {
			rv = listing_add(d->l, &reply->names[i]);
			bytes += ENTRY_BYTES + 2 * reply->names[i].len;
		}
		far_paid(r, bytes, 0);
		if (rv != 0)
			d->node.status = rv;
		/* An answer without a name is an end too, as others see it. */
		if (rv != 0 || reply->end || reply->nnames == 0)
			d->state = DIR_STATS;
		dir_charge(r, d);
	}
	answer_end(r, &d->node);
}

static int
dir_ask(struct far *r, struct dnode *d,
    int (*ask)(struct sftp *x, const char *path, struct sftp_done done),
    void (*fn)(void *arg, const struct sftp_reply *reply))
{
	return node_asked(r, &d->node, ask(r->x, d->path,
	    (struct sftp_done){ fn, d }));
}

/* Begin: who is it, and open it. */
static int
dir_begin(struct far *r, struct dnode *d)
{
	int rv;

	d->asked = clock_wall();
	d->state = DIR_OPENING;
	r->dirs_running++;
	if (!d->opened && !d->ahead) {
		d->ahead = true;
		r->dirs_ahead++;
	}
	listing_free(d->l);
	d->l = NULL;
	if ((rv = listing_new(&d->l)) != 0)
		return rv;
	far_paid(r, 0, 2 * (strlen(d->path) + 13));
	if ((rv = dir_ask(r, d, sftp_lstat, on_lstat)) == 1)
		rv = dir_ask(r, d, sftp_opendir, on_opendir);
	if (rv == 1)
		return 0;
	if (rv == 0)	/* there is always room for what was begun */
		rv = ERR_BUSY;
	if (rv != ERR_TOOBIG)
		return rv;
	d->node.status = rv;
	return 0;
}

/* Ask for more names. */
static int
dir_names(struct far *r, struct dnode *d)
{
	int rv;

	far_paid(r, 0, 20);
	rv = node_asked(r, &d->node, sftp_readdir(r->x, &d->handle,
	    (struct sftp_done){ on_readdir, d }));
	if (rv == 0)
		node_ready(r, &d->node);
	return rv < 0 ? rv : 0;
}

/* Close it, if it is open. */
static int
dir_close(struct far *r, struct dnode *d)
{
	int rv;

	if (!d->open)
		return 0;
	rv = sftp_close(r->x, &d->handle, (struct sftp_done){ answer_none,
	    NULL });
	if (rv == ERR_BUSY) {
		node_ready(r, &d->node);
		return ERR_BUSY;
	}
	d->open = false;
	far_paid(r, 20, 20);
	return rv;
}

/* Leave out what is excluded: it is not asked for further. */
static int
dir_filter(struct dnode *d)
{
	struct listing *l = d->l;
	const struct job *job = d->plan->job;
	size_t off = strlen(d->path), i, to = 0, skip = d->plan->root_len;
	uint8_t *path;

	if (job == NULL || exclude_empty(job->excludes))
		return 0;
	if ((path = malloc(off + 1 + 256)) == NULL)
		return ERR_NOMEM;
	memcpy(path, d->path, off);
	if (off > skip)
		path[off++] = '/';
	if (skip < off && path[skip] == '/')
		skip++;
	for (i = 0; i < l->n; i++) {
		memcpy(path + off, listing_name(l, i), l->e[i].len);
		if (!exclude_match(job->excludes, path + skip,
		    off - skip + l->e[i].len, off - skip,
		    listing_type(l, i) == ATTR_DIR))
			l->e[to++] = l->e[i];
	}
	l->n = to;
	free(path);
	return 0;
}

static void
on_entry_stat(void *arg, const struct sftp_reply *reply)
{
	struct inquiry *q = arg;
	struct dnode *d = q->d;
	struct far *r = d->node.r;

	if (answer_begin(r, &d->node)) {
		far_paid(r, 40, 0);
		if (reply->code == 0)
			listing_set(d->l, q->i, &reply->attrs);
	}
	free(q);
	answer_end(r, &d->node);
}

static void
on_readlink(void *arg, const struct sftp_reply *reply)
{
	struct inquiry *q = arg;
	struct dnode *d = q->d;
	struct far *r = d->node.r;

	if (answer_begin(r, &d->node)) {
		if (reply->code != 0 ||
		    strlen(reply->path) > WIRE_TARGET_MAX ||
		    listing_target(d->l, q->i, reply->path) != 0)
			d->l->e[q->i].flags |= LISTING_NO_TARGET;
		else
			far_paid(r, 2 * strlen(reply->path) + 30, 0);
		dir_charge(r, d);
	}
	free(q);
	answer_end(r, &d->node);
}

static void
on_tag_read(void *arg, const struct sftp_reply *reply)
{
	struct inquiry *q = arg;
	struct dnode *d = q->d;
	struct far *r = d->node.r;
	const size_t len = sizeof(SOURCE_CACHE_SIGNATURE) - 1;

	if (answer_begin(r, &d->node)) {
		far_paid(r, 60, 0);
		if (reply->code == 0 && reply->len == len &&
		    memcmp(reply->data, SOURCE_CACHE_SIGNATURE, len) == 0)
			d->l->e[q->i].flags |= LISTING_CACHE;
	}
	free(q);
	answer_end(r, &d->node);
}

static void
on_tag_open(void *arg, const struct sftp_reply *reply)
{
	struct inquiry *q = arg;
	struct dnode *d = q->d;
	struct far *r = d->node.r;
	bool going = false;
	int rv;

	if (answer_begin(r, &d->node))
		far_paid(r, 40, 0);
	if (reply->code == 0) {
		/* A few more than are asked for are always taken. */
		if (node_asked(r, &d->node, sftp_read(r->x, &reply->handle,
		    0, sizeof(SOURCE_CACHE_SIGNATURE) - 1,
		    (struct sftp_done){ on_tag_read, q })) == 1)
			going = true;
		rv = sftp_close(r->x, &reply->handle,
		    (struct sftp_done){ answer_none, NULL });
		/* What keeps it from being closed ends the session, too. */
		if (rv != 0)
			d->node.status = answer_status(rv);
	}
	if (!going)
		free(q);
	answer_end(r, &d->node);
}

/* Ask about one entry, as the state says; 1 if there is an answer to come. */
static int
entry_ask(struct far *r, struct dnode *d, struct inquiry *q)
{
	const char *name = listing_name(d->l, q->i);
	struct sftp_done done = { on_entry_stat, q };
	char *path = NULL, *tag = NULL;
	int rv;

	if ((rv = far_join(d->path, name, &path)) != 0)
		return rv;
	far_paid(r, 0, strlen(path) + 13);
	if (d->state == DIR_STATS)
		rv = sftp_lstat(r->x, path, done);
	else if (d->state == DIR_LINKS) {
		done.fn = on_readlink;
		rv = sftp_readlink(r->x, path, done);
	} else if ((rv = far_join(path, SOURCE_CACHE_TAG, &tag)) == 0) {
		done.fn = on_tag_open;
		rv = sftp_open(r->x, tag, SFTP_OPEN_READ, NULL, done);
	}
	free(path);
	free(tag);
	return node_asked(r, &d->node, rv);
}

/* Tell whether the state asks about an entry. */
static bool
entry_matters(const struct dnode *d, size_t i)
{
	if (d->state == DIR_STATS)
		return (d->l->e[i].has & SFTP_HAS_MODE) == 0;
	return listing_type(d->l, i) == (d->state == DIR_LINKS ?
	    ATTR_SYMLINK : ATTR_DIR);
}

/* Ask about the entries; 1 once the last answer is there. */
static int
dir_entries(struct far *r, struct dnode *d)
{
	struct inquiry *q;
	int rv;

	for (; d->cursor < d->l->n; d->cursor++) {
		if (!entry_matters(d, d->cursor))
			continue;
		if (d->node.inflight >= STEPS_MAX)
			return 0;	/* an answer brings it back */
		if ((q = malloc(sizeof(*q))) == NULL)
			return ERR_NOMEM;
		*q = (struct inquiry){ d, d->cursor };
		rv = entry_ask(r, d, q);
		if (rv != 1)
			free(q);
		if (rv == ERR_TOOBIG)	/* such a path cannot be asked for */
			d->l->e[d->cursor].flags |= LISTING_NO_TARGET;
		else if (rv == 0) {
			node_ready(r, &d->node);
			return 0;
		} else if (rv != 1)
			return rv;
	}
	return d->node.inflight == 0 ? 1 : 0;
}

/* What comes after the names, one after another. */
static int
dir_after(struct far *r, struct dnode *d)
{
	const struct job *job = d->plan->job;
	int rv;

	if (d->node.inflight > 0 && d->cursor == d->l->n)
		return 0;
	while ((rv = dir_entries(r, d)) == 1) {
		d->cursor = 0;
		if (d->state == DIR_STATS && (rv = dir_filter(d)) != 0)
			return rv;
		d->state++;
		if (d->state == DIR_LINKS && d->plan->how == SOURCE_DIGEST)
			d->state++;
		if (d->state == DIR_TAGS && (job == NULL ||
		    (job->flags & WIRE_EXCLUDE_CACHES) == 0))
			d->state++;
		if (d->state == DIR_DONE) {
			dir_done(r, d, 0);
			return 0;
		}
	}
	return rv;
}

/* It is dead: what is left of it goes once it is quiet. */
static int
dir_end(struct far *r, struct dnode *d)
{
	int rv;

	if (d->node.inflight > 0)
		return 0;
	if ((rv = dir_close(r, d)) != 0)
		return rv == ERR_BUSY ? 0 : rv;
	dir_free(d);
	return 0;
}

int
dir_step(struct far *r, struct dnode *d)
{
	int rv = 0;

	if (d->node.dead)
		return dir_end(r, d);
	if (d->state == DIR_IDLE) {
		d->node.status = 0;
		if ((rv = dir_begin(r, d)) != 0)
			return rv;
	}
	if (d->node.inflight > 0 && d->state < DIR_STATS)
		return 0;
	if (d->state == DIR_DONE)
		return 0;
	if (d->node.status != 0 || d->state == DIR_STATS)
		if ((rv = dir_close(r, d)) != 0)
			return rv == ERR_BUSY ? 0 : rv;
	if (d->node.status != 0) {
		if (d->node.inflight == 0)
			dir_done(r, d, d->node.status);
		return 0;
	}
	if (d->state == DIR_OPENING)
		d->state = DIR_NAMES;
	if (d->state == DIR_NAMES)
		return dir_names(r, d);
	if (d->state == DIR_STATS && d->cursor == 0 &&
	    d->node.inflight == 0)
		listing_sort(d->l);
	return dir_after(r, d);
}
