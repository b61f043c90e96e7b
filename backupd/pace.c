/* pace.c: how fast the link is, and how fast signatures are made. */
#include "backupd/pace.h"

#include "base/buf.h"
#include "wire/delta.h"

#define FADE 8			/* an eighth of what was is forgotten */
#define NEWS 5			/* a change by a fifth is worth telling */
#define NS 1000000000u
#define MIB (1u << 20)

static void
mean_add(struct pace_mean *m, uint64_t bytes, uint64_t ns)
{
	if (bytes == 0 || ns == 0)
		return;
	m->bytes += bytes - m->bytes / FADE;
	m->ns += ns - m->ns / FADE;
}

/* a/b of so many units, as long as it is worth having; 0: not known. */
static uint64_t
ratio(uint64_t a, uint64_t b, uint64_t units)
{
	if (a == 0 || b == 0)
		return 0;
	return (uint64_t)((double)a * (double)units / (double)b) + 1;
}

static bool
is_news(const struct pace_mean *m, uint64_t now)
{
	uint64_t diff = now > m->told ? now - m->told : m->told - now;

	return diff > m->told / NEWS;
}

void
pace_fed(struct pace *p, size_t len)
{
	p->fed += len;
}

void
pace_taken(struct pace *p, size_t len, uint64_t now_ns)
{
	p->taken += len;
	if (p->under_way && !p->spoiled && len >= PACE_MESSAGE_MIN &&
	    p->taken - p->began >= PACE_MESSAGE_MIN / 2)
		mean_add(&p->link, p->taken - p->began,
		    now_ns - p->began_at);
	p->under_way = false;
}

void
pace_rest(struct pace *p, uint64_t now_ns)
{
	if (p->under_way || p->fed <= p->taken)
		return;
	p->under_way = true;
	p->began = p->fed;
	p->began_at = now_ns;
}

void
pace_dry(struct pace *p, uint64_t now_ns)
{
	if (!p->spoiled)
		return;
	p->spoiled = false;
	p->under_way = false;
	pace_rest(p, now_ns);
}

void
pace_spoil(struct pace *p)
{
	p->spoiled = true;
}

void
pace_signed(struct pace *p, size_t len, uint64_t ns)
{
	mean_add(&p->sign, len, ns);
}

int
pace_tell(struct pace *p, struct buf *out)
{
	struct wire_pace m;
	size_t mark;
	int r;

	m.rate = ratio(p->link.bytes, p->link.ns, NS);
	m.sign_ns = ratio(p->sign.ns, p->sign.bytes, MIB);
	if (!is_news(&p->link, m.rate) && !is_news(&p->sign, m.sign_ns))
		return 0;
	if ((r = wire_begin(out, WIRE_PACE, &mark)) != 0 ||
	    (r = wire_pace_encode(&m, out)) != 0 ||
	    (r = wire_end(out, mark)) != 0)
		return r;
	p->link.told = m.rate;
	p->sign.told = m.sign_ns;
	return 0;
}
