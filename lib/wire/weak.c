/* weak.c: REREAD, of sources that know little of their files. */
#include "wire/weak.h"

#include <stdbool.h>

#include "base/buf.h"

static bool
reread_ok(const struct wire_reread *m)
{
	return m->period >= 1 && m->period <= WIRE_PERIOD_MAX &&
	    m->since >= 0 && m->since <= m->now;
}

int
wire_reread_encode(const struct wire_reread *m, struct buf *b)
{
	int r;

	if (!reread_ok(m))
		return ERR_FORMAT;
	if ((r = buf_put_varint(b, m->period)) != 0 ||
	    (r = buf_put_i64(b, m->since)) != 0)
		return r;
	return buf_put_i64(b, m->now);
}

int
wire_reread_decode(struct buf *b, struct wire_reread *mp)
{
	struct wire_reread m;
	int r;

	if ((r = buf_get_varint(b, &m.period)) != 0 ||
	    (r = buf_get_i64(b, &m.since)) != 0 ||
	    (r = buf_get_i64(b, &m.now)) != 0 ||
	    (r = buf_end(b)) != 0)
		return r;
	if (!reread_ok(&m))
		return ERR_FORMAT;
	*mp = m;
	return 0;
}
