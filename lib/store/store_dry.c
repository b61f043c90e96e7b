/* store_dry.c: a store that only pretends to be written to. */
#include "config.h"

#include <stdlib.h>

#include "store/impl.h"

struct store_dry_impl {
	struct store *inner;	/* owned */
};

static void
dry_close(void *impl)
{
	struct store_dry_impl *d = impl;

	store_close(d->inner);
	free(d);
}

static int
dry_put(void *impl, const char *name, const void *data, size_t len,
    bool exclusive)
{
	struct store_dry_impl *d = impl;
	uint64_t size;

	(void)data;
	(void)len;
	if (exclusive && store_size(d->inner, name, &size) == 0)
		return ERR_EXIST;
	return 0;
}

static int
dry_get(void *impl, const char *name, uint64_t off, size_t len,
    struct buf *out)
{
	struct store_dry_impl *d = impl;

	return store_get(d->inner, name, off, len, out);
}

static int
dry_get_all(void *impl, const char *name, size_t max, struct buf *out)
{
	struct store_dry_impl *d = impl;

	return store_get_all(d->inner, name, max, out);
}

static int
dry_size(void *impl, const char *name, uint64_t *sizep)
{
	struct store_dry_impl *d = impl;

	return store_size(d->inner, name, sizep);
}

static int
dry_remove(void *impl, const char *name)
{
	(void)impl;
	(void)name;
	return 0;
}

static int
dry_list(void *impl, const char *prefix, struct store_list *l)
{
	struct store_dry_impl *d = impl;

	return store_list_through(d->inner, prefix, l);
}

static int
dry_room(void *impl, struct store_room *roomp)
{
	struct store_dry_impl *d = impl;

	return store_room(d->inner, roomp);
}

static int
dry_promises(void *impl, struct store_promises *pp)
{
	struct store_dry_impl *d = impl;

	return store_promises(d->inner, pp);
}

static void
dry_ahead(void *impl, const char *name, uint64_t off, size_t len)
{
	struct store_dry_impl *d = impl;

	store_ahead(d->inner, name, off, len);
}

static bool
dry_distrust(void *impl, const char *name)
{
	struct store_dry_impl *d = impl;

	return store_distrust(d->inner, name);
}

static const struct store_ops dry_ops = {
	.close = dry_close,
	.put = dry_put,
	.get = dry_get,
	.get_all = dry_get_all,
	.size = dry_size,
	.remove = dry_remove,
	.list = dry_list,
	.room = dry_room,
	.promises = dry_promises,
	.ahead = dry_ahead,
	.distrust = dry_distrust
};

int
store_dry(struct store **storep)
{
	struct store_dry_impl *d;
	struct store *s;
	int r;

	if ((d = calloc(1, sizeof(*d))) == NULL)
		return ERR_NOMEM;
	d->inner = *storep;
	if ((r = store_new(&dry_ops, d, store_name(d->inner), &s)) != 0) {
		free(d);
		return r;
	}
	*storep = s;
	return 0;
}
