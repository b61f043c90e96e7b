/* choice.c: whether a chunk goes over the link faster whole or as a delta. */
#include "backupd/choice.h"

/*
 * Measured on one core, in ns for a raw byte: sign 2.3, match 2.5, patch 0.1;
 * zstd level 3 packs in 2.7 to 7 and unpacks in 0.5 to 0.9.  All of it grows
 * with a slow or busy processor, and signing is what the puller measures: the
 * rest is told in it.  So a delta costs about what packing costs, and wins
 * unless it spares the link next to nothing.
 */
#define DELTA_STEPS 2.2			/* to sign, match and patch */
#define WHOLE_STEPS 2.0			/* to pack and unpack */
#define SIGN_GUESS 2.4			/* ns for a byte */
#define RATE_MAX 110e6			/* no link is thought faster */
#define MEASURE_MIN (256u << 10)	/* raw bytes that show a rate */
#define PROBE_BATCHES 64u		/* one of them goes the other way */
#define WHOLE_GUESS 0.5
#define DELTA_GUESS 0.05

static double
ratio(uint64_t wire, uint64_t raw, double guess)
{
	return raw == 0 ? guess : (double)wire / (double)raw;
}

/*
 * Is the delta of a raw byte there before the byte itself?  As long as nobody
 * knows the link, it is thought fast.
 */
static bool
delta_faster(const struct choice *p, const struct choice_question *q)
{
	double rate = (double)p->rate, whole, delta, sign = SIGN_GUESS;

	if (p->rate == 0 || rate > RATE_MAX)
		rate = RATE_MAX;
	if (p->sign_ns > 0)
		sign = (double)p->sign_ns / (1u << 20);
	whole = ratio(p->whole_wire, p->whole_raw, WHOLE_GUESS);
	delta = ratio(p->delta_wire, p->delta_raw, DELTA_GUESS);
	delta = ratio(q->file_wire, q->file_raw, delta) +
	    (double)q->signatures / (double)q->raw;
	return DELTA_STEPS * sign + delta * 1e9 / rate <
	    WHOLE_STEPS * sign + whole * 1e9 / rate;
}

enum choice_answer
choice_ask(struct choice *p, const struct choice_question *q,
    enum event_why *whyp)
{
	bool faster;

	if (p->mode != JOB_DELTA_AUTO || !p->agent) {
		*whyp = p->mode == JOB_DELTA_AUTO ? EVENT_WHY_AGENT :
		    EVENT_WHY_POLICY;
		if (p->mode == JOB_DELTA_ALWAYS && !p->agent)
			*whyp = EVENT_WHY_AGENT;
		return p->mode != JOB_DELTA_NEVER && p->agent ? CHOICE_DELTA :
		    CHOICE_WHOLE;
	}
	if (p->measuring)
		return CHOICE_WAIT;
	faster = delta_faster(p, q);
	*whyp = faster ? EVENT_WHY_SLOW : EVENT_WHY_FAST;
	if (!faster && p->rate == 0 && p->whole_raw == 0 &&
	    q->raw >= MEASURE_MIN) {
		p->measuring = true;
		return CHOICE_MEASURE;
	}
	if (++p->batches % PROBE_BATCHES == 0)
		faster = !faster;
	return faster ? CHOICE_DELTA : CHOICE_WHOLE;
}

bool
choice_places(const struct choice *p, enum event_why *whyp)
{
	if (p->mode == JOB_DELTA_NEVER || !p->agent)
		return false;
	if (*whyp == EVENT_WHY_NONE)
		*whyp = p->mode == JOB_DELTA_ALWAYS ? EVENT_WHY_POLICY :
		    EVENT_WHY_PLACES;
	return true;
}

void
choice_measured(struct choice *p)
{
	p->measuring = false;
}

/* Add to a running average: what is long past counts less. */
static void
average(uint64_t *rawp, uint64_t *wirep, uint64_t raw, uint64_t wire)
{
	if (*rawp > 16u << 20) {
		*rawp /= 2;
		*wirep /= 2;
	}
	*rawp += raw;
	*wirep += wire;
}

void
choice_whole(struct choice *p, uint64_t raw, uint64_t wire)
{
	average(&p->whole_raw, &p->whole_wire, raw, wire);
}

void
choice_delta(struct choice *p, uint64_t raw, uint64_t wire)
{
	average(&p->delta_raw, &p->delta_wire, raw, wire);
}
