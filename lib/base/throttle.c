/* throttle.c: a token bucket whose rate changes with the time of day. */
#include "base/throttle.h"

#define SECOND UINT64_C(1000000000)
#define DEPTH_MIN 4096
#define DEPTH_MAX (1u << 20)
#define RATE_MAX UINT64_C(10000000000)	/* more is no limit */

/* What the bucket holds: more than comes in while the system sleeps. */
static uint64_t
depth(uint64_t rate)
{
	if (rate / 4 < DEPTH_MIN)
		return DEPTH_MIN;
	if (rate / 4 < DEPTH_MAX)
		return rate / 4;
	return rate / 20 < DEPTH_MAX ? DEPTH_MAX : rate / 20;
}

/* From how much on there is room. */
static uint64_t
enough(uint64_t rate)
{
	return depth(rate) / 4;
}

uint64_t
throttle_rate(struct throttle *t, uint64_t now_ns)
{
	uint64_t after = (now_ns - t->began) / SECOND, rate;

	if (t->n == 0)
		return 0;
	while (t->at + 1 < t->n && t->limits[t->at + 1].after <= after)
		t->at++;
	rate = t->limits[t->at].rate;
	return rate > RATE_MAX ? 0 : rate;
}

/* Fill it up to the moment now. */
static void
fill(struct throttle *t, uint64_t rate, uint64_t now)
{
	uint64_t passed = now - t->last, add;

	if (passed > SECOND) {
		passed = SECOND;
		t->last = now - SECOND;
	}
	/* What was not enough for a byte counts the next time. */
	if ((add = passed * rate / SECOND) == 0)
		return;
	t->last += add * SECOND / rate;
	t->tokens += add;
	if (t->tokens > depth(rate))
		t->tokens = depth(rate);
}

void
throttle_begin(struct throttle *t, const struct throttle_limit *limits,
    size_t n, uint64_t began_ns, uint64_t now_ns)
{
	t->limits = limits;
	t->n = n;
	t->at = 0;
	/* Connecting may have taken half a minute. */
	t->began = began_ns < now_ns ? began_ns : now_ns;
	t->last = now_ns;
	t->tokens = 0;
}

size_t
throttle_room(struct throttle *t, uint64_t now_ns)
{
	uint64_t rate = throttle_rate(t, now_ns);

	if (rate == 0) {
		t->last = now_ns;
		return SIZE_MAX;
	}
	fill(t, rate, now_ns);
	return t->tokens < enough(rate) ? 0 : (size_t)t->tokens;
}

void
throttle_took(struct throttle *t, size_t len)
{
	t->tokens -= len < t->tokens ? len : t->tokens;
}

int
throttle_wait_ms(struct throttle *t, uint64_t now_ns)
{
	uint64_t rate;

	if (throttle_room(t, now_ns) > 0)
		return 0;
	rate = t->limits[t->at].rate;
	return (int)((enough(rate) - t->tokens) * 1000 / rate + 1);
}
