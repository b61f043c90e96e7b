/* link.c: start a puller, hear its reports. */
#define _GNU_SOURCE
#include "backupd/link.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backupd/worker.h"
#include "base/buf.h"
#include "base/fdio.h"
#include "base/log.h"

#define REPORT_MAX (4 * LINK_TEXT_MAX)
#define SOCKET_BUFFER (4 << 20)
#define POLL_MS 200

struct link {
	pid_t	 pid;
	int	 data_fd, report_fd;
};

void
link_report_fail(struct link_report *rep, int code, const char *reason,
    const char *remedy)
{
	rep->code = code;
	snprintf(rep->reason, sizeof(rep->reason), "%s", reason);
	snprintf(rep->remedy, sizeof(rep->remedy), "%s", remedy);
}

int
link_report_write(const struct link_report *r)
{
	struct buf *b = NULL;
	int rv;

	if ((rv = buf_new(REPORT_MAX, &b)) == 0 &&
	    (rv = buf_put_u8(b, (uint8_t)-r->code)) == 0 &&
	    (rv = buf_put_u8(b, r->identity)) == 0 &&
	    (rv = buf_put_str(b, r->reason)) == 0 &&
	    (rv = buf_put_str(b, r->remedy)) == 0 &&
	    (rv = buf_put_u64(b, r->received)) == 0 &&
	    (rv = buf_put_u64(b, r->sent)) == 0 &&
	    (rv = buf_put_u64(b, r->deltas)) == 0 &&
	    (rv = buf_put_u64(b, r->signatures)) == 0)
		rv = job_record_write(LINK_REPORT_FD, b);
	buf_free(b);
	return rv;
}

static int
text_get(struct buf *b, char text[LINK_TEXT_MAX])
{
	const uint8_t *p;
	size_t len;
	int r;

	if ((r = buf_get_bytes(b, LINK_TEXT_MAX - 1, &p, &len)) != 0)
		return r;
	memcpy(text, p, len);
	text[len] = '\0';
	return 0;
}

/* Wait until there is a report to read, in steps, as a signal may come just
 * before each. */
static int
report_wait(const struct link *l, volatile const int *cancelled)
{
	struct pollfd p = { .fd = l->report_fd, .events = POLLIN };
	int n;

	do {
		if (*cancelled)
			return ERR_CANCELLED;
		n = poll(&p, 1, POLL_MS);
		if (n == -1 && errno != EINTR)
			return err_from_errno(errno);
	} while (n <= 0);
	return 0;
}

int
link_wait(struct link *l, volatile const int *cancelled,
    struct link_report *rp)
{
	struct link_report rep;
	struct buf *b = NULL;
	uint8_t code, identity;
	int r;

	memset(&rep, 0, sizeof(rep));
	if ((r = report_wait(l, cancelled)) != 0 ||
	    (r = buf_new(REPORT_MAX, &b)) != 0)
		return r;
	if ((r = job_record_read(l->report_fd, REPORT_MAX, b)) == 0 &&
	    (r = buf_get_u8(b, &code)) == 0 &&
	    (r = buf_get_u8(b, &identity)) == 0 &&
	    (r = text_get(b, rep.reason)) == 0 &&
	    (r = text_get(b, rep.remedy)) == 0 &&
	    (r = buf_get_u64(b, &rep.received)) == 0 &&
	    (r = buf_get_u64(b, &rep.sent)) == 0 &&
	    (r = buf_get_u64(b, &rep.deltas)) == 0 &&
	    (r = buf_get_u64(b, &rep.signatures)) == 0 &&
	    (r = buf_end(b)) == 0) {
		rep.code = -(int)code;
		rep.identity = identity != 0;
		*rp = rep;
	}
	buf_free(b);
	return r;
}

int
link_fd(const struct link *l)
{
	return l->data_fd;
}

/* Hand over the orders while the socket still blocks. */
static int
orders_send(int fd, const struct job_link *l)
{
	struct buf *b = NULL;
	int r;

	if ((r = buf_new(JOB_ENCODED_MAX, &b)) == 0 &&
	    (r = job_link_encode(l, b)) == 0 &&
	    (r = job_record_write(fd, b)) == 0)
		r = fdio_nonblock(fd, 1);
	buf_free(b);
	return r;
}

int
link_start(const char *arg, const struct job_link *orders,
    struct link **linkp)
{
	int data[2] = { -1, -1 }, report[2] = { -1, -1 }, fds[2], r;
	int size = SOCKET_BUFFER;
	struct link *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return ERR_NOMEM;
	l->data_fd = l->report_fd = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, data) == -1 ||
	    pipe2(report, O_CLOEXEC) == -1) {
		r = err_from_errno(errno);
		log_err(r, "puller: socket pair");
		goto out;
	}
	/* Room for a few frames; less only costs time. */
	(void)setsockopt(data[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	(void)setsockopt(data[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	fds[0] = data[1];
	fds[1] = report[1];
	if ((r = worker_spawn(arg, fds, 2, &l->pid)) != 0)
		goto out;
	l->data_fd = data[0];
	l->report_fd = report[0];
	data[0] = report[0] = -1;	/* the link's now */
	if ((r = orders_send(l->data_fd, orders)) != 0) {
		log_err(r, "puller %ld: hand over its orders", (long)l->pid);
		goto out;
	}
	*linkp = l;
	l = NULL;	/* the caller's now */
 out:
	fdio_close(&data[0]);
	fdio_close(&data[1]);
	fdio_close(&report[0]);
	fdio_close(&report[1]);
	link_close(l);
	return r;
}

void
link_close(struct link *l)
{
	int status;

	if (l == NULL)
		return;
	fdio_close(&l->data_fd);
	fdio_close(&l->report_fd);
	if (l->pid > 0) {
		/* Its work is over, whatever it is still waiting for. */
		kill(l->pid, SIGTERM);
		while (waitpid(l->pid, &status, 0) == -1 && errno == EINTR)
			continue;
	}
	free(l);
}
