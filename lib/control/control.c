/* control.c: control records as bytes. */
#include "control/control.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum member_type {
	MEMBER_NUMBER,
	MEMBER_TEXT
};

struct member {
	enum member_type type;
	size_t	 offset;
};

struct record {
	enum control_type type;
	size_t	 nmembers;
	const struct member *members;
};

#define AT(what, name) \
	offsetof(struct control, u.what) + \
	offsetof(struct control_##what, name)
#define NUMBER(what, name) { MEMBER_NUMBER, AT(what, name) }
#define TEXT(what, name) { MEMBER_TEXT, AT(what, name) }
#define RECORD(type, members) \
	{ type, sizeof(members) / sizeof((members)[0]), members }

static const struct member status_members[] = {
	TEXT(status, host)
};

static const struct member run_members[] = {
	NUMBER(run, all), NUMBER(run, detach), NUMBER(run, dry),
	NUMBER(run, force),
	TEXT(run, names), TEXT(run, set)
};

static const struct member cancel_members[] = {
	NUMBER(cancel, job), TEXT(cancel, name)
};

static const struct member watch_members[] = {
	NUMBER(watch, job)
};

static const struct member clock_members[] = {
	NUMBER(clock, time), NUMBER(clock, jump)
};

static const struct member pause_members[] = {
	NUMBER(pause, until), TEXT(pause, names), TEXT(pause, reason)
};

static const struct member done_members[] = {
	NUMBER(done, code), TEXT(done, text), TEXT(done, remedy)
};

static const struct member server_members[] = {
	NUMBER(server, pid), NUMBER(server, started),
	NUMBER(server, loaded), NUMBER(server, now),
	NUMBER(server, simulated), NUMBER(server, stopping),
	NUMBER(server, running), NUMBER(server, waiting),
	TEXT(server, policy), TEXT(server, problem),
	TEXT(server, zone), TEXT(server, version)
};

static const struct member source_members[] = {
	NUMBER(source, state), NUMBER(source, enabled), NUMBER(source, job),
	NUMBER(source, code), NUMBER(source, ended),
	NUMBER(source, last_good), NUMBER(source, next),
	NUMBER(source, late), NUMBER(source, due), NUMBER(source, rpo),
	NUMBER(source, paused), TEXT(source, host), TEXT(source, set),
	TEXT(source, text), TEXT(source, remedy), TEXT(source, paused_why)
};

static const struct member job_members[] = {
	NUMBER(job, job), NUMBER(job, state), TEXT(job, host), TEXT(job, set)
};

static const struct member progress_members[] = {
	NUMBER(progress, job), NUMBER(progress, files),
	NUMBER(progress, bytes), NUMBER(progress, wire_in),
	NUMBER(progress, stored), NUMBER(progress, problems),
	NUMBER(progress, bytes_total), NUMBER(progress, listed),
	TEXT(progress, host), TEXT(progress, set)
};

static const struct member issue_members[] = {
	NUMBER(issue, job), TEXT(issue, host), TEXT(issue, set),
	TEXT(issue, text), TEXT(issue, path)
};

static const struct member hook_members[] = {
	NUMBER(hook, job), NUMBER(hook, runs), TEXT(hook, host),
	TEXT(hook, set), TEXT(hook, text)
};

static const struct member end_members[] = {
	NUMBER(end, job), NUMBER(end, code), NUMBER(end, started),
	NUMBER(end, ended), NUMBER(end, sequence), NUMBER(end, files),
	NUMBER(end, directories), NUMBER(end, bytes), NUMBER(end, new_bytes),
	NUMBER(end, wire_in), NUMBER(end, stored), NUMBER(end, problems),
	NUMBER(end, changed_files), NUMBER(end, changed_bytes),
	TEXT(end, host), TEXT(end, set), TEXT(end, snapshot),
	TEXT(end, text), TEXT(end, remedy)
};

static const struct member target_members[] = {
	NUMBER(target, total), NUMBER(target, free),
	NUMBER(target, measured), NUMBER(target, min_free),
	NUMBER(target, outlook), NUMBER(target, full),
	NUMBER(target, per_day), NUMBER(target, days), TEXT(target, name),
	TEXT(target, path)
};

static const struct member key_members[] = {
	NUMBER(key, since), NUMBER(key, used), TEXT(key, host),
	TEXT(key, identity)
};

static const struct member copy_members[] = {
	NUMBER(copy, begun), NUMBER(copy, ended), NUMBER(copy, outcome),
	NUMBER(copy, code), NUMBER(copy, good), NUMBER(copy, snapshots),
	NUMBER(copy, sources), NUMBER(copy, oldest), NUMBER(copy, max_age),
	NUMBER(copy, late), NUMBER(copy, offline), TEXT(copy, name),
	TEXT(copy, text), TEXT(copy, remedy)
};

static const struct record records[] = {
	RECORD(CONTROL_STATUS, status_members),
	RECORD(CONTROL_RUN, run_members),
	RECORD(CONTROL_CANCEL, cancel_members),
	{ CONTROL_RELOAD, 0, NULL },
	{ CONTROL_STOP, 0, NULL },
	RECORD(CONTROL_CLOCK, clock_members),
	RECORD(CONTROL_WATCH, watch_members),
	RECORD(CONTROL_PAUSE, pause_members),
	RECORD(CONTROL_DONE, done_members),
	RECORD(CONTROL_SERVER, server_members),
	RECORD(CONTROL_SOURCE, source_members),
	RECORD(CONTROL_JOB, job_members),
	RECORD(CONTROL_PROGRESS, progress_members),
	RECORD(CONTROL_ISSUE, issue_members),
	RECORD(CONTROL_END, end_members),
	RECORD(CONTROL_TARGET, target_members),
	RECORD(CONTROL_KEY, key_members),
	RECORD(CONTROL_HOOK, hook_members),
	RECORD(CONTROL_COPY, copy_members)
};

static const struct record *
record_find(unsigned int type)
{
	size_t i;

	for (i = 0; i < sizeof(records) / sizeof(records[0]); i++)
		if ((unsigned int)records[i].type == type)
			return &records[i];
	return NULL;
}

/* What has no member of that type has no byte of it either. */
static uint64_t *
number_at(struct control *c, const struct member *m)
{
	return (uint64_t *)(void *)((char *)c + m->offset);
}

static const char **
text_at(struct control *c, const struct member *m)
{
	return (const char **)(void *)((char *)c + m->offset);
}

static int
members_encode(struct control *c, const struct record *rec, struct buf *b)
{
	const struct member *m;
	const char *text;
	size_t i;
	int r = 0;

	for (i = 0; i < rec->nmembers && r == 0; i++) {
		m = &rec->members[i];
		if (m->type == MEMBER_NUMBER) {
			r = buf_put_varint(b, *number_at(c, m));
			continue;
		}
		if ((text = *text_at(c, m)) == NULL)
			text = "";
		r = strlen(text) > CONTROL_TEXT_MAX ? ERR_TOOBIG :
		    buf_put_str(b, text);
	}
	return r;
}

int
control_encode(const struct control *c, struct buf *b)
{
	const struct record *rec = record_find(c->type);
	struct control copy = *c;
	struct buf *body = NULL;
	int r;

	if (rec == NULL)
		return ERR_CONFIG;
	if ((r = buf_new(CONTROL_REPLY_MAX, &body)) == 0 &&
	    (r = buf_put_u8(body, CONTROL_VERSION)) == 0 &&
	    (r = buf_put_u8(body, (uint8_t)c->type)) == 0 &&
	    (r = members_encode(&copy, rec, body)) == 0 &&
	    (r = buf_put_u32(b, (uint32_t)buf_len(body))) == 0 &&
	    (r = buf_put(b, buf_ptr(body), buf_len(body))) != 0)
		buf_trim(b, CONTROL_HEAD);
	buf_free(body);
	return r;
}

static int
members_decode(struct buf *b, const struct record *rec, struct control *c)
{
	const struct member *m;
	char *text;
	size_t i;
	int r;

	for (i = 0; i < rec->nmembers; i++) {
		m = &rec->members[i];
		if (m->type == MEMBER_NUMBER) {
			if ((r = buf_get_varint(b, number_at(c, m))) != 0)
				return r;
			continue;
		}
		if ((r = buf_get_str(b, CONTROL_TEXT_MAX, &text)) != 0)
			return r;
		*text_at(c, m) = text;
	}
	return buf_end(b);
}

/* The body of a record, which is whole. */
static int
body_decode(struct buf *b, struct control *cp)
{
	const struct record *rec;
	struct control c;
	uint8_t version, type;
	int r;

	memset(&c, 0, sizeof(c));
	if ((r = buf_get_u8(b, &version)) != 0)
		return r;
	if (version != CONTROL_VERSION)
		return ERR_VERSION;
	if ((r = buf_get_u8(b, &type)) != 0)
		return r;
	if ((rec = record_find(type)) == NULL)
		return ERR_FORMAT;
	c.type = rec->type;
	if ((r = members_decode(b, rec, &c)) != 0) {
		control_clear(&c);
		return r == ERR_TOOBIG ? ERR_FORMAT : r;
	}
	*cp = c;
	return 0;
}

int
control_decode(struct buf *b, size_t max, struct control *cp)
{
	const uint8_t *p = buf_ptr(b);
	struct buf *body = NULL;
	size_t len;
	int r;

	if (buf_len(b) < CONTROL_HEAD)
		return 0;
	len = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 |
	    p[3];
	if (len > max)
		return ERR_TOOBIG;
	if (buf_len(b) - CONTROL_HEAD < len)
		return 0;
	if ((r = buf_borrow(p + CONTROL_HEAD, len, &body)) != 0)
		return r;
	r = body_decode(body, cp);
	buf_free(body);
	if (r != 0)
		return r;
	if ((r = buf_skip(b, CONTROL_HEAD + len)) != 0) {
		control_clear(cp);
		return r;
	}
	return 1;
}

void
control_clear(struct control *c)
{
	const struct record *rec = record_find(c->type);
	const struct member *m;
	size_t i;

	for (i = 0; rec != NULL && i < rec->nmembers; i++) {
		m = &rec->members[i];
		if (m->type != MEMBER_TEXT)
			continue;
		free((char *)*text_at(c, m));
		*text_at(c, m) = NULL;
	}
}
