/* test_align.c: a changed chunk finds what stood in its place. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "align_fixture.h"
#include "backupd/align.h"

#define BATCH 8			/* as many as a frame holds */
#define SIZE (2u << 20)		/* about 2,000 chunks: more than the window */

/* What aligning a text with its old version gave. */
struct score {
	size_t	 changed;	/* chunks that share half with an old one */
	size_t	 hit;		/* of these, how many got one they share with */
	size_t	 best;		/* ... or the one they share most with */
	size_t	 given;		/* bases in all */
};

/* The old chunk with which chunk i shares most. */
static size_t
best_of(const struct text *t, size_t i, const struct text *old, size_t *nump)
{
	size_t j, k, n, most = 0, from = t->offs[i];
	size_t end = from + (size_t)t->items[i].len;

	*nump = old->n;
	for (k = from; k < end; k++) {
		if (t->origin[k] == TEXT_NEW || (*nump < old->n &&
		    (size_t)t->origin[k] >= old->offs[*nump] &&
		    (size_t)t->origin[k] < old->offs[*nump] +
		    old->items[*nump].len))
			continue;
		for (j = 0; j + 1 < old->n &&
		    old->offs[j + 1] <= (size_t)t->origin[k]; j++)
			;
		if ((n = text_shared(t, i, old, j)) > most) {
			most = n;
			*nump = j;
		}
	}
	return most;
}

/* Align t with old, and judge every base that is given. */
static void
align(const struct text *t, const struct text *old, struct score *sc)
{
	struct content_item bases[BATCH], base;
	struct aligner *a;
	struct entry e;
	size_t i, j, best, n;
	bool shares;

	memset(sc, 0, sizeof(*sc));
	text_entry(old, &e);
	assert_int_equal(aligner_new(NULL, &e, &a), 0);
	memset(&e, 0, sizeof(e));	/* it was copied */
	for (i = 0; i < t->n; i++) {
		n = t->n - i < BATCH ? t->n - i : BATCH;
		if (i % BATCH == 0)
			assert_int_equal(aligner_next(a, &t->items[i], n,
			    bases), 0);
		base = bases[i % BATCH];
		j = base.len > 0 ? text_find(old, &base) : old->n;
		assert_true(base.len == 0 || j < old->n);
		if (text_find(old, &t->items[i]) < old->n)
			continue;
		shares = best_of(t, i, old, &best) >= t->items[i].len / 2;
		sc->given += base.len > 0;
		sc->changed += shares;
		if (!shares || j == old->n)
			continue;
		assert_int_equal(base.len, old->items[j].len);
		sc->hit += text_shared(t, i, old, j) > 0;
		sc->best += j == best;
	}
	aligner_free(a);
}

/* Cut both, align, and expect that every changed chunk found its base. */
static void
expect_all(struct text *t, struct text *old, size_t changed_min)
{
	struct score sc;

	text_cut(old);
	text_cut(t);
	align(t, old, &sc);
	assert_true(sc.changed >= changed_min);
	assert_int_equal(sc.hit, sc.changed);
	text_clear(t);
	text_clear(old);
}

static void
test_change_in_place(void **state)
{
	struct text old, t;
	size_t i;

	(void)state;
	text_init(&old, SIZE);
	text_copy(&t, &old);
	for (i = 5000; i < SIZE; i += 50000)
		text_change(&t, i, 20);
	expect_all(&t, &old, 35);
}

static void
test_every_chunk_changed(void **state)
{
	struct text old, t;
	size_t i;

	(void)state;
	text_init(&old, SIZE);
	text_copy(&t, &old);
	for (i = 100; i + 4 < SIZE; i += 200)
		text_change(&t, i, 2);
	expect_all(&t, &old, 1000);
}

static void
test_insertions_shift_what_follows(void **state)
{
	struct text old, t;
	size_t i;

	(void)state;
	text_init(&old, SIZE);
	text_copy(&t, &old);
	text_insert(&t, 10, 300);
	for (i = 70000; i < SIZE; i += 50000)
		text_insert(&t, i, 100);
	expect_all(&t, &old, 35);
}

static void
test_deletions_shift_what_follows(void **state)
{
	struct text old, t;
	size_t i;

	(void)state;
	text_init(&old, SIZE);
	text_copy(&t, &old);
	for (i = 70000; i < SIZE * 3 / 4; i += 50000)
		text_delete(&t, i, 150);
	expect_all(&t, &old, 25);
}

/*
 * Cut both and align.  A tie that shifts far shows where the chunks before it
 * came from, but not those of an earlier batch.
 */
static void
expect_but(struct text *t, struct text *old, size_t changed_min, size_t misses)
{
	struct score sc;

	text_cut(old);
	text_cut(t);
	align(t, old, &sc);
	assert_true(sc.changed >= changed_min);
	assert_true(sc.hit + misses >= sc.changed);
	text_clear(t);
	text_clear(old);
}

/* A change after a long insertion or deletion, both within the window. */
static void
test_long_shifts(void **state)
{
	struct text old, t;

	(void)state;
	text_init(&old, SIZE);
	text_copy(&t, &old);
	text_insert(&t, 4096, 150 * 1024);
	text_delete(&t, 800 * 1024, 400 * 1024);
	text_change(&t, 700 * 1024, 10);
	text_change(&t, 900 * 1024, 10);
	text_change(&t, 1300 * 1024, 10);
	expect_but(&t, &old, 3, 2);
}

static void
test_block_moved(void **state)
{
	struct text old, t;

	(void)state;
	text_init(&old, SIZE);
	text_copy(&t, &old);
	text_move(&t, 300 * 1024, 100 * 1024, 200 * 1024);
	text_change(&t, 230 * 1024, 10);	/* in the block */
	text_change(&t, 270 * 1024, 10);
	text_change(&t, 350 * 1024, 10);	/* between */
	text_change(&t, 600 * 1024, 10);	/* after it */
	expect_but(&t, &old, 4, 3);
}

/* Check what base the item gets: the old one's number, or none. */
static void
expect(struct aligner *a, const struct content_item *item,
    const struct content_item *want)
{
	struct content_item base;

	assert_int_equal(aligner_next(a, item, 1, &base), 0);
	assert_int_equal(base.len, want != NULL ? want->len : 0);
	if (want != NULL)
		assert_memory_equal(base.id, want->id, sizeof(base.id));
}

static void
item_make(struct content_item *item, uint8_t name, uint64_t len)
{
	memset(item, 0, sizeof(*item));
	item->len = len;
	item->hole = name == 0;
	memset(item->id, name, sizeof(item->id));
}

/* Align new with old items; want[i] is the number of item i's base, or -1. */
static void
expect_items(const char *old, const char *new, const int *want)
{
	struct content_item o[ENTRY_INLINE_MAX], item;
	struct aligner *a;
	struct entry e;
	size_t i;

	memset(&e, 0, sizeof(e));
	for (; *old != '\0'; old++, e.ninline++) {
		item_make(&o[e.ninline], *old == '.' ? 0 : (uint8_t)*old, 100);
		e.inl[e.ninline] = o[e.ninline];
	}
	assert_int_equal(aligner_new(NULL, &e, &a), 0);
	for (i = 0; new[i] != '\0'; i++) {
		item_make(&item, new[i] == '.' ? 0 : (uint8_t)new[i], 100);
		expect(a, &item, want[i] < 0 ? NULL : &o[want[i]]);
	}
	aligner_free(a);
}

static void
test_items_of_small_files(void **state)
{
	(void)state;
	/* in place, the first and the last */
	expect_items("abcd", "aBcD", (int[]){ -1, 1, -1, 3 });
	/* inserted: what follows the tie stands where it should */
	expect_items("abcd", "xyabCd", (int[]){ 0, 1, -1, -1, 2, -1 });
	/* deleted */
	expect_items("abcd", "cD", (int[]){ -1, 3 });
	/* one chunk */
	expect_items("a", "A", (int[]){ 0 });
	/* appended, truncated, all at once */
	expect_items("ab", "abc", (int[]){ -1, -1, -1 });
	expect_items("abcd", "aB", (int[]){ -1, 1 });
	/* nothing was there */
	expect_items("", "abc", (int[]){ -1, -1, -1 });
	/* equal chunks: the one in its place */
	expect_items("aaab", "aaaB", (int[]){ -1, -1, -1, 3 });
	/* before the beginning there is nothing */
	expect_items("ab", "xbAb", (int[]){ 0, -1, -1, -1 });
}

static void
test_holes_have_a_place_and_no_base(void **state)
{
	(void)state;
	expect_items("a.b", "a.B", (int[]){ -1, -1, 2 });
	expect_items("a..b", "aX.B", (int[]){ -1, -1, -1, 3 });
	expect_items("abcd", "a.cD", (int[]){ -1, -1, -1, 3 });
	expect_items("...d", "...D", (int[]){ -1, -1, -1, 3 });
}

/* What was appended to makes a longer chunk where the old tail began. */
static void
test_tail_grows(void **state)
{
	struct content_item old[2], item;
	struct aligner *a;
	struct entry e;

	(void)state;
	memset(&e, 0, sizeof(e));
	item_make(&e.inl[0], 'a', 1000);
	item_make(&e.inl[1], 'b', 10);
	memcpy(old, e.inl, sizeof(old));
	e.ninline = 2;
	assert_int_equal(aligner_new(NULL, &e, &a), 0);
	expect(a, &old[0], NULL);
	item_make(&item, 'B', 700);
	expect(a, &item, &old[1]);
	item_make(&item, 'c', 700);
	expect(a, &item, NULL);
	aligner_free(a);
}

/* The base is the old chunk with most of the place, whatever its length. */
static void
test_most_of_the_place(void **state)
{
	struct content_item item;
	struct aligner *a;
	struct entry e;

	(void)state;
	memset(&e, 0, sizeof(e));
	item_make(&e.inl[0], 'a', 100);
	item_make(&e.inl[1], 'b', 1000);
	item_make(&e.inl[2], 'c', 300);
	e.ninline = 3;
	assert_int_equal(aligner_new(NULL, &e, &a), 0);
	item_make(&item, 'x', 500);
	expect(a, &item, &e.inl[1]);	/* 100 of a, 400 of b */
	item_make(&item, 'y', 840);
	expect(a, &item, &e.inl[1]);	/* 600 of b, 240 of c */
	item_make(&item, 'z', 840);
	expect(a, &item, &e.inl[2]);	/* 60 of c */
	expect(a, &item, NULL);
	aligner_free(a);
}

static void
test_truncation(void **state)
{
	struct text old, t;

	(void)state;
	text_init(&old, SIZE);
	text_copy(&t, &old);
	text_delete(&t, SIZE / 2 + 100, SIZE / 2 - 100);
	expect_all(&t, &old, 1);
}

static void
random_edit(struct text *t, uint32_t len_max)
{
	uint32_t len = 1 + text_random(len_max);
	size_t off = text_random((uint32_t)(t->len - 2 * len));

	switch (text_random(4)) {
	case 0:
		text_insert(t, off, len);
		break;
	case 1:
		text_delete(t, off, len);
		break;
	case 2:
		text_move(t, off, len, text_random((uint32_t)off + 1));
		break;
	default:
		text_change(t, off, len);
		break;
	}
}

static void
test_random_edits(void **state)
{
	struct score sc, sum = { .changed = 0 };
	struct text old, t;
	size_t round, i;

	(void)state;
	for (round = 0; round < 12; round++) {
		text_init(&old, SIZE);
		text_copy(&t, &old);
		for (i = 0; i < 60; i++)
			random_edit(&t, round % 2 == 0 ? 64 : 512);
		text_cut(&old);
		text_cut(&t);
		align(&t, &old, &sc);
		sum.changed += sc.changed;
		sum.hit += sc.hit;
		sum.best += sc.best;
		text_clear(&old);
		text_clear(&t);
	}
	print_message("%zu changed, %zu found a base, %zu the best\n",
	    sum.changed, sum.hit, sum.best);
	assert_true(sum.changed > 500);
	assert_true(sum.hit * 100 >= sum.changed * 98);
	assert_true(sum.best * 100 >= sum.changed * 95);
}

static void
test_failure_to_read_is_told(void **state)
{
	struct content_item item, base;
	struct aligner *a;
	struct entry e;

	(void)state;
	memset(&e, 0, sizeof(e));
	e.content.present = true;
	assert_int_equal(aligner_new(NULL, &e, &a), 0);
	item_make(&item, 'a', 100);
	assert_int_equal(aligner_next(a, &item, 1, &base), ERR_NOENT);
	aligner_free(a);
}

#define CASE(name, fn) { name, fn, NULL, NULL, NULL }

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("changes in place", test_change_in_place),
		CASE("every chunk changed", test_every_chunk_changed),
		CASE("insertions shift what follows",
		    test_insertions_shift_what_follows),
		CASE("deletions shift what follows",
		    test_deletions_shift_what_follows),
		CASE("long shifts within the window", test_long_shifts),
		CASE("a block moved", test_block_moved),
		CASE("items of small files", test_items_of_small_files),
		CASE("holes have a place and no base",
		    test_holes_have_a_place_and_no_base),
		CASE("a tail that grows", test_tail_grows),
		CASE("the chunk with most of the place",
		    test_most_of_the_place),
		CASE("truncation", test_truncation),
		CASE("random edits", test_random_edits),
		CASE("a failure to read is told", test_failure_to_read_is_told)
	};

	return cmocka_run_group_tests_name("align", tests, NULL, NULL);
}
