/* tree.c: find and walk entries of a snapshot by path. */
#include "repo/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/path.h"

#define TREE_PATH_MAX (16u << 20)	/* bytes of a path in a walk */

/* Where the walk begins, once or more often. */
struct start {
	uint8_t	*path;		/* owns */
	size_t	 path_len;
	uint8_t	*bytes;		/* owns; the encoded entry */
	struct entry entry;	/* borrows from bytes */
};

/* A directory that is being walked. */
struct level {
	struct list_cursor *c;	/* owns */
	size_t	 path_len;	/* of the directory itself */
	struct level *up;	/* owns */
};

struct tree_walk {
	struct reader *rd;	/* borrowed */
	struct start *starts;	/* owns */
	size_t	 nstarts, next;
	struct level *top;	/* owns */
	struct buf *path;	/* owns; of the entry produced last */
	bool	 below;		/* that entry's list comes next */
	struct list_root subtree;	/* then: its root */
};

static void
level_pop(struct tree_walk *w)
{
	struct level *l = w->top;

	w->top = l->up;
	list_cursor_free(l->c);
	free(l);
}

void
tree_walk_free(struct tree_walk *w)
{
	size_t i;

	if (w == NULL)
		return;
	while (w->top != NULL)
		level_pop(w);
	for (i = 0; i < w->nstarts; i++) {
		free(w->starts[i].path);
		free(w->starts[i].bytes);
	}
	free(w->starts);
	buf_free(w->path);
	free(w);
}

/* Add a start with copies of path and e. */
static int
start_add(struct tree_walk *w, const uint8_t *path, size_t len,
    const struct entry *e)
{
	struct start *starts, *s;
	struct buf *b = NULL, *in = NULL;
	int r;

	if ((starts = realloc(w->starts, (w->nstarts + 1) *
	    sizeof(*starts))) == NULL)
		return ERR_NOMEM;
	w->starts = starts;
	s = &starts[w->nstarts];
	memset(s, 0, sizeof(*s));
	if ((r = buf_new(ENTRY_ENCODED_MAX, &b)) != 0 ||
	    (r = entry_encode(e, b)) != 0)
		goto out;
	if ((s->path = malloc(len)) == NULL ||
	    (s->bytes = malloc(buf_len(b))) == NULL) {
		r = ERR_NOMEM;
		goto out;
	}
	memcpy(s->path, path, len);
	s->path_len = len;
	memcpy(s->bytes, buf_ptr(b), buf_len(b));
	if ((r = buf_borrow(s->bytes, buf_len(b), &in)) != 0 ||
	    (r = entry_decode(in, true, &s->entry)) != 0)
		goto out;
	w->nstarts++;
 out:
	if (r != 0) {
		free(s->path);
		free(s->bytes);
	}
	buf_free(in);
	buf_free(b);
	return r;
}

/* Find the entry called name in the list at root and give a cursor that
 * stands behind it and holds it.  ERR_NOENT. */
static int
list_lookup(struct reader *rd, const struct list_root *root,
    const uint8_t *name, size_t len, struct list_cursor **cp,
    struct entry *ep)
{
	struct list_cursor *c = NULL;
	int r;

	if ((r = list_cursor_new(rd, LIST_ENTRIES, root, &c)) != 0)
		return r;
	if ((r = list_seek(c, name, len)) != 0)
		goto out;
	if ((r = list_next_entry(c, ep)) < 0)
		goto out;
	if (r == 0 || ep->name_len != len ||
	    memcmp(ep->name, name, len) != 0) {
		r = ERR_NOENT;
		goto out;
	}
	r = 0;
	*cp = c;
	c = NULL;
 out:
	list_cursor_free(c);
	return r;
}

/* Go down from the root entry e by the names of rest and add what is there
 * as a start.  ERR_NOENT. */
static int
start_below(struct tree_walk *w, const struct entry *e, const char *path,
    const char *rest)
{
	struct list_cursor *c = NULL, *next;
	struct entry at = *e, found;
	size_t len;
	int r = 0;

	for (; *rest != '\0'; rest += len) {
		rest += *rest == '/';
		len = strcspn(rest, "/");
		if (!at.has_subtree) {
			r = ERR_NOENT;
			goto out;
		}
		if ((r = list_lookup(w->rd, &at.subtree,
		    (const uint8_t *)rest, len, &next, &found)) != 0)
			goto out;
		list_cursor_free(c);
		c = next;	/* holds what found borrows */
		at = found;
	}
	r = start_add(w, (const uint8_t *)path, strlen(path), &at);
 out:
	list_cursor_free(c);
	return r;
}

/* The deepest root strictly above path, NULL if there is none. */
static const struct snapshot_root *
root_above(const struct snapshot *sn, const char *path)
{
	const struct snapshot_root *best = NULL;
	size_t i;

	for (i = 0; i < sn->nroots; i++)
		if (strcmp(sn->roots[i].path, path) != 0 &&
		    path_within(sn->roots[i].path, path) && (best == NULL ||
		    strlen(sn->roots[i].path) > strlen(best->path)))
			best = &sn->roots[i];
	return best;
}

/* Find where the walk begins: the roots at or below path, and path itself in
 * the root above it. */
static int
starts_find(struct tree_walk *w, const struct snapshot *sn, const char *path)
{
	const struct snapshot_root *root;
	const char *rest;
	size_t i;
	int r;

	if ((root = root_above(sn, path)) != NULL) {
		rest = strcmp(root->path, "/") == 0 ? path :
		    path + strlen(root->path);
		r = start_below(w, &root->entry, path, rest);
		if (r != 0 && r != ERR_NOENT)
			return r;
	}
	for (i = 0; i < sn->nroots; i++) {
		root = &sn->roots[i];
		if (path_within(path, root->path) && (r = start_add(w,
		    (const uint8_t *)root->path, strlen(root->path),
		    &root->entry)) != 0)
			return r;
	}
	return w->nstarts == 0 ? ERR_NOENT : 0;
}

/* Order starts by path as the walk goes: what is below a directory comes
 * before the next name, "/a/b" before "/a-b". */
static int
start_cmp(const void *a, const void *b)
{
	const struct start *x = a, *y = b;
	size_t i, n = x->path_len < y->path_len ? x->path_len : y->path_len;
	int c, d;

	for (i = 0; i < n && x->path[i] == y->path[i]; i++)
		;
	if (i == n)
		return (x->path_len > y->path_len) -
		    (x->path_len < y->path_len);
	c = x->path[i] == '/' ? -1 : x->path[i];
	d = y->path[i] == '/' ? -1 : y->path[i];
	return c < d ? -1 : 1;
}

int
tree_walk_new(struct reader *rd, const struct snapshot *sn, const char *path,
    struct tree_walk **wp)
{
	struct tree_walk *w;
	int r;

	if (path == NULL)
		path = "/";
	if (!path_abs_ok((const uint8_t *)path, strlen(path)))
		return ERR_CONFIG;
	if ((w = calloc(1, sizeof(*w))) == NULL)
		return ERR_NOMEM;
	w->rd = rd;
	if ((r = buf_new(TREE_PATH_MAX, &w->path)) != 0 ||
	    (r = starts_find(w, sn, path)) != 0) {
		tree_walk_free(w);
		return r;
	}
	qsort(w->starts, w->nstarts, sizeof(*w->starts), start_cmp);
	*wp = w;
	return 0;
}

/* Produce e, at the path that w->path holds. */
static int
walk_give(struct tree_walk *w, const struct entry *e, const uint8_t **pathp,
    size_t *lenp, struct entry *ep)
{
	w->below = e->has_subtree;
	w->subtree = e->subtree;
	*pathp = buf_ptr(w->path);
	*lenp = buf_len(w->path);
	*ep = *e;
	return 1;
}

/* Begin with the list of the entry produced last. */
static int
walk_descend(struct tree_walk *w)
{
	struct level *l;
	int r;

	w->below = false;
	if ((l = calloc(1, sizeof(*l))) == NULL)
		return ERR_NOMEM;
	if ((r = list_cursor_new(w->rd, LIST_ENTRIES, &w->subtree,
	    &l->c)) != 0) {
		free(l);
		return r;
	}
	l->path_len = buf_len(w->path);
	l->up = w->top;
	w->top = l;
	return 0;
}

/* Make w->path that of name in the directory on top. */
static int
walk_path(struct tree_walk *w, const struct entry *e)
{
	int r;

	buf_trim(w->path, buf_len(w->path) - w->top->path_len);
	if (w->top->path_len > 1 && (r = buf_put_u8(w->path, '/')) != 0)
		return r;
	return buf_put(w->path, e->name, e->name_len);
}

int
tree_walk_next(struct tree_walk *w, const uint8_t **pathp, size_t *lenp,
    struct entry *ep)
{
	const struct start *s;
	struct entry e;
	int r;

	if (w->below && (r = walk_descend(w)) != 0)
		return r;
	while (w->top != NULL) {
		if ((r = list_next_entry(w->top->c, &e)) < 0) {
			/* The rest of this list is lost, not the others. */
			buf_trim(w->path, buf_len(w->path) -
			    w->top->path_len);
			level_pop(w);
			return r;
		}
		if (r == 1) {
			if ((r = walk_path(w, &e)) != 0)
				return r;
			return walk_give(w, &e, pathp, lenp, ep);
		}
		level_pop(w);
	}
	if (w->next == w->nstarts)
		return 0;
	s = &w->starts[w->next++];
	buf_reset(w->path);
	if ((r = buf_put(w->path, s->path, s->path_len)) != 0)
		return r;
	return walk_give(w, &s->entry, pathp, lenp, ep);
}

const uint8_t *
tree_walk_path(const struct tree_walk *w, size_t *lenp)
{
	*lenp = buf_len(w->path);
	return buf_ptr(w->path);
}

void
tree_walk_skip(struct tree_walk *w)
{
	w->below = false;
}
