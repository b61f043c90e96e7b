/* store_remote.c: a store whose target a process of its own speaks to. */
#include "config.h"

#include <sys/wait.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "store/internal.h"
#include "store/remote.h"

#define CONNECTIONS 2		/* where the access does not say */
#define CONNECTIONS_MAX 16
#define ACCESS_MAX (1u << 20)
#define LOG_LINE_MAX 16384
#define CLOSE_MS 2000
#define CLOSE_POLL_NS 2000000

/* One process; what it does now. */
enum remote_state {
	REMOTE_IDLE,
	REMOTE_PUTTING,		/* a pack, whose answer is still to come */
	REMOTE_FETCHING,	/* ahead; likewise */
	REMOTE_FETCHED,		/* idle, and got holds what was fetched */
	REMOTE_BROKEN		/* it could not connect; others could */
};

struct remote_conn {
	int	 fd;
	pid_t	 pid;
	bool	 opened;
	bool	 opening;	/* asked to, and asked for more at once */
	enum remote_state state;
	char	 name[STORE_NAME_MAX];	/* what is fetched */
	uint64_t off;
	size_t	 len;
	uint64_t asked;		/* the how manieth fetch it is */
	struct buf *got;
};

struct remote {
	char	*url;
	struct buf *access;	/* encoded */
	struct remote_conn conns[CONNECTIONS_MAX];
	unsigned int n;
	uint64_t asked;		/* fetches so far */
	int	 failed;	/* of a put that nobody waited for; for good */
};

/* Where the parts of a list go, or what is read. */
struct remote_sink {
	struct store_list *list;
	struct buf *out;
	size_t	 want;		/* bytes that out is to get */
	bool	 any;		/* or so many at most */
};

/*
 * It ends when its socket closes; but one that is busy would make us wait for
 * what nobody wants, and one that was taken over need not end at all.
 */
static void
conn_end(struct remote_conn *c)
{
	const struct timespec pause = { 0, CLOSE_POLL_NS };
	int64_t until = clock_mono_ms() + CLOSE_MS;
	pid_t pid;

	buf_free(c->got);
	if (c->pid <= 0)
		return;
	fdio_close(&c->fd);
	if (c->state == REMOTE_PUTTING || c->state == REMOTE_FETCHING)
		kill(c->pid, SIGTERM);
	while ((pid = waitpid(c->pid, NULL, WNOHANG)) == 0 ||
	    (pid == -1 && errno == EINTR)) {
		if (clock_mono_ms() >= until)
			kill(c->pid, SIGKILL);
		nanosleep(&pause, NULL);
	}
	c->pid = 0;
}

static void
remote_close(void *impl)
{
	struct remote *m = impl;
	unsigned int i;

	for (i = 0; i < m->n; i++)
		conn_end(&m->conns[i]);
	buf_free(m->access);
	free(m->url);
	free(m);
}

/* It says what cannot be, or nothing any more: it is of no use. */
static int
remote_lost(struct remote *m, int r)
{
	unsigned int i;

	if (m->failed == 0)
		log_error("store %s: the process that speaks to it has ended",
		    m->url);
	for (i = 0; i < m->n; i++)
		kill(m->conns[i].pid, SIGKILL);
	m->failed = r == ERR_NOMEM ? r : ERR_CLOSED;
	return m->failed;
}

static int
take_log(struct remote_conn *c, const struct remote_head *h)
{
	char line[LOG_LINE_MAX];
	int r;

	if (h->data_len >= sizeof(line))
		return ERR_FORMAT;
	if ((r = remote_receive(c->fd, line, h->data_len)) != 0)
		return r;
	line[h->data_len] = '\0';
	if (h->code == LOG_ERROR)
		log_error("%s", line);
	else if (h->code == LOG_WARN)
		log_warn("%s", line);
	else if (h->code == LOG_INFO)
		log_info("%s", line);
	else
		log_debug("%s", line);
	return 0;
}

/* Add the objects of a part to the list. */
static int
take_part(struct buf *b, struct store_list *l)
{
	char name[UINT16_MAX + 1];
	uint64_t size;
	uint16_t len;
	int r;

	while (buf_len(b) > 0) {
		if ((r = buf_get_u16(b, &len)) != 0 ||
		    (r = buf_get(b, name, len)) != 0 ||
		    (r = buf_get_u64(b, &size)) != 0)
			return r;
		name[len] = '\0';
		if ((r = store_list_add(l, name, size)) != 0)
			return r;
	}
	return 0;
}

static int
take_list(struct remote_conn *c, const struct remote_head *h,
    struct store_list *l)
{
	struct buf *b = NULL;
	uint8_t *p;
	int r;

	if (h->data_len == 0)
		return 0;
	if (l == NULL || h->data_len > REMOTE_PART_LEN)
		return ERR_FORMAT;
	if ((r = buf_new(REMOTE_PART_LEN, &b)) == 0 &&
	    (r = buf_reserve(b, h->data_len, &p)) == 0 &&
	    (r = remote_receive(c->fd, p, h->data_len)) == 0)
		r = take_part(b, l);
	buf_free(b);
	return r;
}

/* What comes with the last record of an answer. */
static int
take_data(struct remote_conn *c, const struct remote_head *h,
    const struct remote_sink *k)
{
	uint8_t *p;
	int r;

	if (k->list != NULL)
		return take_list(c, h, k->list);
	if (h->code != 0 ? h->data_len != 0 : k->any ?
	    h->data_len > k->want : h->data_len != k->want)
		return ERR_FORMAT;
	if (h->data_len == 0)
		return 0;
	if ((r = buf_reserve(k->out, h->data_len, &p)) != 0)
		return r;
	if ((r = remote_receive(c->fd, p, h->data_len)) != 0)
		buf_trim(k->out, h->data_len);
	return r;
}

/* Await one answer of c; h->code is the target's. */
static int
conn_receive(struct remote *m, struct remote_conn *c, struct remote_head *h,
    const struct remote_sink *k)
{
	int r;

	for (;;) {
		if ((r = remote_receive(c->fd, h, sizeof(*h))) != 0)
			break;
		if (h->kind == REMOTE_LOG)
			r = take_log(c, h);
		else if (h->kind == REMOTE_PART)
			r = take_list(c, h, k->list);
		else if (h->kind != REMOTE_DONE || h->code > 0)
			r = ERR_FORMAT;
		else if ((r = take_data(c, h, k)) == 0)
			return 0;
		if (r != 0)
			break;
	}
	return remote_lost(m, r);
}

/* Await the answer to what c was asked, and to the opening before it. */
static int
conn_answer(struct remote *m, struct remote_conn *c, struct remote_head *h,
    const struct remote_sink *k)
{
	const struct remote_sink none = { 0 };
	int r;

	if (c->opening) {
		c->opening = false;
		if ((r = conn_receive(m, c, h, &none)) != 0)
			return r;
		c->opened = h->code == 0;
	}
	return conn_receive(m, c, h, k);
}

/* Ask an idle c; the answer is awaited elsewhere. */
static int
conn_ask(struct remote *m, struct remote_conn *c,
    const struct remote_head *h, const char *name, const void *data)
{
	struct remote_head ask = *h;
	int r;

	ask.name_len = (uint32_t)strlen(name);
	if ((r = remote_send(c->fd, &ask, name, data)) != 0)
		return remote_lost(m, r);
	return 0;
}

/* Ask c to open the target; the answer is awaited elsewhere. */
static int
conn_begin(struct remote *m, struct remote_conn *c)
{
	const struct remote_head h = { .kind = REMOTE_OPEN,
	    .data_len = (uint32_t)buf_len(m->access) };

	return conn_ask(m, c, &h, "", buf_ptr(m->access));
}

/* Have c open the target, unless it has. */
static int
conn_open(struct remote *m, struct remote_conn *c)
{
	const struct remote_sink none = { 0 };
	struct remote_head h;
	int r;

	if (c->opened)
		return 0;
	if ((r = conn_begin(m, c)) != 0 ||
	    (r = conn_receive(m, c, &h, &none)) != 0)
		return r;
	c->opened = h.code == 0;
	return h.code;
}

/* Await what c does; then it is idle. */
static int
conn_settle(struct remote *m, struct remote_conn *c)
{
	struct remote_sink k = { .out = c->got, .want = c->len };
	struct remote_head h;
	int r;

	if (c->state == REMOTE_PUTTING) {
		k = (struct remote_sink){ 0 };
		c->state = REMOTE_IDLE;
		if ((r = conn_answer(m, c, &h, &k)) != 0)
			return r;
		if (h.code != 0 && m->failed == 0)
			m->failed = h.code;
		return h.code;
	}
	if (c->state != REMOTE_FETCHING)
		return 0;
	if ((r = conn_answer(m, c, &h, &k)) != 0)
		return r;
	c->state = !c->opened ? REMOTE_BROKEN : h.code == 0 ?
	    REMOTE_FETCHED : REMOTE_IDLE;
	return 0;
}

static bool
conn_idle(const struct remote_conn *c)
{
	return c->state == REMOTE_IDLE || c->state == REMOTE_FETCHED;
}

static bool
conn_busy(const struct remote_conn *c)
{
	return c->state == REMOTE_PUTTING || c->state == REMOTE_FETCHING;
}

/* Await one of those that are busy: the first that answers. */
static int
settle_one(struct remote *m, struct remote_conn **cp)
{
	struct pollfd p[CONNECTIONS_MAX];
	unsigned int i;
	int n;

	for (i = 0; i < m->n; i++)
		p[i] = (struct pollfd){ .fd = conn_busy(&m->conns[i]) ?
		    m->conns[i].fd : -1, .events = POLLIN };
	while ((n = poll(p, m->n, -1)) == -1 && errno == EINTR)
		;
	if (n <= 0)
		return remote_lost(m, ERR_IO);
	for (i = 0; p[i].fd == -1 || p[i].revents == 0; i++)
		;
	*cp = &m->conns[i];
	return conn_settle(m, *cp);
}

/* The best of those that are idle: open, and holding nothing; or NULL. */
static struct remote_conn *
best_idle(struct remote *m)
{
	struct remote_conn *c, *best = NULL;

	for (c = m->conns; c < m->conns + m->n; c++) {
		if (!conn_idle(c))
			continue;
		if (best == NULL || (c->opened && !best->opened) ||
		    (c->opened == best->opened && c->state == REMOTE_IDLE &&
		    best->state != REMOTE_IDLE))
			best = c;
	}
	return best;
}

/*
 * An idle connection that is open.  A server may let in fewer than we ask
 * for: the first was let in, so that there is always one.
 */
static int
remote_idle(struct remote *m, struct remote_conn **cp)
{
	struct remote_conn *c;
	int r;

	for (;;) {
		if ((c = best_idle(m)) == NULL) {
			if ((r = settle_one(m, &c)) != 0)
				return r;
		} else if (conn_open(m, c) == 0) {
			*cp = c;
			return 0;
		} else if (m->failed != 0)
			return m->failed;
		else
			c->state = REMOTE_BROKEN;
	}
}

/* Await all packs that are being put. */
static int
remote_drain(struct remote *m)
{
	unsigned int i;

	for (i = 0; i < m->n; i++)
		if (m->conns[i].state == REMOTE_PUTTING)
			(void)!conn_settle(m, &m->conns[i]);
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
	    (r = conn_ask(m, c, h, name, data)) != 0 ||
	    (r = conn_answer(m, c, h, k)) != 0)
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
	    (r = conn_ask(m, c, h, name, data)) != 0)
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
	    conn_settle(m, c) == 0 && c->state == REMOTE_FETCHED) {
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
	    (!c->opened && conn_begin(m, c) != 0) ||
	    conn_ask(m, c, &h, name, NULL) != 0)
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

static int
remote_room(void *impl, struct store_room *roomp)
{
	return remote_struct(impl, REMOTE_ROOM, roomp, sizeof(*roomp));
}

static int
remote_promises(void *impl, struct store_promises *pp)
{
	return remote_struct(impl, REMOTE_PROMISES, pp, sizeof(*pp));
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
	if (n > CONNECTIONS_MAX)
		n = CONNECTIONS_MAX;
	if ((m = calloc(1, sizeof(*m))) == NULL)
		return ERR_NOMEM;
	if ((m->url = strdup(url)) == NULL) {
		r = ERR_NOMEM;
		goto out;
	}
	if ((r = buf_new(ACCESS_MAX, &m->access)) == 0 &&
	    (r = remote_access_encode(url, access, m->access)) == 0 &&
	    (r = start(m, n)) == 0 &&
	    (r = conn_open(m, &m->conns[0])) == 0 &&
	    (r = store_new(&remote_ops, m, m->url, storep)) == 0)
		m = NULL;	/* the store's now */
 out:
	if (m != NULL)
		remote_close(m);
	return r;
}
