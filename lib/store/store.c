/* store.c: names of objects, and the way to each kind of store. */
#include "config.h"

#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "store/impl.h"
#include "store/internal.h"

#define STORE_LIST_FIRST 64	/* objects a list has room for at first */

struct store_item {
	char	*name;		/* owned */
	uint64_t size;
};

struct store_list {
	struct store_item *items;
	size_t	 n, alloc;
	size_t	 next;
};

bool
store_has_prefix(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* Tell whether len characters are one part of a name. */
static bool
store_part_ok(const char *part, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((part[i] < 'a' || part[i] > 'z') &&
		    (part[i] < '0' || part[i] > '9') &&
		    part[i] != '.' && part[i] != '-')
			return false;
	if (len == 0 || (len == 1 && part[0] == '.'))
		return false;
	return len != 2 || part[0] != '.' || part[1] != '.';
}

bool
store_name_ok(const char *name)
{
	size_t len;

	if (strnlen(name, STORE_NAME_MAX) >= STORE_NAME_MAX)
		return false;
	for (;;) {
		len = strcspn(name, "/");
		if (!store_part_ok(name, len))
			return false;
		if (name[len] == '\0')
			return true;
		name += len + 1;
	}
}

/* Tell whether names may begin with prefix: it is one, but for its end. */
static bool
store_prefix_ok(const char *prefix)
{
	char name[STORE_NAME_MAX];
	size_t len = strlen(prefix);

	if (len == 0)
		return true;
	if (len >= sizeof(name))
		return false;
	memcpy(name, prefix, len + 1);
	if (name[len - 1] == '/')
		name[len - 1] = '\0';
	return store_name_ok(name);
}

/* ERR_CONFIG, and a line in the log, for a name that is none. */
static int
store_check_name(const struct store *s, const char *name)
{
	if (store_name_ok(name))
		return 0;
	log_error("store %s: object %s: no such name", s->name, name);
	return ERR_CONFIG;
}

/* The length of the scheme in url, its colon included; 0 for a bare path. */
static size_t
store_scheme(const char *url)
{
	size_t n = strspn(url, "abcdefghijklmnopqrstuvwxyz0123456789+");

	return n > 0 && url[n] == ':' ? n + 1 : 0;
}

bool
store_is_remote(const char *url)
{
	return store_has_prefix(url, "sftp://") ||
	    store_has_prefix(url, "s3://") ||
	    store_has_prefix(url, "s3+http://");
}

int
store_open(const char *url, const struct store_access *access,
    struct store **storep)
{
	size_t n = store_scheme(url);

	if (n == 0)
		return store_dir_open(url, access, storep);
	if (store_has_prefix(url, "dir:"))
		return store_dir_open(url + n, access, storep);
	if (store_is_remote(url))
		return store_remote_open(url, access, storep);
	log_error("store %s: unknown kind of target", url);
	return ERR_CONFIG;
}

int
store_new(const struct store_ops *ops, void *impl, const char *name,
    struct store **storep)
{
	struct store *s;

	if ((s = malloc(sizeof(*s))) == NULL)
		return ERR_NOMEM;
	s->ops = ops;
	s->impl = impl;
	s->name = name;
	*storep = s;
	return 0;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	s->ops->close(s->impl);
	free(s);
}

const char *
store_name(const struct store *s)
{
	return s->name;
}

int
store_put(struct store *s, const char *name, const void *data, size_t len)
{
	int r;

	if ((r = store_check_name(s, name)) != 0)
		return r;
	return s->ops->put(s->impl, name, data, len, false);
}

int
store_put_exclusive(struct store *s, const char *name, const void *data,
    size_t len)
{
	int r;

	if ((r = store_check_name(s, name)) != 0)
		return r;
	return s->ops->put(s->impl, name, data, len, true);
}

int
store_get(struct store *s, const char *name, uint64_t off, size_t len,
    struct buf *out)
{
	int r;

	if ((r = store_check_name(s, name)) != 0)
		return r;
	if (off > INT64_MAX || len > INT64_MAX - off) {
		log_error("store %s: object %s: ends before what is wanted",
		    s->name, name);
		return ERR_CORRUPT;
	}
	return s->ops->get(s->impl, name, off, len, out);
}

int
store_too_big(const char *store, const char *name, size_t max)
{
	log_error("store %s: object %s: longer than %zu bytes", store, name,
	    max);
	return ERR_TOOBIG;
}

int
store_get_all(struct store *s, const char *name, size_t max, struct buf *out)
{
	uint64_t size;
	int r;

	if ((r = store_check_name(s, name)) != 0)
		return r;
	if (s->ops->get_all != NULL)
		return s->ops->get_all(s->impl, name, max, out);
	if ((r = s->ops->size(s->impl, name, &size)) != 0)
		return r;
	if (size > max)
		return store_too_big(s->name, name, max);
	return s->ops->get(s->impl, name, 0, (size_t)size, out);
}

bool
store_distrust(struct store *s, const char *name)
{
	return s->ops->distrust != NULL && store_name_ok(name) &&
	    s->ops->distrust(s->impl, name);
}

int
store_size(struct store *s, const char *name, uint64_t *sizep)
{
	int r;

	if ((r = store_check_name(s, name)) != 0)
		return r;
	return s->ops->size(s->impl, name, sizep);
}

int
store_room(struct store *s, struct store_room *roomp)
{
	if (s->ops->room != NULL)
		return s->ops->room(s->impl, roomp);
	*roomp = (struct store_room){ .total = UINT64_MAX,
	    .free = UINT64_MAX };
	return 0;
}

int
store_promises(struct store *s, struct store_promises *pp)
{
	return s->ops->promises(s->impl, pp);
}

void
store_ahead(struct store *s, const char *name, uint64_t off, size_t len)
{
	if (s->ops->ahead != NULL && store_name_ok(name))
		s->ops->ahead(s->impl, name, off, len);
}

int
store_delete(struct store *s, const char *name)
{
	int r;

	if ((r = store_check_name(s, name)) != 0)
		return r;
	return s->ops->remove(s->impl, name);
}

int
store_list_add(struct store_list *l, const char *name, uint64_t size)
{
	struct store_item *items;
	size_t alloc;

	if (l->n == l->alloc) {
		alloc = l->alloc == 0 ? STORE_LIST_FIRST : 2 * l->alloc;
		items = reallocarray(l->items, alloc, sizeof(*items));
		if (items == NULL)
			return ERR_NOMEM;
		l->items = items;
		l->alloc = alloc;
	}
	if ((l->items[l->n].name = strdup(name)) == NULL)
		return ERR_NOMEM;
	l->items[l->n++].size = size;
	return 0;
}

static int
store_item_cmp(const void *a, const void *b)
{
	const struct store_item *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int
store_list_new(struct store *s, const char *prefix,
    struct store_list **listp)
{
	struct store_list *l;
	int r;

	if (!store_prefix_ok(prefix)) {
		log_error("store %s: prefix %s: no such name", s->name,
		    prefix);
		return ERR_CONFIG;
	}
	if ((l = calloc(1, sizeof(*l))) == NULL)
		return ERR_NOMEM;
	if ((r = s->ops->list(s->impl, prefix, l)) != 0) {
		store_list_free(l);
		return r;
	}
	if (l->n > 1)
		qsort(l->items, l->n, sizeof(*l->items), store_item_cmp);
	*listp = l;
	return 0;
}

int
store_list_through(struct store *s, const char *prefix, struct store_list *l)
{
	return s->ops->list(s->impl, prefix, l);
}

int
store_list_next(struct store_list *l, const char **namep, uint64_t *sizep)
{
	if (l->next == l->n)
		return 0;
	*namep = l->items[l->next].name;
	*sizep = l->items[l->next].size;
	l->next++;
	return 1;
}

void
store_list_clear(struct store_list *l)
{
	while (l->n > 0)
		free(l->items[--l->n].name);
}

void
store_list_free(struct store_list *l)
{
	if (l == NULL)
		return;
	store_list_clear(l);
	free(l->items);
	free(l);
}
