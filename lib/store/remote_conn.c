/* remote_conn.c: one process of a remote store, and the choice among them. */
#include "config.h"

#include <sys/wait.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "store/internal.h"
#include "store/remote_conn.h"

#define LOG_LINE_MAX 16384
#define CLOSE_MS 2000
#define CLOSE_POLL_NS 2000000

/*
 * It ends when its socket closes; but one that is busy would make us wait for
 * what nobody wants, and one that was taken over need not end at all.
 */
void
remote_conn_end(struct remote_conn *c)
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
int
remote_conn_answer(struct remote *m, struct remote_conn *c,
    struct remote_head *h, const struct remote_sink *k)
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
int
remote_conn_ask(struct remote *m, struct remote_conn *c,
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
int
remote_conn_begin(struct remote *m, struct remote_conn *c)
{
	const struct remote_head h = { .kind = REMOTE_OPEN,
	    .data_len = (uint32_t)buf_len(m->access) };

	return remote_conn_ask(m, c, &h, "", buf_ptr(m->access));
}

/* Have c open the target, unless it has. */
int
remote_conn_open(struct remote *m, struct remote_conn *c)
{
	const struct remote_sink none = { 0 };
	struct remote_head h;
	int r;

	if (c->opened)
		return 0;
	if ((r = remote_conn_begin(m, c)) != 0 ||
	    (r = conn_receive(m, c, &h, &none)) != 0)
		return r;
	c->opened = h.code == 0;
	return h.code;
}

/* Await what c does; then it is idle. */
int
remote_conn_settle(struct remote *m, struct remote_conn *c)
{
	struct remote_sink k = { .out = c->got, .want = c->len };
	struct remote_head h;
	int r;

	if (c->state == REMOTE_PUTTING) {
		k = (struct remote_sink){ 0 };
		c->state = REMOTE_IDLE;
		if ((r = remote_conn_answer(m, c, &h, &k)) != 0)
			return r;
		if (h.code != 0 && m->failed == 0)
			m->failed = h.code;
		return h.code;
	}
	if (c->state != REMOTE_FETCHING)
		return 0;
	if ((r = remote_conn_answer(m, c, &h, &k)) != 0)
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
	struct pollfd p[REMOTE_CONNS_MAX];
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
	return remote_conn_settle(m, *cp);
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
int
remote_idle(struct remote *m, struct remote_conn **cp)
{
	struct remote_conn *c;
	int r;

	for (;;) {
		if ((c = best_idle(m)) == NULL) {
			if ((r = settle_one(m, &c)) != 0)
				return r;
		} else if (remote_conn_open(m, c) == 0) {
			*cp = c;
			return 0;
		} else if (m->failed != 0)
			return m->failed;
		else
			c->state = REMOTE_BROKEN;
	}
}
