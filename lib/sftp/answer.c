/* answer.c: waiting for the answer to a single request. */
#include "sftp/answer.h"

#include <stdio.h>
#include <string.h>

static void
keep(void *arg, const struct sftp_reply *reply)
{
	struct sftp_answer *a = arg;

	a->code = reply->code;
	a->handle = reply->handle;
	a->attrs = reply->attrs;
	a->space = reply->space;
	(void)snprintf(a->message, sizeof(a->message), "%s", reply->message);
	(void)snprintf(a->path, sizeof(a->path), "%s",
	    reply->path != NULL ? reply->path : "");
	a->done = true;
}

struct sftp_done
sftp_answer(struct sftp_answer *a)
{
	memset(a, 0, sizeof(*a));
	return (struct sftp_done){ .fn = keep, .arg = a };
}

int
sftp_answer_wait(struct sftp *x, int r, struct sftp_answer *a)
{
	if (r != 0)
		return r;
	if ((r = sftp_wait(x, &a->done)) != 0)
		return r;
	return a->code;
}
