/* align_fixture.c: see align_fixture.h. */
#include <stdarg.h>
#include <setjmp.h>

#include "align_fixture.h"

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "codec/chunker.h"
#include "hash/sha256.h"
#include "repo/list.h"

#define NODES_MAX 256

/* Nodes of lists, by the SHA-256 of their bytes. */
static struct {
	uint8_t	 id[32];
	uint8_t	*data;
	size_t	 len;
} nodes[NODES_MAX];
static size_t nnodes;

/* In the place of lib/repo/reader.c. */
int
reader_chunk(struct reader *rd, const uint8_t id[32], const uint8_t **datap,
    size_t *lenp)
{
	size_t i;

	(void)rd;
	for (i = 0; i < nnodes; i++)
		if (memcmp(nodes[i].id, id, 32) == 0) {
			*datap = nodes[i].data;
			*lenp = nodes[i].len;
			return 0;
		}
	return ERR_NOENT;
}

static int
sink(const void *node, size_t len, uint8_t idp[32], void *arg)
{
	(void)arg;
	assert_int_equal(sha256_of(node, len, idp), 0);
	assert_true(nnodes < NODES_MAX);
	memcpy(nodes[nnodes].id, idp, 32);
	nodes[nnodes].data = malloc(len);
	assert_non_null(nodes[nnodes].data);
	memcpy(nodes[nnodes].data, node, len);
	nodes[nnodes++].len = len;
	return 0;
}

uint32_t
text_random(uint32_t below)
{
	static uint64_t x = UINT64_C(0x2545f4914f6cdd1d);

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(x >> 32) % below;
}

void
text_init(struct text *t, size_t len)
{
	size_t i;

	memset(t, 0, sizeof(*t));
	t->data = malloc(TEXT_MAX);
	t->origin = malloc(TEXT_MAX * sizeof(*t->origin));
	t->items = calloc(TEXT_ITEMS, sizeof(*t->items));
	t->offs = calloc(TEXT_ITEMS, sizeof(*t->offs));
	assert_true(t->data != NULL && t->origin != NULL && t->items != NULL &&
	    t->offs != NULL);
	assert_true(len <= TEXT_MAX);
	t->len = len;
	for (i = 0; i < len; i++) {
		t->data[i] = (uint8_t)text_random(256);
		t->origin[i] = (int32_t)i;
	}
}

/* Also forgets all nodes. */
void
text_clear(struct text *t)
{
	free(t->data);
	free(t->origin);
	free(t->items);
	free(t->offs);
	memset(t, 0, sizeof(*t));
	while (nnodes > 0)
		free(nodes[--nnodes].data);
}

void
text_copy(struct text *t, const struct text *from)
{
	text_init(t, 0);
	t->len = from->len;
	memcpy(t->data, from->data, from->len);
	memcpy(t->origin, from->origin, from->len * sizeof(*t->origin));
}

void
text_change(struct text *t, size_t off, size_t len)
{
	size_t i;

	assert_true(off + len <= t->len);
	for (i = off; i < off + len; i++) {
		t->data[i] = (uint8_t)text_random(256);
		t->origin[i] = TEXT_NEW;
	}
}

/* Move what stands from off on to to. */
static void
shift(struct text *t, size_t off, size_t to)
{
	assert_true(off <= t->len && t->len - off + to <= TEXT_MAX);
	memmove(t->data + to, t->data + off, t->len - off);
	memmove(t->origin + to, t->origin + off,
	    (t->len - off) * sizeof(*t->origin));
	t->len = t->len - off + to;
}

void
text_insert(struct text *t, size_t off, size_t len)
{
	shift(t, off, off + len);
	text_change(t, off, len);
}

void
text_delete(struct text *t, size_t off, size_t len)
{
	shift(t, off + len, off);
}

void
text_move(struct text *t, size_t from, size_t len, size_t to)
{
	struct text block;

	text_init(&block, 0);
	memcpy(block.data, t->data + from, len);
	memcpy(block.origin, t->origin + from, len * sizeof(*t->origin));
	text_delete(t, from, len);
	shift(t, to, to + len);
	memcpy(t->data + to, block.data, len);
	memcpy(t->origin + to, block.origin, len * sizeof(*t->origin));
	text_clear(&block);
}

void
text_cut(struct text *t)
{
	static const struct chunker_params params = { .min = 256,
	    .avg = 1024, .max = 4096, .seed = { 7 } };
	struct content_item *item;
	struct chunker c;
	size_t off, len;

	assert_int_equal(chunker_init(&c, &params), 0);
	t->n = 0;
	for (off = 0; off < t->len; off += len) {
		len = chunker_cut(&c, t->data + off, t->len - off, true);
		assert_true(len > 0 && t->n < TEXT_ITEMS);
		t->offs[t->n] = off;
		item = &t->items[t->n++];
		memset(item, 0, sizeof(*item));
		item->len = len;
		assert_int_equal(sha256_of(t->data + off, len, item->id), 0);
	}
}

void
text_entry(const struct text *t, struct entry *e)
{
	struct list_writer *w;
	size_t i;

	memset(e, 0, sizeof(*e));
	e->attr.type = ATTR_FILE;
	if (t->n <= ENTRY_INLINE_MAX) {
		e->ninline = t->n;
		memcpy(e->inl, t->items, t->n * sizeof(*e->inl));
		return;
	}
	assert_int_equal(list_writer_new(LIST_CONTENT, sink, NULL, &w), 0);
	for (i = 0; i < t->n; i++)
		assert_int_equal(list_add_content(w, &t->items[i]), 0);
	assert_int_equal(list_writer_end(w, &e->content), 0);
	list_writer_free(w);
}

size_t
text_shared(const struct text *t, size_t i, const struct text *old, size_t j)
{
	size_t k, n = 0, lo = old->offs[j];
	size_t hi = lo + (size_t)old->items[j].len;

	for (k = t->offs[i]; k < t->offs[i] + t->items[i].len; k++)
		if (t->origin[k] != TEXT_NEW &&
		    (size_t)t->origin[k] >= lo && (size_t)t->origin[k] < hi)
			n++;
	return n;
}

size_t
text_find(const struct text *t, const struct content_item *item)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (!t->items[i].hole && memcmp(t->items[i].id, item->id,
		    sizeof(item->id)) == 0)
			break;
	return i;
}
