/* runner.c: workers, listened to from the event loop. */
#include "backupd/runner.h"

#include <sys/wait.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "backupd/loop.h"
#include "backupd/worker.h"
#include "base/buf.h"
#include "base/fdio.h"
#include "base/log.h"

#define READ_BYTES (64u << 10)	/* at a time: others wait meanwhile */
#define HEAD 4			/* bytes of a record's length */
#define LEAVE_MS 60000		/* from a worker's last word to its end */

struct runner {
	struct runner_calls calls;
	struct worker w;
	struct loop_watch *readable, *killer;
	struct buf *in;
	struct event end;	/* if it has said how it ended */
	bool	 said, reaped;
	int	 status;
};

/* Both its last word and its end have come: tell. */
static void
ended(struct runner *r)
{
	struct runner_end end = { r->said ? &r->end.u.end : NULL,
	    r->status };

	if (r->w.event_fd != -1 || !r->reaped)
		return;
	/* Frees r. */
	r->calls.ended(r->calls.arg, &end);
}

static void
close_pipe(struct runner *r)
{
	loop_watch_free(r->readable);
	r->readable = NULL;
	fdio_close(&r->w.event_fd);
}

static void
kill_it(void *arg)
{
	struct runner *r = arg;

	if (!r->reaped)
		kill(r->w.pid, SIGKILL);
}

/* One record is whole in b: act on it. */
static int
take(struct runner *r, struct buf *b)
{
	struct event e;
	int err;

	if ((err = event_decode(b, &e)) != 0)
		return err;
	if (r->said) {
		event_clear(&e);
		return ERR_FORMAT;
	}
	if (e.type == EVENT_END) {
		r->end = e;	/* its texts are r's now */
		r->said = true;
		(void)!loop_after(r->killer, LEAVE_MS);
		return 0;
	}
	r->calls.event(r->calls.arg, &e);
	event_clear(&e);
	return 0;
}

/* Act on all records that are whole. */
static int
take_all(struct runner *r)
{
	struct buf *one = NULL;
	const uint8_t *p;
	size_t len;
	int err = 0;

	while (err == 0 && buf_len(r->in) >= HEAD) {
		p = buf_ptr(r->in);
		len = (size_t)p[0] << 24 | (size_t)p[1] << 16 |
		    (size_t)p[2] << 8 | p[3];
		if (len > EVENT_MAX)
			return ERR_TOOBIG;
		if (buf_len(r->in) < HEAD + len)
			return 0;
		if ((err = buf_borrow(p + HEAD, len, &one)) == 0)
			err = take(r, one);
		buf_free(one);
		one = NULL;
		if (err == 0)
			err = buf_skip(r->in, HEAD + len);
	}
	return err;
}

static void
on_readable(void *arg)
{
	struct runner *r = arg;
	size_t n = 0;
	uint8_t *p;
	int err;

	if ((err = buf_reserve(r->in, READ_BYTES, &p)) == 0) {
		err = fdio_read(r->w.event_fd, p, READ_BYTES, &n);
		buf_trim(r->in, READ_BYTES - n);
		if (err == ERR_BUSY)
			return;
	}
	if (err == 0 && n > 0 && (err = take_all(r)) == 0)
		return;
	if (err != 0) {
		log_err(err, "worker %ld: cannot be understood, killed",
		    (long)r->w.pid);
		kill_it(r);
	}
	close_pipe(r);
	ended(r);
}

int
runner_start_as(struct loop *l, const char *arg, const struct buf *record,
    const struct runner_calls *calls, struct runner **rp)
{
	struct loop_call readable = { on_readable, NULL };
	struct loop_call killer = { kill_it, NULL };
	struct runner *r;
	int err;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return ERR_NOMEM;
	r->calls = *calls;
	r->w.event_fd = -1;
	r->reaped = true;	/* until there is one */
	readable.arg = killer.arg = r;
	if ((err = buf_new(EVENT_MAX + HEAD + READ_BYTES, &r->in)) != 0 ||
	    (err = loop_timer(l, &killer, &r->killer)) != 0 ||
	    (err = worker_start_as(arg, record, &r->w)) != 0)
		goto out;
	r->reaped = false;
	if ((err = fdio_nonblock(r->w.event_fd, 1)) != 0 ||
	    (err = loop_fd(l, r->w.event_fd, LOOP_READ, &readable,
	    &r->readable)) != 0)
		goto out;
	*rp = r;
	r = NULL;	/* the caller's now */
 out:
	runner_free(r);
	return err;
}

int
runner_start(struct loop *l, const struct job *j,
    const struct runner_calls *calls, struct runner **rp)
{
	struct buf *b = NULL;
	int err;

	if ((err = buf_new(JOB_ENCODED_MAX, &b)) == 0 &&
	    (err = job_encode(j, b)) == 0)
		err = runner_start_as(l, WORKER_KEEPER_ARG, b, calls, rp);
	buf_free(b);
	return err;
}

void
runner_cancel(struct runner *r, int64_t ms)
{
	if (r->reaped)
		return;
	kill(r->w.pid, SIGTERM);
	if (!r->said)
		(void)!loop_after(r->killer, ms);
}

void
runner_reap(struct runner *r)
{
	pid_t got;

	if (r->reaped)
		return;
	do
		got = waitpid(r->w.pid, &r->status, WNOHANG);
	while (got == -1 && errno == EINTR);
	if (got == 0)
		return;
	r->reaped = true;
	loop_off(r->killer);
	ended(r);
}

void
runner_free(struct runner *r)
{
	int status;

	if (r == NULL)
		return;
	if (!r->reaped) {
		kill(r->w.pid, SIGKILL);
		(void)!worker_wait(&r->w, &status);
	}
	close_pipe(r);
	loop_watch_free(r->killer);
	if (r->said)
		event_clear(&r->end);
	buf_free(r->in);
	free(r);
}
