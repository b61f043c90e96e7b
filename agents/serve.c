/* serve.c: the agent's side of the pull protocol, on descriptors 0 and 1. */
#include "config.h"

#include "agents/serve.h"

#include <sys/resource.h>
#include <sys/utsname.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/batch.h"
#include "agents/hooks.h"
#include "agents/hub.h"
#include "agents/load.h"
#include "agents/outq.h"
#include "agents/reqs.h"
#include "agents/walker.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/pool.h"
#include "base/sandbox.h"
#include "wire/delta.h"
#include "wire/hook.h"
#include "wire/reply.h"
#include "wire/request.h"
#include "wire/start.h"
#include "wire/weak.h"

#define THREADS_MAX 4u
#define TICK_MS 100		/* small messages wait no longer */
#define PIPE_ROOM (512 << 10)
#define FLUSH_MS 10000		/* for the last words */

struct serve {
	const struct serve_params *p;	/* borrows */
	struct hub hub;
	struct reqs reqs;
	struct outq *outq;		/* owns, as all of these */
	struct pool *pool;
	struct batches *batches;
	struct walker *walker;
	struct job *job;
	struct wire_reader *reader;
	unsigned int threads;
	uint64_t features;		/* agreed */
	int64_t	 sent, heard;		/* when, monotonic */
	bool	 bye;
	const char *why;		/* the source failed, and how */
};

static int
do_hello(struct serve *sv, const struct wire_msg *m)
{
	struct wire_agent_hello hello;
	struct wire_hello asked;
	const char *sys_text;
	struct utsname u;
	char sys[sizeof(u.sysname) + sizeof(u.release) + sizeof(u.machine)];
	struct buf *out;
	int r;

	if ((r = wire_hello_decode(m->body, &asked)) != 0)
		return r;
	sv->features = asked.features & sv->p->features;
	wire_reader_features(sv->reader, sv->features);
	memset(&hello, 0, sizeof(hello));
	hello.features = sv->features;
	if (uname(&u) == -1)
		return ERR_IO;
	snprintf(sys, sizeof(sys), "%s %s %s", u.sysname, u.release,
	    u.machine);
	hello.version.data = (const uint8_t *)PACKAGE_STRING;
	hello.version.len = strlen(PACKAGE_STRING);
	sys_text = sv->p->pump != NULL ? sv->p->pump->system(sv->p->src) : sys;
	hello.system.data = (const uint8_t *)sys_text;
	hello.system.len = strlen(sys_text);
	hello.host.data = (const uint8_t *)u.nodename;
	hello.host.len = strlen(u.nodename);
	/* What it says is of the machine that is read. */
	if (sv->p->pump != NULL)
		hello.host.len = 0;
	hello.time = clock_wall();
	hello.uid = (uint64_t)geteuid();
	if ((r = outq_begin(sv->outq, WIRE_AGENT_HELLO, false, &out)) != 0)
		return r;
	return outq_end(sv->outq, wire_agent_hello_encode(&hello, out));
}

static int
do_start(struct serve *sv, const struct wire_msg *m)
{
	struct batches_params p;
	int r;

	if ((r = job_read(m->body, sv->p->bases, sv->p->nbases, &sv->job)) != 0)
		return r;
	sv->job->pack = (sv->features & WIRE_FEATURE_PACKED) != 0;
	p.pack = sv->job->pack;
	p.frame_max = sv->job->frame_max;
	p.level = sv->job->level;
	p.threads = sv->job->threads;
	p.queued = p.threads;
	/* With all threads, some jobs wait ready, so that none of them does. */
	if (p.threads == 0 || p.threads >= sv->threads) {
		p.threads = sv->threads;
		p.queued = 2 * sv->threads;
	}
	if ((r = batches_make(&sv->hub, sv->outq, sv->pool, &p,
	    &sv->batches)) != 0)
		return r;
	return walker_job(sv->walker, sv->job, sv->batches);
}

static int
do_signature(struct serve *sv, const struct wire_msg *m)
{
	struct wire_signature signature;
	int r;

	if ((r = wire_signature_decode(m->body, &signature)) != 0)
		return r;
	return batches_signature(sv->batches, &signature);
}

static int
do_need(struct serve *sv, const struct wire_msg *m)
{
	struct wire_need need;
	int r;

	if ((r = wire_need_decode(m->body, &need)) != 0)
		return r;
	return batches_need(sv->batches, &need);
}

static int
do_again(struct serve *sv, const struct wire_msg *m)
{
	struct wire_again again;
	int r;

	if ((r = wire_again_decode(m->body, &again)) != 0)
		return r;
	return batches_again(sv->batches, &again);
}

/* Let the source know what will be asked of it, before the walker does. */
static int
request_expect(struct serve *sv, const struct req *req)
{
	struct source_where w = { .job = sv->job };
	const struct job_root *root;

	if ((req->type != WIRE_DIGEST && req->type != WIRE_LIST) ||
	    req->root >= sv->job->nroots)
		return 0;
	root = &sv->job->roots[req->root];
	if (root->base == -1)
		return 0;
	w.base = root->base;
	w.below = root->below;
	if (req->type == WIRE_DIGEST)
		return source_expect(sv->p->src, &w, SOURCE_DIGEST);
	w.path = req->u.path;
	w.len = req->n;
	return source_expect(sv->p->src, &w, (req->flags & WIRE_RECURSE) != 0
	    ? SOURCE_RECURSE : SOURCE_LIST);
}

static int
do_request(struct serve *sv, const struct wire_msg *m)
{
	struct req *req;
	int r;

	if ((r = reqs_read(m, &req)) != 0)
		return r;
	if ((r = request_expect(sv, req)) != 0) {
		free(req);
		return r;
	}
	return reqs_put(&sv->reqs, req);
}

/* The answer comes when the hook has ended: on_hooked. */
static int
do_hook(struct serve *sv, const struct wire_msg *m)
{
	struct wire_hook hook;
	struct buf *out;
	int r;

	if ((r = wire_hook_decode(m->body, &hook)) != 0)
		return r;
	if (sv->p->hooks != NULL)
		return hooks_begin(sv->p->hooks, &hook);
	if ((r = outq_begin(sv->outq, WIRE_HOOKED, false, &out)) != 0)
		return r;
	return outq_end(sv->outq, hooks_refuse("this host allows no hooks:"
	    " its forced command has no --hooks", out));
}

static int
do_load(struct serve *sv, const struct wire_msg *m)
{
	struct wire_load load;
	int r;

	(void)sv;
	if ((r = wire_load_decode(m->body, &load)) == 0)
		load_lower(&load);
	return r;
}

static int
do_reread(struct serve *sv, const struct wire_msg *m)
{
	struct wire_reread reread;
	int r;

	if ((r = wire_reread_decode(m->body, &reread)) != 0)
		return r;
	return source_again(sv->p->src, &(struct source_again){
	    reread.since, reread.now, reread.period });
}

/* PING, BYE and HALT: an empty body. */
static int
do_empty(struct serve *sv, const struct wire_msg *m)
{
	if (m->type == WIRE_BYE)
		sv->bye = true;
	if (m->type == WIRE_HALT && hooks_halt(sv->p->hooks) != 0)
		return ERR_CLOSED;
	return buf_end(m->body);
}

/* The reader lets a type through only in a state where it may come. */
static const struct handler {
	enum wire_type type;
	int	 (*run)(struct serve *sv, const struct wire_msg *m);
} handlers[] = {
	{ WIRE_HELLO, do_hello },
	{ WIRE_START, do_start },
	{ WIRE_DIGEST, do_request },
	{ WIRE_LIST, do_request },
	{ WIRE_WANT, do_request },
	{ WIRE_NEXT, do_request },
	{ WIRE_SIGNATURE, do_signature },
	{ WIRE_NEED, do_need },
	{ WIRE_AGAIN, do_again },
	{ WIRE_HOOK, do_hook },
	{ WIRE_HALT, do_empty },
	{ WIRE_LOAD, do_load },
	{ WIRE_REREAD, do_reread },
	{ WIRE_PING, do_empty },
	{ WIRE_BYE, do_empty }
};

static int
serve_message(struct serve *sv, const struct wire_msg *m)
{
	size_t i;
	int r = ERR_FORMAT;

	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == m->type)
			r = handlers[i].run(sv, m);
	if (r != 0)
		log_err(r, "keeper: message %s", wire_type_name(m->type));
	return r;
}

/* Read what has come, and do it. */
static int
serve_read(struct serve *sv)
{
	struct wire_msg m;
	int r;

	if ((r = wire_reader_read(sv->reader, STDIN_FILENO)) != 0) {
		if (r == ERR_BUSY)
			return 0;
		log_err(r, "keeper: read");
		return r;
	}
	sv->heard = clock_mono_ms();
	while (!sv->bye && (r = wire_reader_next(sv->reader, &m)) == 1)
		if ((r = serve_message(sv, &m)) != 0)
			return r;
	if (r < 0)
		log_err(r, "keeper: stream");
	return r < 0 ? r : 0;
}

/* The hook runner has answered. */
static int
on_hooked(struct serve *sv)
{
	struct buf *answer = NULL, *out;
	bool got;
	int r;

	if ((r = buf_new(2 * WIRE_HOOK_OUTPUT_MAX, &answer)) != 0)
		return r;
	if ((r = hooks_answer(sv->p->hooks, answer, &got)) != 0)
		log_error("hooks: their runner has gone");
	else if (got && (r = outq_begin(sv->outq, WIRE_HOOKED, false,
	    &out)) == 0)
		r = outq_end(sv->outq, buf_put(out, buf_ptr(answer),
		    buf_len(answer)));
	buf_free(answer);
	return r;
}

/* Write what is queued, as far as it goes. */
static int
serve_write(struct serve *sv)
{
	unsigned int frames;
	int r;

	if (outq_empty(sv->outq))
		return 0;
	r = outq_write(sv->outq, STDOUT_FILENO, &frames);
	if (r == ERR_BUSY)
		return 0;
	if (r != 0) {
		log_err(r, "keeper: write");
		return r;
	}
	sv->sent = clock_mono_ms();
	if (frames > 0)
		batches_written(sv->batches, frames);
	return 0;
}

/* Keep the other side awake, and notice when it is gone. */
static int
serve_pulse(struct serve *sv)
{
	const int64_t now = clock_mono_ms();
	struct buf *out;
	int r;

	if (now - sv->heard > WIRE_DEAD_MS) {
		log_error("keeper: silent for %d s", WIRE_DEAD_MS / 1000);
		return ERR_TIMEOUT;
	}
	if (now - sv->sent < WIRE_PING_MS || !outq_empty(sv->outq))
		return 0;
	sv->sent = now;
	if ((r = outq_begin(sv->outq, WIRE_PING, false, &out)) != 0)
		return r;
	return outq_end(sv->outq, 0);
}

/* Let the source do what it can. */
static int
serve_source(struct serve *sv)
{
	return sv->p->pump == NULL ? 0 :
	    sv->p->pump->turn(sv->p->src, &sv->why);
}

/* One turn: wait, read, pump, write. */
static int
serve_turn(struct serve *sv)
{
	struct pollfd fds[] = {
		{ STDIN_FILENO, POLLIN, 0 }, { STDOUT_FILENO, 0, 0 },
		{ sv->hub.wake, POLLIN, 0 }, { pool_fd(sv->pool), POLLIN, 0 },
		{ hooks_fd(sv->p->hooks), POLLIN, 0 }, { -1, 0, 0 }
	};
	uint64_t count;
	ssize_t n;
	int r, ms = TICK_MS;

	if (!outq_empty(sv->outq))
		fds[1].events = POLLOUT;
	if (sv->p->pump != NULL)
		fds[5].fd = sv->p->pump->wait(sv->p->src, &fds[5].events,
		    &ms);
	if (poll(fds, sizeof(fds) / sizeof(fds[0]), ms) == -1)
		return 0;	/* a signal, if anything */
	hub_awake(&sv->hub);
	if ((r = serve_source(sv)) != 0)
		return r;
	if (fds[3].revents != 0) {
		n = read(fds[3].fd, &count, sizeof(count));
		(void)n;
	}
	if (fds[0].revents != 0 && (r = serve_read(sv)) != 0)
		return r;
	if (fds[4].revents != 0 && (r = on_hooked(sv)) != 0)
		return r;
	if (sv->batches != NULL && (r = batches_go(sv->batches)) != 0)
		return r;
	if (hub_check(&sv->hub) != 0)
		return sv->hub.failure != 0 ? sv->hub.failure :
		    ERR_CANCELLED;
	if ((r = serve_pulse(sv)) != 0)
		return r;
	/* Asked for and not told: there is no room yet. */
	if (fds[1].events != 0 && fds[1].revents == 0)
		return 0;
	return serve_write(sv);
}

/* Write all that is queued, for a while. */
static int
serve_flush(struct serve *sv)
{
	const int64_t until = clock_mono_ms() + FLUSH_MS;
	struct pollfd fd = { STDOUT_FILENO, POLLOUT, 0 };
	unsigned int frames;
	int r = 0;

	while (!outq_empty(sv->outq) && (r == 0 || r == ERR_BUSY)) {
		if (clock_mono_ms() > until)
			return ERR_TIMEOUT;
		(void)poll(&fd, 1, TICK_MS);
		r = outq_write(sv->outq, STDOUT_FILENO, &frames);
	}
	return r;
}

/* The last message after BYE. */
static int
tell_done(struct serve *sv, uint64_t files, uint64_t bytes)
{
	struct wire_done m = { .files = files, .bytes = bytes };
	struct rusage ru;
	struct buf *out;
	int r;

	if (getrusage(RUSAGE_SELF, &ru) == 0) {
		m.cpu_ms = (uint64_t)(ru.ru_utime.tv_sec +
		    ru.ru_stime.tv_sec) * 1000 +
		    (uint64_t)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) /
		    1000;
		m.peak_kib = (uint64_t)ru.ru_maxrss;
	}
	if ((r = outq_begin(sv->outq, WIRE_DONE, false, &out)) != 0)
		return r;
	return outq_end(sv->outq, wire_done_encode(&m, out));
}

/* The last message if all went wrong. */
static void
tell_error(struct serve *sv, int code)
{
	const char *text = sv->why != NULL ? sv->why : err_text(code);
	const struct wire_error m = {
		.code = code, .text = (const uint8_t *)text,
		.text_len = strlen(text)
	};
	struct buf *out;
	int r;

	/* A stream that is broken cannot be told so. */
	if (sv->why == NULL && (code == ERR_CLOSED || code == ERR_TIMEOUT))
		return;
	if ((r = outq_begin(sv->outq, WIRE_ERROR, false, &out)) == 0 &&
	    (r = outq_end(sv->outq, wire_error_encode(&m, out))) == 0)
		r = serve_flush(sv);
	if (r != 0)
		log_err(r, "keeper: tell the error");
}

/* Start the threads, and then give up what they will not need. */
static int
serve_begin(struct serve *sv)
{
	int r;

	/* A frame at a time instead of 64 KiB; if not, then not. */
	(void)fcntl(STDOUT_FILENO, F_SETPIPE_SZ, PIPE_ROOM);
	sv->threads = pool_cpus() < THREADS_MAX ? pool_cpus() : THREADS_MAX;
	if ((r = outq_new(&sv->hub, &sv->outq)) != 0 ||
	    (r = wire_reader_new(WIRE_KEEPER, &sv->reader)) != 0 ||
	    (r = pool_new(sv->threads, 0, &sv->pool)) != 0 ||
	    (r = walker_start(&sv->hub, sv->outq, &sv->reqs, sv->p->src,
	    &sv->walker)) != 0 ||
	    (r = fdio_nonblock(STDIN_FILENO, 1)) != 0 ||
	    (r = fdio_nonblock(STDOUT_FILENO, 1)) != 0 ||
	    (r = sandbox_harden()) != 0 ||
	    (r = sandbox_enter(sv->p->sandbox)) != 0 ||
	    (r = outq_preamble(sv->outq)) != 0)
		return r;
	if (sv->p->pump != NULL &&
	    (r = sv->p->pump->begin(sv->p->src, &sv->hub, &sv->why)) != 0)
		return r;
	sv->sent = sv->heard = clock_mono_ms();
	return 0;
}

/* Free all; the threads are gone. */
static void
serve_clear(struct serve *sv)
{
	batches_end(sv->batches);
	pool_free(sv->pool);
	outq_free(sv->outq);
	reqs_clear(&sv->reqs);
	wire_reader_free(sv->reader);
	job_end(sv->job);
	hub_clear(&sv->hub);
}

int
serve_run(const struct serve_params *p)
{
	struct serve sv;
	uint64_t files = 0, bytes = 0;
	int r;

	memset(&sv, 0, sizeof(sv));
	sv.p = p;
	if ((r = hub_init(&sv.hub)) != 0)
		return r;
	reqs_init(&sv.reqs, &sv.hub);
	r = serve_begin(&sv);
	while (r == 0 && !sv.bye)
		r = serve_turn(&sv);
	hub_end(&sv.hub, 0);
	if (walker_end(sv.walker, &files, &bytes) != 0) {
		log_error("walker: hangs in the system, left behind");
		_exit(1);
	}
	if (r == 0 && (r = tell_done(&sv, files, bytes)) == 0)
		r = serve_flush(&sv);
	else if (r != 0)
		tell_error(&sv, r);
	serve_clear(&sv);
	return r;
}
