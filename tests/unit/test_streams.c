/* test_streams.c: frames of deltas come right, from few reads and memory. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "codec/compress.h"
#include "repo/pack.h"
#include "restore/streams.h"
#include "tests/unit/repo_fixture.h"

#define CASE(name, fn) { name, fn, repo_setup, repo_teardown, NULL }
#define PACKS 60
#define FRAMES 100
#define FRAME 5000

static uint8_t pack[FRAMES * FRAME];

/* The n-th byte of a pack. */
static uint8_t
byte_of(uint8_t number, size_t n)
{
	return (uint8_t)(number * 31 + n / FRAME * 7 + n);
}

static void
pack_put(struct store *s, uint8_t number, size_t len)
{
	char name[STORE_NAME_MAX];
	uint8_t hash[32];
	size_t i;

	for (i = 0; i < len; i++)
		pack[i] = byte_of(number, i);
	memset(hash, number, sizeof(hash));
	pack_name(hash, name, sizeof(name));
	object_replace(s, name, pack, len);
}

/* An item that is a delta in the given frame of pack number. */
static void
item_add(struct plan *p, uint8_t number, uint32_t frame)
{
	struct content_item item = { .len = 9 };
	struct chain c = { .n = 2 };
	struct index_place *at = &c.links[0].at;

	c.links[1].at.len = c.links[1].at.frame_raw = 9;
	c.links[1].at.frame_offset = frame;
	memset(at->pack, number, sizeof(at->pack));
	at->frame_offset = frame * FRAME;
	at->frame_stored = FRAME;
	at->len = at->frame_raw = 9;
	at->depth = 1;
	at->kind = FRAME_ZSTD_PREFIX;
	assert_int_equal(plan_add_item(p, &item, &c), 0);
}

static struct plan *
plan_make(uint8_t packs, uint32_t step)
{
	struct entry e = { .name = NULL };
	struct plan *p;
	uint32_t frame;
	uint64_t n;
	uint8_t i;

	e.attr.type = ATTR_FILE;
	assert_int_equal(plan_new(&p), 0);
	assert_int_equal(plan_add(p, (const uint8_t *)"/f", 2, &e, &n), 0);
	for (frame = 0; frame < FRAMES; frame += step)
		for (i = 1; i <= packs; i++)
			item_add(p, i, frame);
	plan_sort(p);
	return p;
}

/* Get the frame of an item and compare its bytes. */
static int
get(struct streams *s, const struct plan *p, const struct plan_item *item)
{
	const struct plan_link *l = plan_links(p, item) + 1;
	const uint8_t *data;
	uint8_t number = plan_pack(p, l->pack)[0];
	size_t i;
	int r;

	if ((r = streams_get(s, l, &data)) != 0)
		return r;
	for (i = 0; i < l->frame_len; i++)
		if (data[i] != byte_of(number, l->frame + i))
			fail_msg("pack %u, byte %zu", number, i);
	return 0;
}

static void
test_frames_of_many_packs_come_right(void **state)
{
	struct repo_fixture *f = *state;
	const struct plan_item *items;
	struct plan *p = plan_make(PACKS, 3);
	struct streams *s;
	uint64_t i, n;
	uint8_t k;

	for (k = 1; k <= PACKS; k++)
		pack_put(f->s, k, sizeof(pack));
	assert_int_equal(streams_new(f->r, p, &s), 0);
	items = plan_items(p, &n);
	assert_int_equal(n, 34 * PACKS);
	for (i = 0; i < n; i++)
		assert_int_equal(get(s, p, &items[i]), 0);
	/* And against the order of the plan. */
	for (i = n; i-- > 0; )
		assert_int_equal(get(s, p, &items[i]), 0);
	streams_free(s);
	plan_free(p);
}

/* What a pack still has comes, and nothing else does. */
static void
test_a_short_pack_gives_what_it_has(void **state)
{
	struct repo_fixture *f = *state;
	const struct plan_item *items;
	struct plan *p = plan_make(2, 1);
	struct streams *s;
	uint64_t i, n, whole = 0;

	pack_put(f->s, 1, FRAME * 10 + 1);
	assert_int_equal(streams_new(f->r, p, &s), 0);
	items = plan_items(p, &n);
	for (i = 0; i < n; i++)
		switch (get(s, p, &items[i])) {
		case 0:
			whole++;
			break;
		case ERR_NOENT:
			assert_int_equal(plan_pack(p,
			    items[i].delta_pack)[0], 2);
			break;
		case ERR_CORRUPT:
			assert_int_equal(plan_pack(p,
			    items[i].delta_pack)[0], 1);
			break;
		default:
			fail();
		}
	assert_int_equal(whole, 10);
	streams_free(s);
	plan_free(p);
}

/* Once a piece is read, its frames are there without the pack. */
static void
test_near_frames_are_read_together(void **state)
{
	struct repo_fixture *f = *state;
	const struct plan_item *items;
	struct plan *p = plan_make(1, 1);
	char name[STORE_NAME_MAX];
	struct streams *s;
	uint64_t i, n;

	pack_put(f->s, 1, sizeof(pack));
	assert_int_equal(streams_new(f->r, p, &s), 0);
	items = plan_items(p, &n);
	assert_int_equal(get(s, p, &items[0]), 0);
	pack_name(plan_pack(p, items[0].delta_pack), name, sizeof(name));
	assert_int_equal(store_delete(f->s, name), 0);
	for (i = 0; i < n && get(s, p, &items[i]) == 0; i++)
		continue;
	assert_true(i >= 40 && i < 60);
	streams_free(s);
	plan_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("frames of many packs come right",
		    test_frames_of_many_packs_come_right),
		CASE("a short pack gives what it has",
		    test_a_short_pack_gives_what_it_has),
		CASE("near frames are read together",
		    test_near_frames_are_read_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
