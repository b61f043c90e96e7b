/* test_mirror.c: a copy is whole at every moment, and never gets worse. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/impl.h"
#include "tests/unit/mirror_fixture.h"

#define CASE(name, fn) { name, fn, mirror_setup, repo_teardown, NULL }

/* What was told, by its kind, and the last object of each. */
struct heard {
	size_t	 n[MIRROR_NOTE + 1];
	char	 object[MIRROR_NOTE + 1][128];
};

static void
on_tell(enum mirror_told told, const char *object, const char *what,
    void *arg)
{
	struct heard *h = arg;

	assert_true(strlen(what) > 0);
	h->n[told]++;
	snprintf(h->object[told], sizeof(h->object[told]), "%s", object);
}

static int
copy_heard(struct repo_fixture *f, struct store *to, struct heard *h)
{
	const struct mirror_params p = { .from = f->s, .to = to,
	    .repo = f->r, .first = true, .sample = 32, .tell = on_tell,
	    .arg = h };
	struct mirror_totals t;

	memset(h, 0, sizeof(*h));
	return mirror_run(&p, &t);
}

static struct store *
empty(void)
{
	struct store *s = NULL;

	assert_int_equal(store_mem_open(&s), 0);
	return s;
}

static void
test_a_copy_has_all_but_the_markers(void **state)
{
	struct repo_fixture *f = *state;
	struct store *to = empty();
	struct mirror_totals t;
	size_t all = object_count(f->s, "") - object_count(f->s, "writers/");

	assert_true(object_count(f->s, "writers/") > 0);
	assert_int_equal(mirror_copy(f, to, &t), 0);
	assert_true(t.first);
	assert_int_equal(t.objects, all);
	assert_int_equal(t.wanted, all);
	assert_int_equal(t.bytes, t.wanted_bytes);
	assert_int_equal(t.snapshots, 3);
	assert_int_equal(object_count(to, ""), all);
	assert_int_equal(mirror_sound(f, to), 3);
	store_close(to);
}

static void
test_what_is_there_is_not_sent_again(void **state)
{
	struct repo_fixture *f = *state;
	const struct job j = { .r = f->r, .seed = f->kf.signer, .host = "h" };
	const struct job_model m = { { { 1, 2, 0, 0 }, { 7, 4, 0, 0 } } };
	struct store *to = empty();
	struct mirror_totals t, again;

	assert_int_equal(mirror_copy(f, to, &t), 0);
	assert_int_equal(mirror_copy(f, to, &again), 0);
	assert_int_equal(again.objects, 0);
	assert_int_equal(again.present, t.objects);
	assert_int_equal(again.compared, 4);
	assert_false(again.first);
	assert_int_equal(job_run(&j, &m), 0);
	assert_int_equal(mirror_copy(f, to, &again), 0);
	assert_int_equal(again.snapshots, 1);
	assert_int_equal(again.present, t.objects);
	assert_int_equal(mirror_sound(f, to), 4);
	store_close(to);
}

static void
test_a_dry_run_puts_nothing(void **state)
{
	struct repo_fixture *f = *state;
	struct store *to = empty();
	const struct mirror_params p = { .from = f->s, .to = to,
	    .repo = f->r, .first = true, .dry = true };
	struct mirror_totals t;

	assert_int_equal(mirror_run(&p, &t), 0);
	assert_true(t.wanted > 10 && t.wanted_bytes > 1000);
	assert_int_equal(t.objects, 0);
	assert_int_equal(object_count(to, ""), 0);
	store_close(to);
}

/* Whatever the moment: the copy stays sound, and the next run ends it. */
static void
stop_everywhere(struct repo_fixture *f, enum store_fault kind, bool after)
{
	struct store *to, *faulty = NULL;
	struct mirror_totals t;
	unsigned int nth;
	int r;

	for (nth = 1;; nth++) {
		to = empty();
		assert_int_equal(store_fault_open(to, kind, nth, after,
		    ERR_IO, &faulty), 0);
		r = mirror_copy(f, faulty, &t);
		store_close(faulty);
		if (r == 0)
			break;
		assert_int_equal(r, ERR_IO);
		assert_true(t.copy_failed);
		if (object_count(to, "config") > 0)
			mirror_sound(f, to);
		assert_int_equal(mirror_copy(f, to, &t), 0);
		assert_int_equal(mirror_sound(f, to), 3);
		store_close(to);
	}
	assert_true(nth > 15);
	store_close(to);
}

static void
test_stopped_anywhere_it_goes_on(void **state)
{
	stop_everywhere(*state, STORE_FAULT_FAIL, false);
	stop_everywhere(*state, STORE_FAULT_DEAD, false);
	stop_everywhere(*state, STORE_FAULT_DEAD, true);
}

/*
 * Each object of a kind is damaged, once so that it is shorter: it is told
 * and stays out, no snapshot that needs it comes, and those that come are
 * whole.
 */
static void
damage_each(struct repo_fixture *f, const char *prefix, size_t *heldp)
{
	struct mirror_totals t;
	struct store *to;
	char name[128];
	uint8_t *copy;
	size_t i, len;
	uint64_t size;

	*heldp = 0;
	for (i = 0; i < 2 * object_count(f->s, prefix); i++) {
		to = empty();
		object_nth(f->s, prefix, i / 2, name, sizeof(name));
		copy = object_copy(f->s, name, &len);
		if (i % 2 == 0)
			object_damage(f->s, name);
		else
			object_replace(f->s, name, copy, len - 1);
		assert_int_equal(mirror_copy(f, to, &t), ERR_CORRUPT);
		assert_int_equal(t.left, 1);
		assert_int_equal(t.snapshots + t.held +
		    (strcmp(prefix, "snapshots/") == 0), 3);
		assert_int_equal(store_size(to, name, &size), ERR_NOENT);
		*heldp += t.held;
		object_replace(f->s, name, copy, len);
		free(copy);
		assert_int_equal(mirror_copy(f, to, &t), 0);
		assert_int_equal(mirror_sound(f, to), 3);
		store_close(to);
	}
}

static void
test_a_damaged_object_stays_out(void **state)
{
	struct repo_fixture *f = *state;
	size_t held;

	damage_each(f, "packs/", &held);
	/* One that only one snapshot needs does not hold back the others. */
	assert_true(held >= 3 && held < 6 * object_count(f->s, "packs/"));
	damage_each(f, "refs/", &held);
	assert_true(held > 0);
	damage_each(f, "index/", &held);
	assert_int_equal(held, 6 * object_count(f->s, "index/"));
	damage_each(f, "keys/epochs/", &held);
	assert_int_equal(held, 6);
	damage_each(f, "snapshots/", &held);
	assert_int_equal(held, 0);
}

static void
test_without_a_key_nothing_doubtful_is_shown(void **state)
{
	struct repo_fixture *f = *state;
	struct store *to = empty();
	const struct mirror_params p = { .from = f->s, .to = to,
	    .first = true };
	struct mirror_totals t;
	uint8_t *copy;
	size_t len;
	char name[128];

	object_nth(f->s, "packs/", 0, name, sizeof(name));
	copy = object_copy(f->s, name, &len);
	object_damage(f->s, name);
	assert_int_equal(mirror_run(&p, &t), ERR_CORRUPT);
	assert_int_equal(t.left, 1);
	assert_int_equal(t.held, 3);
	object_replace(f->s, name, copy, len);
	free(copy);
	assert_int_equal(mirror_run(&p, &t), 0);
	assert_int_equal(mirror_sound(f, to), 3);
	store_close(to);
}

static void
test_a_deletion_is_not_mirrored(void **state)
{
	struct repo_fixture *f = *state;
	struct store *to = empty();
	struct mirror_totals t;
	char name[128];

	assert_int_equal(mirror_copy(f, to, &t), 0);
	object_nth(f->s, "snapshots/", 0, name, sizeof(name));
	assert_int_equal(store_delete(f->s, name), 0);
	object_nth(f->s, "packs/", 0, name, sizeof(name));
	assert_int_equal(store_delete(f->s, name), 0);
	assert_int_equal(mirror_copy(f, to, &t), 0);
	assert_int_equal(mirror_sound(f, to), 3);
	store_close(to);
}

static void
test_what_differs_is_told_and_stays(void **state)
{
	static const char *const kinds[] = { "packs/", "index/", "refs/",
	    "snapshots/", "keys/signers/", "config.2" };
	struct repo_fixture *f = *state;
	struct store *to = empty();
	struct mirror_totals t;
	struct heard h;
	uint8_t *copy, *now;
	size_t i, len, n;
	char name[128];

	assert_int_equal(mirror_copy(f, to, &t), 0);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		object_nth(to, kinds[i], 0, name, sizeof(name));
		copy = object_copy(to, name, &len);
		object_replace(to, name, copy, len - 1);
		assert_int_equal(copy_heard(f, to, &h), ERR_CORRUPT);
		assert_int_equal(h.n[MIRROR_DIFFERS], 1);
		assert_string_equal(h.object[MIRROR_DIFFERS], name);
		now = object_copy(to, name, &n);
		assert_int_equal(n, len - 1);
		free(now);
		/* Of the same length it is found by the sample. */
		object_replace(to, name, copy, len);
		object_damage(to, name);
		assert_int_equal(copy_heard(f, to, &h), ERR_CORRUPT);
		assert_int_equal(h.n[MIRROR_DIFFERS], 1);
		assert_string_equal(h.object[MIRROR_DIFFERS], name);
		object_replace(to, name, copy, len);
		free(copy);
	}
	/* What is damaged in the source is not held against the copy. */
	object_nth(f->s, "packs/", 0, name, sizeof(name));
	copy = object_copy(f->s, name, &len);
	object_replace(f->s, name, copy, len / 2);
	free(copy);
	assert_int_equal(copy_heard(f, to, &h), ERR_CORRUPT);
	assert_int_equal(h.n[MIRROR_DIFFERS], 0);
	assert_int_equal(h.n[MIRROR_LEFT], 1);
	assert_int_equal(mirror_sound(f, to), 3);
	store_close(to);
}

static void
test_only_its_own_copy_is_written_to(void **state)
{
	struct repo_fixture *f = *state;
	struct store *to = empty();
	struct mirror_params p = { .from = f->s, .to = to, .repo = f->r };
	struct key_file kf;
	uint8_t recovery[32];
	struct mirror_totals t;
	size_t n;

	assert_int_equal(mirror_run(&p, &t), ERR_NOENT);
	assert_true(t.first);
	assert_int_equal(object_count(to, ""), 0);
	p.first = true;
	object_replace(to, "holiday.jpg", "x", 1);
	assert_int_equal(mirror_run(&p, &t), ERR_EXIST);
	assert_int_equal(object_count(to, ""), 1);
	assert_int_equal(store_delete(to, "holiday.jpg"), 0);
	assert_int_equal(repo_create(to, "x", &kf, recovery), 0);
	n = object_count(to, "");
	assert_int_equal(mirror_run(&p, &t), ERR_CONFIG);
	assert_int_equal(object_count(to, ""), n);
	store_close(to);
}

static void
test_a_way_in_that_was_removed_is_noted(void **state)
{
	struct repo_fixture *f = *state;
	struct store *to = empty();
	struct mirror_totals t;
	struct heard h;
	char name[128];

	assert_int_equal(mirror_copy(f, to, &t), 0);
	object_nth(f->s, "keys/slots/", 0, name, sizeof(name));
	assert_int_equal(store_delete(f->s, name), 0);
	assert_int_equal(copy_heard(f, to, &h), 0);
	assert_int_equal(h.n[MIRROR_NOTE], 1);
	assert_string_equal(h.object[MIRROR_NOTE], name);
	store_close(to);
}

static int
on_held(const struct snapshot *sn, void *arg)
{
	char *text = arg;

	snprintf(text + strlen(text), 64, "%s/%s %d;", sn->host, sn->set,
	    (int)sn->seq);
	return 0;
}

static void
test_it_is_told_what_a_copy_holds(void **state)
{
	struct repo_fixture *f = *state;
	struct store *to = empty();
	struct mirror_totals t;
	char text[256] = "", name[128];

	assert_int_equal(mirror_held(f->r, to, on_held, text), 0);
	assert_string_equal(text, "");
	assert_int_equal(mirror_copy(f, to, &t), 0);
	assert_int_equal(mirror_held(f->r, to, on_held, text), 0);
	assert_true(strcmp(text, "h/s 2;other/s 1;") == 0 ||
	    strcmp(text, "other/s 1;h/s 2;") == 0);
	/* Even if nothing else has it any more. */
	object_nth(f->s, "snapshots/", 0, name, sizeof(name));
	assert_int_equal(store_delete(f->s, name), 0);
	object_nth(f->s, "snapshots/", 0, name, sizeof(name));
	assert_int_equal(store_delete(f->s, name), 0);
	text[0] = '\0';
	assert_int_equal(mirror_held(f->r, to, on_held, text), 0);
	assert_int_equal(strlen(text), strlen("h/s 2;other/s 1;"));
	store_close(to);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("a copy has all but the markers",
		    test_a_copy_has_all_but_the_markers),
		CASE("what is there is not sent again",
		    test_what_is_there_is_not_sent_again),
		CASE("a dry run puts nothing", test_a_dry_run_puts_nothing),
		CASE("stopped anywhere it goes on",
		    test_stopped_anywhere_it_goes_on),
		CASE("a damaged object stays out",
		    test_a_damaged_object_stays_out),
		CASE("without a key nothing doubtful is shown",
		    test_without_a_key_nothing_doubtful_is_shown),
		CASE("a deletion is not mirrored",
		    test_a_deletion_is_not_mirrored),
		CASE("what differs is told and stays",
		    test_what_differs_is_told_and_stays),
		CASE("only its own copy is written to",
		    test_only_its_own_copy_is_written_to),
		CASE("a way in that was removed is noted",
		    test_a_way_in_that_was_removed_is_noted),
		CASE("it is told what a copy holds",
		    test_it_is_told_what_a_copy_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
