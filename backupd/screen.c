/* screen.c: what a source says, checked before it is handed on. */
#include "backupd/screen.h"

#include <stddef.h>

#include "base/buf.h"
#include "wire/content.h"
#include "wire/hook.h"
#include "wire/page.h"
#include "wire/reply.h"
#include "wire/start.h"

static int
check_agent_hello(struct buf *b)
{
	struct wire_agent_hello m;

	return wire_agent_hello_decode(b, &m);
}

static int
check_root(struct buf *b)
{
	struct wire_root m;

	return wire_root_decode(b, &m);
}

static int
check_page(struct buf *b)
{
	struct wire_page m;
	struct wire_entry e;
	int r;

	if ((r = wire_page_decode(b, &m)) != 0)
		return r;
	while ((r = wire_page_next(b, &m, &e)) == 1)
		continue;
	return r;
}

static int
check_dirend(struct buf *b)
{
	struct wire_dirend m;

	return wire_dirend_decode(b, &m);
}

static int
check_chunks(struct buf *b)
{
	struct wire_chunks m;
	struct wire_piece p;
	int r;

	if ((r = wire_chunks_decode(b, &m)) != 0)
		return r;
	while ((r = wire_chunks_next(b, &m, &p)) == 1)
		continue;
	return r;
}

static int
check_frame(struct buf *b)
{
	struct wire_frame m;

	return wire_frame_decode(b, &m);
}

static int
check_issue(struct buf *b)
{
	struct wire_issue m;

	return wire_issue_decode(b, &m);
}

static int
check_done(struct buf *b)
{
	struct wire_done m;

	return wire_done_decode(b, &m);
}

static int
check_error(struct buf *b)
{
	struct wire_error m;

	return wire_error_decode(b, &m);
}

static int
check_hooked(struct buf *b)
{
	struct wire_hooked m;

	return wire_hooked_decode(b, &m);
}

static int
check_empty(struct buf *b)
{
	return buf_end(b);
}

/* All that is handed on as the source said it. */
static const struct {
	enum wire_type type;
	int	(*check)(struct buf *body);
} messages[] = {
	{ WIRE_AGENT_HELLO, check_agent_hello },
	{ WIRE_ROOT, check_root },
	{ WIRE_PAGE, check_page },
	{ WIRE_DIREND, check_dirend },
	{ WIRE_CHUNKS, check_chunks },
	{ WIRE_FRAME, check_frame },
	{ WIRE_ISSUE, check_issue },
	{ WIRE_HOOKED, check_hooked },
	{ WIRE_PING, check_empty },
	{ WIRE_DONE, check_done },
	{ WIRE_ERROR, check_error }
};

int
screen_body(enum wire_type type, struct buf *body)
{
	size_t i;

	for (i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		if (messages[i].type == type)
			return messages[i].check(body);
	return ERR_FORMAT;
}
