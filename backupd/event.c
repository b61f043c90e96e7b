/* event.c: worker events as bytes. */
#include "backupd/event.h"

#include <stdlib.h>
#include <string.h>

#include "backupd/job.h"
#include "base/buf.h"

#define EVENT_TEXT_MAX (64u << 10)

static int
progress_put(struct buf *b, const struct event_progress *p)
{
	const uint64_t v[] = { p->files, p->directories, p->read, p->wire_in,
	    p->wire_out, p->stored, p->issues, p->waiting,
	    p->want, p->listed };
	size_t i;
	int r;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		if ((r = buf_put_varint(b, v[i])) != 0)
			return r;
	return 0;
}

static int
progress_get(struct buf *b, struct event_progress *p)
{
	uint64_t *v[] = { &p->files, &p->directories, &p->read, &p->wire_in,
	    &p->wire_out, &p->stored, &p->issues, &p->waiting,
	    &p->want, &p->listed };
	size_t i;
	int r;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		if ((r = buf_get_varint(b, v[i])) != 0)
			return r;
	return 0;
}

static int
delta_put(struct buf *b, const struct event_delta *d)
{
	const uint64_t v[] = { d->rate, d->chunks, d->by_delta, d->again,
	    d->given_up, d->raw_bytes, d->basis_bytes, d->delta_bytes,
	    d->signature_bytes, d->stored };
	size_t i;
	int r;

	if ((r = buf_put_u8(b, (uint8_t)d->mode)) != 0 ||
	    (r = buf_put_u8(b, (uint8_t)d->why)) != 0)
		return r;
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		if ((r = buf_put_varint(b, v[i])) != 0)
			return r;
	return 0;
}

static int
delta_get(struct buf *b, struct event_delta *d)
{
	uint64_t *v[] = { &d->rate, &d->chunks, &d->by_delta, &d->again,
	    &d->given_up, &d->raw_bytes, &d->basis_bytes, &d->delta_bytes,
	    &d->signature_bytes, &d->stored };
	uint8_t mode, why;
	size_t i;
	int r;

	if ((r = buf_get_u8(b, &mode)) != 0 ||
	    (r = buf_get_u8(b, &why)) != 0)
		return r;
	if (mode > JOB_DELTA_NEVER || why > EVENT_WHY_PLACES)
		return ERR_FORMAT;
	d->mode = (enum job_delta)mode;
	d->why = (enum event_why)why;
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		if ((r = buf_get_varint(b, v[i])) != 0)
			return r;
	return 0;
}

static int
end_put(struct buf *b, const struct event_end *e)
{
	const uint64_t v[] = { e->sequence, e->files, e->directories,
	    e->others, e->bytes, e->new_bytes, e->changed_files,
	    e->changed_bytes, e->room_total, e->room_free, e->target_read,
	    e->cache_read };
	size_t i;
	int r;

	if ((r = buf_put_u8(b, (uint8_t)e->exit)) != 0 ||
	    (r = buf_put_str(b, e->text)) != 0 ||
	    (r = buf_put_str(b, e->remedy)) != 0 ||
	    (r = buf_put_str(b, e->agent)) != 0 ||
	    (r = buf_put_u8(b, (uint8_t)e->reached)) != 0 ||
	    (r = buf_put(b, e->snapshot, sizeof(e->snapshot))) != 0)
		return r;
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		if ((r = buf_put_varint(b, v[i])) != 0)
			return r;
	if ((r = progress_put(b, &e->last)) != 0 ||
	    (r = delta_put(b, &e->delta)) != 0 ||
	    (r = buf_put_i64(b, e->started)) != 0)
		return r;
	return buf_put_i64(b, e->ended);
}

static int
end_get(struct buf *b, struct event *ev)
{
	struct event_end *e = &ev->u.end;
	uint64_t *v[] = { &e->sequence, &e->files, &e->directories,
	    &e->others, &e->bytes, &e->new_bytes, &e->changed_files,
	    &e->changed_bytes, &e->room_total, &e->room_free,
	    &e->target_read, &e->cache_read };
	uint8_t code, reached;
	size_t i;
	int r;

	if ((r = buf_get_u8(b, &code)) != 0 ||
	    (r = buf_get_str(b, EVENT_TEXT_MAX, &ev->owned[0])) != 0 ||
	    (r = buf_get_str(b, EVENT_TEXT_MAX, &ev->owned[1])) != 0 ||
	    (r = buf_get_str(b, EVENT_TEXT_MAX, &ev->owned[2])) != 0 ||
	    (r = buf_get_u8(b, &reached)) != 0 ||
	    (r = buf_get(b, e->snapshot, sizeof(e->snapshot))) != 0)
		return r;
	if (reached > EVENT_REACHED_AGENT)
		return ERR_FORMAT;
	e->exit = code;
	e->text = ev->owned[0];
	e->remedy = ev->owned[1];
	e->agent = ev->owned[2];
	e->reached = (enum event_reached)reached;
	e->snapshot[sizeof(e->snapshot) - 1] = '\0';
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		if ((r = buf_get_varint(b, v[i])) != 0)
			return r;
	if ((r = progress_get(b, &e->last)) != 0 ||
	    (r = delta_get(b, &e->delta)) != 0 ||
	    (r = buf_get_i64(b, &e->started)) != 0)
		return r;
	return buf_get_i64(b, &e->ended);
}

static int
issue_put(struct buf *b, const struct event_issue *i)
{
	int r;

	if ((r = buf_put_u8(b, (uint8_t)-i->code)) != 0 ||
	    (r = buf_put_bytes(b, i->path, i->path_len)) != 0)
		return r;
	return buf_put_str(b, i->text);
}

static int
issue_get(struct buf *b, struct event *ev)
{
	struct event_issue *i = &ev->u.issue;
	uint8_t code;
	int r;

	if ((r = buf_get_u8(b, &code)) != 0 ||
	    (r = buf_get_bytes(b, EVENT_MAX, &i->path, &i->path_len)) != 0 ||
	    (r = buf_get_str(b, EVENT_TEXT_MAX, &ev->owned[0])) != 0)
		return r;
	i->code = -(int)code;
	i->text = ev->owned[0];
	return 0;
}

static int
hook_put(struct buf *b, const struct event_hook *h)
{
	int r;

	if ((r = buf_put_u8(b, h->after)) != 0 ||
	    (r = buf_put_u8(b, (uint8_t)h->state)) != 0 ||
	    (r = buf_put_u32(b, h->status)) != 0 ||
	    (r = buf_put_u64(b, h->ms)) != 0 ||
	    (r = buf_put_str(b, h->name)) != 0)
		return r;
	return buf_put_bytes(b, h->output, h->output_len);
}

static int
hook_get(struct buf *b, struct event *ev)
{
	struct event_hook *h = &ev->u.hook;
	uint8_t after, state;
	int r;

	if ((r = buf_get_u8(b, &after)) != 0 ||
	    (r = buf_get_u8(b, &state)) != 0 ||
	    (r = buf_get_u32(b, &h->status)) != 0 ||
	    (r = buf_get_u64(b, &h->ms)) != 0 ||
	    (r = buf_get_str(b, EVENT_TEXT_MAX, &ev->owned[0])) != 0 ||
	    (r = buf_get_bytes(b, EVENT_TEXT_MAX, &h->output,
	    &h->output_len)) != 0)
		return r;
	if (after > 1 || state > EVENT_HOOK_OLD)
		return ERR_FORMAT;
	h->after = after == 1;
	h->state = (enum event_hook_state)state;
	h->name = ev->owned[0];
	return 0;
}

static int
held_put(struct buf *b, const struct event_held *h)
{
	int r;

	if ((r = buf_put_str(b, h->host)) != 0 ||
	    (r = buf_put_str(b, h->set)) != 0 ||
	    (r = buf_put_varint(b, h->sequence)) != 0)
		return r;
	return buf_put_i64(b, h->time);
}

static int
held_get(struct buf *b, struct event *ev)
{
	struct event_held *h = &ev->u.held;
	int r;

	if ((r = buf_get_str(b, EVENT_TEXT_MAX, &ev->owned[0])) != 0 ||
	    (r = buf_get_str(b, EVENT_TEXT_MAX, &ev->owned[1])) != 0 ||
	    (r = buf_get_varint(b, &h->sequence)) != 0 ||
	    (r = buf_get_i64(b, &h->time)) != 0)
		return r;
	h->host = ev->owned[0];
	h->set = ev->owned[1];
	return 0;
}

/* Begin a record of the given type. */
static int
record_new(enum event_type type, struct buf **bp)
{
	int r;

	if ((r = buf_new(EVENT_MAX, bp)) != 0)
		return r;
	if ((r = buf_put_u8(*bp, (uint8_t)type)) != 0) {
		buf_free(*bp);
		*bp = NULL;
	}
	return r;
}

int
event_write_log(int fd, int level, const char *line)
{
	struct buf *b = NULL;
	int r;

	if ((r = record_new(EVENT_LOG, &b)) == 0 &&
	    (r = buf_put_u8(b, (uint8_t)level)) == 0 &&
	    (r = buf_put_str(b, line)) == 0)
		r = job_record_write(fd, b);
	buf_free(b);
	return r;
}

int
event_write_progress(int fd, const struct event_progress *p)
{
	struct buf *b = NULL;
	int r;

	if ((r = record_new(EVENT_PROGRESS, &b)) == 0 &&
	    (r = progress_put(b, p)) == 0)
		r = job_record_write(fd, b);
	buf_free(b);
	return r;
}

int
event_write_issue(int fd, const struct event_issue *i)
{
	struct buf *b = NULL;
	int r;

	if ((r = record_new(EVENT_ISSUE, &b)) == 0 &&
	    (r = issue_put(b, i)) == 0)
		r = job_record_write(fd, b);
	buf_free(b);
	return r;
}

int
event_write_hook(int fd, const struct event_hook *h)
{
	struct buf *b = NULL;
	int r;

	if ((r = record_new(EVENT_HOOK, &b)) == 0 &&
	    (r = hook_put(b, h)) == 0)
		r = job_record_write(fd, b);
	buf_free(b);
	return r;
}

int
event_write_held(int fd, const struct event_held *h)
{
	struct buf *b = NULL;
	int r;

	if ((r = record_new(EVENT_HELD, &b)) == 0 &&
	    (r = held_put(b, h)) == 0)
		r = job_record_write(fd, b);
	buf_free(b);
	return r;
}

int
event_write_end(int fd, const struct event_end *e)
{
	struct buf *b = NULL;
	int r;

	if ((r = record_new(EVENT_END, &b)) == 0 && (r = end_put(b, e)) == 0)
		r = job_record_write(fd, b);
	buf_free(b);
	return r;
}

int
event_decode(struct buf *b, struct event *ep)
{
	struct event e = { .type = EVENT_LOG };
	uint8_t type, level;
	int r;

	if ((r = buf_get_u8(b, &type)) != 0)
		return r;
	e.type = (enum event_type)type;
	switch (type) {
	case EVENT_LOG:
		if ((r = buf_get_u8(b, &level)) == 0)
			r = buf_get_str(b, EVENT_TEXT_MAX, &e.owned[0]);
		e.u.log.level = level;
		e.u.log.line = e.owned[0];
		break;
	case EVENT_PROGRESS:
		r = progress_get(b, &e.u.progress);
		break;
	case EVENT_ISSUE:
		r = issue_get(b, &e);
		break;
	case EVENT_END:
		r = end_get(b, &e);
		break;
	case EVENT_HOOK:
		r = hook_get(b, &e);
		break;
	case EVENT_HELD:
		r = held_get(b, &e);
		break;
	default:
		r = ERR_FORMAT;
	}
	if (r == 0)
		r = buf_end(b);
	if (r != 0) {
		event_clear(&e);
		return r;
	}
	*ep = e;
	return 0;
}

int
event_read(int fd, struct buf *scratch, struct event *ep)
{
	int r;

	buf_reset(scratch);
	if ((r = job_record_read(fd, EVENT_MAX, scratch)) != 0)
		return r;
	return event_decode(scratch, ep);
}

void
event_clear(struct event *e)
{
	size_t i;

	for (i = 0; i < sizeof(e->owned) / sizeof(e->owned[0]); i++) {
		free(e->owned[i]);
		e->owned[i] = NULL;
	}
}
