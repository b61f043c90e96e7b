/* store_cache.c: a far target, of which some is kept near. */
#include "config.h"

#include "store/store_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "base/log.h"
#include "hash/sha256.h"
#include "store/cache.h"
#include "store/internal.h"

struct store_cached {
	struct store *inner;		/* owned */
	struct cache *cache;		/* owned; NULL: nothing is kept */
	struct store_reads reads;
};

static void
cached_close(void *impl)
{
	struct store_cached *c = impl;

	store_close(c->inner);
	cache_close(c->cache);
	free(c);
}

/* The hash that the object is named by; false if it is not. */
static bool
name_hash(const char *name, uint8_t hash[SHA256_LEN])
{
	const char *last = strrchr(name, '/');

	return last != NULL && strlen(last + 1) == 2 * SHA256_LEN &&
	    hex_parse(last + 1, hash, SHA256_LEN) == 0;
}

static bool
is_kept(const struct store_cached *c, const char *name)
{
	uint8_t hash[SHA256_LEN];

	return c->cache != NULL && name_hash(name, hash);
}

/* Keep a whole object, if it is what its name says. */
static void
keep_whole(struct store_cached *c, const char *name, const void *data,
    size_t len)
{
	uint8_t hash[SHA256_LEN], real[SHA256_LEN];

	if (c->cache != NULL && name_hash(name, hash) &&
	    sha256_of(data, len, real) == 0 &&
	    memcmp(hash, real, sizeof(hash)) == 0)
		cache_put(c->cache, name, CACHE_WHOLE, data, len);
}

static int
cached_put(void *impl, const char *name, const void *data, size_t len,
    bool exclusive)
{
	struct store_cached *c = impl;
	int r;

	if (exclusive)
		return store_put_exclusive(c->inner, name, data, len);
	if ((r = store_put(c->inner, name, data, len)) == 0)
		keep_whole(c, name, data, len);
	return r;
}

static int
cached_get(void *impl, const char *name, uint64_t off, size_t len,
    struct buf *out)
{
	struct store_cached *c = impl;
	size_t before = buf_len(out);
	bool kept = is_kept(c, name);
	int r;

	if (kept && (r = cache_get(c->cache, name, off, len, out)) !=
	    ERR_NOENT) {
		c->reads.cache++;
		c->reads.cache_bytes += r == 0 ? len : 0;
		return r;
	}
	if ((r = store_get(c->inner, name, off, len, out)) != 0)
		return r;
	c->reads.target++;
	c->reads.target_bytes += len;
	if (kept && store_has_prefix(name, "packs/"))
		cache_put(c->cache, name, off, buf_ptr(out) + before, len);
	return 0;
}

static int
cached_get_all(void *impl, const char *name, size_t max, struct buf *out)
{
	struct store_cached *c = impl;
	size_t before = buf_len(out), len;
	int r = ERR_NOENT;

	if (is_kept(c, name) &&
	    (r = cache_get_all(c->cache, name, max, out)) != ERR_NOENT) {
		c->reads.cache++;
		c->reads.cache_bytes += buf_len(out) - before;
		return r;
	}
	if ((r = store_get_all(c->inner, name, max, out)) != 0)
		return r;
	len = buf_len(out) - before;
	c->reads.target++;
	c->reads.target_bytes += len;
	keep_whole(c, name, buf_ptr(out) + before, len);
	return 0;
}

static int
cached_size(void *impl, const char *name, uint64_t *sizep)
{
	struct store_cached *c = impl;

	return store_size(c->inner, name, sizep);
}

/* First here: a copy without its object would be found for long. */
static int
cached_remove(void *impl, const char *name)
{
	struct store_cached *c = impl;

	if (is_kept(c, name))
		(void)cache_drop(c->cache, name);
	return store_delete(c->inner, name);
}

static int
cached_list(void *impl, const char *prefix, struct store_list *l)
{
	struct store_cached *c = impl;

	return store_list_through(c->inner, prefix, l);
}

static int
cached_room(void *impl, struct store_room *roomp)
{
	struct store_cached *c = impl;

	return store_room(c->inner, roomp);
}

static int
cached_promises(void *impl, struct store_promises *pp)
{
	struct store_cached *c = impl;

	return store_promises(c->inner, pp);
}

static void
cached_ahead(void *impl, const char *name, uint64_t off, size_t len)
{
	struct store_cached *c = impl;

	if (!is_kept(c, name) || !cache_has(c->cache, name, off))
		store_ahead(c->inner, name, off, len);
}

static bool
cached_distrust(void *impl, const char *name)
{
	struct store_cached *c = impl;

	if (!is_kept(c, name) || cache_drop(c->cache, name) == 0)
		return false;
	log_warn("store %s: object %s: read from the target again",
	    store_name(c->inner), name);
	return true;
}

static const struct store_ops cached_ops = {
	.close = cached_close,
	.put = cached_put,
	.get = cached_get,
	.size = cached_size,
	.remove = cached_remove,
	.list = cached_list,
	.room = cached_room,
	.get_all = cached_get_all,
	.promises = cached_promises,
	.ahead = cached_ahead,
	.distrust = cached_distrust
};

int
store_cache(struct store **storep, const char *dir, uint64_t max)
{
	struct store_cached *c;
	struct store *s;
	int r;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return ERR_NOMEM;
	c->inner = *storep;
	if (dir != NULL && max > 0 &&
	    (r = cache_open(dir, max, &c->cache)) != 0)
		log_warn("cache %s: not used: %s", dir, err_text(r));
	if ((r = store_new(&cached_ops, c, store_name(c->inner), &s)) != 0) {
		cache_close(c->cache);
		free(c);
		return r;
	}
	*storep = s;
	return 0;
}

void
store_cache_reads(const struct store *s, struct store_reads *readsp)
{
	const struct store_cached *c = s->impl;

	*readsp = c->reads;
}
