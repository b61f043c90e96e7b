/* peer.c: who speaks for a source: an agent over SSH, or a reader of ours. */
#include "backupd/peer.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backupd/worker.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/throttle.h"
#include "ssh/ssh.h"

#define CONNECT_TIMEOUT_S 30
#define END_MS 5000

struct peer {
	struct ssh_session *ssh;	/* owns; NULL: a reader */
	struct link *reader;		/* owns; NULL: an agent */
};

static const volatile int never;

/* The most that may ever come in a second; 0: any. */
static uint64_t
rate_most(const struct job_link *l)
{
	uint64_t most = 0;
	size_t i;

	for (i = 0; i < l->nlimits; i++) {
		if (l->limits[i].rate == 0)
			return 0;
		if (l->limits[i].rate > most)
			most = l->limits[i].rate;
	}
	return most;
}

int
peer_connect(const struct job_link *l, struct link_report *rep,
    struct ssh_session **sp)
{
	const struct ssh_params p = {
		.address = l->address, .port = l->port, .user = l->user,
		.identity_file = l->identity, .host_key = l->host_key,
		.transport = l->openssh ? SSH_OPENSSH : SSH_LIBSSH2,
		.connect_timeout_s = CONNECT_TIMEOUT_S, .rate = rate_most(l)
	};
	struct ssh_session *s = NULL;
	struct ssh_failure fail;
	int r;

	memset(&fail, 0, sizeof(fail));
	if ((r = ssh_open(&p, &s, &fail)) != 0 ||
	    (r = l->sftp ? ssh_subsystem(s, "sftp", &fail) :
	    ssh_exec(s, l->agent, &fail)) != 0) {
		link_report_fail(rep, r, fail.reason, fail.remedy);
		rep->identity = r == ERR_CORRUPT;
		ssh_close(s);
		return r;
	}
	*sp = s;
	return 0;
}

/* Have a reader connect, and hear how it fared. */
static int
reader_start(const struct job_link *l, struct link_report *rep,
    struct link **linkp)
{
	struct link *reader;
	int r;

	if ((r = link_start(WORKER_READER_ARG, l, &reader)) != 0) {
		link_report_fail(rep, r, "puller: cannot start a reader", "");
		return r;
	}
	if ((r = link_wait(reader, &never, rep)) != 0)
		link_report_fail(rep, r, "the reader ended before it had"
		    " connected", "");
	else
		r = rep->code;
	if (r != 0) {
		link_close(reader);
		return r;
	}
	*linkp = reader;
	return 0;
}

int
peer_open(const struct job_link *l, struct link_report *rep,
    struct peer **pp)
{
	struct peer *p;
	int r;

	if ((p = calloc(1, sizeof(*p))) == NULL) {
		link_report_fail(rep, ERR_NOMEM, err_text(ERR_NOMEM), "");
		return ERR_NOMEM;
	}
	r = l->sftp ? reader_start(l, rep, &p->reader) :
	    peer_connect(l, rep, &p->ssh);
	if (r != 0) {
		free(p);
		return r;
	}
	*pp = p;
	return 0;
}

void
peer_close(struct peer *p)
{
	if (p == NULL)
		return;
	ssh_close(p->ssh);
	link_close(p->reader);
	free(p);
}

/* What a read(2) or write(2) on the reader's socket returned. */
static int
moved(ssize_t n, size_t *lenp)
{
	if (n >= 0) {
		*lenp = (size_t)n;
		return 0;
	}
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ?
	    ERR_BUSY : ERR_CLOSED;
}

int
peer_read(struct peer *p, void *data, size_t len, size_t *lenp)
{
	if (p->ssh != NULL)
		return ssh_read(p->ssh, data, len, lenp);
	return moved(read(link_fd(p->reader), data, len), lenp);
}

int
peer_write(struct peer *p, const void *data, size_t len, size_t *lenp)
{
	if (p->ssh != NULL)
		return ssh_write(p->ssh, data, len, lenp);
	return moved(write(link_fd(p->reader), data, len), lenp);
}

int
peer_poll_fd(const struct peer *p)
{
	return p->ssh != NULL ? ssh_poll_fd(p->ssh) : link_fd(p->reader);
}

short
peer_wants(const struct peer *p)
{
	return p->ssh != NULL ? ssh_wants(p->ssh) : POLLIN;
}

int
peer_keepalive(struct peer *p)
{
	return p->ssh != NULL ? ssh_keepalive(p->ssh) : 0;
}

/* The agent's: its exit status, and what it wrote to stderr. */
static int
agent_end(struct ssh_session *s, bool whole, struct link_report *rep)
{
	int64_t until = clock_mono_ms() + END_MS;
	char err[1024], safe[2048], text[3000];
	int status = 0, r;
	size_t n;

	while ((r = ssh_exit_status(s, &status)) == ERR_BUSY &&
	    clock_mono_ms() < until) {
		struct pollfd p = { .fd = ssh_poll_fd(s), .events = POLLIN };

		(void)poll(&p, 1, 100);
	}
	if (r == 0 && status == 0 && whole)
		return 0;
	n = ssh_stderr_read(s, err, sizeof(err));
	while (n > 0 && (err[n - 1] == '\n' || err[n - 1] == '\r'))
		n--;
	log_escape(safe, sizeof(safe), err, n);
	snprintf(text, sizeof(text), "the agent ended early (status %d)%s%s",
	    r == 0 ? status : -1, n > 0 ? ": " : "", safe);
	link_report_fail(rep, ERR_CLOSED, text, "see that backup-agent is"
	    " installed on the host and that its authorized_keys line is"
	    " whole");
	return ERR_CLOSED;
}

int
peer_end(struct peer *p, bool whole, struct link_report *rep)
{
	struct link_report last;

	if (p->ssh != NULL)
		return agent_end(p->ssh, whole, rep);
	if (link_wait(p->reader, &never, &last) != 0) {
		link_report_fail(rep, ERR_CLOSED, "the reader ended without a"
		    " word", "run the job again: what arrived is kept");
		return ERR_CLOSED;
	}
	rep->received = last.received;
	rep->sent = last.sent;
	if (last.code == 0 && whole)
		return 0;
	link_report_fail(rep, last.code != 0 ? last.code : ERR_CLOSED,
	    last.reason, last.remedy);
	return rep->code;
}
