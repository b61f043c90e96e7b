/* store_fault.c: a store that fails when it is told to, for tests. */
#include "config.h"

#include <stdlib.h>

#include "store/impl.h"
#include "store/internal.h"

struct store_fault_impl {
	struct store *inner;	/* borrowed */
	enum store_fault kind;
	unsigned int nth, count;
	bool	 after;
	int	 code;
};

static void
fault_close(void *impl)
{
	free(impl);
}

/* Tell whether the power is out. */
static bool
fault_dead(const struct store_fault_impl *f)
{
	return f->kind == STORE_FAULT_DEAD && f->nth != 0 &&
	    f->count >= f->nth;
}

/* Count a changing operation; tell whether it is to be done, and what it
 * then returns in place of its own 0. */
static bool
fault_step(struct store_fault_impl *f, int *codep)
{
	bool dead = fault_dead(f);

	f->count++;
	*codep = 0;
	if (!dead && f->count != f->nth)
		return true;
	*codep = f->code;
	return !dead && f->after;
}

static int
fault_put(void *impl, const char *name, const void *data, size_t len,
    bool exclusive)
{
	struct store_fault_impl *f = impl;
	int code, r;

	if (!fault_step(f, &code))
		return code;
	if (exclusive)
		r = store_put_exclusive(f->inner, name, data, len);
	else
		r = store_put(f->inner, name, data, len);
	return r != 0 ? r : code;
}

static int
fault_remove(void *impl, const char *name)
{
	struct store_fault_impl *f = impl;
	int code, r;

	if (!fault_step(f, &code))
		return code;
	r = store_delete(f->inner, name);
	return r != 0 ? r : code;
}

static int
fault_get(void *impl, const char *name, uint64_t off, size_t len,
    struct buf *out)
{
	struct store_fault_impl *f = impl;

	if (fault_dead(f))
		return f->code;
	return store_get(f->inner, name, off, len, out);
}

static int
fault_size(void *impl, const char *name, uint64_t *sizep)
{
	struct store_fault_impl *f = impl;

	if (fault_dead(f))
		return f->code;
	return store_size(f->inner, name, sizep);
}

static int
fault_list(void *impl, const char *prefix, struct store_list *l)
{
	struct store_fault_impl *f = impl;

	if (fault_dead(f))
		return f->code;
	return store_list_through(f->inner, prefix, l);
}

static int
fault_promises(void *impl, struct store_promises *pp)
{
	struct store_fault_impl *f = impl;

	return store_promises(f->inner, pp);
}

static const struct store_ops fault_ops = {
	.close = fault_close,
	.put = fault_put,
	.get = fault_get,
	.size = fault_size,
	.remove = fault_remove,
	.list = fault_list,
	.promises = fault_promises
};

int
store_fault_open(struct store *inner, enum store_fault kind, unsigned int nth,
    bool after, int code, struct store **storep)
{
	struct store_fault_impl *f;
	int r;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		return ERR_NOMEM;
	f->inner = inner;
	f->kind = kind;
	f->nth = nth;
	f->after = after;
	f->code = code;
	if ((r = store_new(&fault_ops, f, store_name(inner), storep)) != 0)
		free(f);
	return r;
}

unsigned int
store_fault_count(const struct store *s)
{
	const struct store_fault_impl *f = s->impl;

	return f->count;
}
