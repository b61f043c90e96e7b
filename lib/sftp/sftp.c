/* sftp.c: a session: what is open, what goes out, what comes in. */
#include "sftp/sftp.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "sftp/internal.h"

#define REQUEST_MAX (4 * SFTP_PATH_MAX)
#define READ_LEN 65536u
#define PUMP_MAX (2u << 20)	/* read in one go, for others' sake */
#define ALIVE_MS 5000
#define ID_BITS 10		/* of SFTP_SLOTS */

int
sftp_new(const struct sftp_stream *stream, void *arg, uint32_t silence_ms,
    struct sftp **xp)
{
	struct sftp *x;
	size_t i;
	int r;

	if ((x = calloc(1, sizeof(*x))) == NULL)
		return ERR_NOMEM;
	x->stream = stream;
	x->arg = arg;
	x->silence_ms = silence_ms;
	x->server.read_max = x->server.write_max = 32768;
	for (i = 0; i < SFTP_SLOTS; i++)
		x->slots[i].next = i + 1;
	x->moved_ms = x->alive_ms = clock_mono_ms();
	if ((r = buf_new(REQUEST_MAX, &x->packet)) != 0 ||
	    (r = buf_new(SFTP_OUT_MAX, &x->out)) != 0)
		goto out;
	*xp = x;
	x = NULL;	/* now the caller's */
 out:
	sftp_end(x);
	return r;
}

void
sftp_end(struct sftp *x)
{
	if (x == NULL)
		return;
	if (x->failed == 0)
		sftp_fail(x, ERR_CANCELLED);
	buf_free(x->packet);
	buf_free(x->out);
	free(x->in);
	free(x->names);
	free(x);
}

const struct sftp_server *
sftp_server(const struct sftp *x)
{
	return &x->server;
}

int
sftp_failed(const struct sftp *x)
{
	return x->failed;
}

size_t
sftp_open_requests(const struct sftp *x)
{
	return x->open;
}

bool
sftp_ready(const struct sftp *x, size_t len)
{
	return x->failed == 0 && x->open < SFTP_SLOTS_SOFT &&
	    buf_len(x->out) + len <= SFTP_OUT_SOFT;
}

void
sftp_answered(struct sftp *x, struct sftp_slot *slot,
    const struct sftp_reply *reply)
{
	const struct sftp_done done = slot->done;

	slot->used = false;
	slot->next = x->first_free;
	x->first_free = (size_t)(slot - x->slots);
	x->open--;
	done.fn(done.arg, reply);
}

void
sftp_fail(struct sftp *x, int code)
{
	const struct sftp_reply reply = { .code = code, .message = "",
	    .path = "" };
	size_t i;

	x->failed = code;
	buf_reset(x->out);
	for (i = 0; i < SFTP_SLOTS; i++)
		if (x->slots[i].used)
			sftp_answered(x, &x->slots[i], &reply);
}

int
sftp_begin(struct sftp *x, uint8_t type)
{
	int r;

	if (x->failed != 0)
		return x->failed;
	if (x->open == SFTP_SLOTS)
		return ERR_BUSY;
	buf_reset(x->packet);
	if ((r = buf_put_u8(x->packet, type)) != 0)
		return r;
	return buf_put_u32(x->packet, x->count << ID_BITS |
	    (uint32_t)x->first_free);
}

int
sftp_queue(struct sftp *x, const struct sftp_asked *asked,
    struct sftp_done done)
{
	struct sftp_slot *slot = &x->slots[x->first_free];
	size_t before = buf_len(x->out);
	size_t len = buf_len(x->packet) + asked->len;
	int r;

	if (before + sizeof(uint32_t) + len > SFTP_OUT_MAX)
		return ERR_BUSY;
	if ((r = buf_put_u32(x->out, (uint32_t)len)) != 0 ||
	    (r = buf_put(x->out, buf_ptr(x->packet),
	    buf_len(x->packet))) != 0 ||
	    (r = buf_put(x->out, asked->data, asked->len)) != 0) {
		buf_trim(x->out, buf_len(x->out) - before);
		return r;
	}
	if (x->open == 0)
		x->moved_ms = clock_mono_ms();
	slot->used = true;
	slot->id = x->count << ID_BITS | (uint32_t)x->first_free;
	slot->want = asked->want;
	slot->max = asked->max;
	slot->done = done;
	x->first_free = slot->next;
	x->open++;
	x->count++;
	return 0;
}

/* Send what is queued, as far as it goes. */
static int
flush(struct sftp *x)
{
	size_t n;
	int r;

	while (buf_len(x->out) > 0) {
		r = x->stream->write(x->arg, buf_ptr(x->out),
		    buf_len(x->out), &n);
		if (r == ERR_BUSY)
			return 0;
		if (r != 0 || (r = buf_skip(x->out, n)) != 0)
			return r;
		x->moved_ms = clock_mono_ms();
	}
	return 0;
}

/* Make room for READ_LEN bytes behind those that are there. */
static int
make_room(struct sftp *x)
{
	size_t alloc;
	uint8_t *in;

	if (x->inoff > 0) {
		memmove(x->in, x->in + x->inoff, x->inlen - x->inoff);
		x->inlen -= x->inoff;
		x->inoff = 0;
	}
	if (x->inalloc - x->inlen >= READ_LEN)
		return 0;
	alloc = x->inalloc == 0 ? 4 * READ_LEN : 2 * x->inalloc;
	if ((in = realloc(x->in, alloc)) == NULL)
		return ERR_NOMEM;
	x->in = in;
	x->inalloc = alloc;
	return 0;
}

static uint32_t
get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/* Take the whole packets that have come. */
static int
take_all(struct sftp *x)
{
	uint8_t *p;
	uint32_t len;
	int r;

	while (x->inlen - x->inoff >= sizeof(len)) {
		p = x->in + x->inoff;
		len = get_u32(p);
		if (len == 0 || len > SFTP_PACKET_MAX)
			return ERR_FORMAT;
		if (x->inlen - x->inoff - sizeof(len) < len)
			return 0;
		x->inoff += sizeof(len) + len;
		x->moved_ms = clock_mono_ms();
		if ((r = sftp_take(x, p + sizeof(len), len)) != 0)
			return r;
	}
	return 0;
}

/* Read, and answer requests, until there is nothing or it was much. */
static int
fill(struct sftp *x)
{
	size_t n, total = 0;
	int r;

	x->more = false;
	while (total < PUMP_MAX) {
		if ((r = make_room(x)) != 0)
			return r;
		r = x->stream->read(x->arg, x->in + x->inlen,
		    x->inalloc - x->inlen, &n);
		if (r == ERR_BUSY)
			return 0;
		if (r != 0)
			return r;
		if (n == 0)
			return ERR_CLOSED;
		x->inlen += n;
		total += n;
		if ((r = take_all(x)) != 0)
			return r;
	}
	x->more = true;
	return 0;
}

/* What keeps a session alive, or finds that it is not. */
static int
care(struct sftp *x)
{
	int64_t now = clock_mono_ms();

	if ((x->open > 0 || !x->greeted) &&
	    now - x->moved_ms >= x->silence_ms)
		return ERR_TIMEOUT;
	if (now - x->alive_ms < ALIVE_MS)
		return 0;
	x->alive_ms = now;
	return x->stream->keepalive(x->arg);
}

int
sftp_pump(struct sftp *x)
{
	int r;

	if (x->failed != 0)
		return x->failed;
	if ((r = flush(x)) != 0 || (r = fill(x)) != 0 ||
	    (r = flush(x)) != 0 || ((r = care(x)) != 0 && r != ERR_BUSY)) {
		sftp_fail(x, r);
		return r;
	}
	return 0;
}

int
sftp_poll_fd(const struct sftp *x)
{
	return x->stream->poll_fd(x->arg);
}

short
sftp_wants(const struct sftp *x)
{
	short wants = x->stream->wants(x->arg);

	if (x->more ||
	    (buf_len(x->out) > 0 && !x->stream->blocked(x->arg)))
		wants |= POLLOUT;
	return wants;
}

/* Wait for an event, or until it is time to look after things. */
static int
wait_event(struct sftp *x)
{
	struct pollfd p = { .fd = sftp_poll_fd(x), .events = sftp_wants(x) };
	int64_t ms = x->moved_ms + x->silence_ms - clock_mono_ms();

	if (ms > ALIVE_MS)
		ms = ALIVE_MS;
	if (poll(&p, 1, ms > 0 ? (int)ms : 0) == -1 && errno != EINTR)
		return err_from_errno(errno);
	return 0;
}

int
sftp_wait(struct sftp *x, const bool *until)
{
	int r;

	while (!*until) {
		if ((r = sftp_pump(x)) != 0)
			return *until ? 0 : r;
		if (*until)
			break;
		if (x->open == 0 && x->greeted)
			return ERR_CONFIG;	/* nothing could set it */
		if ((r = wait_event(x)) != 0) {
			sftp_fail(x, r);
			return r;
		}
	}
	return 0;
}
