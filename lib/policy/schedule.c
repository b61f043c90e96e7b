/* schedule.c: when a source runs: its rules, its state, and the verdict. */
#include "policy/schedule.h"

#include <string.h>

#include "policy/zone.h"

/* FNV-1a, one byte after the other. */
static uint64_t
mix(uint64_t h, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (; len > 0; len--, p++)
		h = (h ^ *p) * UINT64_C(1099511628211);
	return h;
}

/* A number of less than range, the same for this source and day. */
static int64_t
scatter(const struct schedule *s, int64_t day, int64_t range)
{
	uint64_t h = UINT64_C(14695981039346656037);
	uint8_t bytes[8];
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)((uint64_t)day >> (56 - 8 * i));
	h = mix(h, s->host, strlen(s->host) + 1);
	h = mix(h, s->set, strlen(s->set) + 1);
	h = mix(h, bytes, sizeof(bytes));
	/* FNV leaves the low bits of similar names alike. */
	h ^= h >> 33;
	h *= UINT64_C(0xff51afd7ed558ccd);
	h ^= h >> 33;
	return (int64_t)(h % (uint64_t)range);
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/*
 * The run of the planned moment p, or of the last one that is planned before
 * the windows let p begin.  False if they never do.
 */
static bool
run_of(const struct schedule *s, int64_t p, struct schedule_run *rp)
{
	int64_t opens, last, room;
	int second;

	if ((opens = window_opens(&s->window, p)) == ZONE_NEVER)
		return false;
	last = calendar_last(&s->calendar, p, opens);
	rp->planned = last != ZONE_NEVER ? last : p;
	rp->closes = window_closes(&s->window, opens);
	room = least(rp->closes, calendar_next(&s->calendar, opens)) - opens;
	rp->start = opens + scatter(s, zone_day(rp->planned, &second),
	    least(s->jitter + 1, room));
	return true;
}

bool
schedule_next(const struct schedule *s, int64_t t, struct schedule_run *rp)
{
	int64_t p = calendar_next(&s->calendar, t);

	return p != ZONE_NEVER && run_of(s, p, rp);
}

static void
wait_until(struct schedule_verdict *vp, int64_t at, enum schedule_why why)
{
	vp->run = false;
	vp->at = at;
	vp->why = why;
	vp->window = false;
}

static void
run_now(struct schedule_verdict *vp, int64_t now, enum schedule_why why)
{
	vp->run = true;
	vp->at = now;
	vp->why = why;
	vp->window = false;
}

/* Wait for the first run planned later than t. */
static void
await_next(const struct schedule *s, int64_t t, struct schedule_verdict *vp)
{
	struct schedule_run run;

	if (!schedule_next(s, t, &run)) {
		wait_until(vp, ZONE_NEVER, SCHEDULE_NOTHING);
		return;
	}
	wait_until(vp, run.start, SCHEDULE_PLANNED);
	vp->planned = run.planned;
	vp->window = !window_open(&s->window, run.planned);
}

/*
 * Something other than a planned run is to start at t or, if no window is
 * open then, when one opens; unless a planned run comes first.
 */
static void
try_at(const struct schedule *s, const struct schedule_state *state,
    enum schedule_why why, int64_t t, struct schedule_verdict *vp)
{
	int64_t now = vp->at, opens, next;

	if (t < now)
		t = now;
	opens = window_opens(&s->window, t);
	next = calendar_next(&s->calendar, state->planned > now ?
	    state->planned : now);
	if (next <= opens) {
		await_next(s, next - 1, vp);
		return;
	}
	if (opens <= now)
		run_now(vp, now, why);
	else
		wait_until(vp, opens, why);
	vp->window = opens > t;
}

/* The pause after so many failures. */
static int64_t
backoff(const struct schedule *s, const struct schedule_state *state)
{
	double pause = (double)s->retry.first;
	int64_t most = s->retry.max, seconds;
	int i;

	for (i = 1; i < state->failures && pause < (double)most; i++)
		pause *= s->retry.factor;
	if (state->result == SCHEDULE_ASLEEP)
		most = least(most, SCHEDULE_KNOCK);
	seconds = pause < (double)most ? (int64_t)pause : most;
	/* A sleeper is tried without end, so not without a pause. */
	return seconds > 0 ? seconds : 1;
}

/* No planned moment has come since: is the last run to be tried again? */
static void
decide_again(const struct schedule *s, const struct schedule_state *state,
    int64_t base, struct schedule_verdict *vp)
{
	int64_t now = vp->at, pause;
	bool asleep = state->result == SCHEDULE_ASLEEP;

	if (state->ended != 0 && state->result == SCHEDULE_PAUSED) {
		try_at(s, state, SCHEDULE_RESUME, now, vp);
	} else if (state->failures > 0 && (asleep ||
	    state->result == SCHEDULE_FAILED) &&
	    (state->failures <= s->retry.times || (asleep && s->catch_up))) {
		pause = backoff(s, state);
		try_at(s, state, asleep ? SCHEDULE_SLEEPER : SCHEDULE_RETRY,
		    least(state->ended, now) + pause, vp);
	} else
		await_next(s, base > now ? base : now, vp);
}

/* The planned moment p has come, and nothing was started for it. */
static void
decide_due(const struct schedule *s, int64_t p, struct schedule_verdict *vp)
{
	int64_t now = vp->at;
	struct schedule_run run;
	bool late;

	if (!run_of(s, p, &run)) {
		wait_until(vp, ZONE_NEVER, SCHEDULE_NOTHING);
		return;
	}
	if (now < run.start) {
		await_next(s, p - 1, vp);
		return;
	}
	late = now - run.start > SCHEDULE_GRACE;
	if ((late || now >= run.closes) && !s->catch_up) {
		await_next(s, now, vp);
		return;
	}
	vp->planned = p;
	if (window_open(&s->window, now)) {
		run_now(vp, now, late ? SCHEDULE_MISSED : SCHEDULE_PLANNED);
		return;
	}
	try_at(s, &(struct schedule_state){ .planned = p }, SCHEDULE_MISSED,
	    now, vp);
}

void
schedule_decide(const struct schedule *s, const struct schedule_state *state,
    int64_t now, struct schedule_verdict *vp)
{
	int64_t base, due;

	base = state->planned > state->since ? state->planned : state->since;
	vp->planned = state->planned;
	vp->at = now;
	if (state->running) {
		wait_until(vp, s->at_end == SCHEDULE_END_FINISH ||
		    state->by_hand ? ZONE_NEVER :
		    window_closes(&s->window, now), SCHEDULE_RUNNING);
	} else if (state->asked) {
		run_now(vp, now, SCHEDULE_ASKED);
	} else if (state->paused_until > now) {
		wait_until(vp, state->paused_until, SCHEDULE_ON_HOLD);
	} else if ((due = calendar_last(&s->calendar, base, now)) !=
	    ZONE_NEVER) {
		decide_due(s, due, vp);
	} else
		decide_again(s, state, base, vp);
}

/* Cut a moment that lies more than skew after now down to now. */
static bool
mend(int64_t *tp, int64_t now, int64_t skew)
{
	if (*tp <= now || *tp - now <= skew)
		return false;
	*tp = now;
	return true;
}

bool
schedule_mend(struct schedule_state *state, int64_t now)
{
	bool changed;

	changed = mend(&state->since, now, SCHEDULE_SKEW);
	changed |= mend(&state->planned, now, SCHEDULE_SKEW);
	changed |= mend(&state->started, now, 0);
	changed |= mend(&state->ended, now, 0);
	if (state->good > now && state->good - now > SCHEDULE_SKEW) {
		/* Nobody knows when that was: not to be relied upon. */
		state->good = 0;
		changed = true;
	}
	return changed;
}

void
schedule_started(struct schedule_state *state,
    const struct schedule_verdict *v, int64_t now)
{
	state->by_hand = v->why == SCHEDULE_ASKED;
	if (state->by_hand)
		state->asked = false;
	if (v->why == SCHEDULE_PLANNED || v->why == SCHEDULE_MISSED)
		state->planned = v->planned;
	if (v->why != SCHEDULE_RETRY && v->why != SCHEDULE_SLEEPER)
		state->failures = 0;
	state->started = now;
	state->running = true;
}

void
schedule_ended(struct schedule_state *state, enum schedule_result result,
    int64_t now)
{
	state->running = false;
	state->ended = now;
	state->result = result;
	if (result == SCHEDULE_GOOD) {
		state->good = state->started;
		state->failures = 0;
	} else if (result == SCHEDULE_FAILED || result == SCHEDULE_ASLEEP)
		state->failures++;
}

int64_t
schedule_age(const struct schedule *s, const struct schedule_state *state,
    int64_t now)
{
	if (state->good == 0)
		return -1;
	if (s->rpo_working_days)
		return workday_between(&s->holidays, state->good, now);
	return now > state->good ? now - state->good : 0;
}

int64_t
schedule_late(const struct schedule *s, const struct schedule_state *state)
{
	int64_t from = state->good != 0 ? state->good : state->since;

	if (s->rpo == 0)
		return ZONE_NEVER;
	if (s->rpo_working_days)
		return workday_after(&s->holidays, from, s->rpo);
	return from + s->rpo;
}

const char *
schedule_why_word(enum schedule_why why)
{
	static const char *const words[] = {
		[SCHEDULE_NOTHING] = "nothing planned",
		[SCHEDULE_PLANNED] = "planned",
		[SCHEDULE_MISSED] = "missed",
		[SCHEDULE_RETRY] = "retry",
		[SCHEDULE_SLEEPER] = "asleep",
		[SCHEDULE_RESUME] = "resume",
		[SCHEDULE_ASKED] = "by hand",
		[SCHEDULE_ON_HOLD] = "on hold",
		[SCHEDULE_RUNNING] = "running"
	};

	return words[why];
}
