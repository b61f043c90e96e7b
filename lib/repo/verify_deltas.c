/* verify_deltas.c: chunks stored as deltas, each with what it builds on. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "repo/internal.h"
#include "repo/verify_lineage.h"

const struct verify_instance *
verify_instance_at(const struct verify *v, size_t n)
{
	return spool_at(&v->instances, n);
}

/* Find the instance that a delta builds on.  ERR_NOENT. */
static int
parent_find(const struct verify *v, const struct verify_instance *in,
    uint32_t *numberp)
{
	const uint8_t *base = spool_at(&v->bases, in->base);
	size_t n = spool_search(&v->instances, base, 32);

	if (n == v->instances.n ||
	    memcmp(verify_instance_at(v, n)->id, base, 32) != 0 ||
	    verify_instance_at(v, n)->depth >= in->depth)
		return ERR_NOENT;
	*numberp = (uint32_t)n;
	return 0;
}

/* Find parent and top of delta number n.  ERR_NOENT if the line is broken. */
static int
lineage_find(const struct verify *v, uint32_t n, struct lineage *lp)
{
	const struct verify_instance *in = verify_instance_at(v, n);
	uint32_t at;
	int r;

	bytes_put32(lp->self, n);
	if ((r = parent_find(v, in, &at)) != 0)
		return r;
	bytes_put32(lp->parent, at);
	while ((in = verify_instance_at(v, at))->depth > 0)
		if ((r = parent_find(v, in, &at)) != 0)
			return r;
	bytes_put32(lp->pack, in->pack);
	bytes_put32(lp->frame, in->frame_offset);
	bytes_put32(lp->top, at);
	return 0;
}

void
verify_delta_lost(struct verify *v, const struct verify_instance *in)
{
	struct verify_pack *pack = verify_pack_at(v, in->pack);

	if (pack->lost++ == 0)
		memcpy(pack->first, in->id, sizeof(pack->first));
}

/* Report the deltas that cannot be had. */
static void
lost_report(struct verify *v)
{
	const struct verify_pack *pack;
	char name[OBJECT_NAME_MAX], hex[65], text[160];
	size_t i;

	for (i = 0; i < v->packs.n; i++) {
		if ((pack = verify_pack_at(v, i))->lost == 0)
			continue;
		pack_name(pack->hash, name, sizeof(name));
		hex_format(pack->first, 32, hex);
		snprintf(text, sizeof(text), "%u deltas are lost with what "
		    "they build on, or damaged, chunk %s first", pack->lost,
		    hex);
		verify_alarm(v, name, text);
	}
}

/* Collect the deltas whose lines are whole, sorted. */
static int
lineages_collect(struct verify *v, struct spool *all)
{
	struct lineage l;
	size_t i;
	int r;

	for (i = 0; i < v->instances.n; i++) {
		if (verify_instance_at(v, i)->depth == 0)
			continue;
		if (lineage_find(v, (uint32_t)i, &l) != 0)
			verify_delta_lost(v, verify_instance_at(v, i));
		else if (v->p->full && (r = spool_add(all, &l)) != 0)
			return r;
	}
	spool_sort(all, LINEAGE_PARENT_KEY);
	return 0;
}

int
verify_deltas(struct verify *v)
{
	struct spool all;
	int r;

	spool_init(&all, sizeof(struct lineage));
	if ((r = lineages_collect(v, &all)) == 0 &&
	    (all.n == 0 || (r = verify_lineages(v, &all)) == 0))
		lost_report(v);
	spool_clear(&all);
	return r;
}
