/* test_plan.c: parents, hard links and the order of reading. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "codec/compress.h"
#include "restore/plan.h"

static struct plan *plan;

static int
setup(void **state)
{
	(void)state;
	return plan_new(&plan);
}

static int
teardown(void **state)
{
	(void)state;
	plan_free(plan);
	plan = NULL;
	return 0;
}

static uint64_t
add(const char *path, uint8_t type, uint64_t inode)
{
	struct entry e = { .name = NULL };
	uint64_t i;

	e.attr.type = type;
	if (inode != 0) {
		e.attr.have = ATTR_INODE | ATTR_LINKS;
		e.attr.ino = inode;
		e.attr.links = 2;
	}
	e.target = (const uint8_t *)"target";
	e.target_len = 6;
	assert_int_equal(plan_add(plan, (const uint8_t *)path, strlen(path),
	    &e, &i), 0);
	return i;
}

/* Content of len bytes in a frame of a pack that is named by one byte. */
static int
item(uint8_t pack, uint32_t frame, uint64_t len)
{
	struct content_item c = { .len = len };
	struct chain chain = { .n = 1 };
	struct index_place *p = &chain.links[0].at;

	p->frame_offset = frame;
	p->frame_stored = 100;
	p->len = (uint32_t)len;
	memset(p->pack, pack, sizeof(p->pack));
	return plan_add_item(plan, &c, &chain);
}

static void
path_is(uint64_t i, const char *path)
{
	struct buf *b;

	assert_int_equal(buf_new(4096, &b), 0);
	assert_int_equal(plan_path(plan, i, b), 0);
	assert_int_equal(buf_len(b), strlen(path));
	assert_memory_equal(buf_ptr(b), path, strlen(path));
	buf_free(b);
}

static void
test_parents_are_found_or_made(void **state)
{
	uint64_t a, f, g, h;

	(void)state;
	a = add("/srv/a", ATTR_DIR, 0);
	f = add("/srv/a/f", ATTR_FILE, 0);
	g = add("/srv/ab", ATTR_FILE, 0);
	h = add("/etc/x/h", ATTR_FILE, 0);
	path_is(a, "srv/a");
	path_is(f, "srv/a/f");
	path_is(h, "etc/x/h");
	assert_int_equal(plan_entry(plan, f)->parent, a);
	/* /srv was made up once, and "ab" is not in "a". */
	assert_int_equal(plan_entry(plan, g)->parent,
	    plan_entry(plan, a)->parent);
	assert_true(plan_entry(plan, plan_entry(plan, a)->parent)->flags &
	    PLAN_MADE);
	assert_int_equal(plan_count(plan), 7);
}

static void
test_the_root_is_the_destination(void **state)
{
	uint64_t root, f;

	(void)state;
	root = add("/", ATTR_DIR, 0);
	f = add("/f", ATTR_FILE, 0);
	path_is(root, "");
	path_is(f, "f");
	assert_int_equal(plan_entry(plan, f)->parent, root);
}

static void
test_unclean_paths_are_refused(void **state)
{
	static const char *const wrong[] = { "", "a", "/a/", "/a//b", "/..",
	    "/a/../b", "/./a", "/." };
	struct entry e = { .name = NULL };
	uint64_t i;
	size_t n;

	(void)state;
	e.attr.type = ATTR_FILE;
	for (n = 0; n < sizeof(wrong) / sizeof(wrong[0]); n++)
		assert_int_equal(plan_add(plan, (const uint8_t *)wrong[n],
		    strlen(wrong[n]), &e, &i), ERR_FORMAT);
	assert_int_equal(plan_add(plan, (const uint8_t *)"/", 1, &e, &i),
	    ERR_FORMAT);
	assert_int_equal(plan_add(plan, (const uint8_t *)"/a\0b", 4, &e, &i),
	    ERR_FORMAT);
	assert_int_equal(plan_count(plan), 0);
}

static void
test_links_follow_the_first(void **state)
{
	uint64_t a, b, c, n;

	(void)state;
	a = add("/d/a", ATTR_FILE, 9);
	assert_int_equal(item(1, 0, 10), 0);
	b = add("/d/b", ATTR_FILE, 9);
	assert_int_equal(item(1, 0, 10), 0);
	/* The same inode, but another file by the time it was seen. */
	c = add("/d/c", ATTR_FILE, 9);
	assert_int_equal(item(1, 0, 11), 0);
	plan_link(plan);
	assert_int_equal(plan_entry(plan, a)->link, PLAN_NONE);
	assert_int_equal(plan_entry(plan, b)->link, a);
	assert_int_equal(plan_entry(plan, c)->link, PLAN_NONE);
	plan_sort(plan);
	(void)plan_items(plan, &n);
	assert_int_equal(n, 2);
}

static void
test_items_come_as_packs_hold_them(void **state)
{
	const struct plan_item *items;
	uint64_t n, i;

	(void)state;
	add("/a", ATTR_FILE, 0);
	assert_int_equal(item(2, 500, 10), 0);
	assert_int_equal(item(1, 300, 20), 0);
	assert_int_equal(item(2, 100, 30), 0);
	add("/b", ATTR_FILE, 0);
	assert_int_equal(item(1, 200, 5), 0);
	assert_int_equal(item(2, 500, 5), 0);
	plan_sort(plan);
	items = plan_items(plan, &n);
	assert_int_equal(n, 5);
	for (i = 1; i < n; i++)
		assert_true(items[i - 1].pack < items[i].pack ||
		    (items[i - 1].pack == items[i].pack &&
		    items[i - 1].frame <= items[i].frame));
	assert_int_equal(plan_pack(plan, items[0].pack)[0], 2);
	assert_int_equal(items[0].at, 30);
	assert_int_equal(plan_entry(plan, 0)->size, 60);
}

static void
test_holes_stand_before_items(void **state)
{
	struct content_item hole = { .hole = true, .len = 1000 };
	const struct plan_item *items;
	uint64_t n;

	(void)state;
	add("/a", ATTR_FILE, 0);
	assert_int_equal(plan_add_item(plan, &hole, NULL), 0);
	assert_int_equal(item(1, 0, 10), 0);
	assert_int_equal(plan_add_item(plan, &hole, NULL), 0);
	assert_int_equal(plan_add_item(plan, &hole, NULL), 0);
	assert_int_equal(item(1, 0, 10), 0);
	items = plan_items(plan, &n);
	assert_int_equal(items[0].at, 1000);
	assert_int_equal(items[0].hole, 1000);
	assert_int_equal(items[1].at, 3010);
	assert_int_equal(items[1].hole, 2000);
	assert_int_equal(plan_entry(plan, 0)->holes, 3000);
	assert_int_equal(plan_entry(plan, 0)->flags, PLAN_HOLES);
	hole.len = UINT64_C(1) << 42;
	assert_int_equal(plan_add_item(plan, &hole, NULL), 0);
	assert_int_equal(plan_entry(plan, 0)->flags,
	    PLAN_HOLES | PLAN_SPARSE);
}

static void
test_impossible_lengths_are_refused(void **state)
{
	struct content_item c = { .hole = true, .len = INT64_MAX };
	struct chain chain = { .n = 1 };
	struct index_place *p = &chain.links[0].at;

	(void)state;
	p->len = 10;
	add("/a", ATTR_FILE, 0);
	assert_int_equal(plan_add_item(plan, &c, NULL), 0);
	assert_int_equal(plan_add_item(plan, &c, NULL), ERR_FORMAT);
	add("/b", ATTR_FILE, 0);
	c.hole = false;
	c.len = 11;
	assert_int_equal(plan_add_item(plan, &c, &chain), ERR_FORMAT);
	c.len = p->len = 10;
	p->offset = FRAME_RAW_MAX;
	assert_int_equal(plan_add_item(plan, &c, &chain), ERR_FORMAT);
}

/* A chain of n links: the whole one in a frame of pack 1, a delta at frame
 * 100 * k of pack k above it. */
static void
chain_make(struct chain *c, unsigned int n, uint32_t whole)
{
	struct index_place *p;
	unsigned int i;

	memset(c, 0, sizeof(*c));
	c->n = n;
	for (i = 0; i < n; i++) {
		p = &c->links[i].at;
		p->depth = (uint8_t)(n - 1 - i);
		memset(p->pack, p->depth + 1, sizeof(p->pack));
		p->len = p->frame_raw = 10 + p->depth;
		p->frame_stored = 100;
		p->frame_offset = p->depth == 0 ? whole : 100u * p->depth;
		p->kind = p->depth == 0 ? FRAME_ZSTD : FRAME_ZSTD_PREFIX;
	}
}

static int
delta(unsigned int n, uint32_t whole)
{
	struct content_item c = { .len = 9 + n };
	struct chain chain;

	chain_make(&chain, n, whole);
	return plan_add_item(plan, &c, &chain);
}

static void
test_deltas_stand_beside_what_they_build_on(void **state)
{
	const struct plan_item *items;
	const struct plan_link *l;
	uint64_t n;

	(void)state;
	add("/a", ATTR_FILE, 0);
	assert_int_equal(delta(3, 5000), 0);
	assert_int_equal(item(1, 7000, 20), 0);
	add("/b", ATTR_FILE, 0);
	assert_int_equal(delta(2, 5000), 0);
	assert_int_equal(delta(3, 5000), 0);
	assert_int_equal(item(1, 5000, 10), 0);
	assert_int_equal(item(1, 300, 20), 0);
	plan_sort(plan);
	items = plan_items(plan, &n);
	assert_int_equal(n, 6);
	assert_int_equal(items[0].frame, 300);
	/* The whole one, then each delta, the same ones side by side. */
	assert_int_equal(items[1].links, 0);
	assert_int_not_equal(items[2].links, 0);
	assert_int_equal(items[2].frame, 5000);
	assert_int_equal(items[3].len, items[4].len);
	assert_int_equal(items[5].frame, 7000);
	l = plan_links(plan, items[2].len == 12 ? &items[2] : &items[3]);
	assert_int_equal(l[0].more, 2);
	assert_int_equal(l[0].frame, 5000);
	assert_int_equal(l[0].len, 10);
	assert_int_equal(l[1].frame, 100);
	assert_int_equal(plan_pack(plan, l[1].pack)[0], 2);
	assert_int_equal(l[2].more, 0);
	assert_int_equal(l[2].frame, 200);
	assert_int_equal(l[2].len, 12);
	assert_int_equal(plan_pack(plan, l[2].pack)[0], 3);
}

static void
test_impossible_chains_are_refused(void **state)
{
	struct content_item c = { .len = 12 };
	struct chain chain;

	(void)state;
	add("/a", ATTR_FILE, 0);
	chain_make(&chain, 3, 0);
	assert_int_equal(plan_add_item(plan, &c, &chain), 0);
	chain.links[1].at.kind = FRAME_ZSTD;
	assert_int_equal(plan_add_item(plan, &c, &chain), ERR_FORMAT);
	chain_make(&chain, 3, 0);
	chain.links[1].at.offset = 1;
	assert_int_equal(plan_add_item(plan, &c, &chain), ERR_FORMAT);
	chain_make(&chain, 3, 0);
	chain.links[1].at.frame_raw++;
	assert_int_equal(plan_add_item(plan, &c, &chain), ERR_FORMAT);
	chain_make(&chain, 3, 0);
	chain.links[2].at.len = COMPRESS_PREFIX_MAX + 1;
	assert_int_equal(plan_add_item(plan, &c, &chain), ERR_FORMAT);
	chain_make(&chain, 3, 0);
	chain.links[1].at.frame_stored = UINT32_MAX;
	assert_int_equal(plan_add_item(plan, &c, &chain), ERR_FORMAT);
	chain_make(&chain, 4, 0);
	assert_int_equal(plan_add_item(plan, &c, &chain), ERR_FORMAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_parents_are_found_or_made, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_the_root_is_the_destination, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_unclean_paths_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_links_follow_the_first, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_items_come_as_packs_hold_them, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_holes_stand_before_items, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_impossible_lengths_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_deltas_stand_beside_what_they_build_on, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    test_impossible_chains_are_refused, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
