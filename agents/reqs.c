/* reqs.c: requests on their way to the walker. */
#include "config.h"

#include "agents/reqs.h"

#include <stdlib.h>
#include <string.h>

#include "wire/request.h"

void
reqs_init(struct reqs *q, struct hub *h)
{
	q->hub = h;
	q->n = 0;
	STAILQ_INIT(&q->queue);
}

void
reqs_clear(struct reqs *q)
{
	struct req *req;

	while ((req = STAILQ_FIRST(&q->queue)) != NULL) {
		STAILQ_REMOVE_HEAD(&q->queue, link);
		free(req);
	}
	q->n = 0;
}

/* An empty request with room for more bytes in its union. */
static int
req_new(enum wire_type type, size_t more, struct req **rp)
{
	struct req *req;

	if ((req = calloc(1, sizeof(*req) + more)) == NULL)
		return ERR_NOMEM;
	req->type = type;
	*rp = req;
	return 0;
}

static int
get_digest(struct buf *b, struct req **rp)
{
	struct wire_digest m;
	int r;

	if ((r = wire_digest_decode(b, &m)) != 0 ||
	    (r = req_new(WIRE_DIGEST, 0, rp)) != 0)
		return r;
	(*rp)->root = m.root;
	return 0;
}

static int
get_list(struct buf *b, struct req **rp)
{
	struct wire_list m;
	int r;

	if ((r = wire_list_decode(b, &m)) != 0 ||
	    (r = req_new(WIRE_LIST, m.path_len, rp)) != 0)
		return r;
	(*rp)->root = m.root;
	(*rp)->dir = m.dir;
	(*rp)->flags = m.flags;
	(*rp)->n = (uint32_t)m.path_len;
	if (m.path_len != 0)
		memcpy((*rp)->u.path, m.path, m.path_len);
	return 0;
}

static int
get_want(struct buf *b, struct req **rp)
{
	struct wire_want m;
	struct req *req;
	uint32_t number;
	int r;

	if ((r = wire_want_decode(b, &m)) != 0 ||
	    (r = req_new(WIRE_WANT, m.n * sizeof(uint32_t), &req)) != 0)
		return r;
	req->dir = m.dir;
	req->page = m.page;
	while ((r = wire_want_next(b, &m, &number)) == 1)
		req->u.numbers[req->n++] = number;
	if (r != 0) {
		free(req);
		return r;
	}
	*rp = req;
	return 0;
}

static int
get_next(struct buf *b, struct req **rp)
{
	struct wire_next m;
	int r;

	if ((r = wire_next_decode(b, &m)) != 0 ||
	    (r = req_new(WIRE_NEXT, 0, rp)) != 0)
		return r;
	(*rp)->dir = m.dir;
	return 0;
}

int
reqs_read(const struct wire_msg *m, struct req **rp)
{
	int r = ERR_FORMAT;

	if (m->type == WIRE_DIGEST)
		r = get_digest(m->body, rp);
	else if (m->type == WIRE_LIST)
		r = get_list(m->body, rp);
	else if (m->type == WIRE_WANT)
		r = get_want(m->body, rp);
	else if (m->type == WIRE_NEXT)
		r = get_next(m->body, rp);
	return r;
}

int
reqs_put(struct reqs *q, struct req *req)
{
	int r = 0;

	hub_lock(q->hub);
	if (q->n < REQS_MAX) {
		STAILQ_INSERT_TAIL(&q->queue, req, link);
		q->n++;
		hub_tell(q->hub);
		req = NULL;	/* the queue owns it */
	} else
		r = ERR_TOOBIG;
	hub_unlock(q->hub);
	free(req);
	return r;
}

/* Locked: take the first one, if any. */
static int
take(struct reqs *q, struct req **rp)
{
	struct req *req;

	if ((req = STAILQ_FIRST(&q->queue)) == NULL)
		return 0;
	STAILQ_REMOVE_HEAD(&q->queue, link);
	q->n--;
	*rp = req;
	return 1;
}

int
reqs_take(struct reqs *q, struct req **rp)
{
	int r;

	hub_lock(q->hub);
	r = q->hub->ended ? ERR_CANCELLED : take(q, rp);
	hub_unlock(q->hub);
	return r;
}

int
reqs_wait(struct reqs *q, struct req **rp)
{
	int r = 0;

	hub_lock(q->hub);
	if ((r = take(q, rp)) == 0)
		hub_wake(q->hub);
	while (r == 0 && (r = hub_wait(q->hub)) == 0)
		r = take(q, rp);
	hub_unlock(q->hub);
	return r;
}
