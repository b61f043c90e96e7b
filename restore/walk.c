/* walk.c: from a snapshot's trees to a plan. */
#include "restore/walk.h"

#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "repo/list.h"
#include "repo/reader.h"
#include "repo/tree.h"
#include "restore/problems.h"

#define WALK_STEP 256		/* entries between two calls of step */
#define WALK_XATTRS 256		/* attribute sets remembered; 2^n */

/* A set of extended attributes that is in the plan already. */
struct walk_xattrs {
	uint8_t	 id[32];
	uint64_t place;			/* 0: empty */
	uint32_t len;
};

struct walk {
	const struct walk_params *p;
	struct walk_counts counts;
	struct walk_xattrs xattrs[WALK_XATTRS];
	uint64_t steps;
};

/* Mark entry i as one that cannot be had. */
static void
walk_lost(struct walk *w, uint64_t i, enum problem_kind kind,
    const char *why)
{

	plan_entry(w->p->plan, i)->state = PLAN_FAILED;
	plan_drop(w->p->plan, i);
	problems_entry(w->p->problems, kind, w->p->plan, i, "%s", why);
}

/* Tell whether r ends the whole walk: it is not about one object. */
static bool
walk_fatal(int r)
{

	return r == ERR_NOMEM || r == ERR_NOSPACE || r == ERR_CANCELLED;
}

/* Add one content item of entry i.  ERR_CORRUPT if it cannot be had. */
static int
walk_item(struct walk *w, const struct content_item *item)
{
	struct chain c;
	int r;

	if (item->hole)
		return plan_add_item(w->p->plan, item, NULL);
	r = chain_find(reader_index(w->p->reader), item->id, &c);
	if (r == ERR_NOENT)
		return ERR_CORRUPT;
	return r != 0 ? r : plan_add_item(w->p->plan, item, &c);
}

/* Add the items of a content list. */
static int
walk_list(struct walk *w, const struct list_root *root)
{
	struct list_cursor *c = NULL;
	struct content_item item;
	int r;

	r = list_cursor_new(w->p->reader, LIST_CONTENT, root, &c);
	while (r == 0 && (r = list_next_content(c, &item)) == 1)
		r = walk_item(w, &item);
	list_cursor_free(c);
	return r;
}

/* Add the content of file i. */
static int
walk_content(struct walk *w, uint64_t i, const struct entry *e)
{
	size_t n;
	int r = 0;

	if ((e->flags & ENTRY_UNREAD) != 0) {
		walk_lost(w, i, PROBLEM_SOURCE,
		    "its content could not be read when it was backed up");
		return 0;
	}
	if ((e->flags & ENTRY_CHANGED) != 0)
		w->counts.changed++;
	if (e->content.present)
		r = walk_list(w, &e->content);
	for (n = 0; n < e->ninline && r == 0; n++)
		r = walk_item(w, &e->inl[n]);
	if (r == 0) {
		w->counts.bytes += plan_entry(w->p->plan, i)->size;
		return 0;
	}
	if (walk_fatal(r))
		return r;
	walk_lost(w, i, PROBLEM_DAMAGED, "the list of its content is "
	    "damaged in the repository");
	return 0;
}

/* Give entry i its extended attributes, which many entries may share. */
static int
walk_xattrs(struct walk *w, uint64_t i, const uint8_t id[32])
{
	struct walk_xattrs *x = &w->xattrs[id[0] & (WALK_XATTRS - 1)];
	struct plan_entry *pe;
	const uint8_t *data;
	size_t len;
	int r;

	if (x->place == 0 || memcmp(x->id, id, sizeof(x->id)) != 0) {
		r = reader_chunk(w->p->reader, id, &data, &len);
		if (r != 0 && !walk_fatal(r)) {
			problems_entry(w->p->problems, PROBLEM_DAMAGED,
			    w->p->plan, i, "its extended attributes are "
			    "damaged in the repository");
			return 0;
		}
		if (r != 0 || (r = plan_add_text(w->p->plan, data, len,
		    &x->place)) != 0)
			return r;
		memcpy(x->id, id, sizeof(x->id));
		x->len = (uint32_t)len;
	}
	pe = plan_entry(w->p->plan, i);
	pe->xattrs = x->place;
	pe->xattrs_len = x->len;
	return 0;
}

/* Tell whether the path is where a restore keeps its own state. */
static bool
walk_reserved(const uint8_t *path, size_t len)
{
	static const char own[] = "/.kho-restore";

	return len >= sizeof(own) - 1 &&
	    memcmp(path, own, sizeof(own) - 1) == 0 &&
	    (len == sizeof(own) - 1 || path[sizeof(own) - 1] == '/');
}

static int
walk_entry(struct walk *w, const uint8_t *path, size_t len,
    const struct entry *e)
{
	uint64_t i;
	int r;

	if (walk_reserved(path, len)) {
		problems_add(w->p->problems, PROBLEM_FAILED, path, len,
		    "this name is kept for the restore's own state");
		return 0;
	}
	if ((r = plan_add(w->p->plan, path, len, e, &i)) == ERR_FORMAT) {
		problems_add(w->p->problems, PROBLEM_FAILED, path, len,
		    "refused: not a clean path");
		return 0;
	}
	if (r != 0)
		return r;
	if (e->has_xattrs && (r = walk_xattrs(w, i, e->xattrs)) != 0)
		return r;
	switch (e->attr.type) {
	case ATTR_FILE:
		w->counts.files++;
		return walk_content(w, i, e);
	case ATTR_DIR:
		w->counts.directories++;
		if ((e->flags & ENTRY_UNREAD) != 0)
			problems_entry(w->p->problems, PROBLEM_SOURCE,
			    w->p->plan, i, "this directory could not be "
			    "read when it was backed up");
		return 0;
	default:
		w->counts.others++;
		return 0;
	}
}

static int
walk_step(struct walk *w)
{

	if (++w->steps % WALK_STEP == 0 && w->p->step != NULL &&
	    w->p->step(w->steps, w->p->arg))
		return ERR_CANCELLED;
	return 0;
}

/* Record that a directory's list is damaged. */
static void
walk_damaged(struct walk *w, const struct tree_walk *t)
{
	const uint8_t *path;
	size_t len;

	path = tree_walk_path(t, &len);
	problems_add(w->p->problems, PROBLEM_DAMAGED, path, len, "the list of "
	    "this directory is damaged in the repository: not everything "
	    "below it could be restored");
}

/* Walk everything at or below path (NULL: the whole snapshot). */
static int
walk_path(struct walk *w, const char *path)
{
	struct tree_walk *t = NULL;
	const uint8_t *p;
	struct entry e;
	size_t len;
	int r;

	r = tree_walk_new(w->p->reader, w->p->sn, path, &t);
	while (r == 0) {
		if ((r = tree_walk_next(t, &p, &len, &e)) == 0)
			break;
		if (r == 1 && (r = walk_entry(w, p, len, &e)) == 0)
			r = walk_step(w);
		else if (r < 0 && !walk_fatal(r)) {
			walk_damaged(w, t);
			r = 0;
		}
	}
	tree_walk_free(t);
	return r;
}

/* Tell whether another of the paths covers the i-th. */
static bool
walk_covered(const struct walk_params *p, size_t i)
{
	size_t j;

	for (j = 0; j < p->npaths; j++)
		if (j != i && path_within(p->paths[j], p->paths[i]) &&
		    (j < i || strcmp(p->paths[j], p->paths[i]) != 0))
			return true;
	return false;
}

int
walk_run(const struct walk_params *p, struct walk_counts *countsp,
    size_t *missingp)
{
	struct walk *w;
	size_t i;
	int r = 0;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return ERR_NOMEM;
	w->p = p;
	if (p->npaths == 0)
		r = walk_path(w, NULL);
	for (i = 0; i < p->npaths && r == 0; i++) {
		if (walk_covered(p, i))
			continue;
		if ((r = walk_path(w, p->paths[i])) == ERR_NOENT)
			*missingp = i;
	}
	if (r == 0) {
		plan_link(p->plan);
		*countsp = w->counts;
	}
	free(w);
	return r;
}
