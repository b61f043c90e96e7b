/* weak.c: a source without an agent, of which less is known. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backupd/session.h"
#include "repo/writer.h"
#include "wire/weak.h"
#include "wire/wire.h"

/* Said in the record of each job and in the snapshot; see doc/sources.md. */
#define LOST "no ACLs, extended attributes, hard links, holes, devices," \
	" fractions of times, wire deltas"

/* What was not read for long is read again, a part of it each time. */
static int
reread_send(struct session *s)
{
	const struct snapshot *prev = writer_previous(s->w);
	struct wire_reread m = { .period = s->job->reread, .now = s->began };
	size_t mark;
	int r;

	if (prev == NULL || m.period == 0)
		return 0;
	m.since = prev->started < m.now ? prev->started : m.now;
	if ((r = session_begin(s, WIRE_REREAD, &mark)) != 0 ||
	    (r = wire_reread_encode(&m, s->out)) != 0)
		return r;
	return session_end(s, mark);
}

/* It belongs to the record of the job, and is no problem of any file. */
static void
lost_tell(struct session *s)
{
	const struct event_issue i = {
		.code = ERR_VERSION,
		.path = (const uint8_t *)s->job->paths[0],
		.path_len = strlen(s->job->paths[0]),
		.text = "read over SFTP, without an agent: " LOST
	};

	session_remark(s, &i);
}

int
weak_begin(struct session *s, const char *system)
{
	size_t len = strlen(system) + sizeof(LOST) + 40;

	s->weak = true;
	if ((s->agent = malloc(len)) == NULL)
		return ERR_NOMEM;
	snprintf(s->agent, len, "no agent: %s; " LOST, system);
	if (!s->job->dry)
		lost_tell(s);
	return reread_send(s);
}
