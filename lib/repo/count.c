/* count.c: how often a tree refers to each chunk. */
#include "repo/count.h"

#include <stdlib.h>
#include <string.h>

#include "base/spool.h"

/* Two lists of entries, each of which may be absent, to set off. */
struct pair {
	struct list_root minus, plus;
};

/* A count under way; what is below waits in a stack, not in recursion. */
struct counter {
	struct reader *rd;	/* borrowed */
	struct refs_builder *b;	/* borrowed */
	int32_t	 change;
	struct spool stack;	/* of struct pair */
};

static void
counter_init(struct counter *c, struct reader *rd, int32_t change,
    struct refs_builder *b)
{
	c->rd = rd;
	c->b = b;
	c->change = change;
	spool_init(&c->stack, sizeof(struct pair));
}

/* What a walk over nodes adds to each. */
struct node_count {
	struct refs_builder *b;
	int32_t	 change;
};

static int
node_add(const uint8_t id[32], void *arg)
{
	const struct node_count *n = arg;

	return refs_builder_add(n->b, id, n->change);
}

/* Count the nodes of a list alone, not what its items name. */
static int
count_nodes(struct reader *rd, enum list_what what,
    const struct list_root *root, int32_t change, struct refs_builder *b)
{
	struct node_count n = { b, change };

	return list_walk_nodes(rd, what, root, node_add, &n);
}

/* Count the chunks that a content list names. */
static int
count_listed(const struct counter *c, const struct list_root *root,
    int32_t change)
{
	struct list_cursor *lc = NULL;
	struct content_item i;
	int r;

	if ((r = list_cursor_new(c->rd, LIST_CONTENT, root, &lc)) != 0)
		return r;
	while ((r = list_next_content(lc, &i)) == 1)
		if (!i.hole &&
		    (r = refs_builder_add(c->b, i.id, change)) != 0)
			break;
	list_cursor_free(lc);
	return r;
}

/* Count the content of a file. */
static int
count_content(const struct counter *c, const struct entry *e, int32_t change)
{
	size_t i;
	int r;

	for (i = 0; i < e->ninline; i++)
		if (!e->inl[i].hole && (r = refs_builder_add(c->b,
		    e->inl[i].id, change)) != 0)
			return r;
	if (!e->content.present)
		return 0;
	if ((r = count_nodes(c->rd, LIST_CONTENT, &e->content, change,
	    c->b)) != 0)
		return r;
	return count_listed(c, &e->content, change);
}

static bool
root_same(const struct list_root *a, const struct list_root *b)
{
	if (!a->present || !b->present)
		return a->present == b->present;
	return a->level == b->level && memcmp(a->id, b->id, 32) == 0;
}

/* Tell whether two entries name the same content. */
static bool
content_same(const struct entry *a, const struct entry *b)
{
	size_t i;

	if (!root_same(&a->content, &b->content) || a->ninline != b->ninline)
		return false;
	for (i = 0; i < a->ninline; i++)
		if (a->inl[i].hole != b->inl[i].hole ||
		    memcmp(a->inl[i].id, b->inl[i].id, 32) != 0)
			return false;
	return true;
}

/* Leave a pair of lists for later, unless they are the same. */
static int
counter_push(struct counter *c, const struct list_root *minus,
    const struct list_root *plus)
{
	struct pair p;

	memset(&p, 0, sizeof(p));
	if (minus != NULL)
		p.minus = *minus;
	if (plus != NULL)
		p.plus = *plus;
	return root_same(&p.minus, &p.plus) ? 0 : spool_add(&c->stack, &p);
}

static const struct list_root *
subtree_of(const struct entry *e)
{
	return e != NULL && e->has_subtree ? &e->subtree : NULL;
}

/* Set one entry off against another; either may be NULL. */
static int
count_pair(struct counter *c, const struct entry *minus,
    const struct entry *plus)
{
	int r;

	if (minus == NULL || plus == NULL || !content_same(minus, plus)) {
		if (minus != NULL &&
		    (r = count_content(c, minus, -c->change)) != 0)
			return r;
		if (plus != NULL &&
		    (r = count_content(c, plus, c->change)) != 0)
			return r;
	}
	if (minus != NULL && minus->has_xattrs && (r = refs_builder_add(c->b,
	    minus->xattrs, -c->change)) != 0)
		return r;
	if (plus != NULL && plus->has_xattrs && (r = refs_builder_add(c->b,
	    plus->xattrs, c->change)) != 0)
		return r;
	return counter_push(c, subtree_of(minus), subtree_of(plus));
}

/* A list of entries with the one at hand. */
struct side {
	struct list_cursor *c;	/* owns */
	struct entry e;
	bool	 have;
};

static int
side_next(struct side *s)
{
	int r;

	if ((r = list_next_entry(s->c, &s->e)) < 0)
		return r;
	s->have = r == 1;
	return 0;
}

static int
side_open(const struct counter *c, const struct list_root *root,
    struct side *s)
{
	int r;

	if ((r = list_cursor_new(c->rd, LIST_ENTRIES, root, &s->c)) != 0)
		return r;
	return side_next(s);
}

/* Which side's entry comes first: below 0 for a, above for b. */
static int
side_cmp(const struct side *a, const struct side *b)
{
	size_t min;
	int c;

	if (!a->have || !b->have)
		return a->have ? -1 : 1;
	min = a->e.name_len < b->e.name_len ? a->e.name_len : b->e.name_len;
	if ((c = memcmp(a->e.name, b->e.name, min)) != 0)
		return c;
	return a->e.name_len < b->e.name_len ? -1 :
	    a->e.name_len > b->e.name_len;
}

/* Set the lists of a pair off against each other, name by name. */
static int
count_lists(struct counter *c, const struct pair *p)
{
	struct side minus = { .c = NULL }, plus = { .c = NULL };
	int cmp, r;

	if ((r = count_nodes(c->rd, LIST_ENTRIES, &p->minus, -c->change,
	    c->b)) != 0 ||
	    (r = count_nodes(c->rd, LIST_ENTRIES, &p->plus, c->change,
	    c->b)) != 0 ||
	    (r = side_open(c, &p->minus, &minus)) != 0 ||
	    (r = side_open(c, &p->plus, &plus)) != 0)
		goto out;
	while (minus.have || plus.have) {
		cmp = side_cmp(&minus, &plus);
		if ((r = count_pair(c, cmp <= 0 ? &minus.e : NULL,
		    cmp >= 0 ? &plus.e : NULL)) != 0)
			goto out;
		if (cmp <= 0 && (r = side_next(&minus)) != 0)
			goto out;
		if (cmp >= 0 && (r = side_next(&plus)) != 0)
			goto out;
	}
 out:
	list_cursor_free(minus.c);
	list_cursor_free(plus.c);
	return r;
}

/* Count all that waits, and end the count. */
static int
counter_end(struct counter *c, int r)
{
	struct pair p;

	while (r == 0 && c->stack.n > 0) {
		memcpy(&p, spool_at(&c->stack, --c->stack.n), sizeof(p));
		r = count_lists(c, &p);
	}
	spool_clear(&c->stack);
	return r;
}

int
count_entry(struct reader *rd, const struct entry *e, int32_t change,
    struct refs_builder *b)
{
	struct counter c;

	counter_init(&c, rd, change, b);
	return counter_end(&c, count_pair(&c, NULL, e));
}

int
count_snapshot(struct reader *rd, const struct snapshot *sn, int32_t change,
    struct refs_builder *b)
{
	struct counter c;
	size_t i;
	int r = 0;

	counter_init(&c, rd, change, b);
	for (i = 0; i < sn->nroots && r == 0; i++)
		r = count_pair(&c, NULL, &sn->roots[i].entry);
	return counter_end(&c, r);
}

/* The root of sn at path, NULL if there is none. */
static const struct entry *
root_at(const struct snapshot *sn, const char *path)
{
	size_t i;

	for (i = 0; i < sn->nroots; i++)
		if (strcmp(sn->roots[i].path, path) == 0)
			return &sn->roots[i].entry;
	return NULL;
}

int
count_difference(struct reader *rd, const struct snapshot *old,
    const struct snapshot *sn, struct refs_builder *b)
{
	struct counter c;
	size_t i;
	int r = 0;

	if (old == NULL)
		return count_snapshot(rd, sn, 1, b);
	counter_init(&c, rd, 1, b);
	for (i = 0; i < sn->nroots && r == 0; i++)
		r = count_pair(&c, root_at(old, sn->roots[i].path),
		    &sn->roots[i].entry);
	for (i = 0; i < old->nroots && r == 0; i++)
		if (root_at(sn, old->roots[i].path) == NULL)
			r = count_pair(&c, &old->roots[i].entry, NULL);
	return counter_end(&c, r);
}
