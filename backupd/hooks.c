/* hooks.c: hooks of the source, before and after a session's work. */
#include "backupd/hooks.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "backupd/session.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "wire/hook.h"
#include "wire/wire.h"

#define ANSWER_MS 60000		/* beyond a hook's own time */
#define AGENTS_NICE 10		/* that each agent takes by itself */
#define WORDS_MAX 400		/* bytes of its last words that are told */
#define TEXT_MAX 2400

static const struct job_hook *
hook_now(const struct session *s)
{
	return s->hooks.after ? &s->job->after[s->hooks.next] :
	    &s->job->before[s->hooks.next];
}

static size_t
hook_count(const struct session *s)
{
	return s->hooks.after ? s->job->nafter : s->job->nbefore;
}

uint64_t
hooks_features(const struct session *s)
{
	uint64_t features = 0;

	if (!s->job->dry && s->job->nbefore + s->job->nafter > 0)
		features |= WIRE_FEATURE_HOOKS;
	if (s->job->load.any)
		features |= WIRE_FEATURE_LOAD;
	return features;
}

int
hooks_load(struct session *s, uint64_t features)
{
	const struct job_load *l = &s->job->load;
	const struct wire_load m = { .nice = l->nice,
	    .io = (enum wire_io)l->io };
	size_t mark;
	int r;

	s->hooks.known = (features & WIRE_FEATURE_HOOKS) != 0;
	if (!l->any)
		return 0;
	if ((features & WIRE_FEATURE_LOAD) == 0) {
		/* Nobody is warned of what he has not asked for. */
		if (l->nice > AGENTS_NICE || l->io == WIRE_IO_IDLE)
			log_warn("job %s: the agent of %s is too old to lower"
			    " its load: nice and ionice are not heeded",
			    s->job->id, s->job->host);
		return 0;
	}
	if ((r = session_begin(s, WIRE_LOAD, &mark)) != 0 ||
	    (r = wire_load_encode(&m, s->out)) != 0)
		return r;
	return session_end(s, mark);
}

/* Tell how the present hook is. */
static void
tell(struct session *s, const struct event_hook *e)
{
	struct event_hook all = *e;

	all.after = s->hooks.after;
	all.name = hook_now(s)->name;
	if (event_write_hook(s->event_fd, &all) != 0)
		log_error("job %s: cannot tell of a hook", s->job->id);
}

/* The present hook has failed so: the job's failure, or a warning of it. */
static int
failed(struct session *s, int code, const char *how, const char *remedy)
{
	const struct job_hook *h = hook_now(s);
	struct event_issue i = { .code = code };
	char text[TEXT_MAX];

	snprintf(text, sizeof(text), "hook %s, %s saving, %s", h->name,
	    s->hooks.after ? "after" : "before", how);
	if (!s->hooks.after && !h->warns && !s->hooks.failed)
		return session_fail(s, code, text, remedy);
	/* What was ended because the job had failed is nothing new. */
	if (s->hooks.failed && !s->hooks.after)
		return 0;
	i.path = (const uint8_t *)"";
	i.text = text;
	session_remark(s, &i);
	if (s->warning[0] == '\0') {
		snprintf(s->warning, sizeof(s->warning), "%s", text);
		snprintf(s->warning_remedy, sizeof(s->warning_remedy), "%s",
		    "see to the program on the host");
	}
	return 0;
}

static int
hook_send(struct session *s)
{
	const struct job_hook *h = hook_now(s);
	struct wire_hook m = { .phase = !s->hooks.after ? WIRE_BEFORE :
	    s->hooks.failed ? WIRE_AFTER_FAILURE : WIRE_AFTER,
	    .timeout = h->timeout };
	const struct event_hook e = { .state = EVENT_HOOK_RUNS,
	    .output = (const uint8_t *)"" };
	size_t mark;
	int r;

	snprintf(m.name, sizeof(m.name), "%s", h->name);
	snprintf(m.set, sizeof(m.set), "%s", s->job->set);
	if ((r = session_begin(s, WIRE_HOOK, &mark)) != 0 ||
	    (r = wire_hook_encode(&m, s->out)) != 0 ||
	    (r = session_end(s, mark)) != 0)
		return r;
	s->hooks.runs = true;
	s->hooks.until = clock_mono_ms() + (int64_t)h->timeout * 1000 +
	    ANSWER_MS;
	tell(s, &e);
	return 0;
}

/* An agent that does not know what a hook is. */
static int
hook_old(struct session *s)
{
	const struct event_hook e = { .state = EVENT_HOOK_OLD,
	    .output = (const uint8_t *)"" };

	tell(s, &e);
	return failed(s, ERR_VERSION, "was not run: the agent is too old,"
	    " it knows no hooks", "install this version's backup-agent on the"
	    " host");
}

/* Ask for the next of the list that is to be run. */
static int
hooks_next(struct session *s)
{
	struct hooks *h = &s->hooks;
	int r;

	for (; h->next < hook_count(s); h->next++) {
		if (h->failed && !hook_now(s)->always)
			continue;
		if (h->known)
			return hook_send(s);
		if ((r = hook_old(s)) != 0)
			return r;
	}
	h->over = true;
	return 0;
}

static int
hooks_list(struct session *s, bool after)
{
	s->hooks.after = after;
	s->hooks.next = 0;
	s->hooks.over = s->job->dry;
	return s->job->dry ? 0 : hooks_next(s);
}

int
hooks_before(struct session *s)
{
	return hooks_list(s, false);
}

int
hooks_after(struct session *s)
{
	return hooks_list(s, true);
}

int
hooks_last(struct session *s)
{
	struct hooks *h = &s->hooks;

	h->failed = true;
	h->over = !h->known;
	if (!h->known)
		return 0;
	/* One that runs always may go on. */
	if (h->runs && h->after && hook_now(s)->always)
		return 0;
	if (h->runs)
		return wire_put_empty(s->out, WIRE_HALT);
	if (!h->after)
		return hooks_list(s, true);
	return hooks_next(s);
}

/*
 * Its last words as one line of plain characters; what it wrote, byte for
 * byte, is in the event.
 */
static void
words(const struct wire_hooked *m, char out[2 * WORDS_MAX + 3])
{
	const uint8_t *p = m->output;
	size_t len = m->output_len, i, n = 0;

	while (len > 0 && (p[len - 1] == '\n' || p[len - 1] == '\r'))
		len--;
	if (len > WORDS_MAX) {
		p += len - WORDS_MAX;
		len = WORDS_MAX;
	}
	if (len > 0) {
		out[n++] = ':';
		out[n++] = ' ';
	}
	for (i = 0; i < len; i++) {
		if (p[i] == '\n') {
			out[n++] = ';';
			out[n++] = ' ';
		} else
			out[n++] = p[i] >= ' ' && p[i] < 0x7f ?
			    (char)p[i] : '?';
	}
	out[n] = '\0';
}

/* The words of how it ended. */
static void
how_text(const struct session *s, const struct wire_hooked *m,
    char text[TEXT_MAX])
{
	char said[2 * WORDS_MAX + 3], how[100];

	words(m, said);
	switch (m->result) {
	case WIRE_HOOK_EXITED:
		snprintf(how, sizeof(how), "ended with status %" PRIu32,
		    m->status);
		break;
	case WIRE_HOOK_SIGNAL:
		snprintf(how, sizeof(how), "was ended by signal %" PRIu32,
		    m->status);
		break;
	case WIRE_HOOK_TIMEOUT:
		snprintf(how, sizeof(how), "was ended: it took longer than"
		    " %" PRIu32 " s", hook_now(s)->timeout);
		break;
	case WIRE_HOOK_HALTED:
		snprintf(how, sizeof(how), "was ended");
		break;
	case WIRE_HOOK_REFUSED:
		snprintf(how, sizeof(how), "was refused by the host");
		break;
	}
	snprintf(text, TEXT_MAX, "%s%s", how, said);
}

int
hooks_message(struct session *s, struct wire_msg *msg)
{
	struct hooks *h = &s->hooks;
	struct event_hook e;
	struct wire_hooked m;
	char text[TEXT_MAX];
	int r;

	if ((r = wire_hooked_decode(msg->body, &m)) != 0)
		return r;
	if (!h->runs)
		return ERR_FORMAT;
	h->runs = false;
	e = (struct event_hook){ .state =
	    (enum event_hook_state)(m.result + EVENT_HOOK_EXITED),
	    .status = m.status, .ms = m.ms, .output = m.output,
	    .output_len = m.output_len };
	tell(s, &e);
	if (m.result != WIRE_HOOK_EXITED || m.status != 0) {
		how_text(s, &m, text);
		if ((r = failed(s, ERR_IO, text, m.result ==
		    WIRE_HOOK_REFUSED ? "see what backup-agent hooks list"
		    " tells on the host" : "nothing was saved; see to the"
		    " program on the host, then run the job again")) != 0)
			return r;
	}
	h->next++;
	/* Was it of before, and the job failed meanwhile? */
	if (h->failed && !h->after)
		return hooks_list(s, true);
	return hooks_next(s);
}

int
hooks_check(struct session *s)
{
	if (!s->hooks.runs || clock_mono_ms() < s->hooks.until)
		return 0;
	return session_fail(s, ERR_TIMEOUT, "the agent does not tell how its"
	    " hook ended", "see what runs on the host");
}
