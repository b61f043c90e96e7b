/* trial.c: whether deltas are worth trying, by how the last ones went. */
#include "backupd/trial.h"

#include <stdlib.h>

struct trial *
trial_new(void)
{
	struct trial *t;

	if ((t = calloc(1, sizeof(*t))) != NULL)
		t->refs = 1;
	return t;
}

struct trial *
trial_hold(struct trial *t)
{
	t->refs++;
	return t;
}

void
trial_drop(struct trial *t)
{
	if (t != NULL && --t->refs == 0)
		free(t);
}

static bool
given_up(const struct trial_window *w)
{
	unsigned int i, good = 0;

	for (i = 0; i < TRIAL_WINDOW; i++)
		good += w->last >> i & 1u;
	return w->n == TRIAL_WINDOW && good < TRIAL_WINDOW / 4;
}

bool
trial_waits(const struct trial *t)
{
	return t->patient && t->stored.n < TRIAL_WINDOW &&
	    t->open >= TRIAL_AHEAD;
}

bool
trial_wanted(struct trial_window *w)
{
	if (!given_up(w))
		return true;
	if (w->probe == 0)
		w->probe = TRIAL_PROBE;
	if (++w->passed < w->probe)
		return false;
	w->passed = 0;
	if (w->probe < TRIAL_PROBE_MAX)
		w->probe *= 2;
	return true;
}

bool
trial_result(struct trial_window *w, bool good)
{
	bool before = given_up(w);

	/* A probe that is good begins anew. */
	if (good && before) {
		w->n = 0;
		w->probe = 0;
	}
	w->last = (uint8_t)((unsigned int)w->last << 1 | (good ? 1u : 0u));
	if (w->n < TRIAL_WINDOW)
		w->n++;
	return given_up(w) && !before;
}
