/* count_store.c: a store that counts what it is asked for. */
#include "config.h"

#include "tests/unit/count_store.h"

#include <stdlib.h>

#include "store/impl.h"

struct count_impl {
	struct store *inner;		/* borrowed */
	struct store_counts *c;		/* borrowed */
};

static int
count_put(void *impl, const char *name, const void *data, size_t len,
    bool exclusive)
{
	struct count_impl *s = impl;

	s->c->puts++;
	s->c->put_bytes += len;
	return exclusive ? store_put_exclusive(s->inner, name, data, len) :
	    store_put(s->inner, name, data, len);
}

static int
count_get(void *impl, const char *name, uint64_t off, size_t len,
    struct buf *out)
{
	struct count_impl *s = impl;

	s->c->gets++;
	s->c->got_bytes += len;
	return store_get(s->inner, name, off, len, out);
}

static int
count_size(void *impl, const char *name, uint64_t *sizep)
{
	struct count_impl *s = impl;

	s->c->sizes++;
	return store_size(s->inner, name, sizep);
}

static int
count_remove(void *impl, const char *name)
{
	struct count_impl *s = impl;

	s->c->deletes++;
	return store_delete(s->inner, name);
}

static int
count_list(void *impl, const char *prefix, struct store_list *l)
{
	struct count_impl *s = impl;
	struct store_list *from;
	const char *name;
	uint64_t size, n = 0;
	int r;

	if ((r = store_list_new(s->inner, prefix, &from)) != 0)
		return r;
	while ((r = store_list_next(from, &name, &size)) == 1) {
		n++;
		if ((r = store_list_add(l, name, size)) != 0)
			break;
	}
	store_list_free(from);
	s->c->listed += n;
	s->c->pages += n / COUNT_PAGE + 1;
	return r;
}

static int
count_room(void *impl, struct store_room *roomp)
{
	struct count_impl *s = impl;

	return store_room(s->inner, roomp);
}

static int
count_promises(void *impl, struct store_promises *pp)
{
	struct count_impl *s = impl;

	return store_promises(s->inner, pp);
}

static const struct store_ops count_ops = {
	.close = free,
	.put = count_put,
	.get = count_get,
	.size = count_size,
	.remove = count_remove,
	.list = count_list,
	.room = count_room,
	.promises = count_promises
};

int
count_store_open(struct store *inner, struct store_counts *c,
    struct store **storep)
{
	struct count_impl *s;
	int r;

	if ((s = malloc(sizeof(*s))) == NULL)
		return ERR_NOMEM;
	s->inner = inner;
	s->c = c;
	if ((r = store_new(&count_ops, s, store_name(inner), storep)) != 0)
		free(s);
	return r;
}
