/* test_list.c: lists keep their items, and change no more than they must. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "hash/sha256.h"
#include "repo/list.h"

#define CASE(name, fn) { name, fn, NULL, NULL, NULL }
#define NODES_MAX 4096
#define MANY 100000

/* Nodes in memory, by the SHA-256 of their content. */
struct reader {
	struct node {
		uint8_t	 id[32];
		uint8_t	*data;
		size_t	 len;
	} nodes[NODES_MAX];
	size_t	 n;
	size_t	 added;		/* new ones since it was set to 0 */
	size_t	 reads;
};

static struct reader mem;

/* In the place of lib/repo/reader.c. */
int
reader_chunk(struct reader *rd, const uint8_t id[32], const uint8_t **datap,
    size_t *lenp)
{
	size_t i;

	rd->reads++;
	for (i = 0; i < rd->n; i++)
		if (memcmp(rd->nodes[i].id, id, 32) == 0) {
			*datap = rd->nodes[i].data;
			*lenp = rd->nodes[i].len;
			return 0;
		}
	return ERR_NOENT;
}

static int
sink(const void *node, size_t len, uint8_t idp[32], void *arg)
{
	struct reader *rd = arg;
	const uint8_t *data;
	size_t have;

	assert_true(len <= LIST_NODE_MAX);
	assert_int_equal(sha256_of(node, len, idp), 0);
	if (reader_chunk(rd, idp, &data, &have) == 0)
		return 0;
	assert_true(rd->n < NODES_MAX);
	memcpy(rd->nodes[rd->n].id, idp, 32);
	rd->nodes[rd->n].data = malloc(len);
	assert_non_null(rd->nodes[rd->n].data);
	memcpy(rd->nodes[rd->n].data, node, len);
	rd->nodes[rd->n++].len = len;
	rd->added++;
	return 0;
}

static int
teardown(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < mem.n; i++)
		free(mem.nodes[i].data);
	memset(&mem, 0, sizeof(mem));
	return 0;
}

/* The name of entry i; extra ones sort behind the number they follow. */
static size_t
name_of(size_t i, const char *extra, char *text, size_t len)
{
	return (size_t)snprintf(text, len, "file-%08zu%s", i, extra);
}

static void
entry_named(struct entry *e, const char *name, size_t len)
{
	memset(e, 0, sizeof(*e));
	e->name = (const uint8_t *)name;
	e->name_len = len;
	e->attr.type = ATTR_FILE;
	e->attr.have = ATTR_SIZE;
	e->attr.size = len;
}

/* Write n entries, with one more after number extra. */
static void
write_entries(size_t n, size_t extra, struct list_root *rootp)
{
	struct list_writer *w;
	struct entry e;
	char name[64];
	size_t i;

	assert_int_equal(list_writer_new(LIST_ENTRIES, sink, &mem, &w), 0);
	for (i = 0; i < n; i++) {
		entry_named(&e, name, name_of(i, "", name, sizeof(name)));
		assert_int_equal(list_add_entry(w, &e), 0);
		if (i == extra) {
			entry_named(&e, name, name_of(i, "+", name,
			    sizeof(name)));
			assert_int_equal(list_add_entry(w, &e), 0);
		}
	}
	assert_int_equal(list_writer_end(w, rootp), 0);
	list_writer_free(w);
}

/* Check that the list at root has the entries from first to n. */
static void
read_entries(struct list_cursor *c, size_t first, size_t n)
{
	struct entry e;
	char name[64];
	size_t i, len;

	for (i = first; i < n; i++) {
		assert_int_equal(list_next_entry(c, &e), 1);
		len = name_of(i, "", name, sizeof(name));
		assert_int_equal(e.name_len, len);
		assert_memory_equal(e.name, name, len);
	}
	assert_int_equal(list_next_entry(c, &e), 0);
}

static struct list_cursor *
cursor(enum list_what what, const struct list_root *root)
{
	struct list_cursor *c;

	assert_int_equal(list_cursor_new(&mem, what, root, &c), 0);
	return c;
}

static void
test_entries_come_back(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 500, 5000, MANY };
	struct list_cursor *c;
	struct list_root root;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		write_entries(sizes[i], SIZE_MAX, &root);
		assert_int_equal(root.present, sizes[i] > 0);
		c = cursor(LIST_ENTRIES, &root);
		read_entries(c, 0, sizes[i]);
		list_cursor_free(c);
	}
	assert_true(root.level > 0);
}

static void
test_one_more_name_changes_a_page_and_its_parents(void **state)
{
	struct list_root root, more, again;
	size_t i;

	(void)state;
	write_entries(MANY, SIZE_MAX, &root);
	assert_true(mem.added > 20);
	for (i = 0; i < MANY; i += MANY / 10 - 1) {
		mem.added = 0;
		write_entries(MANY, i, &more);
		assert_true(mem.added >= 2 && mem.added <= 6);
		assert_memory_not_equal(root.id, more.id, 32);
	}
	mem.added = 0;
	write_entries(MANY, SIZE_MAX, &again);
	assert_int_equal(mem.added, 0);
	assert_memory_equal(root.id, again.id, 32);
}

static void
test_seek_reads_only_its_way(void **state)
{
	struct list_cursor *c;
	struct list_root root;
	struct entry e;
	char name[64];
	size_t i, len;

	(void)state;
	write_entries(MANY, SIZE_MAX, &root);
	c = cursor(LIST_ENTRIES, &root);
	for (i = MANY - 1; i < MANY; i -= 9973) {
		len = name_of(i, "", name, sizeof(name));
		mem.reads = 0;
		assert_int_equal(list_seek(c, (uint8_t *)name, len), 0);
		assert_int_equal(list_next_entry(c, &e), 1);
		assert_int_equal(e.name_len, len);
		assert_memory_equal(e.name, name, len);
		assert_true(mem.reads <= (size_t)root.level + 1);
		/* What is between two names leads to the second. */
		len = name_of(i, "!", name, sizeof(name));
		assert_int_equal(list_seek(c, (uint8_t *)name, len), 0);
		read_entries(c, i + 1, MANY);
	}
	assert_int_equal(list_seek(c, (const uint8_t *)"a", 1), 0);
	read_entries(c, 0, MANY);
	assert_int_equal(list_seek(c, (const uint8_t *)"z", 1), 0);
	assert_int_equal(list_next_entry(c, &e), 0);
	list_cursor_free(c);
}

static void
test_names_must_ascend(void **state)
{
	struct list_writer *w;
	struct entry e;

	(void)state;
	assert_int_equal(list_writer_new(LIST_ENTRIES, sink, &mem, &w), 0);
	entry_named(&e, "b", 1);
	assert_int_equal(list_add_entry(w, &e), 0);
	assert_int_equal(list_add_entry(w, &e), ERR_FORMAT);
	entry_named(&e, "a", 1);
	assert_int_equal(list_add_entry(w, &e), ERR_FORMAT);
	entry_named(&e, "..", 2);
	assert_int_equal(list_add_entry(w, &e), ERR_FORMAT);
	entry_named(&e, "bb", 2);
	assert_int_equal(list_add_entry(w, &e), 0);
	list_writer_free(w);
}

/* Item i: every seventh is a hole. */
static void
content_item(size_t i, struct content_item *ip)
{
	uint8_t seed[8];

	memset(ip, 0, sizeof(*ip));
	ip->hole = i % 7 == 3;
	ip->len = 1 + i % 100000;
	memcpy(seed, &i, sizeof(seed));
	if (!ip->hole)
		assert_int_equal(sha256_of(seed, 8, ip->id), 0);
}

static void
write_content(size_t from, size_t n, struct list_root *rootp)
{
	struct list_writer *w;
	struct content_item it;
	size_t i;

	assert_int_equal(list_writer_new(LIST_CONTENT, sink, &mem, &w), 0);
	for (i = from; i < n; i++) {
		content_item(i, &it);
		assert_int_equal(list_add_content(w, &it), 0);
	}
	assert_int_equal(list_writer_end(w, rootp), 0);
	list_writer_free(w);
}

static void
test_content_comes_back(void **state)
{
	struct content_item want, it;
	struct list_cursor *c;
	struct list_root root;
	size_t i;

	(void)state;
	write_content(0, MANY, &root);
	c = cursor(LIST_CONTENT, &root);
	for (i = 0; i < MANY; i++) {
		content_item(i, &want);
		assert_int_equal(list_next_content(c, &it), 1);
		assert_memory_equal(&it, &want, sizeof(it));
	}
	assert_int_equal(list_next_content(c, &it), 0);
	list_cursor_free(c);
	/* Without its beginning the rest is cut as it was. */
	mem.added = 0;
	write_content(10, MANY, &root);
	assert_true(mem.added <= 4);
}

static int
count_node(const uint8_t id[32], void *arg)
{
	size_t *np = arg;

	(void)id;
	(*np)++;
	return 0;
}

static int
skip_node(const uint8_t id[32], void *arg)
{
	return count_node(id, arg) == 0 ? 1 : 0;
}

static void
test_walk_finds_every_node(void **state)
{
	struct list_root root, empty = { .present = false };
	size_t n = 0;

	(void)state;
	write_entries(MANY, SIZE_MAX, &root);
	assert_int_equal(list_walk_nodes(&mem, LIST_ENTRIES, &root,
	    count_node, &n), 0);
	assert_int_equal(n, mem.n);
	n = 0;
	assert_int_equal(list_walk_nodes(&mem, LIST_ENTRIES, &root,
	    skip_node, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(list_walk_nodes(&mem, LIST_ENTRIES, &empty,
	    count_node, &n), 0);
	assert_int_equal(n, 1);
}

/* Read a list to its end or its error. */
static int
drain(enum list_what what, const struct list_root *root)
{
	struct list_cursor *c = cursor(what, root);
	struct content_item it;
	struct entry e;
	int r;

	do
		r = what == LIST_ENTRIES ? list_next_entry(c, &e) :
		    list_next_content(c, &it);
	while (r == 1);
	list_cursor_free(c);
	return r;
}

/* Put a node of that head and those bytes. */
static void
node_by_hand(const uint8_t head[3], const void *data, size_t len,
    struct list_root *rootp)
{
	uint8_t node[2048];

	assert_true(len + 3 <= sizeof(node));
	memcpy(node, head, 3);
	memcpy(node + 3, data, len);
	memset(rootp, 0, sizeof(*rootp));
	rootp->present = true;
	rootp->level = head[0];
	assert_int_equal(sink(node, len + 3, rootp->id, &mem), 0);
}

static void
test_a_wrong_node_is_refused(void **state)
{
	static const uint8_t hole[] = { 0x03, 0x05 };
	struct list_root root, child;
	uint8_t up[32 + 8 + 8 + 1];

	(void)state;
	node_by_hand((const uint8_t[]){ 0, 2, 2 }, hole, 2, &root);
	assert_int_equal(drain(LIST_CONTENT, &root), 0);
	assert_int_equal(drain(LIST_ENTRIES, &root), ERR_FORMAT);
	root.level = 1;		/* not what the node says */
	assert_int_equal(drain(LIST_CONTENT, &root), ERR_FORMAT);
	node_by_hand((const uint8_t[]){ 0, 2, 1 }, hole, 2, &root);
	assert_int_equal(drain(LIST_CONTENT, &root), ERR_FORMAT);
	node_by_hand((const uint8_t[]){ 0, 2, 3 }, hole, 2, &root);
	assert_int_equal(drain(LIST_CONTENT, &root), ERR_FORMAT);
	node_by_hand((const uint8_t[]){ 0, 2, 0 }, hole, 0, &root);
	assert_int_equal(drain(LIST_CONTENT, &root), ERR_FORMAT);

	/* A parent must tell the truth, and stand one level above. */
	node_by_hand((const uint8_t[]){ 0, 2, 2 }, hole, 2, &child);
	memset(up, 0, sizeof(up));
	memcpy(up, child.id, 32);
	up[39] = 2;		/* items */
	up[47] = 1 + 2;		/* bytes */
	node_by_hand((const uint8_t[]){ 1, 2, 1 }, up, sizeof(up), &root);
	assert_int_equal(drain(LIST_CONTENT, &root), 0);
	up[47]++;
	node_by_hand((const uint8_t[]){ 1, 2, 1 }, up, sizeof(up), &root);
	assert_int_equal(drain(LIST_CONTENT, &root), ERR_FORMAT);
	up[47]--;
	node_by_hand((const uint8_t[]){ 2, 2, 1 }, up, sizeof(up), &root);
	assert_int_equal(drain(LIST_CONTENT, &root), ERR_FORMAT);
}

static void
test_descending_names_are_refused(void **state)
{
	struct list_root root;
	struct entry e;
	struct buf *b;

	(void)state;
	assert_int_equal(buf_new(1000, &b), 0);
	entry_named(&e, "b", 1);
	assert_int_equal(entry_encode(&e, b), 0);
	entry_named(&e, "a", 1);
	assert_int_equal(entry_encode(&e, b), 0);
	node_by_hand((const uint8_t[]){ 0, 1, 2 }, buf_ptr(b), buf_len(b),
	    &root);
	assert_int_equal(drain(LIST_ENTRIES, &root), ERR_FORMAT);
	buf_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		{ "entries come back", test_entries_come_back, NULL,
		    teardown, NULL },
		{ "one more name changes a page and its parents",
		    test_one_more_name_changes_a_page_and_its_parents, NULL,
		    teardown, NULL },
		{ "seek reads only its way", test_seek_reads_only_its_way,
		    NULL, teardown, NULL },
		CASE("names must ascend", test_names_must_ascend),
		{ "content comes back", test_content_comes_back, NULL,
		    teardown, NULL },
		{ "a walk finds every node", test_walk_finds_every_node,
		    NULL, teardown, NULL },
		{ "a wrong node is refused", test_a_wrong_node_is_refused,
		    NULL, teardown, NULL },
		{ "descending names are refused",
		    test_descending_names_are_refused, NULL, teardown, NULL }
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
