/* recurse.c: a whole subtree, for its digests or to be listed. */
#include "config.h"

#include "agents/recurse.h"

#include <stdlib.h>
#include <string.h>

#include "agents/tell.h"
#include "base/buf.h"
#include "base/path.h"

#define PAGE_ITEMS 1024u	/* a level keeps its page: fewer than allowed */
#define PAGE_CAP (WIRE_PAGE_BYTES + (512u << 10))
#define OPEN_LEVELS 64u		/* that keep their descriptor */

/* A directory under way. */
struct level {
	int	 fd;		/* owns; -1: closed to save descriptors */
	uint64_t dev, ino;	/* to know it again */
	uint64_t dir;
	uint32_t page;		/* the next one's number */
	size_t	 path_len;	/* of its path */
	struct names names;
	size_t	 at;		/* the next name */
	struct item *items;	/* owns; the page */
	size_t	 nitems, cap;
	size_t	 sub;		/* the next item to enter, if a directory */
	bool	 paged;		/* a page was made */
	struct dirhash hash;
};

/* A walk. */
struct walk {
	const struct recurse *rc;
	struct level **levels;	/* owns, and keeps for the next use */
	size_t	 depth;		/* levels in use */
	size_t	 made, cap;	/* levels there are, and have room */
	uint8_t	*path;		/* owns; of the deepest level */
	size_t	 path_cap;
	struct buf *entries;	/* owns; a page's */
	size_t	 top_len;	/* of the path where it began */
};

static bool
quiet(const struct walk *w)
{
	return w->rc->digests != NULL;
}

/* Where the deepest level is. */
static struct scan_dir
walk_dir(const struct walk *w)
{
	const struct level *l = w->levels[w->depth - 1];
	const struct scan_dir d = {
		l->fd, w->rc->root, w->path, l->path_len
	};

	return d;
}

static void
level_close(struct walk *w, struct level *l)
{
	source_close(w->rc->scan->src, &l->fd);
	names_clear(&l->names);
}

static void
walk_clear(struct walk *w)
{
	size_t i;

	for (i = 0; i < w->made; i++) {
		level_close(w, w->levels[i]);
		dirhash_clear(&w->levels[i]->hash);
		free(w->levels[i]->items);
		free(w->levels[i]);
	}
	free(w->levels);
	free(w->path);
	buf_free(w->entries);
}

/* The level below the deepest, blank but for memory it can use again. */
static int
walk_level(struct walk *w, struct level **lp)
{
	struct level *l;
	size_t cap = w->cap == 0 ? 32 : w->cap * 2;
	void *p;

	if (w->depth == w->cap) {
		p = realloc(w->levels, cap * sizeof(w->levels[0]));
		if (p == NULL)
			return ERR_NOMEM;
		w->levels = p;
		w->cap = cap;
	}
	if (w->depth == w->made) {
		if ((l = calloc(1, sizeof(*l))) == NULL)
			return ERR_NOMEM;
		l->fd = -1;
		w->levels[w->made++] = l;
	}
	l = w->levels[w->depth];
	names_init(&l->names);
	l->page = 0;
	l->at = l->nitems = l->sub = 0;
	l->paged = false;
	*lp = l;
	return 0;
}

/* Replace what follows the deepest level's path by "/name". */
static int
walk_path(struct walk *w, size_t len, const struct name *name, size_t *lenp)
{
	size_t need = len + name->len + 2;
	void *p;

	if (need > WIRE_PATH_MAX)
		return ERR_TOOBIG;
	if (need > w->path_cap) {
		if ((p = realloc(w->path, need * 2)) == NULL)
			return ERR_NOMEM;
		w->path = p;
		w->path_cap = need * 2;
	}
	if (len > 0)
		w->path[len++] = '/';
	memcpy(w->path + len, name->text, name->len);
	*lenp = len + name->len;
	return 0;
}

/*
 * Begin the open directory as the deepest level.  The descriptor is taken.
 * A failure of the directory is returned in *statusp.
 */
static int
walk_begin(struct walk *w, int fd, uint64_t dir, size_t path_len,
    int *statusp)
{
	struct scan *s = w->rc->scan;
	struct scan_dir d;
	struct level *l;
	struct attr attr;
	int r;

	if ((r = walk_level(w, &l)) != 0) {
		source_close(s->src, &fd);
		return r;
	}
	l->fd = fd;
	l->dir = dir;
	l->path_len = path_len;
	w->depth++;
	/* Up there they are opened again when it is their turn. */
	if (w->depth > OPEN_LEVELS + 1)
		source_close(s->src,
		    &w->levels[w->depth - 1 - OPEN_LEVELS]->fd);
	if ((*statusp = source_fstat(s->src, fd, &attr)) != 0)
		return 0;
	l->dev = attr.dev;
	l->ino = attr.ino;
	if ((r = dirhash_begin(&l->hash, s->job->digest_head, &attr)) != 0)
		return r;
	if (source_racy(s->src, fd, NULL, &attr))
		l->hash.clean = false;
	d = walk_dir(w);
	r = scan_names(s, &d, &l->names);
	if (r == ERR_NOMEM || r == ERR_CANCELLED)
		return r;
	*statusp = r;
	return 0;
}

/*
 * Open the deepest level's directory again, from the top down, and keep the
 * last ones open, as they come next.
 */
static int
walk_reopen(struct walk *w)
{
	struct level *l, *above;
	struct source *src = w->rc->scan->src;
	char name[PATH_NAME_MAX + 1];
	struct attr attr;
	size_t i, off, len;
	int r = 0;

	for (i = 1; r == 0 && i < w->depth; i++) {
		l = w->levels[i];
		above = w->levels[i - 1];
		if (l->fd != -1)
			continue;
		off = above->path_len + (above->path_len > 0 ? 1 : 0);
		len = l->path_len - off;
		memcpy(name, w->path + off, len);
		name[len] = '\0';
		if ((r = source_open_dir(src, above->fd, name, &l->fd)) != 0)
			break;
		if ((r = source_fstat(src, l->fd, &attr)) == 0 &&
		    (attr.dev != l->dev || attr.ino != l->ino)) {
			src->errnum = 0;
			r = ERR_CHANGED;
		}
		if (i > 1 && i + OPEN_LEVELS < w->depth)
			source_close(src, &above->fd);
	}
	return r;
}

/* Room for one item more in the page. */
static int
page_room(struct level *l)
{
	size_t cap = l->cap == 0 ? 16 : l->cap * 2;
	void *p;

	if (l->nitems < l->cap)
		return 0;
	if ((p = realloc(l->items, cap * sizeof(l->items[0]))) == NULL)
		return ERR_NOMEM;
	l->items = p;
	l->cap = cap;
	return 0;
}

/* Make the next page's items and, in a listing, its entries. */
static int
page_items(struct walk *w)
{
	struct level *l = w->levels[w->depth - 1];
	const struct scan_dir d = walk_dir(w);
	const struct name *name;
	struct item *it;
	int r;

	l->nitems = l->sub = 0;
	while (l->at < l->names.n && l->nitems < PAGE_ITEMS &&
	    buf_len(w->entries) < WIRE_PAGE_BYTES) {
		if ((r = page_room(l)) != 0)
			return r;
		name = names_get(&l->names, l->at);
		it = &l->items[l->nitems];
		if ((r = scan_item(w->rc->scan, &d, name, it)) < 0)
			return r;
		it->name = (uint32_t)l->at++;
		if (r == 0) {
			l->hash.clean = false;
			continue;
		}
		l->nitems++;
		if (quiet(w))
			continue;
		if (it->enter)
			it->dir = (*w->rc->next_dir)++;
		if ((r = scan_entry(w->rc->scan, &d, name, it,
		    w->entries)) != 0)
			return r;
	}
	return 0;
}

/* Read the content of the page's files. */
static int
page_content(struct walk *w)
{
	struct level *l = w->levels[w->depth - 1];
	const struct scan_dir d = walk_dir(w);
	struct content_file f = {
		.dirfd = l->fd, .dir = l->dir, .page = l->page
	};
	int r, status;

	for (f.entry = 0; f.entry < l->nitems; f.entry++) {
		if (l->items[f.entry].attr.type != ATTR_FILE ||
		    (l->items[f.entry].flags & WIRE_UNREADABLE) != 0)
			continue;
		f.name = names_get(&l->names, l->items[f.entry].name)->text;
		if ((r = hub_check(w->rc->hub)) != 0 ||
		    (r = content_read(w->rc->content, &f, &status)) != 0)
			return r;
		if (status == 0)
			continue;
		l->hash.clean = false;
		if ((r = scan_trouble(w->rc->scan, &d, status, f.name,
		    "read")) != 0)
			return r;
	}
	return 0;
}

/* Make a page, and in a listing send it with its content. */
static int
walk_page(struct walk *w)
{
	struct level *l = w->levels[w->depth - 1];
	struct wire_page m = { .dir = l->dir, .page = l->page };
	int r;

	buf_reset(w->entries);
	if ((r = page_items(w)) != 0)
		return r;
	l->paged = true;
	if (quiet(w))
		return 0;
	m.flags = l->at == l->names.n ? WIRE_LAST : 0;
	m.n = (uint32_t)l->nitems;
	m.items = buf_ptr(w->entries);
	m.items_len = buf_len(w->entries);
	if ((r = tell_page(w->rc->scan->outq, w->rc->scan->packer,
	    &m)) != 0 ||
	    (r = page_content(w)) != 0)
		return r;
	l->page++;
	return 0;
}

/* Add the page, all of whose directories are done, to the digest. */
static int
page_digest(struct level *l)
{
	size_t i;
	int r = 0;

	for (i = 0; i < l->nitems && r == 0; i++)
		r = scan_digest(&l->hash,
		    names_get(&l->names, l->items[i].name), &l->items[i]);
	l->nitems = l->sub = 0;
	return r;
}

/* Tell the end of a directory, or remember its digest. */
static int
walk_tell_end(struct walk *w, const struct level *l, const struct item *it,
    int status)
{
	struct wire_dirend m = {
		.dir = l->dir, .status = status, .has_digest = it->has_digest
	};
	const struct digest_place at = { w->rc->root, w->path, l->path_len };

	if (quiet(w))
		return it->has_digest ?
		    digests_put(w->rc->digests, &at, it->digest) : 0;
	memcpy(m.digest, it->digest, sizeof(m.digest));
	return tell_dirend(w->rc->scan->outq, &m);
}

/* End the deepest level; *it gets its digest. */
static int
walk_end(struct walk *w, int status, struct item *it)
{
	struct level *l = w->levels[w->depth - 1];
	int r = 0;

	it->has_digest = false;
	if (status == 0)
		r = dirhash_end(&l->hash, &it->has_digest, it->digest);
	if (r == 0)
		r = walk_tell_end(w, l, it, status);
	level_close(w, l);
	w->depth--;
	return r;
}

/* A directory that cannot be read: tell why, and its end. */
static int
walk_refuse(struct walk *w, int status, struct item *it)
{
	const struct level *l = w->levels[w->depth - 1];
	const struct scan_dir d = {
		-1, w->rc->root, w->path, l->path_len
	};
	int r;

	if ((r = scan_trouble(w->rc->scan, &d, status, NULL,
	    "read directory")) != 0)
		return r;
	return walk_end(w, status, it);
}

/* The item of the deepest level's directory in the level above it. */
static struct item *
walk_item(struct walk *w, struct item *top)
{
	struct level *above;

	if (w->depth == 1)
		return top;
	above = w->levels[w->depth - 2];
	return &above->items[above->sub - 1];
}

/* Enter the next directory of the page. */
static int
walk_enter(struct walk *w, struct item *it)
{
	struct level *l = w->levels[w->depth - 1], *below;
	const struct name *name = names_get(&l->names, it->name);
	size_t len;
	int fd = -1, status, r;

	if ((r = walk_path(w, l->path_len, name, &len)) != 0)
		return r;
	status = l->fd == -1 ? walk_reopen(w) : 0;
	if (status == 0)
		status = source_open_dir(w->rc->scan->src, l->fd, name->text,
		    &fd);
	if (status == 0)
		r = walk_begin(w, fd, it->dir, len, &status);
	else if ((r = walk_level(w, &below)) == 0) {
		below->dir = it->dir;
		below->path_len = len;
		w->depth++;
	}
	if (r == 0 && status != 0)
		r = walk_refuse(w, status, it);
	return r;
}

/* One step of the deepest level. */
static int
walk_step(struct walk *w, struct item *top)
{
	struct level *l = w->levels[w->depth - 1];
	struct item *it;
	int r, status;

	while (l->sub < l->nitems) {
		it = &l->items[l->sub++];
		if (it->enter)
			return walk_enter(w, it);
	}
	if ((r = page_digest(l)) != 0)
		return r;
	if (l->paged && l->at == l->names.n)
		return walk_end(w, 0, walk_item(w, top));
	status = l->fd == -1 ? walk_reopen(w) : 0;
	if (status != 0)
		return walk_refuse(w, status, walk_item(w, top));
	return walk_page(w);
}

int
recurse_run(const struct recurse *rc, const struct scan_dir *top,
    uint64_t dir, bool *hasp, uint8_t digestp[WIRE_DIGEST_LEN])
{
	struct walk w = { .rc = rc };
	struct item it;
	int fd = top->fd, r, status = 0;

	memset(&it, 0, sizeof(it));
	w.path_cap = top->path_len + 1;
	if ((w.path = malloc(w.path_cap)) == NULL ||
	    buf_new(PAGE_CAP, &w.entries) != 0) {
		source_close(rc->scan->src, &fd);
		walk_clear(&w);
		return ERR_NOMEM;
	}
	if (top->path_len > 0)
		memcpy(w.path, top->path, top->path_len);
	/* What has no digest is listed, and told then. */
	rc->scan->silent = quiet(&w);
	r = walk_begin(&w, fd, dir, top->path_len, &status);
	if (r == 0 && status != 0)
		r = walk_refuse(&w, status, &it);
	while (r == 0 && w.depth > 0 && (r = hub_check(rc->hub)) == 0)
		r = walk_step(&w, &it);
	if (r == 0) {
		*hasp = it.has_digest;
		memcpy(digestp, it.digest, WIRE_DIGEST_LEN);
	}
	rc->scan->silent = false;
	walk_clear(&w);
	return r;
}
