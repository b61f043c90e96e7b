/* request.c: what the keeper asks of a directory. */
#include "backupd/directory.h"

#include <stdlib.h>

#include "base/buf.h"
#include "wire/request.h"

int
request_path(const struct directory *d, struct buf *b)
{
	const struct entry *e;
	int r;

	if (d->slot == NULL)
		return 0;
	if ((r = request_path(d->slot->page->dir, b)) != 0)
		return r;
	e = &d->slot->e;
	if (buf_len(b) > 0 && (r = buf_put_u8(b, '/')) != 0)
		return r;
	return buf_put(b, e->name, e->name_len);
}

int
request_list(struct session *s, const struct directory *d)
{
	struct wire_list m = { .dir = d->id, .root = d->root };
	struct buf *path = NULL;
	size_t mark;
	int r;

	if (d->recurse)
		m.flags = WIRE_RECURSE;
	if ((r = buf_new(WIRE_PATH_MAX, &path)) != 0 ||
	    (r = request_path(d, path)) != 0)
		goto out;
	m.path = buf_ptr(path);
	m.path_len = buf_len(path);
	if ((r = session_begin(s, WIRE_LIST, &mark)) == 0 &&
	    (r = wire_list_encode(&m, s->out)) == 0)
		r = session_end(s, mark);
 out:
	buf_free(path);
	return r;
}

int
request_want(struct session *s, const struct page *p)
{
	struct wire_want m = { .dir = p->dir->id, .page = p->no };
	uint32_t *numbers, i;
	size_t mark;
	int r = 0;

	if ((numbers = calloc(p->nslots + 1, sizeof(*numbers))) == NULL)
		return ERR_NOMEM;
	for (i = 0; i < p->nslots; i++)
		if (p->slots[i].state == SLOT_CONTENT)
			numbers[m.n++] = i;
	m.numbers = numbers;
	if (m.n > 0 &&
	    (r = session_begin(s, WIRE_WANT, &mark)) == 0 &&
	    (r = wire_want_encode(&m, s->out)) == 0)
		r = session_end(s, mark);
	free(numbers);
	return r;
}

int
request_next(struct session *s, const struct directory *d)
{
	struct wire_next m = { .dir = d->id };
	size_t mark;
	int r;

	if ((r = session_begin(s, WIRE_NEXT, &mark)) != 0 ||
	    (r = wire_next_encode(&m, s->out)) != 0)
		return r;
	return session_end(s, mark);
}
