/* store_remote.c: a store whose target a process of its own speaks to. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "store/internal.h"
#include "store/remote_conn.h"

#define CONNECTIONS 2		/* where the access does not say */
#define ACCESS_MAX (1u << 20)

static void
remote_close(void *impl)
{
	struct remote *m = impl;
	unsigned int i;

	for (i = 0; i < m->n; i++)
		remote_conn_end(&m->conns[i]);
	buf_free(m->access);
	free(m->url);
	free(m);
}

/* Await all packs that are being put. */
static int
remote_drain(struct remote *m)
{
	unsigned int i;

	for (i = 0; i < m->n; i++)
		if (m->conns[i].state == REMOTE_PUTTING)
			(void)!remote_conn_settle(m, &m->conns[i]);
	return m->failed;
}

/* Ask and await the answer; *h becomes it. */
static int
remote_do(struct remote *m, struct remote_head *h, const char *name,
    const void *data, const struct remote_sink *k)
{
	struct remote_conn *c;
	int r;

	if ((r = remote_drain(m)) != 0 || (r = remote_idle(m, &c)) != 0 ||
	    (r = remote_conn_ask(m, c, h, name, data)) != 0 ||
	    (r = remote_conn_answer(m, c, h, k)) != 0)
		return r;
	return h->code;
}

/* Begin to put a pack; it is awaited when something else is asked for. */
static int
put_behind(struct remote *m, const struct remote_head *h, const char *name,
    const void *data)
{
	struct remote_conn *c;
	int r;

	if (m->failed != 0)
		return m->failed;
	if ((r = remote_idle(m, &c)) != 0 ||
	    (r = remote_conn_ask(m, c, h, name, data)) != 0)
		return r;
	c->state = REMOTE_PUTTING;
	return 0;
}

static int
remote_put(void *impl, const char *name, const void *data, size_t len,
    bool exclusive)
{
	const struct remote_sink none = { 0 };
	struct remote_head h = { .kind = exclusive ? REMOTE_PUT_EXCLUSIVE :
	    REMOTE_PUT, .data_len = (uint32_t)len };
	struct remote *m = impl;

	if (len > REMOTE_DATA_MAX)
		return ERR_TOOBIG;
	if (!exclusive && m->n > 1 && store_has_prefix(name, "packs/"))
		return put_behind(m, &h, name, data);
	return remote_do(m, &h, name, data, &none);
}

/* The connection that fetches, or holds, just this. */
static struct remote_conn *
fetched(struct remote *m, const char *name, uint64_t off, size_t len)
{
	struct remote_conn *c;

	for (c = m->conns; c < m->conns + m->n; c++)
		if ((c->state == REMOTE_FETCHING ||
		    c->state == REMOTE_FETCHED) && c->off == off &&
		    c->len == len && strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

/* Fetches come in the order in which they are wanted: older ones were in
 * vain. */
static void
forget_older(struct remote *m, uint64_t asked)
{
	struct remote_conn *c;

	for (c = m->conns; c < m->conns + m->n; c++)
		if (c->state == REMOTE_FETCHED && c->asked < asked)
			c->state = REMOTE_IDLE;
}

static int
remote_get(void *impl, const char *name, uint64_t off, size_t len,
    struct buf *out)
{
	struct remote_head h = { .kind = REMOTE_GET, .off = off, .len = len };
	const struct remote_sink k = { .out = out, .want = len };
	struct remote *m = impl;
	struct remote_conn *c;
	int r;

	if (len > REMOTE_DATA_MAX)
		return ERR_TOOBIG;
	if ((c = fetched(m, name, off, len)) != NULL &&
	    remote_conn_settle(m, c) == 0 && c->state == REMOTE_FETCHED) {
		c->state = REMOTE_IDLE;
		forget_older(m, c->asked);
		r = buf_put(out, buf_ptr(c->got), len);
		buf_reset(c->got);
		return r;
	}
	return remote_do(m, &h, name, NULL, &k);
}

static int
remote_get_all(void *impl, const char *name, size_t max, struct buf *out)
{
	struct remote_head h = { .kind = REMOTE_GET_ALL, .len = max };
	const struct remote_sink k = { .out = out, .want = max, .any = true };

	return remote_do(impl, &h, name, NULL, &k);
}

static void
remote_ahead(void *impl, const char *name, uint64_t off, size_t len)
{
	const struct remote_head h = { .kind = REMOTE_GET, .off = off,
	    .len = len };
	struct remote_conn *c = NULL;
	struct remote *m = impl;
	unsigned int i;

	if (m->failed != 0 || len > REMOTE_DATA_MAX ||
	    fetched(m, name, off, len) != NULL)
		return;
	for (i = 0; i < m->n; i++)
		if (m->conns[i].state == REMOTE_IDLE)
			c = &m->conns[i];
	if (c == NULL)
		return;
	buf_free(c->got);
	c->got = NULL;
	/* Connecting takes its time, too: it is asked for both at once. */
	if (buf_new(len, &c->got) != 0 ||
	    (!c->opened && remote_conn_begin(m, c) != 0) ||
	    remote_conn_ask(m, c, &h, name, NULL) != 0)
		return;
	c->opening = !c->opened;
	snprintf(c->name, sizeof(c->name), "%s", name);
	c->off = off;
	c->len = len;
	c->asked = ++m->asked;
	c->state = REMOTE_FETCHING;
}

static int
remote_size(void *impl, const char *name, uint64_t *sizep)
{
	struct remote_head h = { .kind = REMOTE_SIZE };
	const struct remote_sink none = { 0 };
	int r;

	if ((r = remote_do(impl, &h, name, NULL, &none)) == 0)
		*sizep = h.off;
	return r;
}

static int
remote_remove(void *impl, const char *name)
{
	struct remote_head h = { .kind = REMOTE_REMOVE };
	const struct remote_sink none = { 0 };

	return remote_do(impl, &h, name, NULL, &none);
}

static int
remote_list(void *impl, const char *prefix, struct store_list *l)
{
	struct remote_head h = { .kind = REMOTE_LIST };
	const struct remote_sink k = { .list = l };

	return remote_do(impl, &h, prefix, NULL, &k);
}

/* Ask for a structure. */
static int
remote_struct(struct remote *m, enum remote_kind kind, void *p, size_t len)
{
	struct remote_head h = { .kind = (uint32_t)kind };
	struct remote_sink k = { .want = len };
	int r;

	if ((r = buf_new(len, &k.out)) != 0)
		return r;
	if ((r = remote_do(m, &h, "", NULL, &k)) == 0)
		r = buf_get(k.out, p, len);
	buf_free(k.out);
	return r;
}

/* It came as it stood in memory, where others may have written. */
static bool
is_bool(const bool *b)
{
	return *(const uint8_t *)b <= 1;
}

static int
remote_room(void *impl, struct store_room *roomp)
{
	struct store_room room;
	int r;

	if ((r = remote_struct(impl, REMOTE_ROOM, &room, sizeof(room))) != 0)
		return r;
	if (!is_bool(&room.readonly) || !is_bool(&room.denied))
		return ERR_FORMAT;
	*roomp = room;
	return 0;
}

static int
remote_promises(void *impl, struct store_promises *pp)
{
	struct store_promises p;
	int r;

	if ((r = remote_struct(impl, REMOTE_PROMISES, &p, sizeof(p))) != 0)
		return r;
	if (!is_bool(&p.listed) || !is_bool(&p.deletes) ||
	    p.exclusive > STORE_EXCLUSIVE_CHECKED ||
	    p.durable > STORE_DURABLE_WORD)
		return ERR_FORMAT;
	*pp = p;
	return 0;
}

static const struct store_ops remote_ops = {
	.close = remote_close,
	.put = remote_put,
	.get = remote_get,
	.get_all = remote_get_all,
	.size = remote_size,
	.remove = remote_remove,
	.list = remote_list,
	.room = remote_room,
	.promises = remote_promises,
	.ahead = remote_ahead
};

/* All processes now: later on the caller may start none. */
static int
start(struct remote *m, unsigned int n)
{
	struct remote_conn *c;
	int r;

	while (m->n < n) {
		c = &m->conns[m->n];
		if ((r = remote_spawn(&c->pid, &c->fd)) != 0)
			return r;
		m->n++;
	}
	return 0;
}

int
store_remote_open(const char *url, const struct store_access *access,
    struct store **storep)
{
	unsigned int n = CONNECTIONS;
	struct remote *m;
	int r;

	if (access != NULL && access->connections > 0)
		n = access->connections;
	if (n > REMOTE_CONNS_MAX)
		n = REMOTE_CONNS_MAX;
	if ((m = calloc(1, sizeof(*m))) == NULL)
		return ERR_NOMEM;
	if ((m->url = strdup(url)) == NULL) {
		r = ERR_NOMEM;
		goto out;
	}
	if ((r = buf_new(ACCESS_MAX, &m->access)) == 0 &&
	    (r = remote_access_encode(url, access, m->access)) == 0 &&
	    (r = start(m, n)) == 0 &&
	    (r = remote_conn_open(m, &m->conns[0])) == 0 &&
	    (r = store_new(&remote_ops, m, m->url, storep)) == 0)
		m = NULL;	/* the store's now */
 out:
	if (m != NULL)
		remote_close(m);
	return r;
}
