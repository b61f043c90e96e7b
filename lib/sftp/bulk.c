/* bulk.c: a range as many requests, so many that the way there is full. */
#include "sftp/bulk.h"

#include <stdlib.h>
#include <string.h>

#include "sftp/internal.h"
#include "sftp/request.h"

#define CHUNKS_MAX 512u

struct bulk {
	struct sftp *x;
	const struct sftp_range *range;
	uint8_t	*in;			/* one of both */
	const uint8_t *out;
	size_t	 chunk;			/* bytes of one request */
	size_t	 next;			/* the first byte not asked for */
	size_t	 end;			/* the first byte that is not there:
					   beyond the file, or failed */
	size_t	 flying;		/* bytes asked for and not answered */
	size_t	 open;
	bool	 moved;			/* an answer came */
	int	 code;			/* the first failure */
	struct part *parts;
	size_t	 nparts;
};

/* One request's part of it. */
struct part {
	struct bulk *b;
	size_t	 off, len;		/* in the range; len 0: not in use */
};

static int	 part_ask(struct part *p);

/* Nothing of the range counts from off on. */
static void
bulk_end(struct bulk *b, size_t off, int code)
{
	if (off < b->end)
		b->end = off;
	if (b->code == 0)
		b->code = code;
}

static void
part_answered(void *arg, const struct sftp_reply *reply)
{
	struct part *p = arg;
	struct bulk *b = p->b;
	size_t n = b->in != NULL ? reply->len : p->len;
	int r;

	b->moved = true;
	b->open--;
	if (reply->code != 0 || reply->end || n == 0) {
		/* No data and no end: a loop, if it were asked again. */
		r = reply->code == 0 && !reply->end ? ERR_IO : reply->code;
		bulk_end(b, p->off, r);
		n = p->len;
	} else if (b->in != NULL)
		memcpy(b->in + p->off, reply->data, n);
	p->off += n;
	p->len -= n;
	b->flying -= n;
	/* Servers may give less than was asked for. */
	if (p->len == 0)
		return;
	if ((r = part_ask(p)) != 0) {
		bulk_end(b, p->off, r);
		b->flying -= p->len;
		p->len = 0;
	}
}

static int
part_ask(struct part *p)
{
	const struct sftp_done done = { .fn = part_answered, .arg = p };
	struct bulk *b = p->b;
	const uint64_t off = b->range->off + p->off;
	struct sftp_bytes bytes;
	int r;

	if (b->in != NULL)
		r = sftp_read(b->x, b->range->handle, off, p->len, done);
	else {
		bytes = (struct sftp_bytes){ off, b->out + p->off, p->len };
		r = sftp_write(b->x, b->range->handle, &bytes, done);
	}
	if (r == 0)
		b->open++;
	return r;
}

/* Ask for the next part, in p. */
static int
bulk_next(struct bulk *b, struct part *p)
{
	size_t left = b->range->len - b->next;
	int r;

	if (left > b->chunk)
		left = b->chunk;
	if (b->range->allow != NULL)
		left = b->range->allow(b->range->arg, left);
	*p = (struct part){ .b = b, .off = b->next, .len = left };
	if ((r = part_ask(p)) != 0) {
		bulk_end(b, p->off, r);
		p->len = 0;
		return r;
	}
	b->next += p->len;
	b->flying += p->len;
	return 0;
}

/* Fill the way there. */
static void
bulk_fill(struct bulk *b)
{
	const size_t window = sftp_server(b->x)->window;
	size_t i;

	for (i = 0; i < b->nparts && b->next < b->range->len; i++) {
		if (b->code != 0 || b->next >= b->end)
			return;
		if (b->open > 0 && (b->flying + b->chunk > window ||
		    !sftp_ready(b->x, b->out != NULL ? b->chunk : 0)))
			return;
		if (b->parts[i].len != 0)
			continue;
		if (bulk_next(b, &b->parts[i]) != 0)
			return;
		/* Before the next one sleeps. */
		if (b->range->allow != NULL && sftp_pump(b->x) != 0)
			return;
	}
}

static int
bulk_run(struct bulk *b)
{
	const struct sftp_server *server = sftp_server(b->x);

	b->chunk = b->in != NULL ? server->read_max : server->write_max;
	if (b->range->piece != 0 && b->range->piece < b->chunk)
		b->chunk = b->range->piece;
	b->nparts = server->window / b->chunk;
	if (b->nparts > CHUNKS_MAX)
		b->nparts = CHUNKS_MAX;
	if (b->nparts == 0)
		b->nparts = 1;
	b->end = b->range->len;
	if ((b->parts = calloc(b->nparts, sizeof(*b->parts))) == NULL)
		return ERR_NOMEM;
	do {
		bulk_fill(b);
		b->moved = false;
		/* If it fails, all that was open is answered. */
		if (b->open > 0 && sftp_wait(b->x, &b->moved) != 0)
			break;
	} while (b->open > 0 || (b->code == 0 && b->next < b->end));
	free(b->parts);
	return b->code;
}

int
sftp_read_range(struct sftp *x, const struct sftp_range *range,
    uint8_t *data, size_t *lenp)
{
	struct bulk b = { .x = x, .range = range, .in = data };
	int r;

	r = bulk_run(&b);
	*lenp = b.end < b.next ? b.end : b.next;
	return r;
}

int
sftp_write_range(struct sftp *x, const struct sftp_range *range,
    const uint8_t *data, size_t *lenp)
{
	struct bulk b = { .x = x, .range = range, .out = data };
	int r;

	r = bulk_run(&b);
	*lenp = b.end < b.next ? b.end : b.next;
	return r;
}
