/* wire.c: decode messages of the pull protocol to their end. */
#include "tests/fuzz/wire.h"

#include <string.h>

#include "base/buf.h"
#include "base/path.h"
#include "tests/fuzz/fuzz.h"
#include "wire/content.h"
#include "wire/delta.h"
#include "wire/hook.h"
#include "wire/page.h"
#include "wire/reply.h"
#include "wire/request.h"
#include "wire/start.h"
#include "wire/weak.h"

/* Cap of what is encoded again. */
#define BODY_MAX (4u << 20)

/*
 * A message that decodes is encoded again and must give the same bytes:
 * then no two bodies mean the same.
 */
#define WHOLE(type, NAME)						\
static void								\
whole_##type(struct buf *b)						\
{									\
	const uint8_t *from = buf_ptr(b);				\
	size_t len = buf_len(b);					\
	struct wire_##type m;						\
	struct buf *again;						\
									\
	if (wire_##type##_decode(b, &m) != 0)				\
		return;							\
	again = fuzz_buf(BODY_MAX);					\
	fuzz_check(wire_##type##_encode(&m, again) == 0,		\
	    NAME " can be encoded again");				\
	fuzz_same(again, from, len - buf_len(b));			\
}

WHOLE(hello, "HELLO")
WHOLE(agent_hello, "HELLO")
WHOLE(digest, "DIGEST")
WHOLE(list, "LIST")
WHOLE(next, "NEXT")
WHOLE(need, "NEED")
WHOLE(root, "ROOT")
WHOLE(dirend, "DIREND")
WHOLE(issue, "ISSUE")
WHOLE(done, "DONE")
WHOLE(error, "ERROR")
WHOLE(frame, "FRAME")
WHOLE(signature, "SIGNATURE")
WHOLE(again, "AGAIN")
WHOLE(packed, "PACKED")
WHOLE(basis, "BASIS")
WHOLE(pace, "PACE")
WHOLE(hook, "HOOK")
WHOLE(hooked, "HOOKED")
WHOLE(load, "LOAD")
WHOLE(reread, "REREAD")

/* The same for those with parts, which are kept for it. */
#define PARTS(type, NAME)						\
static void								\
parts_##type(struct buf *b)						\
{									\
	static struct wire_delta_part parts[WIRE_PIECES_MAX + 1];	\
	const uint8_t *from = buf_ptr(b);				\
	size_t len = buf_len(b);					\
	struct wire_##type m;						\
	struct buf *again;						\
	uint32_t n = 0;							\
	int r;								\
									\
	if (wire_##type##_decode(b, &m) != 0)				\
		return;							\
	for (; (r = wire_##type##_next(b, &m, &parts[n])) == 1; n++) {	\
		fuzz_check(n < WIRE_PIECES_MAX, "few parts");		\
		fuzz_check(parts[n].chunk < WIRE_PIECES_MAX &&		\
		    (n == 0 || parts[n].chunk > parts[n - 1].chunk),	\
		    "chunks ascend");					\
	}								\
	if (r != 0)							\
		return;							\
	fuzz_check(n == m.n && m.data_len <= WIRE_FRAME_RAW_MAX,	\
	    "all parts and their data");				\
	m.parts = parts;						\
	again = fuzz_buf(BODY_MAX);					\
	fuzz_check(wire_##type##_encode(&m, again) == 0,		\
	    NAME " can be encoded again");				\
	fuzz_same(again, from, len - buf_len(b));			\
}

PARTS(delta, "DELTA")
PARTS(patched, "PATCHED")

static void
items_page(struct buf *b)
{
	struct wire_page m;
	struct wire_entry e;
	uint32_t n = 0;

	if (wire_page_decode(b, &m) != 0)
		return;
	while (wire_page_next(b, &m, &e) == 1) {
		fuzz_check(path_name_ok(e.name, e.name_len), "a good name");
		fuzz_check(++n <= WIRE_ENTRIES_MAX, "few entries");
	}
}

static void
items_chunks(struct buf *b)
{
	struct wire_chunks m;
	struct wire_piece p;
	uint32_t n = 0;

	if (wire_chunks_decode(b, &m) != 0)
		return;
	while (wire_chunks_next(b, &m, &p) == 1) {
		fuzz_check(p.kind != WIRE_PIECE_DATA || (p.len > 0 &&
		    p.len <= WIRE_FRAME_RAW_MAX), "a chunk fits a frame");
		fuzz_check(++n <= WIRE_PIECES_MAX, "few pieces");
	}
}

static void
items_want(struct buf *b)
{
	struct wire_want m;
	uint32_t n, last = 0;
	bool any = false;

	if (wire_want_decode(b, &m) != 0)
		return;
	for (; wire_want_next(b, &m, &n) == 1; last = n, any = true)
		fuzz_check(!any || n > last, "numbers ascend");
}

static void
items_start(struct buf *b)
{
	struct wire_start m;
	struct wire_bytes text;
	int r;

	if (wire_start_decode(b, &m) != 0)
		return;
	while ((r = wire_start_root_next(b, &m, &text)) == 1)
		fuzz_check(text.len <= WIRE_PATH_MAX, "a root's length");
	if (r != 0)
		return;
	while (wire_start_exclude_next(b, &m, &text) == 1)
		fuzz_check(text.len <= WIRE_EXCLUDE_MAX,
		    "an exclude's length");
}

/* A row for each type that has a body. */
static const struct {
	enum wire_type type;
	void	(*decode)(struct buf *);
} rows[] = {
	{ WIRE_HELLO, whole_hello },
	{ WIRE_START, items_start },
	{ WIRE_DIGEST, whole_digest },
	{ WIRE_LIST, whole_list },
	{ WIRE_WANT, items_want },
	{ WIRE_NEXT, whole_next },
	{ WIRE_NEED, whole_need },
	{ WIRE_AGENT_HELLO, whole_agent_hello },
	{ WIRE_ROOT, whole_root },
	{ WIRE_PAGE, items_page },
	{ WIRE_DIREND, whole_dirend },
	{ WIRE_CHUNKS, items_chunks },
	{ WIRE_FRAME, whole_frame },
	{ WIRE_ISSUE, whole_issue },
	{ WIRE_DONE, whole_done },
	{ WIRE_ERROR, whole_error },
	{ WIRE_SIGNATURE, whole_signature },
	{ WIRE_AGAIN, whole_again },
	{ WIRE_BASIS, whole_basis },
	{ WIRE_DELTA, parts_delta },
	{ WIRE_PACKED, whole_packed },
	{ WIRE_PATCHED, parts_patched },
	{ WIRE_PACE, whole_pace },
	{ WIRE_HOOK, whole_hook },
	{ WIRE_HOOKED, whole_hooked },
	{ WIRE_LOAD, whole_load },
	{ WIRE_REREAD, whole_reread }
};

static void
decode(enum wire_type type, struct buf *body)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].type == type)
			rows[i].decode(body);
}

void
fuzz_wire_body(enum wire_type type, const uint8_t *data, size_t len)
{
	struct buf *b = fuzz_borrow(data, len);

	decode(type, b);
	buf_free(b);
}

/* Take messages until more is needed: 0, or the error that ends the job. */
static int
drain(struct wire_reader *rd)
{
	struct wire_msg m;
	int r;

	while ((r = wire_reader_next(rd, &m)) == 1) {
		fuzz_check(m.frame_len <= 4 + WIRE_LENGTH_MAX, "a limit");
		decode(m.type, m.body);
	}
	return r;
}

void
fuzz_wire_stream(enum wire_side from, const uint8_t *data, size_t len)
{
	struct fuzz_input in = { data, len };
	size_t piece = fuzz_byte(&in), room, n;
	struct wire_reader *rd;
	uint8_t *p;

	fuzz_check(wire_reader_new(from, &rd) == 0, "memory");
	wire_reader_features(rd, UINT64_MAX);
	while (drain(rd) == 0 && in.left > 0) {
		fuzz_check(wire_reader_space(rd, &p, &room) == 0 && room > 0,
		    "room for more");
		n = in.left < room ? in.left : room;
		if (piece != 0 && n > piece)
			n = piece;
		memcpy(p, in.p, n);
		wire_reader_fed(rd, n);
		in.p += n;
		in.left -= n;
	}
	(void)wire_reader_ended(rd);
	wire_reader_free(rd);
}
