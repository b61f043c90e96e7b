/* store_mem.c: a store in memory, for tests. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "store/impl.h"
#include "store/internal.h"

#define STORE_MEM_NAME "memory"

struct mem_object {
	char	*name;
	uint8_t	*data;
	size_t	 len;
};

/* Objects are sorted by name. */
struct store_mem {
	struct mem_object *objects;
	size_t	 n;
};

/* Tell whether name is there; *ip is its place, or where it would stand. */
static bool
mem_find(const struct store_mem *m, const char *name, size_t *ip)
{
	size_t lo = 0, hi = m->n, mid;
	int c;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if ((c = strcmp(m->objects[mid].name, name)) == 0) {
			*ip = mid;
			return true;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	*ip = lo;
	return false;
}

static void
mem_close(void *impl)
{
	struct store_mem *m = impl;
	size_t i;

	for (i = 0; i < m->n; i++) {
		free(m->objects[i].name);
		free(m->objects[i].data);
	}
	free(m->objects);
	free(m);
}

/* Insert a new object at place i. */
static int
mem_insert(struct store_mem *m, size_t i, const char *name, const void *data,
    size_t len)
{
	struct mem_object *o, new = { .len = len };

	new.name = strdup(name);
	new.data = malloc(len + 1);	/* of nothing malloc may give NULL */
	o = reallocarray(m->objects, m->n + 1, sizeof(*o));
	if (o != NULL)
		m->objects = o;
	if (o == NULL || new.name == NULL || new.data == NULL) {
		free(new.name);
		free(new.data);
		return ERR_NOMEM;
	}
	if (len > 0)
		memcpy(new.data, data, len);
	memmove(&o[i + 1], &o[i], (m->n - i) * sizeof(*o));
	o[i] = new;
	m->n++;
	return 0;
}

static int
mem_put(void *impl, const char *name, const void *data, size_t len,
    bool exclusive)
{
	struct store_mem *m = impl;
	size_t i;

	if (!mem_find(m, name, &i))
		return mem_insert(m, i, name, data, len);
	if (exclusive)
		return ERR_EXIST;
	if (m->objects[i].len == len)
		return 0;
	log_error("store " STORE_MEM_NAME ": object %s: there in another size",
	    name);
	return ERR_CORRUPT;
}

static int
mem_get(void *impl, const char *name, uint64_t off, size_t len,
    struct buf *out)
{
	struct store_mem *m = impl;
	size_t i;

	if (!mem_find(m, name, &i))
		return ERR_NOENT;
	if (off + len > m->objects[i].len) {
		log_error("store " STORE_MEM_NAME ": object %s: too short",
		    name);
		return ERR_CORRUPT;
	}
	return buf_put(out, m->objects[i].data + off, len);
}

static int
mem_size(void *impl, const char *name, uint64_t *sizep)
{
	struct store_mem *m = impl;
	size_t i;

	if (!mem_find(m, name, &i))
		return ERR_NOENT;
	*sizep = m->objects[i].len;
	return 0;
}

static int
mem_remove(void *impl, const char *name)
{
	struct store_mem *m = impl;
	size_t i;

	if (!mem_find(m, name, &i))
		return 0;
	free(m->objects[i].name);
	free(m->objects[i].data);
	m->n--;
	memmove(&m->objects[i], &m->objects[i + 1],
	    (m->n - i) * sizeof(*m->objects));
	return 0;
}

static int
mem_list(void *impl, const char *prefix, struct store_list *l)
{
	struct store_mem *m = impl;
	size_t i;
	int r;

	for (i = 0; i < m->n; i++)
		if (store_has_prefix(m->objects[i].name, prefix) &&
		    (r = store_list_add(l, m->objects[i].name,
		    m->objects[i].len)) != 0)
			return r;
	return 0;
}

static int
mem_promises(void *impl, struct store_promises *pp)
{
	(void)impl;
	*pp = (struct store_promises){
	    .exclusive = STORE_EXCLUSIVE_ATOMIC,
	    .durable = STORE_DURABLE_WORD,
	    .listed = true, .deletes = true };
	return 0;
}

static const struct store_ops mem_ops = {
	.close = mem_close,
	.put = mem_put,
	.get = mem_get,
	.size = mem_size,
	.remove = mem_remove,
	.list = mem_list,
	.promises = mem_promises
};

int
store_mem_open(struct store **storep)
{
	struct store_mem *m;
	int r;

	if ((m = calloc(1, sizeof(*m))) == NULL)
		return ERR_NOMEM;
	if ((r = store_new(&mem_ops, m, STORE_MEM_NAME, storep)) != 0)
		free(m);
	return r;
}
