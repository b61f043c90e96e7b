/* wire.c: frames of the pull protocol, written and read. */
#include "wire/wire.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "wire/delta.h"
#include "wire/hook.h"
#include "wire/limits.h"
#include "wire/weak.h"

#define READ_AHEAD (64u << 10)
#define READER_CAP (4 + WIRE_LENGTH_MAX + READ_AHEAD)

/* What a side has said so far; a table row allows a set of these. */
enum state {
	ST_PREAMBLE = 0,	/* nothing */
	ST_HELLO = 1,		/* its preamble: HELLO must follow */
	ST_START = 2,		/* HELLO: of the keeper, START must follow */
	ST_OPEN = 4,
	ST_ENDED = 8
};

#define OF(side) (1u << (side))
#define OF_KEEPER (OF(WIRE_KEEPER) | OF(WIRE_KEEPER_LOCAL))
#define OF_AGENT (OF(WIRE_AGENT) | OF(WIRE_PULLER))

struct row {
	enum wire_type type;
	const char *name;
	unsigned int sides;	/* that may say it */
	int	 states;	/* in which it may be said */
	enum state next;	/* the state after it; 0: the same */
	uint64_t feature;	/* that must be agreed; 0: none */
};

static const struct row rows[] = {
	{ WIRE_HELLO, "HELLO", OF_KEEPER, ST_HELLO, ST_START, 0 },
	{ WIRE_START, "START", OF_KEEPER, ST_START, ST_OPEN, 0 },
	{ WIRE_DIGEST, "DIGEST", OF_KEEPER, ST_OPEN, 0, 0 },
	{ WIRE_LIST, "LIST", OF_KEEPER, ST_OPEN, 0, 0 },
	{ WIRE_WANT, "WANT", OF_KEEPER, ST_OPEN, 0, 0 },
	{ WIRE_NEXT, "NEXT", OF_KEEPER, ST_OPEN, 0, 0 },
	{ WIRE_NEED, "NEED", OF_KEEPER, ST_OPEN, 0, 0 },
	{ WIRE_PING, "PING", OF_KEEPER, ST_START | ST_OPEN, 0, 0 },
	{ WIRE_BYE, "BYE", OF_KEEPER, ST_OPEN, ST_ENDED, 0 },
	{ WIRE_SIGNATURE, "SIGNATURE", OF(WIRE_KEEPER), ST_OPEN, 0,
	    WIRE_FEATURE_DELTAS },
	{ WIRE_AGAIN, "AGAIN", OF_KEEPER, ST_OPEN, 0, WIRE_FEATURE_DELTAS },
	{ WIRE_BASIS, "BASIS", OF(WIRE_KEEPER_LOCAL), ST_OPEN, 0,
	    WIRE_FEATURE_DELTAS },
	{ WIRE_HOOK, "HOOK", OF_KEEPER, ST_OPEN, 0, WIRE_FEATURE_HOOKS },
	{ WIRE_HALT, "HALT", OF_KEEPER, ST_OPEN, 0, WIRE_FEATURE_HOOKS },
	{ WIRE_LOAD, "LOAD", OF_KEEPER, ST_OPEN, 0, WIRE_FEATURE_LOAD },
	{ WIRE_REREAD, "REREAD", OF_KEEPER, ST_OPEN, 0, WIRE_FEATURE_WEAK },
	{ WIRE_AGENT_HELLO, "HELLO", OF_AGENT, ST_HELLO, ST_OPEN, 0 },
	{ WIRE_ROOT, "ROOT", OF_AGENT, ST_OPEN, 0, 0 },
	{ WIRE_PAGE, "PAGE", OF_AGENT, ST_OPEN, 0, 0 },
	{ WIRE_DIREND, "DIREND", OF_AGENT, ST_OPEN, 0, 0 },
	{ WIRE_CHUNKS, "CHUNKS", OF_AGENT, ST_OPEN, 0, 0 },
	{ WIRE_FRAME, "FRAME", OF_AGENT, ST_OPEN, 0, 0 },
	{ WIRE_ISSUE, "ISSUE", OF_AGENT, ST_OPEN, 0, 0 },
	{ WIRE_PING, "PING", OF_AGENT, ST_OPEN, 0, 0 },
	{ WIRE_DONE, "DONE", OF_AGENT, ST_OPEN, ST_ENDED, 0 },
	{ WIRE_ERROR, "ERROR", OF_AGENT, ST_HELLO | ST_OPEN, ST_ENDED, 0 },
	{ WIRE_DELTA, "DELTA", OF(WIRE_AGENT), ST_OPEN, 0,
	    WIRE_FEATURE_DELTAS },
	{ WIRE_PACKED, "PACKED", OF(WIRE_AGENT), ST_OPEN, 0,
	    WIRE_FEATURE_PACKED },
	{ WIRE_HOOKED, "HOOKED", OF_AGENT, ST_OPEN, 0, WIRE_FEATURE_HOOKS },
	{ WIRE_PATCHED, "PATCHED", OF(WIRE_PULLER), ST_OPEN, 0,
	    WIRE_FEATURE_DELTAS },
	{ WIRE_PACE, "PACE", OF(WIRE_PULLER), ST_OPEN, 0,
	    WIRE_FEATURE_DELTAS }
};

static const uint8_t preamble[WIRE_PREAMBLE_LEN] = {
	'K', 'H', 'O', 'P', 0, WIRE_VERSION, 0, 0
};

struct wire_reader {
	unsigned int sides;		/* whose stream it is, as in a row */
	uint64_t features;		/* agreed */
	enum state state;
	struct buf *in;			/* owns */
	struct buf *body;		/* owns; a view of the last message */
	size_t	 taken;			/* its length in in */
	size_t	 space;			/* given out, not yet fed */
};

/* The row of type, for one of the sides, or NULL. */
static const struct row *
row_find(unsigned int sides, unsigned int type)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if ((unsigned int)rows[i].type == type &&
		    (rows[i].sides & sides) != 0)
			return &rows[i];
	return NULL;
}

const char *
wire_type_name(unsigned int type)
{
	const struct row *row = row_find(OF_KEEPER | OF_AGENT, type);

	return row == NULL ? "?" : row->name;
}

int
wire_preamble(struct buf *out)
{
	return buf_put(out, preamble, sizeof(preamble));
}

int
wire_begin(struct buf *out, enum wire_type type, size_t *markp)
{
	size_t mark = buf_len(out);
	uint8_t head[WIRE_HEAD_LEN] = { 0, 0, 0, 0, (uint8_t)type };
	int r;

	if ((r = buf_put(out, head, sizeof(head))) != 0)
		return r;
	*markp = mark;
	return 0;
}

int
wire_end(struct buf *out, size_t mark)
{
	size_t whole = buf_len(out) - mark, len = whole - 4;
	uint8_t *p;
	int r;

	if (len > WIRE_LENGTH_MAX) {
		buf_trim(out, whole);
		return ERR_TOOBIG;
	}
	/* Reserving nothing gives the end; the head stands before it. */
	if ((r = buf_reserve(out, 0, &p)) != 0)
		return r;
	p -= whole;
	p[0] = (uint8_t)(len >> 24);
	p[1] = (uint8_t)(len >> 16);
	p[2] = (uint8_t)(len >> 8);
	p[3] = (uint8_t)len;
	return 0;
}

int
wire_put_empty(struct buf *out, enum wire_type type)
{
	size_t mark;
	int r;

	if ((r = wire_begin(out, type, &mark)) != 0)
		return r;
	return wire_end(out, mark);
}

int
wire_reader_new(enum wire_side from, struct wire_reader **rp)
{
	struct wire_reader *r;
	int e;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return ERR_NOMEM;
	r->sides = OF(from);
	r->state = ST_PREAMBLE;
	if ((e = buf_new(READER_CAP, &r->in)) != 0) {
		wire_reader_free(r);
		return e;
	}
	*rp = r;
	return 0;
}

void
wire_reader_features(struct wire_reader *r, uint64_t agreed)
{
	r->features = agreed;
}

void
wire_reader_free(struct wire_reader *r)
{
	if (r == NULL)
		return;
	buf_free(r->body);
	buf_free(r->in);
	free(r);
}

/* Let go of the message that wire_reader_next gave last. */
static int
reader_drop(struct wire_reader *r)
{
	size_t taken = r->taken;

	buf_free(r->body);
	r->body = NULL;
	r->taken = 0;
	return buf_skip(r->in, taken);
}

/* The length field at the front, or 0 if it has not come yet. */
static size_t
reader_length(const struct wire_reader *r)
{
	const uint8_t *p = buf_ptr(r->in);

	if (r->state == ST_PREAMBLE || buf_len(r->in) < 4)
		return 0;
	return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 |
	    (size_t)p[3];
}

int
wire_reader_space(struct wire_reader *r, uint8_t **pp, size_t *lenp)
{
	size_t have, len, want = READ_AHEAD;
	int e;

	if ((e = reader_drop(r)) != 0)
		return e;
	/* The rest of a large message goes in with one read. */
	have = buf_len(r->in);
	len = reader_length(r);
	if (len <= WIRE_LENGTH_MAX && len + 4 > have + want)
		want = len + 4 - have;
	if (want > READER_CAP - have)
		want = READER_CAP - have;
	if (want == 0)
		return ERR_TOOBIG;
	if ((e = buf_reserve(r->in, want, pp)) != 0)
		return e;
	buf_trim(r->in, want);
	r->space = want;
	*lenp = want;
	return 0;
}

void
wire_reader_fed(struct wire_reader *r, size_t len)
{
	uint8_t *p;

	/* The same place again: it was reserved, and nothing came between. */
	if (len > r->space || buf_reserve(r->in, len, &p) != 0)
		abort();
	r->space = 0;
}

int
wire_reader_read(struct wire_reader *r, int fd)
{
	uint8_t *p;
	size_t len, got;
	int e;

	if ((e = wire_reader_space(r, &p, &len)) != 0)
		return e;
	if ((e = fdio_read(fd, p, len, &got)) != 0)
		return e;
	if (got == 0)
		return ERR_CLOSED;
	wire_reader_fed(r, got);
	return 0;
}

/* Check the preamble as far as it has come; 1 if it is whole. */
static int
reader_preamble(struct wire_reader *r)
{
	size_t len = buf_len(r->in);
	const uint8_t *p = buf_ptr(r->in);
	int e;

	if (memcmp(p, preamble, len < 4 ? len : 4) != 0)
		return ERR_FORMAT;
	if (len < WIRE_PREAMBLE_LEN)
		return 0;
	if (memcmp(p + 4, preamble + 4, 2) != 0)
		return ERR_VERSION;
	if (memcmp(p, preamble, WIRE_PREAMBLE_LEN) != 0)
		return ERR_FORMAT;
	if ((e = buf_skip(r->in, WIRE_PREAMBLE_LEN)) != 0)
		return e;
	r->state = ST_HELLO;
	return 1;
}

/* Check the head of the message in front: 1 if all of it is there. */
static int
reader_check(struct wire_reader *r, const struct row **rowp)
{
	size_t len = reader_length(r);
	const struct row *row;

	if (buf_len(r->in) < 4)
		return 0;
	if (len == 0)
		return ERR_FORMAT;
	if (len > WIRE_LENGTH_MAX)
		return ERR_TOOBIG;
	if (buf_len(r->in) < WIRE_HEAD_LEN)
		return 0;
	row = row_find(r->sides, buf_ptr(r->in)[4]);
	if (row == NULL || (row->states & (int)r->state) == 0 ||
	    (row->feature & ~r->features) != 0)
		return ERR_FORMAT;
	if (buf_len(r->in) < 4 + len)
		return 0;
	*rowp = row;
	return 1;
}

int
wire_reader_next(struct wire_reader *r, struct wire_msg *mp)
{
	const struct row *row;
	struct wire_msg m;
	int e;

	if ((e = reader_drop(r)) != 0)
		return e;
	if (r->state == ST_PREAMBLE && (e = reader_preamble(r)) != 1)
		return e;
	if ((e = reader_check(r, &row)) != 1)
		return e;
	m.type = row->type;
	m.frame = buf_ptr(r->in);
	m.frame_len = 4 + reader_length(r);
	if ((e = buf_borrow(m.frame + WIRE_HEAD_LEN,
	    m.frame_len - WIRE_HEAD_LEN, &r->body)) != 0)
		return e;
	m.body = r->body;
	r->taken = m.frame_len;
	if (row->next != 0)
		r->state = row->next;
	*mp = m;
	return 1;
}

bool
wire_reader_ended(const struct wire_reader *r)
{
	return r->state == ST_ENDED && buf_len(r->in) == r->taken;
}
