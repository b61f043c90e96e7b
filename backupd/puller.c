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
#include "base/buf.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "ssh/ssh.h"
#include "wire/content.h"
#include "wire/page.h"
#include "wire/reply.h"
#include "wire/start.h"
#include "wire/wire.h"

#define CONNECT_TIMEOUT_S 30
#define KEEPALIVE_MS 10000
#define RELAY_MAX (8u << 20)	/* bytes under way in one direction */
#define MEMORY_MAX ((size_t)512 << 20)	/* address space, libraries too */
#define READ_MAX (64u << 10)
#define MOVED_MIN (64u << 10)	/* bytes that count as a sign of life */

struct relay {
	struct ssh_session *ssh;
	struct wire_reader *reader;	/* what the source says */
	struct buf *to_keeper, *to_source;
	bool	 source_ended, keeper_ended;
	bool	 moved;			/* something was done this round */
	size_t	 unheard;		/* bytes since the last full message */
	int64_t	 heard, kept;		/* monotonic milliseconds */
	struct link_report report;
};

static void
report_fail(struct link_report *rep, int code, const char *reason,
    const char *remedy)
{
	rep->code = code;
	snprintf(rep->reason, sizeof(rep->reason), "%s", reason);
	snprintf(rep->remedy, sizeof(rep->remedy), "%s", remedy);
}

/* What a failed connection tells. */
static void
report_ssh(struct link_report *rep, int code, const struct ssh_failure *f)
{
	report_fail(rep, code, f->reason, f->remedy);
	if (code != ERR_CORRUPT)
		return;
	rep->identity = true;
	snprintf(rep->reason, sizeof(rep->reason), "%s: expected %s,"
	    " the host showed %s", f->reason, f->expected, f->offered);
}

static int
connect_source(struct ssh_session **sp, struct link_report *rep)
{
	struct job_link l = { .address = NULL };
	struct ssh_params p = { .connect_timeout_s = CONNECT_TIMEOUT_S };
	struct ssh_session *s = NULL;
	struct ssh_failure fail;
	struct buf *b = NULL;
	int r;

	memset(&fail, 0, sizeof(fail));
	if ((r = buf_new(JOB_ENCODED_MAX, &b)) != 0 ||
	    (r = job_record_read(LINK_DATA_FD, JOB_ENCODED_MAX, b)) != 0 ||
	    (r = job_link_decode(b, &l)) != 0 || (r = buf_end(b)) != 0) {
		report_fail(rep, r, "puller: no orders", "");
		goto out;
	}
	p.address = l.address;
	p.port = l.port;
	p.user = l.user;
	p.identity_file = l.identity;
	p.host_key = l.host_key;
	p.transport = l.openssh ? SSH_OPENSSH : SSH_LIBSSH2;
	if ((r = ssh_open(&p, &s, &fail)) != 0 ||
	    (r = ssh_exec(s, l.agent, &fail)) != 0) {
		report_ssh(rep, r, &fail);
		goto out;
	}
	*sp = s;
	s = NULL;	/* the caller's now */
 out:
	ssh_close(s);
	job_link_clear(&l);
	buf_free(b);
	return r;
}

static int
check_agent_hello(struct buf *b)
{
	struct wire_agent_hello m;

	return wire_agent_hello_decode(b, &m);
}

static int
check_root(struct buf *b)
{
	struct wire_root m;

	return wire_root_decode(b, &m);
}

static int
check_page(struct buf *b)
{
	struct wire_page m;
	struct wire_entry e;
	int r;

	if ((r = wire_page_decode(b, &m)) != 0)
		return r;
	while ((r = wire_page_next(b, &m, &e)) == 1)
		continue;
	return r;
}

static int
check_dirend(struct buf *b)
{
	struct wire_dirend m;

	return wire_dirend_decode(b, &m);
}

static int
check_chunks(struct buf *b)
{
	struct wire_chunks m;
	struct wire_piece p;
	int r;

	if ((r = wire_chunks_decode(b, &m)) != 0)
		return r;
	while ((r = wire_chunks_next(b, &m, &p)) == 1)
		continue;
	return r;
}

static int
check_frame(struct buf *b)
{
	struct wire_frame m;

	return wire_frame_decode(b, &m);
}

static int
check_issue(struct buf *b)
{
	struct wire_issue m;

	return wire_issue_decode(b, &m);
}

static int
check_done(struct buf *b)
{
	struct wire_done m;

	return wire_done_decode(b, &m);
}

static int
check_error(struct buf *b)
{
	struct wire_error m;

	return wire_error_decode(b, &m);
}

static int
check_empty(struct buf *b)
{
	return buf_end(b);
}

/* All that a source may say; the reader has checked the state. */
static const struct {
	enum wire_type type;
	int	(*check)(struct buf *body);
} messages[] = {
	{ WIRE_AGENT_HELLO, check_agent_hello },
	{ WIRE_ROOT, check_root },
	{ WIRE_PAGE, check_page },
	{ WIRE_DIREND, check_dirend },
	{ WIRE_CHUNKS, check_chunks },
	{ WIRE_FRAME, check_frame },
	{ WIRE_ISSUE, check_issue },
	{ WIRE_PING, check_empty },
	{ WIRE_DONE, check_done },
	{ WIRE_ERROR, check_error }
};

static int
message_check(const struct wire_msg *m)
{
	size_t i;

	for (i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		if (messages[i].type == m->type)
			return messages[i].check(m->body);
	return ERR_FORMAT;
}

/* Hand on every whole message that has come. */
static int
messages_relay(struct relay *y)
{
	struct wire_msg m;
	char text[200];
	int r;

	while ((r = wire_reader_next(y->reader, &m)) == 1) {
		if ((r = message_check(&m)) != 0) {
			snprintf(text, sizeof(text), "the source sent a bad %s"
			    " message: %s", wire_type_name(m.type),
			    err_text(r));
			report_fail(&y->report, r, text, "");
			return r;
		}
		y->heard = clock_mono_ms();
		y->unheard = 0;
		if ((r = buf_put(y->to_keeper, m.frame, m.frame_len)) != 0)
			return r;
	}
	if (r != 0)
		report_fail(&y->report, r, "the source does not speak the"
		    " pull protocol", "see that its authorized_keys line runs"
		    " backup-agent and that no shell greets before it");
	return r;
}

static int
source_read(struct relay *y)
{
	uint8_t *p;
	size_t room, len;
	int r;

	while (!y->source_ended && buf_len(y->to_keeper) < RELAY_MAX / 2) {
		if ((r = wire_reader_space(y->reader, &p, &room)) != 0)
			return r;
		if ((r = ssh_read(y->ssh, p, room, &len)) == ERR_BUSY)
			return 0;
		if (r != 0) {
			report_fail(&y->report, r, "the connection was lost",
			    "run the job again: what arrived is kept");
			return r;
		}
		if (len == 0)
			y->source_ended = true;
		wire_reader_fed(y->reader, len);
		y->report.received += len;
		y->moved = true;
		y->unheard += len;
		if (y->unheard >= MOVED_MIN) {
			y->unheard = 0;
			y->heard = clock_mono_ms();
		}
		if ((r = messages_relay(y)) != 0)
			return r;
	}
	return 0;
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

static int
keeper_read(struct relay *y)
{
	uint8_t *p;
	size_t len;
	int r;

	while (!y->keeper_ended && buf_len(y->to_source) < RELAY_MAX / 2) {
		if ((r = buf_reserve(y->to_source, READ_MAX, &p)) != 0)
			return r;
		len = 0;
		r = fdio_read(LINK_DATA_FD, p, READ_MAX, &len);
		buf_trim(y->to_source, READ_MAX - len);
		if (r == ERR_BUSY)
			return 0;
		if (r != 0)
			return r;
		if (len == 0)
			y->keeper_ended = true;
		y->moved = true;
	}
	return 0;
}

static int
source_write(struct relay *y)
{
	size_t len;
	int r;

	while (buf_len(y->to_source) > 0 && !y->source_ended) {
		r = ssh_write(y->ssh, buf_ptr(y->to_source),
		    buf_len(y->to_source), &len);
		/* What the source still has to say explains it better. */
		if (r == ERR_BUSY || r == ERR_CLOSED)
			return 0;
		if (r != 0)
			return r;
		y->moved = true;
		y->report.sent += len;
		if ((r = buf_skip(y->to_source, len)) != 0)
			return r;
	}
	return 0;
}

static int
relay_wait(struct relay *y)
{
	struct pollfd p[2];
	int64_t now = clock_mono_ms();
	int r;

	if (now - y->heard > WIRE_DEAD_MS) {
		report_fail(&y->report, ERR_TIMEOUT, "the source has said"
		    " nothing for a minute", "see whether the host is up,"
		    " then run the job again: what arrived is kept");
		return ERR_TIMEOUT;
	}
	if (now - y->kept > KEEPALIVE_MS) {
		y->kept = now;
		r = ssh_keepalive(y->ssh);
		if (r != 0 && r != ERR_BUSY) {
			report_fail(&y->report, r, "the connection was lost",
			    "run the job again: what arrived is kept");
			return r;
		}
	}
	p[0].fd = y->source_ended ? -1 : ssh_poll_fd(y->ssh);
	p[0].events = ssh_wants(y->ssh);
	if (buf_len(y->to_keeper) >= RELAY_MAX / 2)
		p[0].events = (short)(p[0].events & ~POLLIN);
	p[1].fd = LINK_DATA_FD;
	p[1].events = 0;
	if (buf_len(y->to_source) < RELAY_MAX / 2 && !y->keeper_ended)
		p[1].events |= POLLIN;
	if (buf_len(y->to_keeper) > 0)
		p[1].events |= POLLOUT;
	if (poll(p, 2, 1000) == -1 && errno != EINTR)
		return ERR_IO;
	return 0;
}

/* The stream is over: did it end as the protocol wants? */
static int
relay_end(struct relay *y)
{
	int64_t until = clock_mono_ms() + 5000;
	char err[1024], safe[2048], text[3000];
	int status = 0, r;
	size_t n;

	while ((r = ssh_exit_status(y->ssh, &status)) == ERR_BUSY &&
	    clock_mono_ms() < until) {
		struct pollfd p = { .fd = ssh_poll_fd(y->ssh),
		    .events = POLLIN };

		(void)poll(&p, 1, 100);
	}
	if (r == 0 && status == 0 && wire_reader_ended(y->reader))
		return 0;
	n = ssh_stderr_read(y->ssh, err, sizeof(err));
	while (n > 0 && (err[n - 1] == '\n' || err[n - 1] == '\r'))
		n--;
	log_escape(safe, sizeof(safe), err, n);
	snprintf(text, sizeof(text), "the agent ended early (status %d)%s%s",
	    r == 0 ? status : -1, n > 0 ? ": " : "", safe);
	report_fail(&y->report, ERR_CLOSED, text, "see that backup-agent is"
	    " installed on the host and that its authorized_keys line is"
	    " whole");
	return ERR_CLOSED;
}

static int
relay_run(struct relay *y)
{
	int r;

	y->heard = y->kept = clock_mono_ms();
	for (;;) {
		y->moved = false;
		if ((r = keeper_read(y)) != 0 || (r = source_write(y)) != 0 ||
		    (r = source_read(y)) != 0 || (r = keeper_write(y)) != 0)
			return r;
		if (y->source_ended && buf_len(y->to_keeper) == 0)
			return relay_end(y);
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

	if ((r = wire_reader_new(WIRE_AGENT, &y->reader)) != 0 ||
	    (r = buf_new(RELAY_MAX, &y->to_keeper)) != 0 ||
	    (r = buf_new(RELAY_MAX, &y->to_source)) != 0 ||
	    (r = wire_preamble(y->to_keeper)) != 0 ||
	    (r = fdio_nonblock(LINK_DATA_FD, 1)) != 0 ||
	    (r = sandbox_limit_memory(MEMORY_MAX)) != 0 ||
	    (r = sandbox_enter(SANDBOX_PULLER)) != 0)
		report_fail(&y->report, r, "puller: cannot enter its sandbox",
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
		report_fail(&y.report, r, "puller: cannot harden itself", "");
	else if ((r = connect_source(&y.ssh, &y.report)) == 0)
		r = relay_begin(&y);
	if (link_report_write(&y.report) != 0)
		r = ERR_CLOSED;
	if (r == 0) {
		r = relay_run(&y);
		if (r != 0 && y.report.code == 0)
			report_fail(&y.report, r, err_text(r), "");
		/* What was read before it went wrong still counts. */
		if (fdio_nonblock(LINK_DATA_FD, 0) == 0 &&
		    keeper_write(&y) != 0)
			log_debug("the keeper is gone");
		if (link_report_write(&y.report) != 0)
			r = ERR_CLOSED;
	}
	ssh_close(y.ssh);
	wire_reader_free(y.reader);
	buf_free(y.to_keeper);
	buf_free(y.to_source);
	return r == 0 ? 0 : 1;
}
