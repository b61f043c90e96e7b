/* mirror_fixture.c: a repository with some snapshots, and stores beside it. */
#include "config.h"

#include "tests/unit/mirror_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

int
mirror_setup(void **state)
{
	static const struct job_model models[] = {
		{ { { 1, 2, 0, 0 }, { 0, 3, 0, 0 } } },
		{ { { 1, 2, 0, 0 }, { 0, 4, 0, 0 } } },
		{ { { 5, 2, 0, 0 }, { 6, 0, 0, 0 } } }
	};
	struct repo_fixture *f;
	struct job j;
	size_t i;

	if (repo_setup(state) != 0)
		return -1;
	f = *state;
	for (i = 0; i < 3; i++) {
		j = (struct job){ .r = f->r, .seed = f->kf.signer,
		    .host = i == 2 ? "other" : "h" };
		assert_int_equal(job_run(&j, &models[i]), 0);
	}
	return 0;
}

int
mirror_copy(struct repo_fixture *f, struct store *to,
    struct mirror_totals *tp)
{
	const struct mirror_params p = { .from = f->s, .to = to,
	    .repo = f->r, .first = true, .sample = 4 };

	return mirror_run(&p, tp);
}

static void
on_report(enum verify_level level, const char *object, const char *what,
    void *arg)
{
	size_t *configs = arg;

	if (level != VERIFY_ALARM)
		return;
	if (strncmp(object, "config", 6) != 0)
		fail_msg("%s: %s", object, what);
	++*configs;
}

size_t
mirror_sound(struct repo_fixture *f, struct store *s)
{
	struct verify_totals t;
	struct repo *r = NULL;
	struct key_input key;
	size_t configs = 0;
	const struct verify_params p = { .full = true, .threads = 1,
	    .report = on_report, .arg = &configs };

	repo_key(f, KEY_HOST, &key);
	assert_int_equal(repo_open(s, &key, &r), 0);
	(void)!verify_run(r, &p, &t);
	assert_int_equal(t.alarms, configs);
	if (t.snapshots > 0)
		assert_int_equal(configs, 0);
	repo_close(r);
	return t.snapshots;
}

void
object_damage(struct store *s, const char *name)
{
	uint8_t *copy;
	size_t len;

	copy = object_copy(s, name, &len);
	copy[len / 2] ^= 1;
	object_replace(s, name, copy, len);
	free(copy);
}
