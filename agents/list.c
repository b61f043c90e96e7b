/* list.c: directories that the keeper lists one by one, page by page. */
#include "config.h"

#include "agents/list.h"

#include <sys/queue.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "agents/tell.h"
#include "base/buf.h"
#include "base/path.h"

#define PAGE_CAP (WIRE_PAGE_BYTES + (512u << 10))
#define EXPECTED_MAX 512u	/* files announced to the source */
#define NAMES_MAX (16u << 20)	/* memory of the names of waiting lists */

/* An open directory, shared by its list and the WANTs of it. */
struct place {
	unsigned int refs;
	struct source *src;	/* borrows */
	struct scan_dir d;	/* owns fd and path */
};

struct list {
	TAILQ_ENTRY(list) link;
	uint64_t dir;
	struct place *place;	/* a share */
	bool	 alone;		/* a root that is no directory */
	bool	 finished;	/* DIREND was sent */
	uint32_t page;		/* the next one's number */
	struct names names;	/* may be dropped while it waits */
	size_t	 at;		/* the next name */
	bool	 dropped;
	struct name *last;	/* owns; if dropped: where to go on */
	struct names sent;	/* of the last page; DT_REG: may be wanted */
	struct dirhash hash;
};

/* A WANT that was noted. */
struct want {
	TAILQ_ENTRY(want) link;
	struct place *place;	/* a share */
	struct req *req;	/* owns; the numbers */
	struct names names;	/* of those numbers */
	size_t	 at;
	size_t	 expected;	/* so many were announced */
};

struct lists {
	struct lists_params p;
	TAILQ_HEAD(, list) lists;	/* oldest first */
	TAILQ_HEAD(, want) wants;
	unsigned int open, finished, wanted;
	unsigned int expected;		/* files announced and not read */
	struct buf *entries;		/* owns; a page's */
};

int
lists_new(const struct lists_params *p, struct lists **lp)
{
	struct lists *l;
	int r;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return ERR_NOMEM;
	l->p = *p;
	TAILQ_INIT(&l->lists);
	TAILQ_INIT(&l->wants);
	if ((r = buf_new(PAGE_CAP, &l->entries)) != 0) {
		free(l);
		return r;
	}
	*lp = l;
	return 0;
}

/* Give up a share. */
static void
place_drop(struct place *p)
{
	if (--p->refs > 0)
		return;
	source_close(p->src, &p->d.fd);
	free((void *)(uintptr_t)p->d.path);
	free(p);
}

/* Make a place with one share.  The descriptor is taken. */
static int
place_new(struct source *src, const struct scan_dir *d, struct place **pp)
{
	struct place *p;
	uint8_t *path;
	int fd = d->fd;

	p = calloc(1, sizeof(*p));
	path = malloc(d->path_len + 1);
	if (p == NULL || path == NULL) {
		free(p);
		free(path);
		source_close(src, &fd);
		return ERR_NOMEM;
	}
	if (d->path_len > 0)
		memcpy(path, d->path, d->path_len);
	p->refs = 1;
	p->src = src;
	p->d = *d;
	p->d.path = path;
	*pp = p;
	return 0;
}

static void
list_end(struct lists *l, struct list *list)
{
	TAILQ_REMOVE(&l->lists, list, link);
	if (list->finished)
		l->finished--;
	else
		l->open--;
	place_drop(list->place);
	names_clear(&list->names);
	names_clear(&list->sent);
	dirhash_clear(&list->hash);
	free(list->last);
	free(list);
}

static void
want_end(struct lists *l, struct want *want)
{
	TAILQ_REMOVE(&l->wants, want, link);
	l->wanted--;
	place_drop(want->place);
	names_clear(&want->names);
	free(want->req);
	free(want);
}

void
lists_free(struct lists *l)
{
	if (l == NULL)
		return;
	while (!TAILQ_EMPTY(&l->lists))
		list_end(l, TAILQ_FIRST(&l->lists));
	while (!TAILQ_EMPTY(&l->wants))
		want_end(l, TAILQ_FIRST(&l->wants));
	buf_free(l->entries);
	free(l);
}

static struct list *
lists_find(const struct lists *l, uint64_t dir)
{
	struct list *list;

	TAILQ_FOREACH(list, &l->lists, link)
		if (list->dir == dir)
			return list;
	return NULL;
}

/* Make an entry of l without names yet.  d->fd is taken. */
static int
list_new(struct lists *l, const struct scan_dir *d, uint64_t dir,
    struct list **listp)
{
	struct list *list;
	struct source *src = l->p.scan->src;
	struct place *place;
	int fd = d->fd;
	int r;

	if (l->open == WIRE_LISTS_MAX || lists_find(l, dir) != NULL) {
		source_close(src, &fd);
		return ERR_FORMAT;
	}
	if ((r = place_new(src, d, &place)) != 0)
		return r;
	if ((list = calloc(1, sizeof(*list))) == NULL) {
		place_drop(place);
		return ERR_NOMEM;
	}
	list->dir = dir;
	list->place = place;
	TAILQ_INSERT_TAIL(&l->lists, list, link);
	l->open++;
	*listp = list;
	return 0;
}

/*
 * DIREND was or will be sent: only a WANT may still come.  The keeper has at
 * most WIRE_LISTS_MAX lists open, so that older ones have had theirs.
 */
static void
list_finish(struct lists *l, struct list *list)
{
	struct list *old;

	list->finished = true;
	names_clear(&list->names);
	dirhash_clear(&list->hash);
	l->open--;
	if (++l->finished <= WIRE_LISTS_MAX)
		return;
	TAILQ_FOREACH(old, &l->lists, link)
		if (old->finished)
			break;
	list_end(l, old);
}

/* A directory that cannot be listed. */
static int
list_refuse(struct lists *l, struct list *list, int status)
{
	const struct wire_dirend m = { .dir = list->dir, .status = status };
	int r;

	if ((r = scan_trouble(l->p.scan, &list->place->d, status, NULL,
	    "read directory")) != 0)
		return r;
	list_end(l, list);
	return tell_dirend(l->p.scan->outq, &m);
}

/* The digest that was remembered of a directory. */
static int
list_digest(struct lists *l, const struct scan_dir *d,
    const struct name *name, struct item *it)
{
	struct digest_place at = { .root = d->root };
	uint8_t *path;
	size_t len = d->path_len;
	int r;

	if ((path = malloc(len + PATH_NAME_MAX + 2)) == NULL)
		return ERR_NOMEM;
	memcpy(path, d->path, len);
	if (len > 0)
		path[len++] = '/';
	memcpy(path + len, name->text, name->len);
	at.path = path;
	at.len = len + name->len;
	r = digests_get(l->p.digests, &at, &it->has_digest, it->digest);
	free(path);
	return r;
}

/* Add the next name to the page; *np counts the entries. */
static int
page_entry(struct lists *l, struct list *list, uint32_t *np)
{
	const struct scan_dir *d = &list->place->d;
	const struct name *name = names_get(&list->names, list->at++);
	struct item it;
	bool wantable;
	int r;

	if ((r = scan_item(l->p.scan, d, name, &it)) < 0)
		return r;
	if (r == 0) {
		list->hash.clean = false;
		return 0;
	}
	if (it.enter && (r = list_digest(l, d, name, &it)) != 0)
		return r;
	wantable = it.attr.type == ATTR_FILE &&
	    (it.flags & WIRE_UNREADABLE) == 0;
	if ((r = scan_entry(l->p.scan, d, name, &it, l->entries)) != 0 ||
	    (r = names_add(&list->sent, wantable ? DT_REG : DT_UNKNOWN,
	    name->text, name->len)) != 0)
		return r;
	++*np;
	return list->alone ? 0 : scan_digest(&list->hash, name, &it);
}

/* Send DIREND. */
static int
list_tell_end(struct lists *l, struct list *list)
{
	struct wire_dirend m = { .dir = list->dir };
	int r;

	if (!list->alone && (r = dirhash_end(&list->hash, &m.has_digest,
	    m.digest)) != 0)
		return r;
	list_finish(l, list);
	return tell_dirend(l->p.scan->outq, &m);
}

/* Send the next page, and the end after the last one. */
static int
list_page(struct lists *l, struct list *list)
{
	struct wire_page m = { .dir = list->dir, .page = list->page };
	int r = 0;

	buf_reset(l->entries);
	names_clear(&list->sent);
	while (r == 0 && list->at < list->names.n &&
	    m.n < WIRE_ENTRIES_MAX && buf_len(l->entries) < WIRE_PAGE_BYTES)
		if ((r = page_entry(l, list, &m.n)) == 0)
			r = hub_check(l->p.hub);
	if (r != 0)
		return r;
	m.flags = list->at == list->names.n ? WIRE_LAST : 0;
	m.items = buf_ptr(l->entries);
	m.items_len = buf_len(l->entries);
	list->page++;
	if ((r = tell_page(l->p.scan->outq, l->p.scan->packer, &m)) != 0 ||
	    m.flags == 0)
		return r;
	return list_tell_end(l, list);
}

/* Forget the names of a waiting list; it reads them again. */
static int
list_drop_names(struct list *list)
{
	const struct name *name;

	free(list->last);
	list->last = NULL;
	if (list->at > 0) {
		name = names_get(&list->names, list->at - 1);
		list->last = malloc(sizeof(*name) + name->len + 1u);
		if (list->last == NULL)
			return ERR_NOMEM;
		memcpy(list->last, name, sizeof(*name) + name->len + 1u);
	}
	names_clear(&list->names);
	list->dropped = true;
	return 0;
}

/* Bound the memory of all names but those of the list at work. */
static int
lists_trim(struct lists *l, const struct list *busy)
{
	struct list *list, *largest;
	size_t sum;
	int r = 0;

	do {
		sum = 0;
		largest = NULL;
		TAILQ_FOREACH(list, &l->lists, link) {
			if (list == busy || list->names.n == 0)
				continue;
			sum += names_memory(&list->names);
			if (largest == NULL || names_memory(&list->names) >
			    names_memory(&largest->names))
				largest = list;
		}
		if (sum > NAMES_MAX)
			r = list_drop_names(largest);
	} while (r == 0 && sum > NAMES_MAX);
	return r;
}

/* Read the names; status tells what is wrong with the directory. */
static int
list_names(struct lists *l, struct list *list, int *statusp)
{
	int r;

	r = scan_names(l->p.scan, &list->place->d, &list->names);
	if (r == ERR_NOMEM)
		return r;
	*statusp = r;
	return lists_trim(l, list);
}

/* Begin the digest and read the names. */
static int
list_open(struct lists *l, struct list *list, int *statusp)
{
	struct scan *s = l->p.scan;
	const int fd = list->place->d.fd;
	struct attr attr;
	int r;

	if ((*statusp = source_fstat(s->src, fd, &attr)) != 0)
		return 0;
	if ((r = dirhash_begin(&list->hash, s->job->digest_head,
	    &attr)) != 0)
		return r;
	if (source_racy(s->src, fd, NULL, &attr))
		list->hash.clean = false;
	return list_names(l, list, statusp);
}

int
lists_begin(struct lists *l, const struct scan_dir *d, uint64_t dir)
{
	struct list *list;
	int r, status;

	if ((r = list_new(l, d, dir, &list)) != 0 ||
	    (r = list_open(l, list, &status)) != 0)
		return r;
	if (status != 0)
		return list_refuse(l, list, status);
	return list_page(l, list);
}

int
lists_begin_alone(struct lists *l, const struct scan_dir *d, uint64_t dir,
    const char *name)
{
	struct list *list;
	int r;

	if ((r = list_new(l, d, dir, &list)) != 0)
		return r;
	list->alone = true;
	if ((r = names_add(&list->names, DT_UNKNOWN, name,
	    strlen(name))) != 0)
		return r;
	return list_page(l, list);
}

/* Read the names of a list again, and go on after the last one sent. */
static int
list_reload(struct lists *l, struct list *list, int *statusp)
{
	const struct name *name;
	size_t len;
	int c, r;

	/* It may have changed meanwhile. */
	list->hash.clean = false;
	if ((r = list_names(l, list, statusp)) != 0 || *statusp != 0)
		return r;
	list->dropped = false;
	list->at = 0;
	for (; list->last != NULL && list->at < list->names.n; list->at++) {
		name = names_get(&list->names, list->at);
		len = name->len < list->last->len ? name->len :
		    list->last->len;
		c = memcmp(name->text, list->last->text, len);
		if (c > 0 || (c == 0 && name->len > list->last->len))
			break;
	}
	return 0;
}

int
lists_next(struct lists *l, uint64_t dir)
{
	struct list *list = lists_find(l, dir);
	int r, status = 0;

	if (list == NULL || list->finished)
		return ERR_FORMAT;
	if (list->dropped && (r = list_reload(l, list, &status)) != 0)
		return r;
	if (status != 0)
		return list_refuse(l, list, status);
	return list_page(l, list);
}

/* Copy the wanted names out of the list's last page. */
static int
want_names(const struct list *list, struct want *want)
{
	const struct name *name;
	uint32_t i;
	int r = 0;

	for (i = 0; i < want->req->n && r == 0; i++) {
		if (want->req->u.numbers[i] >= list->sent.n)
			return ERR_FORMAT;
		name = names_get(&list->sent, want->req->u.numbers[i]);
		if (name->type != DT_REG)
			return ERR_FORMAT;
		r = names_add(&want->names, DT_REG, name->text, name->len);
	}
	return r;
}

int
lists_want(struct lists *l, struct req *req)
{
	struct list *list = lists_find(l, req->dir);
	struct want *want;
	int r;

	if (list == NULL || list->page != req->page + 1)
		return ERR_FORMAT;
	if ((want = calloc(1, sizeof(*want))) == NULL)
		return ERR_NOMEM;
	want->req = req;
	if ((r = want_names(list, want)) != 0) {
		names_clear(&want->names);
		free(want);
		return r;
	}
	want->place = list->place;
	want->place->refs++;
	TAILQ_INSERT_TAIL(&l->wants, want, link);
	l->wanted++;
	/* One WANT for a page, no more. */
	names_clear(&list->sent);
	if (list->finished)
		list_end(l, list);
	return 0;
}

unsigned int
lists_wanted(const struct lists *l)
{
	return l->wanted;
}

/* Announce the files that will be read next. */
static int
wants_expect(struct lists *l)
{
	struct want *want;
	int r;

	TAILQ_FOREACH(want, &l->wants, link)
		for (; want->expected < want->names.n; want->expected++) {
			if (l->expected >= EXPECTED_MAX)
				return 0;
			if ((r = source_expect_file(l->p.scan->src,
			    want->place->d.fd, names_get(&want->names,
			    want->expected)->text)) != 0)
				return r;
			l->expected++;
		}
	return 0;
}

int
lists_read(struct lists *l)
{
	struct want *want = TAILQ_FIRST(&l->wants);
	struct content_file f;
	int r, status;

	if (want == NULL)
		return 0;
	if (want->at == want->names.n) {
		want_end(l, want);
		return 1;
	}
	if ((r = wants_expect(l)) != 0)
		return r;
	l->expected--;
	f.dirfd = want->place->d.fd;
	f.dir = want->req->dir;
	f.page = want->req->page;
	f.entry = want->req->u.numbers[want->at];
	f.name = names_get(&want->names, want->at)->text;
	if ((r = content_read(l->p.content, &f, &status)) != 0)
		return r;
	if (status != 0 && (r = scan_trouble(l->p.scan, &want->place->d,
	    status, f.name, "read")) != 0)
		return r;
	want->at++;
	return 1;
}
