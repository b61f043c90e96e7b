/* tell.c: the walker's messages to the keeper. */
#include "config.h"

#include "agents/tell.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/pack.h"
#include "base/buf.h"

/* The path and name of t as one, in new memory. */
static int
trouble_path(const struct trouble *t, uint8_t **pathp, size_t *lenp)
{
	size_t n = t->name == NULL ? 0 : strlen(t->name);
	size_t len = t->path_len;
	uint8_t *p;

	if ((p = malloc(len + n + 2)) == NULL)
		return ERR_NOMEM;
	if (len != 0)
		memcpy(p, t->path, len);
	if (n != 0 && len != 0)
		p[len++] = '/';
	if (n != 0)
		memcpy(p + len, t->name, n);
	*pathp = p;
	*lenp = len + n;
	return 0;
}

int
tell_issue(struct outq *q, const struct trouble *t)
{
	char text[256];
	struct wire_issue m = {
		.code = t->code, .errnum = (uint32_t)t->errnum,
		.root = t->root
	};
	uint8_t *path = NULL;
	struct buf *out;
	int r;

	if ((r = trouble_path(t, &path, &m.path_len)) != 0)
		return r;
	snprintf(text, sizeof(text), "%s: %s", t->text, t->errnum == 0 ?
	    err_text(t->code) : strerror(t->errnum));
	m.path = path;
	m.text = (const uint8_t *)text;
	m.text_len = strlen(text);
	if ((r = outq_begin(q, WIRE_ISSUE, true, &out)) == 0)
		r = outq_end(q, wire_issue_encode(&m, out));
	free(path);
	return r;
}

int
tell_root(struct outq *q, const struct wire_root *m)
{
	struct buf *out;
	int r;

	if ((r = outq_begin(q, WIRE_ROOT, true, &out)) != 0)
		return r;
	return outq_end(q, wire_root_encode(m, out));
}

/* Send it packed, if *donep: the encoding is not done under the lock. */
static int
page_packed(struct outq *q, struct compressor *packer,
    const struct wire_page *m, bool *donep)
{
	struct buf *body = NULL, *packed = NULL, *out;
	int r;

	*donep = false;
	if (packer == NULL)
		return 0;
	if ((r = buf_new(m->items_len + 64, &body)) != 0 ||
	    (r = wire_page_encode(m, body)) != 0 ||
	    (r = buf_new(buf_len(body) + 64, &packed)) != 0 ||
	    (r = pack_body(packer, WIRE_PAGE, body, packed, donep)) != 0)
		goto out;
	if (*donep && (r = outq_begin(q, WIRE_PACKED, true, &out)) == 0)
		r = outq_end(q, buf_put(out, buf_ptr(packed),
		    buf_len(packed)));
 out:
	buf_free(packed);
	buf_free(body);
	return r;
}

int
tell_page(struct outq *q, struct compressor *packer,
    const struct wire_page *m)
{
	struct buf *out;
	bool done;
	int r;

	if ((r = page_packed(q, packer, m, &done)) != 0 || done)
		return r;
	if ((r = outq_begin(q, WIRE_PAGE, true, &out)) != 0)
		return r;
	return outq_end(q, wire_page_encode(m, out));
}

int
tell_dirend(struct outq *q, const struct wire_dirend *m)
{
	struct buf *out;
	int r;

	if ((r = outq_begin(q, WIRE_DIREND, true, &out)) != 0)
		return r;
	return outq_end(q, wire_dirend_encode(m, out));
}
