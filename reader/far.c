/* far.c: files of a machine without an agent, as the walker sees them. */
#include "config.h"

#include "reader/far.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agents/names.h"
#include "base/buf.h"
#include "base/clock.h"
#include "reader/impl.h"
#include "wire/limits.h"

#define LISTED_BYTES (24u << 20)	/* of listings that the walker has */
#define KNOWN_MS 10000
#define RACY_BEFORE 2		/* seconds: times have no fractions */
#define RACY_AFTER 3600		/* its clock may be ahead of ours */

int
far_join(const char *dir, const char *name, char **pathp)
{
	size_t len = strlen(dir), n = strlen(name);
	char *path;

	if (strcmp(name, ".") == 0)
		n = 0;
	if ((path = malloc(len + n + 2)) == NULL)
		return ERR_NOMEM;
	memcpy(path, dir, len);
	if (n > 0 && (len == 0 || dir[len - 1] != '/'))
		path[len++] = '/';
	memcpy(path + len, name, n);
	path[len + n] = '\0';
	*pathp = path;
	return 0;
}

int
opened_new(struct far *r, char *path, int *fdp)
{
	struct opened *p;
	int i;

	for (i = 0; i < r->nopened; i++)
		if (r->opened[i].kind == OPENED_NONE)
			break;
	if (i == r->nopened) {
		p = realloc(r->opened, ((size_t)i + 32) * sizeof(*p));
		if (p == NULL) {
			free(path);
			return ERR_NOMEM;
		}
		memset(p + i, 0, 32 * sizeof(*p));
		r->opened = p;
		r->nopened += 32;
	}
	r->opened[i].path = path;
	r->opened[i].kind = OPENED_DIR;
	r->opened[i].d = NULL;
	r->opened[i].f = NULL;
	*fdp = i;
	return 0;
}

/* A plan with its top, for the path, which is taken. */
static int
plan_new(struct far *r, char *path, enum source_walk how,
    struct plan **pp)
{
	struct plan *p;
	int rv;

	if (path == NULL || (p = calloc(1, sizeof(*p))) == NULL) {
		free(path);
		return ERR_NOMEM;
	}
	p->how = how;
	p->root_len = strlen(path);
	if ((rv = dir_new(r, p, NULL, path, &p->top)) != 0) {
		free(p);
		return rv;
	}
	TAILQ_INSERT_TAIL(&r->plans, p, link);
	*pp = p;
	return 0;
}

/* Give o the node of its directory. */
static int
opened_resolve(struct far *r, struct opened *o)
{
	const char *path = o->path[0] != '\0' ? o->path : "/";
	struct plan *p;
	int rv;

	if (o->d != NULL)
		return 0;
	TAILQ_FOREACH(p, &r->plans, link)
		if (!p->top->opened && strcmp(p->top->path, path) == 0)
			break;
	/* Nobody has announced it. */
	if (p == NULL &&
	    (rv = plan_new(r, strdup(path), SOURCE_LIST, &p)) != 0)
		return rv;
	o->d = p->top;
	ahead_dir_opened(r, o->d);
	return 0;
}

/* Wait until all is known of a directory. */
static int
dir_wait(struct far *r, struct opened *o)
{
	int rv;

	if ((rv = opened_resolve(r, o)) != 0)
		return rv;
	if (o->d->state == DIR_IDLE)
		node_ready(r, &o->d->node);
	if (o->d->state != DIR_DONE)
		hub_wake(r->hub);
	while (rv == 0 && o->d->state != DIR_DONE)
		rv = hub_wait(r->hub);
	r->source.errnum = 0;
	return rv != 0 ? rv : o->d->node.status;
}

struct opened *
opened_get(struct far *r, int fd)
{
	hub_lock(r->hub);
	return &r->opened[fd];
}

static int
far_open_dir(struct source *s, int dir, const char *name, int *fdp)
{
	struct far *r = far_of(s);
	struct opened *o = opened_get(r, dir);
	struct dnode *d = o->d, *sub = NULL;
	char *path = NULL;
	ptrdiff_t i;
	int rv;

	if ((rv = far_join(o->path, name, &path)) != 0 ||
	    (rv = opened_new(r, path, fdp)) != 0)
		goto out;
	if (d == NULL || d->l == NULL || (i = listing_find(d->l, name)) < 0)
		goto out;
	TAILQ_FOREACH(sub, &d->subs, link)
		if (sub->index == (size_t)i && (!sub->opened || sub->closed))
			break;
	if (sub == NULL)
		rv = ahead_sub(r, d, (size_t)i, &sub);
	if (rv == 0) {
		ahead_dir_opened(r, sub);
		sub->closed = false;
		r->opened[*fdp].d = sub;
	}
 out:
	hub_unlock(r->hub);
	return rv;
}

/*
 * The walker closes d.  Of a deep tree it closes what is above those that it
 * has, and comes back.
 */
static void
dir_leave(struct far *r, struct dnode *d)
{
	struct dnode *sub;

	TAILQ_FOREACH(sub, &d->subs, link)
		if (sub->opened)
			break;
	if (sub == NULL)
		dir_drop(r, d);
	else
		d->closed = true;
}

static void
far_close(struct source *s, int fd)
{
	struct far *r = far_of(s);
	struct opened *o = opened_get(r, fd);

	if (fd != FAR_ROOT) {
		if (o->d != NULL)
			dir_leave(r, o->d);
		if (o->f != NULL)
			file_drop(r, o->f);
		free(o->path);
		memset(o, 0, sizeof(*o));
	}
	hub_unlock(r->hub);
}

/* The attributes of a path, of which no directory's listing is there. */
static int
known_get(struct far *r, const char *path, struct attr *ap)
{
	const int64_t now = clock_mono_ms();
	struct known *k = NULL;
	size_t i;
	int rv = 0;

	for (i = 0; i < KNOWN_MAX; i++)
		if (r->known[i].path != NULL &&
		    strcmp(r->known[i].path, path) == 0 &&
		    now - r->known[i].when < KNOWN_MS)
			k = &r->known[i];
	if (k == NULL) {
		k = &r->known[r->nknown++ % KNOWN_MAX];
		free(k->path);
		if ((k->path = strdup(path)) == NULL)
			return ERR_NOMEM;
		k->when = now;
		r->asking = k;
		r->asked = false;
		hub_wake(r->hub);
		while (rv == 0 && r->asking != NULL)
			rv = hub_wait(r->hub);
	}
	*ap = k->attr;
	return rv != 0 ? rv : k->status;
}

static int
far_stat(struct source *s, int dir, const char *name, struct attr *ap)
{
	struct far *r = far_of(s);
	struct opened *o = opened_get(r, dir);
	char *path = NULL;
	ptrdiff_t i;
	int rv;

	s->errnum = 0;
	if (o->d != NULL) {
		if ((rv = dir_wait(r, o)) == 0) {
			if ((i = listing_find(o->d->l, name)) < 0)
				rv = ERR_NOENT;
			else
				listing_attr(o->d->l, (size_t)i, ap);
		}
	} else if ((rv = far_join(o->path[0] != '\0' ? o->path : "/",
	    name, &path)) == 0)
		rv = known_get(r, path, ap);
	hub_unlock(r->hub);
	free(path);
	return rv;
}

static int
far_fstat(struct source *s, int fd, struct attr *ap)
{
	struct far *r = far_of(s);
	struct opened *o = opened_get(r, fd);
	int rv;

	s->errnum = 0;
	if (o->kind == OPENED_FILE)
		rv = file_attr(r, o->f, ap);
	else if ((rv = dir_wait(r, o)) == 0)
		*ap = o->d->attr;
	hub_unlock(r->hub);
	return rv;
}

/* As readdir(3) tells it. */
static uint8_t
dt_of(uint8_t type)
{
	static const uint8_t types[] = {
		[ATTR_FILE] = DT_REG, [ATTR_DIR] = DT_DIR,
		[ATTR_SYMLINK] = DT_LNK, [ATTR_FIFO] = DT_FIFO,
		[ATTR_SOCKET] = DT_SOCK, [ATTR_CHAR] = DT_CHR,
		[ATTR_BLOCK] = DT_BLK
	};

	return type < sizeof(types) ? types[type] : DT_UNKNOWN;
}

/* Bound the memory of what the walker has, but not of the one at work. */
static void
opened_trim(struct far *r, const struct opened *busy)
{
	struct opened *o, *most;
	int i;

	while (r->listed_bytes > LISTED_BYTES) {
		most = NULL;
		for (i = 0; i < r->nopened; i++) {
			o = &r->opened[i];
			if (o->d == NULL || o->d == busy->d ||
			    o->d->state != DIR_DONE || o->d->l == NULL)
				continue;
			if (most == NULL || listing_memory(o->d->l) >
			    listing_memory(most->d->l))
				most = o;
		}
		if (most == NULL)
			break;
		/* It is asked for anew if it is needed. */
		r->listed_bytes -= listing_memory(most->d->l);
		listing_free(most->d->l);
		most->d->l = NULL;
		most->d->cursor = 0;
		most->d->state = DIR_IDLE;
	}
}

static int
far_names(struct source *s, int fd, struct names *n)
{
	struct far *r = far_of(s);
	struct opened *o = opened_get(r, fd);
	struct listing *l;
	size_t i;
	int rv;

	s->unnamed = 0;
	if ((rv = dir_wait(r, o)) != 0)
		goto out;
	l = o->d->l;
	for (i = 0; rv == 0 && i < l->n; i++)
		rv = names_add(n, dt_of(listing_type(l, i)),
		    listing_name(l, i), l->e[i].len);
	s->unnamed = l->toolong;
	opened_trim(r, o);
 out:
	hub_unlock(r->hub);
	return rv;
}

/* The entry of a name in an open directory's listing, or NULL. */
static const struct listing_entry *
entry_find(struct far *r, struct opened *o, const char *name)
{
	ptrdiff_t i;

	if (o->d == NULL || dir_wait(r, o) != 0 ||
	    (i = listing_find(o->d->l, name)) < 0)
		return NULL;
	return &o->d->l->e[i];
}

static int
far_readlink(struct source *s, int dir, const char *name, size_t *lenp)
{
	struct far *r = far_of(s);
	struct opened *o = opened_get(r, dir);
	const struct listing_entry *e = entry_find(r, o, name);
	const char *target;
	int rv = ERR_DENIED;

	s->errnum = 0;
	if (e != NULL && e->target != 0) {
		target = o->d->l->text + e->target;
		*lenp = strlen(target);
		memcpy(s->target, target, *lenp);
		rv = 0;
	}
	hub_unlock(r->hub);
	return rv;
}

static int
far_xattrs(struct source *s, int dir, const char *name)
{
	(void)s;
	(void)dir;
	(void)name;	/* the protocol has none */
	return 0;
}

static bool
far_is_cache(struct source *s, int dir, const char *name)
{
	struct far *r = far_of(s);
	struct opened *o = opened_get(r, dir);
	const struct listing_entry *e = entry_find(r, o, name);
	bool cache = e != NULL && (e->flags & LISTING_CACHE) != 0;

	hub_unlock(r->hub);
	return cache;
}

static bool
far_racy(struct source *s, int dir, const char *name, const struct attr *a)
{
	struct far *r = far_of(s);
	struct opened *o = opened_get(r, dir);
	const struct listing_entry *e;
	bool racy = false;
	int64_t asked = clock_wall();

	if (o->f != NULL)
		asked = o->f->asked;
	else if (o->d != NULL)
		asked = o->d->asked;
	if (name != NULL && (e = entry_find(r, o, name)) != NULL)
		racy = (e->flags & LISTING_DUE) != 0;
	hub_unlock(r->hub);
	return racy || (a->mtime >= asked - RACY_BEFORE &&
	    a->mtime <= asked + RACY_AFTER);
}

/* By the main thread: a walk will come. */
static int
far_expect(struct source *s, const struct source_where *w,
    enum source_walk how)
{
	struct far *r = far_of(s);
	struct plan *p;
	char *root = NULL, *path;
	size_t len;
	int rv;

	if ((rv = far_join("/", w->below, &root)) != 0)
		return rv;
	len = strlen(root);
	if ((path = malloc(len + w->len + 2)) == NULL) {
		free(root);
		return ERR_NOMEM;
	}
	memcpy(path, root, len + 1);
	if (w->len > 0) {
		if (path[len - 1] != '/')
			path[len++] = '/';
		memcpy(path + len, w->path, w->len);
		path[len + w->len] = '\0';
	}
	hub_lock(r->hub);
	if ((rv = plan_new(r, path, how, &p)) == 0) {
		p->job = w->job;
		p->root_len = strlen(root);
	}
	hub_unlock(r->hub);
	free(root);
	return rv;
}

static int
far_again(struct source *s, const struct source_again *a)
{
	far_of(s)->again = *a;
	return 0;
}

const struct source_ops far_ops = {
	.open_dir = far_open_dir,
	.open_file = far_open_file,
	.close = far_close,
	.stat = far_stat,
	.fstat = far_fstat,
	.names = far_names,
	.readlink = far_readlink,
	.xattrs = far_xattrs,
	.is_cache = far_is_cache,
	.read = far_read,
	.extent = far_extent,
	.racy = far_racy,
	.expect = far_expect,
	.expect_file = far_expect_file,
	.again = far_again
};
