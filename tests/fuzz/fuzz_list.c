/* fuzz_list.c: lists of entries and of content, whose nodes are the input. */
#include <string.h>

#include "base/buf.h"
#include "repo/index.h"
#include "repo/list.h"
#include "repo/pending.h"
#include "tests/fuzz/fuzz.h"

/*
 * Input: what (odd: entries), level of the root, a part as the name to seek,
 * then the nodes as parts.  The id of a node is its number, 32 times; the
 * root is number 0.
 */
#define NODES_MAX 64
#define ITEMS_MAX 100000	/* nodes may name one another */

struct nodes {
	const uint8_t *p[NODES_MAX];
	size_t	 len[NODES_MAX];
	size_t	 n;
	size_t	 got;
};

static int
node_get(void *arg, const uint8_t id[32], const uint8_t **datap, size_t *lenp)
{
	struct nodes *nodes = arg;

	if (id[0] >= nodes->n || ++nodes->got > ITEMS_MAX)
		return ERR_NOENT;
	*datap = nodes->p[id[0]];
	*lenp = nodes->len[id[0]];
	return 0;
}

static struct reader *
reader_make(const struct pending *p)
{
	static struct index *x;
	struct reader *rd;

	if (x == NULL)
		fuzz_check(index_open(fuzz_repo(), &x) == 0, "no index");
	fuzz_check(reader_new(fuzz_repo(), x, &rd) == 0, "a reader");
	reader_set_pending(rd, p);
	return rd;
}

static void
walk(struct list_cursor *c, enum list_what what)
{
	struct content_item i;
	struct entry e;
	uint8_t last[256];
	size_t n = 0, last_len = 0, m;

	if (what == LIST_CONTENT) {
		while (n++ < ITEMS_MAX && list_next_content(c, &i) == 1)
			;
		return;
	}
	while (n++ < ITEMS_MAX && list_next_entry(c, &e) == 1) {
		m = last_len < e.name_len ? last_len : e.name_len;
		fuzz_check(last_len == 0 ||
		    memcmp(last, e.name, m) < (last_len < e.name_len),
		    "names ascend");
		memcpy(last, e.name, e.name_len);
		last_len = e.name_len;
	}
}

static int
seen(const uint8_t id[32], void *arg)
{
	size_t *left = arg;

	(void)id;
	if (*left == 0)
		return 1;
	--*left;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz_input in = { data, len };
	struct nodes nodes = { .n = 0 };
	struct pending pending = { node_get, &nodes };
	struct list_root root = { .present = true };
	struct list_cursor *c;
	struct reader *rd;
	enum list_what what;
	const uint8_t *name;
	size_t name_len, left = ITEMS_MAX;

	fuzz_init();
	what = fuzz_byte(&in) & 1 ? LIST_ENTRIES : LIST_CONTENT;
	root.level = fuzz_byte(&in) % (LIST_LEVEL_MAX + 1);
	name = fuzz_part(&in, &name_len);
	for (; in.left > 0 && nodes.n < NODES_MAX; nodes.n++)
		nodes.p[nodes.n] = fuzz_part(&in, &nodes.len[nodes.n]);
	rd = reader_make(&pending);
	fuzz_check(list_cursor_new(rd, what, &root, &c) == 0, "a cursor");
	walk(c, what);
	list_cursor_free(c);
	fuzz_check(list_cursor_new(rd, what, &root, &c) == 0, "a cursor");
	if (what == LIST_ENTRIES && list_seek(c, name, name_len) == 0)
		walk(c, what);
	list_cursor_free(c);
	(void)!list_walk_nodes(rd, what, &root, seen, &left);
	reader_free(rd);
	return 0;
}
