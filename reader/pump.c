/* pump.c: the connection to the server, as the main thread moves it. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/serve.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "reader/impl.h"
#include "sftp/request.h"
#include "ssh/ssh.h"
#include "wire/weak.h"

#define TURNS 16		/* before others have their turn */
#define SILENCE_LEAST 10u

void
node_ready(struct far *r, struct node *n)
{
	if (n->queued)
		return;
	n->queued = true;
	TAILQ_INSERT_TAIL(&r->ready, n, ready);
	r->nready++;
}

int
node_asked(struct far *r, struct node *n, int rv)
{
	if (rv == ERR_BUSY)
		return 0;
	if (rv != 0)
		return rv;
	n->inflight++;
	r->made++;
	return 1;
}

int
answer_status(int code)
{
	switch (code) {
	case ERR_NOENT:
	case ERR_DENIED:
	case ERR_TOOBIG:
	case ERR_NOMEM:
		return code;
	default:
		return ERR_IO;
	}
}

bool
answer_begin(struct far *r, struct node *n)
{
	hub_lock(r->hub);
	n->inflight--;
	if (r->x != NULL && sftp_failed(r->x) != 0)
		r->failed = sftp_failed(r->x);
	return !n->dead && r->failed == 0;
}

void
answer_end(struct far *r, struct node *n)
{
	if (n->inflight == 0 || n->is_dir)
		node_ready(r, n);
	hub_unlock(r->hub);
}

void
answer_none(void *arg, const struct sftp_reply *reply)
{
	(void)arg;
	(void)reply;	/* nothing was written: nothing can be lost */
}

void
far_paid(struct far *r, size_t in, size_t out)
{
	r->in += in;
	r->out += out;
	r->owed += in + out;
}

/* Pay for what came and was not known before. */
static void
pay(struct far *r)
{
	size_t may = throttle_room(&r->throttle, clock_mono_ns());

	if (may > r->owed)
		may = r->owed;
	throttle_took(&r->throttle, may);
	r->owed -= may;
	r->held = r->owed > 0;
}

static void
on_known(void *arg, const struct sftp_reply *reply)
{
	struct far *r = arg;

	hub_lock(r->hub);
	/* What ended the session ends the walker, too. */
	if (r->asking != NULL && (r->x == NULL || sftp_failed(r->x) == 0)) {
		r->asking->status = reply->code == 0 ? 0 :
		    answer_status(reply->code);
		listing_attr_of(&reply->attrs, &r->asking->attr);
		r->asking = NULL;
		hub_tell(r->hub);
	}
	hub_unlock(r->hub);
}

/* Ask for the one thing that the walker waits for. */
static int
known_ask(struct far *r)
{
	int rv;

	if (r->asking == NULL || r->asked)
		return 0;
	rv = sftp_lstat(r->x, r->asking->path, (struct sftp_done){ on_known,
	    r });
	if (rv == 0) {
		r->asked = true;
		r->made++;
	}
	if (rv == ERR_TOOBIG) {
		r->asking->status = rv;
		r->asking = NULL;
		hub_tell(r->hub);
	}
	return rv == ERR_BUSY || rv == ERR_TOOBIG ? 0 : rv;
}

/* Go on with what can go on, once each, and begin what there is room for. */
static int
pass(struct far *r)
{
	size_t n = r->nready;
	struct node *node;
	int rv;

	pay(r);
	if ((rv = known_ask(r)) != 0)
		return rv;
	while (n-- > 0 && sftp_ready(r->x, 0)) {
		node = TAILQ_FIRST(&r->ready);
		TAILQ_REMOVE(&r->ready, node, ready);
		r->nready--;
		node->queued = false;
		rv = node->is_dir ? dir_step(r, (struct dnode *)node) :
		    file_step(r, (struct fnode *)node);
		if (rv != 0)
			return rv;
	}
	return ahead_run(r);
}

/* What to tell people of the end of the session. */
static int
explain(struct far *r, int code, const char **whyp)
{
	char said[400], safe[1000];
	size_t n = ssh_stderr_read(r->ssh, said, sizeof(said));
	const char *what;

	switch (code) {
	case ERR_CLOSED:
		what = "the SFTP server ended the connection";
		break;
	case ERR_TIMEOUT:
		what = "the SFTP server owes answers and says nothing";
		break;
	case ERR_FORMAT:
	case ERR_TOOBIG:
		what = "the SFTP server said what no SFTP server says";
		break;
	case ERR_VERSION:
		what = "the server does not speak SFTP version 3";
		break;
	default:
		what = err_text(code);
	}
	while (n > 0 && (said[n - 1] == '\n' || said[n - 1] == '\r'))
		n--;
	log_escape(safe, sizeof(safe), said, n);
	snprintf(r->why, sizeof(r->why), "%s%s%.160s", what, n > 0 ? ": " :
	    "", safe);
	*whyp = r->why;
	return code;
}

static int
far_begin(struct source *s, struct hub *h, const char **whyp)
{
	struct far *r = far_of(s);
	const struct sftp_server *server;
	uint64_t silence = r->silence;
	int rv;

	if (silence == 0 || silence > UINT32_MAX / 1000)
		silence = SFTP_SILENCE_MS / 1000;
	if (silence < SILENCE_LEAST)
		silence = SILENCE_LEAST;
	if ((rv = sftp_start(r->ssh, (uint32_t)silence * 1000, &r->x)) != 0)
		return explain(r, rv, whyp);
	r->hub = h;
	server = sftp_server(r->x);
	snprintf(r->system, sizeof(r->system), "SFTP 3, reads of %u KiB, %u"
	    " ms away", server->read_max >> 10, server->rtt_ms);
	return 0;
}

static int
far_wait(struct source *s, short *eventsp, int *msp)
{
	struct far *r = far_of(s);
	int ms;

	*eventsp = sftp_wants(r->x);
	if (r->held) {
		ms = throttle_wait_ms(&r->throttle, clock_mono_ns());
		if (ms < *msp)
			*msp = ms > 0 ? ms : 1;
	}
	return sftp_poll_fd(r->x);
}

static int
far_turn(struct source *s, const char **whyp)
{
	struct far *r = far_of(s);
	int i, rv;

	for (i = 0; i < TURNS; i++) {
		if ((rv = sftp_pump(r->x)) != 0)
			return explain(r, rv, whyp);
		hub_lock(r->hub);
		r->made = 0;
		rv = pass(r);
		hub_unlock(r->hub);
		if (rv != 0)
			return explain(r, rv, whyp);
		if (r->made == 0)
			break;
	}
	return 0;
}

static const char *
far_system(const struct source *s)
{
	return ((const struct far *)s)->system;
}

static const struct serve_pump far_pump = {
	.begin = far_begin,
	.wait = far_wait,
	.turn = far_turn,
	.system = far_system
};

int
far_new(const struct far_params *p, struct far **rp)
{
	struct far *r;
	int rv;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return ERR_NOMEM;
	TAILQ_INIT(&r->ready);
	TAILQ_INIT(&r->plans);
	TAILQ_INIT(&r->wanted);
	r->hub = &r->last;
	r->ssh = p->ssh;
	r->silence = p->silence;
	r->files_max = FILES_OPEN;
	throttle_begin(&r->throttle, p->limits, p->nlimits, p->began,
	    clock_mono_ns());
	if ((rv = hub_init(&r->last)) != 0) {
		free(r);
		return rv;
	}
	/* The root of all paths is always open. */
	r->opened = calloc(1, sizeof(r->opened[0]));
	if (r->opened != NULL && (r->opened[0].path = strdup("")) != NULL) {
		r->opened[0].kind = OPENED_DIR;
		r->nopened = 1;
		rv = source_init(&r->source, &far_ops);
	} else
		rv = ERR_NOMEM;
	if (rv != 0) {
		far_free(r);
		return rv;
	}
	*rp = r;
	return 0;
}

/* All that is left, once no answer is to come. */
static void
nodes_free(struct far *r)
{
	struct plan *p;
	struct fnode *f;
	struct node *n;
	int i;

	for (i = 0; i < r->nopened; i++) {
		if (r->opened[i].f != NULL)
			file_drop(r, r->opened[i].f);
		free(r->opened[i].path);
	}
	while ((p = TAILQ_FIRST(&r->plans)) != NULL)
		dir_drop(r, p->top);
	while ((f = TAILQ_FIRST(&r->wanted)) != NULL)
		file_drop(r, f);
	while ((n = TAILQ_FIRST(&r->ready)) != NULL) {
		TAILQ_REMOVE(&r->ready, n, ready);
		if (n->is_dir)
			dir_free((struct dnode *)n);
		else
			file_free((struct fnode *)n);
	}
}

void
far_free(struct far *r)
{
	struct sftp *x;
	size_t i;

	if (r == NULL)
		return;
	/* The hub of the threads is gone, and so are they. */
	r->hub = &r->last;
	x = r->x;
	r->x = NULL;
	r->failed = ERR_CANCELLED;
	sftp_end(x);
	nodes_free(r);
	for (i = 0; i < KNOWN_MAX; i++)
		free(r->known[i].path);
	free(r->opened);
	source_clear(&r->source);
	hub_clear(&r->last);
	free(r);
}

int
far_serve(struct far *r)
{
	char root[] = "/";
	const struct base base = { root, FAR_ROOT };
	const struct serve_params p = {
		.bases = &base, .nbases = 1, .src = &r->source,
		.pump = &far_pump, .features = WIRE_FEATURE_WEAK,
		.sandbox = SANDBOX_PULLER
	};

	return serve_run(&p);
}

const char *
far_why(const struct far *r)
{
	return r->why;
}

void
far_traffic(const struct far *r, uint64_t *inp, uint64_t *outp)
{
	*inp = r->in;
	*outp = r->out;
}
