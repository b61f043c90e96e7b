/* test_heal.c: what is damaged comes back from another copy, or stays. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "repo/heal.h"
#include "repo/stored.h"
#include "store/impl.h"
#include "tests/unit/mirror_fixture.h"

#define CASE(name, fn) { name, fn, mirror_setup, repo_teardown, NULL }

struct heard {
	size_t	 n[HEAL_NOTE + 1];
	char	 object[128];		/* the last */
	int	 from;
};

static void
on_tell(enum heal_told told, const char *object, int from, const char *what,
    void *arg)
{
	struct heard *h = arg;

	assert_true(strlen(what) > 0);
	h->n[told]++;
	h->from = from;
	snprintf(h->object, sizeof(h->object), "%s", object);
}

/* Heal s from the others. */
struct healing {
	struct repo_fixture *f;
	struct store *s, *from[2];
	size_t	 nfrom;
	struct heard heard;
	struct heal_totals t;
};

static int
heal(struct healing *g, bool apply)
{
	const struct heal_params p = { .store = g->s, .from = g->from,
	    .nfrom = g->nfrom, .repo = g->f->r, .apply = apply,
	    .tell = on_tell, .arg = &g->heard };

	memset(&g->heard, 0, sizeof(g->heard));
	return heal_run(&p, &g->t);
}

/* The repository and one copy of it. */
static void
begin(struct healing *g, struct repo_fixture *f)
{
	struct mirror_totals t;

	memset(g, 0, sizeof(*g));
	g->f = f;
	g->s = f->s;
	g->nfrom = 1;
	assert_int_equal(store_mem_open(&g->from[0]), 0);
	assert_int_equal(mirror_copy(f, g->from[0], &t), 0);
}

static void
end(struct healing *g)
{
	store_close(g->from[0]);
	store_close(g->from[1]);
}

static void
test_nothing_is_done_where_all_is_well(void **state)
{
	struct healing g;

	begin(&g, *state);
	assert_int_equal(heal(&g, true), 0);
	assert_int_equal(g.t.damaged + g.t.missing + g.t.unsure, 0);
	assert_int_equal(g.t.objects, g.t.all);
	assert_int_equal(g.t.objects, object_count(g.from[0], ""));
	end(&g);
}

static void
test_every_object_is_healed(void **state)
{
	struct healing g;
	struct stored what;
	char name[128];
	uint8_t *copy, *now;
	size_t i, n, len, got;

	begin(&g, *state);
	n = object_count(g.s, "");
	for (i = 0; i < n; i++) {
		object_nth(g.s, "", i, name, sizeof(name));
		if (stored_parse(name, &what) != 0)
			continue;
		copy = object_copy(g.s, name, &len);
		object_damage(g.s, name);
		assert_int_equal(heal(&g, false), ERR_CORRUPT);
		assert_int_equal(g.heard.n[HEAL_CAN], 1);
		assert_string_equal(g.heard.object, name);
		assert_int_equal(heal(&g, true), 0);
		assert_int_equal(g.heard.n[HEAL_DONE], 1);
		now = object_copy(g.s, name, &got);
		assert_int_equal(got, len);
		assert_memory_equal(now, copy, len);
		free(copy);
		free(now);
		assert_int_equal(object_count(g.s, ""), n);
	}
	assert_int_equal(mirror_sound(g.f, g.s), 3);
	end(&g);
}

static void
test_what_is_missing_comes_back_but_for_ways_in(void **state)
{
	struct healing g;
	struct stored what;
	char name[128];
	uint64_t size;
	size_t i, n;

	begin(&g, *state);
	n = object_count(g.s, "");
	for (i = 0; i < n; i++) {
		object_nth(g.s, "", i, name, sizeof(name));
		if (stored_parse(name, &what) != 0 || what.slot)
			continue;
		assert_int_equal(store_delete(g.s, name), 0);
		assert_int_equal(heal(&g, false), ERR_CORRUPT);
		assert_int_equal(g.t.missing, 1);
		assert_int_equal(heal(&g, true), 0);
		assert_int_equal(store_size(g.s, name, &size), 0);
	}
	object_nth(g.s, "keys/slots/", 0, name, sizeof(name));
	assert_int_equal(store_delete(g.s, name), 0);
	assert_int_equal(heal(&g, true), 0);
	assert_int_equal(store_size(g.s, name, &size), ERR_NOENT);
	end(&g);
}

static void
test_without_whole_bytes_nothing_is_touched(void **state)
{
	struct healing g;
	char name[128];
	uint8_t *copy, *now;
	size_t len, got;

	begin(&g, *state);
	object_nth(g.s, "packs/", 0, name, sizeof(name));
	object_damage(g.s, name);
	object_damage(g.from[0], name);
	copy = object_copy(g.s, name, &len);
	assert_int_equal(heal(&g, true), ERR_CORRUPT);
	assert_int_equal(g.heard.n[HEAL_CANNOT], 1);
	assert_int_equal(g.t.cannot, 1);
	now = object_copy(g.s, name, &got);
	assert_int_equal(got, len);
	assert_memory_equal(now, copy, len);
	free(copy);
	free(now);
	end(&g);
}

static void
test_one_of_several_copies_will_do(void **state)
{
	struct healing g;
	struct mirror_totals t;
	char name[128], gone[128];

	begin(&g, *state);
	assert_int_equal(store_mem_open(&g.from[1]), 0);
	assert_int_equal(mirror_copy(g.f, g.from[1], &t), 0);
	g.nfrom = 2;
	object_nth(g.s, "packs/", 0, name, sizeof(name));
	object_nth(g.s, "refs/", 0, gone, sizeof(gone));
	object_damage(g.s, name);
	object_damage(g.from[0], name);
	assert_int_equal(store_delete(g.s, gone), 0);
	assert_int_equal(heal(&g, false), ERR_CORRUPT);
	assert_int_equal(g.t.damaged, 1);
	assert_int_equal(g.t.missing, 1);
	assert_int_equal(g.t.can, 2);
	assert_int_equal(heal(&g, true), 0);
	assert_int_equal(g.t.healed, 2);
	/* What the first copy never had comes from the second. */
	object_nth(g.s, "packs/", 0, name, sizeof(name));
	assert_int_equal(store_delete(g.s, name), 0);
	assert_int_equal(store_delete(g.from[0], name), 0);
	assert_int_equal(heal(&g, true), 0);
	assert_int_equal(g.heard.from, 1);
	assert_int_equal(mirror_sound(g.f, g.s), 3);
	end(&g);
}

/* Whatever fails, the damaged one or the whole one is there, or it is told
 * and the next run ends it. */
static void
test_stopped_anywhere_it_goes_on(void **state)
{
	struct healing g;
	struct store *faulty = NULL, *s;
	unsigned int nth;
	char name[128];
	uint64_t size;
	int r;

	begin(&g, *state);
	s = g.s;
	object_nth(s, "packs/", 0, name, sizeof(name));
	for (nth = 1;; nth++) {
		object_damage(s, name);
		assert_int_equal(store_fault_open(s, STORE_FAULT_FAIL, nth,
		    false, ERR_IO, &faulty), 0);
		g.s = faulty;
		r = heal(&g, true);
		store_close(faulty);
		g.s = s;
		if (r == 0)
			break;
		/* 1: the rehearsal, 2: the deletion, 3: the put; then it is
		 * whole, whatever becomes of the leftover. */
		assert_int_equal(r, ERR_CORRUPT);
		assert_int_equal(g.heard.n[HEAL_FAILED], 1);
		assert_int_equal(store_size(s, name, &size),
		    nth == 3 ? ERR_NOENT : 0);
		assert_int_equal(heal(&g, true), 0);
	}
	assert_int_equal(nth, 4);
	assert_int_equal(g.heard.n[HEAL_NOTE], 1);
	assert_int_equal(mirror_sound(g.f, s), 3);
	end(&g);
}

static void
test_a_missing_snapshot_waits_for_what_it_may_need(void **state)
{
	struct healing g;
	char pack[128], snapshot[128];
	uint64_t size;

	begin(&g, *state);
	object_nth(g.s, "packs/", 0, pack, sizeof(pack));
	object_damage(g.s, pack);
	object_damage(g.from[0], pack);
	object_nth(g.s, "snapshots/", 0, snapshot, sizeof(snapshot));
	assert_int_equal(store_delete(g.s, snapshot), 0);
	assert_int_equal(heal(&g, true), ERR_CORRUPT);
	assert_int_equal(g.heard.n[HEAL_CANNOT], 1);
	assert_int_equal(g.heard.n[HEAL_FAILED], 1);
	assert_int_equal(store_size(g.s, snapshot, &size), ERR_NOENT);
	end(&g);
}

static void
test_another_repository_heals_nothing(void **state)
{
	struct healing g;
	struct key_file kf;
	uint8_t recovery[32];

	begin(&g, *state);
	assert_int_equal(store_mem_open(&g.from[1]), 0);
	assert_int_equal(repo_create(g.from[1], "x", &kf, recovery), 0);
	g.nfrom = 2;
	assert_int_equal(heal(&g, true), ERR_DENIED);
	end(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("nothing is done where all is well",
		    test_nothing_is_done_where_all_is_well),
		CASE("every object is healed", test_every_object_is_healed),
		CASE("what is missing comes back, but for ways in",
		    test_what_is_missing_comes_back_but_for_ways_in),
		CASE("without whole bytes nothing is touched",
		    test_without_whole_bytes_nothing_is_touched),
		CASE("one of several copies will do",
		    test_one_of_several_copies_will_do),
		CASE("stopped anywhere it goes on",
		    test_stopped_anywhere_it_goes_on),
		CASE("a missing snapshot waits for what it may need",
		    test_a_missing_snapshot_waits_for_what_it_may_need),
		CASE("another repository heals nothing",
		    test_another_repository_heals_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
