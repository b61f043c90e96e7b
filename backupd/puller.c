/* puller.c: connect, then relay between the source and the keeper. */
#include "backupd/puller.h"

#include <sys/prctl.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "backupd/job.h"
#include "backupd/link.h"
#include "backupd/pace.h"
#include "backupd/patch.h"
#include "backupd/peer.h"
#include "backupd/screen.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "base/throttle.h"
#include "wire/delta.h"
#include "wire/start.h"
#include "wire/wire.h"

#define KEEPALIVE_MS 10000
#define RELAY_MAX (8u << 20)	/* bytes under way in one direction */
#define MEMORY_MAX ((size_t)512 << 20)	/* address space, libraries too */
#define MOVED_MIN (64u << 10)	/* bytes that count as a sign of life */

struct relay {
	struct peer *peer;
	struct wire_reader *source, *keeper;	/* what they say */
	struct buf *to_keeper, *to_source;
	struct patch *patch;
	struct pace pace;
	struct job_link link;
	struct throttle throttle;
	uint64_t offered, agreed;	/* features */
	bool	 source_ended, keeper_ended;
	bool	 full;			/* to_keeper; messages may be waiting */
	bool	 moved;			/* something was done this round */
	bool	 held;			/* by the throttle, likewise */
	size_t	 unheard;		/* bytes since the last full message */
	int64_t	 heard, kept, told;	/* monotonic milliseconds */
	int64_t	 advanced;		/* likewise: the last progress */
	struct link_report report;
};

static void
fail(struct relay *y, int code, const char *reason, const char *remedy)
{
	link_report_fail(&y->report, code, reason, remedy);
}

static int
connect_source(struct relay *y)
{
	struct link_report *rep = &y->report;
	struct job_link l = { .address = NULL };
	struct buf *b = NULL;
	int r;

	if ((r = buf_new(JOB_ENCODED_MAX, &b)) != 0 ||
	    (r = job_record_read(LINK_DATA_FD, JOB_ENCODED_MAX, b)) != 0 ||
	    (r = job_link_decode(b, &l)) != 0 || (r = buf_end(b)) != 0) {
		link_report_fail(rep, r, "puller: no orders", "");
		goto out;
	}
	if ((r = peer_open(&l, rep, &y->peer)) != 0)
		goto out;
	/* Limits and progress are those of the SFTP connection. */
	if (l.sftp)
		l.nlimits = l.stall = 0;
	y->link = l;
	memset(&l, 0, sizeof(l));
 out:
	job_link_clear(&l);
	buf_free(b);
	return r;
}

static int
source_lies(struct relay *y, int code, const char *format, const char *what)
{
	char text[200];

	snprintf(text, sizeof(text), format, what);
	fail(y, code, text, "nothing of it was kept; look at"
	    " the host before it is trusted again");
	return code;
}

/* The source says what it will use of what the keeper offered. */
static int
features_agree(struct relay *y, const struct wire_msg *msg)
{
	struct wire_agent_hello m;
	struct buf *body = NULL;
	int r;

	if ((r = buf_borrow(msg->frame + WIRE_HEAD_LEN,
	    msg->frame_len - WIRE_HEAD_LEN, &body)) != 0)
		return r;
	r = wire_agent_hello_decode(body, &m);
	buf_free(body);
	if (r != 0)
		return r;
	if ((m.features & ~y->offered) != 0)
		return ERR_FORMAT;
	y->agreed = m.features;
	wire_reader_features(y->source, m.features);
	wire_reader_features(y->keeper, m.features);
	return 0;
}

/* What is made of a DELTA or a PACKED goes on in its place. */
static int
message_patch(struct relay *y, const struct wire_msg *m)
{
	const char *why = "";
	int r;

	pace_spoil(&y->pace);
	if (m->type == WIRE_DELTA) {
		y->report.deltas += m->frame_len;
		r = patch_delta(y->patch, m->body, y->to_keeper, &why);
	} else
		r = patch_packed(y->patch, m->body, y->to_keeper, &why);
	if (r == ERR_FORMAT || r == ERR_TOOBIG)
		return source_lies(y, r, m->type == WIRE_DELTA ?
		    "the source sent a DELTA %s" :
		    "the source sent a PACKED message %s", why);
	return r;
}

static int
message_relay(struct relay *y, const struct wire_msg *m)
{
	int r;

	if (m->frame_len >= PACE_MESSAGE_MIN &&
	    (y->agreed & WIRE_FEATURE_DELTAS) != 0 &&
	    (r = pace_tell(&y->pace, y->to_keeper)) != 0)
		return r;
	if (m->type == WIRE_DELTA || m->type == WIRE_PACKED)
		return message_patch(y, m);
	if ((r = screen_body(m->type, m->body)) == 0 &&
	    m->type == WIRE_AGENT_HELLO)
		r = features_agree(y, m);
	if (r == ERR_NOMEM)
		return r;
	if (r != 0) {
		source_lies(y, r, "the source sent a bad %s message",
		    wire_type_name(m->type));
		return r;
	}
	return buf_put(y->to_keeper, m->frame, m->frame_len);
}

/*
 * Hand on the whole messages that have come, as long as there is room; what
 * they become may be longer than they are.
 */
static int
messages_relay(struct relay *y)
{
	uint64_t now = clock_mono_ns();
	struct wire_msg m;
	int r;

	for (;;) {
		y->full = buf_len(y->to_keeper) >= RELAY_MAX / 2;
		if (y->full)
			return 0;
		if ((r = wire_reader_next(y->source, &m)) != 1)
			break;
		pace_taken(&y->pace, m.frame_len, now);
		y->heard = y->told = clock_mono_ms();
		if (m.type != WIRE_PING && m.type != WIRE_PACE)
			y->advanced = y->heard;
		y->unheard = 0;
		y->moved = true;
		if ((r = message_relay(y, &m)) != 0)
			return r;
	}
	if (r != 0)
		fail(y, r, "the source does not speak the"
		    " pull protocol", "see that its authorized_keys line runs"
		    " backup-agent and that no shell greets before it");
	pace_rest(&y->pace, clock_mono_ns());
	return r;
}

static void
source_fed(struct relay *y, size_t len)
{
	if (len == 0)
		y->source_ended = true;
	wire_reader_fed(y->source, len);
	throttle_took(&y->throttle, len);
	pace_fed(&y->pace, len);
	y->report.received += len;
	y->moved = true;
	y->unheard += len;
	if (y->unheard >= MOVED_MIN) {
		y->unheard = 0;
		y->heard = y->advanced = clock_mono_ms();
	}
}

/* It is the limit that nothing moves for, not the source. */
static int
held(struct relay *y)
{
	y->held = true;
	y->heard = y->advanced = clock_mono_ms();
	return 0;
}

static int
source_read(struct relay *y)
{
	uint8_t *p;
	size_t room, may, len;
	int r;

	for (;;) {
		if ((r = messages_relay(y)) != 0)
			return r;
		if (y->full)
			pace_spoil(&y->pace);
		if (y->full || y->source_ended)
			return 0;
		if ((r = wire_reader_space(y->source, &p, &room)) != 0)
			return r;
		may = throttle_room(&y->throttle, clock_mono_ns());
		if (may == 0)
			return held(y);
		if (room > may)
			room = may;
		if ((r = peer_read(y->peer, p, room, &len)) == ERR_BUSY) {
			pace_dry(&y->pace, clock_mono_ns());
			return 0;
		}
		if (r != 0) {
			fail(y, r, "the connection was lost",
			    "run the job again: what arrived is kept");
			return r;
		}
		source_fed(y, len);
	}
}

static int
keeper_write(struct relay *y)
{
	ssize_t n;

	while (buf_len(y->to_keeper) > 0) {
		n = write(LINK_DATA_FD, buf_ptr(y->to_keeper),
		    buf_len(y->to_keeper));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		if (n == -1)
			return ERR_CLOSED;
		y->moved = true;
		if (buf_skip(y->to_keeper, (size_t)n) != 0)
			return ERR_FORMAT;
	}
	return 0;
}

/* A basis stays here, and its signature goes on. */
static int
basis_take(struct relay *y, struct buf *body)
{
	uint64_t began = clock_mono_ns();
	size_t len, before = buf_len(y->to_source);
	int r;

	if ((r = patch_basis(y->patch, body, y->to_source, &len)) != 0)
		return r;
	if (len > 0)
		pace_signed(&y->pace, len, clock_mono_ns() - began);
	pace_spoil(&y->pace);
	y->report.signatures += buf_len(y->to_source) - before;
	return 0;
}

/* The keeper's own words are handed on as they are. */
static int
request_relay(struct relay *y, const struct wire_msg *m)
{
	struct wire_hello hello;
	int r;

	/* The source has something new to do. */
	if (m->type != WIRE_PING)
		y->advanced = clock_mono_ms();
	if (m->type == WIRE_BASIS)
		return basis_take(y, m->body);
	if (m->type == WIRE_HELLO) {
		if ((r = wire_hello_decode(m->body, &hello)) != 0)
			return r;
		y->offered = hello.features;
	}
	return buf_put(y->to_source, m->frame, m->frame_len);
}

static int
keeper_read(struct relay *y)
{
	struct wire_msg m;
	int r, got;

	while (buf_len(y->to_source) < RELAY_MAX / 2 && !y->keeper_ended) {
		if ((got = wire_reader_next(y->keeper, &m)) == 1)
			r = request_relay(y, &m);
		else
			r = got;
		if (r != 0) {
			fail(y, r, "puller: the keeper sent"
			    " a bad message", "");
			return r;
		}
		if (got == 1)
			continue;
		r = wire_reader_read(y->keeper, LINK_DATA_FD);
		if (r == ERR_BUSY)
			return 0;
		if (r == ERR_CLOSED)
			y->keeper_ended = true;
		else if (r != 0)
			return r;
		y->moved = true;
	}
	return 0;
}

static int
source_write(struct relay *y)
{
	size_t len, may;
	int r;

	while (buf_len(y->to_source) > 0 && !y->source_ended) {
		may = throttle_room(&y->throttle, clock_mono_ns());
		if (may == 0)
			return held(y);
		if (may > buf_len(y->to_source))
			may = buf_len(y->to_source);
		r = peer_write(y->peer, buf_ptr(y->to_source), may, &len);
		/* What the source still has to say explains it better. */
		if (r == ERR_BUSY || r == ERR_CLOSED)
			return 0;
		if (r != 0)
			return r;
		y->moved = true;
		throttle_took(&y->throttle, len);
		y->report.sent += len;
		if ((r = buf_skip(y->to_source, len)) != 0)
			return r;
	}
	return 0;
}

/* A source that is there, but does nothing; the keeper has to take it. */
static int
stalled(struct relay *y)
{
	int64_t now = clock_mono_ms();

	if (y->full)
		y->advanced = now;
	if (y->link.stall == 0 ||
	    (uint64_t)(now - y->advanced) / 1000 < y->link.stall)
		return 0;
	fail(y, ERR_IO, "the source makes no progress, longer"
	    " than schedule.max_stall", "see what holds the host up, a disk or"
	    " a network file system; what arrived is kept");
	return ERR_IO;
}

static int
relay_wait(struct relay *y)
{
	struct pollfd p[2];
	int64_t now = clock_mono_ms();
	int r, ms = 1000;

	if (now - y->heard > WIRE_DEAD_MS) {
		fail(y, ERR_TIMEOUT, "the source has said"
		    " nothing for a minute", "see whether the host is up,"
		    " then run the job again: what arrived is kept");
		return ERR_TIMEOUT;
	}
	if (now - y->kept > KEEPALIVE_MS) {
		y->kept = now;
		r = peer_keepalive(y->peer);
		if (r != 0 && r != ERR_BUSY) {
			fail(y, r, "the connection was lost",
			    "run the job again: what arrived is kept");
			return r;
		}
	}
	p[0].fd = y->source_ended ? -1 : peer_poll_fd(y->peer);
	p[0].events = peer_wants(y->peer);
	if (buf_len(y->to_keeper) >= RELAY_MAX / 2 || y->held)
		p[0].events = (short)(p[0].events & ~POLLIN);
	p[1].fd = LINK_DATA_FD;
	p[1].events = 0;
	if (buf_len(y->to_source) < RELAY_MAX / 2 && !y->keeper_ended)
		p[1].events |= POLLIN;
	if (buf_len(y->to_keeper) > 0)
		p[1].events |= POLLOUT;
	if (y->held)
		ms = throttle_wait_ms(&y->throttle, clock_mono_ns());
	if (poll(p, 2, ms < 1000 ? ms : 1000) == -1 && errno != EINTR)
		return ERR_IO;
	return 0;
}

/* A long message may take long where little passes: the keeper, which sees
 * only whole ones, is told that it comes. */
static int
alive_tell(struct relay *y)
{
	int64_t now = clock_mono_ms();

	if (now - y->told < WIRE_PING_MS || y->source_ended)
		return 0;
	y->told = now;
	return wire_put_empty(y->to_keeper, WIRE_PING);
}

static int
relay_run(struct relay *y)
{
	int r;

	y->heard = y->kept = y->told = y->advanced = clock_mono_ms();
	throttle_begin(&y->throttle, y->link.limits, y->link.nlimits,
	    y->link.began, clock_mono_ns());
	pace_taken(&y->pace, WIRE_PREAMBLE_LEN, 0);
	for (;;) {
		y->moved = y->held = false;
		if ((r = keeper_read(y)) != 0 || (r = source_write(y)) != 0 ||
		    (r = source_read(y)) != 0 || (r = keeper_write(y)) != 0)
			return r;
		if ((r = stalled(y)) != 0 || (r = alive_tell(y)) != 0)
			return r;
		if (y->source_ended && !y->full &&
		    buf_len(y->to_keeper) == 0)
			return peer_end(y->peer,
			    wire_reader_ended(y->source), &y->report);
		if (y->keeper_ended)
			return ERR_CANCELLED;
		if (!y->moved && (r = relay_wait(y)) != 0)
			return r;
	}
}

/* Everything that needs the world outside is done: shut the door. */
static int
relay_begin(struct relay *y)
{
	int r;

	if ((r = wire_reader_new(WIRE_AGENT, &y->source)) != 0 ||
	    (r = wire_reader_new(WIRE_KEEPER_LOCAL, &y->keeper)) != 0 ||
	    (r = patch_new(&y->patch)) != 0 ||
	    (r = buf_new(RELAY_MAX, &y->to_keeper)) != 0 ||
	    (r = buf_new(RELAY_MAX, &y->to_source)) != 0 ||
	    (r = wire_preamble(y->to_keeper)) != 0 ||
	    (r = wire_preamble(y->to_source)) != 0 ||
	    (r = fdio_nonblock(LINK_DATA_FD, 1)) != 0 ||
	    (r = sandbox_limit_memory(MEMORY_MAX)) != 0 ||
	    (r = sandbox_enter(SANDBOX_PULLER)) != 0)
		fail(y, r, "puller: cannot enter its sandbox",
		    "");
	return r;
}

int
puller_main(void)
{
	struct relay y;
	int r;

	memset(&y, 0, sizeof(y));
	log_open("backupd: puller", LOG_INFO);
	/* Started through /proc, it would be known as "exe". */
	(void)prctl(PR_SET_NAME, "backupd-puller");
	signal(SIGPIPE, SIG_IGN);
	if ((r = sandbox_harden()) != 0)
		fail(&y, r, "puller: cannot harden itself", "");
	else if ((r = connect_source(&y)) == 0)
		r = relay_begin(&y);
	if (link_report_write(&y.report) != 0)
		r = ERR_CLOSED;
	if (r == 0) {
		r = relay_run(&y);
		if (r != 0 && y.report.code == 0)
			fail(&y, r, err_text(r), "");
		/* What was read before it went wrong still counts. */
		if (fdio_nonblock(LINK_DATA_FD, 0) == 0 &&
		    keeper_write(&y) != 0)
			log_debug("the keeper is gone");
		if (link_report_write(&y.report) != 0)
			r = ERR_CLOSED;
	}
	peer_close(y.peer);
	wire_reader_free(y.source);
	wire_reader_free(y.keeper);
	patch_free(y.patch);
	job_link_clear(&y.link);
	buf_free(y.to_keeper);
	buf_free(y.to_source);
	return r == 0 ? 0 : 1;
}
