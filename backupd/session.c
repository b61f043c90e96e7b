/* session.c: the keeper's side of the pull protocol. */
#include "backupd/session.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backupd/batch.h"
#include "backupd/bounds.h"
#include "backupd/content.h"
#include "backupd/directory.h"
#include "backupd/link.h"
#include "backupd/moved.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/pool.h"
#include "wire/delta.h"
#include "wire/reply.h"
#include "wire/start.h"
#include "wire/weak.h"
#include "wire/wire.h"

#define OUT_MAX (16u << 20)	/* requests under way; the agent takes them */
#define PROGRESS_MS 200
#define POLL_MS 200
#define ANSWER_MS 60000		/* until HELLO and BYE are answered */

int
session_fail(struct session *s, int code, const char *reason,
    const char *remedy)
{
	if (s->reason[0] == '\0') {
		snprintf(s->reason, sizeof(s->reason), "%s", reason);
		snprintf(s->remedy, sizeof(s->remedy), "%s", remedy);
	}
	return code;
}

void
session_remark(struct session *s, const struct event_issue *i)
{
	if (event_write_issue(s->event_fd, i) != 0)
		log_error("job %s: cannot report an issue", s->job->id);
}

/* Tell of one file or directory with a problem. */
static void
session_issue(struct session *s, const struct event_issue *i)
{
	s->progress.issues++;
	session_remark(s, i);
}

int
session_begin(struct session *s, unsigned int type, size_t *markp)
{
	return wire_begin(s->out, (enum wire_type)type, markp);
}

int
session_end(struct session *s, size_t mark)
{
	return wire_end(s->out, mark);
}

static int
hello_send(struct session *s)
{
	struct wire_hello hello = { .features = WIRE_FEATURE_PACKED |
	    hooks_features(s) };
	size_t mark;
	int r;

	if (s->job->link.sftp)
		hello.features = WIRE_FEATURE_WEAK;
	else if (s->job->delta != JOB_DELTA_NEVER)
		hello.features |= WIRE_FEATURE_DELTAS;
	if ((r = wire_preamble(s->out)) != 0 ||
	    (r = wire_begin(s->out, WIRE_HELLO, &mark)) != 0 ||
	    (r = wire_hello_encode(&hello, s->out)) != 0)
		return r;
	return wire_end(s->out, mark);
}

static struct wire_bytes *
bytes_of(char *const *v, size_t n)
{
	struct wire_bytes *b;
	size_t i;

	if ((b = calloc(n + 1, sizeof(*b))) == NULL)
		return NULL;
	for (i = 0; i < n; i++) {
		b[i].data = (const uint8_t *)v[i];
		b[i].len = strlen(v[i]);
	}
	return b;
}

static int
start_send(struct session *s)
{
	const struct repo_params *rp = repo_params(s->repo);
	const struct job *j = s->job;
	struct wire_bytes *roots = NULL, *excludes = NULL;
	struct wire_start m = { .level = j->level,
	    .threads = j->load.threads,
	    .chunk_min = rp->chunk_min, .chunk_avg = rp->chunk_avg,
	    .chunk_max = rp->chunk_max, .frame_max = rp->frame_max,
	    .nroots = j->npaths, .nexcludes = j->nexcludes };
	size_t mark;
	int r;

	if (j->one_file_system)
		m.flags |= WIRE_ONE_FILE_SYSTEM;
	if (j->exclude_caches)
		m.flags |= WIRE_EXCLUDE_CACHES;
	repo_chunker_seed(s->repo, m.seed);
	if ((roots = bytes_of(j->paths, j->npaths)) == NULL ||
	    (excludes = bytes_of(j->excludes, j->nexcludes)) == NULL) {
		r = ERR_NOMEM;
		goto out;
	}
	m.roots = roots;
	m.excludes = excludes;
	if ((r = wire_begin(s->out, WIRE_START, &mark)) == 0 &&
	    (r = wire_start_encode(&m, s->out)) == 0)
		r = wire_end(s->out, mark);
 out:
	free(roots);
	free(excludes);
	return r;
}

static void
state_enter(struct session *s, enum session_state state)
{
	s->state = state;
	s->state_since = clock_mono_ms();
}

static int
on_hello(struct session *s, struct wire_msg *msg)
{
	struct wire_agent_hello m;
	char version[200], system[200], host[200];
	size_t len;
	int r;

	if ((r = wire_agent_hello_decode(msg->body, &m)) != 0)
		return r;
	s->source_time = m.time;
	/* The puller has checked that it agrees to nothing else. */
	wire_reader_features(s->in, m.features);
	batches_features(s->batches, m.features);
	log_escape(version, sizeof(version), m.version.data, m.version.len);
	log_escape(system, sizeof(system), m.system.data, m.system.len);
	log_escape(host, sizeof(host), m.host.data, m.host.len);
	if ((m.features & WIRE_FEATURE_WEAK) != 0) {
		state_enter(s, SESSION_BEFORE);
		if ((r = weak_begin(s, system)) != 0)
			return r;
		return hooks_before(s);
	}
	len = strlen(version) + strlen(system) + strlen(host) + 8;
	if ((s->agent = malloc(len)) == NULL)
		return ERR_NOMEM;
	snprintf(s->agent, len, "%s, %s, %s", version, host, system);
	state_enter(s, SESSION_BEFORE);
	if ((r = hooks_load(s, m.features)) != 0)
		return r;
	return hooks_before(s);
}

static int
on_issue(struct session *s, struct wire_msg *msg)
{
	struct event_issue i = { .code = 0 };
	struct wire_issue m;
	struct buf *path = NULL;
	char text[400], safe[300];
	int r;

	if ((r = wire_issue_decode(msg->body, &m)) != 0)
		return r;
	if (m.root >= s->job->npaths)
		return ERR_FORMAT;
	log_escape(safe, sizeof(safe), m.text, m.text_len);
	snprintf(text, sizeof(text), "%s", m.text_len > 0 ? safe :
	    err_text(m.code));
	if ((r = buf_new(2 * WIRE_PATH_MAX, &path)) != 0 ||
	    (r = buf_put(path, s->job->paths[m.root],
	    strlen(s->job->paths[m.root]))) != 0 ||
	    (m.path_len > 0 && ((r = buf_put_u8(path, '/')) != 0 ||
	    (r = buf_put(path, m.path, m.path_len)) != 0)))
		goto out;
	i.code = m.code;
	i.path = buf_ptr(path);
	i.path_len = buf_len(path);
	i.text = text;
	/* What vanished is not missing from a backup of what is there. */
	if (m.code != ERR_NOENT)
		session_issue(s, &i);
 out:
	buf_free(path);
	return r;
}

static int
on_ping(struct session *s, struct wire_msg *msg)
{
	(void)s;	/* all that it says is that somebody is there */
	return buf_end(msg->body);
}

static int
on_done(struct session *s, struct wire_msg *msg)
{
	struct wire_done m;
	int r;

	if ((r = wire_done_decode(msg->body, &m)) != 0)
		return r;
	log_info("job %s: agent read %llu files, %llu ms of processor time,"
	    " at most %llu KiB", s->job->id, (unsigned long long)m.files,
	    (unsigned long long)m.cpu_ms, (unsigned long long)m.peak_kib);
	state_enter(s, SESSION_DONE);
	return 0;
}

static int
on_error(struct session *s, struct wire_msg *msg)
{
	char text[SESSION_TEXT_MAX], safe[2048];
	struct wire_error m;
	int r;

	if ((r = wire_error_decode(msg->body, &m)) != 0)
		return r;
	log_escape(safe, sizeof(safe), m.text, m.text_len);
	snprintf(text, sizeof(text), "%s: %s", s->weak ?
	    "reading over SFTP ended" : "the agent gave up", safe);
	return session_fail(s, m.code, text, "");
}

#define HOOKING (1u << SESSION_BEFORE | 1u << SESSION_AFTER | \
	1u << SESSION_LAST)

/* Which message is taken in which state, and by whom. */
static const struct {
	enum wire_type type;
	unsigned int states;		/* bits 1 << state */
	int	(*handle)(struct session *s, struct wire_msg *msg);
} handlers[] = {
	{ WIRE_AGENT_HELLO, 1u << SESSION_HELLO, on_hello },
	{ WIRE_ROOT, 1u << SESSION_WORK, roots_message },
	{ WIRE_PAGE, 1u << SESSION_WORK, directories_page },
	{ WIRE_DIREND, 1u << SESSION_WORK, directories_dirend },
	{ WIRE_CHUNKS, 1u << SESSION_WORK, content_chunks },
	{ WIRE_FRAME, 1u << SESSION_WORK, batches_frame },
	{ WIRE_PATCHED, 1u << SESSION_WORK, batches_patched },
	{ WIRE_PACE, 1u << SESSION_WORK | 1u << SESSION_AFTER |
	    1u << SESSION_BYE, batches_pace },
	{ WIRE_ISSUE, 1u << SESSION_WORK, on_issue },
	{ WIRE_HOOKED, HOOKING, hooks_message },
	{ WIRE_PING, 1u << SESSION_HELLO | 1u << SESSION_WORK |
	    1u << SESSION_BYE | HOOKING, on_ping },
	{ WIRE_DONE, 1u << SESSION_BYE, on_done },
	{ WIRE_ERROR, 1u << SESSION_HELLO | 1u << SESSION_WORK |
	    1u << SESSION_BYE | HOOKING, on_error }
};

static int
handle(struct session *s, struct wire_msg *m)
{
	char text[200];
	size_t i;
	int r = ERR_FORMAT;

	s->heard = clock_mono_ms();
	s->progress.wire_in += m->frame_len;
	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == m->type &&
		    (handlers[i].states & 1u << s->state) != 0) {
			r = handlers[i].handle(s, m);
			break;
		}
	/* What was under way when the job failed. */
	if (i == sizeof(handlers) / sizeof(handlers[0]) &&
	    s->state == SESSION_LAST)
		return 0;
	if (r == ERR_FORMAT || r == ERR_TOOBIG) {
		snprintf(text, sizeof(text), "the source sent a bad or"
		    " untimely %s message", wire_type_name(m->type));
		session_fail(s, r, text, "");
	}
	return r;
}

/* Take what has come, as long as the socket gives. */
static int
messages_take(struct session *s)
{
	struct wire_msg m;
	int r, got;

	for (;;) {
		while ((got = wire_reader_next(s->in, &m)) == 1)
			if ((r = handle(s, &m)) != 0)
				return r;
		if (got < 0)
			return session_fail(s, got, "the source does not"
			    " speak the pull protocol", "");
		if (s->state == SESSION_DONE)
			return 0;
		r = wire_reader_read(s->in, link_fd(s->link));
		if (r == ERR_BUSY)
			return 0;
		if (r != 0) {
			s->lost = true;
			return r;
		}
	}
}

static int
requests_write(struct session *s)
{
	ssize_t n;

	while (buf_len(s->out) > 0) {
		n = write(link_fd(s->link), buf_ptr(s->out), buf_len(s->out));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		if (n == -1) {
			s->lost = true;
			return ERR_CLOSED;
		}
		s->said = clock_mono_ms();
		s->progress.wire_out += (uint64_t)n;
		if (buf_skip(s->out, (size_t)n) != 0)
			return ERR_FORMAT;
	}
	return 0;
}

static void
progress_show(struct session *s)
{
	int64_t now = clock_mono_ms();
	uint64_t raw;

	if (now - s->shown < PROGRESS_MS)
		return;
	s->shown = now;
	writer_totals(s->w, &raw, &s->progress.stored);
	s->progress.waiting = batches_waiting(s->batches);
	s->progress.want = s->changed_bytes;
	s->progress.listed = directories_listed(s->dirs);
	if (memcmp(&s->progress, &s->last_shown, sizeof(s->progress)) == 0)
		return;
	s->last_shown = s->progress;
	if (event_write_progress(s->event_fd, &s->progress) != 0)
		log_debug("job %s: nobody listens", s->job->id);
}

static bool
work_over(const struct session *s)
{
	size_t i;

	if (s->state != SESSION_WORK || !directories_idle(s->dirs) ||
	    !batches_idle(s->batches))
		return false;
	for (i = 0; i < s->job->npaths; i++)
		if (!s->roots[i].settled)
			return false;
	return true;
}

/* Wait for something to do, a little at most. */
static int
session_wait(struct session *s)
{
	struct pollfd p[2];
	int64_t now = clock_mono_ms();
	uint64_t count;
	int r;

	if (now - s->heard > WIRE_DEAD_MS)
		return session_fail(s, ERR_TIMEOUT, "the source has said"
		    " nothing for a minute", "see whether the host is up,"
		    " then run the job again: what arrived is kept");
	/* Who says PING for ever does not answer either. */
	if ((s->state == SESSION_HELLO || s->state == SESSION_BYE) &&
	    now - s->state_since > ANSWER_MS)
		return session_fail(s, ERR_IO, s->state == SESSION_HELLO ?
		    "the source has not said who it is for a minute" :
		    "the source does not end for a minute", "see what runs"
		    " on the host, then run the job again");
	if (now - s->said > WIRE_PING_MS &&
	    (r = wire_put_empty(s->out, WIRE_PING)) != 0)
		return r;
	p[0].fd = link_fd(s->link);
	p[0].events = POLLIN;
	if (buf_len(s->out) > 0)
		p[0].events |= POLLOUT;
	p[1].fd = pool_fd(s->pool);
	p[1].events = POLLIN;
	if (poll(p, 2, POLL_MS) == -1 && errno != EINTR)
		return ERR_IO;
	if (p[1].revents & POLLIN)
		(void)!read(p[1].fd, &count, sizeof(count));
	return 0;
}

/* Go on when all is done that belongs to the present state. */
static int
state_next(struct session *s)
{
	int r;

	if (s->state == SESSION_BEFORE && s->hooks.over) {
		state_enter(s, SESSION_WORK);
		return roots_begin(s);
	}
	if (work_over(s)) {
		state_enter(s, SESSION_AFTER);
		if ((r = hooks_after(s)) != 0)
			return r;
	}
	if (s->state == SESSION_AFTER && s->hooks.over) {
		state_enter(s, SESSION_BYE);
		return wire_put_empty(s->out, WIRE_BYE);
	}
	return hooks_check(s);
}

static int
session_loop(struct session *s)
{
	int r;

	while (s->state != SESSION_DONE) {
		if (*s->cancelled)
			return session_fail(s, ERR_CANCELLED, "cancelled",
			    "what arrived is kept; run the job again");
		if ((r = requests_write(s)) != 0 ||
		    (r = messages_take(s)) != 0 ||
		    (r = batches_pump(s, false)) != 0)
			return r;
		progress_show(s);
		if ((r = state_next(s)) != 0)
			return r;
		if (s->state != SESSION_DONE && (r = requests_write(s)) == 0)
			r = session_wait(s);
		if (r != 0)
			return r;
	}
	return 0;
}

/* Tell whether the agent can still be asked for something after r. */
static bool
link_lives(const struct session *s, int r)
{
	return (s->state == SESSION_BEFORE || s->state == SESSION_WORK ||
	    s->state == SESSION_AFTER) && !s->lost &&
	    (r != ERR_TIMEOUT || s->reason[0] == '\0') &&
	    r != ERR_FORMAT && r != ERR_TOOBIG && r != ERR_CORRUPT;
}

/*
 * The job has failed; what the source is owed all the same are the hooks that
 * always run.  Somebody who cancels waits for them, but not for ever.
 */
static void
session_last(struct session *s)
{
	int64_t until = INT64_MAX;
	int r;

	state_enter(s, SESSION_LAST);
	r = hooks_last(s);
	while (r == 0 && !s->hooks.over) {
		if (*s->cancelled && until == INT64_MAX)
			until = clock_mono_ms() + JOB_LAST_MS;
		if (clock_mono_ms() > until)
			r = ERR_TIMEOUT;
		else if ((r = hooks_check(s)) == 0 &&
		    (r = requests_write(s)) == 0 &&
		    (r = messages_take(s)) == 0 && !s->hooks.over)
			r = session_wait(s);
	}
	if (r != 0)
		log_warn("job %s: not all hooks that are always run have"
		    " been: %s", s->job->id, err_text(r));
}

/* The puller has the last word about how the stream ended. */
static int
session_close(struct session *s, int r)
{
	struct link_report rep;
	int w;

	/* A target that was lost says the same, and has said why. */
	if (r != 0 && !s->lost)
		return r;
	w = link_wait(s->link, s->cancelled, &rep);
	if (w == ERR_CANCELLED)
		return session_fail(s, w, "cancelled", "what arrived is kept;"
		    " run the job again");
	if (w != 0)
		return session_fail(s, r != 0 ? r : w, "the puller ended"
		    " without a word", "run the job again: what arrived is"
		    " kept");
	s->progress.wire_in = rep.received;
	s->progress.wire_out = rep.sent;
	s->delta.delta_bytes = rep.deltas;
	s->delta.signature_bytes = rep.signatures;
	if (rep.code != 0)
		return session_fail(s, rep.code, rep.reason, rep.remedy);
	return r;
}

int
session_run(struct session *s)
{
	int r;

	s->heard = s->said = s->state_since = clock_mono_ms();
	s->delta.mode = s->job->delta;
	if ((s->roots = calloc(s->job->npaths, sizeof(*s->roots))) == NULL)
		return ERR_NOMEM;
	if ((r = buf_new(OUT_MAX, &s->out)) != 0 ||
	    (r = wire_reader_new(WIRE_PULLER, &s->in)) != 0 ||
	    (r = directories_new(&s->dirs)) != 0 ||
	    (r = moved_new(&s->moved)) != 0 ||
	    (r = content_new(&s->content)) != 0 ||
	    (r = batches_new(s, &s->batches)) != 0 ||
	    (r = hello_send(s)) != 0 || (r = start_send(s)) != 0)
		return r;
	if ((r = session_loop(s)) != 0 && link_lives(s, r))
		session_last(s);
	r = session_close(s, r);
	if (r == 0)
		r = bounds_end(s);
	/* Frames that came whole are worth keeping, whatever happened. */
	if (r != 0 && batches_pump(s, true) != 0)
		log_debug("job %s: frames under way are lost", s->job->id);
	return r;
}

void
session_clear(struct session *s)
{
	size_t i;

	batches_free(s->batches, s->pool);
	content_free(s->content);
	directories_free(s->dirs);
	moved_free(s->moved);
	wire_reader_free(s->in);
	buf_free(s->out);
	for (i = 0; s->roots != NULL && i < s->job->npaths; i++)
		buf_free(s->roots[i].name);
	free(s->roots);
	free(s->agent);
}
