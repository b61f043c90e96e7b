/* mirror_plan.c: what a copy lacks, and whether what it has is the same. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "crypto/secret.h"
#include "repo/mirror_impl.h"

#define COMPARE_MAX (64u << 20)	/* bytes that are read to compare */

/* Each of those seen so far is in the sample with the same likelihood. */
static void
sample_offer(struct mirror *m, const struct mirror_item *item)
{
	unsigned int max = m->p->sample < MIRROR_SAMPLE_MAX ? m->p->sample :
	    MIRROR_SAMPLE_MAX;
	uint64_t at;

	m->seen++;
	if (m->sampled < max) {
		m->sample[m->sampled++] = *item;
		return;
	}
	if (max == 0)
		return;
	crypto_random(&at, sizeof(at));
	if ((at %= m->seen) < max)
		m->sample[at] = *item;
}

static void
item_fill(const struct stored_pair *p, struct mirror_item *item)
{
	memset(item, 0, sizeof(*item));
	memcpy(item->name, p->name, strlen(p->name) + 1);
	item->size = p->size[0];
}

/* Of two lengths one is wrong: whose? */
static void
lengths_differ(struct mirror *m, const struct stored_pair *p, bool *goodp)
{
	*goodp = p->what.named && stored_read(m->p->to, p->name, p->size[1],
	    &m->by, m->other) == 0;
	if (!*goodp)
		m->lost[m->kind] = true;
	mirror_tell(m, *goodp ? MIRROR_LEFT : MIRROR_DIFFERS, p->name,
	    "%s: %" PRIu64 " bytes in the copy, %" PRIu64 " in the source",
	    *goodp ? "damaged in the source, whole in the copy" :
	    "not the same", p->size[1], p->size[0]);
}

/* Both have it. */
static int
present(struct mirror *m, const struct stored_pair *p)
{
	struct mirror_item item;
	bool good = true;

	m->t.present++;
	if (p->size[0] != p->size[1])
		lengths_differ(m, p, &good);
	if (!good)
		return 0;
	item_fill(p, &item);
	if (p->size[0] == p->size[1])
		sample_offer(m, &item);
	if (m->kind != STORED_PACK || m->p->repo == NULL)
		return 0;
	return spool_add(&m->packs, p->what.hash);
}

static int
visit(const struct stored_pair *p, void *arg)
{
	struct mirror *m = arg;
	struct mirror_item item;

	if (p->in[0] && p->in[1])
		return present(m, p);
	if (p->in[0]) {
		m->t.wanted++;
		m->t.wanted_bytes += p->size[0];
		item_fill(p, &item);
		return spool_add(&m->lacks[m->kind], &item);
	}
	if (p->what.slot)
		mirror_tell(m, MIRROR_NOTE, p->name, "this way in is in the"
		    " copy alone; if it was removed, remove it there, too");
	/* Where it was deleted, the copy keeps it. */
	if (m->kind == STORED_PACK && m->p->repo != NULL)
		return spool_add(&m->packs, p->what.hash);
	return 0;
}

int
mirror_plan(struct mirror *m)
{
	int kind, r = 0;

	/* Who needs others is listed first: they are there already. */
	for (kind = STORED_KINDS - 1; kind >= 0 && r == 0; kind--) {
		m->kind = (enum stored_kind)kind;
		r = stored_walk(m->p->from, m->p->to, m->kind, visit, m);
	}
	return r;
}

/* Whether an object that is not as the other was damaged, and where. */
static const char *
which(int here, int there)
{
	if (here == 0 && there != 0)
		return "it is damaged in the copy";
	if (here != 0 && there == 0)
		return "it is damaged in the source, whole in the copy";
	return here != 0 ? "it is damaged in both" :
	    "it is another object than in the source";
}

/* Read one from both stores. */
static int
compare(struct mirror *m, const struct mirror_item *item)
{
	const uint8_t *a, *b;
	size_t na, nb;
	int here, there;

	here = stored_read(m->p->from, item->name, item->size, &m->by,
	    m->bytes);
	there = stored_read(m->p->to, item->name, item->size, &m->by,
	    m->other);
	if (there == ERR_TIMEOUT || there == ERR_CLOSED ||
	    there == ERR_NOMEM || there == ERR_NOSPACE)
		return there;
	m->t.compared++;
	a = stored_data(m->bytes, &na);
	b = stored_data(m->other, &nb);
	if (here == 0 && there == 0 && na == nb && memcmp(a, b, na) == 0)
		return 0;
	mirror_tell(m, here != 0 && there == 0 ? MIRROR_LEFT :
	    MIRROR_DIFFERS, item->name, "%s", which(here, there));
	return 0;
}

int
mirror_compare(struct mirror *m)
{
	uint64_t i, bytes = 0;
	int r = 0;

	for (i = 0; i < m->sampled && r == 0; i++) {
		if ((bytes += m->sample[i].size) > COMPARE_MAX && i > 0)
			break;
		r = compare(m, &m->sample[i]);
	}
	return r;
}
